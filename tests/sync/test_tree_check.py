"""Trees in a model are taken where each comes to an end, and nothing else of their domain is."""

import tracemalloc
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from device.errors import BundleError
from model_export.graph_builder import Builder
from model_export.graph_rerank import ML, ML_OPSET, ensemble
from model_export.trees import learn_trees
from sync.graph_check import check
from sync.tree_check import MAX_TREE_NODES, MOST_FIELDS


def model_of(nodes: list[Any]) -> bytes:
    told = helper.make_tensor_value_info("told", TensorProto.FLOAT, [64, 19])
    said = helper.make_tensor_value_info("trees_say", TensorProto.FLOAT, [64, 1])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(ML, ML_OPSET)]
    return helper.make_model(helper.make_graph(nodes, "trees", [told], [said]), opset_imports=opsets).SerializeToString()


@pytest.fixture
def learnt() -> Any:
    told = np.random.default_rng(1).normal(size=(300, 64, 19)).astype(np.float32)
    build = Builder()
    ensemble(build, learn_trees(told, told[:, :, 2].argmax(axis=1), 1), "told")
    return build.nodes[0]


def changed(node: Any, name: str, place: int, value: int | bytes) -> Any:
    twin = onnx.NodeProto.FromString(node.SerializeToString())
    attribute = next(one for one in twin.attribute if one.name == name)
    values = attribute.strings if isinstance(value, bytes) else attribute.ints
    values[place] = value
    return twin


def test_trees_as_they_are_learnt_are_taken(learnt: Any) -> None:
    check(model_of([learnt]))


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("nodes_truenodeids", 0, 0),
        ("nodes_falsenodeids", 3, 1),
        ("nodes_truenodeids", 1, -1),
        ("nodes_truenodeids", 0, 10**9),
        ("nodes_featureids", 0, 64),
        ("nodes_featureids", 0, -1),
        ("nodes_nodeids", 2, 1),
        ("nodes_treeids", 0, 5),
        ("nodes_modes", 0, b"BRANCH_GT"),
        ("nodes_modes", 0, b"LEAF"),
        ("target_nodeids", 0, 0),
        ("target_treeids", 0, 10**12),
        ("target_ids", 0, 1),
    ],
)
def test_trees_that_do_not_end_or_say_nothing_are_refused(learnt: Any, name: str, place: int, value: int | bytes) -> None:
    with pytest.raises(BundleError, match="tree"):
        check(model_of([changed(learnt, name, place, value)]))


def test_lists_that_are_cut_are_refused(learnt: Any) -> None:
    for name in ("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_truenodeids", "target_nodeids", "nodes_modes"):
        twin = onnx.NodeProto.FromString(learnt.SerializeToString())
        attribute = next(one for one in twin.attribute if one.name == name)
        del (attribute.strings or attribute.ints)[-1]
        with pytest.raises(BundleError, match="tree"):
            check(model_of([twin]))


def _field(number: int, content: bytes) -> bytes:
    return _whole(number << 3 | 2) + _whole(len(content)) + content


def _whole(number: int) -> bytes:
    found = b""
    while number >= 0x80:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


def test_a_tensor_of_dimensions_without_end_is_refused_by_its_first() -> None:
    # Field numbers: graph 7, tensor 5, dimensions 1.
    model = _field(7, _field(5, (_whole(1 << 3) + _whole(2**31)) * 200_000))
    tracemalloc.start()
    try:
        with pytest.raises(BundleError, match="a tensor of the shape"):
            check(model)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


def _told_otherwise(node: Any, way: str) -> list[bytes]:
    """`nodes_truenodeids` as one reader of protocol buffers finds them as they are, and another all leading to node 0."""
    # Field numbers of AttributeProto: name 1, ints 8, words about it 13, type 20.
    told = next(one.ints for one in node.attribute if one.name == "nodes_truenodeids")
    kind = _whole(20 << 3) + _whole(onnx.AttributeProto.INTS)
    good, bad = (b"".join(_whole(8 << 3) + _whole(number) for number in ints) + kind for ints in (told, [0] * len(told)))
    name, other = _field(1, b"nodes_truenodeids"), _field(1, b"nodes_missing_value_tracks_true")
    match way:
        case "two names":
            return [name + other + good, other + name + bad]
        case "twice":
            return [name + bad, name + good]
        case "behind much else":
            return [name + good, _field(13, b"") * MOST_FIELDS + name + bad]
        case _:
            return [name + good + _field(8, bytes(3))]


@pytest.mark.parametrize("way", ["two names", "twice", "behind much else", "packed"])
def test_trees_that_can_be_read_in_two_ways_are_refused(learnt: Any, way: str) -> None:
    twin = onnx.NodeProto.FromString(learnt.SerializeToString())
    twin.attribute.remove(next(one for one in twin.attribute if one.name == "nodes_truenodeids"))
    node = twin.SerializeToString() + b"".join(_field(5, one) for one in _told_otherwise(learnt, way))
    model = onnx.ModelProto.FromString(model_of([]))
    graph = _field(1, node) + model.graph.SerializeToString()
    model.ClearField("graph")
    with pytest.raises(BundleError, match="two ways"):
        check(model.SerializeToString() + _field(7, graph))


def test_more_trees_than_anyone_needs_are_refused(learnt: Any) -> None:
    twin = onnx.NodeProto.FromString(learnt.SerializeToString())
    for attribute in twin.attribute:
        if attribute.name == "nodes_treeids":
            attribute.ints.extend([0] * (MAX_TREE_NODES + 1))
    with pytest.raises(BundleError, match="nodes"):
        check(model_of([twin]))


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("SVMRegressor", ["told"], ["trees_say"], domain=ML),
        helper.make_node("Add", ["told", "told"], ["trees_say"], domain=ML),
        helper.make_node("TreeEnsembleRegressor", ["told"], ["trees_say"]),
        helper.make_node("TreeEnsembleRegressor", ["told"], ["trees_say"], domain="com.example"),
        helper.make_node("TreeEnsembleRegressor", ["told"], ["trees_say"], domain=ML),
    ],
)
def test_nothing_else_of_their_domain_is_taken(node: Any) -> None:
    with pytest.raises(BundleError):
        check(model_of([node]))
