"""Nodes and constants of an ONNX graph while it is being written, and the few compositions that several parts of it share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import NDArray


BLOCK: Final = 128
"""Numbers of which `top_of_many` looks at the largest first."""


@dataclass(slots=True)
class Builder:
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def number(self, value: int) -> str:
        """int64[1]"""
        return self.constant(f"int_{value}", np.array([value], np.int64))

    def scalar(self, value: int) -> str:
        """int64, no dimension"""
        return self.constant(f"scalar_{value}", np.array(value, np.int64))

    def real(self, value: float) -> str:
        return self.constant(f"real_{value:.9g}", np.array(value, np.float32))

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def top(self, values: str, k: str, best: str, places: str) -> tuple[str, str]:
        """The `k` largest along the only axis, the earlier one first where they are equal."""
        self.nodes.append(helper.make_node("TopK", [values, k], [best, places], name=best, axis=0))
        return best, places

    def top_of_many(self, values: str, count: int, k: int, prefix: str) -> tuple[str, str]:
        """The same for very many, `count` of them in whole blocks of `BLOCK`: the `k` best of all are in the `k` best blocks."""
        blocks = count // BLOCK
        if blocks <= 2 * k:
            return self.top(values, self.number(k), f"{prefix}_best", f"{prefix}_place")
        square = self.add(
            "Reshape", [values, self.constant(f"{prefix}_shape", np.array([blocks, BLOCK], np.int64))], f"{prefix}_rows"
        )
        heads = self.add("ReduceMax", [square, self.number(1)], f"{prefix}_block_best", keepdims=0)
        _, chosen = self.top(heads, self.number(k), f"{prefix}_blocks_best", f"{prefix}_blocks")
        # In the order of their places again, for the earlier one to come first where two are equal.
        self.nodes.append(
            helper.make_node(
                "TopK", [chosen, self.number(k)], [f"{prefix}_ordered", f"{prefix}_order"], f"{prefix}_ordered", axis=0, largest=0
            )
        )
        rows = self.add("Gather", [square, f"{prefix}_ordered"], f"{prefix}_chosen")
        flat = self.add("Reshape", [rows, self.number(k * BLOCK)], f"{prefix}_flat")
        best, within = self.top(flat, self.number(k), f"{prefix}_best", f"{prefix}_within")
        block = self.add(
            "Gather", [f"{prefix}_ordered", self.add("Div", [within, self.number(BLOCK)], f"{prefix}_row")], f"{prefix}_block"
        )
        base = self.add("Mul", [block, self.number(BLOCK)], f"{prefix}_base")
        return best, self.add("Add", [base, self.add("Mod", [within, self.number(BLOCK)], f"{prefix}_rest")], f"{prefix}_place")

    def taken(self, values: str, places: str, output: str) -> str:
        """The numbers at these places of one long row; `Gather` copies each as if it were a row, six times as slowly."""
        return self.add("GatherElements", [values, places], output, axis=0)

    def nothing(self, count: int, output: str, kind: type[np.generic]) -> str:
        """So many zeros, `count` at least 1, made anew by each question: a constant would have to be read, and be in the file."""
        # Of a size that is known beforehand ONNX Runtime would make a constant; of this only a question tells that it is `count`.
        few = self.add("Min", ["k", self.number(1)], f"{output}_few")
        size = self.add("Max", [few, self.number(count)], f"{output}_size")
        return self.filled(size, output, np.zeros(1, kind))

    def scattered(self, onto: str, places: str, values: str, output: str) -> str:
        """A copy of `onto` with `values` added at `places`, in their order."""
        return self.add("ScatterElements", [onto, places, values], output, axis=0, reduction="add")

    def filled(self, shape: str, output: str, value: NDArray[Any]) -> str:
        """A tensor of that shape, every cell `value` (an array of one)."""
        return self.add("ConstantOfShape", [shape], output, value=numpy_helper.from_array(value))

    def spread(self, start: str, length: str, prefix: str) -> tuple[str, str]:
        """Lists of different lengths, one after the other.

        For int64[lists] `start` and `length` in a long array, the places of all their members there, int64[members], and of each
        member the list it belongs to, int64[members].
        """
        end = self.add("CumSum", [length, self.scalar(0)], f"{prefix}_end")
        begin = self.add("Sub", [end, length], f"{prefix}_begin")
        total = self.add("ReduceSum", [length], f"{prefix}_total", keepdims=1)
        # Where a list begins the number of its members' list grows by one, by more where empty lists were passed over.
        room = self.add("Add", [total, self.number(1)], f"{prefix}_room")
        marks = self.filled(room, f"{prefix}_no_mark", np.zeros(1, np.int64))
        ones = self.filled(self.add("Shape", [length], f"{prefix}_lists"), f"{prefix}_ones", np.ones(1, np.int64))
        marks = self.scattered(marks, begin, ones, f"{prefix}_marks")
        counted = self.add("CumSum", [marks, self.scalar(0)], f"{prefix}_counted")
        owner = self.add("Sub", [counted, self.scalar(1)], f"{prefix}_owner_and_end")
        owner = self.add("Slice", [owner, self.number(0), total], f"{prefix}_owner")
        run = self.add("Range", [self.scalar(0), self.add("Squeeze", [total], f"{prefix}_all"), self.scalar(1)], f"{prefix}_run")
        shift = self.taken(self.add("Sub", [start, begin], f"{prefix}_offset"), owner, f"{prefix}_shift")
        return self.add("Add", [run, shift], f"{prefix}_at"), owner

    def table(self, rows: str, columns: str, row: str, column: str, values: str, prefix: str) -> str:
        """float32[rows, columns] (int64[1] each) that holds `values` at (`row`, `column`).

        Columns count from 1: what belongs nowhere may be put into column 0, which is thrown away.
        """
        width = self.add("Add", [columns, self.number(1)], f"{prefix}_width")
        cell = self.add("Add", [self.add("Mul", [row, width], f"{prefix}_base"), column], f"{prefix}_cell")
        cells = self.filled(self.add("Mul", [rows, width], f"{prefix}_cells"), f"{prefix}_empty", np.zeros(1, np.float32))
        flat = self.scattered(cells, cell, values, f"{prefix}_flat")
        shape = self.add("Concat", [rows, width], f"{prefix}_shape", axis=0)
        square = self.add("Reshape", [flat, shape], f"{prefix}_square")
        return self.add("Slice", [square, self.number(1), width, self.number(1)], f"{prefix}_table")


def narrowed(numbers: NDArray[np.int32], below: int) -> NDArray[Any]:
    """Two bytes a number where they are enough. Whoever gathers some widens these for scattering."""
    return numbers.astype(np.uint16 if below <= 1 << 16 else np.int32)
