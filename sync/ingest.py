"""Headquarters' side of the receipts, whichever way they come: into the central store, then their registers are told so.

A worker keeps nothing between two polls. Up to `POLL` messages, and no more than `POLL_BYTES` of records, are one
transaction, and only after its commit does each register hear of its batch: kept, or refused and in quarantine. A worker that
dies in between costs one redelivery. When the store cannot be written nobody hears anything, and the registers send again. As
many workers as needed may share the subscription.

The register is the one the topic names; a batch that names another is refused.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import Final

from device.errors import CentralError
from sync import envelope
from sync.carrier import Door, Down, Message, Up
from sync.central import Central, Delivery

POLL: Final = 20
POLL_BYTES: Final = 16 * 1024 * 1024
"""Of records, unpacked: more than 20 full batches take. A batch may be that large by itself, packed to next to nothing."""
_REST_SECONDS: Final = 1.0

log = logging.getLogger("tillside.headquarters")


def read(topic: str, payload: bytes) -> Delivery | None:
    """Never raises: what is no batch is a delivery that says why. None when the topic is no register's."""
    device = envelope.device_of(topic)
    if device is None:
        return None
    try:
        batch = envelope.unpack(payload)
    except envelope.BadBatchError as error:
        return Delivery(device, payload, None, str(error))
    if batch.header.device != device:
        return Delivery(
            device, payload, None, f"the batch names register '{batch.header.device}', its topic belongs to '{device}'"
        )
    return Delivery(device, payload, batch)


def poll(door: Door, central: Central, seconds: float) -> int:
    """Wait up to `seconds` for messages and settle what has come; how many there were."""
    messages: list[Message] = []
    event = door.next(seconds)
    while event is not None:
        match event:
            case Up():
                log.info("connected to the broker")
            case Down(why):
                log.warning("the broker went away (%s); registers keep their receipts until it is back", why)
            case Message():
                messages.append(event)
        event = door.next(0) if len(messages) < POLL else None
    if messages:
        _keep(door, central, messages)
    return len(messages)


def _keep(door: Door, central: Central, messages: list[Message]) -> None:
    taken: list[Delivery] = []
    size = 0
    for message in messages:
        delivery = read(message.topic, message.payload)
        if delivery is None:
            log.warning("dropped a message under the topic '%s', which is no register's", envelope.shortened(message.topic))
            continue
        taken.append(delivery)
        size += 0 if delivery.batch is None else sum(len(entry.body) for entry in delivery.batch.entries)
        if size >= POLL_BYTES:
            _answer(door, central, taken)
            taken, size = [], 0
    if taken:
        _answer(door, central, taken)
    # Settled even when nothing was kept: the broker's copy is not the one that counts, and its window must not fill up.
    for message in messages:
        door.settle(message)


def _answer(door: Door, central: Central, deliveries: list[Delivery]) -> None:
    try:
        verdicts = central.ingest(deliveries, datetime.now(UTC))
    except CentralError as error:
        log.error("%s; nothing of %d batches was kept or acknowledged", error, len(deliveries))  # noqa: TRY400 - a state, not a bug
        time.sleep(_REST_SECONDS)
        verdicts = []
    for delivery, verdict in zip(deliveries, verdicts, strict=bool(verdicts)):
        if verdict.refused is not None:
            log.warning("refused a batch of register %s: %s", delivery.device, verdict.refused)
        header = None if delivery.batch is None else delivery.batch.header
        answer = envelope.acknowledge(delivery.payload, header, verdict.refused)
        door.publish(envelope.acknowledgement_topic(delivery.device), answer)
