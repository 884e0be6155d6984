"""The ways into headquarters that are open: the broker, HTTPS, or both as one.

At the broker the workers of headquarters are one group, and each message goes to one of it. mosquitto chooses that one first and
asks only then whether it may read the message, so a register that joined the group would have batches of others handed to it,
and thrown away. So the name of the group is a secret: it follows from the key or password that all workers show the broker.
"""

from __future__ import annotations

import hashlib
import queue
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from device.errors import SyncError
from sync import envelope, forget_list
from sync.carrier import Door, Event, Message
from sync.forget_door import ForgetDoor
from sync.health_door import HealthDoor
from sync.link import MAX_EVENTS, Broker, Link
from sync.postbox import Postbox

_TOPICS: Final = (envelope.EVERY_RECEIPTS_TOPIC, envelope.EVERY_HEALTH_TOPIC, forget_list.EVERY_PROGRESS_TOPIC)

_PROOF: Final = envelope.bundle_topic("headquarters")
"""No register has that name, and nobody but headquarters may write to it."""


class Opened(NamedTuple):
    door: Door
    broker: str | None
    """Where it is, for people; None: not used."""
    https: str | None


class Doors:
    """The broker's door and the postbox as one, over one queue: one ingest, one transaction."""

    def __init__(self, broker: Door, postbox: Postbox) -> None:
        self._broker = broker
        self._postbox = postbox

    def next(self, seconds: float) -> Event | None:
        return self._broker.next(seconds)

    def publish(self, topic: str, payload: bytes) -> bool:
        return self._postbox.publish(topic, payload) or self._broker.publish(topic, payload)

    def settle(self, message: Message) -> None:
        self._broker.settle(message)
        self._postbox.settle(message)

    def close(self) -> None:
        self._postbox.close()
        self._broker.close()


@contextmanager
def opened(
    broker: Broker | None,
    https: tuple[str, int] | None,
    identity: tuple[str | None, str | None, str | None],
    central: str,
    newest: Callable[[], int | None] = lambda: None,
) -> Iterator[Opened]:
    """`https`: host and port to take receipts at; `identity`: CA, certificate and key files there; `central`: the store's URL.

    `newest`: the version of what is published, told in https replies.
    """
    if broker is None and https is None:
        raise SyncError("no way in is left open: name --https-port, or leave out --no-broker")
    events: queue.Queue[Event] = queue.Queue(MAX_EVENTS)
    # The broker's first word is waited for, so it comes before anybody else may speak into the queue.
    link = None if broker is None else Link(broker, "", _shared(broker), manual=True, events=events, proof=_PROOF).open()
    if https is None:
        assert link is not None
        with closing(receipts_only(link, central)) as door:
            yield Opened(door, str(broker), None)
        return
    try:
        postbox = Postbox(*https, _identity(identity), events, newest).open()
    except SyncError:
        if link is not None:
            link.close()
        raise
    with closing(receipts_only(postbox if link is None else Doors(link, postbox), central)) as door:
        yield Opened(door, None if broker is None else str(broker), str(postbox))


def receipts_only(
    door: Door,
    central: str,
    page: int = forget_list.WIRE_PAGE,
    renew: Callable[[str, str], str | None] = lambda _device, _request: None,
) -> Door:
    """What is no receipt is taken out, and answered, before the ingest sees it. `page` and `renew`: see `ForgetDoor`."""
    return ForgetDoor(HealthDoor(door, central), central, page, renew)


def _shared(broker: Broker) -> list[str]:
    try:
        secret = b"".join(Path(file).read_bytes() for file in (broker.key_file, broker.password_file) if file is not None)
    except OSError as error:
        raise SyncError(f"what the broker is to know us by cannot be read ({error}): put the file's path right") from error
    # Slow, for a password may be short, and whoever sees the broker's own log sees this name.
    group = hashlib.scrypt(secret, salt=b"tillside ingest", n=2**14, r=8, p=1, dklen=16).hex() if secret else "ingest"
    return [f"$share/{group}/{topic}" for topic in _TOPICS]


def _identity(files: tuple[str | None, str | None, str | None]) -> tuple[str, str, str] | None:
    match files:
        case (str(ca_file), str(certificate_file), str(key_file)):
            # Our own authority's certificates are good for one side only: at the broker we are a client, here the server.
            served = Path(ca_file).with_name("server.pem")
            return (ca_file, str(served), str(served)) if served.exists() else (ca_file, certificate_file, key_file)
        case (None, None, None):
            return None
        case _:
            raise SyncError("https needs all three: --ca-file, --certificate-file and --key-file")
