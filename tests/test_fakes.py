"""What every other test stands on: waiting that tells what it waited for, and programs that leave nothing behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest
from fakes.patience import eventually, until
from fakes.program import Program, completed


def test_waiting_in_vain_tells_what_was_waited_for_and_what_was_last_seen() -> None:
    seen = iter("abc")
    with pytest.raises(AssertionError, match="waited 0 s for the moon; last seen: a"):
        until(lambda: False, what="the moon", seconds=0, seen=lambda: next(seen))
    with pytest.raises(AssertionError, match=r"waited 0 s for more; last seen: \[\]"):
        asyncio.run(eventually(list, what="more", seconds=0))


def test_the_first_true_value_is_returned_even_when_time_is_over() -> None:
    values = iter([0, 0, 7])
    assert until(lambda: next(values), what="seven") == 7
    assert until(lambda: 7, what="seven", seconds=0) == 7


def test_a_program_takes_what_it_started_with_it_and_a_failure_shows_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The child of the child is deaf to SIGTERM.
    script = '(trap "" TERM; exec sleep 1000) & echo "started $!"; wait'
    program = Program(["sh", "-c", script], tmp_path / "log")
    child = int(program.says("started").split()[1])

    def fail() -> None:
        with program:
            assert not psutil.pid_exists(child)

    with pytest.raises(AssertionError):
        fail()
    assert f"started {child}" in capsys.readouterr().out
    assert not program.alive()
    # Without an init that reaps, what was killed stays in the table as a zombie.
    until(
        lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE,
        what="the grandchild to be gone",
    )


def test_a_program_that_ends_before_it_said_what_was_awaited_fails_at_once(tmp_path: Path) -> None:
    with Program(["sh", "-c", "echo no; exit 3"], tmp_path / "log") as program:
        with pytest.raises(AssertionError, match="it ended with status 3 before it said 'yes'"):
            program.says("yes")
        assert "no" in program.says("no")


def test_a_program_is_spoken_to(tmp_path: Path) -> None:
    with Program(["cat"], tmp_path / "log", talks=True) as program:
        program.say(b"one\ntwo\n")
        assert [program.line(), program.line()] == [b"one", b"two"]
        program.hush()
        assert program.wait() == 0


def test_what_is_run_to_its_end_is_told_and_tells() -> None:
    done = completed(["sh", "-c", "cat; echo sorry >&2; exit 4"], told="hello")
    assert (done.returncode, done.stdout, done.stderr) == (4, "hello", "sorry\n")
