"""A till's own program at a real broker: tells events, shows what it is offered, says what became of it."""

from __future__ import annotations

import json
import queue
from typing import Any, Self

import paho.mqtt.client as paho
from fakes.patience import SECONDS
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PREFIX = "tillside/lane/v1/S1/7"


def line(number: int, code: str, pieces: int = 1) -> dict[str, Any]:
    """As both native forms have it."""
    return {"line_id": number, "code": code, "qty": 1000 * pieces, "price": 9990, "amount": 9990 * pieces}


class TillProgram:
    """Connected when entered, and `online`; what it hears stands in queues by the last words of the topics."""

    def __init__(self, port: int, *, events: str = "event") -> None:
        self._events = events
        self.heard: dict[str, queue.SimpleQueue[paho.MQTTMessage]] = {
            topic: queue.SimpleQueue() for topic in ("offer", "cmd", "accept/answer")
        }
        self._ready: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = self._take
        self._client.on_subscribe = lambda *_: self._ready.put(True)
        self._client.will_set(f"{PREFIX}/status", b"offline", qos=1, retain=True)
        self._client.connect("127.0.0.1", port)
        self._accepts = 0

    def __enter__(self) -> Self:
        self._client.subscribe([(f"{PREFIX}/{topic}", 1) for topic in self.heard])
        self._client.loop_start()
        assert self._ready.get(timeout=SECONDS)
        self.say("status", b"online", retain=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.heard[message.topic.removeprefix(f"{PREFIX}/")].put(message)

    def say(self, topic: str, payload: bytes, *, answer_to: str | None = None, mark: bytes = b"", retain: bool = False) -> None:
        """Returns when the broker has taken it."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if answer_to is not None:
            properties.ResponseTopic = answer_to
        if mark:
            properties.CorrelationData = mark
        told = self._client.publish(f"{PREFIX}/{topic}", payload, qos=1, retain=retain, properties=properties)
        told.wait_for_publish(SECONDS)
        assert told.is_published()

    def tell(self, what: str, seq: int, basket_id: str = "a", **facts: Any) -> None:
        """An event."""
        known = {"v": 1, "event": what, "till": "7", "basket_id": basket_id, "seq": seq, "currency": "RUB"}
        self.say(self._events, json.dumps(known | {"ts": f"{basket_id}/{seq}"} | facts).encode())

    def offered(self, *skus: str) -> dict[str, Any]:
        """Wait until exactly these items are offered."""
        while True:
            told: dict[str, Any] = json.loads(self.heard["offer"].get(timeout=SECONDS).payload)
            if [one["sku"] for one in told["offers"]] == list(skus):
                return told

    def accept(self, offer: dict[str, Any], sku: str, *, name: str | None = None, **facts: Any) -> dict[str, Any]:
        """Say it of what was offered, and wait for the answer."""
        self._accepts += 1
        (one,) = (one for one in offer["offers"] if one["sku"] == sku)
        known = {"v": 1, "id": name or f"accept-{self._accepts}", "suggestion_id": one["suggestion_id"]} | facts
        self.say("accept", json.dumps(known).encode(), answer_to=f"{PREFIX}/accept/answer", mark=b"mark-%d" % self._accepts)
        answer = self.heard["accept/answer"].get(timeout=SECONDS)
        assert answer.properties is not None
        assert answer.properties.CorrelationData == b"mark-%d" % self._accepts
        told: dict[str, Any] = json.loads(answer.payload)
        assert told["id"] == known["id"]
        return told
