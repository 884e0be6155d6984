"""The nouns of a shop, as frozen values. Standard library only; no rule lives here.

Money is an integer of minor units (kopecks, pence) and the currency is said once per basket. Quantity is an integer of
thousandths of its unit. Times are zone-aware and in UTC; the shop's own time zone is applied where an hour is shown or scored.
Identity is a pseudonym (see `device.shopper`); a raw card number never reaches a value of this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

Sku = NewType("Sku", str)
"""The shop's own key of an item, as headquarters writes it."""

Minor = NewType("Minor", int)
"""An amount of money in minor units of the basket's currency."""

Thousandths = NewType("Thousandths", int)
"""A quantity in thousandths of its unit: 2 pieces are 2000, 842 grams are 842 of kg."""

LaneId = NewType("LaneId", str)
"""One till as settings.toml names it."""

Pseudonym = NewType("Pseudonym", str)
"""A shopper: 32 hexadecimal digits, the first 16 bytes of a keyed HMAC of the loyalty id."""


class Unit(StrEnum):
    PIECE = "pcs"
    KILOGRAM = "kg"
    LITRE = "l"
    METRE = "m"


class Kind(StrEnum):
    """Which way the goods go."""

    SALE = "sale"
    RETURN = "return"


class Phase(StrEnum):
    """Where a sale stands, in the words of the native wire format."""

    OPEN = "open"
    TENDER = "tender"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket; `sku` is None while the catalogue does not know the code."""

    line_id: int
    code: str
    sku: Sku | None
    quantity: Thousandths
    unit: Unit
    amount: Minor
    price: Minor | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Tender:
    """One payment towards a sale, as far as the till says what it was."""

    means: str | None = None
    """`cash`, `card` or the till's own word; never a number."""
    amount: Minor | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """A sale as it stands now."""

    basket_id: str
    seq: int
    phase: Phase
    lines: tuple[Line, ...]
    currency: str
    total: Minor
    opened_at: datetime
    at: datetime
    shopper: Pseudonym | None = None
    shopper_key: int | None = None
    """Version of the key that made the pseudonym."""
    till: str | None = None
    told_at: str | None = None
    kind: Kind = Kind.SALE
    partial: bool = False
    """Heard from somewhere in its middle."""
    removed: frozenset[Sku] = frozenset()
    """Items that stood on this receipt and were taken off again: they are not suggested."""
    tenders: tuple[Tender, ...] = ()
    """What has been paid towards it so far, in order; shown while it is paid, not kept."""
    as_told: Basket | None = None
    """The sale as the lane's own feed told it, where reconciliation with its receipt made something else of it."""

    @property
    def skus(self) -> tuple[Sku, ...]:
        """The known items in the order they were first rung up, each once."""
        return tuple(dict.fromkeys(line.sku for line in self.lines if line.sku is not None))

    @property
    def over(self) -> bool:
        return self.phase in {Phase.CLOSED, Phase.CANCELLED}

    @property
    def worth_keeping(self) -> bool:
        """A total without lines is a receipt that could not be read, and was paid all the same."""
        return bool(self.lines or self.total)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One item the policy let through, and why."""

    suggestion_id: str
    sku: Sku
    rank: int
    score: float
    because: tuple[str, ...] = ()
    """Tokens that earned the score, strongest first: a SKU of the basket, `hour=18`, `due=SKU`, `missed=SKU`."""
    moved_by: tuple[str, ...] = ()
    """Rules by which it passed better scores: `pin`, `reach`, `margin`, `expiry`, `acceptance`, `sponsored`, `new`, `explore`."""


class Answer(StrEnum):
    """What the cashier said of a suggestion. Whether it was bought, the receipt tells."""

    TAKEN = "taken"
    DECLINED = "declined"
    OUT_OF_STOCK = "out_of_stock"
    LESS = "less"
    """Neither it nor others of its family, to this shopper, from now on."""


@dataclass(frozen=True, slots=True)
class GivenCoupon:
    """An item made cheaper: what was shown with a suggestion. The till knows the code, and charges the price for it."""

    campaign: str
    code: str
    price: Minor
    propensity: float
    """How probable it was that the item is bought without it: see `device.propensity`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one suggestion on one receipt."""

    suggestion_id: str
    sku: Sku
    rank: int
    score: float
    because: tuple[str, ...]
    offered_at: datetime
    painted: bool
    """A customer or cashier face said it had painted it."""
    answer: Answer | None
    """Stands in for *spoken*, which nothing tells: a yes may come from who read the screen, and a tap of its own is forgotten."""
    bought: bool
    """The item stood on the receipt when the sale closed and had not when it was first suggested."""
    moved_by: tuple[str, ...] = ()
    """As of the `Suggestion`, at any time while it was offered."""
    shown_ms: int = 0
    """How long it stood on the screens, between the till's events; 0 also for a ghost."""
    coupon: GivenCoupon | None = None
    withheld: str | None = None
    """The rule of `device.policy.campaigns` by which a coupon there is for the item was not shown."""
    new: bool | None = None
    """The shopper had never bought it, by the profile; None: nothing was known of them."""


