"""An accepted item as a command over MQTT: once, in time or never, whatever the broker does."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import paho.mqtt.client as paho
import pytest
from fakes.device_handback import BREAD, BUTTER, accept, line, register
from fakes.device_till import wire
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS, until
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device.errors import SourceError
from device.settings import MqttSource
from device.sources.mqtt import Publisher


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
