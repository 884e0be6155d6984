"""The first slate is the same in every arm: what a cashier's answer brings up is not of it."""

from __future__ import annotations

import msgspec
from fakes.device_shop import adviser
from fakes.device_till import Checkout

from device.domain import Phase
from device.policy_settings import Policy
from device.screen_link import Verb
from model_export.worth import measuring


def test_what_an_answer_brings_up_is_not_of_the_first_slate(tmp_path):
    """The till has said nothing between the first slate and what stands there after the refusal, but it was decided later."""
    counter = Checkout(tmp_path, adviser(tmp_path / "x.bundle", Policy(cards=2)))
    counter.hear("b1", 1, "bread")
    first = counter.shown()
    counter.tap(Verb.DISMISS, first[0])
    second = counter.shown()
    (new,) = set(second) - set(first)
    counter.hear("b1", 2, "bread", new, minutes=1)
    counter.hear("b1", 3, "bread", new, phase=Phase.CLOSED, minutes=2)
    (receipt,) = counter.receipts()
    assert [one.sku for one in receipt.outcomes][:3] == [*first, new]
    (row,) = measuring.rows(1, [msgspec.json.encode(receipt)], [])
    told = dict(zip(measuring.COLUMNS, row, strict=True))
    assert (told["offered"], told["attached"]) == (2.0, 0.0)
