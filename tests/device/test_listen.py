"""Listening to a till that nobody documented, before there are any settings."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.device_till import wire
from fakes.headquarters import free_port
from fakes.patience import until
from fakes.program import Program, completed, tillside

from device.errors import SettingsError
from device.installer.listen import listen
from device.sources.capture import read


@pytest.fixture
def till() -> Iterator[tuple[int, str]]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_a_port_is_heard_without_settings_and_recorded_with_times(till: tuple[int, str], tmp_path: Path) -> None:
    master, port = till
    capture = tmp_path / "till.capture"
    with Program(tillside("listen", "--serial", port, "--raw", capture), tmp_path / "log") as program:
        program.says("at 9600 baud")
        os.write(master, wire("a", 1, "bread"))
        assert json.loads(program.says('"event":"state"'))["basket_id"] == "a"
        os.write(master, b"noise\n")
        program.says("skipped: not a JSON object (1 so far)")
        until(lambda: len(list(read(capture))) > 1, what="two reads in the recording")
    chunks = list(read(capture))
    assert b"".join(chunk.data for chunk in chunks) == wire("a", 1, "bread") + b"noise\n"
    assert chunks[0].t_ms == 0
    assert all(chunk.t_ms is not None for chunk in chunks)


def test_detecting_that_is_stopped_is_no_success(till: tuple[int, str], tmp_path: Path) -> None:
    with Program(tillside("listen", "--serial", till[1], "--detect"), tmp_path / "log") as program:
        program.says("at 9600 baud")
        program.signal(signal.SIGINT)
        assert program.wait() == 1
        assert program.words().splitlines()[-1].startswith("tillside: stopped before anything was sure: ")


def test_a_till_that_connects_is_heard(tmp_path: Path) -> None:
    port = free_port()
    with Program(tillside("listen", "--accept", str(port)), tmp_path / "log") as program:
        until(lambda: _sent(port, wire("b", 1, "tea")), what="a listening port")
        assert json.loads(program.says('"event":"state"'))["basket_id"] == "b"


def _sent(port: int, data: bytes) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as till:
            till.sendall(data)
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--serial", "/dev/x", "--connect", "h:1"], "name one of --serial, --connect, --accept and --udp"),
        (["--serial", "/dev/x", "--frame", "9N1"], "--frame 9N1: write it like 8N1 or 7E1"),
        (["--baud", "9600"], "--baud and --frame belong to --serial"),
        (["--connect", "nowhere"], "--connect nowhere: write HOST:PORT"),
        (["--serial", "/dev/x", "--dialect", "nativ"], "did you mean 'native'"),
        (["--serial", "/dev/x", "--option", "word"], "--option word: write key=value"),
        (["--dialect", "native"], "belong to a wire named by"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(words: list[str], told: str) -> None:
    result = CliRunner().invoke(listen, words)
    assert isinstance(result.exception, SettingsError)
    assert told in str(result.exception)


def test_a_lane_is_heard_with_what_answers_its_till(tmp_path: Path) -> None:
    """Of a fiscal register's commands only those count that its answers confirm."""
    composed = Path(__file__).parent / "recordings" / "shtrih" / "composed_v1.capture"
    chunks = list(read(composed))
    settings, recording, (said, answered) = tmp_path / "settings.toml", tmp_path / "both.capture", (free_port(), free_port())
    settings.write_text(
        f"""store = "1"
device = "1"
state_dir = "{tmp_path}"

[[lane]]
till = "7"
dialect = "shtrih"
source = {{ kind = "tcp", host = "127.0.0.1", port = {said}, listen = true }}

[[lane.tap]]
role = "replies"
source = {{ kind = "tcp", host = "127.0.0.1", port = {answered}, listen = true }}
"""
    )
    with Program(tillside("listen", "--settings", settings, "--till", "7", "--raw", recording), tmp_path / "log") as program:
        until(lambda: _sent(said, b"") and _sent(answered, b""), what="two listening ports")
        with socket.create_connection(("127.0.0.1", said)) as till, socket.create_connection(("127.0.0.1", answered)) as device:
            size = 0
            for chunk in chunks:
                (device if chunk.reply else till).sendall(chunk.data)
                size += len(chunk.data)
                until(lambda size=size: recorded(recording) == size, what="the read in the recording")
                if b'"event":"ended"' in program.log.read_bytes():
                    break
        ended = json.loads(program.says('"event":"ended"'))
    assert ended["total"] == next(event for event in events_of(composed) if event["event"] == "ended")["total"]
    assert {chunk.reply for chunk in read(recording)} == {False, True}


def recorded(recording: Path) -> int:
    """Bytes, without the line feed that parts one connection from the next."""
    there = recording.exists() and recording.stat().st_size
    return sum(len(chunk.data) for chunk in read(recording) if chunk.data != b"\n") if there else 0


def events_of(recording: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in recording.with_suffix(".events.jsonl").read_bytes().splitlines()]


def test_what_a_tap_says_names_its_wire(tmp_path: Path, till: tuple[int, str]) -> None:
    master, port = till
    settings, truth = tmp_path / "settings.toml", free_port()
    settings.write_text(
        f"""store = "1"
device = "1"
state_dir = "{tmp_path}"

[[lane]]
till = "7"
dialect = "scanner"
source = {{ kind = "serial", port = "{port}" }}

[[lane.tap]]
role = "truth"
dialect = "native"
source = {{ kind = "tcp", host = "127.0.0.1", port = {truth}, listen = true }}
"""
    )
    with Program(tillside("listen", "--settings", settings), tmp_path / "log") as program:
        until(lambda: _sent(truth, wire("b", 1, "tea")), what="a listening port")
        assert json.loads(program.says('"basket_id":"b"'))["wire"] == "truth"
        program.says("at 9600 baud")
        os.write(master, b"4006381333931\r")
        assert "wire" not in json.loads(program.says('"event":"scanned"'))
        with socket.create_connection(("127.0.0.1", truth)) as noisy:
            noisy.sendall(b"noise\n")
            program.says("skipped on the wire of truth: not a JSON object (1 so far)")


def test_what_nothing_came_of_is_no_success(tmp_path: Path) -> None:
    """A port that is not there is waited for; who said for how long is told that it was in vain."""
    done = completed(tillside("listen", "--serial", tmp_path / "none", "--seconds", "0.5"))
    assert (done.returncode, done.stdout) == (1, "")
    first = done.stderr.splitlines()[0]
    assert first.startswith(f"tillside: {tmp_path / 'none'} is not there (ports on this machine: ")
    assert first.endswith("): plug it in, it is waited for; or stop this and name another with --serial")
    assert "none cannot be read (No such file or directory): plug it in" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("tillside: nothing came in 0.5 s: ring something up meanwhile")


def test_without_settings_and_a_wire_it_says_how_to_name_one(tmp_path: Path) -> None:
    for words in ([], ["--detect"]):
        done = completed(tillside("listen", "--settings", tmp_path / "none.toml", *words))
        assert done.returncode == 1
        assert "no wire is named: name the wire with --serial, --connect, --accept or --udp, or the settings" in done.stderr
