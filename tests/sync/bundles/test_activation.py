"""Taking a bundle into use, interrupted at every step; and going back from one that the daemon dies of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fakes.bundles_down import check, identity, in_use
from fakes.headquarters_bundle import write_bundle
from fakes.killed import steps

from device.errors import BundleError, SyncError
from device.slots import Slots, slots
from device.trials import MOST_CRASHES, Trials
from sync import activation, publish
from sync.downlink import Outcome
from sync.ledger import Ledger

EXACT = ("activation.py", "ledger.py", "trusted.py", "downlink.py", "durable.py")


@pytest.fixture
def two(tmp_path: Path, bundles: list[Path]) -> tuple[Path, Path]:
    """A folder with `bundle.db` that has the first bundle in use, and the second as a file."""
    folder = tmp_path / "register"
    manifest = write_bundle(tmp_path / "first", 1)
    activation.put(tmp_path / "first", folder / "bundle.db", manifest)
    return folder, bundles[1]


def test_killed_at_every_step_of_putting_and_flipping_it_is_the_old_or_the_new(two: tuple[Path, Path], tmp_path: Path) -> None:
    folder, bundle = two
    old, new = in_use(folder), identity(bundle)
    manifest = write_bundle(tmp_path / "second", 2)
    assert manifest.identity == new
    before = shutil.copytree(folder, tmp_path / "before")

    def put() -> None:
        activation.put(bundle, folder / "bundle.db", manifest)

    seen = set()
    total = steps(put, None)
    assert total > 30
    for step in range(total):
        shutil.rmtree(folder)
        shutil.copytree(before, folder)
        assert steps(put, step) == -1
        seen.add(in_use(folder))
        assert in_use(folder) in {old, new}
        activation.put(bundle, folder / "bundle.db", manifest)
        assert in_use(folder) == new
    assert seen == {old, new}


def test_killed_anywhere_in_a_look_the_next_one_brings_the_bundle(
    newer: Path, running: Path, bundles: list[Path], tmp_path: Path
) -> None:
    """From the first file that is fetched to the last note in sync.db."""
    old, new = identity(bundles[0]), identity(bundles[1])
    before = shutil.copytree(running, tmp_path / "before", symlinks=True)
    total = steps(lambda: check(newer, running), None)
    assert in_use(running) == new
    for step in range(total // 24, total, total // 12):
        shutil.rmtree(running)
        shutil.copytree(before, running, symlinks=True)
        assert steps(lambda: check(newer, running), step) == -1
        assert in_use(running) in {old, new}
        assert check(newer, running).outcome in {Outcome.INSTALLED, Outcome.CURRENT}
        assert in_use(running) == new
        assert not any((running / "download").iterdir())


def test_killed_at_every_step_of_going_back_it_is_not_installed_again(later: tuple[Path, Path], tmp_path: Path) -> None:
    headquarters, register = later
    held = slots(register / "bundle.db")
    crash(register, held, MOST_CRASHES)
    before = shutil.copytree(register, tmp_path / "before", symlinks=True)

    def go_back() -> None:
        with Ledger(register / "sync.db") as book:
            activation.revert_from_crashes(register / "bundle.db", register, book)

    total = steps(go_back, None)
    for step in range(total):
        shutil.rmtree(register)
        shutil.copytree(before, register, symlinks=True)
        assert steps(go_back, step) == -1
        assert in_use(register) in held[:2]
        go_back()
        assert in_use(register) == held.previous
    assert check(headquarters, register).outcome is Outcome.REVERTED


def crash(register: Path, held: Slots, times: int) -> None:
    """The daemon dies under the bundle in use so often; what it writes down then."""
    assert held.active is not None
    for _ in range(times):
        Trials(register, held[:2]).begin(held.active)
    Trials(register, held[:2])


def test_the_next_look_goes_back_for_good_from_a_bundle_that_the_daemon_died_of(later: tuple[Path, Path]) -> None:
    headquarters, register = later
    held = slots(register / "bundle.db")
    crash(register, held, MOST_CRASHES - 1)
    assert check(headquarters, register).outcome is Outcome.CURRENT
    crash(register, held, 1)
    # Without headquarters too.
    shutil.move(headquarters, headquarters.with_name("away"))
    with pytest.raises(SyncError, match="does not deliver"):
        check(headquarters, register, root=headquarters.with_name("away") / "root.json")
    assert slots(register / "bundle.db")[:2] == (held.previous, held.active)
    assert check(headquarters.with_name("away"), register).outcome is Outcome.REVERTED


def test_where_the_one_before_fared_no_better_nothing_is_changed(later: tuple[Path, Path]) -> None:
    headquarters, register = later
    held = slots(register / "bundle.db")
    assert held.previous is not None
    crash(register, held, MOST_CRASHES)
    crash(register, Slots(held.previous, held.active), MOST_CRASHES)
    assert check(headquarters, register).outcome is Outcome.CURRENT
    assert slots(register / "bundle.db") == held


def test_a_bundle_that_was_damaged_on_the_disk_is_fetched_again(later: tuple[Path, Path], bundles: list[Path]) -> None:
    headquarters, register = later
    with activation._writing(register / "bundle.db") as db:
        db.execute("UPDATE part SET content = x'00' WHERE slot = (SELECT slot FROM active) AND name = 'golden'")
    before = slots(register / "bundle.db")
    with pytest.raises(BundleError, match="golden is damaged"):
        in_use(register)
    assert check(headquarters, register).outcome is Outcome.INSTALLED
    after = slots(register / "bundle.db")
    assert (in_use(register), after.slot != before.slot) == (identity(bundles[1]), True)
    assert check(headquarters, register).outcome is Outcome.CURRENT


def test_where_the_one_before_is_damaged_too_the_next_bundle_is_the_way_out(
    later: tuple[Path, Path], bundles: list[Path]
) -> None:
    headquarters, register = later
    crash(register, slots(register / "bundle.db"), MOST_CRASHES)
    with activation._writing(register / "bundle.db") as db:
        db.execute("UPDATE part SET content = x'00' WHERE slot <> (SELECT slot FROM active) AND name = 'golden'")
    assert check(headquarters, register).outcome in {Outcome.CURRENT, Outcome.REVERTED}
    publish.publish(headquarters, bundles[2])
    assert check(headquarters, register).identity == identity(bundles[2]) == in_use(register)
