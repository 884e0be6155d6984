"""Printed receipts as a dialect hears them, and what they tell."""

from __future__ import annotations

from datetime import UTC, datetime

from device.domain import Phase
from device.events import LineRung, PosEvent, SaleEnded
from device.printed import Layout, Printed

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)


def told(text: str, layout: Layout | None = None) -> tuple[list[PosEvent], list[str]]:
    """Events of a receipt, and why anything was left out."""
    skipped: list[str] = []
    printed = Printed(layout, lambda _size, why: skipped.append(why))
    events = [event for line in text.splitlines() for event in printed.line(line, AT)]
    return events + printed.end(AT), skipped


def items(events: list[PosEvent]) -> list[tuple[object, ...]]:
    """Name, quantity, amount of each line."""
    rung = [event.line for event in events if isinstance(event, LineRung)]
    return [(line.name, line.quantity, line.amount) for line in rung]


def total(events: list[PosEvent]) -> int | None:
    """Of the sale that ended closed."""
    ended = events[-1]
    assert isinstance(ended, SaleEnded)
    assert ended.phase is Phase.CLOSED
    return ended.total
