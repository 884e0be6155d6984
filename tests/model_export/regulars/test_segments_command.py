"""`tillside headquarters segments`, and what it reads of registers."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from fakes.segmented import LAST, RULES, TOMORROW, name_shopper, sold, write_folder

from device.commands import tillside
from device.domain import Kind, LaneId, Line, Minor, Phase, Pseudonym, Receipt, Sku, Thousandths, Unit
from device.shopper import Shopper
from model_export.marks import WHOLESALE_PIECES
from model_export.regulars import commands, events
from model_export.regulars.membership import Row, last_day, members
from model_export.regulars.rfm import Segment
from model_export.regulars.rules import Rules
from sync.believable import MAX_TOTAL
from sync.central import open_central
from sync.central.past import PastLine, PastReceipt, open_past
from sync.central.people import Claim, Purpose, Statement, open_people
from sync.central.people import Kind as IdentityKind


class Central:
    """The part of a central store that is read."""

    def __init__(self, receipts: list[bytes]) -> None:
        self._receipts = receipts

    def receipts(self):
        return iter(self._receipts)

    def close(self) -> None:
        pass


def test_registers_tell_closed_sales_with_a_shopper_only(receipt_of):
    raw = [
        receipt_of(seq=1, shopper="aa" * 16, total=500),
        receipt_of(seq=2, shopper=None, total=600),
        receipt_of(seq=3, shopper="aa" * 16, total=700, kind=Kind.RETURN),
        receipt_of(seq=4, shopper="bb" * 16, total=800, phase=Phase.CANCELLED),
        receipt_of(seq=5, shopper="bb" * 16, total=900_000, pieces=WHOLESALE_PIECES + 1),
        receipt_of(seq=6, shopper="bb" * 16, total=300, partial=True),
        receipt_of(seq=7, shopper="bb" * 16, total=300, lines=()),
        b"{broken",
    ]
    arriving = events.Events("sqlite:///none", TOMORROW, name_shopper)
    rows = list(arriving._of_registers(Central(raw), lambda name: name))
    assert rows == [("aa" * 16, "r1", rows[0][2], "S1", "", 500), ("aa" * 16, "r1", rows[0][2], "S1", "milk", 0)]
    assert arriving.remarks == ("1 receipts of the central store cannot be read and are left out",)


def test_totals_that_nobody_pays_are_no_end_of_the_count(duckdb, receipt_of):
    """As many as a register may send, and together more than an engine's numbers hold."""
    raw = [receipt_of(seq=number, shopper="aa" * 16, total=MAX_TOTAL) for number in range(1_100)]
    raw.append(receipt_of(seq=2_000, shopper="aa" * 16, total=500))
    arriving = events.Events("sqlite:///none", TOMORROW, name_shopper)
    rows = events._batched(arriving._of_registers(Central(raw), lambda name: name))
    with (
        duckdb.streaming("test_events", events.EVENTS, rows) as table,
        members(table, None, Rules(), last_day(table, duckdb), duckdb) as found,
    ):
        (row,) = [row for row in found.rows if row.shoppers]
    assert (row.receipts, row.money) == (1_101.0, 500.0)
    assert arriving.remarks == ("1100 receipts have amounts that nobody pays, and count without them",)


@pytest.mark.parametrize("registered", [True, False])
def test_whom_the_central_store_knows_nothing_of_is_nobody_as_in_training(tmp_path, *, registered):
    """Anna agreed, Boris refused, nobody asked Vera."""
    url = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(url, create=True).close()
    names = {name: Shopper(Pseudonym(digit * 32), 2026) for name, digit in (("Anna", "a"), ("Boris", "b"), ("Vera", "c"))}
    at = datetime.now(UTC)
    with closing(open_people(url, at, create=True)) as people:
        for name, given in (("Anna", True), ("Boris", False)):
            claim = Claim(IdentityKind.CARD, (names[name],))
            people.link([claim], at)
            people.say([Statement(claim, Purpose.PROFILING, given, at, "app", "1")], at)
    with closing(open_past(url, create=True)) as past:
        lines, moment = (PastLine("milk", 1000, amount=500),), LAST.isoformat()
        told = [PastReceipt(name, lines, local_time=moment, shopper=one.token, consent=True) for name, one in names.items()]
        past.keep(told, "file", lambda _: None, replace=False)
    arriving = events.Events(url, TOMORROW, name_shopper, registered=registered)
    found = {name for batch in arriving for name in batch["shopper"].to_pylist()}
    assert found == {names["Anna"].token} | (set() if registered else {names["Vera"].token})


