"""What is printed of a sale: read from the register's own record, not from what the demo meant to do."""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import msgspec

from device import packed, readonly
from device.amounts import decimals_of
from device.demo.programs import PATIENCE_SECONDS
from device.domain import Answer, GivenCoupon, Outcome, Receipt
from device.errors import TillsideError
from device.rating import Rating
from device.tokens import told_skus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from device.domain import Line


class SaleLine(msgspec.Struct, frozen=True):
    sku: str | None
    code: str
    name: str
    quantity: int
    unit: str
    amount: int


class Offered(msgspec.Struct, frozen=True):
    sku: str
    name: str
    because: tuple[str, ...]
    painted: bool
    answer: str | None
    bought: bool
    by_lot: bool = False
    """It stood where it stood because the register explored."""
    coupon: GivenCoupon | None = None
    """Price in minor units; the propensity is what the register took it for without help."""


class SaleReport(msgspec.Struct, frozen=True):
    """One line of `--json`. Money in minor units, quantity in thousandths."""

    receipt: str
    basket: str
    store: str
    lane: str
    currency: str
    total: int
    lines: tuple[SaleLine, ...]
    offered: tuple[Offered, ...]
    bought: tuple[str, ...]
    """Offered items that stand on the receipt."""
    bundle: str | None
    shopper: Literal["regular", "anonymous", "no card"] = "no card"
    """`regular`: known, because they agreed; `anonymous`: a card was shown, and there is no profile here to know it by."""
    rated: int | None = None
    """What the shopper said of the visit, 1 (bad) to 3 (good); None: nothing."""


def wait_for_receipt(edge_db: Path, basket_id: str, seconds: float = PATIENCE_SECONDS) -> Receipt:
    """The receipt of this sale, from the edge database; TillsideError when it does not come."""
    end = time.monotonic() + seconds
    with contextlib.closing(readonly.opened(edge_db)) as db:
        while True:
            for (body,) in db.execute("SELECT body FROM receipt ORDER BY seq DESC LIMIT 5"):
                receipt = msgspec.json.decode(packed.unpack(body), type=Receipt)
                if receipt.basket_id == basket_id:
                    return receipt
            if time.monotonic() > end:
                raise TillsideError(f"the sale {basket_id} was closed, but no receipt of it is in {edge_db}")
            time.sleep(0.01)


def wait_for_rating(edge_db: Path, receipt_id: str, seconds: float = PATIENCE_SECONDS) -> int:
    """The score kept with this receipt, from the edge database; TillsideError when it does not come."""
    end = time.monotonic() + seconds
    with contextlib.closing(readonly.opened(edge_db)) as db:
        while True:
            for (body,) in db.execute("SELECT body FROM rating ORDER BY seq DESC LIMIT 5"):
                rating = msgspec.json.decode(body, type=Rating)
                if rating.receipt_id == receipt_id:
                    return rating.score
            if time.monotonic() > end:
                raise TillsideError(f"the visit of receipt {receipt_id} was rated, but no rating of it is in {edge_db}")
            time.sleep(0.01)


def given(database: Path) -> list[tuple[GivenCoupon, bool]]:
    """The coupons on the receipts of a register or of headquarters, and whether each was bought with."""
    with contextlib.closing(readonly.opened(database)) as db:
        kept = [msgspec.json.decode(packed.unpack(body), type=Receipt) for (body,) in db.execute("SELECT body FROM receipt")]
    outcomes = (outcome for receipt in kept for outcome in receipt.outcomes)
    return [(outcome.coupon, outcome.bought) for outcome in outcomes if outcome.coupon is not None]


