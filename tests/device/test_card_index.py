"""A profile is found whatever order its row lies in, and where the order is the usual one with one read of the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from fakes.device_shop import write_shop
from hypothesis import given
from hypothesis import strategies as st

from device.bundle import Bundle
from device.card_index import MOST_ALIKE, CardIndex
from device.domain import Pseudonym, Sku
from device.errors import BundleError
from device.shopper import pseudonym
from sync import activation

READS = Path("/proc/thread-self/io")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def token(number: int) -> Pseudonym:
    return Pseudonym(pseudonym(b"key", str(number)) or "")


def regulars(count: int) -> dict[Pseudonym, dict[Sku, float]]:
    """Each with shares of its own, some of them with many."""
    return {token(n): {Sku(f"{100_000 + n + one}"): (n % 50 + 1) / 100 for one in range(n % 90)} for n in range(1, count)}


def filled(rows: list[tuple[int, str]]) -> CardIndex:
    index = CardIndex()
    assert list(index.filling((row, name, b"") for row, name in rows)) == [(name, b"") for _, name in rows]
    return index


@given(st.sets(NAMES, max_size=30), st.integers(-(2**63), 2**63 - 40), NAMES)
def test_a_row_that_is_there_is_never_missed(names: set[str], first: int, other: str) -> None:
    ordered = sorted(names, key=str.encode)
    index = filled([(first + n, name) for n, name in enumerate(ordered)])
    for n, name in enumerate(ordered):
        rows = index.rows(Pseudonym(name))
        assert rows is None or (first + n in rows and len(rows) <= MOST_ALIKE)
    if not any(name.encode()[:8].strip(b"\0") == other.encode()[:8].strip(b"\0") for name in names):
        assert index.rows(Pseudonym(other)) is not None
        assert not index.rows(Pseudonym(other))


@given(st.permutations(range(6)))
def test_rows_in_another_order_are_asked_for_by_name(order: list[int]) -> None:
    names = sorted(map(token, range(6)))
    index = filled(list(zip(order, names, strict=True)))
    assert index.rows(names[3]) == (range(3, 4) if order == list(range(6)) else None)


CHANGES = {
    "as written": (),
    "backwards": ("UPDATE part SET id = -id",),
    "with a gap": ("UPDATE part SET id = id + 1000 WHERE id > 20",),
    "at the end of all numbers": ("UPDATE part SET id = 9223372036854775807 - 1000 + id",),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_everybody_is_found_in_whatever_order_rows_lie(tmp_path: Path, change: tuple[str, ...]) -> None:
    told = regulars(60) | {Pseudonym(f"all alike {n:02}"): {Sku("milk"): n / 100} for n in range(1, 10)}
    write_shop(tmp_path / "a.bundle", profiles=told)
    with closing(sqlite3.connect(tmp_path / "a.bundle")) as db, db:
        for statement in change:
            assert db.execute(statement).rowcount > 0
    with closing(Bundle.open(tmp_path / "a.bundle")) as bundle:
        bundle.at_hand()
        for whose, history in told.items():
            profile = bundle.profile(whose)
            assert profile is not None
            assert profile.history == pytest.approx(history)
        assert [bundle.profile(Pseudonym(name)) for name in ("all alike 55", "f" * 32, "", "all alik")] == [None] * 4


@pytest.mark.skipif(not READS.exists(), reason="this kernel does not count what a thread reads")
def test_a_look_up_reads_the_disk_once(tmp_path: Path) -> None:
    told = regulars(12_000)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(5_000_000)
    written = write_shop(tmp_path / "a.bundle", profiles=told, pictures={"large.png": picture})
    activation.put(tmp_path / "a.bundle", tmp_path / "bundle.db", written)
    asked = sorted(told)[:: len(told) // 40]
    with closing(Bundle.open(tmp_path / "bundle.db")) as bundle:
        assert bundle.picture("large.png") == picture  # after it the connection remembers no page of a profile
        bundle.at_hand()
        nothing = reads(lambda: None)
        of_each = [reads(partial(bundle.profile, one)) - nothing for one in asked]
        of_a_stranger = reads(partial(bundle.profile, token(0))) - nothing
    assert set(of_each) <= {0, 1}
    assert sum(of_each) > len(asked) // 2, "most pages are nowhere but on the disk"
    assert of_a_stranger == 0


def reads(act: Callable[[], object]) -> int:
    before = int(READS.read_text().split()[5])
    act()
    return int(READS.read_text().split()[5]) - before


@pytest.mark.parametrize(
    "row", ["2000000, 'A', 'profile', NULL, x'80'", "2000000, 'A', 'profile', 'f', NULL", "'x', 'A', 'profile', 'f', 1"]
)
def test_rows_that_the_table_cannot_hold_are_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "a.bundle"
    write_shop(path, profiles=regulars(3))
    with closing(sqlite3.connect(path)) as db, db:
        kept = db.execute("SELECT * FROM part").fetchall()
        db.execute("DROP TABLE part")
        db.execute("CREATE TABLE part (id, slot, kind, name, content, UNIQUE (slot, kind, name))")
        db.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?)", kept)
    Bundle.open(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"INSERT INTO part VALUES ({row})")
    with pytest.raises(BundleError, match="its profiles are not the ones that were signed"):
        Bundle.open(path)
