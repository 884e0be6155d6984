"""Listens at the broker and counts the records of batches that it has heard before."""

from __future__ import annotations

import contextlib
import threading
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from sync import envelope


class Observer:
    """What passes while it is not connected, it does not see: a lower bound."""

    def __init__(self, port: int) -> None:
        self.redelivered = 0
        self._seen: set[tuple[str, str, int]] = set()
        self._turn = threading.Lock()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("tillside/sync/v1/+/up/receipts", 1)
        self._client.on_message = self._hear
        self._client.connect_async("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        with contextlib.suppress(envelope.BadBatchError):
            batch = envelope.unpack(message.payload)
            keys = {(batch.header.device, batch.header.epoch, entry.seq) for entry in batch.entries}
            with self._turn:
                self.redelivered += len(keys & self._seen)
                self._seen |= keys
