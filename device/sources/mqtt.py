"""Payloads from an MQTT 5 broker, one message each, ended with LF so that any line-wise dialect reads them.

QoS 1 and manual acknowledgement: a payload is acknowledged when the daemon asks for the next, that is after the receipt it
may have closed is on disk. At most `RECEIVE_MAXIMUM` are on their way; the broker keeps the rest. The session outlives a restart
(clean start off, session expiry one day), so what a till publishes meanwhile is delivered afterwards.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device.errors import SourceError
from device.sources import Arrivals, now

if TYPE_CHECKING:
    from datetime import datetime

    from paho.mqtt.reasoncodes import ReasonCode

    from device.journal import Journal
    from device.settings import MqttSource

RECEIVE_MAXIMUM: Final = 20
MAX_WAITING: Final = 200
"""Messages kept while baskets are dealt with. Those of QoS 0 know no acknowledgement, so the broker does not hold them back."""
MAX_PACKET_BYTES: Final = 512 * 1024
SESSION_SECONDS: Final = 24 * 60 * 60
KEEPALIVE_SECONDS: Final = 20


async def arrivals(source: MqttSource, topic: str, client_id: str, name: str, journal: Journal) -> Arrivals:
    """Raise SourceError for unusable certificates or password file; a broker that is away is waited for."""
    loop = asyncio.get_running_loop()
    # Never fuller than RECEIVE_MAXIMUM: the broker sends no more before an acknowledgement.
    messages: asyncio.Queue[tuple[paho.MQTTMessage, datetime]] = asyncio.Queue()
    client = _client(source, client_id)
    place = f"{source.host}:{source.port}"

    def on_connect(client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        if reason.is_failure:
            journal.say(f"{name}.refused", f"{name}: the broker at {place} refuses this register: {reason}")
            return
        journal.tell(f"{name}: listening to {topic} at {place}")
        client.subscribe(topic, qos=1)

    def on_message(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        if messages.qsize() >= MAX_WAITING:
            journal.say(
                f"{name}.flood", f"{name}: messages of QoS 0 come faster than they are read and are dropped: publish with QoS 1"
            )
            return
        loop.call_soon_threadsafe(messages.put_nowait, (message, now()))

    def on_disconnect(_c: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        journal.say(f"{name}.broker", f"{name}: no connection to the broker at {place} ({reason}); trying again")

    def on_connect_fail(_client: paho.Client, _data: object) -> None:
        journal.say(f"{name}.broker", f"{name}: no broker answers at {place}: start it or correct lane.source; trying again")

    client.on_connect = on_connect
    client.on_message = on_message
    client.on_disconnect = on_disconnect
    client.on_connect_fail = on_connect_fail
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_SECONDS
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    properties.MaximumPacketSize = MAX_PACKET_BYTES
    client.connect_async(source.host, source.port, keepalive=KEEPALIVE_SECONDS, clean_start=False, properties=properties)
    client.loop_start()
    try:
        while True:
            message, at = await messages.get()
            yield bytes(message.payload) + b"\n", at
            client.ack(message.mid, message.qos)
    finally:
        client.disconnect()
        client.loop_stop()


def _client(source: MqttSource, client_id: str) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5, manual_ack=True)
    client.reconnect_delay_set(1, 30)
    try:
        if source.username is not None:
            password = None if source.password_file is None else Path(source.password_file).read_text(encoding="utf-8").strip()
            client.username_pw_set(source.username, password)
        if source.ca_file is not None:
            client.tls_set(source.ca_file, source.certificate_file, source.key_file)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise SourceError(f"the broker's certificates or password cannot be used: {error}") from error
    return client
