"""What a recording comes to, receipt by receipt: the reading of `tillside replay --summary`.

Each receipt is told when it has ended, what has no end when the recording is over. A till that tells its end again tells no other
receipt. Bounded: `MAX_UNFINISHED` receipts are held, beyond that the oldest is told as it stands; `MAX_ENDED` are remembered.

| field      | what it holds                                                                          |
|------------|----------------------------------------------------------------------------------------|
| `receipt`  | the name of the receipt: the till's number is part of it where it has one              |
| `till`     | the till's own name, null where it tells none                                          |
| `kind`     | `sale` or `return`                                                                     |
| `lines`    | `sku`, `text`, `quantity` (thousandths of its `unit`), `unit`, `amount`                |
| `discount` | what is paid less than the lines add up to                                             |
| `total`    | as told, else what the lines add up to; null where an amount is missing                |
| `ended`    | `closed`, `cancelled`, `suspended`, or `open`: its end is not on the recording         |
| `partial`  | heard from somewhere in its middle                                                     |
| `unparsed` | only where it is true: it was paid, and its lines could not be read                    |

Money is in minor units. `sku` is what the catalogue knows the line as; without a catalogue it is the code as told. Null: nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from device.basket import added_up, told_later
from device.domain import Phase
from device.scrub import MASK, like_a_card, scrub
from device.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from device.catalogue import Catalogue
    from device.events import BasketState, PosEvent, RungLine

MAX_UNFINISHED: Final = 1000
MAX_ENDED: Final = 64


def summaries(events: Iterable[PosEvent], currency: str, catalogue: Catalogue | None = None) -> Iterator[dict[str, Any]]:
    """One object a receipt, in the order of their ends."""
    tally = Tally(currency)
    unfinished: dict[str, BasketState] = {}
    ended: dict[str, BasketState] = {}
    for event in events:
        state = tally.take(event)
        if state is None or _old(state, unfinished.get(state.basket_id)) or _again(state, ended.get(state.basket_id)):
            continue
        if state.phase in {Phase.CLOSED, Phase.CANCELLED}:
            unfinished.pop(state.basket_id, None)
            ended[state.basket_id] = state
            if len(ended) > MAX_ENDED:
                del ended[next(iter(ended))]
            yield told(state, catalogue)
            continue
        unfinished[state.basket_id] = state
        if len(unfinished) > MAX_UNFINISHED:
            yield told(unfinished.pop(next(iter(unfinished))), catalogue)
    for state in unfinished.values():
        yield told(state, catalogue)


def told(state: BasketState, catalogue: Catalogue | None = None) -> dict[str, Any]:
    """One receipt as the table above says."""
    lines = [line for line in state.lines if not line.void and line.quantity > 0]
    whole = all(line.amount is not None for line in lines)
    total = state.total if state.total is not None or not whole else added_up(state)
    receipt: dict[str, Any] = {
        "receipt": state.basket_id,
        "till": state.till,
        "kind": str(state.kind),
        "lines": [_line(line, catalogue) for line in lines],
        "discount": state.discount,
        "total": total,
        "ended": "open" if state.phase is Phase.TENDER else str(state.phase),
        "partial": state.partial,
    }
    if state.phase is Phase.CLOSED and not state.lines and state.total:
        receipt["unparsed"] = True
    return receipt


def _old(state: BasketState, before: BasketState | None) -> bool:
    return before is not None and state.seq <= before.seq


def _again(state: BasketState, before: BasketState | None) -> bool:
    """Whether a sale that is over is told once more; the same name under a later time of the till is another sale."""
    if before is None:
        return False
    if state.seq > before.seq:
        return state.phase is before.phase and (state.lines, state.total) == (before.lines, before.total)
    return not told_later(state.told_at, before.told_at)


def _line(line: RungLine, catalogue: Catalogue | None) -> dict[str, Any]:
    sku: str | None = MASK if like_a_card(line.code) else line.code or None
    if catalogue is not None:
        item = catalogue.know(line)
        sku = None if item is None else item.sku
    return {
        "sku": sku,
        "text": None if line.name is None else scrub(line.name),
        "quantity": line.quantity,
        "unit": str(line.unit),
        "amount": line.amount,
    }
