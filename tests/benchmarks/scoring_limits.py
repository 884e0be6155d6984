"""What stands between a question and its answer whatever the model is: the runtime's own call, and the weights to be added up.

The empty call: a model of the same inputs and as many outputs that hands on what it is given, in a session with the options of
the register's own, asked in the same way. The sum: NumPy's gathering of the rows that a question needs and adding them up, the
two parts of the weights and the intercept: no remembered receipts, no best items, no reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from device.scorer import ModelScorer
from device.tokens import Tokens
from model_export.graph import IR_VERSION, OPSET

OUTPUTS = {"items": "token_ids", "scores": "token_weights", "contributions": "token_weights"}


def empty(scorer: ModelScorer, items: int) -> Callable[[Tokens, np.ndarray], object]:
    told = {"token_ids": (TensorProto.INT64, "n"), "token_weights": (TensorProto.FLOAT, "n")}
    told |= {"item_bias": (TensorProto.FLOAT, items), "k": (TensorProto.INT64, 1)}
    inputs = [helper.make_tensor_value_info(name, kind, [size]) for name, (kind, size) in told.items()]
    outputs = [helper.make_tensor_value_info(name, told[source][0], ["n"]) for name, source in OUTPUTS.items()]
    nodes = [helper.make_node("Identity", [source], [name]) for name, source in OUTPUTS.items()]
    made = helper.make_model(
        helper.make_graph(nodes, "handed_on", inputs, outputs), opset_imports=[helper.make_opsetid("", OPSET)]
    )
    made.ir_version = IR_VERSION
    options = scorer._session.get_session_options()
    session = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names, four = list(OUTPUTS), np.array([4], np.int64)

    def call(tokens: Tokens, bias: np.ndarray) -> object:
        return session.run(names, {"token_ids": tokens.ids, "token_weights": tokens.weights, "item_bias": bias, "k": four})

    return call


@dataclass(frozen=True, slots=True)
class Rows:
    """`row` int64[tokens]; of each part its items int[rows, width], values int8[rows, width] and scale float32[rows]."""

    row: np.ndarray
    parts: tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...]
    intercept: np.ndarray

    @classmethod
    def of(cls, model: bytes) -> Rows:
        held: dict[str, Any] = {one.name: numpy_helper.to_array(one) for one in onnx.load_from_string(model).graph.initializer}
        parts = ((held[f"part{n}_items"], held[f"part{n}_values"], held[f"part{n}_scale"]) for n in (0, 1))
        # Where every token has learnt its row has its own number.
        row = held.get("part_row_of_token", np.arange(len(held["part0_scale"])))
        return cls(row, tuple(parts), held["intercept"])

    def scores(self, tokens: Tokens, bias: np.ndarray) -> np.ndarray:
        scores: np.ndarray = self.intercept + bias
        rows = self.row[tokens.ids]
        for items, values, scale in self.parts:
            cells = values[rows] * (scale[rows] * tokens.weights)[:, None]
            np.add.at(scores, items[rows].ravel(), cells.ravel())
        return scores
