"""The MQTT source against a real broker: nothing is lost by a till, a broker or a register that went away."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes.device_sources import said
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS
from paho.mqtt import publish

from device.errors import SourceError, SyncError
from device.journal import Journal
from device.settings import MqttSource, parse
from device.sources import Arrivals, arrivals, mqtt
from device.sources.mqtt import MAX_WAITING
from sync.link import Broker, Link

TOPIC = "tillside/lane/v1/S1/7/basket"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    with mosquitto(tmp_path / "broker", port):
        yield port


@asynccontextmanager
async def listening(port: int, **source: Any) -> AsyncIterator[Arrivals]:
    lane = {"till": "7", "source": {"kind": "mqtt", "host": "127.0.0.1", "port": port} | source}
    known = parse({"store": "S1", "device": "r1", "lane": [lane]})
    stream = arrivals(known.lane[0].source, known.lane[0].till, known, Journal())
    async with aclosing(stream):  # type: ignore[type-var]
        yield stream


async def heard(stream: Arrivals) -> bytes:
    async with asyncio.timeout(SECONDS):
        data, _ = await anext(stream)
    return data


async def tell(port: int, *payloads: bytes, retain: bool = False) -> None:
    messages: list[Any] = [{"topic": TOPIC, "payload": payload, "qos": 1, "retain": retain} for payload in payloads]
    await asyncio.to_thread(publish.multiple, messages, "127.0.0.1", port)


def test_a_payload_is_one_message_with_its_line_end(broker: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        async with listening(broker) as stream:
            first = asyncio.create_task(heard(stream))
            await said(caplog, f"listening to {TOPIC}")
            await tell(broker, b'{"a":\n1}')
            assert await first == b'{"a":\n1}\n'

    asyncio.run(story())


def test_what_was_not_dealt_with_and_what_was_said_meanwhile_is_told_to_the_next_run_in_order(
    broker: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        async with listening(broker) as stream:
            first = asyncio.create_task(heard(stream))
            await said(caplog, "listening to")
            await tell(broker, b"first")
            assert await first == b"first\n"
        # It ended before it asked for more: nobody knows whether the receipt was written.
        await tell(broker, *(b"%d" % number for number in range(30)))
        async with listening(broker) as stream:
            assert await heard(stream) == b"first\n"
            assert [await heard(stream) for _ in range(30)] == [b"%d\n" % number for number in range(30)]
        # Everything but the last was dealt with. An acknowledgement may be overtaken by the end of the connection, so some of it
        # may be told again, in order; what was not dealt with always is.
        async with listening(broker) as stream:
            again = [await heard(stream)]
            while again[-1] != b"29\n":
                again.append(await heard(stream))
            assert again == [b"%d\n" % number for number in range(30 - len(again), 30)]

    asyncio.run(story())


def test_a_retained_basket_is_told_to_a_register_that_starts_later(broker: int) -> None:
    async def story() -> None:
        await tell(broker, b"as it stands", retain=True)
        async with listening(broker) as stream:
            assert await heard(stream) == b"as it stands\n"

    asyncio.run(story())


def test_a_broker_that_is_killed_and_returns_is_found_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    port = free_port()

    async def story() -> None:
        async with listening(port) as stream:
            with mosquitto(tmp_path / "broker", port):
                first = asyncio.create_task(heard(stream))
                await said(caplog, "listening to")
                await tell(port, b"first")
                assert await first == b"first\n"
                second = asyncio.create_task(heard(stream))
            await said(caplog, f"no connection to the broker at 127.0.0.1:{port}")
            caplog.clear()
            with mosquitto(tmp_path / "broker", port):
                await said(caplog, "listening to")
                await tell(port, b"second")
                assert await second == b"second\n"

    asyncio.run(story())


def test_an_acknowledgement_due_to_a_broker_that_died_settles_nothing_with_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    port = free_port()

    async def story() -> None:
        async with listening(port) as stream:
            with mosquitto(tmp_path / "broker", port):
                first = asyncio.create_task(heard(stream))
                await said(caplog, "listening to")
                await tell(port, b"first")
                assert await first == b"first\n"
            await said(caplog, "no connection")
            caplog.clear()
            with mosquitto(tmp_path / "broker", port):
                await said(caplog, "listening to")
                await tell(port, b"second")
                # Asking for it says that the first is dealt with, and both are number 1 of their broker.
                assert await heard(stream) == b"second\n"
                await stream.aclose()  # type: ignore[attr-defined]
                async with listening(port) as after:
                    assert await heard(after) == b"second\n"

    asyncio.run(story())


def test_a_flood_of_messages_that_nobody_acknowledges_costs_no_message_that_somebody_does(
    broker: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        async with listening(broker) as stream:
            first = asyncio.create_task(heard(stream))
            await said(caplog, "listening to")
            flood: list[Any] = [{"topic": TOPIC, "payload": b"flood", "qos": 0} for _ in range(2 * MAX_WAITING)]
            await asyncio.to_thread(publish.multiple, flood, "127.0.0.1", broker)
            await said(caplog, "are dropped: publish with QoS 1")
            await tell(broker, b"a sale")
            told = [await first]
            while told[-1] != b"a sale\n":
                told.append(await heard(stream))
            # One at least was dropped, and of what the broker still had when reading began some more may have found room.
            assert MAX_WAITING <= len(told) <= 2 * MAX_WAITING

    asyncio.run(story())


def test_a_broker_that_is_not_there_is_told_with_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()

    async def story() -> None:
        async with listening(port) as stream:
            waiting = asyncio.create_task(heard(stream))
            await said(caplog, f"no broker answers at 127.0.0.1:{port}: start it or correct lane.source")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(story())


def test_no_more_are_on_their_way_than_were_asked_for(broker: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def story() -> None:
        async with listening(broker) as stream:
            first = asyncio.create_task(heard(stream))
            await said(caplog, "listening to")
            await tell(broker, *(b"%d" % number for number in range(60)))
            told = [await first] + [await heard(stream) for _ in range(59)]
            assert told == [b"%d\n" % number for number in range(60)]

    asyncio.run(story())


def test_a_broker_that_refuses_is_told_and_the_till_waits(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()

    async def story() -> None:
        with mosquitto(tmp_path / "broker", port, "allow_anonymous false\n"):
            async with listening(port) as stream:
                waiting = asyncio.create_task(heard(stream))
                await said(caplog, f"the broker at 127.0.0.1:{port} refuses this register")
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting

    asyncio.run(story())


def test_another_topic_and_client_may_be_named(broker: int) -> None:
    async def story() -> None:
        async with listening(broker, topic="shop/till/7", client_id="me") as stream:
            first = asyncio.create_task(heard(stream))
            await asyncio.to_thread(publish.single, "shop/till/7", b"x", 1, True, "127.0.0.1", broker)
            assert await first == b"x\n"

    asyncio.run(story())


def test_a_password_is_read_from_its_file_and_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    (tmp_path / "mosquitto.passwd").write_text(_hashed("till", "secret"))
    (tmp_path / "password").write_text("secret\n")
    port = free_port()

    async def story() -> None:
        conf = f"user root\nallow_anonymous false\npassword_file {tmp_path / 'mosquitto.passwd'}\n"
        with mosquitto(tmp_path / "broker", port, conf):
            async with listening(port, username="till", password_file=str(tmp_path / "password")) as stream:
                waiting = asyncio.create_task(heard(stream))
                await said(caplog, "listening to")
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting

    asyncio.run(story())


def _hashed(user: str, password: str) -> str:
    """One line of a mosquitto password file: PBKDF2-SHA512."""
    salt = b"123456789012"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"{user}:$7$101${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"


@pytest.mark.parametrize(
    "source",
    [{"username": "till", "password_file": "none"}, {"ca_file": "none"}, {"ca_file": __file__}],
)
def test_unusable_certificates_or_passwords_are_one_sentence(source: dict[str, str]) -> None:
    async def story() -> None:
        async with listening(1, **source) as stream:
            await heard(stream)

    with pytest.raises(SourceError, match="the broker's certificates or password cannot be used"):
        asyncio.run(story())


@pytest.mark.parametrize(
    ("what", "why"), [("pipe", "it is not a file"), ("sparse", "is too long for a password"), ("utf16", "is no text in UTF-8")]
)
def test_a_password_file_that_never_ends_is_not_read_to_its_end(tmp_path: Path, what: str, why: str) -> None:
    file = tmp_path / "password"
    if what == "pipe":
        os.mkfifo(file)
    elif what == "sparse":
        with file.open("wb") as made:
            made.truncate(1 << 40)
    else:
        file.write_text("secret", encoding="utf-16")
    with pytest.raises(SourceError, match=why) as told:
        mqtt.probe(MqttSource(host="127.0.0.1", port=1, username="till", password_file=str(file)), 1.0)
    assert "secret" not in str(told.value)
    with pytest.raises(SyncError, match=why):
        Link(Broker("127.0.0.1", 1, "till", str(file)), "till", []).open()
