"""Receipts as jobs for a printer, and what a decoder tells of them, in short."""

from __future__ import annotations

from datetime import UTC, datetime

from device.domain import Phase
from device.events import LineRung, PosEvent, SaleEnded

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
CUT = b"\x1dVA\x03"
TEA = b"Tea 100 bags          3.10\nTOTAL                 3.10\nCASH                  3.10\n"


def rung(events: list[PosEvent]) -> list[tuple[str | None, int | None]]:
    """Name and amount of each line."""
    return [(event.line.name, event.line.amount) for event in events if isinstance(event, LineRung)]


def ended(events: list[PosEvent]) -> list[tuple[Phase, int | None]]:
    """How each sale ended, and its total."""
    return [(event.phase, event.total) for event in events if isinstance(event, SaleEnded)]
