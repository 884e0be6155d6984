"""What a model may be made of, read from its bytes before anything is loaded: plain arithmetic, all of it inside the file.

A register has no `onnx`; what must be known is in a few fields of the protocol buffer (onnx.proto3 of ONNX 1.x; numbers below),
so only those are walked and the rest is skipped over, the weights included. Refused are: an operator that is not in
`OPERATORS`, an operator or opset of another domain but for trees (`sync.tree_check`), a graph within a node (loops, branches,
calls), functions of the model's own, tensors whose content lies outside the file, text as data, and more than the caps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import IntEnum
from itertools import islice
from typing import Final

from device.errors import BundleError
from sync.tree_check import DOMAIN, MOST_FIELDS, OPERATOR, TreeAttributes

# fmt: off
OPERATORS: Final = frozenset({
    "Abs", "Add", "And", "ArgMax", "ArgMin", "Cast", "Ceil", "Clip", "Concat", "Constant", "ConstantOfShape", "CumSum",
    "DequantizeLinear", "Div", "Equal", "Exp", "Expand", "Flatten", "Floor", "Gather", "GatherElements", "GatherND",
    "Greater", "GreaterOrEqual", "Identity", "Less", "LessOrEqual", "Log", "MatMul", "MatMulInteger", "Max", "Mean",
    "Min", "Mod", "Mul", "Neg", "NonZero", "Not", "Or", "Pow", "QuantizeLinear", "Range", "Reciprocal", "ReduceMax",
    "ReduceMean", "ReduceMin", "ReduceSum", "Relu", "Reshape", "Round", "ScatterElements", "ScatterND", "Shape",
    "Sigmoid", "Sign", "Size", "Slice", "Softmax", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "TopK", "Transpose",
    "Unsqueeze", "Where",
})
# fmt: on
"""Of the standard domain, none of which reads a file, runs a graph or makes random numbers. `model_export` uses some thirty."""
MAX_NODES: Final = 10_000
MAX_TENSORS: Final = 10_000
MAX_CELLS: Final = 256 * 1024 * 1024
"""Of one tensor."""
MAX_RANK: Final = 8
_STRING: Final = 8
_EXTERNAL: Final = 1

# Field numbers: GraphProto, NodeProto, AttributeProto, TensorProto, OperatorSetIdProto.
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_SPARSE = 1, 5, 15
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = 5, 6, 10, 11, (22, 23)
_TENSOR_DIMENSIONS, _TENSOR_TYPE, _TENSOR_EXTERNAL, _TENSOR_PLACE = 1, 2, 13, 14
_OPSET_DOMAIN = 1


class _Model(IntEnum):
    """Field numbers of ModelProto."""

    GRAPH = 7
    OPSET = 8
    TRAINING = 20
    FUNCTION = 25


_Field = tuple[int, int | memoryview]


def check(model: bytes) -> None:
    """BundleError with what the model must not have."""
    try:
        graphs = 0
        for number, value in _fields(memoryview(model)):
            match number, value:
                case (_Model.GRAPH, memoryview()):
                    graphs += 1
                    _check_graph(value)
                case (_Model.OPSET, memoryview()):
                    for field, domain in _fields(value):
                        if field == _OPSET_DOMAIN:
                            _standard(domain)
                case (_Model.TRAINING | _Model.FUNCTION, _):
                    raise BundleError("the model brings functions or training of its own: only a plain graph is taken")
                case _:
                    pass
        if graphs != 1:
            raise BundleError(f"the model has {graphs} graphs, not one")
    except (IndexError, UnicodeDecodeError) as error:
        raise BundleError("the model is no ONNX file that can be read") from error


def _check_graph(graph: memoryview) -> None:
    nodes = tensors = 0
    for number, value in _fields(graph):
        if not isinstance(value, memoryview):
            continue
        if number == _GRAPH_NODE:
            nodes += 1
            _check_node(value)
        elif number == _GRAPH_TENSOR:
            tensors += 1
            _check_tensor(value)
        elif number == _GRAPH_SPARSE:
            raise BundleError("the model has sparse tensors: only plain ones are taken")
    if nodes > MAX_NODES or tensors > MAX_TENSORS:
        raise BundleError(f"the model has {nodes} nodes and {tensors} tensors: at most {MAX_NODES} and {MAX_TENSORS} are taken")


def _check_node(node: memoryview) -> None:
    operator, domain, trees = "", "", TreeAttributes()
    for number, value in _fields(node):
        if not isinstance(value, memoryview):
            continue
        if number == _NODE_OPERATOR:
            operator = str(value, "utf-8")
        elif number == _NODE_DOMAIN:
            _standard(value)
            domain = str(value, "utf-8")
        elif number == _NODE_ATTRIBUTE:
            _check_attribute(value)
            trees.take(list(islice(_fields(value), MOST_FIELDS)))
    if (operator, domain) == (OPERATOR, DOMAIN):
        trees.check()
    elif operator not in OPERATORS or domain == DOMAIN:
        raise BundleError(f"the model uses the operator '{operator[:40]}', which a register does not run")


def _check_attribute(attribute: memoryview) -> None:
    for number, value in _fields(attribute):
        if number in {_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS}:
            raise BundleError("the model has a graph within a node: only plain operators are taken")
        if number in _ATTRIBUTE_SPARSE:
            raise BundleError("the model has sparse tensors: only plain ones are taken")
        if number in {_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS} and isinstance(value, memoryview):
            _check_tensor(value)


def _check_tensor(tensor: memoryview) -> None:
    shape: list[int] = []
    for number, value in _fields(tensor):
        if number == _TENSOR_DIMENSIONS:
            shape += [value] if isinstance(value, int) else _packed(value)
            if len(shape) > MAX_RANK:
                break
        elif number == _TENSOR_EXTERNAL or (number == _TENSOR_PLACE and value == _EXTERNAL):
            raise BundleError("the model keeps data outside its file: only what is inside is taken")
        elif number == _TENSOR_TYPE and value == _STRING:
            raise BundleError("the model holds text as data: only numbers are taken")
    if len(shape) > MAX_RANK or math.prod(shape) > MAX_CELLS:
        raise BundleError(f"the model has a tensor of the shape {shape[:MAX_RANK]}: at most {MAX_CELLS} cells are taken")


def _standard(domain: int | memoryview) -> None:
    if isinstance(domain, memoryview) and str(domain, "utf-8") not in {"", "ai.onnx", DOMAIN}:
        raise BundleError(f"the model uses operators of '{str(domain, 'utf-8')[:40]}': only the standard ones are taken")


def _fields(message: memoryview) -> Iterator[_Field]:
    """Numbers and values of a protocol buffer's fields; IndexError where it ends early or is none."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(message, at)
        elif wire in {1, 5}:
            size = 8 if wire == 1 else 4
        else:
            raise IndexError(wire)
        if at + size > len(message):
            raise IndexError(at)
        yield number, message[at : at + size]
        at += size


def _packed(numbers: memoryview) -> list[int]:
    found: list[int] = []
    at = 0
    while at < len(numbers) and len(found) <= MAX_RANK:
        number, at = _varint(numbers, at)
        found.append(number)
    return found


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise IndexError(at)
