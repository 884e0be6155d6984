"""What happens before a picture is taken: words of the wire, fingers, frames and time.

A scene has a clock of its own. It is data about one sale; the same scene may be played on one face or on both. Pure; no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec

from device.rating import Scale
from device.screen_link import Acknowledgement, BasketLine, Beat, FaceKind, Reason, ReasonKind, Snapshot, Stage
from kiosk_ui.events import Button, Connected, FingerDown, FingerUp, FrameShown, Heard, Tapped, Ticked
from kiosk_ui.gallery import goods
from kiosk_ui.state import OFFLINE_MS, PENDING_MS

if TYPE_CHECKING:
    from device.screen_link import Card, FromDaemon
    from kiosk_ui.events import Event

SCREEN = "gallery"
"""First half of the act ids: `gallery-1` is the first act of a scene."""

_RUN = "run-1"
_START_MS = 1_000_000
_AFTER_READING_MS = 1000
_FINGER_MS = 80
_LATE_MS = 180_000
"""Longer than a face waits before it dims."""

CUSTOMER = frozenset({FaceKind.CUSTOMER})
CASHIER = frozenset({FaceKind.CASHIER})
BOTH = CUSTOMER | CASHIER


STILL = tuple(f"suggestions-{number}" for number in range(4))
"""Scenes of one basket with 0 to 3 suggestions, between which basket and total do not move."""


@dataclass(frozen=True, slots=True)
class Story:
    """Events, each some milliseconds after the last. Every method answers the story with one thing more."""

    events: tuple[Event, ...] = (Connected(_START_MS),)
    at: int = _START_MS
    seq: int = 0

    def hears(self, word: FromDaemon) -> Story:
        """The daemon says it; the frame that shows it is on the glass before anything else happens."""
        at = self.at + 10
        return replace(self, events=(*self.events, Heard(word, at), FrameShown(at)), at=at)

    def sale(self, **facts: Any) -> Story:
        """The next snapshot: a basket of four lines with three suggestions, unless `facts` say otherwise."""
        lines = facts.get("lines", goods.BASKET)
        chosen: dict[str, Any] = {
            "run": _RUN,
            "seq": self.seq + 1,
            "lane": "till-1",
            "stage": Stage.BASKET,
            "currency": goods.CURRENCY,
            "total": goods.total(lines),
            "lines": lines,
            "cards": goods.CARDS,
            "pictures": str(goods.PICTURES),
        }
        return replace(self.hears(Snapshot(**(chosen | facts))), seq=self.seq + 1)

    def waits(self, milliseconds: int) -> Story:
        at = self.at + milliseconds
        return replace(self, events=(*self.events, Ticked(at)), at=at)

    def beats(self, milliseconds: int) -> Story:
        """Nothing is said for so long but that the daemon is there."""
        at = self.at + milliseconds
        return replace(self, events=(*self.events, Heard(Beat(_RUN, self.seq), at), FrameShown(at)), at=at)

    def taps(self, button: Button, which: str = "") -> Story:
        """A finger that has read what it touches: after the guard against slips."""
        down = self.at + _AFTER_READING_MS
        up = down + _FINGER_MS
        touch = (FingerDown(button, down, which), Tapped(button, up), FingerUp(button, up))
        return replace(self, events=(*self.events, *touch), at=up)


@dataclass(frozen=True, slots=True)
class Scene:
    """`left_handed` concerns the cashier's face alone."""

    name: str
    faces: frozenset[FaceKind]
    story: Story = field(repr=False)
    left_handed: bool = False

    @property
    def sale(self) -> Snapshot | None:
        """The last snapshot the face was told."""
        heard = [event.word for event in self.story.events if isinstance(event, Heard) and isinstance(event.word, Snapshot)]
        return heard[-1] if heard else None


def scenes() -> tuple[Scene, ...]:
    """Every scene, in the order in which a sale goes by."""
    return (*_sale(), *_rated(), *_cards(), *_extremes(), *_touched())


def _changed(card: Card, **facts: Any) -> Card:
    return msgspec.structs.replace(card, **facts)


