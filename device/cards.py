"""Suggestions as the screens draw them: item facts and a reason, never a text. Pure.

The reason is made from the strongest token that may be told. What a shopper's history earned, or that an item is due or was
missed, is told to the customer as `pairs_well`, and the cashier reads no more than `regular`: nobody at a till needs to know what
somebody usually buys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device.arms import Wording
from device.domain import Answer, Kind, Minor, Phase
from device.screen_link import BasketLine, Card, FaceKind, PaymentLine, Reason, ReasonKind
from device.tokens import told_skus

if TYPE_CHECKING:
    from device.catalogue import Catalogue, Item
    from device.domain import Basket, Line, Suggestion
    from device.offers import Offer

MAX_NAMED: Final = 2
AS_ALWAYS: Final = Wording()
_OWN: Final = ("due=", "missed=")


def reason(suggestion: Suggestion, basket: Basket, catalogue: Catalogue, face: FaceKind = FaceKind.CUSTOMER) -> Reason:
    """From the tokens that earned the suggestion; see `device.tokens` for their names."""
    in_basket = set(basket.skus)
    if suggestion.because and suggestion.because[0].startswith(_OWN):
        return Reason(ReasonKind.REGULAR if face is FaceKind.CASHIER else ReasonKind.PAIRS_WELL)
    told = [token for token in suggestion.because if not token.startswith(("had=", *_OWN))]
    if not told:
        return Reason(ReasonKind.PAIRS_WELL if suggestion.because else ReasonKind.BEST_SELLER)
    if in_basket.intersection(told_skus(told[0])):
        skus = dict.fromkeys(sku for token in told for sku in told_skus(token) if sku in in_basket)
        items = (catalogue.item(sku) for sku in skus)
        named = [item for item in items if item is not None and (item.short or item.names)][:MAX_NAMED]
        if not named:
            return Reason(ReasonKind.PAIRS_WELL)
        names = tuple(item.names or item.short for item in named)
        words = tuple(item.short for item in named)
        return Reason(ReasonKind.GOES_WITH, names, words if all(words) else ())
    if told[0].startswith(("hour=", "weekday=")):
        return Reason(ReasonKind.POPULAR_NOW)
    return Reason(ReasonKind.POPULAR_HERE if told[0].startswith("store=") else ReasonKind.PAIRS_WELL)


def card(offer: Offer, item: Item, why: Reason, face: FaceKind, *, regular: bool = False, wording: Wording = AS_ALWAYS) -> Card:
    """The customer is sent neither the cashier's sentence nor a barcode. With a coupon it is the price charged with it.

    `wording`: of the arm that the sale is in; the words of a campaign come before it.
    """
    cashier = face is FaceKind.CASHIER
    coupon, campaign = offer.coupon, offer.campaign
    picture = None if campaign is None else campaign.picture
    said = None if campaign is None or not campaign.message else Reason(ReasonKind.CAMPAIGN, words=(campaign.message,))
    pitch = {language: _named(told, item, language) for language, told in wording.pitch.items()} or item.pitch
    if wording.reason != "own":
        why = Reason(ReasonKind.PAIRS_WELL)
    return Card(
        suggestion_id=offer.suggestion.suggestion_id,
        sku=item.sku,
        names=item.names or {"": item.sku},
        price=item.price if coupon is None else coupon.price,
        reason=said or why,
        old_price=item.old_price if coupon is None else item.price,
        unit=item.unit,
        net=item.net,
        net_unit=item.net_unit,
        picture=item.picture if picture is None else picture,
        department=item.department,
        pitch=pitch if cashier else {},
        sponsor=item.sponsor,
        age_limit=item.age_limit or 0,
        barcode=next(iter(item.barcodes), item.sku) if cashier else None,
        state="taken" if offer.answer is Answer.TAKEN else "offered",
        code=None if coupon is None else coupon.code,
        regular=regular and cashier,
    )


def _named(pitch: str, item: Item, language: str) -> str:
    name = item.names.get(language) or item.names.get("") or next(iter(item.names.values()), item.sku)
    return pitch.replace("{name}", name)


def basket_line(line: Line, catalogue: Catalogue) -> BasketLine:
    """An unknown item has the name the till gave it, or its code: the shopper sees every line that is charged."""
    item = None if line.sku is None else catalogue.item(line.sku)
    names = item.names if item is not None and item.names else {"": line.name or line.code}
    return BasketLine(
        line_id=line.line_id,
        names=names,
        quantity=line.quantity,
        unit=line.unit,
        amount=line.amount,
        price=line.price,
        known=line.sku is not None,
    )


def change(basket: Basket) -> Minor | None:
    """What the shopper is given back; None unless every amount was told and they exceed the total of a sale."""
    paid = [tender.amount for tender in basket.tenders if tender.amount is not None]
    if len(paid) < len(basket.tenders) or basket.kind is not Kind.SALE or basket.phase not in {Phase.TENDER, Phase.CLOSED}:
        return None
    back = sum(paid) - basket.total
    return Minor(back) if back > 0 else None


def payments(basket: Basket) -> tuple[PaymentLine, ...]:
    return tuple(PaymentLine(tender.means or "", tender.amount) for tender in basket.tenders)
