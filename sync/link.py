"""A connection to the broker as a queue of what happened: the one place that knows paho.

MQTT 5, QoS 1. paho's own queues live in memory and die with the process, so nothing relies on them: a publication is refused
while the line is down, and what was published counts for nothing until the other end acknowledges it. paho's thread only puts
into a bounded queue; everything that decides happens in the thread that calls `next`.
"""

from __future__ import annotations

import queue
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from device.errors import SyncError, first_line
from device.place import password
from sync import client_tls
from sync.carrier import Down, Event, Message, Up

OPEN_SECONDS: Final = 30.0
"""A machine that trains or signs at the same time is slow to answer; a refusal comes at once."""
RECEIVE_MAXIMUM: Final = 20
"""Batches the broker may hand over before the first is settled."""
MAX_EVENTS: Final = 256
_MAX_QUEUED: Final = 200


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and who we are there. With `ca_file`: TLS, and the broker's certificate is checked against it."""

    host: str
    port: int
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Link:
    """Open it, then call `next` from one thread.

    `manual`: a message is acknowledged to the broker by `settle` only. `packet_bytes`: larger messages are not handed to us.
    `events`: a queue that is shared with another carrier; without one it has its own. `proof`: a topic that only who we mean to
    be may write to. A broker grants every subscription and then delivers nothing; what may be written it tells, so that is asked.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        topics: Sequence[str],
        *,
        manual: bool = False,
        packet_bytes: int = 1_048_576,
        events: queue.Queue[Event] | None = None,
        proof: str | None = None,
    ) -> None:
        self._broker = broker
        self._topics = [(topic, 1) for topic in topics]
        self._events: queue.Queue[Event] = queue.Queue(MAX_EVENTS) if events is None else events
        self._connection = 0
        self._packet_bytes = packet_bytes
        self._manual = manual
        self._proof = proof
        self._proving: int | None = None
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=manual
        )
        self._client.max_queued_messages_set(_MAX_QUEUED)
        self._client.reconnect_delay_set(1, 30)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_publish = self._on_publish

    def open(self) -> Self:
        """Connect and subscribe; SyncError with one sentence when the broker does not let us in within OPEN_SECONDS."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.MaximumPacketSize = self._packet_bytes
        try:
            self._identify()
        except (OSError, ValueError) as error:
            why = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
            raise SyncError(f"what the broker is to know us by cannot be read ({why}): put the file's path right") from error
        try:
            self._client.connect(self._broker.host, self._broker.port, keepalive=30, properties=properties)
        except ssl.SSLCertVerificationError as error:
            raise SyncError(
                f"who answers at {self._broker} is not the broker that {self._broker.ca_file} vouches for ({first_line(error)}): "
                "check the address, that file, and the clocks of both machines"
            ) from error
        except (OSError, ValueError) as error:
            raise SyncError(
                f"no broker answers at {self._broker} ({error}): start mosquitto there or put its address right"
            ) from error
        self._client.loop_start()
        # A message may come before the broker's word on the proof.
        end, early = time.monotonic() + OPEN_SECONDS, list[Event]()
        while isinstance(first := self.next(max(0.0, end - time.monotonic())), Message):
            early.append(first)
        for message in early:
            self._put(message)
        if not isinstance(first, Up):
            why = first.why if isinstance(first, Down) else f"no answer within {OPEN_SECONDS:.0f} s"
            self.close()
            tls = "" if self._broker.ca_file else ", and name ca_file if this port is for TLS"
            raise SyncError(f"the broker at {self._broker} does not let us in ({why}): check name, password and certificate{tls}")
        return self

    def next(self, seconds: float) -> Event | None:
        """What happened next, or None when nothing did within `seconds`. RuntimeError when nothing can happen any more."""
        try:
            return self._events.get(timeout=seconds) if seconds > 0 else self._events.get_nowait()
        except queue.Empty:
            # The library tells nobody when its thread dies of a bug, only forgets it; to be started anew beats waiting for ever.
            if self._client._thread is None:  # noqa: SLF001
                raise RuntimeError(f"the thread that speaks with the broker at {self._broker} has died: see above") from None
            return None

    def publish(self, topic: str, payload: bytes) -> bool:
        """False: not even handed to the broker, because the line is down or full."""
        if not self._client.is_connected():
            return False
        return self._client.publish(topic, payload, qos=1).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def settle(self, message: Message) -> None:
        # After a reconnect the numbers belong to other messages: the broker hands the old ones over again.
        if message.connection == self._connection:
            self._client.ack(message.mid, 1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _identify(self) -> None:
        broker = self._broker
        if broker.username is not None:
            secret = None if broker.password_file is None else password(Path(broker.password_file))
            self._client.username_pw_set(broker.username, secret)
        if broker.ca_file is not None:
            self._client.tls_set_context(client_tls.context(broker.ca_file, broker.certificate_file, broker.key_file))

    def _put(self, event: Event) -> bool:
        try:
            self._events.put_nowait(event)
        except queue.Full:
            # A lost message is sent again in its time; a lost Up only delays the resending.
            return False
        return True

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            self._put(Down(str(code)))
            return
        self._connection += 1
        client.subscribe(self._topics)

    def _on_subscribe(self, client: paho.Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Any) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            self._put(Down(f"subscription refused: {refused[0]}"))
        elif self._proof is None:
            self._put(Up())
        else:
            self._proving = client.publish(self._proof, b"", qos=1).mid

    def _on_publish(self, _client: paho.Client, _data: Any, mid: int, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            self._put(Down(f"{code}: by the name or certificate that we show it takes us for somebody else"))
        elif mid == self._proving:
            self._put(Up())

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._put(Down(str(code)))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        told = Message(message.topic, bytes(message.payload), message.mid, self._connection)
        if not self._put(told) and self._manual:
            # Nobody will: left unsettled it would stand in the broker's window for as long as the connection does.
            self.settle(told)
