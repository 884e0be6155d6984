"""Everything an evaluation found, as values that become JSON as they are, and the words in which each is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from model_export.evaluate.figures import Contestant, Figure, Ratio


@dataclass(frozen=True, slots=True)
class Data:
    receipts: int
    lines: int
    """Distinct items of each receipt, summed."""
    training_receipts: int
    questions: int
    with_card: int
    items: int
    receipts_per_shopper: float
    """0 where no shopper is known."""
    seed: int
    interval: str


@dataclass(frozen=True, slots=True)
class Trained:
    """Of the bundle that was asked. `peak_mib`: largest memory of this process until the bundle was written."""

    identity: str
    """Of the bundle: the same receipts of the same pseudonyms make the same, whatever comes after them."""
    training_seconds: float
    peak_mib: float
    bundle_bytes: int
    model_bytes: int
    tokens: int
    notes: Mapping[str, str]
    proof_questions: int
    same_top_four: float
    """Share of the proof's baskets on which int8 and float name the same four items."""
    lost_in_int8: float
    """Relative loss of HR@4 against the float trainer, on the proof's baskets; negative: int8 did better."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Of one call for one basket that was not trained on, on one thread."""

    name: str
    p50_microseconds: float
    p99_microseconds: float
    calls: int
    own_call: bool
    """A library's own call (`recommend`), not our arithmetic."""


@dataclass(frozen=True, slots=True)
class Point:
    """HR@4 after learning from the latest `receipts` before the test."""

    name: str
    receipts: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class ColdStore:
    """A shop that has nothing but its first `receipts`, asked about those that follow."""

    store: str
    receipts: int
    questions: int
    ours: Figure
    popularity: Figure
    difference: Figure
    """HR@4 of ours less popularity's, paired."""


@dataclass(frozen=True, slots=True)
class Goal:
    what: str
    goal: str
    measured: str
    met: bool | None
    """None: not measured here, and `measured` says where."""


@dataclass(frozen=True, slots=True)
class Found:
    data: Data
    trained: Trained
    contestants: Sequence[Contestant]
    slices: Mapping[str, int]
    """Questions of each slice."""
    ratios: Sequence[Ratio]
    latency: Sequence[Latency]
    learning_curve: Sequence[Point] = ()
    cold_start: Sequence[ColdStore] = ()
    goals: Sequence[Goal] = ()
    remarks: Sequence[str] = field(default_factory=tuple)