@dataclass(frozen=True, slots=True)
class KeptBack:
    """An item that would have been suggested on this receipt, the rule that kept it back, and how often it did."""

    sku: Sku
    rule: str
    times: int


class Step(NamedTuple):
    """One decision on a sale, as the difference to the one before; see `device.trail`. None: as before."""

    us: int
    """Microseconds since the sale was opened."""
    state: str
    """The phase, then of `return`, `partial`, `shopper` what holds."""
    digest: str
    added: tuple[Sku, ...]
    gone: tuple[Sku, ...]
    waiting: tuple[Sku, ...] | None = None
    declined: tuple[Sku, ...] | None = None
    removed: tuple[Sku, ...] | None = None
    missing: tuple[Sku, ...] | None = None
    unwanted: tuple[Sku, ...] | None = None


class Slate(NamedTuple):
    """What one decision showed under a policy that explores, and how probable that was; see `device.policy.exploration`."""

    step: int
    """Its place among the receipt's `steps`."""
    shown: tuple[Sku, ...]
    chances: tuple[float, ...]
    """Of each item at its place."""
    chance: float
    """Of them all together."""
    pool: tuple[Sku, ...]
    """What was drawn from, in the order in which it would have been shown; a shown item that is not among it kept its place."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One finished sale: the record that travels unchanged from the register to the training set."""

    receipt_id: str
    store: str
    device: str
    lane: LaneId
    phase: Phase
    basket_id: str
    opened_at: datetime
    closed_at: datetime
    local_time: str
    """`closed_at` on the shop's wall clock, ISO 8601 without offset: the hour and weekday that training learns from."""
    currency: str
    total: Minor
    lines: tuple[Line, ...]
    outcomes: tuple[Outcome, ...]
    """In the order in which they were first offered."""
    shopper: Pseudonym | None = None
    shopper_key: int | None = None
    """Version of the key that made the pseudonym; None with one: made before versions were kept."""
    till: str | None = None
    bundle: str | None = None
    """Identity of the bundle that made the suggestions; None when best-sellers or nothing stood in for it."""
    forbidden: tuple[tuple[str, int], ...] = ()
    """How often each rule of the policy kept back what would have been suggested."""
    kept_back: tuple[KeptBack, ...] = ()
    """Which items those were, the most frequent only."""
    silences: tuple[tuple[str, int], ...] = ()
    """How often nothing was suggested, by the rule that made it so."""
    kind: Kind = Kind.SALE
    partial: bool = False
    """Heard from somewhere in its middle: kept, and nothing is learnt from it."""
    till_total: Minor | None = None
    """What the till's own feed told, where the printed receipt says another total and is believed."""
    experiment: str | None = None
    """The experiment it takes part in, and the arm that was drawn for it; see `device.arms`."""
    arm: str | None = None
    ghosts: bool = False
    """The arm shows suggestions on no face: `outcomes` tells what would have been suggested."""
    propensity: float = 1.0
    """How probable it was that this arm was drawn, and with it that these suggestions were shown, or were ghosts."""
    policy: str | None = None
    """Fingerprint of the policy's settings that decided: see `device.arms`."""
    till_ms: int | None = None
    """From the first line to the payment; None where either was not heard."""
    margin: Minor | None = None
    """What the lines earn whose share of margin the catalogue knows; None: it knows none."""
    margin_of: Minor = Minor(0)
    """The amount of these lines."""
    steps: tuple[Step, ...] = ()
    """What its decisions were made from: `tillside explain` makes them again."""
    slates: tuple[Slate, ...] = ()
    """Those of `steps`, where the policy explores."""
    decisions: int = 0
    """How many there were; more than `steps` in a very long sale."""
