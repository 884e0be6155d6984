"""A nightly report reads what is new: a day, or the day of a late receipt; what is kept is believed only as it was written."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from click.testing import CliRunner
from fakes.chain_records import ratings, records, send, trial
from fakes.experiments import text
from fakes.played_chain import FIRST_DAY, Chain, play
from fakes.same_report import same

from device.errors import TrainingError
from model_export.registers import open_outcomes
from model_export.whole import alone
from model_export.worth import commands, reporting, rows
from sync.central import open_central
from sync.central.forgetting import open_forgetting

CHAIN = Chain(stores=2, days=6, before=4, receipts_a_day=60)
TRIAL = trial(CHAIN)
PLAYED = play(CHAIN, 3)
RECEIPTS = records(PLAYED, TRIAL)
DAYS = sorted({receipt.closed_at.date().toordinal() for receipt in RECEIPTS})


def closed_on(*days):
    return [receipt for receipt in RECEIPTS if receipt.closed_at.date().toordinal() in days]


@pytest.fixture
def url(tmp_path):
    name = f"sqlite:///{tmp_path / 'central.db'}"
    add(name, RECEIPTS, "a")
    return name


@pytest.fixture(params=["folder", "server"])
def where(request, tmp_path):
    """What `--rows` is given."""
    if request.param == "folder":
        yield str(tmp_path / "rows")
        return
    server = request.getfixturevalue("server")
    yield server
    with psycopg.connect(server) as db:
        db.execute("DROP SCHEMA IF EXISTS tillside_rows CASCADE")


def add(url, receipts, epoch, rated=None):
    with closing(open_central(url, create=True)) as central:
        send(central, receipts, rated or {}, epoch=epoch * 32)


def refreshed(url, where, name="here"):
    with closing(open_outcomes(url)) as store, rows.kept(where) as kept:
        return kept.refresh(store, name)


def test_only_what_is_new_is_read(url, where):
    assert refreshed(url, where) == (len(DAYS), 0, len(RECEIPTS))
    assert refreshed(url, where) == (0, len(DAYS), 0)
    late = [replace(one, receipt_id=f"late-{number}") for number, one in enumerate(closed_on(DAYS[2])[:3])]
    add(url, late, "b")
    assert refreshed(url, where) == (1, len(DAYS) - 1, len(closed_on(DAYS[2])) + 3)
    same(reporting.report(url, TRIAL, where), reporting.report(url, TRIAL, None))


def test_a_late_rating_makes_its_receipts_day_anew(tmp_path, where):
    url = f"sqlite:///{tmp_path / 'central.db'}"
    some = closed_on(DAYS[0], DAYS[5])
    add(url, some, "a")
    refreshed(url, where)
    rated = {
        one: rating for one, rating in ratings(PLAYED, RECEIPTS).items() if one in {r.receipt_id for r in closed_on(DAYS[0])}
    }
    assert rated
    add(url, [one for one in some if one.receipt_id in rated], "b", rated)
    assert refreshed(url, where)[:2] == (1, 1)
    same(reporting.report(url, TRIAL, where), reporting.report(url, TRIAL, None))


def test_a_shopper_who_is_forgotten_is_in_no_row(url, where):
    refreshed(url, where)
    shopper = next(one.shopper for one in RECEIPTS if one.shopper is not None)
    visits = {one.closed_at.date() for one in RECEIPTS if one.shopper == shopper}
    with closing(open_forgetting(url)) as forgetting:
        forgetting.forget([shopper], datetime.now(UTC))
    assert refreshed(url, where).made == len(visits)
    with rows.kept(where) as kept, kept.asked() as (engine, table):
        assert engine.run(table.filter(table.shopper == shopper).count().as_table()).to_pylist() == [{"CountStar()": 0}]


def test_what_is_expired_is_in_no_row(url, where):
    refreshed(url, where)
    first = datetime.fromordinal(DAYS[3]).replace(tzinfo=UTC)
    with closing(open_forgetting(url)) as forgetting:
        forgetting.expire(first)
    assert refreshed(url, where).made == 3
    with rows.kept(where) as kept, kept.asked() as (engine, table):
        assert engine.run(table).num_rows == len([one for one in RECEIPTS if one.closed_at >= first])


def test_rows_of_another_store_are_not_taken_for_this_ones(url, where):
    refreshed(url, where)
    assert refreshed(url, where, "there") == (len(DAYS), 0, len(RECEIPTS))


def test_a_day_that_is_damaged_or_gone_is_made_anew(url, tmp_path):
    folder = tmp_path / "rows"
    refreshed(url, folder)
    first, second, third, *_ = sorted(folder.glob("rows-*.parquet"))
    body = bytearray(first.read_bytes())
    body[len(body) // 2] ^= 1
    first.write_bytes(body)
    second.unlink()
    third.write_bytes(b"")
    assert refreshed(url, folder).made == 3
    same(reporting.report(url, TRIAL, str(folder)), reporting.report(url, TRIAL, None))


def test_a_list_that_is_damaged_costs_time_and_nothing_else(url, tmp_path):
    folder = tmp_path / "rows"
    refreshed(url, folder)
    (folder / "mine.txt").write_text("mine")
    listed = (folder / "rows.json").read_bytes()
    for damaged in (b"{", b"", b"\xff", b"[]", listed.replace(b'"days":{"', b'"days":{"9999999', 1)):
        (folder / "rows.json").write_bytes(damaged)
        assert refreshed(url, folder) == (len(DAYS), 0, len(RECEIPTS))
    assert (folder / "mine.txt").read_text() == "mine"


def test_a_run_that_was_cut_off_goes_on_where_it_was(url, tmp_path):
    folder = tmp_path / "rows"

    class Dying:
        def __init__(self, store):
            self._store, self.left = store, 3

        def changed(self):
            return self._store.changed()

        def rated(self, day):
            return self._store.rated(day)

        def receipts(self, day):
            self.left -= 1
            for number, body in enumerate(self._store.receipts(day)):
                if self.left < 0 and number == 7:
                    raise KeyboardInterrupt
                yield body

    with closing(open_outcomes(url)) as store, rows.kept(folder) as kept, pytest.raises(KeyboardInterrupt):
        kept.refresh(Dying(store), "here")
    assert refreshed(url, folder)[:2] == (len(DAYS) - 3, 3)
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".parquet") == ["rows.json"]


def test_two_reports_at_once_do_not_write_into_one_folder(url, tmp_path):
    refreshed(url, tmp_path / "rows")
    with alone(tmp_path / "rows", "another report writes"), pytest.raises(TrainingError, match="another report writes into"):
        refreshed(url, tmp_path / "rows")


def test_what_cannot_be_a_folder_is_told(url, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "x.toml").write_text(f'name = "x"\nkey = "{"k" * 32}"\n')
    with pytest.raises(TrainingError, match="cannot be made"):
        refreshed(url, tmp_path / "file")
    with pytest.raises(TrainingError, match="does not answer"):
        refreshed(url, "postgresql://nobody:secret@127.0.0.1:1/none")


def test_the_report_keeps_its_rows_where_it_is_told_to(url, tmp_path):
    path = tmp_path / "spring.toml"
    path.write_text(text(days=(datetime.fromordinal(FIRST_DAY).date().isoformat(), "2026-06-30"), receipts=TRIAL.receipts))
    words = ["--central", url, "--experiment", str(path), "--rows", str(tmp_path / "rows")]
    first = CliRunner().invoke(commands.report, words)
    assert first.exit_code == 0, first.output
    assert len(list((tmp_path / "rows").glob("rows-*.parquet"))) == len(DAYS)
    stamps = {one: one.stat().st_mtime_ns for one in (tmp_path / "rows").glob("*.parquet")}
    again = CliRunner().invoke(commands.report, words)
    assert again.output == first.output
    assert {one: one.stat().st_mtime_ns for one in (tmp_path / "rows").glob("*.parquet")} == stamps
    shutil.rmtree(tmp_path / "rows")
