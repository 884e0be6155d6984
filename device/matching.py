"""What a display or a printer names, found among what the shop sells: by the beginning of a name *and* the price.

Displays cut names to 15 or 20 characters and write them in capitals, printers drop dots and put other signs in; a character set
may give the Latin letter that looks like the Cyrillic one. So names are compared folded: compatibility forms, case, `ё` and
lookalike letters made one, everything that is no letter or digit left out.

| confidence | when                                                                                             |
|------------|--------------------------------------------------------------------------------------------------|
| 0.98       | at least `SURE` folded characters begin a name of exactly one item, at its very price            |
| 0.90       | the same of at least `LEAST` characters, or the whole name                                       |
| none       | another price or none, fewer characters, or two items that fit equally: a wrong item is worse    |

An item whose whole name is told goes before one whose name only begins so, as long as no display would have cut it there.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

SURE: Final = 10
LEAST: Final = 6
CUT: Final = 15
"""No display cuts a name shorter than this; where the cut is behind a word, the space at its end is gone too."""
_KEY: Final = 6

_LOOKALIKES: Final = str.maketrans("авекмнорстухё", "abekmhopctyxe")


class Named(NamedTuple):
    """An item as far as its words and its price are concerned."""

    sku: str
    names: tuple[str, ...]
    price: int
    """Minor units for one unit."""


class Found(NamedTuple):
    sku: str
    confidence: float


class Names:
    """Items by the beginning of their folded names. Built once per bundle; read only."""

    def __init__(self, items: Iterable[Named]) -> None:
        self._by_start: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
        for item in items:
            for name in {folded(name) for name in item.names}:
                if len(name) >= LEAST:
                    self._by_start[name[:_KEY], item.price].append((name, item.sku))

    def find(self, name: str, price: int) -> Found | None:
        """The one item of that name at that price for one unit, in minor units; None where that is not certain."""
        told = folded(name)
        if len(told) < LEAST:
            return None
        near = self._by_start.get((told[:_KEY], price), [])
        whole = {sku for known, sku in near if known == told}
        begun = {sku for known, sku in near if known.startswith(told)}
        if len(whole) == 1 and len(name.strip()) < CUT - 1:
            return Found(whole.pop(), 0.90)
        if len(begun) != 1:
            return None
        return Found(begun.pop(), 0.98 if len(told) >= SURE else 0.90)


def folded(name: str) -> str:
    """Two spellings of one name give one text."""
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_LOOKALIKES)
    return "".join(letter for letter in plain if letter.isalnum())
