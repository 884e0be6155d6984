"""What an item is for, and what a shopper is: words by kind, as catalogue and profile hold them.

| kind       | of an item                         | of a shopper              | fits when                  | item says nothing |
|------------|------------------------------------|---------------------------|----------------------------|-------------------|
| `diet`     | diets it suits: `vegan`, `halal`   | diets kept                | it suits every one of them | does not fit      |
| `allergen` | what it contains: `nuts`, `milk`   | what is not tolerated     | it contains none of them   | does not fit      |
| `size`     | sizes it comes in: `M`, `42`       | sizes worn                | it comes in one of them    | fits              |
| `pet`      | animals it is for: `cat`           | animals kept              | it is for one of them      | fits              |
| `car`      | cars it is made for                | cars driven               | it is made for one of them | fits              |
| `baby`     | first, last month of age: `0`, `6` | month of birth: `2026-01` | one is so old              | fits              |

An empty list is an answer (contains nothing of it), a kind left out is none. Of a shopper who says nothing of a kind, everything
fits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

BABY: Final = "baby"
KINDS: Final = ("diet", "allergen", "size", "pet", "car", BABY)
MUST_SAY: Final = frozenset({"diet", "allergen"})
"""Kinds of which an item has to say something before it is offered to a shopper who does."""
MOST_MONTHS: Final = 240
_BORN: Final = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")

Words = Mapping[str, tuple[str, ...]]
"""By kind."""


def wrong(words: Words) -> str | None:
    """Of an item: what cannot be, in words that follow its name."""
    for kind, said in words.items():
        if kind not in KINDS:
            return f"fit '{kind}': write {', '.join(KINDS)}"
        if kind == BABY and not (len(said) == 2 and all(one.isascii() and one.isdigit() for one in said) and _months(said)):
            return f"fit '{kind}' {', '.join(said)}: write the first and the last month of age, 0 to {MOST_MONTHS}"
    return None


def _months(said: tuple[str, ...]) -> bool:
    first, last = (int(one[:9]) for one in said)
    return first <= last <= MOST_MONTHS


def plausible(words: Words) -> bool:
    """Of a shopper."""
    return set(words) <= set(KINDS) and all(map(_BORN.fullmatch, words.get(BABY, ())))


def months_old(born: str, year: int, month: int) -> int:
    """Whole months since a month of birth, `2026-01`; below zero before it."""
    return 12 * (year - int(born[:4])) + month - int(born[5:7])
