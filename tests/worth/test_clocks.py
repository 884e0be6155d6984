"""A clock that is an hour off is said and its hours are left out; summer time is believed. By the engine as by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes import engine_report, plain_report, plain_sound
from fakes.chain_records import trial
from fakes.plain_columns import rows_of
from fakes.played_chain import FIRST_DAY, Chain, play
from fakes.same_report import same

from model_export.worth import clocks

CHAIN = Chain(stores=3, days=21, before=0, receipts_a_day=450)
"""One register a store."""
TRIAL = trial(CHAIN)


@pytest.fixture(scope="module")
def columns():
    return play(CHAIN, 7).columns


def told(columns, tested=TRIAL):
    report = engine_report.report(columns, tested)
    same(report, plain_report.report(rows_of(columns, tested), tested))
    return report


def doubts(report):
    return [remark.named for remark in report.remarks if remark.rule == "clock"]


def by_hour(report):
    return sum(part.compared.units for part in report.parts if part.kind == "hour" and part.compared.metric == "receipt")


def at_offset(columns, wrong, by=60):
    return replace(columns, offset=np.where(wrong, columns.offset + by, columns.offset))


def an_hour_on(columns, wrong, by=1):
    return replace(columns, hour=np.where(wrong, columns.hour + by, columns.hour))


def days(first, last):
    return " ".join(f"2026-05-{day:02}," for day in range(first, last + 1)).rstrip(",")


def test_clocks_that_agree_are_not_doubted(columns):
    assert doubts(told(columns)) == []


def test_a_register_of_another_offset_than_its_store_is_left_out_by_hour(columns):
    second = np.arange(len(columns)) % 9 == 0  # the other register of each store
    two = replace(columns, device=columns.store * 2 + second, devices=tuple("abcdef"))
    wrong = (two.store == 1) & second & (two.day == FIRST_DAY + 5)
    report = told(at_offset(two, wrong))
    assert doubts(report) == ["d, 2026-05-06"]
    assert by_hour(report) == by_hour(told(two)) - wrong.sum()


@pytest.mark.parametrize("by", [-60, 60])
def test_the_only_register_of_a_store_is_held_against_other_stores(columns, by):
    wrong = (columns.store == 1) & (columns.day >= FIRST_DAY + 12)
    report = told(at_offset(columns, wrong, by))
    assert doubts(report) == [f"S2-till-1, {days(13, 21)}"]
    assert sum(arm.receipts for arm in report.arms) == len(columns)
    assert by_hour(report) == by_hour(told(columns)) - wrong.sum()


def test_a_whole_chain_that_comes_back_is_doubted(columns):
    report = told(at_offset(columns, np.isin(columns.day, (FIRST_DAY + 4, FIRST_DAY + 5))))
    assert doubts(report) == [f"S{store}-till-1, {days(5, 6)}" for store in (1, 2, 3)]


def test_summer_time_is_believed(columns):
    assert doubts(told(at_offset(columns, columns.day >= FIRST_DAY + 9))) == []


def test_stores_of_two_zones_are_believed_and_their_summer_time_too(columns):
    zones = at_offset(columns, columns.store == 2, 120)
    assert doubts(told(zones)) == []
    assert doubts(told(at_offset(zones, columns.day >= FIRST_DAY + 9))) == []


def test_a_store_alone_in_its_zone_is_not_believed_to_change_alone(columns):
    zones = at_offset(columns, columns.store == 2, 120)
    wrong = (columns.store == 2) & (columns.day >= FIRST_DAY + 15)
    assert doubts(told(at_offset(zones, wrong))) == [f"S3-till-1, {days(16, 21)}"]


@pytest.mark.parametrize("by", [-1, 1])
def test_a_quiet_register_is_found_by_the_busy_hours_of_a_week(by):
    chain = Chain(stores=3, days=35, before=0, receipts_a_day=150)
    columns = play(chain, 7).columns
    store = np.bincount(columns.store).argmax()
    wrong = (columns.store == store) & (columns.day >= FIRST_DAY + 6) & (columns.day < FIRST_DAY + 16)
    (doubt,) = doubts(told(an_hour_on(columns, wrong, by), trial(chain)))
    assert doubt.startswith(f"S{store + 1}-till-1, ")
    assert days(9, 14) in doubt


def test_a_busy_register_is_found_on_the_very_day():
    chain = Chain(stores=2, days=20, before=0, receipts_a_day=600)
    columns = play(chain, 4).columns
    wrong = (columns.store == 1) & (columns.day == FIRST_DAY + 5)
    report = told(an_hour_on(columns, wrong), trial(chain))
    assert doubts(report) == ["S2-till-1, 2026-05-06"]
    assert by_hour(report) == by_hour(told(columns, trial(chain))) - wrong.sum()


@pytest.mark.parametrize("seed", range(40))
def test_runs_are_those_that_trying_all_of_them_finds(seed):
    chance = np.random.default_rng(seed)
    count = int(chance.integers(5, 600))
    day = np.sort(chance.integers(700_000, 700_000 + int(chance.integers(1, 40)), count))
    hour = np.clip(chance.normal(12, chance.uniform(0.5, 4), count).astype(np.int64), 1, 22)
    begin, length = chance.integers(0, 30), chance.integers(0, 15)
    hour += ((day >= 700_000 + begin) & (day < 700_000 + begin + length)) * chance.choice((-1, 1))
    found = clocks._shifted(hour, day, np.ones(count, np.int64))
    assert found.tolist() == plain_sound.shifted(hour, day)


def test_what_a_law_has_done_is_believed():
    """Fiji, 19 December 2020 to 16 January 2021."""
    chain = Chain(stores=1, days=40, before=0, receipts_a_day=40)
    columns = play(chain, 2).columns
    summer = (columns.day >= FIRST_DAY + 5) & (columns.day < FIRST_DAY + 33)
    assert doubts(told(at_offset(columns, summer), trial(chain))) == []
    shorter = summer & (columns.day < FIRST_DAY + 32)
    assert doubts(told(at_offset(columns, shorter), trial(chain))) != []
