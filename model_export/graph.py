"""Weights to an ONNX graph that answers one basket: the interface is written in `device.bundle`.

Plain operators of opset 18, constants inside the file. With no token at all the scores are the intercept: what sells most.

    row      = Gather(values, ids)                      int8[n, width], of the whole table or of lists
    earned   = weights * Gather(scale, ids)             float32[n]
    scores   = earned x row (MatMul)  or  ScatterElements(add) of earned * row at the listed items
             + intercept + item_bias
    items, scores = TopK(scores, k)
    contributions = earned * (row at the chosen items)             float32[n, k]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, assert_never

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from model_export.quantise import Listed, Packed, Whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPSET: Final = 18
IR_VERSION: Final = 10
"""Both are older than they could be, so that a register's ONNX Runtime need not be the newest."""


def int8_graph(packed: Packed, intercept: NDArray[np.float32]) -> bytes:
    """`intercept` float32[items]"""
    return _graph((packed.rest, packed.spikes), intercept)


def float_graph(table: NDArray[np.float32], intercept: NDArray[np.float32]) -> bytes:
    """The same graph with the weights as they were solved, float32[tokens, items]: what int8 is compared with."""
    return _graph((_Exact(table),), intercept)


@dataclass(frozen=True, slots=True)
class _Exact:
    values: NDArray[np.float32]


@dataclass(slots=True)
class _Builder:
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output


def _graph(parts: tuple[Whole | Listed | _Exact, ...], intercept: NDArray[np.float32]) -> bytes:
    build = _Builder()
    for axis in range(3):
        build.constant(f"axis{axis}", np.array([axis], np.int64))
    scores = build.add("Add", [build.constant("intercept", intercept), "item_bias"], "prior")
    rows = [_row(build, f"part{number}_", part) for number, part in enumerate(parts)]
    for row in rows:
        scores = _scored(build, row, scores)
    build.nodes.append(helper.make_node("TopK", [scores, "k"], ["scores", "items"], name="top", axis=0))
    slots = _slots(build, len(intercept)) if any(isinstance(part, Listed) for part in parts) else ""
    build.add("Sum", [_reason(build, row, slots) for row in rows], "contributions")
    return _model(build, len(intercept))


@dataclass(frozen=True, slots=True)
class _Row:
    """Names of what was gathered for the tokens asked about: `values` float[n, width], `earned` float[n, 1]."""

    prefix: str
    part: Whole | Listed | _Exact
    values: str
    earned: str
    places: str = ""
    """int32[n, width]: the items of the cells, where not all items are there."""


def _row(build: _Builder, prefix: str, part: Whole | Listed | _Exact) -> _Row:
    earned = "token_weights"
    values = build.add("Gather", [build.constant(prefix + "values", part.values), "token_ids"], prefix + "bytes")
    if not isinstance(part, _Exact):
        values = build.add("Cast", [values], prefix + "row", to=TensorProto.FLOAT)
        scale = build.add("Gather", [build.constant(prefix + "scale", part.scale), "token_ids"], prefix + "token_scale")
        earned = build.add("Mul", [scale, earned], prefix + "weight")
    places = ""
    if isinstance(part, Listed):
        places = build.add("Gather", [build.constant(prefix + "items", part.items), "token_ids"], prefix + "places")
    return _Row(prefix, part, values, build.add("Unsqueeze", [earned, "axis1"], prefix + "earned"), places)


def _scored(build: _Builder, row: _Row, scores: str) -> str:
    prefix = row.prefix
    match row.part:
        case Whole() | _Exact():
            line = build.add("Transpose", [row.earned], prefix + "line", perm=[1, 0])
            product = build.add("MatMul", [line, row.values], prefix + "product")
            return build.add("Add", [scores, build.add("Squeeze", [product, "axis0"], prefix + "sum")], prefix + "scores")
        case Listed():
            cells = build.add("Mul", [row.values, row.earned], prefix + "cells")
            # The length is computed because a shape of -1 is refused where there are no tokens.
            length = build.add("Unsqueeze", [build.add("Size", [cells], prefix + "size"), "axis0"], prefix + "length")
            places = build.add("Reshape", [row.places, length], prefix + "flat_places")
            flat = build.add("Reshape", [cells, length], prefix + "flat_cells")
            inputs = [scores, places, flat]
            return build.add("ScatterElements", inputs, prefix + "scores", axis=0, reduction="add")
        case _:
            assert_never(row.part)


def _reason(build: _Builder, row: _Row, slots: str) -> str:
    """float32[n, k]: what each token's row says of the chosen items."""
    prefix = row.prefix
    match row.part:
        case Whole() | _Exact():
            chosen = build.add("Gather", [row.values, "items"], prefix + "chosen", axis=1)
        case Listed():
            slot = build.add("Gather", [slots, row.places], prefix + "slot")
            empty = build.add("Expand", ["zero", build.add("Concat", ["n", "slots"], prefix + "shape", axis=0)], prefix + "empty")
            inputs = [empty, slot, row.values]
            every = build.add("ScatterElements", inputs, prefix + "slotted", axis=1, reduction="add")
            chosen = build.add("Slice", [every, "axis1", "slots", "axis1"], prefix + "chosen")
        case _:
            assert_never(row.part)
    return build.add("Mul", [chosen, row.earned], prefix + "contributions")


def _slots(build: _Builder, items: int) -> str:
    """int64[items]: 1 to k for the chosen items in their order, 0 for all others."""
    build.constant("zero", np.array([[0]], np.float32))
    build.constant("no_slot", np.zeros(items, np.int64))
    build.add("Add", ["k", "axis1"], "slots")
    ends = [build.add("Squeeze", [name], f"{name}_scalar") for name in ("axis1", "slots")]
    numbers = build.add("Range", [*ends, ends[0]], "numbers")
    build.add("Shape", ["token_ids"], "n")
    return build.add("ScatterElements", ["no_slot", "items", numbers], "slot_of_item", axis=0)


def _model(build: _Builder, items: int) -> bytes:
    inputs = [
        helper.make_tensor_value_info("token_ids", TensorProto.INT64, ["n"]),
        helper.make_tensor_value_info("token_weights", TensorProto.FLOAT, ["n"]),
        helper.make_tensor_value_info("item_bias", TensorProto.FLOAT, [items]),
        helper.make_tensor_value_info("k", TensorProto.INT64, [1]),
    ]
    outputs = [
        helper.make_tensor_value_info("items", TensorProto.INT64, ["answers"]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["answers"]),
        helper.make_tensor_value_info("contributions", TensorProto.FLOAT, ["n", "answers"]),
    ]
    graph = helper.make_graph(build.nodes, "what_goes_with_it", inputs, outputs, build.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tillside")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised
