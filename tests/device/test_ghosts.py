"""A sale in an experiment: what is shown, what is only kept, and what the receipt says of it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from fakes.device_shop import ITEMS, KEY, REGULAR, STORE, adviser, item, write_shop
from fakes.device_till import Checkout
from fakes.device_without import taken_part
from fakes.experiments import experiment, text

from device.adviser import from_bundle
from device.arms import fingerprint
from device.domain import Phase, Receipt, Sku
from device.errors import BundleError
from device.policy_settings import Policy
from device.screen_link import FaceKind, Verb
from device.settings import parse
from device.shopper import pseudonym

SHOPPER = pseudonym(KEY, REGULAR)


@pytest.fixture
def shop(tmp_path):
    return adviser(tmp_path / "x.bundle", profiles={SHOPPER: {Sku("coffee"): 1.0}})


def sales(counter, count=24, **facts):
    """Bread is rung up, then butter; the receipts and what stood on the cashier's screen after the bread."""
    seen = {}
    for number in range(count):
        name = f"b{number}"
        counter.hear(name, 1, "bread", minutes=3 * number, **facts)
        seen[counter.lane.latest.receipt_id] = counter.shown(), counter.lane.snapshot(FaceKind.CUSTOMER).cards
        counter.hear(name, 2, "bread", "butter", minutes=3 * number + 0.5, **facts)
        counter.hear(name, 3, "bread", "butter", minutes=3 * number + 1, phase=Phase.TENDER, **facts)
        counter.hear(name, 4, "bread", "butter", minutes=3 * number + 1.5, phase=Phase.CLOSED, **facts)
    return counter.receipts(), seen


def test_the_control_arm_shows_nothing_and_keeps_what_it_would_have_shown(tmp_path, shop):
    trial = experiment()
    shop.take_part(trial)
    receipts, seen = sales(Checkout(tmp_path, shop))
    assert {receipt.arm for receipt in receipts} == {"control", "treatment"}
    for receipt in receipts:
        cashier, customer = seen[receipt.receipt_id]
        first = [outcome.sku for outcome in receipt.outcomes[:3]]
        assert first == ["butter", "cheese", "milk"]
        assert receipt.arm == trial.draw(receipt.receipt_id).name
        assert (receipt.experiment, receipt.propensity) == ("spring", 0.5)
        assert receipt.ghosts == (receipt.arm == "control")
        assert (cashier, [card.sku for card in customer]) == (([], []) if receipt.ghosts else (first, first))
        assert receipt.outcomes[0].bought
        assert [outcome.shown_ms for outcome in receipt.outcomes[:2]] == ([0, 0] if receipt.ghosts else [30_000, 60_000])


def test_a_ghost_cannot_be_answered(tmp_path, shop):
    shop.take_part(experiment())
    counter = Checkout(tmp_path, shop)
    while True:
        counter.hear(f"c{counter.lane.seq}", 1, "bread")
        latest = counter.lane.latest.receipt_id
        if experiment().draw(latest).name == "control":
            break
    assert not counter.act(Verb.ACCEPT, f"{latest[:12]}-1").done


def test_an_arm_with_a_policy_of_its_own_decides_by_it(tmp_path, shop):
    trial = experiment(policy="{cards = 1}")
    shop.take_part(trial)
    receipts, seen = sales(Checkout(tmp_path, shop))
    told = {receipt.arm: (len(seen[receipt.receipt_id][0]), receipt.policy) for receipt in receipts}
    assert told == {"control": (0, fingerprint(Policy())), "treatment": (1, fingerprint(Policy(cards=1)))}


def test_an_arm_may_show_on_one_face_only(tmp_path, shop):
    shop.take_part(
        msgspec.structs.replace(
            experiment(), arm=(experiment().arm[0], msgspec.structs.replace(experiment().arm[1], faces=("cashier",)))
        )
    )
    receipts, seen = sales(Checkout(tmp_path, shop))
    for receipt in receipts:
        cashier, customer = seen[receipt.receipt_id]
        assert customer == ()
        assert bool(cashier) == (receipt.arm == "treatment")


def test_a_shopper_keeps_an_arm_and_strangers_have_none(tmp_path, shop):
    trial = experiment(unit="shopper")
    shop.take_part(trial)
    known, _ = sales(Checkout(tmp_path, shop), 3, loyalty_id=REGULAR)
    assert [receipt.arm for receipt in known] == [trial.draw(SHOPPER).name] * 3
    (tmp_path / "other").mkdir()
    strangers, seen = sales(Checkout(tmp_path / "other", shop), 3)
    assert [receipt.arm for receipt in strangers] == [None] * 3
    assert all(cashier for cashier, _ in seen.values())


