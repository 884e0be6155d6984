"""What a bundle may hold and what its model may be made of, before anybody runs it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from fakes.headquarters_bundle import graph, write_bundle
from onnx import TensorProto, helper, numpy_helper

from device.errors import BundleError
from sync import graph_check, proof
from sync.proof import prove_apart

TABLE = np.ones((40, 40), np.float32)


def changed(change: Callable[[onnx.ModelProto], None]) -> bytes:
    model = onnx.load_from_string(graph(TABLE))
    change(model)
    return bytes(model.SerializeToString())


def node(operator: str, **attributes: object) -> Callable[[onnx.ModelProto], None]:
    return lambda model: model.graph.node.append(helper.make_node(operator, ["table"], ["more"], **attributes))


def external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def shaped(*shape: int) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(TensorProto(name="large", dims=shape, data_type=TensorProto.FLOAT))

    return change


BODY = helper.make_graph([helper.make_node("Identity", ["table"], ["out"])], "body", [], [])


HOSTILE: dict[str, tuple[Callable[[onnx.ModelProto], None], str]] = {
    "random": (node("RandomNormalLike"), "'RandomNormalLike'"),
    "regex": (node("RegexFullMatch", pattern="(a+)+"), "'RegexFullMatch'"),
    "loop": (node("Loop", body=BODY), "graph within a node"),
    "branch": (node("If", then_branch=BODY, else_branch=BODY), "graph within a node"),
    "hidden graph": (node("Identity", body=BODY), "graph within a node"),
    "domain": (node("MatMul", domain="com.microsoft"), "'com.microsoft'"),
    "opset": (lambda model: model.opset_import.append(helper.make_opsetid("com.example", 1)), "'com.example'"),
    "function": (
        lambda model: model.functions.append(helper.make_function("own", "Add", ["a"], ["b"], [], [helper.make_opsetid("", 18)])),
        "functions",
    ),
    "external": (external, "outside its file"),
    "text": (lambda model: model.graph.initializer.append(helper.make_tensor("t", TensorProto.STRING, [1], [b"x"])), "text"),
    "constant": (node("Constant", value=helper.make_tensor("t", TensorProto.STRING, [1], [b"x"])), "text"),
    "large": (shaped(1 << 20, 1 << 20), "at most"),
    "negative": (shaped(-1, 4), "at most"),
    "rank": (shaped(*[1] * 9), "at most"),
    "sparse": (
        lambda model: model.graph.sparse_initializer.append(
            helper.make_sparse_tensor(
                helper.make_tensor("s", TensorProto.FLOAT, [1], [1.0]), helper.make_tensor("i", TensorProto.INT64, [1], [0]), [9]
            )
        ),
        "sparse",
    ),
    "many": (lambda model: model.graph.node.extend([helper.make_node("Identity", ["a"], ["b"])] * 10_001), "at most"),
}


def test_a_plain_graph_passes() -> None:
    graph_check.check(graph(TABLE))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_model_that_is_more_than_arithmetic_is_refused(name: str) -> None:
    change, said = HOSTILE[name]
    with pytest.raises(BundleError, match=said) as told:
        graph_check.check(changed(change))
    assert "\n" not in str(told.value)


def test_the_child_refuses_it_before_it_loads_it(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b", 1, model=changed(external))
    with pytest.raises(BundleError, match="outside its file"):
        prove_apart(tmp_path / "b")


def test_noise_is_told_or_passed_and_never_breaks_the_reader() -> None:
    good = graph(TABLE)
    generator = random.Random(20260504)
    for _ in range(400):
        at = generator.randrange(len(good))
        noise = good[:at] + generator.randbytes(generator.randrange(1, 9)) + good[at + generator.randrange(9) :]
        for hostile in (noise, noise[:at], generator.randbytes(40)):
            try:
                graph_check.check(hostile)
            except BundleError:
                continue


def test_a_graph_in_two_pieces_is_refused() -> None:
    """A reader of protocol buffers puts them together; each alone may look harmless."""
    with pytest.raises(BundleError, match="2 graphs"):
        graph_check.check(graph(TABLE) + bytes([7 << 3 | 2, 0]))


def test_a_bundle_above_a_cap_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b", 1, items=40)
    assert numpy_helper.to_array(onnx.load_from_string(graph(TABLE)).graph.initializer[0]).shape == (40, 40)
    for name in ("MAX_MODEL_BYTES", "MAX_TOKENS", "MAX_ITEMS", "MAX_GOLDEN"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(proof, name, 2)
            with pytest.raises(BundleError, match="more than 2"):
                proof._prove(tmp_path / "b")
    proof._prove(tmp_path / "b")
