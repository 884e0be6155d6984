"""Small but real bundles: a graph of a handful of operators over a table of random weights, and its golden answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from device.bundle import Contents, write
from device.catalogue import Item
from device.domain import Pseudonym
from device.manifest import Manifest
from device.scoring import GoldenBasket
from device.tokens import Vocabulary


def graph(table: np.ndarray[Any, np.dtype[np.float32]]) -> bytes:
    """`table` float32[tokens, items]; inputs and outputs as `device.bundle` names them."""
    nodes = [
        helper.make_node("Gather", ["table", "token_ids"], ["rows"], axis=0),
        helper.make_node("Unsqueeze", ["token_weights", "one"], ["column"]),
        helper.make_node("Mul", ["rows", "column"], ["earned"]),
        helper.make_node("ReduceSum", ["earned", "zero"], ["sums"], keepdims=0),
        helper.make_node("Add", ["sums", "item_bias"], ["biased"]),
        helper.make_node("TopK", ["biased", "k"], ["scores", "items"]),
        helper.make_node("Gather", ["earned", "items"], ["contributions"], axis=1),
    ]
    inputs = [
        helper.make_tensor_value_info("token_ids", TensorProto.INT64, ["n"]),
        helper.make_tensor_value_info("token_weights", TensorProto.FLOAT, ["n"]),
        helper.make_tensor_value_info("item_bias", TensorProto.FLOAT, ["items_all"]),
        helper.make_tensor_value_info("k", TensorProto.INT64, [1]),
    ]
    outputs = [
        helper.make_tensor_value_info("items", TensorProto.INT64, ["top"]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["top"]),
        helper.make_tensor_value_info("contributions", TensorProto.FLOAT, ["n", "top"]),
    ]
    constants = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.array([1], np.int64), "one"),
        numpy_helper.from_array(np.array([0], np.int64), "zero"),
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "tiny", inputs, outputs, constants), opset_imports=[helper.make_opsetid("", 18)], ir_version=10
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def write_bundle(
    path: Path,
    seed: int,
    *,
    items: int = 40,
    golden_shift: float = 0.0,
    padding: int = 0,
    pictures: Mapping[str, bytes] | None = None,
    model: bytes | None = None,
    profiles: Iterable[tuple[Pseudonym, bytes]] = (),
) -> Manifest:
    """Another seed makes another bundle; `golden_shift` spoils its proof; `padding` bytes of pictures make it larger.

    `model` takes the place of the graph that the golden baskets were answered by.
    """
    random = np.random.default_rng(seed)
    table = random.random((items, items), np.float32)
    made = graph(table)
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    golden = []
    for _ in range(3):
        ids = np.sort(random.choice(items, 3, replace=False)).astype(np.int64)
        weights = np.ones(3, np.float32)
        feeds = {
            "token_ids": ids,
            "token_weights": weights,
            "item_bias": np.zeros(items, np.float32),
            "k": np.array([5], np.int64),
        }
        top, scores = session.run(["items", "scores"], feeds)
        golden.append(GoldenBasket(ids.tolist(), weights.tolist(), top.tolist(), (scores + golden_shift).tolist()))
    skus = [f"S{number}" for number in range(items)]
    contents = Contents(
        model=made if model is None else model,
        vocabulary=Vocabulary([f"item={sku}" for sku in skus], items),
        catalogue=[Item(sku, {"": f"Item {sku}"}, price=9990) for sku in skus],
        golden=golden,
        best_sellers={"": skus[:5]},
        profiles=profiles,
        pictures=pictures or ({"p.png": random.bytes(padding)} if padding else {}),
        made_at=f"2026-05-{seed % 28 + 1:02d}T03:00:00Z",
        currency="RUB",
        receipts=100,
        last_receipt="2026-05-01T20:00:00",
        history_decay=1.0,
        notes={"seed": str(seed)},
    )
    return write(path, contents)
