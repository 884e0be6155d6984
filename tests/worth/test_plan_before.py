"""Before the first register: an effect is planned from imported history or from a folder, and what neither tells is said."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
from click.testing import CliRunner
from fakes.chain_records import records, send, trial
from fakes.earlier_sales import DAYS, FIRST, folder, keep, lines, past, plan, planned, weeks
from fakes.planned_by_hand import by_hand
from fakes.played_chain import Chain, play

from device.errors import HistoryError
from model_export.importing.commands import history
from model_export.marks import WHOLESALE_PIECES
from model_export.parquet import LINES
from model_export.worth import before
from sync.central import open_central
from sync.central.past import Mark, PastLine
from sync.central.people import MAX_A_DAY

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def chain(server):
    open_central(server, create=True).close()
    yield server
    with psycopg.connect(server) as db:
        db.execute("DROP SCHEMA tillside CASCADE")


def imported(url, path, tmp_path):
    words = ("--central", url, "--yes", "--currency", "EUR", "--shopper-key", tmp_path / "key", path)
    done = CliRunner(catch_exceptions=False).invoke(history, ["import", *map(str, words)])
    assert done.exit_code == 0, done.output


def assert_as_by_hand(told, path, metrics=("receipt", "items")):
    for one, name in zip(told.plans, metrics, strict=True):
        hand = by_hand(path / LINES, name, 0.02)
        assert (one.metric, one.measured) == (name, hand.measured)
        assert one.mean == pytest.approx(hand.mean)
        # A search that ends at whole numbers, and sums in another order.
        assert one.units == pytest.approx(hand.receipts, abs=2)
        assert one.days == pytest.approx(hand.days, abs=1)
        assert 1 - one.spared == pytest.approx(hand.receipts / hand.plainly, rel=0.01)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "plainly"),
    [
        ("lgsr_5k", {"receipt": (224_321, 369), "items": (157_786, 260)}),
        ("uci_online_retail", {"receipt": (66_786, 1_048)}),
    ],
)
def test_what_real_shops_take(name, plainly):
    """And without what was known before, what was reckoned once of the mean of the last four weeks."""
    if not (SHARED / name).is_dir():
        pytest.skip(f"../shared/data/{name} is not here")
    assert_as_by_hand(planned("--receipts", SHARED / name, metrics=tuple(plainly)), SHARED / name, tuple(plainly))
    for metric, told in plainly.items():
        hand = by_hand(SHARED / name / LINES, metric, 0.02)
        assert (hand.plainly, hand.plain_days) == told


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_imported_history_plans_what_its_folder_does(request, shop, url, tmp_path, where):
    told = planned("--receipts", shop, metrics=("receipt", "items", "repeat"))
    url = url if where == "sqlite" else request.getfixturevalue("chain")
    imported(url, shop, tmp_path)
    stored = planned("--central", url, metrics=("receipt", "items", "repeat"))
    assert stored.basis == told.basis
    assert (told.currency, stored.currency) == ("", "EUR")
    for one, other in zip(told.plans, stored.plans, strict=True):
        assert msgspec.to_builtins(one) == pytest.approx(msgspec.to_builtins(other))
    by_shopper = planned("--central", url, metrics=("items",), unit="shopper")
    assert 0 < by_shopper.plans[0].intraclass < 1


def test_a_folder_is_planned_as_one_would_reckon_it(shop):
    told = planned("--receipts", shop)
    assert (told.basis.source, told.basis.receipts, told.basis.stores, told.basis.days) == ("history", 3000, 3, DAYS)
    assert told.basis.left_out == ()
    assert all(0.02 < one.spared < 0.9 for one in told.plans), "what was known before is worth something here"
    assert_as_by_hand(told, shop)


def test_what_is_marked_is_left_out_and_said(url):
    odd = [
        past(1001, marks=int(Mark.VOID)),
        past(1002, PastLine("milk", 1000, int(Mark.VOID), 100)),
        past(1003, marks=int(Mark.TRAINING)),
        past(1004, PastLine("milk", -1000, int(Mark.RETURN), -100)),
        past(1005, marks=int(Mark.WHOLESALE)),
        past(1006, local_time=None),
        past(1007, local_time="9999-12-31T23:59:59"),
        past(1008, local_time="0001-01-01T00:00:00"),
        past(1009, currency="USD"),
    ]
    keep(url, [*weeks(), *odd])
    told = planned("--central", url)
    assert told.basis.receipts == 600
    assert sorted(told.basis.left_out) == [
        "1 receipts in another currency",
        "1 receipts of wholesale size",
        "1 receipts rung up to practise",
        "1 receipts without a time",
        "1 returns",
        "2 receipts dated before 1970 or in the future",
        "2 sales that were cancelled, set aside, or have a total and no lines",
    ]


def test_a_receipt_is_measured_as_the_report_measures_one():
    """Bags count, what goes back is taken off however its source writes it, what was voided is not there."""
    sold = (
        PastLine("milk", 1000, 0, 500),
        PastLine("milk", 2000, 0, 1000),
        PastLine("bag", 1000, int(Mark.NOT_GOODS), 20),
        PastLine("tea", 1000, int(Mark.VOID), 900),
        PastLine("cup", 0, int(Mark.VOID), 300),
        PastLine("jam", -1000, int(Mark.RETURN), -100),
        PastLine("egg", -1000, int(Mark.RETURN), 50),
        PastLine("oil", 1000, int(Mark.RETURN), 30),
    )
    unpriced = (*sold, PastLine("nut", 1000))
    one, other = before.rows([past(1, *sold), past(2, *unpriced)], datetime(2026, 12, 1))
    names = list(before.COLUMNS)
    assert [row[names.index("items")] for row in (one, other)] == [2.0, 3.0]
    assert [row[names.index("total")] for row in (one, other)] == [1340.0, None]
    assert {row[names.index(name)] for row in (one, other) for name in ("attached", "offered", "till_s", "margin")} == {None}


def test_history_without_amounts_plans_items_and_says_what_it_cannot(tmp_path):
    told = lines()
    del told["amount"]
    without = folder(tmp_path / "export", told)
    done = plan("--receipts", without, "--metric", "items", "--metric", "receipt", "--metric", "till", "--effect", "2%")
    assert done.exit_code == 0, done.output
    assert "items: " in done.output
    assert "'receipt' cannot be planned from this history: no receipt tells the amounts of all its lines" in done.output
    assert "history does not tell 'till'" in done.output
    assert "history does not tell what is accepted, conversion" in done.output
    with pytest.raises(HistoryError, match="no receipt tells the amounts"):
        plan("--receipts", without, "--metric", "receipt", "--effect", "2%")
    some = folder(tmp_path / "some", lines() | {"amount": [None if n % 10 == 0 else 100 for n in range(len(told["sku"]))]})
    items, receipt = (planned("--receipts", some, metrics=(name,)).plans[0].measured for name in ("items", "receipt"))
    assert 0 < receipt < items, "receipts of which an amount lacks are planned with where it does not matter"


@pytest.mark.parametrize("metric", ["conversion", "attach", "margin", "till", "rating"])
def test_nothing_is_made_up_of_what_history_does_not_tell(shop, metric):
    with pytest.raises(HistoryError, match=f"history does not tell '{metric}'"):
        plan("--receipts", shop, "--metric", metric, "--effect", "2%")


def test_a_question_that_no_year_answers_is_told_so_of_history_too(shop):
    done = plan("--receipts", shop, "--metric", "receipt", "--effect", "0.1%")
    assert "cannot be answered within a year: the smallest effect that a year finds is +" in done.output
    assert "planned from history: 3000 receipts on 70 days, 2026-03-02 to 2026-05-10, of 3 stores" in done.output


def test_registers_are_asked_where_they_have_sent_enough(url, shop, tmp_path, server):
    steady = Chain(stores=2, days=28, before=0, receipts_a_day=30, uplift=0.0)
    sales = records(play(steady, 1), trial(steady))
    with closing(open_central(url, create=True)) as central:
        send(central, sales[:150], {})
    with pytest.raises(HistoryError, match="takes 14 days and 400 receipts"):
        planned("--central", url)
    imported(url, shop, tmp_path)
    assert planned("--central", url).basis.source == "history", "what registers sent is not enough"
    with pytest.raises(HistoryError, match="takes 14 days and 400 receipts"):
        planned("--central", url, "--from", "registers")
    with closing(open_central(url, create=True)) as central:
        send(central, [replace(one, receipt_id=f"{n:032x}") for n, one in enumerate(sales)], {}, epoch="b" * 32)
    told = planned("--central", url, metrics=("till", "receipt"))
    assert (told.basis.source, len(told.plans)) == ("registers", 2)
    assert planned("--central", url, "--from", "history").basis.receipts == 3000
    try:
        kept = planned("--central", url, "--rows", server, metrics=("till", "receipt"))
    finally:
        with psycopg.connect(server) as db:
            db.execute("DROP SCHEMA IF EXISTS tillside_rows CASCADE")
    assert kept.basis == told.basis
    for one, other in zip(kept.plans, told.plans, strict=True):
        assert msgspec.to_builtins(one) == pytest.approx(msgspec.to_builtins(other))


def test_only_shoppers_who_agreed_are_told_apart_and_no_card_that_many_share(url):
    agreed = [past(n, days=n % 60, shopper=f"agreed {n % 480}", consent=True) for n in range(2400)]
    refused = [past(n, days=n % 60, shopper=f"refused {n % 40}") for n in range(3000, 3800)]
    canteen = [past(n, days=50, shopper="canteen", consent=True) for n in range(4000, 4000 + MAX_A_DAY + 1)]
    keep(url, [*agreed, *refused, *canteen])
    told = planned("--central", url, metrics=("receipt",), unit="shopper")
    assert told.basis.receipts == len(agreed) + len(refused) + len(canteen)
    latest = [one for one in agreed if (datetime.fromisoformat(one.local_time) - FIRST).days >= 60 - told.plans[0].window]
    assert told.plans[0].measured == len(latest)


def test_of_wholesale_size_is_what_the_report_says_is(tmp_path):
    told = lines()
    told["quantity"][0] = float(WHOLESALE_PIECES + 1)
    assert planned("--receipts", folder(tmp_path / "a", told)).basis.left_out == ("1 receipts of wholesale size",)


@pytest.mark.parametrize(("currency", "effect", "told"), [("JPY", "50", "+50 JPY"), ("KWD", "0.05", "+0.050 KWD")])
def test_an_effect_is_written_and_told_in_units_of_the_currency(url, currency, effect, told):
    """Of each, fifty of the smallest coins."""
    keep(url, weeks(currency=currency))
    done = plan("--central", url, "--metric", "receipt", "--effect", effect)
    assert done.exit_code == 0, done.output
    assert told in done.output
