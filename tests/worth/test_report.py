"""From registers' receipts to a report whose numbers agree with what the chain really did; and what bad data does to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import numpy as np
import psycopg
import pytest
from click.testing import CliRunner
from fakes.chain_records import ratings, records, send, trial
from fakes.experiments import text
from fakes.played_chain import FIRST_DAY, Chain, play

from device.domain import Kind, Minor, Phase
from model_export.registers import open_outcomes
from model_export.worth import commands, reading
from model_export.worth.columns import MEASURED, NONE, read
from model_export.worth.sound import sound
from sync.central import open_central

CHAIN = Chain(stores=3, days=14, before=7, receipts_a_day=120, uplift=2.0, slower=4.0)
TRIAL = trial(CHAIN)


@pytest.fixture(scope="module")
def played():
    return play(CHAIN, 7)


@pytest.fixture(scope="module")
def receipts(played):
    return records(played, TRIAL)


@pytest.fixture(scope="module")
def url(tmp_path_factory, played, receipts):
    name = f"sqlite:///{tmp_path_factory.mktemp('central') / 'central.db'}"
    with closing(open_central(name, create=True)) as central:
        send(central, receipts, ratings(played, receipts))
    return name


def stored(url, experiment=TRIAL):
    with closing(open_outcomes(url)) as store:
        return read(store, experiment)


def rules(report_or_sound):
    return {remark.rule: remark for remark in report_or_sound.remarks}


def test_the_columns_are_what_happened(url, played):
    """Of every receipt, after its way through batches and the central store."""
    told, meant = stored(url), played.columns
    assert len(told) == len(meant) > 2000
    order = np.lexsort((told.store, told.closed_s)), np.lexsort((meant.store, meant.closed_s))
    names = [[columns.stores[one] for one in columns.store[by]] for columns, by in zip((told, meant), order, strict=True)]
    assert names[0] == names[1]
    for head in ("arm", "day", "hour", "offset", "closed_s", "drawn"):
        assert (getattr(told, head)[order[0]] == getattr(meant, head)[order[1]]).all(), head
    for name in set(MEASURED) - {"accepted", "margin", "margin_of"}:
        assert np.allclose(told.values[name][order[0]], meant.values[name][order[1]], atol=1e-3, equal_nan=True), name


def test_the_numbers_agree_with_the_truth(url, played):
    told = reading.read(stored(url), TRIAL)
    within = played.columns.arm != NONE
    assert {one.metric for one in told.compared} >= {"conversion", "attach", "items", "receipt", "margin", "till"}
    for one in told.compared:
        if one.metric in played.truth:
            truth = float(played.truth[one.metric][within].mean())
            assert one.low <= truth <= one.high, one
    effects = {one.metric for one in told.compared if one.effect}
    assert effects >= {"conversion", "attach", "till"}
    assert told.sample_ratio_sound
    assert [arm.compared for arm in told.arms] == [int((played.columns.arm == place).sum()) for place in (0, 1)]
    assert told.until == date.fromordinal(FIRST_DAY + CHAIN.days - 1).isoformat()
    assert [remark for remark in told.remarks if remark.receipts] == []


def test_postgresql_says_the_same(url, played, receipts, server):
    with closing(open_central(server, create=True)) as central:
        try:
            send(central, receipts, ratings(played, receipts))
            with closing(open_outcomes(server)) as store:
                assert reading.read(read(store, TRIAL), TRIAL) == reading.read(stored(url), TRIAL)
        finally:
            with psycopg.connect(server) as db:
                db.execute("DROP SCHEMA IF EXISTS tillside CASCADE")


def test_repeat_visits_are_those_of_known_shoppers_within_a_fortnight():
    columns = play(Chain(days=40, before=1, receipts_a_day=20), 3).columns
    told = next(metric for metric in reading.METRICS if metric.name == "repeat").of(columns)
    last = columns.closed_s.max() - 14 * 86_400
    for row in range(len(columns)):
        mine = columns.shopper == columns.shopper[row]
        later = columns.closed_s[mine & (columns.closed_s > columns.closed_s[row])]
        if columns.shopper[row] == NONE or columns.closed_s[row] > last:
            assert np.isnan(told[row])
        else:
            assert told[row] == bool((later - columns.closed_s[row] <= 14 * 86_400).any())


def test_an_experiment_on_shoppers_counts_shoppers(played):
    columns = played.columns
    arm = np.where((columns.shopper == NONE) | (columns.arm == NONE), NONE, columns.shopper % 2)
    told = reading.read(replace(columns, arm=arm, drawn=arm), trial(CHAIN, unit="shopper"))
    shoppers = len(np.unique(columns.shopper[arm != NONE]))
    assert next(one for one in told.compared if one.metric == "receipt").units == shoppers
    assert told.sample_ratio_sound


def test_receipts_that_cannot_be_measured_are_counted_and_left_out(tmp_path, receipts):
    name = f"sqlite:///{tmp_path / 'central.db'}"
    first, second, third, fourth, *others = receipts[:400]
    odd = [
        replace(first, phase=Phase.CANCELLED),
        replace(second, kind=Kind.RETURN),
        replace(third, partial=True),
        replace(fourth, currency="EUR"),
        *others,
    ]
    with closing(open_central(name, create=True)) as central:
        send(central, odd, {})
        send(central, others[:50], {}, epoch="b" * 32)  # a register whose disk was copied sends them again
    told = stored(name)
    assert told.left_out == {"unfinished": 1, "return": 1, "partial": 1, "currency": 1, "twice": 50}
    assert len(told) == len(others)
    said = {rule: remark.receipts for rule, remark in rules(sound(told, TRIAL)).items()}
    assert said == said | told.left_out


def test_a_damaged_store_is_read_as_far_as_it_can_be(tmp_path, receipts):
    name = tmp_path / "central.db"
    with closing(open_central(f"sqlite:///{name}", create=True)) as central:
        send(central, receipts[:60], {})
    bodies = (b"", b"{}", b"\xff\xfe", b"[[[[", msgspec.json.encode(replace(receipts[0], local_time="yesterday")))
    with closing(sqlite3.connect(name)) as db, db:
        for place, body in enumerate(bodies):
            db.execute(
                "UPDATE receipt SET body = ? WHERE (device, epoch, seq) IN "
                "(SELECT device, epoch, seq FROM receipt ORDER BY closed_us LIMIT 1 OFFSET ?)",
                (body, place),
            )
    told = stored(f"sqlite:///{name}")
    assert (told.left_out, len(told)) == ({"unreadable": 5}, 55)


def test_a_clock_of_another_age_costs_no_memory(played):
    columns = played.columns
    old = np.arange(len(columns)) % 500 == 0
    judged = sound(replace(columns, day=np.where(old, 1, columns.day), offset=np.where(old, -(10**9), columns.offset)), TRIAL)
    assert len(judged.columns) == len(columns)


def test_one_receipt_of_a_million_is_not_averaged_in(tmp_path, receipts, url):
    name = f"sqlite:///{tmp_path / 'central.db'}"
    first, *others = receipts
    with closing(open_central(name, create=True)) as central:
        send(central, [replace(first, total=Minor(100_000_000), experiment=TRIAL.name, arm="treatment"), *others], {})
    judged = sound(stored(name), TRIAL)
    assert rules(judged)["outlier"].receipts == 1
    assert judged.columns.values["total"].max() < 10_000_000


def test_arms_that_were_swapped_half_way_are_left_out(played):
    columns = played.columns
    swapped = (columns.arm != NONE) & (columns.day > FIRST_DAY + 6) & (columns.store == 1)
    judged = sound(replace(columns, arm=np.where(swapped, 1 - columns.arm, columns.arm)), TRIAL)
    assert rules(judged)["swapped"].receipts == swapped.sum()
    assert "S2-till-1" in rules(judged)["swapped"].told
    assert len(judged.columns) == len(columns) - swapped.sum()


def test_a_register_that_shows_its_ghosts_is_left_out_for_that_day(played):
    columns = played.columns
    day = (columns.store == 0) & (columns.day == FIRST_DAY + 3)
    judged = sound(replace(columns, shown_in_ghosts=(day & (columns.arm == 0)).astype(np.int64)), TRIAL)
    assert rules(judged)["contradiction"].receipts == day.sum()
    assert "S1-till-1 on 2026-05-04" in rules(judged)["contradiction"].told


def test_a_clock_an_hour_off_is_left_out_by_hour_and_kept_otherwise():
    columns = play(Chain(stores=2, days=30, before=0, receipts_a_day=600), 4).columns
    day = (columns.store == 1) & (columns.day == FIRST_DAY + 5)
    second = np.arange(len(columns)) % 9 == 0  # the other register of each store
    devices = replace(columns, device=columns.store * 2 + second, devices=("a", "b", "c", "d"))
    for wrong in (
        replace(columns, hour=np.where(day, columns.hour + 1, columns.hour)),
        replace(devices, offset=np.where(day & second, 240, 180)),
    ):
        judged = sound(wrong, TRIAL)
        assert len(judged.columns) == len(columns)
        assert "2026-05-06" in rules(judged)["clock"].told
        assert set(np.unique(judged.columns.day[judged.columns.hour == NONE])) == {FIRST_DAY + 5}
    assert "clock" not in rules(sound(columns, TRIAL))


def test_missing_days_and_a_store_that_never_sent_are_told(played):
    columns = played.columns
    gone = (columns.store == 2) & np.isin(columns.day, (FIRST_DAY + 2, FIRST_DAY + 3))
    judged = sound(columns.where(~gone), trial(CHAIN, stores=("S1", "S2", "S3", "S9")), ["register x, 3 to 9"])
    assert rules(judged)["silent"].told == "takes part and never sent a receipt that counts: S9"
    assert "S3" in rules(judged)["missing"].told
    assert "2026-05-03, 2026-05-04" in rules(judged)["missing"].told
    assert rules(judged)["gap"].told.endswith("have not arrived: register x, 3 to 9")


def test_no_receipts_at_all_is_a_report_too(tmp_path):
    name = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(name, create=True).close()
    told = reading.read(stored(name), TRIAL)
    assert (told.compared, told.until, [arm.receipts for arm in told.arms]) == ((), "", [0, 0])


def test_many_parts_call_nothing_an_effect_where_there_is_none():
    columns = play(Chain(uplift=0.0, stores=10, days=20, receipts_a_day=400), 11).columns
    told = reading.read(columns, TRIAL)
    assert len(told.parts) > 60
    assert [part for part in told.parts if part.effect] == []


@pytest.fixture
def trial_file(tmp_path):
    path = tmp_path / "spring.toml"
    last = date.fromordinal(FIRST_DAY) + timedelta(days=CHAIN.days - 1)
    path.write_text(text(days=("2026-05-01", last.isoformat()), receipts=TRIAL.receipts))
    return path


def test_the_command_tells_prints_and_draws(url, trial_file, tmp_path):
    words = ["--central", url, "--experiment", str(trial_file)]
    plain = CliRunner().invoke(commands.report, [*words, "--html", str(tmp_path / "page.html"), "--language", "ru"])
    assert plain.exit_code == 0, plain.output
    assert "sample ratio as planned" in plain.output
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for told in ('lang="ru"', "Что приносят подсказки", "Средний чек", "<svg", "spring"):
        assert told in page
    done = CliRunner().invoke(commands.report, [*words, "--json"])
    told = msgspec.json.decode(done.output, type=reading.Report)
    with closing(open_outcomes(url)) as store:
        assert told == msgspec.convert(msgspec.to_builtins(reading.read(read(store, TRIAL), TRIAL)), reading.Report)


def test_a_report_needs_to_be_told_which_experiment(url):
    done = CliRunner().invoke(commands.report, ["--central", url])
    assert done.exit_code == 2
    assert "--experiment FILE or --bundle FILE" in done.output
