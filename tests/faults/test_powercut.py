"""Some hundred power cuts, and the proof that the simulator can fail."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from faults import disk, powercut


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with powercut.workshop() as made:
        yield made


@pytest.fixture
def seed() -> int:
    found = random.randrange(2**32)
    print("seed", found)
    return found


@pytest.mark.parametrize(
    ("workload", "cuts"),
    [("edge", 30), ("edge_small", 60), ("edge_again", 40), ("ledger", 60), ("bundles", 25), ("repository", 15), ("central", 40)],
)
def test_a_power_cut_loses_and_corrupts_nothing_that_was_promised(workload: str, cuts: int, folder: Path, seed: int) -> None:
    tally = powercut.cut(workload, cuts, seed, folder)
    assert (tally.cuts, tally.corrupt, tally.lost, tally.examples) == (cuts, 0, 0, [])


def test_the_simulator_can_fail(folder: Path, seed: int) -> None:
    normal = powercut.cut("edge_normal", 60, seed, folder)
    assert normal.lost > 0
    off = powercut.cut("edge_off", 60, seed, folder)
    assert off.lost > 0
    assert off.corrupt > 0


def operations(*told: tuple[str, int, int, str, bytes]) -> disk.Disk:
    under = disk.Disk()
    for one in told:
        under.take(disk.Operation(*one))
    return under


def states(under: disk.Disk, folder: Path) -> set[tuple[tuple[str, bytes], ...]]:
    """What 200 cuts at this moment leave."""
    found = set()
    for number in range(200):
        under.cut(random.Random(number), folder / "cut")
        found.add(tuple((path.name, path.read_bytes()) for path in sorted((folder / "cut").iterdir())))
    return found


def test_what_was_synced_stays_and_a_name_needs_the_sync_of_its_folder(tmp_path: Path) -> None:
    written = [("C", 1, 0, "a", b""), ("W", 1, 0, "", b"x" * 600), ("S", 1, 0, "", b"")]
    assert states(operations(*written), tmp_path) == {(), (("a", b"x" * 600),)}
    assert states(operations(*written, ("D", 0, 0, "", b"")), tmp_path) == {(("a", b"x" * 600),)}


def test_a_rename_is_whole_and_what_it_names_may_be_empty(tmp_path: Path) -> None:
    old = [("C", 1, 0, "a", b""), ("W", 1, 0, "", b"old"), ("S", 1, 0, "", b""), ("D", 0, 0, "", b"")]
    new = [("C", 2, 0, "b", b""), ("W", 2, 0, "", b"new"), ("R", 0, 0, "b", b"a")]
    found = states(operations(*old, *new), tmp_path)
    assert all("a" in dict(state) for state in found)
    assert {dict(state)["a"] for state in found} >= {b"old", b"new", b""}


def test_sectors_of_one_write_are_torn(tmp_path: Path) -> None:
    under = operations(
        ("C", 1, 0, "a", b""), ("T", 1, 1024, "", b""), ("S", 1, 0, "", b""), ("D", 0, 0, "", b""), ("W", 1, 0, "", b"y" * 1024)
    )
    halves = {(content[:512].count(b"y"), content[512:].count(b"y")) for ((_, content),) in states(under, tmp_path)}
    assert halves == {(0, 0), (0, 512), (512, 0), (512, 512)}