def report(receipt: Receipt, names: Mapping[str, str], rated: int | None, *, card: bool) -> SaleReport:
    """`names` of the items by SKU; `rated`: the shopper's score; `card`: one was shown."""
    return SaleReport(
        receipt=receipt.receipt_id,
        basket=receipt.basket_id,
        store=receipt.store,
        lane=receipt.lane,
        currency=receipt.currency,
        total=receipt.total,
        lines=tuple(_line(line) for line in receipt.lines),
        offered=tuple(_offered(outcome, names) for outcome in receipt.outcomes),
        bought=tuple(outcome.sku for outcome in receipt.outcomes if outcome.bought),
        bundle=receipt.bundle,
        shopper="regular" if receipt.shopper is not None else "anonymous" if card else "no card",
        rated=rated,
    )


def block(number: int, sale: SaleReport, voided: str | None) -> str:
    """The sale as a person reads it."""
    width = 62
    rows = [f"-- sale {number} ".ljust(width, "-")]
    for line in sale.lines:
        quantity = f"{line.quantity / 1000:g} {line.unit}"
        rows.append(f"  {_fit(line.name, 34):34} {quantity:>10} {_money(line.amount, sale.currency):>14}")
    rows.append(f"  {'total':34} {'':10} {_money(sale.total, sale.currency):>14}")
    rows.append(f"  shopper: {_SHOPPERS[sale.shopper]}")
    if voided is not None:
        rows.append(f"  voided: {voided}")
    rows.append("  offered:")
    for offer in sale.offered:
        told = [*(("by lot",) if offer.by_lot else ()), *map(_plain, offer.because)]
        because = f" ({', '.join(told)})" if told else ""
        rows.append(f"    {_MARKS[offer.answer]:14} {'bought' if offer.bought else '':7} {_fit(offer.name + because, 60)}")
        if (coupon := offer.coupon) is not None:
            price = _money(coupon.price, sale.currency)
            likely = f"{coupon.propensity:.0%} likely to be bought without it"
            rows.append(f"{'':27} offer {coupon.code} of '{coupon.campaign}': {price}; {likely}")
    if not sale.offered:
        rows.append("    nothing")
    rows.append(f"  the shopper's rating: {_SCORES[sale.rated]}")
    return "\n".join(rows)


_MARKS = {
    Answer.TAKEN.value: "accepted",
    Answer.DECLINED.value: "refused",
    Answer.OUT_OF_STOCK.value: "out of stock",
    Answer.LESS.value: "less like this",
    None: "-",
}

_SHOPPERS = {
    "regular": "a regular who agreed to be known",
    "anonymous": "a card that this store has no profile of: suggestions are those of anybody",
    "no card": "no card",
}


_SCORES = {None: "none", 1: "bad (1 of 3)", 2: "all right (2 of 3)", 3: "good (3 of 3)"}

_CONTEXT = {
    "due=": "due",
    "missed=": "out of stock before",
    "had=": "the shopper's history",
    "hour=": "the hour",
    "weekday=": "the day",
    "store=": "this store",
}


_EXPLORE = "explore"
"""As `outcomes[].moved_by` has it."""


def _plain(token: str) -> str:
    """A token of the model in words; a name stays as it is."""
    return next((words for prefix, words in _CONTEXT.items() if token.startswith(prefix)), token)


def _line(line: Line) -> SaleLine:
    return SaleLine(line.sku, line.code, line.name or line.code, line.quantity, line.unit, line.amount)


def _offered(outcome: Outcome, names: Mapping[str, str]) -> Offered:
    told = ((told_skus(reason) or (reason,)) for reason in outcome.because[:2])
    because = tuple(" and ".join(names.get(sku, sku) for sku in skus) for skus in told)
    answer = None if outcome.answer is None else outcome.answer.value
    name = names.get(outcome.sku, outcome.sku)
    return Offered(
        outcome.sku, name, because, outcome.painted, answer, outcome.bought, _EXPLORE in outcome.moved_by, outcome.coupon
    )


def _fit(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _money(minor: int, currency: str) -> str:
    decimals = decimals_of(currency)
    return f"{Decimal(minor).scaleb(-decimals):,.{decimals}f} {currency}"
