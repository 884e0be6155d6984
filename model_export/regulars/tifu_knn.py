"""TIFU-kNN: a shopper's decayed item frequencies, mixed with those of the nearest shoppers.

Hu, He, Gao, Zhang, "Modeling Personalized Item Frequency Information for Next-basket Recommendation", SIGIR 2020
(arXiv:2006.00556). Receipts are put into `groups` of equal size, the newest last; a receipt counts within ** (receipts after it
in its group), a group between ** (groups after it); both are means. A prediction is
alpha * own + (1 - alpha) * mean of the `neighbours` nearest by Euclidean distance.

Memory: float32[shoppers, items] twice; of more than `MOST_SHOPPERS` shoppers a seeded sample are the neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from model_export.regulars.past import MOST_VISITS
from model_export.regulars.visits import regular

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from model_export.history import History
    from model_export.regulars.visits import Visits

MOST_SHOPPERS: Final = 20_000
_TOGETHER: Final = 512


@dataclass(frozen=True, slots=True)
class Knobs:
    within: float
    between: float
    groups: int
    neighbours: int
    alpha: float

    def __str__(self) -> str:
        return (
            f"within {self.within:g}, between {self.between:g}, {self.groups} groups, "
            f"{self.neighbours} neighbours, alpha {self.alpha:g}"
        )


VECTORS: Final = tuple((within, between, groups) for within in (0.9, 1.0) for between in (0.7, 0.9, 1.0) for groups in (3, 7))
NEIGHBOURS: Final = (100, 300)
ALPHAS: Final = (0.5, 0.7, 0.9, 1.0)


def vectors(history: History, cut: int, within: float, between: float, groups: int) -> sparse.csr_array:
    """float32[shoppers, items] of the receipts before `cut`."""
    known = regular(history, cut)
    whose = history.shopper[known]
    visits = np.minimum(np.bincount(whose, minlength=len(history.shoppers)), MOST_VISITS)
    order = np.lexsort((known, whose))
    ends = np.flatnonzero(np.diff(whose[order], append=-2))
    left = np.empty(len(known), np.int64)
    left[order] = np.repeat(ends, np.diff(ends, prepend=-1)) - np.arange(len(known))
    kept = left < MOST_VISITS
    known, whose, left = known[kept], whose[kept], left[kept]
    size = np.ceil(visits / groups)[whose]
    used = np.ceil(visits[whose] / size)
    group, place = np.divmod(left, size)
    # The oldest group may hold fewer receipts than the others.
    held = np.minimum(size, visits[whose] - group * size)
    weight = within**place * between**group / held / used
    sizes = history.sizes[known]
    lines = np.arange(sizes.sum()) + np.repeat(history.start[known] - np.cumsum(sizes) + sizes, sizes)
    cells = (np.repeat(weight, sizes).astype(np.float32), (np.repeat(whose, sizes), history.item[lines]))
    return sparse.csr_array(sparse.coo_array(cells, shape=(len(history.shoppers), len(history.skus))))


def scores(
    found: sparse.csr_array, asked: NDArray[np.int32], neighbours: tuple[int, ...], seed: int
) -> Iterator[tuple[slice, NDArray[np.float32], list[NDArray[np.float32]]]]:
    """Some of the `asked` shoppers at a time: their own vectors and, for each count, the mean of so many nearest others."""
    known = np.flatnonzero(np.diff(found.indptr))
    if len(known) > MOST_SHOPPERS:
        known = np.sort(np.random.default_rng(seed).choice(known, MOST_SHOPPERS, replace=False))
    others = found[known].toarray()
    lengths = (others**2).sum(axis=1)
    most = min(max(neighbours), len(known) - 1)
    ends = [min(count, most) - 1 for count in neighbours]
    for first in range(0, len(asked), _TOGETHER):
        part = slice(first, min(first + _TOGETHER, len(asked)))
        own = found[asked[part]].toarray()
        distance = lengths[None, :] - 2 * own @ others.T
        distance[known[None, :] == asked[part][:, None]] = np.inf
        nearest = np.argpartition(distance, ends, axis=1)[:, :most] if most else np.zeros((len(own), 0), np.int64)
        means = []
        for count in neighbours:
            chosen = nearest[:, :count]
            rows = np.repeat(np.arange(len(own)), chosen.shape[1])
            mix = sparse.csr_array((np.ones(chosen.size, np.float32), (rows, chosen.ravel())), shape=(len(own), len(known)))
            means.append(np.asarray(mix @ others) / max(1, chosen.shape[1]))
        yield part, own, means


def predictions(visits: Visits, knobs: Knobs, seed: int) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Some questions at a time: float32[questions, items]."""
    found = vectors(visits.history, visits.cut, knobs.within, knobs.between, knobs.groups)
    for part, own, (mean,) in scores(found, visits.shopper, (knobs.neighbours,), seed):
        yield part, knobs.alpha * own + (1 - knobs.alpha) * mean
