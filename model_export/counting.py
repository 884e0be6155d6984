"""Which engine counts, and whether the counts of each day are kept: the one door between a history and `Counts`.

Without a folder for days the receipts are encoded once and every question goes to the engine; with one, days are read as they
were counted (see `days`) and only what changed, and the day a question cuts in two, is counted. Both are exact and agree to the
last bit as long as no receipt came late and no shopper bought more than `encoding.HISTORY_KEPT` items with rare ones among
them: a stored day has to count an item that the model may know only later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_export import engine
from model_export.counts import Counts, count
from model_export.days import DayCounts, Refreshed
from model_export.encoding import encode_all

if TYPE_CHECKING:
    from device.tokens import Vocabulary
    from model_export.history import History


@dataclass(frozen=True, slots=True)
class Counting:
    engine: str = engine.DEFAULT
    """As `engine.opened` understands it."""
    days: Path | None = None
    """The folder where the counts of each day are kept."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What an engine can be asked while it is open."""

    counts: Callable[[int, int], Counts]
    """Of receipts `first` to `last - 1`."""
    refreshed: Refreshed | None
    """What became of the stored days."""


@contextmanager
def tally(history: History, vocabulary: Vocabulary, decay: float, counting: Counting) -> Iterator[Tally]:
    """TrainingError when the engine cannot count or the days cannot be kept."""
    with engine.opened(counting.engine) as opened:
        if counting.days is None:
            matrix = encode_all(history, vocabulary, decay)
            yield Tally(lambda first, last: count(matrix[first:last], opened), None)
        else:
            days = DayCounts(counting.days, history, decay)
            refreshed = days.refresh(opened)
            yield Tally(lambda first, last: days.counts(first, last, vocabulary, opened), refreshed)
