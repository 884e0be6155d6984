"""Every prefix and every damaged byte of every recording: `packaging/dev fuzz bytes DIALECT VALUES FILE...`.

All dialects where none or `all` is named; the dialect's own recordings where no file is.

A decoder is copied before each byte of a recording. One copy hears only silence: that is the prefix. `VALUES` other copies (of
255; the tests take one) hear another byte in its place, `BEHIND` bytes of the recording behind it, and silence. None may raise,
invent an item out of nothing, or hold more than `HELD` objects, and at the end the decoder itself, which heard everything, must
still tell what it told before. Exit status 1 with the dialect, recording, place and value that broke a promise.
"""

from __future__ import annotations

import copy
import dataclasses
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from device.dialects import Decoder, decoder, names
from device.events import PosEvent
from device.printed.words import Words
from device.replay import END
from device.sources.capture import read

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
RECORDINGS = Path(__file__).parents[1] / "device" / "recordings"
BEHIND = 256
"""Enough for the message that was damaged and the one behind it."""
HELD = 20_000


class BrokenError(AssertionError):
    """A promise, with what broke it."""


def recordings(dialect: str) -> list[Path]:
    return sorted(path for path in (RECORDINGS / dialect).glob("*") if path.suffix in {".bin", ".capture"})


def options(recording: Path) -> dict[str, object]:
    beside = recording.with_suffix(".toml")
    return tomllib.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}


def parts(owner: object) -> Iterator[object]:
    """What an object holds directly."""
    match owner:
        case dict():
            yield from owner.values()
        case list() | tuple() | set() | frozenset():
            yield from owner
        case _:
            slots = (name for kind in type(owner).__mro__ for name in getattr(kind, "__slots__", ()))
            for name in (*getattr(owner, "__dict__", ()), *slots):
                if hasattr(owner, name):
                    yield getattr(owner, name)


def never_changes(one: object) -> bool:
    if isinstance(one, Words):
        return True
    if isinstance(one, msgspec.Struct):
        return one.__struct_config__.frozen
    return dataclasses.is_dataclass(one) and bool(type(one).__dataclass_params__.frozen)  # type: ignore[attr-defined]


def graph(decode: Decoder) -> tuple[dict[int, object], int]:
    """What never changes of a decoder, for a copy to share, and how many objects else it holds."""
    fixed: dict[int, object] = {}
    seen: dict[int, object] = {}
    left: list[object] = [decode]
    while left:
        one = left.pop()
        if id(one) in seen or id(one) in fixed or isinstance(one, type) or callable(one):
            continue
        if never_changes(one):
            fixed[id(one)] = one
        else:
            seen[id(one)] = one
            left += parts(one)
    return fixed, len(seen)


def every_byte(dialect: str, recording: Path, values: int) -> int:
    """How many prefixes and damages were heard. Raise BrokenError."""
    decode, told, tried, place, time = decoder(dialect, options(recording)), [], 0, 0, AT
    fixed, _ = graph(decode)
    for chunk in read(recording):
        time = AT + timedelta(milliseconds=chunk.t_ms or 0.0)
        if chunk.reply:
            reply = getattr(decode, "feed_reply", None)
            told += reply(chunk.data, time) if reply is not None else []
            continue
        for at, byte in enumerate(chunk.data):
            behind = chunk.data[at + 1 : at + 1 + BEHIND]
            others = [b"", *(bytes([byte ^ (1 + (place * 37 + step) % 255)]) + behind for step in range(values))]
            for heard in others:
                try:
                    _hear(decode, fixed, heard, time)
                except Exception as error:
                    put = f"byte {place} as {heard[:1].hex()}" if heard else f"an end before byte {place}"
                    raise BrokenError(f"{dialect}, {recording.name}: {put}: {error!r}") from error
            tried += len(others)
            place += 1
            told += decode.feed(chunk.data[at : at + 1], time)
    told += decode.feed(b"", time + END)
    if [repr(event) for event in told] != [repr(event) for event in fed(decoder(dialect, options(recording)), recording, 1)]:
        raise BrokenError(f"{dialect}, {recording.name}: a copy shares what changes with the decoder it was made from")
    return tried


def _hear(decode: Decoder, fixed: dict[int, object], heard: bytes, time: datetime) -> None:
    other = copy.deepcopy(decode, dict(fixed))
    other.feed(heard, time)
    other.feed(b"", time + END)
    if not heard:
        held = graph(other)[1]
        if held > HELD:
            raise MemoryError(f"it holds {held} objects")


def fed(decode: Decoder, recording: Path, size: int, at: datetime = AT) -> list[PosEvent]:
    """All events of a recording in pieces of so many bytes, and what the silence after it concludes."""
    events, time = [], at
    for chunk in read(recording):
        time = at + timedelta(milliseconds=chunk.t_ms or 0.0)
        feed = getattr(decode, "feed_reply", None) if chunk.reply else decode.feed
        if feed is not None:
            for start in range(0, len(chunk.data), size):
                events += feed(chunk.data[start : start + size], time)
    return events + decode.feed(b"", time + END)


def main(chosen: str = "all", values: str = "255", *files: str) -> int:
    for dialect in names() if chosen == "all" else [chosen]:
        for recording in map(Path, files or recordings(dialect)):
            try:
                tried = every_byte(dialect, recording, int(values))
            except BrokenError as broken:
                print(broken)
                return 1
            print(f"{dialect}, {recording.name}: {tried:,} prefixes and damaged bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
