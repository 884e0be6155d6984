"""An item that the shopper said yes to goes back to the till once, and the till's own feed says whether it arrived."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import queue
import socket
import threading
import time
import tty
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
import pytest
from biip.checksums import gs1_standard_check_digit
from fakes.device_daemon import Register
from fakes.device_face import face
from fakes.device_shop import adviser, item, write_shop
from fakes.device_till import Checkout, rung, wire
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS, eventually, until
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device import settings
from device.catalogue import Kind
from device.doctor import findings
from device.domain import Phase, Sku
from device.errors import SettingsError, SourceError
from device.handback.hand import Hand
from device.handback.refusals import code_of
from device.journal import Journal
from device.screen_link import Verb
from device.settings import MqttSource, ScannerHandBack
from device.sources.mqtt import Publisher
from device.store import EdgeStore
from device.wires import wires


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


def accept(shop: Register) -> None:
    async def story() -> None:
        async with face(shop.socket) as cashier:
            assert (await cashier.act(Verb.ACCEPT, await cashier.shows("butter"), "butter")).done

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
        shop.says("butter was sent to the till, which shows it")
        assert heard(end) == b"", "once"


def test_a_till_that_does_not_show_it_is_not_told_again(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner

    async def story(shop: Register) -> None:
        async with face(shop.socket) as cashier:
            assert (await cashier.act(Verb.ACCEPT, await cashier.shows("butter"), "butter")).done
            told = await asyncio.to_thread(shop.says, "butter was sent to the till, which does not show it after 0.3 s")
            assert "look there, then scan it" in told
            for verb in (Verb.UNDO, Verb.ACCEPT):
                assert (await cashier.act(verb, await cashier.shows("butter"), "butter")).done

    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\nseconds = 0.3').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        asyncio.run(story(shop))
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
        with (
            register(tmp_path, f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {port}\nseconds = 29.5').start() as shop,
            shop.till() as till,
        ):
            till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
            accept(shop)
            message = orders.get(timeout=20)
            order = json.loads(message.payload)
            assert (order["v"], order["cmd"], order["code"], order["sale"]) == (1, "add", BUTTER, "a")
            left = datetime.fromisoformat(order["until"]) - datetime.now(UTC)
            assert order["until"].endswith("Z")
            assert left <= timedelta(seconds=30)
            assert message.properties is not None
            assert message.properties.CorrelationData.decode() == order["id"]
            assert 25 < message.properties.MessageExpiryInterval <= 30
            assert message.properties.ResponseTopic == "tillside/lane/v1/S1/7/cmd/answer"
            till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
            shop.says("butter was sent to the till, which shows it")
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


def test_after_a_restart_it_is_told_what_became_of_an_item_that_was_sent_before_it(
    tmp_path: Path, scanner: tuple[int, str]
) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\nseconds = 2.0').start() as shop:
        with shop.till() as till:
            till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
            accept(shop)
            until(lambda: heard(end), what="a scan")
            shop.kill()
        shop.start()
        with shop.till() as till:
            till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
            shop.says("butter was sent to the till, which does not show it after 2 s: look there, then scan it")
            till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
            shop.says("butter came onto the receipt after it was given up")
            note = shop.state / "heard.json"
            until(lambda: json.loads(note.read_bytes())["7"].get("handed") == {"late": 1}, what="the count")
            told = [one for one in findings(settings.read(shop.settings)) if "sent to the till" in one.says]
            assert [(one.kind, one.says) for one in told] == [("note", "sent to the till: 1 shown too late")]
            shop.kill()
        shop.start()
        with shop.till() as till:
            till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
            till.sendall(wire("a", 3, "bread", lines=[line(BREAD), line(BUTTER, 2)], state="closed"))
            assert shop.keeps(1)
            assert shop.words().count("butter was sent to the till") == 1, "what was told is not told again"
    assert heard(end) == b"", "once"


def test_a_scan_of_the_cashiers_own_is_told_apart_where_the_scanner_is_listened_to(
    tmp_path: Path, scanner: tuple[int, str]
) -> None:
    end, port = scanner
    tapped = free_port()
    source = f'{{kind = "tcp", host = "127.0.0.1", port = {tapped}, listen = true}}'
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\nseconds = 60.0') as shop:
        tap = f'[[lane.tap]]\nrole = "identity"\ndialect = "scanner"\nsource = {source}\n'
        shop.settings.write_text(shop.settings.read_text() + tap)
        shop.start()
        with shop.till() as till, socket.create_connection(("127.0.0.1", tapped), SECONDS) as hand:
            till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
            accept(shop)
            until(lambda: heard(end), what="a scan")
            hand.sendall(BUTTER.encode() + b"\r" + b"?" * 9 + b"\r")
            shop.says("skipped")  # what came before it has been heard
            till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
            shop.says("butter was sent to the till and scanned by the cashier meanwhile: it stands on the receipt once")


def test_a_lane_that_hears_a_scanner_only_cannot_hand_back(tmp_path: Path) -> None:
    shop = register(tmp_path, 'kind = "mqtt"\nhost = "127.0.0.1"')
    shop.settings.write_text(shop.settings.read_text().replace('till = "7"', 'till = "7"\ndialect = "scanner"'))
    with pytest.raises(SettingsError, match=r"lane\[0\].handback: a scanner does not show what the till rings up"):
        wires(settings.read(shop.settings).lane)


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


def test_what_was_written_down_and_not_sent_is_taken_back_and_may_be_sent_on_the_next_yes(
    tmp_path: Path, scanner: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    end, port = scanner
    counter = Checkout(tmp_path, adviser(tmp_path / "shop.bundle", items=GOODS, scores={("item=bread", "butter"): 0.4}))
    counter.hear("a", 1, lines=(rung(1, "bread", code=BREAD),))
    counter.tap(Verb.ACCEPT, "butter")
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
    counter = Checkout(tmp_path, adviser(tmp_path / "shop.bundle", items=GOODS, scores={("item=bread", "butter"): 0.4}))
    counter.hear("a", 1, lines=(rung(1, "bread", code=BREAD),))
    counter.tap(Verb.ACCEPT, "butter")
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


@pytest.mark.parametrize("port", ["nosuch://port", "hwgrep://("])
def test_a_port_that_cannot_be_one_costs_a_sentence_and_no_sale(tmp_path: Path, port: str) -> None:
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"').start() as shop, shop.till() as till:
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
    counter.hear("a", 1, lines=(rung(1, "bread", code=BREAD),))
    counter.tap(Verb.ACCEPT, "butter")
    hand = Hand(ScannerHandBack(port=port, seconds=0.2), counter.lane, "", lambda: 0.0, Journal())

    async def story() -> None:
        async with asyncio.timeout(SECONDS):
            running = asyncio.create_task(hand.run())
            await eventually(lambda: "never silent" in caplog.text, what="a sentence")
            running.cancel()

    asyncio.run(story())
    assert heard(end) == b""
    assert "butter is not handed to the till: its wire is never silent" in caplog.text


class MuteBroker:
    """Lets everybody in, if `lets_in`, counts what is published, and says nothing to it; hangs up at once if `dies`."""

    def __init__(self, *, lets_in: bool = True, dies: bool = False) -> None:
        self.published: list[bytes] = []
        self._lets_in = lets_in
        self._dies = dies
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            with caller, contextlib.suppress(OSError):
                caller.recv(4096)
                if self._lets_in:
                    caller.sendall(bytes([0x20, 3, 0, 0, 0]))  # CONNACK
                while data := caller.recv(4096):
                    if data[0] >> 4 == 3:
                        self.published.append(data)
                        if self._dies:
                            break


@pytest.mark.parametrize("dies", [True, False])
def test_a_broker_that_takes_it_and_does_not_answer_is_not_told_a_second_time(dies: bool) -> None:
    with MuteBroker(dies=dies) as broker:
        command = Publisher(MqttSource(host="127.0.0.1", port=broker.port), "order", 1.5)
        with pytest.raises(SourceError, match="look at the till first"):
            command.publish("cmd", b"{}", 5)
        command.close()
        assert len(broker.published) == 1


def test_a_broker_that_accepts_the_call_and_never_answers_costs_a_sentence_and_nothing_was_sent(tmp_path: Path) -> None:
    with MuteBroker(lets_in=False) as broker:
        how = f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {broker.port}'
        with register(tmp_path, how).start() as shop, shop.till() as till:
            till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
            accept(shop)
            shop.says(f"butter cannot be handed to the till (the broker at 127.0.0.1:{broker.port} does not answer)")
            till.sendall(wire("a", 2, "bread", lines=[line(BREAD)], state="closed"))
            assert shop.keeps(1)
        assert not broker.published


def test_a_broker_that_never_acknowledges_and_a_kill_9_meanwhile_send_it_no_second_time(tmp_path: Path) -> None:
    with MuteBroker() as broker:
        how = f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {broker.port}'
        with register(tmp_path, how).start() as shop:
            with shop.till() as till:
                till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
                accept(shop)
                until(lambda: broker.published, what="a command")
                shop.kill()
            shop.start()
            with shop.till() as till:
                till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
                accept(shop)
                shop.says("butter was sent once on this receipt: the cashier scans it")
                till.sendall(wire("a", 2, "bread", lines=[line(BREAD)], state="closed"))
                assert shop.keeps(1)
        assert len(broker.published) == 1


def test_a_command_that_was_not_fetched_in_time_is_never_delivered(tmp_path: Path) -> None:
    """Neither its receipt nor the next: the broker drops it while the till is away."""
    port = free_port()
    with mosquitto(tmp_path, port):
        source = MqttSource(host="127.0.0.1", port=port)
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = 600
        heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        ready: queue.SimpleQueue[bool] = queue.SimpleQueue()

        def till(*, begins: bool) -> paho.Client:
            made = paho.Client(CallbackAPIVersion.VERSION2, client_id="till", protocol=paho.MQTTv5)
            made.on_message = lambda _client, _data, message: heard.put(message.payload)
            made.on_subscribe = lambda *_: ready.put(True)
            made.connect("127.0.0.1", port, clean_start=begins, properties=session)
            if begins:
                made.subscribe("cmd", qos=1)
            made.loop_start()
            return made

        first = till(begins=True)
        assert ready.get(timeout=SECONDS)
        first.disconnect()
        first.loop_stop()
        for payload, expires in ((b"at once", 1), (b"later", 600)):
            command = Publisher(source, payload.hex(), 3.0)
            command.publish("cmd", payload, expires)
            command.close()
        sent = time.monotonic()
        until(lambda: time.monotonic() > sent + 2, what="the time to pass")
        again = till(begins=False)
        assert heard.get(timeout=SECONDS) == b"later"
        again.disconnect()
        again.loop_stop()


def test_a_till_that_shows_it_twice_is_told_and_the_receipt_keeps_both(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        until(lambda: heard(end), what="a scan")
        both = [line(BREAD), line(BUTTER, 2), line(BUTTER, 3)]
        till.sendall(wire("a", 2, "bread", lines=both))
        shop.says("butter stands 2 times on the receipt and was sent once: look whether one has to be taken off")
        till.sendall(wire("a", 3, "bread", lines=both, state="closed"))
        (kept,) = shop.keeps(1)
        assert [one.sku for one in kept.lines] == ["bread", "butter", "butter"]
        assert shop.words().count("butter stands 2 times") == 1


def test_a_till_that_rings_it_up_late_is_told_so_and_gets_it_no_second_time(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\nseconds = 0.5').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        shop.says("butter was sent to the till, which does not show it after 0.5 s: look there, then scan it")
        till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
        shop.says("butter came onto the receipt after it was given up: the till was late, or it was scanned")
        assert "was sent to the till, which shows it" not in shop.words()
        assert heard(end) == BUTTER.encode() + b"\r", "once"


def test_on_the_next_receipt_it_is_no_success(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        until(lambda: heard(end), what="a scan")
        # In one piece: no state of a receipt goes by unseen, however fast they come.
        closed = wire("a", 2, "bread", lines=[line(BREAD)], state="closed")
        till.sendall(closed + wire("b", 1, "butter", lines=[line(BUTTER)]))
        shop.says("butter was sent to the till, but the sale is over and the till has not shown it: see that nobody else pays it")
        till.sendall(wire("b", 2, "butter", lines=[line(BUTTER)], state="closed"))
        assert shop.keeps(2)
        assert "was sent to the till, which shows it" not in shop.words()
        assert heard(end) == b""


def test_the_last_word_on_a_receipt_may_be_the_one_that_shows_it(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        until(lambda: heard(end), what="a scan")
        closed = wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)], state="closed")
        till.sendall(closed + wire("b", 1, "bread", lines=[line(BREAD)]))
        shop.says("butter was sent to the till, which shows it")


def test_a_port_that_is_pulled_out_before_the_write_costs_one_sentence_and_no_second_try(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    counter = Checkout(tmp_path, adviser(tmp_path / "shop.bundle", items=GOODS, scores={("item=bread", "butter"): 0.4}))
    counter.hear("a", 1, lines=(rung(1, "bread", code=BREAD),))
    counter.tap(Verb.ACCEPT, "butter")
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
