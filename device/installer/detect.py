"""Which dialect, with which options, do these bytes speak? Every dialect decodes them, and what it makes of them is scored.

    score = explained * told * calm * legible * likely

| factor    | meaning                                                                                                      |
|-----------|--------------------------------------------------------------------------------------------------------------|
| explained | share of the bytes that were not skipped                                                                     |
| told      | items / (items + 1): an item is the proof, and several are a better one; a tenth where only other events are  |
| calm      | events / (events + skipped messages): the wrong command set is told much that it does not know               |
| likely    | what speaks for itself: a display or a printer is sent commands, and text lines hold none (see `likely`)        |
| legible   | share of the letters of the names that a person would have written (see `legible`)                           |

Options with a choice of words are tried one after the other, each word beside what was best so far: the profile of a display, the
family of a printer, the character set. Where no line ever ends, the signs that names and figures do without are tried as ends of
lines. Where two score alike, the dialect of the stricter format is named: of text that is not framed at all, something can always
be read.

Nothing is decided here: the installer sees the scores and what was read, and confirms.
"""

from __future__ import annotations

import importlib
import itertools
import re
import types
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

import msgspec

from device import dialects
from device.events import BasketState, ItemScanned, LineRung
from device.replay import END

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from device.events import PosEvent, RungLine

MAX_BYTES: Final = 1 << 20
"""More than an hour of any serial till; what comes after is not needed."""
CHARSETS: Final = ("utf-8", "cp866", "cp1251", "cp437", "cp850", "cp852", "cp1252", "cp949")
SWITCHES: Final = ("live",)
"""Options that are on or off and worth trying."""
MOST_CHOICES: Final = 16
MOST_DELIMITERS: Final = 4
"""Signs that are tried as ends of lines, the most frequent first."""
MOST_SEEN: Final = 3
LOOSE: Final = ("pole", "linetext")
"""Dialects that read something out of any text: named when nothing stricter explains as much, in this order."""
ALIKE: Final = 0.05

Arrived = tuple[bytes, datetime]


@dataclass(frozen=True, slots=True)
class Guess:
    dialect: str
    options: dict[str, Any]
    score: float
    """0: nothing of it is in the bytes; 1: all of it is."""
    explained: float
    events: int
    items: int
    seen: tuple[str, ...] = field(default=())
    """Some of the items, as they would stand on the screen."""


def guesses(arrived: Sequence[Arrived]) -> list[Guess]:
    """Every dialect with its best options, the likeliest first. Takes the first `MAX_BYTES`."""
    heard = tuple(_first(arrived, MAX_BYTES))
    found = [_best(name, heard) for name in dialects.names()]
    top = max((guess.score for guess in found), default=0.0)
    return sorted(
        found,
        key=lambda g: (
            -(g.score if g.score < top - ALIKE else top),
            g.dialect in LOOSE and 1 + LOOSE.index(g.dialect),
            -g.score,
            g.dialect,
        ),
    )


def legible(text: str) -> float:
    """Share of the letters and signs that fit: a wrong character set gives drawings, controls and capitals within words."""
    wrong = sum(not (char.isalnum() or char in _SIGNS or unicodedata.category(char) == "Sc") for char in text)
    wrong += sum(a.islower() and b.isupper() for a, b in itertools.pairwise(text))
    # Words of one alphabet: a Latin and a Cyrillic letter side by side are two readings of one byte.
    wrong += sum(a.isalpha() and b.isalpha() and _script(a) != _script(b) for a, b in itertools.pairwise(text))
    return max(0.0, 1 - 2 * wrong / len(text)) if text else 1.0


def likely(dialect: str, data: bytes) -> float:
    """Plain lines are not sent to a display, and hardly to a printer; lines full of commands are no text."""
    commands = len(_COMMANDS.findall(data))
    if dialect == "linetext":
        return max(0.1, 1 - 10 * commands / max(1, len(data)))
    if dialect == "escpos":
        return 1.0 if _PRINTER.search(data) else 0.9
    return 0.5 if dialect == "pole" and commands == 0 else 1.0


