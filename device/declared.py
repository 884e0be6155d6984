"""A declarative TOML file, checked whole before anything of it is obeyed: every mistake at once, each with its line and key.

The line of a mistake is that of the `[[table]]` it stands in; TOML keeps no lines of keys. A file beyond its size is not read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from device import mistakes
from device.errors import SettingsError
from device.place import beginning

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 16
"""Tables and lists within each other: more than anybody writes, and far from where a parser's recursion ends."""

Nonsense = Callable[[dict[str, Any]], Iterable[str]]
"""What has the right type and cannot work, in words that begin with the quoted place."""

_Table = TypeVar("_Table", bound=msgspec.Struct)


def read(path: Path, kind: type[_Table], what: str, nonsense: Nonsense) -> _Table:
    """SettingsError that names every mistake, one a line. `what`: the file in a word or two, such as `campaigns`."""
    try:
        text = beginning(path, MAX_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"the {what} file {path} cannot be read: {error.strerror}") from error
    return parse(text, str(path), kind, nonsense)


def parse(text: bytes, name: str, kind: type[_Table], nonsense: Nonsense) -> _Table:
    """SettingsError that names every mistake, one a line; `name`: where the text comes from."""
    if len(text) > MAX_BYTES:
        raise SettingsError(f"{name}: more than {MAX_BYTES} bytes: make several smaller files of it")
    try:
        table = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{name}: {error}") from error
    except ValueError as error:
        raise SettingsError(f"{name}: a number has more digits than anything has") from error
    if _deeper(table, MAX_DEPTH):
        raise SettingsError(f"{name}: tables stand more than {MAX_DEPTH} deep in each other: write it flatter")
    found = {*mistakes.find(table, kind), *nonsense(table)}
    if found:
        lines = _Lines(text.decode(), table)
        raise SettingsError("\n".join(f"{name}: {told}" for told in sorted(map(lines.told, found))))
    return msgspec.convert(table, kind)


def tables(table: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    """The tables of a `[[key]]` that are tables at all, each with its place in words."""
    listed = table.get(key)
    return [
        (f"{key}[{number}]", one)
        for number, one in enumerate(listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    ]


def twice(named: Iterable[tuple[str, dict[str, Any]]]) -> Iterable[str]:
    """Names that stand twice."""
    seen = dict[str, str]()
    for place, one in named:
        name = one.get("name")
        if isinstance(name, str) and seen.setdefault(name, place) != place:
            yield f"'{place}.name': '{name}' stands twice: the first is {seen[name]}"


class _Lines:
    """Where each `[[table]]` begins, as far as the text says it plainly."""

    _PLACE: Final = re.compile(r"'(\w+)\[(\d+)\]")

    def __init__(self, text: str, table: dict[str, Any]) -> None:
        self._begins: dict[str, list[int]] = {}
        for key, listed in table.items():
            header = re.compile(rf"\s*\[\[\s*[\"']?{re.escape(key)}[\"']?\s*\]\]")
            begins = [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
            if isinstance(listed, list) and len(begins) == len(listed):
                self._begins[key] = begins

    def told(self, mistake: str) -> str:
        found = self._PLACE.search(mistake)
        begins = [] if found is None else self._begins.get(found[1], [])
        if found is None or int(found[2]) >= len(begins):
            return mistake
        return f"line {begins[int(found[2])]}: {mistake}"


def _deeper(value: object, most: int) -> bool:
    """Whether anything stands more than `most` deep; without recursion."""
    level: list[object] = [value]
    for _ in range(most):
        level = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
            if isinstance(part, dict | list)
        ]
    return bool(level)
