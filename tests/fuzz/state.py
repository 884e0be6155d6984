"""What a decoder holds, as bytes: to go back to it, and to tell that two decoders will do the same from here on.

`snapshot` and `restored` make a copy, many times as fast as `copy.deepcopy`. `likeness` is equal for two decoders only if they
hold equal values in equal places, and share what changes in the same way: then the same bytes give the same events of both. It
may differ where nothing else does, for instance in the order of a set; that costs time, and no promise.

Not of the state, and shared by all copies of one decoder:

| what                                                     | why                                                            |
|----------------------------------------------------------|----------------------------------------------------------------|
| what never changes: options, words, tables, functions    | it is what the decoder was made from                           |
| `skips`                                                  | it is told and never asked                                     |
| what lines, rows and screens were read as (`MEMORIES`)   | a line is read the same whenever it is read                    |

`every_byte` holds the decoder against its first telling after all copies, so a memory that answered wrongly would be found.
"""

from __future__ import annotations

import dataclasses
import io
import pickle
import re
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final

import msgspec

from device.dialects import Decoder, Skips
from device.display.commands import CommandSet
from device.printed.layout import Search
from device.printed.words import Words
from device.printer.families import Family
from device.printer.rules import Rule, Table

MEMORIES: Final = frozenset({"_known", "_rows", "_screens"})
_CONSTANT: Final = (CommandSet, Family, FunctionType, Rule, Search, Skips, Table, Words, re.Pattern)
_VALUES: Final = (str, bytes, int, float, tuple, frozenset, type(None), type)


class Keeper:
    """Of one decoder and all its copies."""

    def __init__(self, decode: Decoder) -> None:
        self._constant: dict[int, object] = {}
        left: list[object] = [decode]
        seen: dict[int, object] = {}
        while left:
            one = left.pop()
            if id(one) in seen or id(one) in self._constant or isinstance(one, type):
                continue
            if isinstance(one, _CONSTANT) or _frozen(one):
                self._constant[id(one)] = one
                continue
            seen[id(one)] = one
            for name, value in _named(one):
                if name in MEMORIES:
                    self._constant[id(value)] = value
                else:
                    left.append(value)

    def snapshot(self, decode: Decoder) -> bytes:
        into = io.BytesIO()
        _Snapshot(into, self).dump(decode)
        return into.getvalue()

    def restored(self, snapshot: bytes) -> Decoder:
        reader = _Restore(io.BytesIO(snapshot))
        reader.constant = self._constant
        decode: Decoder = reader.load()
        return decode

    def likeness(self, decode: Decoder) -> bytes:
        into = io.BytesIO()
        _Likeness(into, self).dump(decode)
        return into.getvalue()

    def place(self, one: object) -> int | None:
        """Of what never changes, to be found there again."""
        if id(one) in self._constant:
            return id(one)
        if isinstance(one, _CONSTANT):
            # Met later, a table that a command chose: it is kept, so that nothing else ever stands in its place.
            self._constant[id(one)] = one
            return id(one)
        return None


class _Snapshot(pickle.Pickler):
    def __init__(self, into: io.BytesIO, keeper: Keeper) -> None:
        super().__init__(into, protocol=5)
        self._place = keeper.place

    def persistent_id(self, one: object) -> int | None:
        return self._place(one)


class _Restore(pickle.Unpickler):
    constant: dict[int, object]

    def persistent_load(self, place: int) -> object:
        return self.constant[place]


class _Likeness(pickle.Pickler):
    """Values by what they are, whoever shares them; what changes by its place, where it is met again."""

    def __init__(self, into: io.BytesIO, keeper: Keeper) -> None:
        super().__init__(into, protocol=5)
        self.fast = True
        self._place = keeper.place
        self._met: dict[int, int] = {}
        self._kept: list[object] = []

    def persistent_id(self, one: object) -> tuple[Any, ...] | int | None:
        if isinstance(one, _VALUES):
            return None
        if (place := self._place(one)) is not None:
            return place
        if isinstance(one, MethodType):
            return ("method", one.__func__.__qualname__, self._owner(one.__self__))
        if isinstance(one, BuiltinFunctionType):
            return None
        if id(one) in self._met:
            return ("again", self._met[id(one)])
        self._met[id(one)] = len(self._met)
        self._kept.append(one)  # a state made only to be written must not give its place to another
        return None

    def _owner(self, one: object) -> int:
        """Of a method: the object that it acts on, by its place among those that were met, or the constant that it is."""
        if (place := self._place(one)) is not None:
            return place
        # One that is written only behind this method: all copies name it so.
        return self._met.get(id(one), -1)


def _frozen(one: object) -> bool:
    if isinstance(one, msgspec.Struct):
        return one.__struct_config__.frozen
    return dataclasses.is_dataclass(one) and bool(type(one).__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _named(owner: object) -> list[tuple[str, object]]:
    """What an object holds directly."""
    match owner:
        case dict():
            return [("", value) for value in owner.values()]
        case list() | tuple() | set() | frozenset():
            return [("", value) for value in owner]
        case MethodType():
            return [("", owner.__self__)]
    slots = (name for kind in type(owner).__mro__ for name in getattr(kind, "__slots__", ()))
    names = (*getattr(owner, "__dict__", ()), *slots)
    return [(name, getattr(owner, name)) for name in names if hasattr(owner, name)]
