"""When the shop is open, and when its day is over, on its own wall clock. Pure.

    ["mon-sat 08:00-22:00", "sun 10:00-18:00"]     a span has one day, two joined by `-` (also over the week's end), or every day
    ["22:00-06:00"]                                a span that ends no later than it begins ends on the next day

No span at all: always open. `00:00-24:00` is a whole day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = "|".join(_DAYS)
_SPAN: Final = re.compile(rf"(?:({_DAY})(?:-({_DAY}))? )?(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII)
_MIDNIGHT: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """`days`: 0 is Monday. `opens` and `closes` are minutes since midnight of those days; `closes` may lie in the next day."""

    days: frozenset[int]
    opens: int
    closes: int


def is_another_day(day: date, kept: date) -> bool:
    """Whether what was kept of a day is over.

    A lane may still stand before midnight while another is past it: only a later day ends it, or a clock that was set back by
    more than that.
    """
    return day > kept or kept - day > timedelta(days=1)


def parsed(text: str) -> Span:
    """ValueError in one sentence."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"'{text}' is no opening hours: write them as 'mon-sat 08:00-22:00'")
    first, last, *clock = found.groups()
    opens, closes = (60 * int(hour) + int(minute) for hour, minute in (clock[:2], clock[2:]))
    if opens >= _MIDNIGHT or closes > _MIDNIGHT:
        raise ValueError(f"'{text}' is no opening hours: a day goes from 00:00 to 24:00")
    if opens == closes:
        raise ValueError(f"'{text}' opens and closes at once: a whole day is 00:00-24:00")
    begin = 0 if first is None else _DAYS.index(first)
    end = 6 if first is None else begin if last is None else _DAYS.index(last)
    days = frozenset((begin + more) % 7 for more in range((end - begin) % 7 + 1))
    return Span(days, opens, closes if closes > opens else closes + _MIDNIGHT)


def mistake(text: str) -> str | None:
    """What is wrong with it, in one sentence; None when nothing is."""
    try:
        parsed(text)
    except ValueError as error:
        return str(error)
    return None


def is_open(spans: Iterable[Span], local: datetime) -> bool:
    spans = tuple(spans)
    minute = 60 * local.hour + local.minute
    today, yesterday = local.weekday(), (local.weekday() - 1) % 7
    return not spans or any(
        (today in span.days and span.opens <= minute < span.closes)
        or (yesterday in span.days and span.opens <= minute + _MIDNIGHT < span.closes)
        for span in spans
    )


def began(local: datetime) -> datetime:
    """When this moment's day began, in UTC; at the first of two midnights, where the clock is set back over one."""
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
