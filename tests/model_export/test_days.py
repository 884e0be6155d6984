"""Counts of days: counted once, counted again when their receipts change, and gone with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from scipy import sparse

from device.errors import TrainingError
from device.tokens import KNOWN, Vocabulary
from model_export import day_file
from model_export.commands import train
from model_export.counts import Sum, count, counted
from model_export.days import DayCounts
from model_export.encoding import encode_all, vocabulary_of
from model_export.layout import layout_of

DECAY = 0.9


def receipt(number: int, at: datetime, customer: str | None, *skus: str) -> list[dict]:
    head = {"receipt_id": f"late {number}", "at": at, "store": "S1", "customer": customer}
    return [{**head, "line": line, "sku": sku} for line, sku in enumerate(skus, 1)]


def together(rows: list[dict], more: list[dict]) -> list[dict]:
    return sorted([*rows, *more], key=lambda row: row["at"])


def same(one, other) -> bool:
    return np.array_equal(one.gram, other.gram) and np.array_equal(one.sums, other.sums) and one.receipts == other.receipts


@pytest.fixture
def direct(shop, duckdb):
    def counted(rows):
        history = shop.history(rows)
        vocabulary = vocabulary_of(history)
        return count(encode_all(history, vocabulary, DECAY), layout_of(vocabulary), duckdb)

    return counted


def test_days_add_up_to_what_is_counted_at_once(stored, direct, rows):
    _, refreshed, counts = stored(rows)
    assert refreshed.counted[0] == "2026-03-02"
    assert len(refreshed.counted) == 15
    assert same(counts, direct(rows))


def test_a_night_counts_the_new_day_and_nothing_else(stored, direct, rows, tmp_path):
    yesterday = [row for row in rows if row["at"].date() < date(2026, 3, 15)]
    stored(yesterday)
    before = {path.name: path.stat() for path in (tmp_path / "days").iterdir()}
    _, refreshed, _ = stored([row for row in rows if row["at"].date() <= date(2026, 3, 15)])
    assert refreshed.counted == ("2026-03-15",)
    assert refreshed.kept == 13
    after = {path.name: path.stat() for path in (tmp_path / "days").iterdir()}
    assert {name: (one.st_ino, one.st_mtime_ns) for name, one in before.items()}.items() <= {
        name: (one.st_ino, one.st_mtime_ns) for name, one in after.items()
    }.items()
    _, refreshed, counts = stored(rows)
    assert refreshed.counted == ("2026-03-16",)
    assert same(counts, direct(rows))


def test_a_late_receipt_counts_one_day_anew(stored, direct, rows):
    stored(rows)
    more = together(rows, receipt(1, datetime(2026, 3, 5, 12, 1), None, "bread", "item a"))
    _, refreshed, counts = stored(more)
    assert refreshed.counted == ("2026-03-05",)
    assert same(counts, direct(more))


def test_a_late_receipt_of_a_card_leaves_later_days_as_they_were_known(stored, direct, rows, tmp_path):
    shopper = next(row["customer"] for row in rows if row["customer"] and row["at"].date() == date(2026, 3, 12))
    _, _, first = stored(rows)
    more = together(rows, receipt(1, datetime(2026, 3, 5, 12, 1), shopper, "bread"))
    days, refreshed, counts = stored(more)
    assert refreshed.counted == ("2026-03-05",)
    # The receipt itself is there; what it says of the shopper's later baskets is not.
    assert counts.receipts == first.receipts + 1
    assert not same(counts, direct(more))
    for file in (tmp_path / "days").iterdir():
        file.unlink()
    _, refreshed, anew = stored(more)
    assert len(refreshed.counted) == len(days.days)
    assert same(anew, direct(more))


def test_a_changed_receipt_and_a_removed_one_count_their_days(stored, direct, rows):
    stored(rows)
    last = rows[-1]["receipt_id"]
    # Of nobody's: a shopper's later days would keep what was known of the receipt before.
    first = next(row for row in rows if row["customer"] is None)
    changed = [{**row, "sku": "item l"} if row is first else row for row in rows if row["receipt_id"] != last]
    _, refreshed, counts = stored(changed)
    assert refreshed.counted == (str(first["at"].date()), str(rows[-1]["at"].date()))
    assert same(counts, direct(changed))


def test_a_day_without_receipts_goes_with_them(stored, direct, rows, tmp_path):
    stored(rows)
    rest = [row for row in rows if row["at"].date() >= date(2026, 3, 4)]
    _, refreshed, counts = stored(rest)
    assert refreshed.deleted == ("2026-03-02", "2026-03-03")
    assert refreshed.counted == ()
    assert min(path.stem for path in (tmp_path / "days").iterdir()) == "2026-03-04"
    assert counts.receipts == len({row["receipt_id"] for row in rest})


def test_other_names_in_another_order_are_the_same_day(stored, rows, tmp_path):
    """Codes are positions in tables of names, and those change from night to night."""
    stored(rows)
    strange = [{**row, "sku": f"new {row['sku']}", "store": "S0"} for row in rows if row["at"].date() == date(2026, 3, 2)]
    before = [
        {**row, "at": row["at"] - timedelta(days=1), "receipt_id": f"b{row['receipt_id']}", "customer": None} for row in strange
    ]
    _, refreshed, _ = stored([*before, *rows])
    assert set(refreshed.counted) == {"2026-03-01"}


def test_an_item_that_the_model_learns_later_was_counted_before(stored, direct, rows):
    """Sold three times it is no word of the model's; sold six times it is, with all six."""
    few = together(rows, [row for n in range(3) for row in receipt(n, datetime(2026, 3, 3 + n, 12, 1), None, "new", "bread")])
    stored(few)
    more = [row for n in range(3, 6) for row in receipt(n, datetime(2026, 3, 17), None, "new", "bread")]
    days, refreshed, counts = stored(together(few, more))
    assert refreshed.counted == ("2026-03-17",)
    assert same(counts, direct(together(few, more)))
    assert days.days[-1].name == "2026-03-17"


