"""What is bought without help: asked half way through receipts, of a model that has not seen them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from device.adviser import from_bundle
from device.commands import tillside
from device.errors import HistoryError
from device.policy_settings import Policy
from model_export import calibration, campaigning
from model_export.encoding import encode_all
from model_export.items import Item
from model_export.propensity import _halves, _shown, answers, as_document
from model_export.refit import refit
from model_export.training import Extras, fit, make_bundle


@pytest.fixture(scope="module")
def earlier(planted):
    return fit(planted.part(0, 1200), 1)


def test_the_question_is_the_first_half_and_nothing_of_the_second(planted, earlier):
    vocabulary = earlier.vocabulary
    rows = np.flatnonzero(planted.sizes >= 3)[:50]
    token = np.array([vocabulary.ids[f"item={sku}"] for sku in planted.skus])
    halves = [_halves(token[planted.receipt(int(row))]) for row in rows]
    whole = encode_all(planted, vocabulary, 0.9, rows)
    shown = _shown(whole, [first for first, _ in halves], vocabulary)
    for row, (first, second) in enumerate(halves):
        told = shown[[row]].toarray()[0]
        assert set(np.flatnonzero(told[: vocabulary.items])) == set(first)
        assert len(first) >= len(second) > 0
        assert not set(first) & set(second)
    context = slice(vocabulary.items, len(vocabulary))
    unpaired = [place for place in range(*context.indices(len(vocabulary))) if not vocabulary.names[place].startswith("pair=")]
    assert np.array_equal(shown.toarray()[:, unpaired], whole.toarray()[:, unpaired])


def test_the_planted_pair_comes_true_as_often_as_it_is_stated(planted, earlier):
    found = answers(earlier, planted, range(1200, 1500), 1)
    curve = as_document(calibration.learn(found.scores, found.true, 1), len(found.scores))
    assert curve.sound
    assert curve.answers == len(found.scores)
    stated = np.array([curve.of(score) for score in found.scores])
    likely = stated > 0.5
    assert likely.any()
    assert found.true[likely].mean() > 0.4
    assert found.true[~likely].mean() < 0.2


def test_the_model_of_earlier_receipts_has_the_knobs_of_the_whole_and_has_not_seen_the_rest(planted):
    whole = fit(planted.part(0, 1500), 1)
    again = refit(planted.part(0, 1200), whole.choice, whole.packing, whole.without.own)
    assert again.choice is whole.choice
    few = refit(planted.part(0, 300), whole.choice, whole.packing, None)
    assert set(few.vocabulary.names) <= set(again.vocabulary.names)
    rows = range(1200, 1500)
    found, seen = answers(again, planted, rows, 1), answers(whole, planted, rows, 1)
    assert (found.question == seen.question).all()
    assert not np.array_equal(found.scores, seen.scores)
    # The planted pair is there; what a model says of receipts it has learnt from is no measure.
    assert found.true[found.scores > 0.5].mean() > 0.4


def test_what_coupons_learn_is_part_of_the_work_that_is_told(planted, tmp_path):
    told: list[tuple[str, float]] = []
    running = campaigning.Running(b"[[campaign]]\nname = 'a'\n", {}, coupons=True)
    extras = Extras((), {}, "RUB", "2026-05-06T03:00:00+00:00", campaigns=running)
    make_bundle(planted.part(0, 600), extras, tmp_path / "b", 1, lambda what, share: told.append((what, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert ("what is bought without help", 0.8) in told
    assert told[-1] == ("done", 1.0)


def test_the_command_tells_what_can_be_believed(shop, tmp_path):
    folder = shop.write_lines(tmp_path / "shop", shop.sales(1500))
    asked = ["evaluate", "--task", "propensity", "--receipts", str(folder), "--json", str(tmp_path / "f.json")]
    ran = CliRunner().invoke(tillside, asked)
    assert ran.exit_code == 0, ran.output
    found = json.loads((tmp_path / "f.json").read_text())
    assert found["below"]["answers"] + found["above"]["answers"] == found["answers"]
    assert found["error"] < 0.1


def test_a_bundle_carries_campaigns_with_the_curve_and_the_segments(shop, tmp_path):
    folder = shop.write_lines(tmp_path / "shop", [{**row, "amount": "100"} for row in shop.sales(600)])
    shop.write_goods(folder, {"sku": ["bread", "butter"], "name": ["Bread", "Butter"], "unit_price": [900, 1200]})
    campaign = "[[campaign]]\nname = 'a'\n[[campaign.coupon]]\nsku = 'butter'\ncode = 'B'\nprice = {}\nper_day = 5\n"
    (tmp_path / "campaigns.toml").write_text(campaign.format(1100))
    train = ["train", "--receipts", str(folder), "--out", str(tmp_path / "b"), "--shopper-key", str(tmp_path / "key")]
    ran = CliRunner().invoke(tillside, [*train, "--campaigns", str(tmp_path / "campaigns.toml")])
    assert ran.exit_code == 0, ran.output
    by = from_bundle(tmp_path / "b", "S1", Policy())
    assert by.bundle is not None
    assert by.bundle.campaigns is not None
    assert by.bundle.propensity is not None
    assert by.bundle.propensity.sound
    by.close()
    written = (tmp_path / "b").read_bytes()
    (tmp_path / "campaigns.toml").write_text(campaign.format(1200))
    ran = CliRunner().invoke(tillside, [*train, "--campaigns", str(tmp_path / "campaigns.toml")])
    assert ran.exit_code != 0
    assert "make it cheaper" in str(ran.exception)
    assert (tmp_path / "b").read_bytes() == written


def test_what_does_not_agree_with_the_shop_is_told_at_once(tmp_path):
    text = "[[campaign]]\nname = 'a'\nsegments = ['lots']\npicture = 'none.png'\npin = ['nothing']\n"
    text += "[[campaign.coupon]]\nsku = 'butter'\ncode = 'B'\nprice = 1200\nper_day = 5\n"
    (tmp_path / "campaigns.toml").write_text(text)
    with pytest.raises(HistoryError) as said:
        campaigning.read(tmp_path / "campaigns.toml", [Item("butter", price=1200)], {"champions"})
    told = str(said.value)
    for part in ("in segment 'lots'", "no item 'nothing'", "make it cheaper", "none.png is missing"):
        assert part in told
