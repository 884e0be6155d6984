"""A chain whose shoppers come again, each with a rhythm of their own for each thing."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from device.domain import Pseudonym, Sku
from model_export.history import History

START = datetime(2026, 1, 5, 10)


def history_of(visits: list[tuple[float, int, list[int]]], items: int, *, consent: bool = True) -> History:
    """(day, shopper, items), any order."""
    visits = sorted(visits)
    sizes = [len(one) for _, _, one in visits]
    shoppers = max(shopper for _, shopper, _ in visits) + 1
    return History(
        tuple(Sku(f"item {n}") for n in range(items)),
        ("S1",),
        tuple(Pseudonym(f"{n:032x}") for n in range(shoppers)),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array([item for _, _, one in visits for item in one], np.int32),
        np.array([START + timedelta(days=day) for day, _, _ in visits], "datetime64[us]"),
        np.zeros(len(visits), np.int32),
        np.array([shopper for _, shopper, _ in visits], np.int32),
        np.full(len(visits), consent),
    )


def chain(shoppers: int = 80, days: int = 240, seed: int = 3) -> History:
    """Everybody comes every third day or so, and buys each of twelve things whenever its own 8 to 50 days are over."""
    chance = np.random.default_rng(seed)
    visits: list[tuple[float, int, list[int]]] = []
    for shopper in range(shoppers):
        liked = chance.choice(60, 12, replace=False)
        usual = chance.uniform(8, 50, 12)
        due = chance.uniform(0, usual)
        day = float(chance.uniform(0, 3))
        while day < days:
            bought = day >= due
            due = np.where(bought, day + usual * chance.uniform(0.9, 1.1, 12), due)
            visits.append((day, shopper, sorted({*liked[bought].tolist(), int(chance.integers(60, 70))})))
            day += float(chance.uniform(1, 5))
    return history_of(visits, 70)
