"""Segments by day: a night counts what changed, and the last day tells training who is in what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from fakes.segmented import LAST, RULES, by_hand, goods_in, sold, streamed, write_folder

from device.domain import Pseudonym
from device.errors import HistoryError
from model_export.regulars import kept, rules
from model_export.regulars.membership import last_day


def keep(engine, folder, rows, text=RULES):
    """The days that a night counts, as dates."""
    shop = write_folder(folder / "shop", rows)
    (folder / "kept").mkdir(exist_ok=True)
    with streamed(engine, shop) as table, goods_in(engine, shop) as goods:
        keeper = kept.Kept(folder / "kept", table, goods, rules.parse(text.encode(), "rules"), engine)
        days, _ = keeper.refresh(last_day(table, engine))
    return [(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=one)).date().isoformat() for one in days]


def test_days_add_up_and_a_late_receipt_counts_anew_from_its_day_on(engine, tmp_path):
    rows = [row for row in sold() if row[2] < LAST - timedelta(days=4)]
    late = ("late", "card 1", LAST - timedelta(days=2), "S1", "latte", 700, True)
    days = [*rows, ("d4", "card 2", LAST - timedelta(days=4), "S1", "tea", 1, True)]
    assert keep(engine, tmp_path, days) == ["2026-06-26"]
    assert keep(engine, tmp_path, days) == ["2026-06-26"], "the last day is always counted"
    days.append(("d3", "card 2", LAST - timedelta(days=3), "S1", "tea", 1, True))
    assert keep(engine, tmp_path, days) == ["2026-06-27"]
    days.append(("d0", "card 2", LAST, "S1", "tea", 1, True))
    assert keep(engine, tmp_path, days) == ["2026-06-30"]
    untouched = (tmp_path / "kept" / "2026-06-27.parquet").read_bytes()
    days.append(late)
    days.append(("d1", "card 2", LAST + timedelta(days=1), "S1", "tea", 1, True))
    assert keep(engine, tmp_path, days) == ["2026-06-30", "2026-07-01"]
    assert (tmp_path / "kept" / "2026-06-27.parquet").read_bytes() == untouched
    assert len(list((tmp_path / "kept").iterdir())) == 4
    # As if it had never been late.
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    keep(engine, fresh, [row for row in days if row[2] <= LAST])
    told, again = (pq.read_table(one / "kept" / "2026-06-30.parquet").sort_by("shopper") for one in (tmp_path, fresh))
    assert told.equals(again)


def test_a_shopper_who_is_forgotten_leaves_every_day(duckdb, tmp_path):
    rows = sold(8)
    for days in (9, 0):
        keep(
            duckdb,
            tmp_path,
            [row for row in rows if row[2] <= LAST - timedelta(days=days)]
            + [("z", "card 9", LAST - timedelta(days=days), "S1", "tea", 1, True)],
        )
    files = sorted((tmp_path / "kept").iterdir())
    assert all("of card 1" in pq.read_table(file)["shopper"].to_pylist() for file in files)
    keep(duckdb, tmp_path, [row for row in rows if row[1] != "card 1"] + [("z", "card 9", LAST, "S1", "tea", 1, True)])
    assert not any("of card 1" in pq.read_table(file)["shopper"].to_pylist() for file in files)


def test_a_day_that_no_receipt_is_left_of_goes_and_its_shoppers_with_it(duckdb, tmp_path):
    rows = [row for row in sold(8) if row[2] <= LAST - timedelta(days=3) and row[1] != "card 9"]
    keep(duckdb, tmp_path, [*rows, ("z", "card 9", LAST, "S1", "tea", 1, True)])
    assert "of card 9" in kept.latest(tmp_path / "kept").segments
    (day,) = keep(duckdb, tmp_path, rows)
    found = kept.latest(tmp_path / "kept")
    assert found.day == day < LAST.date().isoformat()
    assert not any("of card 9" in pq.read_table(file)["shopper"].to_pylist() for file in (tmp_path / "kept").iterdir())


def test_other_rules_count_every_day_anew_and_a_broken_file_too(duckdb, tmp_path):
    rows = sold(8)
    keep(duckdb, tmp_path, [row for row in rows if row[2] <= LAST - timedelta(days=9)])
    keep(duckdb, tmp_path, rows)
    assert len(keep(duckdb, tmp_path, rows, RULES.replace("at_most = 5000", "at_most = 6000"))) == 2
    oldest = min((tmp_path / "kept").iterdir())
    oldest.write_bytes(b"PAR1 not at all")
    (tmp_path / "kept" / "2026-13-77.parquet").write_bytes(b"")
    assert len(keep(duckdb, tmp_path, rows, RULES.replace("at_most = 5000", "at_most = 6000"))) == 2
    assert pq.read_table(oldest).num_rows


def test_the_last_day_tells_training_who_is_in_what(duckdb, tmp_path):
    rows = sold()
    keep(duckdb, tmp_path, rows)
    found = kept.latest(tmp_path / "kept")
    rfm, inside = by_hand(rows)
    assert found.segments == {
        Pseudonym(name): (
            *(
                segment
                for segment in ("morning coffee", "night of S2", "small and seldom", "never milk", "slipping")
                if segment in inside[name]
            ),
            rfm[name],
        )
        for name in rfm
    }
    assert found.names >= {"never milk", "champions", "lost"}
    (tmp_path / "none").mkdir()
    with pytest.raises(HistoryError, match="holds no day of segments"):
        kept.latest(tmp_path / "none")