@pytest.fixture
def receipt_of():
    def write(
        *,
        seq: int,
        shopper: str | None,
        total: int,
        phase: Phase = Phase.CLOSED,
        kind: Kind = Kind.SALE,
        pieces: int = 1,
        **facts: Any,
    ) -> bytes:
        line = Line(1, "1", Sku("milk"), Thousandths(1000 * pieces), Unit.PIECE, Minor(total + 50))
        told = Receipt(
            f"r{seq}", "S1", "till-1", LaneId("1"), phase, f"b{seq}", LAST, LAST, LAST.isoformat(), "RUB", Minor(total),
            (line,), (), shopper=None if shopper is None else Pseudonym(shopper), kind=kind,
        )  # fmt: skip
        return msgspec.json.encode(replace(told, **facts))

    return write


def test_the_command_tells_eleven_segments_and_those_by_rule(tmp_path):
    folder = write_folder(tmp_path / "shop", sold())
    (tmp_path / "segments.toml").write_text(RULES)
    asked = ["headquarters", "segments", "--receipts", str(folder)]
    ran = CliRunner().invoke(tillside, [*asked, "--rules", str(tmp_path / "segments.toml"), "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert [row["segment"] for row in told[:11]] == [str(segment) for segment in Segment]
    assert [row["segment"] for row in told[11:]] == [
        "morning coffee",
        "night of S2",
        "small and seldom",
        "never milk",
        "slipping",
    ]
    assert sum(row["shoppers"] for row in told[:11]) == len({row[1] for row in sold()})
    assert all(row["shoppers"] for row in told[11:])
    plain = CliRunner().invoke(tillside, [*asked, "--keep", str(tmp_path / "kept"), "--shopper-key", str(tmp_path / "key")])
    assert plain.exit_code == 0, plain.output
    assert "cannot lose" in plain.stdout
    (file,) = (tmp_path / "kept").iterdir()
    assert not any(b"card 1" in content for content in (file.read_bytes(),)), "no loyalty id is kept"
    assert CliRunner().invoke(tillside, ["headquarters", "segments"]).exit_code == 2


def test_headquarters_keeps_its_own_commands():
    listed = CliRunner().invoke(tillside, ["headquarters", "--help"]).output
    assert "publish" in listed
    assert "segments" in listed


def test_where_nobody_is_known_any_more_no_day_goes_on_naming_shoppers(tmp_path):
    kept = tmp_path / "kept"
    asked = ["headquarters", "segments", "--keep", str(kept), "--shopper-key", str(tmp_path / "key"), "--receipts"]
    assert CliRunner().invoke(tillside, [*asked, str(write_folder(tmp_path / "shop", sold()))]).exit_code == 0
    assert list(kept.glob("*.parquet"))
    (kept / "notes.txt").write_text("ours")
    strangers = [(row[0], None, *row[2:]) for row in sold()]
    ran = CliRunner().invoke(tillside, [*asked, str(write_folder(tmp_path / "strangers", strangers))])
    assert ran.exit_code == 1
    assert "segments need cards" in str(ran.exception)
    assert f"1 days in {kept} named shoppers and are deleted" in str(ran.exception)
    assert [path.name for path in kept.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(("currency", "money"), [("JPY", "1,234"), ("KWD", "1.234"), ("EUR", "12.34")])
def test_money_has_the_decimals_of_the_receipts_currency(receipt_of, currency, money):
    raw = [receipt_of(seq=1, shopper="aa" * 16, total=5, currency=currency)]
    arriving = events.Events("sqlite:///none", TOMORROW, name_shopper)
    assert len(list(arriving._of_registers(Central(raw), lambda name: name))) == 2
    assert (arriving.currency, arriving.remarks) == (currency, ())
    assert commands._line(Row("lost", 1, 1.0, 2.0, 3.0, 1234.0), arriving.currency).endswith(f" {money}")


def test_money_of_several_currencies_is_told(receipt_of):
    raw = [receipt_of(seq=seq, shopper="aa" * 16, total=5, currency="EUR" if seq < 3 else "USD") for seq in (1, 2, 3)]
    arriving = events.Events("sqlite:///none", TOMORROW, name_shopper)
    assert len(list(arriving._of_registers(Central(raw), lambda name: name))) == 6
    assert arriving.currency == "EUR"
    assert arriving.remarks == ("the receipts are in EUR, USD: their money is added up as if it were one",)
