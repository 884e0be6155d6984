"""Profiles built at headquarters: what they hold, of whom they are, and that a register reckons with them as training does."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timedelta
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from fakes.regulars import regular as known_regular
from fakes.regulars import rhythm as plain_rhythm

from device.bundle import Bundle
from device.domain import Pseudonym, Sku
from device.due import due
from device.errors import BundleError, HistoryError
from device.profiles import MAX_BYTES, Profile, other, unpack
from device.tokens import RunningHistory
from model_export.regulars import profiles as building
from model_export.regulars.answers import Answers, Missed, of_registers
from model_export.regulars.basket import basket, expected
from model_export.regulars.due import learnt_before, rhythm_of
from model_export.regulars.people import regulars
from model_export.regulars.profiles import Shop, packed, profiles
from model_export.regulars.shipped import shoppers_of
from model_export.regulars.visits import habits_of, next_visits

DECAY = 0.9


@pytest.fixture(scope="module")
def learnt(chain):
    """The planted chain, what was learnt of it, and the cut of its last tenth."""
    cut = len(chain) * 9 // 10
    learned, habits = learnt_before(chain, cut, 1), habits_of(next_visits(chain, cut, len(chain)))
    every = np.ones(len(chain.skus), bool)
    shop = Shop(chain.skus, every, DECAY, habits.usual, rhythm_of(learned, 0.5, habits.usual, chain.skus, every))
    return SimpleNamespace(history=chain.part(0, cut), learned=learned, habits=habits, shop=shop)


def rows_of(learnt) -> list[tuple[Pseudonym, bytes]]:
    found = profiles(regulars(learnt.history), learnt.shop)
    return [row for regular, profile in found for row in packed(regular, profile)]


def test_shares_are_those_of_the_running_history(learnt):
    history = learnt.history
    for who, profile in profiles(regulars(history), learnt.shop):
        running = RunningHistory(DECAY)
        for receipt in np.flatnonzero(history.shopper == history.shoppers.index(who.pseudonyms[0])):
            running.add(history.skus[item] for item in history.receipt(int(receipt)))
        assert profile.history == running.shares(64)


def test_a_register_states_what_training_states(learnt):
    """Of what a profile holds, to what sixteen bits and whole hours lose."""
    habits, history = learnt.habits, learnt.habits.visits.history
    kept = {whose: unpack(content) for whose, content in rows_of(learnt)}
    codes = {sku: code for code, sku in enumerate(history.skus)}
    stated = learnt.learned.probability(habits.bought)
    apart, told = [], 0
    for question, receipt in enumerate(habits.visits.receipt.tolist()):
        profile = kept[history.shoppers[history.shopper[receipt]]]
        rows = np.flatnonzero(habits.question == question)
        place = {int(habits.item[row]): row for row in rows}
        for sku, chance in due(profile, learnt.shop.rhythm, history.local(receipt)).items():
            apart.append(abs(chance - stated[place[codes[sku]]]))
            told += 1
        # The likeliest are the ones that travel.
        best = rows[np.argmax(stated[rows])]
        assert history.skus[habits.item[best]] in profile.recurring.skus
    assert told > 10 * len(habits.visits)
    assert np.mean(apart) < 0.004
    assert max(apart) < 0.1


def test_no_profile_is_larger_than_it_may_be_and_all_can_be_read(learnt):
    sizes = [len(content) for _, content in rows_of(learnt)]
    assert len(sizes) == 80
    assert max(sizes) <= MAX_BYTES


def test_however_many_are_drawn_up_together_the_profiles_are_the_same(learnt, monkeypatch):
    whole = rows_of(learnt)
    monkeypatch.setattr(building, "TOGETHER", 7)
    assert rows_of(learnt) == whole


def rows(*told, store="S1"):
    """Receipts a day apart, told as customer and items."""
    start = datetime(2026, 1, 5, 10)
    return [
        {
            "receipt_id": f"{store}-{day}",
            "at": start + timedelta(days=day),
            "store": store,
            "customer": who,
            "line": line,
            "sku": sku,
        }
        for day, (who, skus) in enumerate(told)
        for line, sku in enumerate(skus, 1)
    ]


def made(history, names=None, stores=(), refused=None, decay=0.5, missed=None):
    """By pseudonym, the profile, or the pseudonym that it stands under."""
    every = np.ones(len(history.skus), bool)
    found = profiles(
        regulars(history, names, stores), Shop(history.skus, every, decay, None, None), Answers(refused or {}, missed or {})
    )
    told = [row for regular, profile in found for row in packed(regular, profile)]
    return {whose: other(content) or unpack(content) for whose, content in told}


def test_everybody_named_has_a_profile_under_every_name_be_it_empty(shop):
    history = shop.history(rows(("card", "a"), ("card", "b"), ("stranger", "b")))
    own = "shopper of card"
    found = made(history, {own: ("phone", own), "new": ("new",)}, decay=1.0)
    assert found == {"phone": Profile({"a": 0.5, "b": 0.5}), own: "phone", "new": Profile()}
    history.consent[:] = False
    assert made(history, {own: (own,)}) == {own: Profile()}, "agreed to a profile, not to suggestions from it"
    assert made(history) == {}


def test_only_who_was_in_the_store_travels_to_it(shop):
    told = rows(("card", "a"), ("both", "a"), (None, "a")) + rows(("both", "b"), ("there", "b"), store="S2")
    history = shop.history(told)
    assert set(made(history, stores=("S2",))) == {"shopper of both", "shopper of there"}
    assert made(history, stores=("S2",), decay=1.0)["shopper of both"].history == {"a": 0.5, "b": 0.5}
    assert len(made(history)) == 3
    names = {"shopper of card": ("shopper of card",), "new": ("new",)}
    assert set(made(history, names, ("S2",))) == {"new"}, "who was nowhere yet may come anywhere"
    with pytest.raises(HistoryError, match="no receipt is of store S9: the receipts name S1, S2"):
        shoppers_of(history, None, ("S9",), None)


def test_a_receipt_without_a_time_is_the_oldest(shop):
    told = rows(("card", "a"), ("card", "b"))
    told[0]["at"] = None
    assert made(shop.history(told))["shopper of card"].history == {"b": 0.6667, "a": 0.3333}


def agreed(shop, *told, timed=True):
    """Shares of receipts an hour apart, told as customer, consent and item."""
    start = datetime(2026, 1, 5)
    lines = [
        {
            "receipt_id": str(number),
            "at": start + timedelta(hours=number) if timed else None,
            "customer": who,
            "consent": yes,
            "sku": sku,
        }
        for number, (who, yes, sku) in enumerate(told)
    ]
    nobody = {"at": datetime(2025, 1, 5), "customer": None, "consent": None}
    lines += [{"receipt_id": f"p{number}", "sku": sku, **nobody} for number in range(5) for sku in ("a", "b")]
    return {whose: profile.history for whose, profile in made(shop.history(lines)).items()}


def test_profiles_hold_what_shoppers_agreed_to(shop):
    told = ("x", True, "a"), ("x", True, "b"), ("y", False, "a"), (None, True, "a")
    assert agreed(shop, *told) == {"shopper of x": {"b": 0.6667, "a": 0.3333}}


def test_consent_that_is_taken_back_leaves_no_profile_of_what_was_before(shop):
    assert agreed(shop, ("x", True, "a"), ("x", True, "b"), ("x", False, "b")) == {}
    assert agreed(shop, ("x", True, "a"), ("x", False, "b"), ("x", True, "b")) == {"shopper of x": {"b": 1.0}}
    # Which of them was the last word nobody knows.
    assert agreed(shop, ("x", False, "a"), ("x", True, "b"), timed=False) == {}


def answered(shopper: str | None, closed: str, *skus: str, answer: str | None = "less") -> bytes:
    outcomes = [{"suggestion_id": f"s{n}", "sku": sku, "answer": answer} for n, sku in enumerate(skus)]
    return msgspec.json.encode({"closed_at": closed, "outcomes": outcomes, "shopper": shopper})


def test_what_shoppers_want_less_of_is_read_off_receipts_the_latest_first():
    told = [
        answered("x", "2026-05-04T10:00:00Z", "milk", "tea"),
        answered("x", "2026-05-05T10:00:00Z", "beer"),
        answered("x", "2026-05-03T10:00:00Z", "beer"),
        answered("y", "2026-05-04T10:00:00Z", "bread", answer="declined"),
        answered(None, "2026-05-04T10:00:00Z", "bread"),
        b'{"answer":"less"',
        b'{"answer":"less"}',
    ]
    assert of_registers(told).unwanted == {"x": ("beer", "tea", "milk")}


def test_it_holds_for_all_cards_of_a_person(shop):
    history = shop.history(rows(("card", "a"), ("card", "b")))
    names = {"shopper of card": ("phone", "shopper of card")}
    for whose in names["shopper of card"]:
        assert made(history, names, refused={Pseudonym(whose): (Sku("a"), Sku("z"))})["phone"].unwanted == ("a", "z")


def missed_by(shop, lines, *taps, names=None):
    """By pseudonym, what its profile says was missed. `taps`: item, and the moment."""
    told = {Pseudonym("shopper of card"): tuple(Missed(Sku(sku), at) for sku, at in taps)}
    found = made(shop.history(lines), names, missed=told)
    return {whose: profile.missed for whose, profile in found.items() if isinstance(profile, Profile)}


def test_what_was_missed_is_kept_until_it_is_bought(shop):
    lines = rows(("card", "a"), ("card", "b"), ("card", "c"))
    first = lines[0]["at"]
    after = first + timedelta(hours=1)
    day = after.toordinal()
    assert missed_by(shop, lines, ("b", after), ("a", after))["shopper of card"] == {"a": day}, "b was bought a day later"
    late = first + timedelta(days=30)
    found = missed_by(shop, lines, ("b", late), ("b", after), ("a", after))["shopper of card"]
    assert list(found.items()) == [("b", late.toordinal()), ("a", day)], "the latest first, and the latest day of each"


def test_what_was_missed_while_nobody_was_to_remember_is_not_told(shop):
    lines = rows(("card", "a"), ("card", "b"))
    before = lines[0]["at"] - timedelta(hours=1)
    assert missed_by(shop, lines, ("z", before)) == {"shopper of card": {}}
    assert missed_by(shop, lines[:1], ("z", before), names={"shopper of card": ("shopper of card",)}) == {"shopper of card": {}}


def test_at_most_so_much_of_it_is_told(shop):
    lines = rows(("card", "a"))
    taps = [(f"m {number}", lines[0]["at"] + timedelta(hours=number + 1)) for number in range(20)]
    assert list(missed_by(shop, lines, *taps)["shopper of card"]) == [f"m {number}" for number in range(19, 11, -1)]


def test_a_moment_that_is_none_loses_nothing_else():
    raw = {"closed_at": "2026-05-04T10:00:00Z", "local_time": "no time", "shopper": "x"}
    outcomes = [{"sku": "tea", "answer": "out_of_stock"}, {"sku": "milk", "answer": "less"}]
    told = of_registers([msgspec.json.encode(raw | {"outcomes": outcomes})])
    assert (told.unwanted, told.missed) == ({"x": ("milk",)}, {})


class Opened:
    """What the basket asks of a bundle."""

    def __init__(self, profile, rhythm) -> None:
        self._profile, self.rhythm = profile, rhythm
        self.manifest = SimpleNamespace(identity="b1")
        self.catalogue = {}

    def profile(self, shopper):
        return self._profile


def test_the_basket_is_as_long_as_what_is_expected():
    seen = datetime(2026, 5, 1, 10)
    whose = known_regular({"a": 30, "b": 7, "c": 0, "d": 30, "e": 30}, seen=seen, unwanted=("e",))
    bundle = Opened(whose, plain_rhythm(*"abcde"))
    bundle.catalogue = SimpleNamespace(item=lambda sku: None)
    found = expected(bundle, Pseudonym("x"), seen)
    assert [one.sku for one in found.items] == ["a", "d"]
    assert found.count == pytest.approx(2 * 900 / 949 + 0.5 + 0.005, abs=0.01)
    for nothing, why in ((Opened(None, plain_rhythm()), "no profile of this shopper"), (Opened(whose, None), "knows no rhythm")):
        with pytest.raises(BundleError, match=why):
            expected(nothing, Pseudonym("x"), seen)


def test_the_command_tells_a_basket(bundle_of_chain):
    with closing(Bundle.open(bundle_of_chain)) as bundle:
        query = "SELECT name FROM part WHERE kind = 'profile' ORDER BY name"
        ((whose,), *_) = bundle._db.execute(query)
    ran = CliRunner().invoke(basket, ["--bundle", str(bundle_of_chain), "--shopper", whose, "--at", "2026-09-01T18:00", "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.output)
    assert told["at"] == "2026-09-01T18:00"
    chances = [one["probability"] for one in told["items"]]
    assert chances == sorted(chances, reverse=True)
    assert len(chances) == max(1, round(told["count"]))
    people = CliRunner().invoke(basket, ["--bundle", str(bundle_of_chain), "--shopper", whose])
    assert people.output.startswith("expected at ")
    assert CliRunner().invoke(basket, ["--bundle", str(bundle_of_chain)]).exit_code == 2
