"""Experiments: which arm a sale is in, decided on the register without asking anybody. Pure.

An experiment is one file, checked whole, in the bundle or named by `experiment_file` in settings.toml:

    name = "suggestions-winter"
    key = "5e1b0c6a2f..."             # drawn once, 32 characters or more; the same at every register and at headquarters
    unit = "receipt"                  # or "shopper": who keeps an arm
    first_day = 2026-12-01            # days on the shop's clock; both belong to it
    last_day = 2027-01-31
    stores = ["S1", "S2"]             # left out: all
    receipts = 40000                  # as planned: intervals are narrowest at about so many
    decides = "receipt"               # the one metric that the experiment is about; the others are corrected for being many

    [[arm]]
    name = "control"
    share = 1                         # of the sum of all shares
    faces = []                        # shown nowhere: what would have been suggested is kept as a ghost

    [[arm]]
    name = "treatment"
    share = 1
    policy = {cards = 4}              # what differs from the shop's own [policy]: rules, boosts, how many cards
    model = "candidate"               # another model of the bundle (`tillside train --variant`), or "best-sellers"

    [arm.wording]
    reason = "general"                # every card has the general reason, and names nothing of the basket
    pitch = {en = "Shall I add {name}?"}   # what the cashier reads out, by language; {name} is the item's

    [[guardrail]]
    metric = "till"                   # as the report calls it
    by = 5.0                          # how much worse than the control arm is too much: seconds, items, points, of the currency

The first arm is what the others are compared with. An arm whose interval lies beyond a guardrail is stopped by the night's
training, which writes so at the end of the file; from its bundle on the arm does what the control arm does:

    [[stopped]]
    arm = "treatment"
    day = 2026-12-14                  # the first one that is compared no more
    beyond = {metric = "till", low = 6.1, high = 9.7, allowed = 5.0}   # the interval then, in the unit of `by`

Whoever stops an arm by hand writes `why = "..."` in place of `beyond`, which is told as it stands, in every language.

arm = the first 8 bytes of HMAC-SHA256(key, name NUL unit) as a big-endian number, times the sum of the shares, divided by 2**64,
looked up among the shares one after the other. Whole numbers only, so that headquarters draws the same arm from the same record.

The unit is the receipt's own id, or the shopper's pseudonym. A shopper counts whose card was shown before the first suggestion;
all other sales of such an experiment stand in no arm and are served as always: their arm would have to change within the sale.
A sale that a restarted register hears anew is another receipt, and drawn anew.

A register that cannot read its file, or lacks an arm's model, sells as if no experiment ran, and says so (`device.without`). Its
receipts stand in no arm and are not compared. That favours none: every arm loses the same share of its receipts.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from device import declared, mistakes
from device.policy_settings import Policy, impossible, told

MAX_ARMS: Final = 8
_DIFFER: Final = ("faces", "policy", "model", "wording")
LEAST_KEY: Final = 32
Name = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
Metric = Literal["conversion", "attach", "items", "receipt", "margin", "repeat", "till", "rating"]
"""As the report calls it."""
BEST_SELLERS: Final = "best-sellers"
"""The model that every bundle has: what sells best in the store, whatever is in the basket."""
MAX_PITCH: Final = 120
"""Characters."""


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How cards speak in an arm."""

    reason: Literal["own", "general"] = "own"
    """general: "pairs well" on every card."""
    pitch: dict[str, Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PITCH)]] = {}
    """The cashier's sentence by language, for all items in place of their own; "" is any language."""


class Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    share: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    faces: tuple[Literal["customer", "cashier"], ...] = ("customer", "cashier")
    """Where suggestions are shown."""
    policy: dict[str, Any] = {}
    """Keys of [policy] that differ in this arm."""
    model: Name | None = None
    """None: the bundle's own; `BEST_SELLERS`; or a variant of the bundle, by its name."""
    wording: Wording = Wording()


