"""The gate: a candidate goes out unless the numbers say it is worse, and then the numbers are told.

Asked about the same receipts (see `compare`), the candidate is compared question by question with yesterday's bundle and with
popularity. The measure is NDCG@10; HR@4 is told beside it.

| refused when                                                 | because                                              |
|--------------------------------------------------------------|------------------------------------------------------|
| over all stores it is worse by more than the tolerance       | a small loss every night is a large one in a month   |
| over all stores the 95 % interval lies below nought          | a small loss that is certain                         |
| in some store the interval lies below nought                 | a chain's gain must not be paid by one store         |
| the receipts are not later than what the bundles learnt from | a candidate knows those by heart; `seen` allows them |

A store is judged from `LEAST_QUESTIONS` questions on. Its interval is that of the mean of paired differences, as wide as it
must be for all stores together to cry wolf once in forty nights (Bonferroni); the one of all stores is of 1,000 bootstrap
samples.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from device.shopper import pseudonym
from device.words import clean
from model_export import consents
from model_export.commands import read_history
from model_export.compare import LEAST_QUESTIONS, Compared, compare
from model_export.evaluate.figures import Figure, bootstrap, figure
from model_export.history import NOBODY, History
from model_export.questions import gains, hits
from model_export.training import Progress, silent

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from device.bundle import Bundle

CANDIDATE: Final = "candidate"
YESTERDAY: Final = "yesterday"
ALL: Final = "all stores"
_MISSED: Final = 0.025
_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Beside:
    """The candidate beside one other: NDCG@10 and HR@4 of the other, and the difference in NDCG@10."""

    gain: float
    hit: float
    difference: Figure
    worse: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One store, or all of them."""

    name: str
    questions: int
    gain: float
    hit: float
    beside: Mapping[str, Beside]
    judged: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    accepted: bool
    reasons: tuple[str, ...]
    candidate: str
    yesterday: str | None
    """Identities of the bundles."""
    unseen: bool
    """Whether the receipts are later than what the bundles were trained on."""
    whole: Place
    stores: tuple[Place, ...]
    """Worst first."""
    remarks: tuple[str, ...]


def receipts(folder: Path | None, url: str | None) -> History:
    """Of a folder, a central store or both, for `judge`; names of shoppers are under a key of the moment and of no use elsewhere.

    As `train` does by default: of who did not agree no receipt is told to be the same shopper's as another.
    """
    history, _, _ = read_history(folder, url, partial(pseudonym, secrets.token_bytes()))
    history, _ = consents.by("as-recorded" if url is None else "registered", history, url, datetime.now(UTC))
    return history


def judge(
    candidate: Bundle,
    yesterday: Bundle | None,
    history: History,
    latest: int,
    tolerance: float,
    seed: int,
    progress: Progress = silent,
    *,
    seen: bool = False,
    card_first: bool = False,
) -> Verdict:
    """`tolerance`: a share, as in the table above. `seen`: receipts that the bundles may have learnt from will do.

    `card_first`: as the shops' `[policy]` has it.
    """
    bundles = {CANDIDATE: candidate} | ({} if yesterday is None else {YESTERDAY: yesterday})
    compared = compare(bundles, history, latest, seed, progress, seen=seen, card_first=card_first)
    remarks = list(history.remarks)
    if not compared.unseen:
        remarks.append(
            "there are not enough receipts later than what the bundles were trained on; the latest are used, as --allow-seen "
            "says, and the candidate may have learnt from them: its figures flatter it"
        )
    whole = _whole(compared, tolerance, seed)
    stores = _stores(compared)
    reasons = [
        f"over all stores NDCG@10 {whole.gain:.4f} against {beside.gain:.4f} of {name} {_signed(beside.difference)}"
        for name, beside in whole.beside.items()
        if beside.worse
    ]
    reasons += [
        f"in store {place.name} {place.gain:.4f} against {beside.gain:.4f} of {name} {_signed(beside.difference)}"
        for place in stores
        for name, beside in place.beside.items()
        if beside.worse
    ]
    return Verdict(
        not reasons,
        tuple(reasons),
        candidate.manifest.identity,
        None if yesterday is None else yesterday.manifest.identity,
        compared.unseen,
        whole,
        tuple(stores),
        tuple(remarks),
    )


