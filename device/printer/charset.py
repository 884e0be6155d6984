"""The charset of printed text that nobody announced, told by the text itself.

Many tills rely on a switch in the printer and send no `1B 74 n`, or always the same one. Of each run of text with bytes above 7F
every charset here is asked whether the run would be proper text in it. Those that agree gain weight by the number of such bytes;
of these the one with the most weight so far reads the run. A run with which none agrees is read by the heaviest, or as
cp437, whose signs and letters stand among ASCII.

| charset | proper text                                                                                              |
|---------|----------------------------------------------------------------------------------------------------------|
| utf-8   | it is well formed                                                                                        |
| cp949   | pairs of bytes, nine in ten of them common syllables of Hangul (first byte B0 to C8, second from A1)     |
| cp866   | nine in ten of its signs but lines and boxes are Cyrillic letters, and not beside Latin ones             |
| cp1251  | the same, lines and boxes not counted out                                                                |

A run of one byte repeated is a line across the paper, and says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

MOST: Final = 1 << 20
"""Of weight: what a till sends now is believed within a day or so."""
_DEFAULT: Final = "cp437"
_ENOUGH: Final = 0.9
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_PAIRS: Final = re.compile(rb"[\x81-\xfe][\x41-\xfe]|[\x80-\xff]")
_BOXES: Final = frozenset(bytes(range(0xB0, 0xE0)).decode("cp866"))
_BESIDE_LATIN: Final = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")
_CYRILLIC: Final = frozenset("АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя№«»—–„“”…·°")


class Guess:
    """Reads runs of text in their order. `charset` is that of the last one that said something of it."""

    def __init__(self) -> None:
        self.charset = _DEFAULT
        self._weights = dict.fromkeys(_PROPER, 0)

    def decode(self, run: bytes) -> str:
        if run.isascii():
            return run.decode("ascii")
        high = _HIGH.findall(run)
        if len(set(high)) > 1:
            proper = [charset for charset, is_proper in _PROPER.items() if is_proper(run)]
            for charset in proper:
                self._weights[charset] = min(MOST, self._weights[charset] + len(high))
            likely = proper or [charset for charset, weight in self._weights.items() if weight]
            self.charset = max(likely, key=self._weights.__getitem__, default=_DEFAULT)
        return run.decode(self.charset, "replace")


def _utf_8(run: bytes) -> bool:
    try:
        run.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _korean(run: bytes) -> bool:
    pairs: list[bytes] = _PAIRS.findall(run)
    common = sum(len(pair) == 2 and 0xB0 <= pair[0] <= 0xC8 and pair[1] >= 0xA1 for pair in pairs)
    signs = sum(len(pair) == 2 and 0xA1 <= pair[0] <= 0xA3 and pair[1] >= 0xA1 for pair in pairs)
    return common > 0 and common >= _ENOUGH * (len(pairs) - signs)


def _russian(run: bytes, charset: str, boxes: frozenset[str]) -> bool:
    text = run.decode(charset, "replace")
    told = [letter for letter in text if letter > "\x7f" and letter not in boxes]
    # `Grфсe` are the accents of a Latin word, `╠юыюъю` letters of another charset.
    beside = len(_BESIDE_LATIN.findall(text)) + sum(
        (one in boxes) != (other in boxes) for one, other in pairwise(text) if one > "\x7f" and other > "\x7f"
    )
    return bool(told) and sum(letter in _CYRILLIC for letter in told) - beside >= _ENOUGH * len(told)


_PROPER: Final[dict[str, Callable[[bytes], bool]]] = {
    "utf-8": _utf_8,
    "cp949": _korean,
    "cp866": lambda run: _russian(run, "cp866", _BOXES),
    "cp1251": lambda run: _russian(run, "cp1251", frozenset()),
}
