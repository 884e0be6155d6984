"""What shoppers say of themselves: `shoppers.parquet`, a row for each loyalty id, for the rule `fit` of registers.

| column                                   | means                                                                             |
|------------------------------------------|-----------------------------------------------------------------------------------|
| `customer`                               | required; loyalty id, leaves this module as a keyed pseudonym only                 |
| `diet`, `allergen`, `size`, `pet`, `car` | words of the kind (`device.fit`): a list, or text with commas                      |
| `baby`                                   | months of birth, `2026-01`: likewise                                              |

A shopper told of twice is who the last row says. It goes into a profile, and so only to registers of who agreed to have one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from device.errors import HistoryError
from device.fit import KINDS, plausible
from model_export.parquet import columns_of, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from device.domain import Pseudonym
    from device.fit import Words

MOST_WORDS: Final = 16
MOST_LETTERS: Final = 40
_ROW_BYTES: Final = 600


def read(path: Path, name_shopper: Callable[[str], Pseudonym | None]) -> Mapping[Pseudonym, Words]:
    """HistoryError in one sentence."""
    there = columns_of(path, ("customer",))
    found: dict[Pseudonym, Words] = {}
    for row in read_rows(path, ("customer", *(kind for kind in KINDS if kind in there)), ("customer",), _ROW_BYTES):
        name = None if row["customer"] is None else name_shopper(str(row["customer"]))
        if name is None:
            continue
        words = {kind: said for kind in KINDS if (said := _words(row.get(kind)))}
        if not plausible(words) or any(len(said) > MOST_WORDS or max(map(len, said)) > MOST_LETTERS for said in words.values()):
            most = f"at most {MOST_WORDS} words of {MOST_LETTERS} letters of a kind, and of a baby the month of birth, as 2026-01"
            raise HistoryError(f"{path}: a shopper's attributes cannot be: write {most}")
        found[name] = words
    return found


def _words(cell: Any) -> tuple[str, ...]:
    if cell is None:
        return ()
    told = cell.split(",") if isinstance(cell, str) else cell if isinstance(cell, list) else [cell]
    return tuple(word for one in told if one is not None and (word := str(one).strip()))
