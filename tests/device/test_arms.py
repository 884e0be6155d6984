"""Which arm a sale is in: the same everywhere, evenly spread, and only where the experiment runs."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from datetime import date

import pytest
from fakes.experiments import EXPERIMENT, experiment, text
from scipy import stats

from device.arms import fingerprint, parse, varied
from device.errors import SettingsError
from device.policy_settings import Policy


def drawn(made, count, prefix="r"):
    return [made.draw(f"{prefix}{number}").name for number in range(count)]


def test_the_same_unit_is_always_in_the_same_arm():
    assert drawn(experiment(), 500) == drawn(parse(text().encode(), "again"), 500)


def test_an_arm_is_what_the_documented_formula_says():
    made = experiment(shares=(1, 3))
    for number in range(200):
        key = hmac.new(made.key.encode(), f"{made.name}\0unit {number}".encode(), hashlib.sha256).digest()
        place = int.from_bytes(key[:8], "big") / 2**64 * 4
        assert made.draw(f"unit {number}").name == ("control" if place < 1 else "treatment")


@pytest.mark.parametrize("shares", [(1, 1), (1, 9), (2, 3, 5)])
def test_arms_are_drawn_as_often_as_their_shares_say(shares):
    made = experiment(shares=shares)
    seen = Counter(drawn(made, 20_000))
    expected = [20_000 * share / sum(shares) for share in shares]
    assert stats.chisquare([seen[arm.name] for arm in made.arm], expected).pvalue > 1e-4


def test_receipts_that_follow_each_other_are_drawn_independently():
    arms = [name == "treatment" for name in drawn(experiment(), 20_000)]
    pairs = Counter(zip(arms[::2], arms[1::2], strict=True))
    assert stats.chi2_contingency([[pairs[a, b] for b in (False, True)] for a in (False, True)]).pvalue > 1e-4


def test_two_experiments_at_once_draw_independently():
    one, other = experiment(), experiment(name="another")
    pairs = Counter(zip(drawn(one, 20_000), drawn(other, 20_000), strict=True))
    names = ("control", "treatment")
    assert stats.chi2_contingency([[pairs[a, b] for b in names] for a in names]).pvalue > 1e-4


def test_an_experiment_runs_on_its_days_in_its_stores():
    made = experiment(stores=("S1",))
    assert made.runs("S1", date(2026, 5, 1))
    assert made.runs("S1", date(2026, 6, 30))
    assert not made.runs("S1", date(2026, 7, 1))
    assert not made.runs("S2", date(2026, 5, 1))


def test_an_arm_differs_from_the_shops_policy_in_what_it_names_only():
    shop = Policy(cards=2, refusals=5)
    arm = experiment(policy="{cards = 4}").arm[1]
    assert varied(shop, arm) == Policy(cards=4, refusals=5)
    assert fingerprint(varied(shop, arm)) != fingerprint(shop)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("share = 1", "share = 0"), "'arm[0].share'"),
        (('unit = "receipt"', 'unit = "till"'), "there are: receipt, shopper"),
        (("last_day = 2026-06-30", "last_day = 2026-04-30"), "'last_day' 2026-04-30 is before 'first_day' 2026-05-01"),
        (("faces = []", "facets = []"), "did you mean 'arm[0].faces'?"),
        (("faces = []", ""), "two arms are the same"),
        (('name = "treatment"', 'name = "control"'), "line 12: 'arm[1].name': 'control' stands twice: the first is arm[0]"),
        (('name = "treatment"', 'name = "treatment"\npolicy = {card = 4}'), "did you mean 'arm[1].policy.cards'?"),
        (('name = "treatment"', 'name = "treatment"\npolicy = {relevance_floor = nan}'), "write a number"),
        ((f'key = "{EXPERIMENT["key"]}"', 'key = "short"'), "'key'"),
        (("[[arm]]", "[arm]"), "arm"),
        (("first_day", "first_day = ["), "experiment.toml"),
    ],
)
def test_a_mistake_in_the_file_is_told(change, told):
    with pytest.raises(SettingsError, match=r"experiment\.toml") as caught:
        parse(text().replace(*change).encode(), "experiment.toml")
    assert told in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 100_000, b"arm = 7", b"[" * 5000, b"arm = [1, 2]"])
def test_what_is_no_experiment_is_refused_in_words(content):
    with pytest.raises(SettingsError, match="experiment"):
        parse(content, "experiment.toml")


def test_every_mistake_is_told_at_once():
    with pytest.raises(SettingsError) as caught:
        parse(text().replace("share = 1", "share = 0").replace("unit", "unity").encode(), "e")
    assert len(str(caught.value).splitlines()) == 3
