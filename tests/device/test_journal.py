"""What the installer reads: each thing once a minute, and how often it was."""

from __future__ import annotations

import pytest

from device import journal
from device.journal import MAX_KEYS, Journal


def test_the_same_thing_again_within_the_minute_is_not_said(caplog: pytest.LogCaptureFixture) -> None:
    book = Journal()
    for number in range(5):
        book.say("lane 1.skipped", f"message {number}")
    book.say("lane 2.skipped", "another lane")
    assert caplog.messages == ["message 0", "another lane"]


def test_after_the_minute_it_is_said_with_how_often_it_was(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Journal()
    for number in range(4):
        book.say("key", f"message {number}")
    monkeypatch.setattr(journal, "QUIET_SECONDS", 0.0)
    book.say("key", "message 4")
    book.say("key", "message 5")
    assert caplog.messages == ["message 0", "message 4 (3 more like it before)", "message 5"]


def test_any_number_of_keys_takes_bounded_memory() -> None:
    book = Journal()
    for number in range(3 * MAX_KEYS):
        book.say(f"key {number}", "x")
    assert len(book._said) <= MAX_KEYS


def test_what_happens_seldom_is_always_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    book = Journal()
    book.tell("ready")
    book.tell("ready")
    assert caplog.messages == ["ready", "ready"]
