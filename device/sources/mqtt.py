"""Payloads from an MQTT 5 broker, one message each, ended with LF so that any line-wise dialect reads them.

QoS 1 and manual acknowledgement: a payload is acknowledged when the daemon asks for the next, that is after the receipt it
may have closed is on disk. At most `RECEIVE_MAXIMUM` are on their way; the broker keeps the rest. The session outlives a restart
(clean start off, session expiry one day), so what a till publishes meanwhile is delivered afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import ssl
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device.errors import SourceError
from device.place import password
from device.sources import Arrivals, now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from paho.mqtt.reasoncodes import ReasonCode

    from device.journal import Journal
    from device.settings import MqttSource

RECEIVE_MAXIMUM: Final = 20
MAX_WAITING: Final = 200
"""Messages of QoS 0 kept while baskets are dealt with: they know no acknowledgement, so the broker does not hold them back."""
MAX_PACKET_BYTES: Final = 512 * 1024
SESSION_SECONDS: Final = 24 * 60 * 60
KEEPALIVE_SECONDS: Final = 20

Will = tuple[str, bytes]
"""Topic and payload."""


async def arrivals(source: MqttSource, topic: str, client_id: str, name: str, journal: Journal) -> Arrivals:
    """Raise SourceError for unusable certificates or password file; a broker that is away is waited for."""
    session = Session(source, (topic,), name, journal)
    client = session.begin(client_id)
    try:
        while True:
            message, at, connection = await session.messages.get()
            session.taken(message)
            yield bytes(message.payload) + b"\n", at
            # After a reconnect the numbers may belong to other messages: the broker tells again what was not acknowledged.
            if connection == session.connection:
                client.ack(message.mid, message.qos)
    finally:
        client.disconnect()
        client.loop_stop()


def probe(source: MqttSource, seconds: float, key: str = "lane.source") -> str:
    """What the broker says to somebody with this name, password and certificate. Raise SourceError with the next step.

    `key`: where the settings name it.

    Under another client id: the daemon's session stays its own.
    """
    client = _client(source, f"tillside-doctor-{uuid.uuid4().hex[:8]}")
    answered: queue.SimpleQueue[ReasonCode] = queue.SimpleQueue()
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answered.put(reason)
    place = f"{source.host}:{source.port}"
    try:
        client.connect(source.host, source.port, keepalive=KEEPALIVE_SECONDS)
        client.loop_start()
        reason = answered.get(timeout=seconds)
    except (OSError, UnicodeError) as error:
        raise SourceError(f"{place} does not answer ({error}): start the broker or correct {key}") from error
    except queue.Empty as error:
        raise SourceError(f"{place} answers, but not as an MQTT broker: correct {key}.port") from error
    finally:
        client.disconnect()
        client.loop_stop()
    if reason.is_failure:
        raise SourceError(f"{place} refuses this register ({reason}): correct username, password_file or certificate_file")
    return "answers and lets this register in"


class Publisher:
    """A connection for one command. Every method blocks and raises SourceError; nothing is queued here or sent again."""

    def __init__(self, source: MqttSource, name: str, seconds: float) -> None:
        """Connect; the broker has so many seconds to let this register in, and later to answer."""
        # Were the connection lost before the broker's word, paho would connect again and send a second time.
        self._client = _client(source, f"tillside-cmd-{name[:16]}", reconnect=False)
        self._place = f"{source.host}:{source.port}"
        self._name = name
        self._seconds = seconds
        answered: queue.SimpleQueue[ReasonCode] = queue.SimpleQueue()
        self._client.on_connect = lambda _client, _data, _flags, reason, _properties: answered.put(reason)
        try:
            self._client.connect(source.host, source.port, keepalive=KEEPALIVE_SECONDS)
            self._client.loop_start()
            reason = answered.get(timeout=seconds)
        except (OSError, UnicodeError) as error:
            self.close()
            raise SourceError(f"the broker at {self._place} cannot be reached: {error}") from error
        except queue.Empty as error:
            self.close()
            raise SourceError(f"the broker at {self._place} does not answer") from error
        if reason.is_failure:
            self.close()
            raise SourceError(f"the broker at {self._place} does not let this register in: {reason}")

    def publish(self, topic: str, payload: bytes, expires_seconds: int) -> None:
        """With QoS 1, once. Whoever has not heard it after `expires_seconds` will not: the broker drops it."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = f"{topic}/answer"
        properties.CorrelationData = self._name.encode()
        properties.MessageExpiryInterval = expires_seconds
        taken = False
        # RuntimeError: the connection is gone, and perhaps the command went before it.
        with contextlib.suppress(OSError, RuntimeError):
            told = self._client.publish(topic, payload, qos=1, properties=properties)
            told.wait_for_publish(self._seconds)
            taken = told.is_published()
        if not taken:
            raise SourceError(f"the broker at {self._place} did not say that it took the command, so look at the till first")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Session:
    """What happens on the way to the broker, told in paho's thread and handed to the loop's."""

    def __init__(self, source: MqttSource, topics: Sequence[str], name: str, journal: Journal, key: str = "lane.source") -> None:
        """`key`: where the settings name the broker."""
        self._loop = asyncio.get_running_loop()
        self._source = source
        self._topics = topics
        self._place = f"{source.host}:{source.port}"
        self._name = name
        self._journal = journal
        self._key = key
        # QoS 1 is bounded by RECEIVE_MAXIMUM: the broker sends no more before an acknowledgement.
        self.messages: asyncio.Queue[tuple[paho.MQTTMessage, datetime, int]] = asyncio.Queue()
        self.connection = 0
        """How many there have been."""
        # Counted where they come from: the queue, which a busy loop fills late, would tell too late.
        self._room = threading.BoundedSemaphore(MAX_WAITING)

    def begin(
        self, client_id: str, seconds: int = SESSION_SECONDS, packet_bytes: int = MAX_PACKET_BYTES, will: Will | None = None
    ) -> paho.Client:
        """Connect, and connect again, in a thread of its own: `disconnect` and `loop_stop` end it.

        The broker keeps what is told meanwhile for so many seconds, and publishes the will when this register is gone. Raise
        SourceError for unusable certificates or password file.
        """
        client = _client(self._source, client_id)
        client.on_connect = self.on_connect
        client.on_subscribe = self.on_subscribe
        client.on_message = self.on_message
        client.on_publish = self.on_publish
        client.on_disconnect = self.on_disconnect
        client.on_connect_fail = self.on_connect_fail
        if will is not None:
            client.will_set(*will, qos=1)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = seconds
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.MaximumPacketSize = packet_bytes
        host, port = self._source.host, self._source.port
        client.connect_async(host, port, keepalive=KEEPALIVE_SECONDS, clean_start=False, properties=properties)
        client.loop_start()
        return client

    def taken(self, message: paho.MQTTMessage) -> None:
        """It waits no longer."""
        if message.qos == 0:
            self._room.release()

    def on_connect(self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        if reason.is_failure:
            self._say("refused", f"the broker at {self._place} refuses this register: {reason}")
            return
        self.connection += 1
        client.subscribe([(topic, 1) for topic in self._topics])

    def on_subscribe(self, _c: paho.Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: object) -> None:
        # Told now and not before: until the broker has agreed, nobody hears what a till publishes.
        heard = [topic for topic, reason in zip(self._topics, reasons, strict=False) if not reason.is_failure]
        for topic, reason in zip(self._topics, reasons, strict=False):
            if reason.is_failure:
                why = f"the broker at {self._place} does not let this register hear {topic} ({reason})"
                self._say(f"topic.{topic}", f"{why}: let it read this topic in the broker's access list")
        if heard:
            self._journal.tell(f"{self._name}: listening to {' and '.join(heard)} at {self._place}")

    def on_publish(self, _c: paho.Client, _data: object, mid: int, _reason: object, _properties: object) -> None:
        """The broker has taken what was published."""

    def on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        if message.qos == 0 and not self._room.acquire(blocking=False):
            self._say("flood", "messages of QoS 0 come faster than they are read and are dropped: publish with QoS 1")
            return
        self._loop.call_soon_threadsafe(self.messages.put_nowait, (message, now(), self.connection))

    def on_disconnect(self, _c: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        self._say("broker", f"no connection to the broker at {self._place} ({reason}); trying again")

    def on_connect_fail(self, _client: paho.Client, _data: object) -> None:
        self._say("broker", f"no broker answers at {self._place}: start it or correct {self._key}; trying again")

    def _say(self, about: str, sentence: str) -> None:
        self._journal.say(f"{self._name}.{about}", f"{self._name}: {sentence}")


def _client(source: MqttSource, client_id: str, *, reconnect: bool = True) -> paho.Client:
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=paho.MQTTv5,
        manual_ack=True,
        reconnect_on_failure=reconnect,
    )
    client.reconnect_delay_set(1, 30)
    try:
        if source.username is not None:
            secret = None if source.password_file is None else password(Path(source.password_file))
            client.username_pw_set(source.username, secret)
        if source.ca_file is not None:
            client.tls_set(source.ca_file, source.certificate_file, source.key_file)
    except (OSError, ssl.SSLError, ValueError) as error:
        why = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
        raise SourceError(f"the broker's certificates or password cannot be used: {why}") from error
    return client
