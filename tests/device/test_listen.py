"""Listening to a till that nobody documented, before there are any settings."""

from __future__ import annotations

import json
import os
import pty
import socket
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.device_till import wire
from fakes.headquarters import free_port
from fakes.patience import until
from fakes.program import Program, tillside

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