class Guardrail(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    metric: Metric
    by: Annotated[float, msgspec.Meta(ge=0, le=10**9)]


class Passed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By how much an arm differed from the control arm when it was beyond a guardrail, in the unit of `Guardrail.by`."""

    metric: Metric
    low: float
    high: float
    allowed: Annotated[float, msgspec.Meta(ge=0, le=10**9)]


class Stopped(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    arm: Name
    day: date
    beyond: Passed | None = None
    why: str = ""
    """Somebody's own words; one of the two is there."""


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    key: Annotated[str, msgspec.Meta(min_length=LEAST_KEY, max_length=256)]
    unit: Literal["receipt", "shopper"] = "receipt"
    first_day: date
    last_day: date
    stores: tuple[str, ...] = ()
    receipts: Annotated[int, msgspec.Meta(ge=100, le=10**9)] = 20_000
    decides: Metric | None = None
    arm: tuple[Arm, ...]
    """2 to `MAX_ARMS`."""
    guardrail: tuple[Guardrail, ...] = ()
    stopped: tuple[Stopped, ...] = ()

    @property
    def control(self) -> Arm:
        return self.arm[0]

    @property
    def varied(self) -> bool:
        """Whether arms differ in what is suggested, and not only in where or how it is shown."""
        return any(arm.policy or arm.model for arm in self.arm)

    @property
    def models(self) -> frozenset[str]:
        """The variants that a bundle has to carry for it."""
        return frozenset(arm.model for arm in self.arm if arm.model not in {None, BEST_SELLERS})

    def runs(self, store: str, day: date) -> bool:
        return self.first_day <= day <= self.last_day and (not self.stores or store in self.stores)

    def draw(self, unit: str) -> Arm:
        """The arm of a receipt or a shopper; always the same."""
        digest = hmac.digest(self.key.encode(), f"{self.name}\0{unit}".encode(), hashlib.sha256)
        ends = list(accumulate(arm.share for arm in self.arm))
        place = int.from_bytes(digest[:8], "big") * ends[-1] >> 64
        return next(arm for arm, end in zip(self.arm, ends, strict=True) if place < end)

    def acting(self, arm: Arm) -> Arm:
        """What the arm does now: once it is stopped, what the control arm does."""
        if all(one.arm != arm.name for one in self.stopped):
            return arm
        return msgspec.structs.replace(self.control, name=arm.name, share=arm.share)

    def propensity(self, arm: Arm) -> float:
        """How probable it was that a unit is in this arm."""
        return arm.share / sum(one.share for one in self.arm)


def varied(policy: Policy, arm: Arm) -> Policy:
    """The shop's policy with what differs in the arm."""
    return msgspec.convert(msgspec.to_builtins(policy) | arm.policy, Policy)


def fingerprint(policy: Policy) -> str:
    """What a receipt calls the policy that its suggestions were decided by: 12 hexadecimal digits."""
    return hashlib.sha256(msgspec.json.encode(told(policy))).hexdigest()[:12]


def read(path: Path) -> Experiment:
    """SettingsError that names every mistake, one a line."""
    return declared.read(path, Experiment, "experiment", _nonsense)


def parse(text: bytes, name: str) -> Experiment:
    """SettingsError that names every mistake, one a line."""
    return declared.parse(text, name, Experiment, _nonsense)


def _nonsense(table: dict[str, Any]) -> Iterator[str]:
    yield from mistakes.backwards(table)
    named = declared.tables(table, "arm")
    arms = [arm for _, arm in named]
    if isinstance(table.get("arm"), list) and not 2 <= len(arms) <= MAX_ARMS:
        yield f"{len(arms)} [[arm]]: an experiment has 2 to {MAX_ARMS}"
    yield from declared.twice(named)
    others = [str(arm.get("name")) for arm in arms[1:]]
    for place, one in declared.tables(table, "stopped"):
        if (stopped := str(one.get("arm"))) not in others:
            yield f"'{place}.arm': '{stopped}' is none that could be stopped{mistakes.nearest(stopped, others)}"
        if not one.get("why") and "beyond" not in one:
            yield f"'{place}': say why it is stopped, in words as 'why' or as figures in 'beyond'"
    shown = [str([arm.get(key) or None if key != "faces" else arm.get(key) for key in _DIFFER]) for arm in arms]
    if len(arms) >= 2 and len(set(shown)) < len(shown):
        yield f"two arms are the same in {', '.join(map(repr, _DIFFER))}: nothing could differ between them"
    for place, arm in named:
        if isinstance(arm.get("policy"), dict):
            yield from mistakes.find(arm["policy"], Policy, f"{place}.policy")
            yield from impossible(arm["policy"], f"{place}.policy")
        wording = arm.get("wording")
        pitches = wording.get("pitch") if isinstance(wording, dict) else None
        for language, pitch in pitches.items() if isinstance(pitches, dict) else ():
            if isinstance(pitch, str) and {"{", "}"} & set(pitch.replace("{name}", "", 1)):
                yield f"'{place}.wording.pitch.{language}': write {{name}} once at most, and no other braces"
