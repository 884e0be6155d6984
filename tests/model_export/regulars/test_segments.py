"""Eleven segments: quintiles by hand, every square named, both sources, nobody without consent."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from device.commands import tillside
from device.domain import Kind, LaneId, Phase, Pseudonym, Receipt
from device.errors import HistoryError
from model_export.regulars import rfm
from model_export.regulars.rfm import TABLE, Segment, quintile
from model_export.regulars.spending import Spending, of_folder, of_registers

LAST = datetime(2026, 6, 30, 18)


def spending(rows: list[tuple[str, int, int]]) -> Spending:
    """(shopper, days before the last day, total)"""
    names = sorted({name for name, _, _ in rows})
    return Spending(
        tuple(names),
        np.array([names.index(name) for name, _, _ in rows], np.int32),
        np.array([LAST - timedelta(days=days) for _, days, _ in rows], "datetime64[us]"),
        np.array([total for _, _, total in rows], np.int64),
    )


def test_every_square_has_a_segment_and_every_segment_a_square():
    assert sorted(TABLE) == [1, 2, 3, 4, 5]
    assert all(len(row) == 5 for row in TABLE.values())
    assert {segment for row in TABLE.values() for segment in row} == set(Segment)


def test_five_shoppers_are_five_quintiles():
    rows = [("a", 0, 900)] * 5 + [("b", 9, 800)] * 4 + [("c", 20, 700)] * 3 + [("d", 50, 600)] * 2 + [("e", 90, 500)]
    scored = rfm.score(spending(rows))
    assert scored.recency.tolist() == [5, 4, 3, 2, 1]
    assert scored.frequency.tolist() == [5, 4, 3, 2, 1]
    assert scored.money.tolist() == [4500, 3200, 2100, 1200, 500]
    named = [list(Segment)[place] for place in scored.segment]
    assert named == [Segment.CHAMPIONS, Segment.LOYAL, Segment.NEED_ATTENTION, Segment.ABOUT_TO_SLEEP, Segment.LOST]


def test_equal_values_have_equal_scores():
    assert quintile(np.array([1, 1, 1, 1, 1, 1, 9, 9, 9, 9])).tolist() == [1] * 6 + [4] * 4


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=200))
def test_quintiles_keep_the_order(values: list[int]):
    scores = quintile(np.array(values, np.int64))
    order = np.argsort(values, kind="stable")
    assert (np.diff(scores[order]) >= 0).all()
    assert ((scores >= 1) & (scores <= 5)).all()


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 900), st.integers(-(10**9), 10**9)), min_size=1))
def test_the_table_counts_everybody_once(rows: list[tuple[str, int, int]]):
    spent = spending(rows)
    told = rfm.table(rfm.score(spent))
    assert len(told) == 11
    assert sum(row.shoppers for row in told) == len(spent.shoppers)


@pytest.fixture
def folder(tmp_path):
    lines = [("r1", "card 1", 0, 300, True), ("r1", "card 1", 0, 200, True), ("r2", "card 2", 3, 100, True)]
    lines += [("r3", None, 1, 900, True), ("r4", "card 3", 2, 700, False)]
    table = pa.table({
        "receipt_id": [receipt for receipt, *_ in lines],
        "at": pa.array([LAST - timedelta(days=days) for _, _, days, _, _ in lines], pa.timestamp("us")),
        "customer": pa.array([card for _, card, *_ in lines], pa.string()),
        "sku": ["x"] * len(lines),
        "amount": pa.array([amount for *_, amount, _ in lines], pa.int64()),
        "consent": [consent for *_, consent in lines],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "receipt_lines.parquet")
    return tmp_path


def test_a_folder_adds_up_its_lines_and_leaves_out_who_did_not_agree(folder):
    spent = of_folder(folder)
    assert dict(zip([spent.shoppers[code] for code in spent.shopper], spent.total.tolist(), strict=True)) == {
        "card 1": 500,
        "card 2": 100,
    }


def test_what_lacks_a_column_is_one_sentence(folder):
    table = pq.read_table(folder / "receipt_lines.parquet").drop_columns(["amount"])
    pq.write_table(table, folder / "receipt_lines.parquet")
    with pytest.raises(HistoryError, match="has no column amount"):
        of_folder(folder)


def test_registers_tell_closed_sales_with_a_shopper_only(receipt_of):
    raw = [
        receipt_of(seq=1, shopper="aa" * 16, total=500),
        receipt_of(seq=2, shopper=None, total=600),
        receipt_of(seq=3, shopper="aa" * 16, total=700, kind=Kind.RETURN),
        receipt_of(seq=4, shopper="bb" * 16, total=800, phase=Phase.CANCELLED),
        b"{broken",
    ]
    spent = of_registers(raw)
    assert spent.shoppers == ("aa" * 16,)
    assert spent.total.tolist() == [500]


def test_nobody_known_is_one_sentence():
    with pytest.raises(HistoryError, match="segments need cards"):
        rfm.score(spending([]))


def test_the_command_tells_eleven_segments(folder):
    ran = CliRunner().invoke(tillside, ["headquarters", "segments", "--receipts", str(folder), "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.output)
    assert [row["segment"] for row in told] == [str(segment) for segment in Segment]
    assert sum(row["shoppers"] for row in told) == 2
    plain = CliRunner().invoke(tillside, ["headquarters", "segments", "--receipts", str(folder)])
    assert "cannot lose" in plain.output
    assert CliRunner().invoke(tillside, ["headquarters", "segments"]).exit_code == 2


def test_headquarters_keeps_its_own_commands():
    listed = CliRunner().invoke(tillside, ["headquarters", "--help"]).output
    assert "publish" in listed
    assert "segments" in listed


@pytest.fixture
def receipt_of():
    def write(*, seq: int, shopper: str | None, total: int, phase: Phase = Phase.CLOSED, kind: Kind = Kind.SALE) -> bytes:
        told = Receipt(
            f"r{seq}", "S1", "till-1", LaneId("1"), phase, f"b{seq}", LAST, LAST, LAST.isoformat(), "RUB", total, (), (),
            shopper=None if shopper is None else Pseudonym(shopper), kind=kind,
        )  # fmt: skip
        return msgspec.json.encode(told)

    return write
