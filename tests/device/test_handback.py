"""An item that the shopper said yes to goes back to the till once, and the till's own feed says whether it arrived."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import queue
import socket
import threading
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from biip.checksums import gs1_standard_check_digit
from fakes.device_daemon import Register
from fakes.device_face import face
from fakes.device_shop import adviser, item, write_shop
from fakes.device_till import Checkout, wire
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS, until
from paho.mqtt.enums import CallbackAPIVersion

from device.catalogue import Kind
from device.domain import Phase, Sku
from device.errors import SourceError
from device.handback import Hand, code_of
from device.journal import Journal
from device.screen_link import Verb
from device.settings import MqttSource, ScannerHandBack
from device.sources.mqtt import publish_once


def ean(digits: str) -> str:
    return f"{digits}{gs1_standard_check_digit(digits)}"


BREAD, BUTTER = ean("460123456789"), ean("460123456790")
GOODS = [item("bread", barcodes=(BREAD,)), item("butter", barcodes=(BUTTER,))]


@pytest.fixture
def scanner() -> Iterator[tuple[int, str]]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def heard(end: int) -> bytes:
    try:
        return os.read(end, 1000)
    except BlockingIOError:
        return b""


def register(folder: Path, handback: str) -> Register:
    made = Register(folder)
    made.settings.write_text(made.settings.read_text() + f"[lane.handback]\n{handback}\n")
    made.state.mkdir()
    write_shop(made.state / "bundle.db", items=GOODS, scores={("item=bread", "butter"): 0.4})
    return made


def accept(shop: Register, times: int = 1) -> None:
    async def story() -> None:
        async with face(shop.socket) as cashier:
            for _ in range(times):
                seen = await cashier.shows("butter")
                assert (await cashier.act(Verb.ACCEPT, seen, "butter")).done
                if times > 1:
                    await asyncio.sleep(1.0)
                    assert (await cashier.act(Verb.UNDO, await cashier.shows("butter"), "butter")).done

    asyncio.run(story())


def test_the_till_hears_a_scanner_and_shows_the_item(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\naim = true\nprefix = "~"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        told = bytearray()
        until(lambda: told.extend(heard(end)) or told.endswith(b"\r"), what="a scan")
        assert bytes(told) == b"~]E0" + BUTTER.encode() + b"\r"
        till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
        shop.says("butter was handed to the till")
        assert heard(end) == b"", "once"


def test_a_till_that_does_not_show_it_is_not_told_again(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\nseconds = 0.3').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop, times=2)
        assert "look there, then scan it" in shop.says("butter was sent to the till, which does not show it after 0.3 s")
        shop.says("was sent once on this receipt")
        assert heard(end) == BUTTER.encode() + b"\r"


def test_a_port_that_is_gone_costs_a_sentence_and_no_sale(tmp_path: Path) -> None:
    with register(tmp_path, f'kind = "scanner"\nport = "{tmp_path / "none"}"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        assert "the cashier scans it" in shop.says("butter cannot be handed to the till")
        till.sendall(wire("a", 2, "bread", lines=[line(BREAD)], state="closed"))
        assert shop.keeps(1)
        assert shop.stop() == 0


def test_a_till_that_takes_commands_is_told_over_mqtt(tmp_path: Path) -> None:
    port = free_port()
    with mosquitto(tmp_path, port):
        orders: queue.SimpleQueue[paho.MQTTMessage] = queue.SimpleQueue()
        till_client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        till_client.on_message = lambda _client, _data, message: orders.put(message)
        till_client.connect("127.0.0.1", port)
        till_client.subscribe("tillside/lane/v1/S1/7/cmd", qos=1)
        till_client.loop_start()
        with register(tmp_path, f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {port}').start() as shop, shop.till() as till:
            till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
            accept(shop)
            message = orders.get(timeout=20)
            order = json.loads(message.payload)
            assert (order["v"], order["cmd"], order["code"]) == (1, "add", BUTTER)
            assert message.properties is not None
            assert message.properties.CorrelationData.decode() == order["id"]
            assert message.properties.ResponseTopic == "tillside/lane/v1/S1/7/cmd/answer"
            till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
            shop.says("butter was handed to the till")
        till_client.loop_stop()


def line(code: str, number: int = 1) -> dict[str, Any]:
    return {"line_id": number, "code": code, "qty": 1000, "unit": "pcs", "price": 9990, "amount": 9990}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"barcodes": ()}, "it has no bar code"),
        ({"barcodes": ("4600000000001",)}, "it has no bar code"),
        ({"barcodes": (ean("1460123456789"),)}, "it has no bar code"),
        ({"barcodes": (ean("2123456"),)}, "its number is the shop's own and may hold a weight"),
        ({"barcodes": (ean("2123456").zfill(14),)}, "its number is the shop's own and may hold a weight"),
        ({"barcodes": (ean("041234567890"),)}, "its number is the shop's own and may hold a weight"),
        ({"barcodes": (ean("220123400000"),)}, "its number is the shop's own and may hold a weight"),
        ({"unit": "kg"}, "it is not sold by the piece"),
        ({"kind": Kind.GIFT_CARD}, "it is not sold by the piece"),
        ({"age_limit": 18}, "its buyer's age has to be looked at"),
        ({"age_limit": None}, "its buyer's age has to be looked at"),
        ({"marked": True}, "its own marking code has to be scanned"),
    ],
)
def test_what_must_not_be_rung_up_unseen_is_refused(facts: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        code_of(item("butter", **({"barcodes": (BUTTER,)} | facts)))
    assert code_of(item("butter", barcodes=(BUTTER,))) == BUTTER


def test_a_number_is_told_as_it_stands_on_the_pack() -> None:
    assert code_of(item("butter", barcodes=(BUTTER.zfill(14),))) == BUTTER
    assert code_of(item("butter", barcodes=(ean("4612345").zfill(14),))) == ean("4612345")


def test_what_was_accepted_on_a_sale_that_is_set_aside_is_not_handed_over_on_the_next(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.tap(Verb.ACCEPT, "butter")
    counter.hear("a", 2, "bread", phase=Phase.SUSPENDED)
    counter.hear("b", 1, "bread", minutes=1)
    assert not counter.lane.accepted


def test_what_was_handed_over_is_remembered_with_its_receipt_while_that_is_set_aside(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.lane.handed.add(Sku("butter"))
    counter.hear("a", 2, "bread", phase=Phase.SUSPENDED)
    counter.hear("b", 1, "bread", minutes=1)
    assert not counter.lane.handed
    counter.hear("b", 2, "bread", minutes=1, phase=Phase.CLOSED)
    counter.hear("a", 3, "bread", minutes=5)
    assert counter.lane.handed == {"butter"}


def test_a_port_that_cannot_be_one_costs_a_sentence_and_no_sale(tmp_path: Path) -> None:
    with register(tmp_path, 'kind = "scanner"\nport = "nosuch://port"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        shop.says("butter cannot be handed to the till")
        till.sendall(wire("a", 2, "bread", lines=[line(BREAD)], state="closed"))
        assert shop.keeps(1)
        assert shop.stop() == 0


def test_nothing_is_sent_into_a_wire_that_is_never_silent(
    tmp_path: Path, scanner: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    end, port = scanner
    counter = Checkout(tmp_path, adviser(tmp_path / "shop.bundle", items=GOODS, scores={("item=bread", "butter"): 0.4}))
    counter.hear("a", 1, "bread")
    counter.lane.accepted.append(Sku("butter"))
    hand = Hand(ScannerHandBack(port=port, seconds=0.2), counter.lane, "", lambda: 0.0, Journal())

    async def story() -> None:
        async with asyncio.timeout(SECONDS):
            running = asyncio.create_task(hand.run())
            while counter.lane.accepted:  # noqa: ASYNC110 - a finger on a screen sends no event
                await asyncio.sleep(0.01)
            running.cancel()

    asyncio.run(story())
    assert heard(end) == b""
    assert "butter is not handed to the till: its wire is never silent" in caplog.text


def test_a_broker_that_dies_before_it_answers_is_not_told_a_second_time() -> None:
    told: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(4096)
                    caller.sendall(bytes([0x20, 3, 0, 0, 0]))  # CONNACK
                    told.extend(caller.recv(4096)[:1])

        threading.Thread(target=serve, daemon=True).start()
        broker = MqttSource(host="127.0.0.1", port=server.getsockname()[1])
        with pytest.raises(SourceError, match="look at the till first"):
            publish_once(broker, "cmd", b"{}", "order", 2.5)
        server.shutdown(socket.SHUT_RDWR)
    assert [first >> 4 for first in told] == [3], "PUBLISH, once"
