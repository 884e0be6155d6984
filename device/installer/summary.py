"""What the receipts of a recording were: one object for each, as `tillside replay --summary` prints it.

    {"receipt": "153", "till": "7", "kind": "sale", "ended": "closed", "partial": false,
     "lines": [{"sku": "04601234567893", "text": "MILK 3.2%", "quantity": 1000, "unit": "pcs", "amount": 8990}],
     "discount": 0, "total": 8990}

| key      | meaning                                                                                                            |
|----------|--------------------------------------------------------------------------------------------------------------------|
| receipt  | the till's own number of it, else null                                                                             |
| sku      | the code as the till told it, else null; text: the name as it told it, else null                                   |
| quantity | thousandths of the unit; amounts and totals are minor units, null where the till does not say                      |
| ended    | closed, cancelled, suspended, or open: the recording ends within it                                                |
| partial  | the recording begins within it                                                                                     |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from device.domain import Phase
from device.events import BasketState
from device.scrub import scrub
from device.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from device.events import PosEvent, RungLine

_OVER = frozenset({Phase.CLOSED, Phase.CANCELLED})


def receipts(events: Iterable[PosEvent], currency: str) -> Iterator[dict[str, Any]]:
    """In the order in which they end; what is still open or set aside at the end of the recording comes last."""
    tally = Tally(currency)
    standing: dict[str, dict[str, Any]] = {}
    last: dict[str, Any] = {}
    for event in events:
        state = tally.take(event)
        if state is None:
            continue
        number = state.basket_id if isinstance(event, BasketState) else event.sale
        told = _receipt(state, number or standing.get(state.basket_id, {}).get("receipt"))
        standing[state.basket_id] = told
        if state.phase in _OVER:
            # A till that tells whole baskets may tell the last one again.
            if standing.pop(state.basket_id) != last or number is None:
                yield told
            last = told
    yield from standing.values()


def _receipt(state: BasketState, number: str | None) -> dict[str, Any]:
    return {
        "receipt": number,
        "till": state.till,
        "kind": str(state.kind),
        "ended": "open" if state.phase in {Phase.OPEN, Phase.TENDER} else str(state.phase),
        "partial": state.partial,
        "lines": [_line(line) for line in state.lines if not line.void and line.quantity > 0],
        "discount": state.discount,
        "total": state.total,
    }


def _line(line: RungLine) -> dict[str, Any]:
    return {
        "sku": line.code or None,
        "text": None if line.name is None else scrub(line.name),
        "quantity": line.quantity,
        "unit": str(line.unit),
        "amount": line.amount,
    }
