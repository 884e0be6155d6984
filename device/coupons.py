"""Which coupon, and whose words, go with a suggestion that is made now: where the rules of `device.policy.campaigns` meet a sale.

It is decided once, when the item is first suggested on a receipt, and stays with the suggestion: nobody is shown a price that is
then taken back. What is due adds to an item's score, so it is taken for likelier than the model alone says, never for less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from device.policy import campaigns
from device.policy.campaigns import Asked
from device.policy.rules import Moment

if TYPE_CHECKING:
    from device.adviser import Adviser
    from device.domain import Pseudonym
    from device.offers import Offer
    from device.premises import Place
    from device.trail import Regular


def attach(offer: Offer, adviser: Adviser, place: Place, whose: Regular, shopper: Pseudonym | None) -> None:
    """The coupon and the campaign's words to a suggestion that is new on the receipt; nothing without a bundle that has some."""
    bundle, item = adviser.bundle, adviser.catalogue.item(offer.suggestion.sku)
    if bundle is None or (running := bundle.campaigns) is None or item is None:
        return
    local = offer.offered_at.astimezone(place.zone)
    at = Moment(place.store, local.toordinal(), local.hour)
    handed, handed_shopper = place.handed_out.on(local.date(), shopper)
    stated = None if bundle.propensity is None else bundle.propensity.of(offer.suggestion.score)
    asked = Asked(item, stated, whose.segments, shopper is not None, whose.offers, handed, handed_shopper)
    offer.coupon, offer.withheld = campaigns.coupon(asked, running, at, place.device)
    offer.campaign = campaigns.message(item.sku, running, at, whose.segments)
    if offer.coupon is not None:
        place.handed_out.hand(offer.coupon.code, shopper)
