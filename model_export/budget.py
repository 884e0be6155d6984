"""How much memory a training takes, told before it begins, so that a machine too small for it says so and does not stall.

    counts, weights, and what they are solved in           `model_export.layout.Layout.bytes`
    the same counts in float64, where days are added up    8 bytes each
    token rows, and their copies while they are counted    `_CELL` bytes for each token on each receipt
    the same with another decay of histories               `_AGAIN` bytes more for each
    pairs of items, as many as may be kept                 `pairing.needed`, and `_CELL` bytes for each on each receipt
    or, if that is more, receipts without a card           `strangers.bytes_of`
    scores that are compared when knobs are chosen         `_COMPARED` tables of questions by items
    what is told of candidates                             `rerank.bytes_of`
    libraries and everything else                          `room.LEAST`

A known shopper's receipt is taken to hold all the history tokens it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device.errors import TrainingError
from model_export import pairing, rerank
from model_export.choose import MOST_REMEMBERED_QUESTIONS
from model_export.encoding import HISTORY_KEPT
from model_export.history import NOBODY
from model_export.room import LEAST, room
from model_export.strangers import bytes_of, hindered

if TYPE_CHECKING:
    from model_export.history import History
    from model_export.layout import Layout

_CELL: Final = 40
"""float32 with its column, float64 beside it, and float64 with its column twice: see `counts`."""
_AGAIN: Final = 16
"""float32 with its column, once as they were and once while they are put together."""
_CONTEXTS: Final = 3
_COMPARED: Final = 8


def needed(layout: Layout, history: History, *, by_days: bool = False) -> int:
    """Bytes."""
    remembered = int((history.shopper != NOBODY).sum()) if layout.rows > layout.context_end else 0
    cells = len(history.item) + _CONTEXTS * len(history) + (HISTORY_KEPT + 1) * remembered
    pairs, held = pairing.needed(layout, history)
    compared = 4 * _COMPARED * min(MOST_REMEMBERED_QUESTIONS, len(history)) * layout.items
    without_card = 0 if hindered(layout, history, pairs=False) else bytes_of(layout)
    counted = layout.bytes + max(pairs, without_card) + 8 * layout.cells * by_days
    return (
        counted
        + (_CELL + _AGAIN * (remembered > 0)) * cells
        + _CELL * held
        + max(compared, rerank.bytes_of(layout, len(history)))
        + LEAST
    )


def afford(layout: Layout, history: History, *, by_days: bool) -> str:
    """What will be needed, in words; TrainingError when it is not to be had (see `room`)."""
    wanted, there = needed(layout, history, by_days=by_days), room()
    if wanted > there.bytes:
        raise TrainingError(
            f"training on {len(history):,} receipts of {layout.items:,} items takes about {wanted / 1e9:.1f} GB of memory and "
            f"{there}: use a larger machine, a higher limit, or fewer receipts"
        )
    return f"about {wanted / 1e9:.1f} GB"
