"""A bundle that the daemon dies of: counted by the daemon, given up after three times."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.device_daemon import Register
from fakes.device_shop import write_shop

from device.trials import FILE, MOST_CRASHES, Trial, Trials, read
from sync import activation

OLD, NEW = "20260501-0123456789ab", "20260502-0123456789ab"
HELD = (NEW, OLD)


def test_only_a_daemon_that_ended_without_a_word_counts(tmp_path: Path) -> None:
    for _ in range(5):
        trials = Trials(tmp_path, HELD)
        trials.begin(NEW)
        trials.end(NEW)
    assert Trials(tmp_path, HELD).of(NEW) == Trial()
    for crashes in range(MOST_CRASHES):
        trials = Trials(tmp_path, HELD)
        assert (trials.of(NEW).crashes, trials.of(NEW).failed) == (crashes, False)
        trials.begin(NEW)
    trials = Trials(tmp_path, HELD)
    assert trials.of(NEW).failed
    assert not trials.of(OLD).failed
    assert Trials(tmp_path, HELD).of(NEW).crashes == MOST_CRASHES, "a start that leaves it alone counts nothing"


def test_what_the_daemon_dies_of_once_the_trial_is_over_is_not_the_bundle(tmp_path: Path) -> None:
    trials = Trials(tmp_path, HELD)
    trials.begin(NEW)
    trials.pass_(NEW)
    for _ in range(2 * MOST_CRASHES):
        Trials(tmp_path, HELD).begin(NEW)
    assert read(tmp_path) == {NEW: Trial(steady=True)}


def test_what_is_no_longer_held_is_forgotten(tmp_path: Path) -> None:
    Trials(tmp_path, HELD).begin(OLD)
    Trials(tmp_path, HELD).begin(NEW)
    assert set(read(tmp_path)) == set(HELD)
    Trials(tmp_path, (NEW, None))
    assert set(read(tmp_path)) == {NEW}


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"a": 1}', b"[" * 60_000, b'{"a": {"crashes": "many"}}'])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert read(tmp_path) == {}
    Trials(tmp_path, HELD).begin(NEW)
    assert read(tmp_path) == {NEW: Trial(open=True)}


def test_a_disk_that_takes_no_note_stops_nothing(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "missing", HELD)
    trials.begin(NEW)
    assert trials.of(NEW).open


def test_a_daemon_killed_three_times_takes_the_bundle_before(tmp_path: Path) -> None:
    """Nobody needs to come: not even the sync program."""
    with Register(tmp_path) as register:
        old = write_shop(tmp_path / "old")
        new = write_shop(tmp_path / "new", made_at="2026-05-05T02:00:00Z")
        activation.put(tmp_path / "old", register.state / "bundle.db", old)
        activation.put(tmp_path / "new", register.state / "bundle.db", new)
        assert register.start().stop() == 0
        for _ in range(MOST_CRASHES):
            assert f"suggestions from bundle {new.identity}" in register.start().says("ready:")
            register.kill()
        register.start()
        assert f"suggestions from bundle {old.identity}" in register.says("ready:")
        assert "the register died 3 times" in register.says(f"soon after it took up bundle {new.identity}")
        # Headquarters sends another: it is tried, whatever became of the one before.
        newest = write_shop(tmp_path / "newest", made_at="2026-05-06T02:00:00Z")
        activation.put(tmp_path / "newest", register.state / "bundle.db", newest)
        register.says(f"bundle {newest.identity} is live from the next sale on")
        assert register.stop() == 0


def test_a_bundle_that_no_longer_opens_is_left_for_the_one_before(tmp_path: Path) -> None:
    with Register(tmp_path) as register:
        old = write_shop(tmp_path / "old")
        new = write_shop(tmp_path / "new", made_at="2026-05-05T02:00:00Z")
        activation.put(tmp_path / "old", register.state / "bundle.db", old)
        activation.put(tmp_path / "new", register.state / "bundle.db", new)
        with activation._writing(register.state / "bundle.db") as db:
            db.execute("UPDATE part SET content = x'00' WHERE slot = (SELECT slot FROM active) AND name = 'catalogue'")
        assert f"suggestions from bundle {old.identity}" in register.start().says("ready:")
        assert "document catalogue is damaged" in register.words()
        # Brought again, into the other slot.
        activation.put(tmp_path / "new", register.state / "bundle.db", new)
        register.says(f"bundle {new.identity} is live from the next sale on")
        assert register.stop() == 0
