"""A candidate as the page is given it: an outlook worked out of a shop that explores, and a verdict of the gate."""

from __future__ import annotations

from functools import cache

from fakes.explored_shop import Shop, other

from model_export.learning.off_policy import estimate
from model_export.learning.outlook import Outlook
from model_export.promote import Beside, Place, Verdict
from model_export.worth.candidate import Candidate


@cache
def looked(explore: float = 0.2) -> Candidate:
    """A candidate that nobody knows, on 2,000 receipts of a shop that explores on such a share of them; it is refused in S2."""
    shop = Shop(1, explore=explore)
    told = estimate(shop.rows(shop.trade(2000, 2), shop.slates(other(shop, 3))), shop.categories)
    beside = {
        "yesterday": Beside(0.21041, 0.30012, (0.00513, -0.00207, 0.01244), worse=False),
        "popularity": Beside(0.08123, 0.11008, (0.13431, 0.12203, 0.14657), worse=False),
    }
    worse = {"yesterday": Beside(0.2, 0.3, (-0.03, -0.04, -0.02), worse=True), "popularity": beside["popularity"]}
    places = (Place("S2", 480, 0.17, 0.28, worse, judged=True), Place("S1", 500, 0.22, 0.31, beside, judged=True))
    whole = Place("all stores", 980, 0.21554, 0.30714, beside, judged=True)
    offline = Verdict(False, ("in store S2 ...",), "20260501-abcdef012345", "20260430-fedcba543210", True, whole, places, ())
    return Candidate(Outlook("20260501-abcdef012345", "2026-05-02", "2026-05-28", False, told), offline)
