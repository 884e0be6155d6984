"""Every mistake of a table at once: unknown keys, missing keys, wrong types and values, each with its place.

msgspec stops at the first; here each key is converted on its own.
"""

from __future__ import annotations

import difflib
import enum
import types
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec


def find(value: object, kind: Any, place: str = "") -> list[str]:
    """`kind`: what the value should convert to. `place`: where it stands, such as `lane[0].source`; empty at the top."""
    structs = [member for member in _members(kind) if isinstance(member, type) and issubclass(member, msgspec.Struct)]
    if isinstance(value, dict) and structs:
        return _table(value, structs, place)
    if isinstance(value, list) and get_origin(kind) in {list, tuple} and get_args(kind):
        return [mistake for number, part in enumerate(value) for mistake in find(part, get_args(kind)[0], f"{place}[{number}]")]
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        told = str(error).partition(" - at ")[0]
        words = get_args(kind) if get_origin(kind) is Literal else kind if isinstance(kind, enum.EnumMeta) else ()
        allowed = words if told.startswith("Invalid enum value") else ()
        return [f"'{place}': {told}{'; there are: ' if allowed else ''}{', '.join(map(str, allowed))}"]
    return []


def nearest(word: str, known: Iterable[str], prefix: str = "") -> str:
    """A hint in brackets, or nothing."""
    near = difflib.get_close_matches(word, list(known), 1)
    return f" (did you mean '{prefix}{near[0]}'?)" if near else ""


def backwards(one: dict[str, Any], place: str = "") -> Iterator[str]:
    """Of a table with days and hours: a time that never comes."""
    inside = f"{place}." if place else ""
    first, last = one.get("first_day"), one.get("last_day")
    # A date and time, which is a date too, is told as a wrong type.
    if type(first) is date and type(last) is date and last < first:
        yield f"'{inside}last_day' {last} is before 'first_day' {first}"
    if one.get("from_hour", 0) == one.get("until_hour", 24):
        yield f"'{inside}from_hour' and 'until_hour' are the same hour: leave both out for the whole day"


def _table(table: dict[str, object], structs: list[type[msgspec.Struct]], place: str) -> list[str]:
    inside = f"{place}." if place else ""
    tag = structs[0].__struct_config__.tag_field
    if tag is not None:
        kinds = {str(struct.__struct_config__.tag): struct for struct in structs}
        chosen = kinds.get(str(table.get(tag)))
        if chosen is None:
            told = f"unknown value '{table[tag]}'{nearest(str(table[tag]), kinds)}" if tag in table else "is missing"
            return [f"'{inside}{tag}' {told}; there are: {', '.join(kinds)}"]
    else:
        chosen = structs[0]
    fields = {field.encode_name: field for field in msgspec.structs.fields(chosen)}
    mistakes = [f"missing key '{inside}{name}'" for name, field in fields.items() if field.required and name not in table]
    for key, value in table.items():
        if key in fields:
            mistakes += find(value, fields[key].type, f"{inside}{key}")
        elif key != tag:
            mistakes.append(f"unknown key '{inside}{key}'{nearest(key, fields, inside)}")
    return mistakes


def _members(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Annotated:
        return _members(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return tuple(member for part in get_args(kind) for member in _members(part))
    return (kind,)
