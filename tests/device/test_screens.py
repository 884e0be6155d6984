"""The daemon's end of the screen link, over a real Unix socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from fakes.device_face import face
from fakes.device_till import RUN, Checkout
from fakes.patience import SECONDS
from fakes.served_screens import changed, serving

from device.adviser import Adviser
from device.domain import LaneId, Phase
from device.screen_link import MAX_LINE, VERSION, Act, Beat, FaceKind, Hello, Painted, Refused, Snapshot, Stage, Verb, encode
from device.screens import MAX_SCREENS, Screens

HELLO = encode(Hello(VERSION, FaceKind.CASHIER))
Story = Callable[[Screens, Path], Coroutine[Any, Any, None]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "screens.sock"


def test_a_face_says_hello_and_is_told_everything_at_once(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        counter.hear("a", 1, "bread")
        async with serving(path, counter), face(path, FaceKind.CUSTOMER) as customer:
            word = await customer.word()
            assert isinstance(word, Snapshot)
            assert (word.run, word.seq, word.lane, word.stage) == (RUN, counter.lane.seq, "1", Stage.BASKET)
            assert [card.sku for card in word.cards] == ["butter", "cheese", "milk"]

    asyncio.run(story())


def test_a_screen_that_says_much_at_once_keeps_no_till_waiting(
    path: Path, counter: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else the loop has to do comes in between two of its words."""
    words = 2000
    taken = 0

    def painted(_: Painted) -> None:
        nonlocal taken
        taken += 1

    monkeypatch.setattr(counter.lane, "painted", painted)

    async def story() -> None:
        most = before = 0
        async with serving(path, counter), face(path) as cashier:
            await cashier.snapshot()
            cashier.say_raw(encode(Painted(RUN, 1, ("x",))) * words)
            async with asyncio.timeout(SECONDS):
                while taken < words:
                    await asyncio.sleep(0)
                    most, before = max(most, taken - before), taken
        assert most <= 2

    asyncio.run(story())


