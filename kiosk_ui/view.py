"""What a face draws, as frozen rows of texts and facts. Pure: State in, View out; models and QML only copy it.

Numbers become text here (formats.py); words of the shop's own language are put round them in QML, where they are translated.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from device.screen_link import FaceKind, ReasonKind, Stage
from kiosk_ui.barcode import bars, spoken
from kiosk_ui.formats import (
    LONGEST_CODE,
    LONGEST_SPONSOR,
    initial,
    isolated,
    line_detail,
    money,
    name_in,
    per_unit,
    plain,
    quoted,
    short_name,
    unit_line,
)
from kiosk_ui.rating import scale_shown, score_shown
from kiosk_ui.rest import drift
from kiosk_ui.state import may_act, shown_snapshot, shown_stage, visible_cards

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.screen_link import BasketLine, Card, PaymentLine, Reason, Snapshot
    from kiosk_ui.formats import Language
    from kiosk_ui.state import State

PLACEHOLDERS = 8
"""How many colours Theme.qml has for cards without a picture."""


@dataclass(frozen=True, slots=True)
class CardRow:
    suggestion_id: str
    sku: str
    name: str
    initial: str
    colour: int
    picture: str
    price: str
    per: str
    """What the price is for, where that is not a piece: `/кг`."""
    old_price: str
    unit_line: str
    reason: str
    reason_first: str
    reason_second: str
    pitch: str
    sponsor: str
    code: str
    """Of a coupon: what the till has to be told for the price."""
    age_limit: int
    taken: bool
    regular: bool
    """The shopper is known: "less like this" is kept."""
    barcode: str
    bars: tuple[tuple[int, int, bool], ...]


@dataclass(frozen=True, slots=True)
class LineRow:
    line_id: int
    name: str
    detail: str
    sum: str
    known: bool


@dataclass(frozen=True, slots=True)
class PaymentRow:
    number: int
    means: str
    """`cash`, `card` and the like, which QML has words for, or the till's own word."""
    amount: str


@dataclass(frozen=True, slots=True)
class View:
    stage: str = Stage.IDLE.value
    online: bool = False
    active: bool = False
    """The buttons of the cashier face do something."""
    total: str = ""
    count: int = 0
    lines: tuple[LineRow, ...] = ()
    cards: tuple[CardRow, ...] = ()
    any_old_price: bool = False
    any_unit_line: bool = False
    any_sponsor: bool = False
    undo_name: str = ""
    undo_offered: bool = False
    late_verb: str = ""
    notice_verb: str = ""
    notice_why: str = ""
    age_asked: bool = False
    stale_days: int = 0
    returning: bool = False
    payments: tuple[PaymentRow, ...] = ()
    change: str = ""
    rating: str = ""
    """The scale the shopper can touch: `faces`, `ten`, or nothing."""
    rated: int = -1
    """The score on the glass."""
    drift: tuple[int, int] = (0, 0)
    """Pixels right and down, so that nothing burns in."""
    slide: int = 0
    dimmed: bool = False


