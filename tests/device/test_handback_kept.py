"""What is handed to the till is written down before it is sent, and taken back where it was not sent after all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.device_handback import BUTTER, accepted, heard
from fakes.device_till import Checkout
from fakes.patience import SECONDS, eventually

from device.domain import Phase, Sku
from device.handback.hand import Hand
from device.journal import Journal
from device.screen_link import Verb
from device.settings import ScannerHandBack
from device.store import EdgeStore


def test_a_yes_names_its_receipt_and_what_was_handed_over_is_kept_with_the_sale(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.tap(Verb.ACCEPT, "butter")
    (yes,) = counter.lane.answers
    assert counter.lane.latest is not None
    assert (yes.receipt_id, yes.sku, yes.yes) == (counter.lane.latest.receipt_id, "butter", True)
    assert asyncio.run(counter.lane.hand(Sku("butter"))).basket_id == "a"
    counter.hear("a", 2, "bread", phase=Phase.SUSPENDED)
    counter.hear("b", 1, "bread", minutes=1)
    assert not counter.lane.was_handed(Sku("butter"))
    counter.hear("b", 2, "bread", minutes=1, phase=Phase.CLOSED)
    counter.hear("a", 3, "bread", minutes=5)
    assert counter.lane.was_handed(Sku("butter"))
    counter.hear("a", 4, "bread", minutes=5, phase=Phase.CLOSED)
    counter.hear("a", 1, "bread", minutes=9, told_at="the next morning")
    assert not counter.lane.was_handed(Sku("butter")), "another sale with the same number"


def test_a_sale_that_the_till_left_and_came_back_to_is_the_same_sale(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    asyncio.run(counter.lane.hand(Sku("butter")))
    counter.hear("b", 1, "bread", minutes=1)
    counter.hear("a", 2, "bread", minutes=2)
    assert counter.lane.was_handed(Sku("butter"))


def test_what_was_handed_over_on_a_sale_that_never_ended_is_forgotten_with_a_receipt_a_day_later(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    asyncio.run(counter.lane.hand(Sku("butter")))
    counter.hear("b", 1, "bread", minutes=23 * 60, phase=Phase.CLOSED)
    counter.hear("a", 2, "bread", minutes=23 * 60)
    assert counter.lane.was_handed(Sku("butter"))
    counter.hear("c", 1, "bread", minutes=25 * 60, phase=Phase.CLOSED)
    counter.hear("a", 3, "bread", minutes=25 * 60)
    assert not counter.lane.was_handed(Sku("butter"))


@contextlib.contextmanager
def held_up(edge: EdgeStore) -> Iterator[threading.Event]:
    """A transaction of another thread that lasts until the event is set."""
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with edge._transaction("held up"):
            begun.set()
            assert go_on.wait(SECONDS)

    holding = threading.Thread(target=hold)
    holding.start()
    assert begun.wait(SECONDS)
    try:
        yield go_on
    finally:
        go_on.set()
        holding.join()


def test_the_loop_rings_on_while_the_disk_is_busy_with_what_is_handed_over(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")

    async def story() -> None:
        with held_up(counter.edge) as go_on:
            handing = asyncio.create_task(counter.lane.hand(Sku("butter")))
            await asyncio.sleep(0)
            assert counter.hear("a", 2, "bread", "milk")
            assert not counter.lane.was_handed(Sku("butter")), "not yet, and read without waiting"
            assert not handing.done()
            go_on.set()
            await handing
        assert counter.lane.was_handed(Sku("butter"))

    asyncio.run(story())


def test_what_was_written_down_and_not_sent_is_taken_back_and_may_be_sent_on_the_next_yes(
    tmp_path: Path, scanner: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    end, port = scanner
    counter = accepted(tmp_path)
    silent = 0.0
    hand = Hand(ScannerHandBack(port=port), counter.lane, "", lambda: silent, Journal())

    async def story() -> None:
        nonlocal silent
        async with asyncio.timeout(SECONDS):
            running = asyncio.create_task(hand.run())
            await eventually(lambda: counter.lane.was_handed(Sku("butter")), what="the note")
            counter.tap(Verb.UNDO, "butter")
            hand.look()
            counter.tap(Verb.ACCEPT, "butter")  # before the note of the first yes has been taken back
            hand.look()
            silent = 10.0
            await eventually(lambda: heard(end) == BUTTER.encode() + b"\r", what="a scan")
            running.cancel()

    asyncio.run(story())
    assert counter.lane.was_handed(Sku("butter"))
    assert "was sent once" not in caplog.text


def test_a_yes_that_is_taken_back_before_it_is_sent_leaves_no_note(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    counter = accepted(tmp_path)
    hand = Hand(ScannerHandBack(port=port), counter.lane, "", lambda: 0.0, Journal())

    async def story() -> None:
        async with asyncio.timeout(SECONDS):
            running = asyncio.create_task(hand.run())
            await eventually(lambda: counter.lane.was_handed(Sku("butter")), what="the note")
            counter.tap(Verb.UNDO, "butter")
            await eventually(lambda: not counter.lane.was_handed(Sku("butter")), what="no note")
            running.cancel()

    asyncio.run(story())
    assert heard(end) == b""


def test_nothing_is_sent_into_a_wire_that_is_never_silent(
    tmp_path: Path, scanner: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    end, port = scanner
    counter = accepted(tmp_path)
    hand = Hand(ScannerHandBack(port=port, seconds=0.2), counter.lane, "", lambda: 0.0, Journal())

    async def story() -> None:
        async with asyncio.timeout(SECONDS):
            running = asyncio.create_task(hand.run())
            await eventually(lambda: "never silent" in caplog.text, what="a sentence")
            running.cancel()

    asyncio.run(story())
    assert heard(end) == b""
    assert "butter is not handed to the till: its wire is never silent" in caplog.text


def test_a_port_that_is_pulled_out_before_the_write_costs_one_sentence_and_no_second_try(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    counter = accepted(tmp_path)
    asked = 0

    def silent_for() -> float:
        # The port has been opened when this is asked for the first time.
        nonlocal asked
        asked += 1
        if asked == 1:
            os.close(master)
            os.close(slave)
        return 10.0

    hand = Hand(ScannerHandBack(port=os.ttyname(slave)), counter.lane, "", silent_for, Journal())

    async def story() -> None:
        async with asyncio.timeout(SECONDS):
            running = asyncio.create_task(hand.run())
            await eventually(lambda: "cannot be handed" in caplog.text, what="a sentence")
            counter.tap(Verb.UNDO, "butter")
            counter.tap(Verb.ACCEPT, "butter")
            await eventually(lambda: "was sent once on this receipt" in caplog.text, what="a refusal")
            running.cancel()

    asyncio.run(story())
    assert asked == 1
    assert [record.message.count("cannot be handed") for record in caplog.records].count(1) == 1
