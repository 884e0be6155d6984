"""Killed anywhere, registers have the profiles of before or the new ones, and go on at the next look."""

from __future__ import annotations

import multiprocessing
import shutil
import time
from pathlib import Path

from fakes.bundles_down import STORE, check, in_use
from fakes.killed import steps
from fakes.store_files import ANNA, BORIS, OLGA, knows, write

from sync import publish
from sync.downlink import Outcome


def test_killed_at_any_moment_the_register_has_the_old_or_the_new(headquarters: Path, tmp_path: Path, folder: Path) -> None:
    """Kills spread over one look; after each the file is opened as the daemon opens it, and the next look goes on."""
    state, before = tmp_path / "register", tmp_path / "before"
    many = [f"{number * 7919:032x}" for number in range(20_000)]
    write(folder, {STORE: [ANNA, *many]})
    publish.publish_profiles(headquarters, folder)
    old = check(headquarters, state).identity
    shutil.copytree(state, before)
    write(folder, {STORE: [*many, BORIS]}, 2)
    publish.publish_profiles(headquarters, folder)
    began = time.monotonic()
    new = check(headquarters, state).identity
    whole = time.monotonic() - began
    for step in range(12):
        shutil.rmtree(state)
        shutil.copytree(before, state)
        child = multiprocessing.get_context("fork").Process(target=check, args=(headquarters, state))
        child.start()
        time.sleep(whole * step / 10)
        child.kill()
        child.join()
        assert in_use(state) in {old, new}
    assert check(headquarters, state).identity == new
    assert knows(state, BORIS)


def test_killed_anywhere_in_a_night_of_profiles_it_is_the_old_or_the_new(
    headquarters: Path, state: Path, folder: Path, tmp_path: Path
) -> None:
    """From the first file that is fetched to the last note in sync.db."""
    write(folder, {STORE: [ANNA]})
    publish.publish_profiles(headquarters, folder)
    old = check(headquarters, state).identity
    before = shutil.copytree(state, tmp_path / "before", symlinks=True)
    write(folder, {STORE: [BORIS]}, 2)
    publish.publish_profiles(headquarters, folder)
    total = steps(lambda: check(headquarters, state), None)
    new = in_use(state)
    assert new != old
    seen = set()
    for step in range(total // 50, total, total // 25):
        shutil.rmtree(state)
        shutil.copytree(before, state, symlinks=True)
        assert steps(lambda: check(headquarters, state), step) == -1
        seen.add(in_use(state))
        assert in_use(state) in {old, new}
        assert check(headquarters, state).outcome in {Outcome.INSTALLED, Outcome.CURRENT}
        assert in_use(state) == new
        assert not any((state / "download").iterdir())
    assert old in seen


def test_killed_anywhere_in_publishing_registers_find_the_old_or_the_new(
    headquarters: Path, folder: Path, tmp_path: Path
) -> None:
    first = write(folder, {STORE: [ANNA], "S2": [BORIS]})
    publish.publish_profiles(headquarters, folder)
    before = shutil.copytree(headquarters, tmp_path / "before")
    second = write(folder, {STORE: [OLGA], "S2": [OLGA]}, 2)
    total = steps(lambda: publish.publish_profiles(headquarters, folder), None)
    for step in range(total // 32, total, total // 16):
        shutil.rmtree(headquarters)
        shutil.copytree(before, headquarters)
        assert steps(lambda: publish.publish_profiles(headquarters, folder), step) == -1
        suffixes = set()
        for store in (STORE, "S2"):
            looked = check(headquarters, tmp_path / f"{step}-{store}", store=store)
            assert looked.outcome is Outcome.INSTALLED
            assert looked.trouble is None
            made = {first[store].identity.rpartition("-")[2]: "old", second[store].identity.rpartition("-")[2]: "new"}
            suffixes.add(made[(looked.identity or "").rpartition("-")[2]])
        assert len(suffixes) == 1, "one store's are new and another's old"
        assert publish.publish_profiles(headquarters, folder) == 2
    assert not list((headquarters / "repository/targets").glob("*.part"))