def test_a_day_may_be_cut_in_two(shop, duckdb, rows, tmp_path):
    history = shop.history(rows)
    vocabulary = vocabulary_of(history)
    days = DayCounts(tmp_path / "days", history, DECAY)
    days.refresh(duckdb)
    matrix, layout = encode_all(history, vocabulary, DECAY), layout_of(vocabulary)
    for cut in (0, 3, 10, 77, len(history)):
        assert same(days.counts(0, cut, vocabulary, duckdb), count(matrix[:cut], layout, duckdb))
        assert same(days.counts(cut, len(history), vocabulary, duckdb), count(matrix[cut:], layout, duckdb))


def test_another_meaning_of_history_counts_everything_anew(stored, rows):
    stored(rows)
    _, refreshed, _ = stored(rows, decay=0.8)
    assert len(refreshed.counted) == 15


def test_a_day_too_large_for_one_answer_is_the_same_file(stored, rows, tmp_path, monkeypatch):
    rows = [row for row in rows if row["at"].date() <= date(2026, 3, 4)]
    stored(rows)
    monkeypatch.setattr("model_export.days._PAIRS", 10)
    monkeypatch.setattr("model_export.counts._CELLS", 800)
    stored(rows, "striped")
    for path in (tmp_path / "days").iterdir():
        assert pq.read_table(path).equals(pq.read_table(tmp_path / "striped" / path.name), check_metadata=True)


def test_the_command_says_what_it_counted(shop, rows, tmp_path):
    def night(rows):
        shop.history(rows)
        words = [
            "--receipts",
            shop.folder,
            "--out",
            tmp_path / "b",
            "--shopper-key",
            tmp_path / "key",
            "--days",
            tmp_path / "days",
        ]
        said = CliRunner().invoke(train, [str(word) for word in words])
        assert said.exit_code == 0, said.output
        return [line for line in said.stderr.splitlines() if "days" in line]

    rest = [row for row in rows if row["at"].date() >= date(2026, 3, 4)]
    assert night([row for row in rows if row["at"].date() < date(2026, 3, 16)]) == [
        "note: 14 days counted, 0 as they were stored"
    ]
    assert night(rows) == ["note: 1 days counted, 14 as they were stored"]
    assert night(rest) == ["note: 0 days counted, 13 as they were stored, 2 deleted because their receipts are gone"]