def _sale() -> list[Scene]:
    none: dict[str, Any] = {"cards": ()}
    paying = Story().sale()
    return [
        Scene("idle", BOTH, Story().sale(stage=Stage.IDLE, lines=(), cards=())),
        Scene("idle-late", BOTH, Story().sale(stage=Stage.IDLE, lines=(), cards=()).beats(_LATE_MS)),
        Scene("first-line", BOTH, Story().sale(lines=goods.BASKET[:1], cards=goods.CARDS[:1])),
        *(Scene(name, BOTH, Story().sale(cards=goods.CARDS[:number])) for number, name in enumerate(STILL)),
        Scene("return", BOTH, Story().sale(stage=Stage.RETURN, returning=True, **none)),
        Scene("payment", BOTH, paying.sale(stage=Stage.PAYMENT, **none)),
        Scene("payment-part", BOTH, paying.sale(stage=Stage.PAYMENT, payments=goods.PAID_IN_PART, **none)),
        Scene("payment-change", BOTH, paying.sale(stage=Stage.PAYMENT, payments=goods.PAID_IN_CASH, change=goods.CHANGE, **none)),
        Scene("payment-return", BOTH, Story().sale(stage=Stage.PAYMENT, returning=True, **none)),
        Scene("thanks", BOTH, paying.sale(stage=Stage.THANKS, **none)),
        Scene("thanks-change", BOTH, paying.sale(stage=Stage.THANKS, payments=goods.PAID_IN_CASH, change=goods.CHANGE, **none)),
        Scene("thanks-return", BOTH, Story().sale(stage=Stage.THANKS, returning=True, **none)),
        Scene("suspended", BOTH, paying.sale(stage=Stage.SUSPENDED, **none)),
        Scene("closed", BOTH, Story().sale(stage=Stage.CLOSED, lines=(), cards=())),
        Scene("offline", BOTH, paying.waits(OFFLINE_MS + 100)),
    ]


def _rated() -> list[Scene]:
    """Where the customer's monitor may be touched."""
    facts: dict[str, Any] = {"stage": Stage.THANKS, "cards": (), "payments": goods.PAID_IN_CASH, "change": goods.CHANGE}
    of_three = Story().sale().sale(rating=Scale.FACES, **facts)
    of_ten = Story().sale().sale(rating=Scale.TEN, **facts)
    return [
        Scene("rating-faces", CUSTOMER, of_three),
        Scene("rating-ten", CUSTOMER, of_ten),
        Scene("rated-faces", CUSTOMER, of_three.taps(Button.RATE, "3")),
        Scene("rated-ten", CUSTOMER, of_ten.taps(Button.RATE, "9")),
    ]


def _cards() -> list[Scene]:
    croissant, brie, chocolate = goods.CARDS
    reduced = _changed(chocolate, old_price=17990)
    sponsored = _changed(brie, sponsor=goods.ADVERTISER)
    taken = _changed(croissant, state="taken")
    broken = tuple(
        _changed(card, picture=picture) for card, picture in zip(goods.CARDS, ("broken.png", None, "none.svg"), strict=True)
    )
    shown = {
        "reduced": (reduced, croissant, brie),
        "sponsored": (sponsored, croissant, reduced),
        "age-restricted": (goods.WINE, brie, croissant),
        "no-picture": (goods.OLIVES, _changed(croissant, picture=None), brie),
        "broken-picture": broken,
        "by-weight": (goods.BANANAS_MORE, reduced, croissant),
        "coupon": (_coupon(brie), croissant, _coupon(chocolate)),
        "taken": (taken, brie, chocolate),
        "taken-without-code": (_changed(taken, barcode=None), brie, chocolate),
        "everything": (
            _changed(reduced, sponsor=goods.ADVERTISER, age_limit=18, picture=None),
            _changed(goods.BANANAS_MORE, old_price=19990),
            _changed(goods.WINE, names=goods.LONG),
        ),
    }
    return [Scene(name, CASHIER if name.endswith("code") else BOTH, Story().sale(cards=cards)) for name, cards in shown.items()]


def _coupon(card: Card) -> Card:
    """Made cheaper, with the code for the till and the words of a campaign."""
    said = Reason(ReasonKind.CAMPAIGN, words=({"en": "Autumn market", "ru": "Осенняя ярмарка", "ar": "سوق الخريف"},))
    return _changed(card, price=12990, old_price=17990, code="AUTUMN10", reason=said)


