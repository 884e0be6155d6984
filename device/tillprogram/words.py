"""The messages between a register and a till's own program; `device.tillprogram` describes them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from device import nativeform as form
from device.domain import Sku
from device.handback.refusals import code_of
from device.screen_link import ReasonKind, Verb

if TYPE_CHECKING:
    from device.catalogue import Catalogue
    from device.screen_link import Acknowledgement, Card, Snapshot

MAX_BYTES: Final = 4096
SHOWN: Final = "shown"

_VERBS: Final = {str(verb): verb for verb in Verb}


class Offered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    suggestion_id: str
    sku: str
    code: str | None
    names: dict[str, str]
    price: int | None
    unit: str
    reason: str
    state: str
    because: tuple[dict[str, str], ...] = ()
    """For `goes_with` the names of the items that earned it, for `campaign` its words."""
    pitch: dict[str, str] = {}
    old_price: int | None = None
    coupon: str | None = None
    sponsor: str | None = None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    v: int
    till: str
    basket_id: str | None
    currency: str
    offers: tuple[Offered, ...]


class _Accept(msgspec.Struct, frozen=True):
    v: int
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    suggestion_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    verb: Literal["accept", "dismiss", "out_of_stock", "less", "undo", "shown"] = "accept"


class Accept(msgspec.Struct, frozen=True):
    """`verb` is None for what is merely shown."""

    id: str
    suggestion_id: str
    verb: Verb | None


_accept = msgspec.json.Decoder(_Accept)


def offer(till: str, basket_id: str | None, cashier: Snapshot, customer: Snapshot, catalogue: Catalogue) -> Offer:
    """What the cashier's face shows, with the reason as the shopper may be told it."""
    told = {card.suggestion_id: card for card in customer.cards}
    shown = tuple(_offered(card, told.get(card.suggestion_id), catalogue) for card in cashier.cards if _ageless(card, catalogue))
    if not shown:
        return _empty(till)
    return Offer(v=form.VERSION, till=till, basket_id=basket_id, currency=cashier.currency, offers=shown)


def nothing(till: str) -> bytes:
    """Take down what is shown."""
    return msgspec.json.encode(_empty(till))


def read(payload: bytes) -> Accept:
    """Raise ValueError with a sentence that quotes nothing of it."""
    if len(payload) > MAX_BYTES:
        raise ValueError(f"an accept is longer than {MAX_BYTES} bytes")
    try:
        told = _accept.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"an accept is not of its form: {form.unquoted(error)}") from None
    if told.v != form.VERSION:
        raise ValueError(f"an accept is of another version; this program reads version {form.VERSION}")
    return Accept(told.id, told.suggestion_id, _VERBS.get(told.verb))


def answer(name: str, said: Acknowledgement) -> bytes:
    return msgspec.json.encode({"v": form.VERSION, "id": name, "done": said.done, "why": said.why})


def state_wanted(name: str, basket_id: str) -> bytes:
    """The command by which a till is asked for a whole sale."""
    return msgspec.json.encode({"v": form.VERSION, "cmd": "state", "id": name, "sale": basket_id})


def _empty(till: str) -> Offer:
    return Offer(v=form.VERSION, till=till, basket_id=None, currency="", offers=())


def _ageless(card: Card, catalogue: Catalogue) -> bool:
    item = catalogue.item(Sku(card.sku))
    return item is not None and item.age_limit == 0


def _offered(card: Card, told: Card | None, catalogue: Catalogue) -> Offered:
    reason = None if told is None else told.reason
    because = () if reason is None else reason.names or reason.words
    try:
        code = code_of(catalogue.item(Sku(card.sku)))
    except ValueError:
        code = None
    return Offered(
        suggestion_id=card.suggestion_id,
        sku=card.sku,
        code=code,
        names=card.names,
        price=card.price,
        unit=card.unit,
        reason=str(ReasonKind.PAIRS_WELL if reason is None else reason.kind),
        state=card.state,
        because=because,
        pitch=card.pitch,
        old_price=card.old_price,
        coupon=card.code,
        sponsor=card.sponsor,
    )
