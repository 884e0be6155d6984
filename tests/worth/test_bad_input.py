"""What cannot be believed is said in the report and left out by rule, never silently averaged in; by the engine as by hand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pytest
from fakes import engine_report, plain_report
from fakes.chain_records import records, send, trial
from fakes.plain_columns import rows_of
from fakes.played_chain import FIRST_DAY, Chain, play
from fakes.same_report import same

from device.domain import Kind, Line, Minor, Phase, Sku, Thousandths, Unit
from model_export.worth import reading, reporting
from model_export.worth.judging import NONE
from sync.central import open_central

CHAIN = Chain(stores=3, days=14, before=7, receipts_a_day=120, uplift=2.0, slower=4.0)
TRIAL = trial(CHAIN)


@pytest.fixture(scope="module")
def played():
    return play(CHAIN, 7)


@pytest.fixture(scope="module")
def receipts(played):
    return records(played, TRIAL)


def rules(report):
    return {remark.rule: remark for remark in report.remarks}


def told(columns, tested=TRIAL, gaps=()):
    """By the engine, and the same by hand."""
    report = engine_report.report(columns, tested, gaps)
    same(report, plain_report.report(rows_of(columns, tested), tested, gaps))
    return report


def stored(path, *sent, spoil=()):
    """The report of a central store to which each epoch's receipts were sent, by the engine and by hand."""
    url = f"sqlite:///{path / 'central.db'}"
    with closing(open_central(url, create=True)) as central:
        for number, some in enumerate(sent):
            send(central, some, {}, epoch=f"{number:032x}")
    with closing(sqlite3.connect(path / "central.db")) as db, db:
        for place, body in enumerate(spoil):
            db.execute(
                "UPDATE receipt SET body = ? WHERE (device, epoch, seq) IN "
                "(SELECT device, epoch, seq FROM receipt ORDER BY closed_us LIMIT 1 OFFSET ?)",
                (body, place),
            )
    with reporting.asked(url, None) as (engine, table, gaps):
        report = reading.read(engine, table, TRIAL, gaps)
        same(report, plain_report.report(engine.run(table), TRIAL, gaps))
    return report


def of_arms(report):
    return sum(arm.receipts for arm in report.arms)


def in_an_arm(receipts):
    return sum(receipt.arm is not None for receipt in receipts)


def test_receipts_that_cannot_be_measured_are_counted_and_left_out(tmp_path, receipts):
    first, second, third, fourth, *others = receipts[-400:]
    odd = [
        replace(first, phase=Phase.CANCELLED),
        replace(second, kind=Kind.RETURN),
        replace(third, partial=True),
        replace(fourth, currency="EUR"),
        *others,
    ]
    report = stored(tmp_path, odd, others[:50])  # a register whose disk was copied sends them again
    said = {rule: remark.receipts for rule, remark in rules(report).items()}
    assert said == said | {"unfinished": 1, "return": 1, "partial": 1, "currency": 1, "twice": 50}
    assert of_arms(report) == in_an_arm(others)


def test_a_receipt_that_came_again_with_another_time_is_counted_once(tmp_path, receipts):
    some = receipts[-300:]
    later = timedelta(days=2)
    again = [
        replace(one, closed_at=one.closed_at + later, local_time=(datetime.fromisoformat(one.local_time) + later).isoformat())
        for one in some[:5]
    ]
    report = stored(tmp_path, some, again)
    assert rules(report)["twice"].receipts == 5
    assert of_arms(report) == in_an_arm(some)


def test_a_damaged_store_is_read_as_far_as_it_can_be(tmp_path, receipts):
    bodies = (b"", b"{}", b"\xff\xfe", b"[[[[", msgspec.json.encode(replace(receipts[0], local_time="yesterday")))
    report = stored(tmp_path, receipts[-60:], spoil=bodies)
    assert rules(report)["unreadable"].receipts == 5
    assert of_arms(report) == in_an_arm(receipts[-55:])


def test_a_clock_of_another_age_is_left_out(tmp_path, receipts):
    hostile = [
        replace(one, local_time="0001-01-01T00:00:00" if number % 2 else "9999-12-31T23:59:59") if number % 50 == 0 else one
        for number, one in enumerate(receipts[-300:])
    ]
    report = stored(tmp_path, hostile)
    assert rules(report)["undated"].receipts == 6
    assert of_arms(report) == in_an_arm([one for number, one in enumerate(hostile) if number % 50])
    assert report.until < "2027"


def test_one_receipt_of_a_million_is_not_averaged_in(tmp_path, receipts):
    *others, one = receipts[-600:]
    report = stored(tmp_path, [*others, replace(one, total=Minor(100_000_000), experiment=TRIAL.name, arm="treatment")])
    assert rules(report)["outlier"].receipts == 1
    assert of_arms(report) == in_an_arm(others)


def test_a_wholesale_receipt_is_not_averaged_in(tmp_path, receipts):
    *others, one = receipts[-600:]
    million = Line(1, "crate", Sku("crate"), Thousandths(1_000_000_000), Unit.PIECE, Minor(one.total))
    report = stored(tmp_path, [*others, replace(one, lines=(million,))])
    assert rules(report)["wholesale"].receipts == 1
    assert of_arms(report) == in_an_arm(others)


def test_a_receipt_of_half_a_million_lines_of_ids_is_read_and_names_nothing(tmp_path, receipts):
    odd = [replace(one, receipt_id=f"Касса\0{number}'\"", arm=None, experiment=None) for number, one in enumerate(receipts[:9])]
    report = stored(tmp_path, [*odd, *receipts[-60:]])
    assert of_arms(report) == in_an_arm(receipts[-60:])