def view_of(state: State, language: Language, picture_url: Callable[[str | None, str | None], str]) -> View:
    """`picture_url` answers (folder, file name) with an address QML can load, or with nothing if there is no such picture."""
    sale = shown_snapshot(state)
    stage = shown_stage(state)
    online = state.connected and not state.absent
    stale = state.snapshot.stale_days if state.snapshot and state.face is FaceKind.CASHIER else 0
    if sale is None:
        rest = state.rest
        return View(stage.value, online, stale_days=stale, drift=drift(rest.steps), slide=rest.slides, dimmed=rest.dimmed)
    scale, score = scale_shown(state), score_shown(state)
    cards = tuple(_card(card, sale, language, picture_url(sale.pictures, card.picture)) for card in visible_cards(state))
    return View(
        stage=stage.value,
        online=online,
        active=may_act(state),
        total=money(sale.total, sale.currency, language),
        count=len(sale.lines) + sale.omitted,
        lines=tuple(_line(line, sale.currency, language) for line in sale.lines),
        cards=cards,
        any_old_price=any(card.old_price for card in cards),
        any_unit_line=any(card.unit_line for card in cards),
        any_sponsor=any(card.sponsor or card.code for card in cards),
        undo_name=isolated(name_in(state.undo.names, language), language) if state.undo else "",
        undo_offered=state.undo is not None and may_act(state),
        late_verb=next((one.verb.value for one in reversed(state.pending) if one.late), ""),
        notice_verb=state.notice.verb.value if state.notice else "",
        notice_why=state.notice.why if state.notice else "",
        age_asked=bool(cards) and state.age_asked == cards[0].suggestion_id,
        stale_days=stale,
        returning=sale.returning,
        payments=tuple(_payment(number, one, sale.currency, language) for number, one in enumerate(sale.payments)),
        change="" if sale.change is None else money(sale.change, sale.currency, language),
        rating=scale.value if scale else "",
        drift=drift(state.rest.steps),
        rated=-1 if scale is None or score is None else score,
    )


def _payment(number: int, line: PaymentLine, currency: str, language: Language) -> PaymentRow:
    return PaymentRow(number, plain(line.means), "" if line.amount is None else money(line.amount, currency, language))


def _line(line: BasketLine, currency: str, language: Language) -> LineRow:
    return LineRow(
        line_id=line.line_id,
        name=name_in(line.names, language),
        detail=line_detail(line.quantity, line.unit, line.price, currency, language),
        sum=money(line.amount, currency, language),
        known=line.known,
    )


def _because(reason: Reason, language: Language) -> list[str]:
    """The items named, as they stand in the sentence: words already in its form, or else full names in quotation marks.

    Of a campaign its own words.
    """
    if reason.kind is ReasonKind.CAMPAIGN:
        return [isolated(plain(name_in(said, language)), language) for said in reason.words[:1]]
    words = [name_in(word, language) for word in reason.words[:2] if word.get(language.of_data) or word.get("")]
    if words and len(words) == len(reason.words[:2]):
        return [isolated(word, language) for word in words]
    names = [short_name(names, language) for names in reason.names[:2]]
    return [isolated(quoted(name, language), language) for name in names if name]


def _card(card: Card, sale: Snapshot, language: Language, picture: str) -> CardRow:
    name = name_in(card.names, language)
    because = _because(card.reason, language)
    kind = card.reason.kind
    if kind in {ReasonKind.GOES_WITH, ReasonKind.CAMPAIGN} and not because:
        kind = ReasonKind.PAIRS_WELL
    reduced = card.old_price is not None and card.price is not None and card.old_price > card.price
    content = unit_line(card.price, card.net, card.net_unit, sale.currency, language) if card.unit == "pcs" else ""
    return CardRow(
        suggestion_id=card.suggestion_id,
        sku=card.sku,
        name=name or card.sku,
        initial=initial(name or card.sku),
        colour=zlib.crc32((card.department or card.sku).encode()) % PLACEHOLDERS,
        picture=picture,
        price="" if card.price is None else money(card.price, sale.currency, language),
        per="" if card.price is None else per_unit(card.unit, language),
        old_price=money(card.old_price, sale.currency, language) if reduced and card.old_price is not None else "",
        unit_line=content,
        reason=kind.value,
        reason_first=because[0] if because else "",
        reason_second=because[1] if len(because) > 1 else "",
        pitch=name_in(card.pitch, language) if language.of_data in card.pitch or "" in card.pitch else "",
        sponsor=isolated(plain(card.sponsor or "", LONGEST_SPONSOR), language),
        code=plain(card.code or "", LONGEST_CODE),
        age_limit=card.age_limit,
        taken=card.state == "taken",
        regular=card.regular,
        barcode=spoken(card.barcode or ""),
        bars=tuple(bars(card.barcode or "")),
    )
