"""Recordings of a till with other goods and other prices, so that no line of them was ever read before.

What the recording's own events call a name gets other letters of the same alphabet and case, a code other digits and their check
digit, and every price is so many times what it was, so that receipts still add up. Where a column of figures has room before it,
it takes it, as tills print. The same number gives the same bytes. Frames with a check over their bytes cannot be varied so.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

from biip.checksums import gs1_standard_check_digit

TIMES = 997
"""Prices are 1 to 997 times what they were: far apart enough that nothing remembers them."""
_CHARSETS = ("utf-8", "cp1251", "cp866", "cp949", "cp850")
_ALPHABETS = [
    *("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"),
    *("АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ", "абвгдежзиклмнопрстуфхцчшщыэюя"),
    "가나다라마바사아자차카타파하고노도로모보소오조초코토포호",
]
_PRICE = re.compile(rb"( *)(-?)(?<![\d.,])([1-9]\d{0,3}|0)([.,])(\d\d)(?![\d.,%])(?! ?(?:kg|\xaa\xa3|\xea\xe3))")
_RUN = re.compile(rb"\d{8,}")
_LENGTHS = {8: 8, 12: 12, 13: 13, 14: 14, 15: 13, 17: 12, 18: 13}


class Unseen:
    def __init__(self, recording: Path) -> None:
        names = set()
        for line in recording.with_suffix(".events.jsonl").read_bytes().splitlines():
            names |= set(_names(json.loads(line)))
        self._names = sorted(filter(_has_letters, names), key=len, reverse=True)

    def vary(self, data: bytes, number: int) -> bytes:
        chance = random.Random(number)
        for name in self._names:
            other = "".join(next((chance.choice(some) for some in _ALPHABETS if letter in some), letter) for letter in name)
            for charset in _CHARSETS:
                try:
                    data = data.replace(name.encode(charset), other.encode(charset))
                except UnicodeEncodeError:
                    continue
        factor = number % TIMES + 1
        data = _RUN.sub(lambda run: _code(run[0], random.Random(f"{number} {run[0].hex()}")), data)
        return _PRICE.sub(lambda price: _priced(price, factor), data)


def _names(event: object) -> list[str]:
    if isinstance(event, dict):
        own = [event["name"]] if isinstance(event.get("name"), str) else []
        return own + [name for value in event.values() for name in _names(value)]
    return [name for value in event for name in _names(value)] if isinstance(event, list) else []


def _has_letters(name: str) -> bool:
    return any(letter in some for letter in name for some in _ALPHABETS)


def _code(run: bytes, chance: random.Random) -> bytes:
    """A GTIN among these digits with another item in it; others as they are."""
    start = 2 if len(run) >= 16 and run.startswith(b"01") else 0
    size = 14 if start else _LENGTHS.get(len(run), 0)
    told = run[start : start + size].decode()
    if not size or gs1_standard_check_digit(told[:-1]) != int(told[-1]):
        return run
    other = told[:3] + "".join(chance.choice("0123456789") for _ in told[3:-1])
    return run[:start] + f"{other}{gs1_standard_check_digit(other)}".encode() + run[start + size :]


def _priced(price: re.Match[bytes], factor: int) -> bytes:
    space, sign, whole, mark, cents = price.groups()
    minor = str(int(whole + cents) * factor).zfill(3).encode()
    told = sign + minor[:-2] + mark + minor[-2:]
    # Two columns stay two columns.
    return space[:2] + told.rjust(len(price[0]) - len(space[:2]))
