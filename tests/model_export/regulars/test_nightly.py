"""What is due on receipts of the past is what a register could have said: nothing of the receipt's own day, nothing later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from device.bundle import Bundle
from device.due import due
from device.profiles import pack, unpack
from model_export.evaluate.conditions import Condition, Register, register_of, scorer_of
from model_export.evaluate.exam import ask, divide
from model_export.questions import gains
from model_export.regulars import nightly
from model_export.regulars.due import learnt_before, rhythm_of
from model_export.regulars.nightly import due_on
from model_export.regulars.past import usuals_of
from model_export.regulars.people import regulars
from model_export.regulars.profiles import Shop, profiles
from model_export.regulars.visits import past_before

DECAY = 0.9


@pytest.fixture(scope="module")
def shop(chain):
    """What headquarters knew of the chain when its last tenth began."""
    cut = len(chain) * 9 // 10
    every, usual = np.ones(len(chain.skus), bool), usuals_of(past_before(chain, cut), len(chain.skus))
    return Shop(chain.skus, every, DECAY, usual, rhythm_of(learnt_before(chain, cut, 1), 0.5, usual, chain.skus, every))


@pytest.fixture(scope="module")
def late(chain) -> np.ndarray:
    return np.arange(len(chain) * 9 // 10, len(chain))


def test_it_is_what_the_profile_of_the_night_before_says(chain, shop, late):
    told = due_on(chain, late, shop.rhythm, DECAY)
    midnight = chain.at[late].astype("datetime64[D]")
    compared = 0
    for day in np.unique(midnight)[:3]:
        night = chain.part(0, int(np.searchsorted(chain.at, day)))
        kept = {who.pseudonyms[0]: unpack(pack(profile)) for who, profile in profiles(regulars(night), shop)}
        for row in np.flatnonzero(midnight == day).tolist():
            receipt = int(late[row])
            profile = kept[chain.shoppers[chain.shopper[receipt]]]
            assert told[row] == pytest.approx(due(profile, shop.rhythm, chain.local(receipt)), abs=1e-4)
            compared += 1
    assert compared > 20
    assert max(map(len, told)) > 10


def test_neither_the_receipt_nor_its_day_nor_anything_later_reaches_it(chain, shop, late):
    first = int(late[40])
    day = int(np.searchsorted(chain.at, chain.at[first].astype("datetime64[D]")))
    assert day < first
    item = chain.item.copy()
    item[chain.start[day] :] = np.random.default_rng(4).permutation(item[chain.start[day] :])
    told, poisoned = (due_on(one, late, shop.rhythm, DECAY) for one in (chain, replace(chain, item=item)))
    today = (late >= day) & (chain.at[late] < chain.at[first].astype("datetime64[D]") + np.timedelta64(1, "D"))
    assert today.sum() > 5
    assert [told[row] for row in np.flatnonzero(today)] == [poisoned[row] for row in np.flatnonzero(today)]
    # The alarm is live: the next days know of it.
    assert told[-1] != poisoned[-1]


def test_of_whom_nothing_may_be_remembered_nothing_is_due(chain, shop, late):
    assert all(due_on(chain, late, shop.rhythm, DECAY))
    strangers = replace(chain, shopper=np.full(len(chain), -1, np.int32))
    refused = replace(chain, consent=np.zeros(len(chain), bool))
    for history in (strangers, refused):
        assert not any(due_on(history, late, shop.rhythm, DECAY))
    first_visits = np.sort(np.unique(chain.shopper, return_index=True)[1])
    assert not any(due_on(chain, first_visits, shop.rhythm, DECAY))


def test_a_few_at_a_time_says_the_same(chain, shop, late, monkeypatch):
    told = due_on(chain, late, shop.rhythm, DECAY)
    monkeypatch.setattr(nightly, "_TOGETHER", 7)
    assert due_on(chain, late, shop.rhythm, DECAY) == told


def test_an_examination_with_everything_known_knows_what_is_due(chain, bundle_of_chain):
    """The chain's rhythms are planted: what is due finds what is hidden better than without."""
    bundle = Bundle.open(bundle_of_chain)
    try:
        assert bundle.rhythm is not None
        assert bundle.rhythm.worth > 0
        split = divide(chain, 1)
        asked = ask(split, np.arange(split.cut, len(chain)), 300, 1, bundle.manifest.history_decay)
        register = register_of(bundle, asked)
        row = int(np.flatnonzero(asked.card)[5])
        stated = due_on(chain, asked.receipt[[row]], bundle.rhythm, bundle.manifest.history_decay)[0]
        expected = {sku: bundle.rhythm.worth * chance for sku, chance in stated.items()}
        assert dict(register.question(row, Condition.HISTORY).due) == pytest.approx(expected)
        assert expected
        assert not register.question(row, Condition.CONTEXT).due
        assert not register.question(row, Condition.BASKET).due
        silent = Register(scorer_of(bundle), asked)
        with_due, without = (gains(one.answers(Condition.HISTORY).ranks, 10).mean() for one in (register, silent))
        assert with_due > without
    finally:
        bundle.close()
