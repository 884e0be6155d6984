"""What every reader yields, and what it promises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import msgspec

from device.domain import Pseudonym
from device.errors import HistoryError
from device.scrub import scrub
from model_export.marks import WHOLESALE_ITEMS, WHOLESALE_PIECES, wholesale
from sync.central.past import Mark, PastLine, PastReceipt

MOST_LINES: Final = 10_000
"""Lines of one receipt; more is a wrongly named column and not a sale."""
MOST_TEXT: Final = 256
"""Characters of any text that is kept."""
_TELEPHONE: Final = re.compile(r"\+?\d(?:[ ()-]*\d){8,}")

NO_RECEIPT: Final = "the line names no receipt"
NO_ITEM: Final = "the line names no item"
NO_TIME: Final = "the receipt has no time"
NO_LINES: Final = "the receipt holds no line with an item"
BAD_TIME: Final = "the time cannot be read"
FUTURE: Final = "the time lies in the future"
LATE: Final = "the time is not before the one that --until names"
ANCIENT: Final = "the time lies before 1990"
NO_ZONE: Final = "the time is in UTC and the shop's time zone is not said: pass --timezone"
BAD_NUMBER: Final = "a quantity or amount is no number"
HUGE_NUMBER: Final = "a quantity or amount is impossibly large"
BAD_FLAG: Final = "a mark is neither yes nor no"
TOO_LONG: Final = f"a text is longer than {MOST_TEXT} characters"
NUL: Final = "the line holds NUL bytes"
CARD_NUMBER: Final = "an item code could be a payment card's number"
ROUNDED: Final = "a number, code or card was rounded to an exponent by a spreadsheet: export that column as text"
TOO_MANY_LINES: Final = f"the receipt has more than {MOST_LINES} lines"
TWO_LINES: Final = "two different lines of the receipt bear one number"
REPEATED: Final = "the line repeats an earlier one of its receipt, number and all"
CUT_OFF: Final = "the file ends within the receipt"
CONFLICT: Final = "it is here already with other content (pass --replace to take the new; lines far apart: sort the file)"


class Refusal(NamedTuple):
    """Why something was not imported. `place` is a line or row of the file, from 1; `lines` how many are lost with it."""

    place: int
    why: str
    what: str = ""
    """The receipt, or the value that could not be read, without anything like a card number."""
    lines: int = 1
    receipt: bool = True
    """A whole receipt, and not only lines of it."""


class Found(NamedTuple):
    place: int
    told: PastReceipt | Refusal


class State(msgspec.Struct, frozen=True):
    """From where a reader goes on: `resume` in its own units (bytes, rows, transactions), `place` the line of that."""

    resume: int = 0
    place: int = 1
    begun: tuple[tuple[str, str | None, int], ...] = ()
    """Receipts yielded already with lines behind `resume`: key, time, place of the last line."""
    told: int = 0
    """Refusals of single lines up to this place have been counted."""
    prefix: str = ""
    """What stands before, as far as the rest cannot be read without it."""


class CutOffError(HistoryError):
    """The file ends, or turns unreadable, before its end; what was yielded before is whole."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the person who imports has said, the same for every format."""

    name_shopper: Callable[[str], Pseudonym | None]
    latest: datetime
    """No receipt can be later, on a shop's clock."""
    currency: str
    until: datetime | None = None
    """Receipts from then on are refused: registers send them themselves."""
    timezone: ZoneInfo | None = None
    store: str | None = None
    """Of receipts that name none."""
    not_goods: re.Pattern[str] = re.compile(r"(?!)")
    kinds: frozenset[str] = frozenset()
    """Items that the catalogue says are no goods."""
    wholesale_items: int = WHOLESALE_ITEMS
    wholesale_pieces: int = WHOLESALE_PIECES

    def number(self, told: str) -> str:
        """A receipt's number to keep; where it could be a card's it becomes a pseudonym, for it must stay distinct."""
        return told if tidy(told) == told.strip() else f"#{self.name_shopper(told)}"

    def line_marks(self, sku: str, name: str | None, category: str | None) -> int:
        words = self.not_goods.search
        # Where items have no names, their codes often are.
        found = sku in self.kinds or words(name or sku) or (category and words(category))
        return int(Mark.NOT_GOODS) if found else 0

    def receipt_marks(self, lines: list[PastLine]) -> int:
        sold = ((line.sku, line.quantity, line.unit) for line in lines)
        return int(Mark.WHOLESALE) if wholesale(sold, self.wholesale_items, self.wholesale_pieces) else 0


class Reader(Protocol):
    """One file in one format."""

    path: Path
    size: int
    """How much there is to read, in the units of `State.resume`."""

    def told(self) -> list[str]:
        """How the file is read, for a person to look at before it is."""

    def read(self, since: State) -> Iterator[Found]:
        """What the file tells from there on; CutOffError after the last whole receipt of a damaged file."""

    def state(self) -> State:
        """From where to go on when everything yielded so far is kept."""


class BytesReader:
    """A reader whose units are bytes, and which knows at any time from where to go on; HistoryError when there is no file."""

    def __init__(self, path: Path, rules: Rules) -> None:
        self.path, self._rules = path, rules
        try:
            self.size = path.stat().st_size
        except OSError as error:
            raise HistoryError(f"{path} cannot be read: {error.strerror}") from error
        self._state = State()

    def state(self) -> State:
        return self._state


def tidy(text: str | None) -> str | None:
    """The text without what could be a payment card's number; None when it is empty."""
    return None if text is None else scrub(text.strip()) or None


def clipped(text: object) -> str:
    """A value for a person to read: short, without anything like a card number, and nothing that a terminal would obey."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(text)[:200])
    shown = tidy(shown) or ""
    return shown if len(shown) <= 40 else shown[:39] + "…"


def discreet(text: object) -> str:
    """A value that could not be read, for the report: a wrongly named column may be one of telephone numbers."""
    shown = clipped(text)
    return shown if ":" in shown else _TELEPHONE.sub("#", shown)