def _extremes() -> list[Scene]:
    long_cards = tuple(_changed(card, names=goods.LONG) for card in goods.CARDS)
    long_lines = (
        *goods.BASKET,
        BasketLine(5, goods.LONG, 1000, "pcs", 124990, 124990),
        BasketLine(6, goods.LONG, 12345, "kg", 123450, 10000, known=False),
    )
    many = tuple(msgspec.structs.replace(goods.BASKET[number % 4], line_id=number + 1) for number in range(300))
    dear = _changed(goods.CROISSANT, price=goods.HIGHEST_PRICE)
    dear_line = BasketLine(5, goods.LONG, 999_999, "kg", goods.HIGHEST_PRICE, goods.HIGHEST_PRICE)
    unnamed = BasketLine(1, {}, 1000, "pcs", 7490, known=False)
    highest: dict[str, Any] = {"lines": (*goods.BASKET, dear_line), "total": goods.HIGHEST_PRICE}
    unpriced = _changed(goods.OLIVES, price=None, net=None, net_unit=None)
    return [
        Scene("long-names", BOTH, Story().sale(lines=long_lines, cards=long_cards)),
        Scene("long-names-2", BOTH, Story().sale(lines=long_lines, cards=long_cards[:2])),
        Scene("long-name-alone", BOTH, Story().sale(lines=long_lines, cards=long_cards[:1])),
        Scene("long-name-latest", BOTH, Story().sale(lines=long_lines, cards=())),
        Scene("lines-300", BOTH, Story().sale(lines=many)),
        Scene("unnamed", BOTH, Story().sale(lines=(unnamed,), cards=(unpriced,))),
        Scene("price-zero", BOTH, Story().sale(cards=tuple(_changed(card, price=0) for card in goods.CARDS))),
        Scene(
            "price-highest",
            BOTH,
            Story().sale(
                cards=(
                    dear,
                    _changed(goods.BRIE, old_price=goods.HIGHEST_PRICE),
                    _changed(goods.WINE, price=goods.HIGHEST_PRICE),
                ),
                **highest,
            ),
        ),
        Scene("price-highest-alone", BOTH, Story().sale(cards=(dear,), **highest)),
        Scene("total-highest", BOTH, Story().sale(cards=(), **highest)),
        Scene("payment-highest", BOTH, Story().sale(stage=Stage.PAYMENT, cards=(), **highest)),
        Scene("thanks-highest", BOTH, Story().sale(**highest).sale(stage=Stage.THANKS, cards=(), **highest)),
    ]


def _touched() -> list[Scene]:
    """What the cashier's fingers lead to."""
    offered = Story().sale()
    wine = Story().sale(cards=(goods.WINE, *goods.CARDS[:2]))
    due = _changed(goods.CROISSANT, reason=Reason(ReasonKind.REGULAR), pitch={}, regular=True)
    regular = Story().sale(cards=(due, *(_changed(card, regular=True) for card in goods.CARDS[1:])))
    asked = offered.taps(Button.ACCEPT)
    skipped = offered.taps(Button.DISMISS)
    remaining = skipped.hears(Acknowledgement(f"{SCREEN}-1", done=True)).sale(cards=goods.CARDS[1:], undo="croissant")
    long = Story().sale(cards=tuple(_changed(card, names=goods.LONG) for card in goods.CARDS)).taps(Button.DISMISS)
    return [
        Scene("chosen", CASHIER, offered.taps(Button.ALTERNATE, "chocolate")),
        Scene("accepting", CASHIER, asked),
        Scene("pending", CASHIER, asked.waits(PENDING_MS + 50)),
        Scene("refused", CASHIER, asked.hears(Acknowledgement(f"{SCREEN}-1", done=False, why="gone"))),
        Scene("refused-stale", CASHIER, asked.hears(Acknowledgement(f"{SCREEN}-1", done=False, why="stale"))),
        Scene("undo", CASHIER, remaining),
        Scene("undo-long", CASHIER, long),
        Scene("age-asked", CASHIER, wine.taps(Button.ACCEPT)),
        Scene("regular", CASHIER, regular),
        Scene("less", CASHIER, regular.taps(Button.LESS)),
        Scene("stale", CASHIER, Story().sale(stale_days=12)),
        Scene("left-handed", CASHIER, offered, left_handed=True),
        Scene("left-handed-alone", CASHIER, Story().sale(cards=goods.CARDS[:1]), left_handed=True),
        Scene("left-handed-taken", CASHIER, Story().sale(cards=(_changed(goods.CROISSANT, state="taken"),)), left_handed=True),
    ]