def test_a_card_that_is_shown_after_the_first_suggestion_comes_too_late(tmp_path, shop):
    shop.take_part(experiment(unit="shopper"))
    counter = Checkout(tmp_path, shop)
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", loyalty_id=REGULAR)
    counter.hear("a", 3, "bread", loyalty_id=REGULAR, phase=Phase.CLOSED)
    (receipt,) = counter.receipts()
    assert (receipt.shopper, receipt.arm, receipt.propensity) == (SHOPPER, None, 1.0)


def test_no_arm_is_drawn_out_of_the_experiments_days_and_stores(tmp_path, shop):
    shop.take_part(experiment(days=("2026-05-05", "2026-05-06")))
    receipts, _ = sales(Checkout(tmp_path, shop), 2)
    assert [receipt.arm for receipt in receipts] == [None, None]


def test_a_receipt_tells_how_long_the_till_took_and_what_is_earned(tmp_path):
    items = [item("bread", margin=0.25), item("butter"), item("cheese", margin=0.5)]
    counter = Checkout(tmp_path, adviser(tmp_path / "b", items=items, scores={("item=bread", "butter"): 0.5}))
    (receipt, *_), _ = sales(counter, 1)
    assert receipt.till_ms == 60_000
    assert (receipt.margin, receipt.margin_of) == (2498, 9990)


@pytest.mark.parametrize(
    ("margin", "earned"),
    [(0.0, (0, 9990)), (-0.5, (-4995, 9990)), (None, (None, 0)), (35.0, (None, 0))],
    ids=["nothing is earned", "a loss", "not known", "per cent: said and impossible"],
)
def test_what_is_earned_is_told_of_every_margin_that_is_known(tmp_path, margin, earned):
    items = [item("bread", margin=margin), item("butter"), item("cheese")]
    counter = Checkout(tmp_path, adviser(tmp_path / "b", items=items, scores={("item=bread", "butter"): 0.5}))
    (receipt, *_), _ = sales(counter, 1)
    assert (receipt.margin, receipt.margin_of) == earned


def test_an_experiment_travels_in_a_bundle(tmp_path):
    manifest = write_shop(tmp_path / "b", experiment=text().encode())
    assert "experiment" in manifest.documents
    made = from_bundle(tmp_path / "b", STORE, Policy())
    assert made.bundle.experiment == experiment()
    with pytest.raises(BundleError, match="share"):
        adviser(tmp_path / "c", experiment=text().replace("share = 1", "share = 0").encode())


def test_a_register_may_have_an_experiment_of_its_own_until_a_bundle_brings_one(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(text(name="own"))
    table = {"store": STORE, "device": "r1", "state_dir": str(tmp_path / "state"), "experiment_file": str(path)}
    settings = parse(table | {"lane": [{"till": "1", "source": {"kind": "udp", "port": 5000}}]})
    settings.bundle_db.parent.mkdir()
    assert taken_part(settings) == ("own", {})
    for brought, name in ((None, "own"), (text().encode(), "spring")):
        write_shop(settings.bundle_db, experiment=brought)
        assert taken_part(settings) == (name, {})


def test_a_receipt_of_before_there_were_experiments_is_read(tmp_path, shop):
    (receipt, *_), _ = sales(Checkout(tmp_path, shop), 1)
    told = msgspec.to_builtins(receipt)
    since = ("experiment", "arm", "ghosts", "propensity", "policy", "till_ms", "margin", "margin_of", "steps", "decisions")
    for field in since:
        del told[field]
    for outcome in told["outcomes"]:
        del outcome["shown_ms"]
    before = msgspec.json.decode(msgspec.json.encode(told), type=Receipt)
    assert (before.lines, before.arm, before.steps, before.outcomes[0].shown_ms) == (receipt.lines, None, (), 0)


def test_a_clock_that_is_set_back_takes_no_time(tmp_path, shop):
    counter = Checkout(tmp_path, shop)
    counter.hear("a", 1, "bread", at=datetime(2026, 5, 4, 9, tzinfo=UTC))
    counter.hear("a", 2, "bread", at=datetime(2026, 5, 4, 8, tzinfo=UTC), phase=Phase.CLOSED)
    (receipt,) = counter.receipts()
    assert receipt.till_ms is None
    assert all(outcome.shown_ms == 0 for outcome in receipt.outcomes)
    assert len(ITEMS) > len(receipt.outcomes)
