"""Which engine counts, and whether the counts of each day are kept: the one door between a history and `Counts`.

Without a folder for days every question is answered from the encoded receipts: in this process, or by the engine that was
named, which takes some six times the processor time (40,000 receipts of lgsr_5k: 12 s in DuckDB, 2 s here) and pays where the
rows are in the engine anyway. Pairs of items that become tokens are always counted from them. With one, days are read as they
were counted (see `days`), and only what changed and the day that a question cuts in two are counted. All agree to the last bit
as long as no receipt came late and no shopper bought nothing but rare items or more than `encoding.HISTORY_KEPT` with rare ones
among them: a stored day has to count an item that the model may know only later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from model_export import engine
from model_export.counts import Counts, count
from model_export.days import DayCounts, Refreshed
from model_export.encoding import between
from model_export.layout import layout_of
from model_export.pairing import Paired, Pairing, count_pairs

if TYPE_CHECKING:
    from device.tokens import Vocabulary
    from model_export.encoding import Sparse
    from model_export.history import History


@dataclass(frozen=True, slots=True)
class Counting:
    engine: str | None = None
    """As `engine.opened` understands it; None: DuckDB where days are kept, otherwise this process."""
    days: Path | None = None
    """The folder where the counts of each day are kept."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What can be asked while the engine is open."""

    counts: Callable[[int, int], Counts]
    """Of receipts `first` to `last - 1`."""
    paired: Callable[[Pairing, Sparse], Paired]
    """Of the receipts of float32[receipts, tokens], never of stored days."""
    refreshed: Refreshed | None
    """What became of the stored days."""


@contextmanager
def tally(history: History, matrix: Sparse, vocabulary: Vocabulary, decay: float, counting: Counting) -> Iterator[Tally]:
    """`matrix` float32[receipts, tokens] of the history.

    TrainingError when the engine cannot count or the days cannot be kept.
    """
    layout = layout_of(vocabulary)

    def counted(first: int, last: int, opened: engine.Engine | None = None) -> Counts:
        return count(between(matrix, first, last), layout, opened)

    def paired(pairing: Pairing, rows: Sparse, opened: engine.Engine | None = None) -> Paired:
        return count_pairs(pairing, rows, layout, opened)

    if counting.days is not None:
        with engine.opened(counting.engine or engine.DEFAULT) as opened:
            days = DayCounts(counting.days, history, decay)
            refreshed = days.refresh(opened)
            by_days = partial(days.counts, vocabulary=vocabulary, engine=opened)
            yield Tally(by_days, partial(paired, opened=opened), refreshed)
    elif counting.engine is not None:
        with engine.opened(counting.engine) as opened:
            yield Tally(partial(counted, opened=opened), partial(paired, opened=opened), None)
    else:
        yield Tally(counted, paired, None)