_COMMANDS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|!#")
_PRINTER: Final = re.compile(rb"[\x10\x1b-\x1d]")
"""What a printer's commands begin with; a display may be cleared by a form feed alone."""
_ENDED: Final = re.compile(rb"[\r\n]")
_SIGN: Final = re.compile(rb"[!#;<>@\[-`{-~]")
"""Neither a blank nor a mark of numbers or money, and hardly in a name. Controls are commands of displays and printers."""
_SIGNS: Final = frozenset(" .,-+/%&()*:;?'\"№°=")


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").partition(" ")[0]


def _best(name: str, heard: tuple[Arrived, ...]) -> Guess:
    best = _guess(name, {}, heard)
    for option, words in _choices(name, heard):
        tries = [_guess(name, {**best.options, option: word}, heard) for word in words]
        # The default stays where nothing is better.
        best = max((best, *tries), key=lambda guess: guess.score)
    return best


def _guess(name: str, options: dict[str, Any], heard: tuple[Arrived, ...]) -> Guess:
    if dialects.wrong(name, options):
        return Guess(name, options, 0.0, 0.0, 0, 0)
    decode = dialects.decoder(name, options)
    events = [event for data, at in heard for event in decode.feed(data, at)]
    if heard:
        events += decode.feed(b"", heard[-1][1] + END)
    whole = b"".join(data for data, _ in heard)
    size = len(whole)
    explained = max(0.0, 1 - decode.skips.bytes / size) if size else 0.0
    lines = [line for event in events for line in _lines(event)]
    items = {(line.code, line.name, line.price, line.amount) for line in lines if line.doubt is None}
    told = len(items) / (len(items) + 1) if items else 0.1 * bool(events)
    calm = len(events) / (len(events) + decode.skips.messages) if events else 1.0
    names = " ".join(dict.fromkeys(line.name for line in lines if line.name))
    seen = tuple(dict.fromkeys(_shown(line) for line in lines))[:MOST_SEEN]
    return Guess(
        name, options, explained * told * calm * legible(names) * likely(name, whole), explained, len(events), len(items), seen
    )


def _lines(event: PosEvent) -> tuple[RungLine, ...]:
    if isinstance(event, BasketState):
        return event.lines
    return (event.line,) if isinstance(event, LineRung | ItemScanned) else ()


def _shown(line: RungLine) -> str:
    return " ".join(str(part) for part in (line.code, line.name, line.amount) if part not in {None, ""})


def _choices(name: str, heard: tuple[Arrived, ...]) -> Iterator[tuple[str, tuple[str | bool | list[str], ...]]]:
    """Options of the dialect that are a choice of words; of character sets only where there is something to choose."""
    high = any(byte > 0x7F for data, _ in heard for byte in set(data))
    module: Any = importlib.import_module(f"{dialects.__name__}.{name}")
    # Nothing else is found in a line that does not end.
    for option in sorted(msgspec.structs.fields(module.Options), key=lambda option: option.encode_name != "delimiters"):
        words = tuple(word for word in _words(option.type) if isinstance(word, str))
        if option.encode_name == "delimiters":
            if signs := _delimiters(b"".join(data for data, _ in heard)):
                yield option.encode_name, tuple([sign] for sign in signs)
        elif option.encode_name == "charset":
            if high:
                yield option.encode_name, words or CHARSETS
        elif 1 < len(words) <= MOST_CHOICES:
            yield option.encode_name, words
        elif option.type is bool and option.encode_name in SWITCHES:
            yield option.encode_name, (True,)


def _delimiters(data: bytes) -> list[str]:
    """Signs that may stand between lines: none where lines end as they mostly do."""
    if _ENDED.search(data):
        return []
    counted = Counter(sign.decode() for sign in _SIGN.findall(data))
    return [sign for sign, times in counted.most_common(MOST_DELIMITERS) if times > 1]


def _words(kind: Any) -> tuple[object, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    if get_origin(kind) in {Union, types.UnionType}:
        return tuple(word for member in get_args(kind) for word in _words(member))
    return ()


def _first(arrived: Iterable[Arrived], size: int) -> Iterator[Arrived]:
    for data, at in arrived:
        if size <= 0:
            return
        yield data[:size], at
        size -= len(data)
