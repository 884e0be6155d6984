"""Answers to figures: four metrics with their intervals, the same by slices, and what a method is worth beside its best peer.

All contestants are resampled together: sample s of the bootstrap draws the same questions for everybody, so the interval of a
ratio is that of paired answers. 1,000 samples, percentiles 2.5 and 97.5. A figure is [value, low, high].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from model_export.questions import gains, hits, reciprocal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.evaluate.conditions import Answers
    from model_export.evaluate.exam import Asked

SAMPLES: Final = 1_000
_TOGETHER: Final = 50
METRICS: Final = ("HR@4", "HR@10", "MRR@10", "NDCG@10")
SIZES: Final = ((1, 1), (2, 3), (4, 7), (8, None))
ALL: Final = "all"
REPEATS: Final = "repeats"
FRESH: Final = "no repeats"
"""Receipts that hold the very items of an earlier one, and the others: a memory is tested by the others."""

AGAINST: Final[Mapping[str, tuple[str, bool]]] = {
    "peer": ("peer", True),
    "peer with history": ("peer with history", True),
    "named peer": ("peer", False),
    "named peer with history": ("peer with history", False),
}
"""Ours is held against the best of each: the kind of `Entry`, and whether peers beyond the protocol are among them."""

Figure = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Contestant:
    """`figures`: slice to metric to figure. `kind`: ours, peer, or peer with history."""

    name: str
    setting: str
    kind: str
    condition: str
    figures: Mapping[str, Mapping[str, Figure]]
    coverage: float
    """Share of the known items that stand in some top four."""
    popularity: float
    """Mean share of the training receipts that hold the items shown."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours by the best peer of the same slice, each metric beside its own best. `against`: one of `AGAINST`."""

    condition: str
    against: str
    slice: str
    metric: str
    peer: str
    ours: float
    theirs: float
    ratio: Figure

    @property
    def named(self) -> bool:
        """Whether it is held against those alone that the protocol names."""
        return not AGAINST[self.against][1]


@dataclass(frozen=True, slots=True)
class Entry:
    """A contestant before its figures."""

    name: str
    setting: str
    kind: str
    condition: str
    answers: Answers
    beyond: bool = False
    """A peer that the protocol does not name."""


def slices_of(asked: Asked) -> dict[str, NDArray[np.bool_]]:
    """Rows of the questions by slice; empty slices are left out."""
    found: dict[str, NDArray[np.bool_]] = {ALL: np.ones(len(asked), bool)}
    for low, high in SIZES:
        name = f"{low}+ items" if high is None else f"{low} item" if high == low else f"{low}-{high} items"
        found[name] = (asked.given >= low) & (asked.given <= (high or np.inf))
    if asked.card.any():
        found |= {"with card": asked.card, "without card": ~asked.card}
    if asked.repeat.any():
        found |= {REPEATS: asked.repeat, FRESH: ~asked.repeat}
    return {name: rows for name, rows in found.items() if rows.any()}


def values_of(ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[questions, metrics]"""
    return np.stack([hits(ranks, 4), hits(ranks, 10), reciprocal(ranks, 10), gains(ranks, 10)], axis=1)


def bootstrap(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """float64[samples, columns]: the means of `values` float64[questions, columns] in each sample."""
    chance = np.random.default_rng(seed)
    questions = len(values)
    means = []
    for _ in range(0, SAMPLES, _TOGETHER):
        drawn = [np.bincount(chance.integers(questions, size=questions), minlength=questions) for _ in range(_TOGETHER)]
        means.append(np.stack(drawn).astype(np.float64) @ values / questions)
    return np.concatenate(means)


def figure(value: float, samples: NDArray[np.float64]) -> Figure:
    low, high = np.percentile(samples, [2.5, 97.5])
    return round(float(value), 5), round(float(low), 5), round(float(high), 5)


def measure(ranks: NDArray[np.float64], seed: int) -> dict[str, Figure]:
    """The four metrics of one contestant."""
    values = values_of(ranks)
    samples = bootstrap(values, seed)
    return {name: figure(values[:, place].mean(), samples[:, place]) for place, name in enumerate(METRICS)}


def compare(
    entries: Sequence[Entry], asked: Asked, shares: NDArray[np.float64], seed: int
) -> tuple[list[Contestant], list[Ratio]]:
    """`shares` float64[items]: share of the training receipts that hold each item."""
    figures: list[dict[str, dict[str, Figure]]] = [{} for _ in entries]
    ratios: list[Ratio] = []
    for name, rows in slices_of(asked).items():
        values = np.stack([values_of(entry.answers.ranks[rows]) for entry in entries], axis=1)
        samples = bootstrap(values.reshape(len(values), -1), seed).reshape(SAMPLES, *values.shape[1:])
        means = values.mean(axis=0)
        for number in range(len(entries)):
            figures[number][name] = {
                metric: figure(means[number, place], samples[:, number, place]) for place, metric in enumerate(METRICS)
            }
        ratios += _ratios(entries, name, means, samples)
    contestants = [
        Contestant(entry.name, entry.setting, entry.kind, entry.condition, found, *_shown(entry.answers, asked, shares))
        for entry, found in zip(entries, figures, strict=True)
    ]
    return contestants, ratios


def _ratios(entries: Sequence[Entry], name: str, means: NDArray[np.float64], samples: NDArray[np.float64]) -> list[Ratio]:
    found = []
    for number, entry in enumerate(entries):
        if entry.kind != "ours":
            continue
        for against, (kind, beyond) in AGAINST.items():
            rivals = [place for place, rival in enumerate(entries) if rival.kind == kind and (beyond or not rival.beyond)]
            if not rivals or (kind == "peer with history" and entry.condition != "+ history"):
                continue
            for column in (METRICS.index("HR@4"), METRICS.index("NDCG@10")):
                rival = max(rivals, key=lambda place: means[place, column])
                theirs = float(means[rival, column])
                if theirs == 0:
                    continue
                paired = samples[:, number, column] / np.maximum(samples[:, rival, column], 1e-9)
                ours = float(means[number, column])
                found.append(
                    Ratio(
                        entry.condition,
                        against,
                        name,
                        METRICS[column],
                        entries[rival].name,
                        round(ours, 5),
                        round(theirs, 5),
                        figure(ours / theirs, paired),
                    )
                )
    return found


def _shown(answers: Answers, asked: Asked, shares: NDArray[np.float64]) -> tuple[float, float]:
    shown = answers.top[answers.top >= 0]
    if not len(shown):
        return 0.0, 0.0
    return round(len(np.unique(shown)) / len(asked.skus), 4), round(float(shares[shown].mean()), 5)