def test_a_run_that_is_cut_off_goes_on_where_it_was(shop, duckdb, rows, tmp_path, monkeypatch):
    monkeypatch.setattr("model_export.days._PAIRS", 10)
    days = DayCounts(tmp_path / "days", shop.history(rows), DECAY)
    left = iter(range(6))

    def load(backend, table, name):
        return duckdb.load(backend, table, name) if next(left, None) is not None else backend.sql("SELECT the_power_is_gone")

    with pytest.raises(TrainingError):
        days.refresh(replace(duckdb, load=load))
    assert len(list((tmp_path / "days").iterdir())) == 6
    assert len(days.refresh(duckdb).counted) == 9


def test_the_pairs_of_the_tail_stand_with_the_head(duckdb):
    """Days know every pair; a layout with a tail has no place for two of its items."""
    vocabulary = Vocabulary([*(f"item={n}" for n in range(5)), "hour=9", KNOWN, "had=0"], 5)
    layout = layout_of(vocabulary, 2)
    matrix = sparse.csr_array(np.random.default_rng(4).integers(0, 2, (80, 8)).astype(np.float32))
    total = Sum(layout, len(vocabulary))
    for part in (matrix[:30], matrix[30:]):
        for pairs in counted(part, duckdb):
            total.add(pairs)
    expected = count(matrix[:30], layout)
    other = count(matrix[30:], layout)
    counts = total.counts()
    assert np.array_equal(counts.gram, expected.gram + other.gram)
    assert np.array_equal(counts.sums, expected.sums + other.sums)
    assert counts.receipts == 30 + 50


def test_history_of_what_becomes_popular_later_was_counted(shop, duckdb, tmp_path, monkeypatch):
    monkeypatch.setattr("model_export.layout.MOST_HEAD", 4)
    rows = shop.sales(300)
    lately = [row for row in rows if row["at"] >= datetime(2026, 3, 9)]
    # What nobody buys now is what sells most next week.
    more = [{**row, "receipt_id": f"{n}", "at": row["at"] + timedelta(days=7), "sku": "item l"} for n, row in enumerate(lately)]
    for number in range(2):
        history = shop.history(rows + more * number)
        DayCounts(tmp_path / "days", history, DECAY).refresh(duckdb)
    vocabulary = vocabulary_of(history)
    assert "had=item l" in vocabulary.ids
    counts = DayCounts(tmp_path / "days", history, DECAY).counts(0, len(history), vocabulary, duckdb)
    assert same(counts, count(encode_all(history, vocabulary, DECAY), layout_of(vocabulary), duckdb))


def test_a_training_is_alone_in_the_folder_of_its_days_until_it_has_read_them(shop, tmp_path, monkeypatch):
    shop.write_lines(shop.folder, shop.sales(400))
    words = ["--receipts", shop.folder, "--shopper-key", tmp_path / "key", "--days", tmp_path / "days", "--out"]
    words = [str(word) for word in words]
    places, others = [tmp_path / "other"], []

    def read(path, fingerprint, plainly=day_file.read):
        while places:
            others.append(CliRunner().invoke(train, [*words, str(places.pop())]).exception)
        return plainly(path, fingerprint)

    with monkeypatch.context() as reading:
        reading.setattr(day_file, "read", read)
        assert CliRunner().invoke(train, [*words, str(tmp_path / "first")]).exit_code == 0
    (said,) = others
    assert isinstance(said, TrainingError)
    assert str(said) == f"another training counts into {tmp_path / 'days'}: wait for it, or give a folder of its own"
    assert not (tmp_path / "other").exists()
    after = CliRunner().invoke(train, [*words, str(tmp_path / "other")])
    assert after.exit_code == 0
    assert "0 days counted" in after.stderr


def test_a_training_on_the_earlier_part_deletes_no_later_day(stored, rows):
    _, first, _ = stored(rows)
    early = [row for row in rows if row["at"].date() < date(2026, 3, 10)]
    _, refreshed, _ = stored(early)
    assert (refreshed.counted, refreshed.deleted) == ((), ())
    _, again, _ = stored(rows)
    assert again.kept == len(first.counted)
