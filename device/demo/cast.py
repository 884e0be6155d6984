"""Which of the sales to play are whose: a regular for whom something is due comes second, a card without consent third.

Nothing is made up: both are receipts of the shop that the model has not seen, moved to the front, and what is due is what the
bundle says of this very moment. Where the shop has none of a kind, the order stays.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Final

from device.bundle import Bundle
from device.domain import Sku
from device.due import due
from device.shopper import pseudonym, read_key

if TYPE_CHECKING:
    from pathlib import Path

    from device.demo.scripts import Script

SECOND: Final = 1
THIRD: Final = 2


def cast(play: list[Script], path: Path, key_file: Path) -> list[Script]:
    """The same sales in the order in which they are to be played."""
    key, now = read_key(key_file), datetime.now()  # noqa: DTZ005 - a wall clock
    awaited: dict[int, float] = {}
    unknown: list[int] = []
    with closing(Bundle.open(path)) as bundle:
        for place, script in enumerate(play):
            token = None if script.customer is None else pseudonym(key, script.customer)
            profile = None if token is None else bundle.profile(token)
            if token is not None and profile is None:
                unknown.append(place)
            elif profile is not None and bundle.rhythm is not None:
                stated = due(profile, bundle.rhythm, now)
                awaited[place] = max((stated.get(Sku(line.sku), 0.0) for line in script.lines[1:]), default=0.0)
    chosen = {SECOND: max(awaited, key=lambda place: awaited[place], default=None), THIRD: next(iter(unknown), None)}
    order = [place for place in range(len(play)) if place not in chosen.values()]
    for at, whose in chosen.items():
        if whose is not None:
            order.insert(min(at, len(order)), whose)
    return [play[place] for place in order]
