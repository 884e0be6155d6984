"""The hand on a running face: what it is told is done in order, and no more of it is taken in than there is work for."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from device.screen_link import FaceKind, Verb
from kiosk_ui import remote
from kiosk_ui.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.daemon_link import DaemonLink
    from fakes.face_glass import Glass

TAP = b'{"tap":"accept"}\n'
LEAST_TAPS = 5
MOST_BYTES = 1 << 18
"""Twice what a pipe and one read hold."""


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """What is written here a remote reads as its standard input."""
    theirs, ours = os.pipe()
    monkeypatch.setattr(remote, "_STDIN", theirs)
    os.set_blocking(ours, False)
    yield ours
    os.close(ours)
    os.close(theirs)


def test_taps_that_come_faster_than_a_finger_moves_wait_in_the_pipe(
    glass, daemon: DaemonLink, hand: int, capsys: pytest.CaptureFixture[str]
) -> None:
    face: Glass = glass(FaceKind.CASHIER)
    driver = Remote(face.screen.view, face.screen.face, lambda: None)
    told, taken = "", 0

    def pressed() -> bool:
        nonlocal told, taken
        with contextlib.suppress(BlockingIOError):
            while taken <= MOST_BYTES:
                taken += os.write(hand, TAP)
        told += capsys.readouterr().out
        return told.count('"tapped"') >= LEAST_TAPS or taken > MOST_BYTES

    face.until(pressed, f"{LEAST_TAPS} taps")
    assert taken < MOST_BYTES, "it takes in whatever it is told"
    driver.close()


def test_commands_behind_a_tap_are_answered_in_their_order(
    glass, daemon: DaemonLink, hand: int, capsys: pytest.CaptureFixture[str]
) -> None:
    face: Glass = glass(FaceKind.CASHIER)
    driver = Remote(face.screen.view, face.screen.face, lambda: None)
    face.qtbot.wait(400)
    os.write(hand, TAP + b'{"state":true}\n{"nonsense":1}\n')
    told = ""

    def answered() -> bool:
        nonlocal told
        told += capsys.readouterr().out
        return told.count("\n") >= 3

    face.until(answered, "three answers")
    assert [min(json.loads(line)) for line in told.splitlines()] == ["hit", "cards", "error"]
    face.until(daemon.acts, "the act")
    assert daemon.acts()[0].verb is Verb.ACCEPT
    os.write(hand, b'{"state":true}\n')
    told = ""
    face.until(lambda: answered() or "stage" in told, "an answer to what comes when the finger is up")
    driver.close()


def test_what_was_told_before_the_end_of_the_input_is_done(
    glass, daemon: DaemonLink, hand: int, capsys: pytest.CaptureFixture[str]
) -> None:
    face: Glass = glass(FaceKind.CASHIER)
    driver = Remote(face.screen.view, face.screen.face, lambda: None)
    os.write(hand, TAP * 2 + b'{"state":true}\n')
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, hand)  # the other end is gone
    os.close(nowhere)
    told = ""

    def answered() -> bool:
        nonlocal told
        told += capsys.readouterr().out
        return "stage" in told

    face.until(answered, "the answer to the last command")
    assert told.count('"tapped"') == 2
    driver.close()
