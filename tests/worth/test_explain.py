"""A sale is decided again from its record: the same to the last bit, and what differs is told."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from click.testing import CliRunner
from fakes.device_shop import ITEMS, KEY, REGULAR, SCORES, STORE, adviser, contents
from fakes.device_till import Checkout
from fakes.experiments import experiment, text

from device.adviser import from_best_sellers, from_bundle
from device.bundle import write
from device.catalogue import read_best_sellers
from device.domain import Phase, Pseudonym, Sku
from device.errors import HistoryError
from device.manifest import joined_identity
from device.policy_settings import Policy
from device.scoring import Scoring
from device.screen_link import Verb
from device.shopper import pseudonym
from device.trail import MAX_STEPS
from model_export.worth import commands
from model_export.worth.explaining import bundle_of, explain, find

SHOPPER = pseudonym(KEY, REGULAR)


@pytest.fixture
def counter(tmp_path):
    made = adviser(
        tmp_path / "x.bundle", profiles={SHOPPER: {Sku("coffee"): 1.0}}, experiment=text(policy="{cards = 2}").encode()
    )
    made.take_part(made.bundle.experiment)
    return Checkout(tmp_path, made)


def busy_sale(counter, name="a", minutes=0.0):
    """Every input of a decision changes: a card, a void, a yes, a no, nothing there, another order, a return of the shopper."""
    counter.hear(name, 1, "bread", minutes=minutes)
    for verb in (Verb.DISMISS, Verb.ACCEPT, Verb.OUT_OF_STOCK):
        for sku in counter.shown()[:1]:
            counter.tap(verb, sku)
    counter.hear(name, 2, "bread", "tea", minutes=minutes + 1, loyalty_id=REGULAR)
    counter.hear(name, 3, "tea", minutes=minutes + 2, loyalty_id=REGULAR)
    counter.hear(name, 4, "honey", "tea", "bread", minutes=minutes + 45, loyalty_id=REGULAR)
    counter.hear(name, 5, "honey", "tea", "bread", phase=Phase.TENDER, minutes=minutes + 46, loyalty_id=REGULAR)
    counter.hear(name, 6, "honey", "tea", "bread", phase=Phase.CLOSED, minutes=minutes + 47, loyalty_id=REGULAR)


def test_every_decision_of_a_sale_is_made_again_bit_for_bit(counter, tmp_path):
    for number in range(20):
        busy_sale(counter, f"b{number}", 60.0 * (number % 3))
    receipts = counter.receipts()
    assert {receipt.arm for receipt in receipts} == {"control", "treatment"}
    for receipt in receipts:
        told = explain(receipt, tmp_path / "x.bundle", Policy(), None)
        assert told.identical, told.story
        assert receipt.decisions == len(receipt.steps) >= 5


def test_a_record_that_was_changed_is_found_out(counter, tmp_path):
    busy_sale(counter)
    (receipt,) = counter.receipts()
    first, *others = receipt.steps
    forged = replace(receipt, steps=(first._replace(added=(Sku("tea"),)), *others))
    told = explain(forged, tmp_path / "x.bundle", Policy(), None)
    assert not told.identical
    assert told.differing[0] == 1


def test_another_bundle_policy_or_no_record_is_told_in_words(counter, tmp_path):
    busy_sale(counter)
    (receipt,) = counter.receipts()
    adviser(tmp_path / "other.bundle", made_at="2026-05-05T02:00:00Z").close()
    with pytest.raises(HistoryError, match=f"decided by bundle {receipt.bundle}"):
        bundle_of(receipt, [tmp_path / "other.bundle"])
    assert bundle_of(receipt, [tmp_path / "other.bundle", tmp_path / "x.bundle"]) == tmp_path / "x.bundle"
    joined = replace(receipt, bundle=joined_identity(str(receipt.bundle), "20260601-0123456789ab"), shopper=None)
    assert bundle_of(joined, [tmp_path / "x.bundle"]) == tmp_path / "x.bundle"
    with pytest.raises(HistoryError, match="was decided by bundle"):
        bundle_of(replace(joined, shopper=Pseudonym("somebody")), [tmp_path / "x.bundle"])
    with pytest.raises(HistoryError, match="--settings"):
        explain(receipt, tmp_path / "x.bundle", Policy(refusals=7), None)
    with pytest.raises(HistoryError, match="--experiment"):
        explain(receipt, tmp_path / "x.bundle", Policy(), experiment(name="another"))
    with pytest.raises(HistoryError, match="keeps no decisions"):
        explain(replace(receipt, steps=()), tmp_path / "x.bundle", Policy(), None)


@pytest.mark.parametrize("model", ["candidate", "best-sellers"])
def test_a_sale_of_an_arm_with_a_model_of_its_own_is_explained_by_that(tmp_path, model):
    told = text().replace('name = "treatment"', f'name = "treatment"\nmodel = "{model}"')
    made = contents(experiment=told.encode())
    turned = contents(scores={pair: 1.0 - score for pair, score in SCORES.items()})
    other = Scoring(turned.model, turned.vocabulary, turned.golden)
    write(tmp_path / "x.bundle", replace(made, variants={"candidate": other} if model == "candidate" else {}))
    shop = from_bundle(tmp_path / "x.bundle", STORE, Policy())
    shop.take_part(shop.bundle.experiment)
    counter = Checkout(tmp_path, shop)
    for number in range(12):
        busy_sale(counter, f"b{number}")
    receipts = counter.receipts()
    assert {receipt.arm for receipt in receipts} == {"control", "treatment"}
    for receipt in receipts:
        story = explain(receipt, tmp_path / "x.bundle", Policy(), None)
        assert story.identical, story.story
        assert (f"by the model {model}" in story.story[2]) is (receipt.arm == "treatment")


def test_a_sale_that_best_sellers_answered_is_explained_with_their_list(tmp_path):
    items = [ITEMS[2], ITEMS[4], ITEMS[7]]
    path = tmp_path / "best_sellers.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(one) for one in items))
    for number, stood_in in enumerate((read_best_sellers(path), [])):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = from_best_sellers(stood_in, STORE, Policy())
        made.take_part(experiment(policy="{cards = 1}"))
        counter = Checkout(folder, made)
        for sale in range(6):
            busy_sale(counter, f"b{sale}")
        receipts = counter.receipts()
        assert {one.bundle for one in receipts} == {None}
        for receipt in receipts:
            assert bundle_of(receipt, []) is None
            told = explain(receipt, None, Policy(), experiment(policy="{cards = 1}"), path if stood_in else None)
            assert told.identical, told.story
            assert ("best-sellers stood in" if stood_in else "nothing stood in") in told.story[1]
        if stood_in:
            with pytest.raises(HistoryError, match="name their list with --best-sellers"):
                explain(receipts[0], None, Policy(), experiment(policy="{cards = 1}"))


def test_a_sale_without_end_keeps_the_first_of_its_decisions(tmp_path):
    counter = Checkout(tmp_path, adviser(tmp_path / "x.bundle"))
    for seq in range(1, MAX_STEPS + 30):
        counter.hear("a", seq, *(["bread"] if seq % 2 else ["bread", "tea"]), minutes=seq / 100)
    counter.hear("a", 1000, "bread", phase=Phase.CLOSED, minutes=20)
    (receipt,) = counter.receipts()
    assert len(receipt.steps) == MAX_STEPS < receipt.decisions
    told = explain(receipt, tmp_path / "x.bundle", Policy(), None)
    assert told.identical
    assert any("the first 100 are kept" in line for line in told.story)


def test_the_command_tells_the_story(counter, tmp_path):
    busy_sale(counter)
    (receipt,) = counter.receipts()
    words = ["--edge", str(tmp_path / "edge.db"), "--bundle", str(tmp_path / "x.bundle")]
    done = CliRunner().invoke(commands.explain, [receipt.receipt_id[:12], *words])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1] == "identical: yes"
    for told in ("rung up: bread", "score 0.5", "kept back by age: beer", "butter Butter", "silent by payment"):
        assert told in done.output


@pytest.mark.parametrize(("wanted", "told"), [("abc", "6 characters"), ("nothing-like-it", "no receipt is called")])
def test_a_receipt_that_is_not_there_is_told(counter, tmp_path, wanted, told):
    busy_sale(counter)
    with pytest.raises(HistoryError, match=told):
        find(wanted, tmp_path / "edge.db", None)


def test_nothing_of_a_decision_depends_on_who_else_asks(counter, tmp_path):
    busy_sale(counter)
    (receipt,) = counter.receipts()
    with_another = from_bundle(tmp_path / "x.bundle", STORE, Policy())
    assert with_another.policy_version != receipt.policy or receipt.arm == "control"
    assert explain(receipt, tmp_path / "x.bundle", Policy(), None).identical