def _whole(compared: Compared, tolerance: float, seed: int) -> Place:
    ours = compared.ranks[CANDIDATE]
    beside = {}
    for name, ranks in _others(compared).items():
        apart = gains(ours, 10) - gains(ranks, 10)
        theirs = float(gains(ranks, 10).mean())
        difference = figure(apart.mean(), bootstrap(apart[:, None], seed)[:, 0])
        worse = apart.mean() < -tolerance * theirs or difference[2] < 0
        beside[name] = Beside(round(theirs, 5), _mean_hit(ranks), difference, bool(worse))
    return Place(ALL, len(ours), _mean_gain(ours), _mean_hit(ours), beside, judged=True)


def _stores(compared: Compared) -> list[Place]:
    codes, counts = np.unique(compared.store, return_counts=True)
    if len(codes) == 1:
        return []  # the one store is all stores
    judged = int((counts >= LEAST_QUESTIONS).sum())
    width = NormalDist().inv_cdf(1 - _MISSED / max(1, judged))
    places = []
    for code, questions in zip(codes.tolist(), counts.tolist(), strict=True):
        rows = compared.store == code
        ours = compared.ranks[CANDIDATE][rows]
        enough = questions >= LEAST_QUESTIONS
        beside = {}
        for name, every in _others(compared).items():
            difference = _paired(gains(ours, 10) - gains(every[rows], 10), width)
            worse = enough and difference[2] < 0
            beside[name] = Beside(_mean_gain(every[rows]), _mean_hit(every[rows]), difference, worse)
        name = "(not named)" if code == NOBODY else clean(compared.stores[code])
        places.append(Place(name, questions, _mean_gain(ours), _mean_hit(ours), beside, enough))
    return sorted(places, key=lambda place: (not place.judged, min(beside.difference[2] for beside in place.beside.values())))


def _others(compared: Compared) -> dict[str, NDArray[np.float64]]:
    return {name: ranks for name, ranks in compared.ranks.items() if name != CANDIDATE}


def _paired(apart: NDArray[np.float64], width: float) -> Figure:
    """Mean of the differences, and the interval of a normal mean, `width` standard errors to each side."""
    mean = float(apart.mean())
    error = float(apart.std(ddof=1)) / sqrt(len(apart)) if len(apart) > 1 else 0.0
    return round(mean, 5), round(mean - width * error, 5), round(mean + width * error, 5)


def _mean_gain(ranks: NDArray[np.float64]) -> float:
    return round(float(gains(ranks, 10).mean()), 5)


def _mean_hit(ranks: NDArray[np.float64]) -> float:
    return round(float(hits(ranks, 4).mean()), 5)


def _signed(difference: Figure) -> str:
    return f"({difference[0]:+.4f} [{difference[1]:+.4f}, {difference[2]:+.4f}])"


def lines(verdict: Verdict) -> Iterator[str]:
    """The numbers for people; of many stores the worst."""
    names = list(verdict.whole.beside)
    yield f"candidate {verdict.candidate}" + (f", yesterday {verdict.yesterday}" if verdict.yesterday else "")
    learnt = "are later than what the bundles learnt from" if verdict.unseen else "may be what the bundles learnt from"
    yield f"NDCG@10 / HR@4; difference in NDCG@10 with its interval; the receipts {learnt}"
    yield ""
    yield f"{'':<20}{'questions':>10}{'candidate':>16}" + "".join(f"{name:>16}{'difference':>29}{'':6}" for name in names)
    for place in (verdict.whole, *verdict.stores[:_TOLD]):
        cells = "".join(
            f"{f'{beside.gain:.4f} / {beside.hit:.4f}':>16}{_signed(beside.difference):>29}{' worse' if beside.worse else '':<6}"
            for beside in place.beside.values()
        )
        few = "" if place.judged else "  too few to judge"
        yield f"{place.name:<20}{place.questions:>10}{f'{place.gain:.4f} / {place.hit:.4f}':>16}{cells}{few}".rstrip()
    if len(verdict.stores) > _TOLD:
        yield f"and {len(verdict.stores) - _TOLD} stores that do better (--json tells all)"
    yield ""
    yield "accepted" if verdict.accepted else "refused"
