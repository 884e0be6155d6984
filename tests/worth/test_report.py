"""From registers' receipts to a report whose numbers agree with what the chain really did, in every engine."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from html import escape

import ibis
import msgspec
import numpy as np
import psycopg
import pyarrow as pa
import pytest
from click.testing import CliRunner
from fakes import engine_report, plain_report
from fakes.chain_records import ratings, records, send, trial
from fakes.experiments import text
from fakes.plain_columns import columns_of, rows_of
from fakes.played_chain import FIRST_DAY, Chain, play
from fakes.same_report import same

from model_export.engine import opened
from model_export.worth import commands, reading, reporting
from model_export.worth.draws import drawn
from model_export.worth.judging import NONE
from model_export.worth.measuring import MEASURED, REGULARS
from model_export.worth.metrics import METRICS
from model_export.worth.words import WORDS, local, probability
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


@pytest.fixture(scope="module")
def rows(url):
    """What is measured on its receipts."""
    with reporting.asked(url, None) as (engine, table, gaps):
        assert gaps == []
        return engine.run(table)


def test_the_rows_are_what_happened(rows, played):
    """Of every receipt, after its way through batches and the central store."""
    (told, left_out), meant = columns_of(rows, TRIAL), played.columns
    assert len(told) == len(meant) > 2000
    assert left_out == {}
    order = np.lexsort((told.store, told.closed_s)), np.lexsort((meant.store, meant.closed_s))
    names = [[columns.stores[one] for one in columns.store[by]] for columns, by in zip((told, meant), order, strict=True)]
    assert names[0] == names[1]
    for head in ("arm", "day", "hour", "offset", "closed_s", "drawn"):
        assert (getattr(told, head)[order[0]] == getattr(meant, head)[order[1]]).all(), head
    for name in set(MEASURED) - {"accepted", "margin", "margin_of"}:
        assert np.allclose(told.values[name][order[0]], meant.values[name][order[1]], atol=1e-3, equal_nan=True), name


def test_the_numbers_agree_with_the_truth(url, played):
    told = reporting.report(url, TRIAL, None)
    within = played.columns.arm != NONE
    assert {one.metric for one in told.compared} >= {"conversion", "attach", "items", "receipt", "margin", "till"}
    for one in told.compared:
        if one.metric in played.truth:
            truth = float(played.truth[one.metric][within].mean())
            assert one.low <= truth <= one.high, one
    assert {one.metric for one in told.compared if not one.low <= 0 <= one.high} >= {"conversion", "attach", "till"}
    assert {one.metric for one in told.compared if one.effect} >= {"attach", "till"}
    assert told.sample_ratio_sound
    assert [arm.compared for arm in told.arms] == [int((played.columns.arm == place).sum()) for place in (0, 1)]
    assert told.until == date.fromordinal(FIRST_DAY + CHAIN.days - 1).isoformat()
    assert [remark for remark in told.remarks if remark.receipts] == []


@pytest.mark.parametrize("tested", [TRIAL, trial(CHAIN, shares=(1, 1, 2)), trial(CHAIN, policy="{cards = 2}")], ids=str)
def test_the_engine_and_plain_arithmetic_say_the_same(rows, tested):
    same(reading.read(engine := engine_report.duckdb(), engine.keep("measured", rows), tested), plain_report.report(rows, tested))


def test_they_say_the_same_of_what_regulars_are_shown(played):
    """Novelty, and what was taken of suggestions to known shoppers."""
    chance = np.random.default_rng(7)
    values = dict(played.columns.values)
    values |= {name: chance.integers(0, 4, len(played.columns)).astype(np.float64) for name in REGULARS}
    values["explored"] = chance.integers(0, 2, len(played.columns)).astype(np.float64)
    columns = replace(played.columns, values=values)
    told = engine_report.report(columns, TRIAL)
    same(told, plain_report.report(rows_of(columns, TRIAL), TRIAL))
    assert {one.name for one in told.usual if one.value} >= {
        "novelty",
        "regulars' taken",
        "new taken",
        "missed taken",
        "by lot",
    }


def test_they_say_the_same_of_shoppers_and_of_an_arm_that_was_stopped(played):
    columns = play(replace(CHAIN, unit="shopper"), 8).columns
    for tested in (trial(CHAIN, unit="shopper"), trial(CHAIN, unit="shopper", stopped=("treatment", "2026-05-10"))):
        rows = rows_of(columns, tested)
        told = engine_report.report(columns, tested)
        same(told, plain_report.report(rows, tested))
        assert told.compared
        assert told.sample_ratio_sound
        if not tested.stopped:
            units = next(one.units for one in told.compared if one.metric == "receipt")
            assert units == len(np.unique(columns.shopper[columns.arm >= 0]))


def test_postgresql_says_the_same(url, played, receipts, server, tmp_path):
    try:
        with closing(open_central(server, create=True)) as central:
            send(central, receipts, ratings(played, receipts))
        told = [reporting.report(server, TRIAL, where) for where in (None, server, server)]
        for one in told:
            same(one, reporting.report(url, TRIAL, str(tmp_path / "rows")))
    finally:
        with psycopg.connect(server) as db:
            db.execute("DROP SCHEMA IF EXISTS tillside, tillside_rows CASCADE")


@pytest.mark.parametrize("shares", [(1, 1), (9, 1), (3, 2, 7), (1, 1, 1, 9997)])
@pytest.mark.parametrize("key", ["k" * 32, "\N{SNOWMAN}" * 70])
def test_the_engine_draws_the_arm_that_the_register_drew(shares, key, server):
    tested = msgspec.structs.replace(trial(CHAIN, shares=shares), key=key)
    units = [*(f"{number:032x}" for number in range(500)), "Лавка-1", "", None]
    meant = [-1 if unit is None else tested.arm.index(tested.draw(unit)) for unit in units]
    for where, name in (("duckdb", "duckdb"), (server, "postgres")):
        with opened(where) as engine:
            table = engine.keep("units", pa.table({"place": range(len(units)), "unit": pa.array(units, pa.string())}))
            answer = engine.run(table.select("place", arm=drawn(table.unit, tested, name)).order_by(ibis._.place))
            assert answer["arm"].to_pylist() == meant


def test_repeat_visits_are_those_of_known_shoppers_within_a_fortnight():
    columns = play(Chain(days=40, before=1, receipts_a_day=20), 3).columns
    told = plain_report.repeat(columns)
    last = columns.closed_s.max() - 14 * 86_400
    for row in range(len(columns)):
        mine = columns.shopper == columns.shopper[row]
        later = columns.closed_s[mine & (columns.closed_s > columns.closed_s[row])]
        if columns.shopper[row] == NONE or columns.closed_s[row] > last:
            assert np.isnan(told[row])
        else:
            assert told[row] == bool((later - columns.closed_s[row] <= 14 * 86_400).any())
    with engine_report.sales(columns) as sales:
        table = sales.table.filter(sales.table.y_repeat.notnull())
        answer = sales.engine.run(table.aggregate(n=table.count(), again=table.y_repeat.sum())).to_pylist()
    assert answer == [{"n": int((~np.isnan(told)).sum()), "again": float(np.nansum(told))}]


def test_repeat_visits_ratings_and_the_time_at_the_till_are_in_the_report():
    chain = Chain(stores=2, days=28, receipts_a_day=200)
    told = engine_report.report(play(chain, 6).columns, trial(chain))
    assert [one.metric for one in told.compared] == [metric.name for metric in METRICS]
    by_name = {one.metric: one for one in told.compared}
    assert -100 < by_name["rating"].control < 100
    assert 0 < by_name["repeat"].control < 1
    assert 1 < by_name["till"].control < 600


def test_the_metric_that_decides_is_asked_alone_and_the_others_together(played):
    alone = engine_report.report(played.columns, trial(CHAIN, decides="attach"))
    by_name = {one.metric: one for one in alone.compared}
    assert alone.decides == "attach"
    assert by_name["attach"].corrected == by_name["attach"].p
    assert by_name["attach"].effect is not (by_name["attach"].low <= 0 <= by_name["attach"].high)
    others = sorted((one for one in alone.compared if one.metric != "attach"), key=lambda one: one.p)
    assert others[0].corrected == pytest.approx(min(1, len(others) * others[0].p))
    together = {one.metric: one for one in engine_report.report(played.columns, TRIAL).compared}
    assert together["attach"].corrected > by_name["attach"].corrected
    assert all(together[one.metric].corrected >= one.corrected - 1e-9 for one in alone.compared)


def test_no_receipts_at_all_is_a_report_too(tmp_path):
    name = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(name, create=True).close()
    told = reporting.report(name, TRIAL, None)
    assert (told.compared, told.until, [arm.receipts for arm in told.arms]) == ((), "", [0, 0])


def test_many_parts_call_nothing_an_effect_where_there_is_none():
    chain = Chain(uplift=0.0, stores=10, days=20, receipts_a_day=400)
    told = engine_report.report(play(chain, 11).columns, trial(chain))
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
    ratio = re.search(r"sample ratio as planned \(p ([=<] [\d.]+)\)", plain.output)
    assert ratio is not None
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for told in (
        'lang="ru"',
        "Что приносят подсказки",
        "Средний чек",
        "<svg",
        "spring",
        escape(f"(p {local(ratio[1], WORDS['ru'])})"),
    ):
        assert told in page
    done = CliRunner().invoke(commands.report, [*words, "--json"])
    told = msgspec.json.decode(done.output, type=reading.Report)
    same(told, reporting.report(url, TRIAL, None))


@pytest.mark.parametrize(
    ("value", "told"),
    [(1.0, "= 1"), (0.0432, "= 0.043"), (0.001, "= 0.001"), (0.0004, "< 0.001"), (1e-300, "< 0.001"), (0.0, "< 0.001")],
)
def test_nobody_reads_the_last_digits_of_a_p(value, told):
    assert probability(value) == told


def test_a_report_needs_to_be_told_which_experiment(url):
    done = CliRunner().invoke(commands.report, ["--central", url])
    assert done.exit_code == 2
    assert "--experiment FILE or --bundle FILE" in done.output
