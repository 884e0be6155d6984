"""Snapshots of a small sale, for tests of the screens."""

from __future__ import annotations

from typing import Any

from device.screen_link import BasketLine, Card, Reason, ReasonKind, Snapshot, Stage

LINES = (
    BasketLine(1, {"ru": "Капучино 300 мл", "en": "Cappuccino 300 ml"}, 1000, "pcs", 16900, 16900),
    BasketLine(2, {"ru": "Бананы", "en": "Bananas"}, 842, "kg", 11780, 13990),
)


def card(number: int, **facts: Any) -> Card:
    chosen: dict[str, Any] = {
        "suggestion_id": f"s{number}",
        "sku": f"100{number}",
        "names": {"ru": f"Товар {number}", "en": f"Item {number}"},
        "price": 12990 + number,
        "reason": Reason(ReasonKind.GOES_WITH, (LINES[0].names,)),
        "department": "bakery",
    }
    return Card(**(chosen | facts))


LONG = "Очень длинное название товара, которое написал кто-то, у кого было много времени и места на этикетке 100 г, 72 %"
"""A name nobody should have given."""

CARDS = (card(1), card(2), card(3))


def snapshot(seq: int = 1, **facts: Any) -> Snapshot:
    chosen: dict[str, Any] = {
        "run": "run-a",
        "seq": seq,
        "lane": "till-1",
        "stage": Stage.BASKET,
        "currency": "RUB",
        "total": 28680,
        "lines": LINES,
        "cards": CARDS,
    }
    return Snapshot(**(chosen | facts))