def test_every_change_reaches_both_faces(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        async with serving(path, counter) as screens, face(path) as cashier, face(path, FaceKind.CUSTOMER) as customer:
            for one in (cashier, customer):
                assert (await one.snapshot()).stage is Stage.IDLE
            for seq, skus in enumerate((["bread"], ["bread", "tea"]), 1):
                changed(screens, counter, "a", seq, *skus)
                for one in (cashier, customer):
                    assert len((await one.snapshot(seq)).lines) == seq

    asyncio.run(story())


def test_an_act_is_acknowledged_and_shown_on_the_other_face_too(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        counter.hear("a", 1, "bread")
        async with serving(path, counter), face(path) as cashier, face(path, FaceKind.CUSTOMER) as customer:
            await customer.snapshot()
            seen = await cashier.snapshot()
            acknowledged = await cashier.act(Verb.DISMISS, seen, "butter")
            assert (acknowledged.act_id, acknowledged.done, acknowledged.why) == ("act-1", True, "")
            for one in (cashier, customer):
                assert [card.sku for card in (await one.snapshot(seen.seq + 1)).cards] == ["cheese", "milk", "honey"]

    asyncio.run(story())


def test_a_refused_act_is_told_why_and_changes_no_picture(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        counter.hear("a", 1, "bread")
        async with serving(path, counter), face(path) as cashier:
            seen = await cashier.snapshot()
            cashier.say(Act("x", Verb.ACCEPT, "nothing", seen.seq, seen.run))
            word = await cashier.told()
            assert (getattr(word, "done", None), getattr(word, "why", None)) == (False, "unknown")
            assert counter.lane.seq == seen.seq

    asyncio.run(story())


def test_while_nothing_changes_there_is_a_beat(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        async with serving(path, counter), face(path) as cashier:
            await cashier.snapshot()
            assert await cashier.word() == Beat(RUN, counter.lane.seq)

    asyncio.run(story())


def test_what_a_face_painted_is_on_the_receipt(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        counter.hear("a", 1, "bread")
        async with serving(path, counter), face(path, FaceKind.CUSTOMER) as customer:
            seen = await customer.snapshot()
            customer.say(Painted(seen.run, seen.seq, (seen.cards[0].suggestion_id,)))
            customer.say(Act("after it", Verb.ACCEPT, "nothing", 0))
            await customer.told()
        counter.hear("a", 2, "bread", phase=Phase.CLOSED)

    asyncio.run(story())
    assert [o.sku for o in counter.receipt().outcomes if o.painted] == ["butter"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\n",
        b"{}\n",
        b'{"type":"snapshot"}\n',
        b"\xff\xfe\x00\n",
        b"[" * 200_000 + b"\n",
        b"x" * (MAX_LINE + 10) + b"\n",
        b'{"type":"act","act_id":5}\n',
        HELLO,
    ],
    ids=lambda data: data[:20].decode("latin-1").strip(),
)
def test_garbage_ends_its_connection_and_harms_no_other(path: Path, counter: Checkout, garbage: bytes) -> None:
    async def story() -> None:
        async with serving(path, counter) as screens, face(path) as cashier, face(path, FaceKind.CUSTOMER) as spoilt:
            await cashier.snapshot()
            await spoilt.snapshot()
            spoilt.say_raw(garbage)
            assert await spoilt.hung_up()
            changed(screens, counter, "a", 1, "bread")
            assert (await cashier.snapshot(1)).stage is Stage.BASKET
            async with face(path, FaceKind.CUSTOMER) as back_again:
                assert (await back_again.snapshot()).stage is Stage.BASKET

    asyncio.run(story())


async def _refused(path: Path, **hello: Any) -> str:
    async with face(path, **hello) as turned_away:
        word = await turned_away.word()
        assert isinstance(word, Refused)
        assert await turned_away.word() is None
        return word.why


def test_another_version_is_refused_with_a_sentence(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        async with serving(path, counter):
            assert await _refused(path, version=1) == "the screen speaks version 1, this daemon version 3: update both"

    asyncio.run(story())


def test_an_unknown_lane_is_refused_with_those_there_are(path: Path, tmp_path: Path, shop: Adviser) -> None:
    async def story() -> None:
        one = Checkout(tmp_path, shop, name="1")
        two = Checkout(tmp_path, shop, name="2", edge=one.edge)
        async with serving(path, one, two):
            assert await _refused(path, lane="9") == "there is no lane '9'; there are: 1, 2"
            async with face(path, lane="2") as second, face(path) as first:
                assert ((await first.snapshot()).lane, (await second.snapshot()).lane) == ("1", "2")

    asyncio.run(story())


def test_who_does_not_say_hello_first_is_refused(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        async with serving(path, counter), face(path, hello=False) as rude:
            rude.say(Act("x", Verb.ACCEPT, "y", 0))
            word = await rude.word()
            assert isinstance(word, Refused)
            assert word.why == "a screen has to say hello first"

    asyncio.run(story())


def test_a_face_that_never_reads_stalls_neither_the_lane_nor_the_other_face(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        async with serving(path, counter) as screens, face(path) as cashier:
            slow = socket.socket(socket.AF_UNIX)
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(str(path))
            slow.sendall(encode(Hello(VERSION, FaceKind.CUSTOMER)))
            for seq in range(1, 200):
                changed(screens, counter, "a", seq, *["bread", "tea", "milk"] * 60)
                assert (await cashier.snapshot(seq)).seq == seq
            # It then reads what was on its way, and after that the latest: the ones between were never queued.
            slow.settimeout(20)
            seen = b""
            while b'"seq":199' not in seen[-60_000:]:
                seen += await asyncio.to_thread(slow.recv, 1_000_000)
            slow.close()
            assert seen.count(b'"type":"snapshot"') < 150

    asyncio.run(story())


def test_more_screens_than_a_shop_has_are_refused_and_one_that_leaves_makes_room(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        async with serving(path, counter):
            opened = [await asyncio.open_unix_connection(path) for _ in range(MAX_SCREENS)]
            for reader, writer in opened:
                writer.write(HELLO)
                await reader.readline()
            assert await _refused(path) == f"{MAX_SCREENS} screens are connected already"
            for _, writer in opened:
                writer.transport.abort()
            async with asyncio.timeout(SECONDS):
                while True:
                    async with face(path) as late:
                        if isinstance(await late.word(), Snapshot):
                            break

    asyncio.run(story())


def test_a_face_is_told_when_the_daemon_stops(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        async with serving(path, counter) as screens, face(path) as cashier:
            await cashier.snapshot()
            await screens.close()
            assert await cashier.hung_up()

    asyncio.run(story())


def test_a_hello_may_arrive_byte_by_byte(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        async with serving(path, counter), face(path, hello=False) as slow:
            for byte in encode(Hello(VERSION, FaceKind.CASHIER, LaneId("1"))):
                slow.say_raw(bytes([byte]))
                await asyncio.sleep(0)
            assert (await slow.snapshot()).stage is Stage.IDLE

    asyncio.run(story())
