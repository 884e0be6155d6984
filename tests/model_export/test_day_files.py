"""Files of days that are not as they were written, and folders where none can be."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from device.errors import TrainingError
from model_export.days import DayCounts


def rewritten(path: Path, table: pa.Table, *, whose: Path | None = None) -> None:
    """A table with all that says whose it is, and the digest of `whose`."""
    facts = {b"tillside": pq.read_schema(path).metadata[b"tillside"]}
    content = pq.read_metadata(whose or path).metadata[b"content"]
    with pq.ParquetWriter(path, table.schema.with_metadata(facts)) as writer:
        writer.write_table(table.replace_schema_metadata(facts))
        writer.add_key_value_metadata({b"content": content})


def cut_off(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def flip_a_bit(path: Path) -> None:
    whole = path.read_bytes()
    place = len(whole) // 4
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])


def no_numbers_of_tokens(path: Path) -> None:
    table = pq.read_table(path)
    rewritten(path, table.set_column(0, "left", pa.array(np.full(len(table), 10_000, np.int32))))


def a_count_changed_by_hand(path: Path) -> None:
    table = pq.read_table(path)
    rewritten(path, table.set_column(2, "weight", pa.array(table["weight"].to_numpy() + 1)))


def a_pair_left_out(path: Path) -> None:
    rewritten(path, pq.read_table(path).slice(1))


def another_days_counts(path: Path) -> None:
    other = path.with_name("2026-03-06.parquet")
    rewritten(path, pq.read_table(other), whose=other)


def more_pairs_than_its_tokens_have(path: Path) -> None:
    same = np.zeros(20_000_000, np.int32)
    rewritten(path, pa.table([same, same, same.astype(np.int64)], schema=pq.read_schema(path).remove_metadata()))


def a_later_format(path: Path) -> None:
    facts = pq.read_schema(path).metadata[b"tillside"].replace(b'"format":2', b'"format":3')
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"tillside": facts}), path)


def without_a_digest(path: Path) -> None:
    facts = {b"tillside": pq.read_schema(path).metadata[b"tillside"]}
    pq.write_table(pq.read_table(path).replace_schema_metadata(facts), path)


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE: list[Callable[[Path], object]] = [
    cut_off,
    flip_a_bit,
    no_numbers_of_tokens,
    a_count_changed_by_hand,
    a_pair_left_out,
    another_days_counts,
    more_pairs_than_its_tokens_have,
    a_later_format,
    without_a_digest,
    a_pipe,
]


@pytest.mark.parametrize(
    "damage",
    [
        *(pytest.param(damage, id=damage.__name__) for damage in DAMAGE),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: pq.write_table(pa.table({"a": [1]}), path), id="a stranger's table"),
        pytest.param(lambda path: path.write_text("not a table"), id="text"),
    ],
)
def test_a_damaged_day_is_one_sentence_that_names_it(stored, rows, tmp_path, damage):
    _, _, counts = stored(rows)
    path = tmp_path / "days" / "2026-03-05.parquet"
    damage(path)
    broken = path.read_bytes() if path.is_file() else None
    with pytest.raises(
        TrainingError, match=r"2026-03-05\.parquet cannot be read .*: delete it, and that day is counted anew"
    ) as said:
        stored(rows)
    assert "\n" not in str(said.value)
    assert (path.read_bytes() if path.is_file() else None) == broken
    path.unlink()
    _, refreshed, again = stored(rows)
    assert refreshed.counted == ("2026-03-05",)
    assert np.array_equal(again.gram, counts.gram)


def test_files_of_others_in_the_folder_stay(stored, rows, tmp_path):
    stored(rows)
    (tmp_path / "days" / "notes.txt").write_text("mine")
    (tmp_path / "days" / "1999-01-01.parquet").write_text("mine")
    with pytest.raises(TrainingError, match="1999-01-01"):
        stored(rows)
    assert (tmp_path / "days" / "1999-01-01.parquet").read_text() == "mine"
    (tmp_path / "days" / "1999-01-01.parquet").unlink()
    stored(rows)
    assert (tmp_path / "days" / "notes.txt").read_text() == "mine"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the kernel refuses as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_sentence_and_leaves_no_half_of_a_file(shop, duckdb, rows, tmp_path):
    history = shop.history(rows)
    days = DayCounts(tmp_path / "days", history, 0.9)
    with room_for(2_000), pytest.raises(TrainingError, match=r"the day counts in .* cannot be kept") as said:
        days.refresh(duckdb)
    assert "\n" not in str(said.value)
    assert list((tmp_path / "days").iterdir()) == []
    assert len(days.refresh(duckdb).counted) == 15


def test_a_folder_that_cannot_be_made_is_one_sentence(shop, duckdb, rows, tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "no" / "such", tmp_path / "file"):
        with pytest.raises(TrainingError, match=r"the day counts in .* cannot be kept"):
            DayCounts(place, shop.history(rows), 0.9).refresh(duckdb)
