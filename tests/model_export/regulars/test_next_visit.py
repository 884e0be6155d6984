"""What regulars buy again: habits by hand, a planted rhythm found, nothing learnt from the future, nobody without consent."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from fakes.regular_chain import chain, history_of
from hypothesis import given, settings
from hypothesis import strategies as st

from device.errors import TrainingError
from device.rhythm import FEATURES
from model_export.evaluate.commands import evaluate as command
from model_export.history import NOBODY, History
from model_export.regulars import buy_it_again, contestants, next_visit, rhythm, tifu_knn
from model_export.regulars.past import MOST_VISITS
from model_export.regulars.visits import earlier_visits, habits_of, next_visits


@pytest.fixture(scope="module")
def planted() -> History:
    return chain()


def test_habits_by_hand():
    history = history_of([(0, 0, [0, 1]), (10, 0, [0]), (14, 0, [1]), (30, 0, [0, 2]), (1, 1, [1]), (2, 1, [1]), (3, 1, [1])], 3)
    habits = habits_of(next_visits(history, 6, 7))
    assert habits.visits.receipt.tolist() == [6]
    assert habits.item.tolist() == [0, 1]
    assert habits.bought.times.tolist() == [2, 2]
    np.testing.assert_allclose(habits.since_first, [30, 30])
    np.testing.assert_allclose(habits.bought.since_last, [20, 16])
    np.testing.assert_allclose(habits.bought.log_gaps, np.log([10, 14]))
    assert habits.bought.visits_since_first.tolist() == [3, 3]
    assert habits.bought.visits_since_last.tolist() == [1, 0]
    assert habits.all_visits.tolist() == [3]
    np.testing.assert_allclose(habits.bought.by_visits[:, 0], [0.2 * (0.8**2 + 0.8), 0.2 * (0.8**2 + 1)])
    halved = [0.5 ** (30 / 14), 0.5 ** (20 / 14), 0.5 ** (16 / 14)]
    np.testing.assert_allclose(
        habits.bought.by_days[:, 0], np.array([halved[0] + halved[1], halved[0] + halved[2]]) / (sum(halved) + 0.5)
    )
    # Item 1: three shoppers' distances, 14 days, 1 day and 1 day; drawn to the mean of all four by five.
    usual = np.log([10, 14, 1, 1]).mean()
    np.testing.assert_allclose(habits.usual.gap[1], (np.log(14) + 5 * usual) / 8)
    assert habits.came_true.tolist() == [True, False]


def test_who_came_too_rarely_is_not_asked_about():
    history = history_of([(0, 0, [0]), (1, 0, [0]), (2, 1, [0]), (3, 0, [0]), (4, 1, [0]), (5, 0, [0]), (6, 1, [0])], 1)
    assert next_visits(history, 4, 7).shopper.tolist() == [0]


def test_nobody_without_consent_is_looked_at(planted: History):
    silent = replace(planted, consent=planted.shopper % 2 == 0)
    visits = next_visits(silent, len(silent) * 9 // 10, len(silent))
    assert set((visits.shopper % 2).tolist()) == {0}
    without = planted.chosen(np.flatnonzero(planted.shopper % 2 == 0))
    cut = int(np.searchsorted(np.flatnonzero(planted.shopper % 2 == 0), len(silent) * 9 // 10))
    told, alone = habits_of(visits), habits_of(next_visits(without, cut, len(without)))
    np.testing.assert_array_equal(told.bought.times, alone.bought.times)
    np.testing.assert_allclose(told.usual.gap, alone.usual.gap)
    np.testing.assert_allclose(told.usual.share, alone.usual.share)


def test_a_shared_card_counts_by_its_last_visits_only():
    days = [(float(day) / 10, 0, [0 if day < 2000 else 1]) for day in range(2000 + MOST_VISITS)]
    habits = habits_of(next_visits(history_of([*days, (999.0, 0, [0])], 2), len(days), len(days) + 1))
    assert habits.item.tolist() == [1]
    assert habits.all_visits.tolist() == [MOST_VISITS]


def test_rhythm_finds_what_is_due(planted: History):
    found = next_visit.evaluate(planted, 1, lambda *_: None)
    by_name = {one.name: one for one in found.contestants}
    assert found.visits == 80
    ours = by_name["rhythm"]
    assert all(one.ratio is not None and one.ratio[0] >= 0.99 for one in by_name.values() if one is not ours)
    assert ours.brier < min(one.brier for one in by_name.values() if one is not ours)
    # Of what stands at its usual distance half is bought, of the rest nearly nothing.
    assert found.calibration[-1].found > 0.5 > 10 * found.calibration[0].found
    assert ours.calibration_error < 0.08


def test_the_future_leaves_no_trace(planted: History):
    cut = int(len(planted) * 0.9)
    items = planted.item.copy()
    items[planted.start[cut] :] = 69
    clean, dirty = (next_visit.evaluate(one, 1, lambda *_: None) for one in (planted, replace(planted, item=items)))
    assert clean.weights == dirty.weights
    assert [one.setting for one in clean.contestants] == [one.setting for one in dirty.contestants]
    assert clean.contestants != dirty.contestants
    items[planted.start[cut - cut // 9] : planted.start[cut]] = 68
    assert next_visit.evaluate(replace(planted, item=items), 1, lambda *_: None).weights != clean.weights


def test_the_same_twice(planted: History):
    first, second = (next_visit.evaluate(planted, 7, lambda *_: None) for _ in range(2))
    assert replace(first, learning_seconds=0.0) == replace(second, learning_seconds=0.0)


def test_tifu_knn_by_hand():
    # Four receipts in two groups of two; within 0.9, between 0.7: newest group (1, 0.9), older times 0.7; means of means.
    history = history_of([(0, 0, [0]), (1, 0, [1]), (2, 0, [0]), (3, 0, [2])], 3)
    vector = tifu_knn.vectors(history, 4, 0.9, 0.7, 2).toarray()[0]
    np.testing.assert_allclose(vector, [(0.7 * 0.9 / 2 + 0.9 / 2) / 2, 0.7 / 2 / 2, 1 / 2 / 2], rtol=1e-6)


def test_tifu_knn_takes_the_nearest_and_never_the_shopper_alone():
    alike = [(float(day), shopper, [0, 1 if shopper < 2 else 2]) for day in range(4) for shopper in range(3)]
    history = history_of([*alike, (9, 0, [0])], 3)
    vectors = tifu_knn.vectors(history, 12, 1.0, 1.0, 3)
    ((_, own, (one, both)),) = tifu_knn.scores(vectors, np.array([0], np.int32), (1, 2), 1)
    np.testing.assert_allclose(own[0], [1, 1, 0], rtol=1e-6)
    np.testing.assert_allclose(one[0], [1, 1, 0], rtol=1e-6)
    np.testing.assert_allclose(both[0], [1, 0.5, 0.5], rtol=1e-6)


def test_the_modified_rate_is_highest_where_the_next_purchase_is_usual():
    weeks = [(7.0 * week, 0, [0]) for week in range(6)]
    rates = []
    for since in (1, 7, 12, 30):
        history = history_of([*weeks, (35.0 + since, 0, [0])], 1)
        rates.append(buy_it_again.modified_poisson_gamma(habits_of(next_visits(history, 6, 7)))[0])
    assert rates[1] == max(rates)


def test_ten_are_filled_with_best_sellers():
    others = [(float(day), 1, [3, 4]) for day in range(6)]
    history = history_of([*others, (0.5, 0, [0]), (1.5, 0, [1]), (2.5, 0, [0]), (9, 0, [0])], 5)
    habits = habits_of(next_visits(history, 9, 10))
    top = contestants.best_of(contestants.most_frequent(habits), habits)
    assert top[0, :5].tolist() == [0, 1, 3, 4, 2]
    assert (top[0, 5:] == -1).all()


def test_a_long_history_is_learnt_in_the_memory_of_the_rows_that_are_drawn(planted, monkeypatch):
    monkeypatch.setattr(rhythm, "MOST_ROWS", 5_000)
    examples = [habits_of(visits) for visits in earlier_visits(planted, len(planted))] * 40
    tracemalloc.start()
    try:
        rhythm.learn(examples, 1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    every = sum(map(len, examples))
    assert every > 20 * rhythm.MOST_ROWS
    assert peak < every * len(FEATURES) * 8 / 3, "less than a third of what the features of all rows are"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(5, 60), st.integers(1, 4), st.integers(1, 6))
def test_any_history_gives_probabilities_or_one_sentence(seed: int, count: int, shoppers: int, items: int):
    chance = np.random.default_rng(seed)
    days = chance.choice([0.0, 0.1, 1, 7, 400], count)
    baskets = [np.flatnonzero(chance.random(items) < 0.5).tolist() or [0] for _ in range(count)]
    history = history_of(
        [(float(day), int(chance.integers(shoppers)), one) for day, one in zip(days, baskets, strict=True)], items
    )
    examples = [habits_of(next_visits(history, count * 6 // 10, count * 8 // 10))]
    try:
        learned = rhythm.learn(examples, 1)
    except TrainingError as error:
        said = str(error)
    else:
        said = ""
        stated = learned.probability(habits_of(next_visits(history, count * 8 // 10, count)).bought)
        assert ((stated >= 0) & (stated <= 1)).all()
    assert not said or said.endswith("bring a longer history")


def test_strangers_only_is_one_sentence(planted: History):
    with pytest.raises(TrainingError, match="bring receipts with cards"):
        next_visit.evaluate(replace(planted, shopper=np.full(len(planted), NOBODY, np.int32)), 1, lambda *_: None)
    with pytest.raises(TrainingError, match="bring receipts with `at`"):
        next_visit.evaluate(replace(planted, at=np.full(len(planted), np.datetime64("NaT", "us"))), 1, lambda *_: None)


def test_the_command_prints_and_writes(tmp_path, planted: History, write_receipts):
    folder = write_receipts(planted)
    ran = CliRunner().invoke(command, ["--receipts", str(folder), "--task", "next-visit", "--json", str(tmp_path / "out.json")])
    assert ran.exit_code == 0, ran.output
    assert "TIFU-kNN" in ran.output
    told = json.loads((tmp_path / "out.json").read_text())
    assert told["visits"] == 80
    assert {one["name"] for one in told["contestants"]} >= {"rhythm", "most frequent", "usual distance", "TIFU-kNN"}
    early = ["--until-share", "0.7", "--json", str(tmp_path / "early.json")]
    assert CliRunner().invoke(command, ["--receipts", str(folder), "--task", "next-visit", *early]).exit_code == 0
    assert json.loads((tmp_path / "early.json").read_text())["receipts"] == int(len(planted) * 0.7)
    refused = CliRunner().invoke(command, ["--receipts", str(folder), "--task", "next-visit", "--plots", str(tmp_path / "plots")])
    assert refused.exit_code == 2
    assert "--plots" in refused.output


@pytest.fixture
def write_receipts(tmp_path):
    def write(history: History):
        receipt = np.repeat(np.arange(len(history)), history.sizes)
        table = pa.table({
            "receipt_id": [f"r{n}" for n in receipt],
            "at": pa.array(history.at[receipt]),
            "customer": [f"card {n}" for n in history.shopper[receipt]],
            "line": pa.array(np.arange(len(receipt)) - history.start[receipt] + 1, pa.int32()),
            "sku": [history.skus[code] for code in history.item],
        })  # fmt: skip
        pq.write_table(table, tmp_path / "receipt_lines.parquet")
        return tmp_path

    return write
