"""The three ways between one register and headquarters, each with its real carriers at both ends, driven from one thread.

`Died` stands for headquarters' process ending after a commit and before a word of it: its door goes with it, another is opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from fakes.certificates import Authority
from fakes.enrolled import enrol
from fakes.headquarters import free_port, mosquitto, settings_file
from fakes.patience import SECONDS

from device.settings import Settings, read
from sync import courier, envelope, ingest, outbox, publish, reception
from sync.carrier import Carrier, Door, Down, Event, Message, Up
from sync.central import Central, Delivery, Verdict
from sync.ledger import Ledger
from sync.link import Broker, Link
from sync.post import Post
from sync.postbox import Postbox
from sync.uplink import Uplink

REGISTER = "register-1"
BUNDLE = "20260501-abcdef"
HASTE = 20
"""The register's clock runs so many times as fast: nobody waits five seconds for an answer that does not come."""


class Died(Exception):  # noqa: N818 - it is no error of ours
    pass


class Mortal:
    """A central store whose process dies after some of its commits."""

    def __init__(self, central: Central, dies_at: Sequence[int]) -> None:
        self._central = central
        self._dies_at = set(dies_at)
        self.commits = 0

    def ingest(self, deliveries: Sequence[Delivery], at: datetime) -> list[Verdict]:
        verdicts = self._central.ingest(deliveries, at)
        self.commits += 1
        if self.commits in self._dies_at:
            raise Died
        return verdicts

    def __getattr__(self, name: str) -> object:
        return getattr(self._central, name)


class Forgetful:
    """A door that loses the first acknowledgements."""

    def __init__(self, door: Door, loses: int) -> None:
        self._door = door
        self._left = loses

    def next(self, seconds: float) -> Event | None:
        return self._door.next(seconds)

    def publish(self, topic: str, payload: bytes) -> bool:
        self._left -= 1
        return False if self._left >= 0 else self._door.publish(topic, payload)

    def settle(self, message: Message) -> None:
        self._door.settle(message)

    def close(self) -> None:
        self._door.close()


class Wire:
    """What MQTT and HTTPS have in common. `online` may be wrapped by a test to meddle."""

    def __init__(self, register: Callable[[], Carrier], door: Callable[[], Door]) -> None:
        self.register, self.door = register, door

    def exchange(self, state: Path, central: Central, loses: int = 0) -> None:
        """Until headquarters has answered for everything."""
        door: Door = Forgetful(self.door(), loses)
        try:
            with Ledger(state / "sync.db") as ledger, closing(self.register()) as carrier:
                uplink = Uplink(REGISTER, state / "edge.db", ledger, lambda: BUNDLE, clock=lambda: HASTE * time.monotonic())
                end = time.monotonic() + SECONDS
                while not uplink.idle or uplink.look():
                    assert time.monotonic() < end, "headquarters has not answered for everything"
                    uplink.advance(carrier)
                    try:
                        ingest.poll(door, central, 0.01)
                    except Died:
                        door.close()
                        door = self.door()
                    match carrier.next(0.01):
                        case Message(payload=payload):
                            uplink.hear(payload)
                        case Up():
                            uplink.reconnected()
                        case Down() | None:
                            pass
        finally:
            door.close()


class Sticks:
    """A stick carried to headquarters and back as often as it takes; `loses` answers are gone from it on the first way back."""

    def __init__(self, folder: Path) -> None:
        self._headquarters, self._stick = folder / "headquarters", folder / "stick"
        self._stick.mkdir()
        publish.init(self._headquarters)

    def exchange(self, state: Path, central: Central, loses: int = 0) -> None:
        settings = read(usb_settings(state, self._headquarters / "root.json"))
        if not (state / "identity").exists():
            enrol(self._headquarters, state, REGISTER)
        with Ledger(state / "sync.db") as ledger:
            for _ in range(10):
                waiting = outbox.waiting(state / "edge.db", ledger.watermark)
                if waiting.receipts + waiting.ratings == 0:
                    return
                courier.export(settings, ledger, self._stick)
                try:
                    reception.take_in(self._headquarters, central, f"sqlite:///{central._path}", self._stick)
                except Died:
                    continue
                for answer in sorted((self._stick / "tillside" / "down" / REGISTER).iterdir())[:loses]:
                    answer.unlink()
                loses = 0
                courier.bring_home(settings, ledger, self._stick)
        raise AssertionError("ten ways there and back were not enough")


def usb_settings(state: Path, root: Path) -> Path:
    path = settings_file(state, 9, root=root)
    path.write_text(path.read_text().replace("[sync]\n", '[sync]\nway = "usb"\n'))
    return path


def https_settings(state: Path, authority: Authority, port: int) -> Path:
    path = settings_file(state, port)
    certificate, key = authority.issue("register-1")
    tls = f'way = "https"\nca_file = "{authority.ca}"\ncertificate_file = "{certificate}"\nkey_file = "{key}"\n'
    path.write_text(path.read_text().replace("[sync]\n", f"[sync]\n{tls}"))
    return path


@contextmanager
def by_mqtt(folder: Path) -> Iterator[Wire]:
    port = free_port()
    broker = Broker("127.0.0.1", port)
    with mosquitto(folder / "broker", port):
        yield Wire(
            lambda: Link(broker, REGISTER, [envelope.acknowledgement_topic(REGISTER)]).open(),
            lambda: Link(broker, "", [envelope.EVERY_RECEIPTS_TOPIC], manual=True).open(),
        )


@contextmanager
def by_https(folder: Path) -> Iterator[Wire]:
    port = free_port()
    authority = Authority(folder)
    identity = (str(authority.ca), *map(str, authority.issue("headquarters")))
    certificate, key = map(str, authority.issue(REGISTER))
    place = Broker("127.0.0.1", port, ca_file=str(authority.ca), certificate_file=certificate, key_file=key)
    yield Wire(lambda: Post(place, REGISTER).open(), lambda: Postbox("127.0.0.1", port, identity).open())


@contextmanager
def by_usb(folder: Path) -> Iterator[Sticks]:
    yield Sticks(folder)


WAYS = {"mqtt": by_mqtt, "https": by_https, "usb": by_usb}


def settings_of(folder: Path, sync: str) -> Settings:
    """Of a register in the folder `register` there; `sync` is what stands below [sync]."""
    path = folder / "register" / "settings.toml"
    path.parent.mkdir()
    lane = '[[lane]]\ntill = "1"\nsource = { kind = "udp", port = 9 }\n'
    path.write_text(f'store = "S1"\ndevice = "register-1"\nstate_dir = "{path.parent}"\n{lane}[sync]\n{sync}')
    return read(path)