def test_arms_that_were_swapped_half_way_are_left_out(played):
    columns = played.columns
    swapped = (columns.arm != NONE) & (columns.day > FIRST_DAY + 6) & (columns.store == 1)
    report = told(replace(columns, arm=np.where(swapped, 1 - columns.arm, columns.arm)))
    assert rules(report)["swapped"].receipts == swapped.sum()
    assert "S2-till-1" in rules(report)["swapped"].told
    assert of_arms(report) == (columns.arm != NONE).sum() - swapped.sum()


def test_a_register_that_shows_its_ghosts_is_left_out_for_that_day(played):
    columns = played.columns
    day = (columns.store == 0) & (columns.day == FIRST_DAY + 3)
    report = told(replace(columns, shown_in_ghosts=(day & (columns.arm == 0)).astype(np.int64)))
    assert rules(report)["contradiction"].receipts == day.sum()
    assert "S1-till-1 on 2026-05-04" in rules(report)["contradiction"].told
    assert of_arms(report) == (columns.arm != NONE).sum() - day.sum()


def test_missing_days_and_a_store_that_never_sent_are_told(played):
    columns = played.columns
    gone = (columns.store == 2) & np.isin(columns.day, (FIRST_DAY + 2, FIRST_DAY + 3))
    report = told(columns.where(~gone), trial(CHAIN, stores=("S1", "S2", "S3", "S9")), ["register x, 3 to 9"])
    assert rules(report)["silent"].told == "takes part and never sent a receipt that can be measured: S9"
    assert "S3" in rules(report)["missing"].told
    assert "2026-05-03, 2026-05-04" in rules(report)["missing"].told
    assert rules(report)["gap"].told.endswith("have not arrived: register x, 3 to 9")


def test_days_on_which_the_whole_chain_sent_nothing_are_told(played):
    columns = played.columns
    gone = np.isin(columns.day, (FIRST_DAY, FIRST_DAY + 2, FIRST_DAY + 3))
    report = told(columns.where(~gone))
    assert rules(report)["shut"].told.endswith("on days of the experiment: 2026-05-01, 2026-05-03, 2026-05-04")
    assert "missing" not in rules(report)


def test_a_store_that_is_closed_on_sundays_misses_none():
    chain = Chain(stores=2, days=28, before=0, receipts_a_day=60)
    columns = play(chain, 3).columns
    shut, closed = columns.day % 7 == 0, (columns.day % 7 == 6) & (columns.store == 1)
    found = rules(told(columns.where(~shut & ~closed), trial(chain)))
    assert not {"shut", "missing"} & found.keys()
    lost = rules(told(columns.where(~closed & (~shut | (columns.day > FIRST_DAY + 7))), trial(chain)))
    assert "2026-05-03" in lost["shut"].named


def test_a_store_without_a_receipt_in_an_arm_is_told_though_it_sent_some(played):
    columns = played.columns
    late = (columns.store == 2) & (columns.day >= FIRST_DAY)
    report = told(replace(columns, arm=np.where(late, NONE, columns.arm), drawn=np.where(late, NONE, columns.drawn)))
    assert rules(report)["missing"].told.startswith("no receipt in an arm, on days on which others had one: S3, 2026-05-01")


def test_a_store_whose_receipts_are_left_out_is_not_said_to_have_sent_none(played):
    columns = played.columns
    swapped = (columns.arm != NONE) & (columns.store == 1)
    report = told(replace(columns, arm=np.where(swapped, 1 - columns.arm, columns.arm)), trial(CHAIN, stores=("S1", "S2", "S3")))
    assert rules(report)["swapped"].receipts == swapped.sum()
    assert not {"silent", "missing"} & rules(report).keys()


def test_of_many_stores_that_lack_days_all_are_counted():
    chain = Chain(stores=30, days=4, before=0, receipts_a_day=900)
    columns = play(chain, 3).columns
    report = told(columns.where((columns.day != FIRST_DAY + 1) | (columns.store == 0)), trial(chain))
    missing = [remark.named for remark in report.remarks if remark.rule == "missing"]
    assert len(missing) == 21
    assert missing[-1].count("S") == 9


def test_all_of_it_at_once_is_said_by_the_engine_as_by_hand(played):
    columns = played.columns
    chance = np.random.default_rng(1)
    messy = replace(
        columns,
        hour=np.where((columns.store == 1) & (columns.day % 7 == 0), np.minimum(columns.hour + 1, 23), columns.hour),
        offset=np.where(chance.random(len(columns)) < 0.02, chance.integers(-900, 900, len(columns)), columns.offset),
        arm=np.where(chance.random(len(columns)) < 0.03, chance.integers(-1, 2, len(columns)), columns.arm),
        shown_in_ghosts=((columns.store == 0) & (columns.day == FIRST_DAY + 3) & (columns.arm == 0)).astype(np.int64),
        day=np.where(chance.random(len(columns)) < 0.01, 1, columns.day),
        values=columns.values
        | {
            "total": np.where(chance.random(len(columns)) < 0.02, 0, columns.values["total"]),
            "till_s": np.where(chance.random(len(columns)) < 0.3, np.nan, columns.values["till_s"]),
        },
    )
    found = rules(told(messy))
    assert {"outlier", "swapped", "contradiction", "clock"} <= found.keys()
