"""One contract for every way a register learns whom to forget, and says that it has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.enrolment import served
from fakes.headquarters import free_port, mosquitto, receipt
from fakes.ways import settings_of, usb_settings

from device import clearing
from device.domain import Pseudonym
from device.settings import Settings, read
from device.shopper import tombstone
from device.store import EdgeStore
from sync import courier, doors, forget_list, publish, reception, serve
from sync.central import open_central
from sync.central.forgetting import open_forgetting
from sync.exchange import Exchange
from sync.identity import register, visits
from sync.identity.authority import Authority
from sync.identity.progress import Standing, standing
from sync.ledger import Ledger
from sync.link import Broker

ANNA = "a1" * 16
AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass
class Way:
    """A register and its headquarters; `exchange` is one night, or one stick there and back."""

    folder: Path
    settings: Settings
    exchange: Callable[[], None]

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'central.db'}"

    def forget(self, *tokens: str) -> int:
        """At headquarters; the number of the last."""
        with closing(open_forgetting(self.url)) as store:
            store.forget(tokens, AT)
            return store.latest()

    def standing(self) -> Standing:
        return standing(self.folder, self.url)

    def listed(self) -> list[tuple[int, bytes]]:
        with Ledger(self.settings.sync_db) as ledger:
            return ledger.tombstones()

    def clear(self) -> int:
        """What the daemon does every few seconds."""
        store = EdgeStore(self.settings.edge_db, "register-1")
        try:
            return clearing.forget(store, self.settings.edge_db, self.settings.sync_db)
        finally:
            store.close()


def once(settings: Settings) -> None:
    with Ledger(settings.sync_db) as ledger:
        Exchange(settings, ledger).once(30)


@contextmanager
def wire(folder: Path, broker: Broker | None, text: Callable[[doors.Opened], str]) -> Iterator[Way]:
    """`text` makes the [sync] of the register's settings."""
    url = f"sqlite:///{folder / 'central.db'}"
    https = ("127.0.0.1", 0) if broker is None else None
    over = threading.Event()
    # The store's connection belongs to the thread that ingests.
    open_central(url, create=True).close()

    def work() -> None:
        with closing(open_central(url, create=True)) as store:
            serve.take_in(opened.door, store, over.is_set)

    with doors.opened(broker, https, (None, None, None), url) as opened:
        settings = settings_of(folder, text(opened))
        worker = threading.Thread(target=work)
        worker.start()
        try:
            yield Way(folder, settings, lambda: once(settings))
        finally:
            over.set()
            worker.join()


@contextmanager
def by_mqtt(folder: Path) -> Iterator[Way]:
    broker = Broker("127.0.0.1", free_port())
    with (
        mosquitto(folder / "broker", broker.port),
        wire(folder, broker, lambda _: f'host = "127.0.0.1"\nport = {broker.port}\n') as way,
    ):
        yield way


def posting(opened: doors.Opened) -> str:
    return f'way = "https"\nhost = "127.0.0.1"\nport = {(opened.https or "").rpartition(":")[2]}\n'


@contextmanager
def by_https(folder: Path) -> Iterator[Way]:
    with wire(folder, None, posting) as way:
        yield way


@contextmanager
def by_visits(folder: Path) -> Iterator[Way]:
    with (
        served(folder) as enrolment,
        wire(folder, None, lambda opened: f'{posting(opened)}headquarters = "{enrolment}"\n') as way,
    ):
        code = Authority(folder).new_code("register-1", datetime.now(UTC))
        register.enrol(visits.home(way.settings), "register-1", enrolment, code)
        yield way


@contextmanager
def by_usb(folder: Path) -> Iterator[Way]:
    publish.init(folder)
    settings = read(usb_settings(folder / "register", folder / "root.json"))
    stick = folder / "stick"
    stick.mkdir()
    url = f"sqlite:///{folder / 'central.db'}"

    def exchange() -> None:
        with Ledger(settings.sync_db) as ledger:
            courier.export(settings, ledger, stick)
            with closing(open_central(url, create=True)) as store:
                reception.take_in(folder, store, url, stick, unsigned=True)
            courier.bring_home(settings, ledger, stick)

    open_central(url, create=True).close()
    yield Way(folder, settings, exchange)


WAYS = {"mqtt": by_mqtt, "https": by_https, "usb": by_usb, "visits": by_visits}


@pytest.fixture(params=sorted(WAYS))
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    with WAYS[request.param](tmp_path) as way:
        yield way


def sell(settings: Settings, *shoppers: str | None) -> None:
    store = EdgeStore(settings.edge_db, "register-1")
    for number, shopper in enumerate(shoppers, 1):
        known = None if shopper is None else Pseudonym(shopper)
        sale = replace(receipt(number), shopper=known, shopper_key=None if shopper is None else 2026)
        assert store.record(sale, str(number).encode()) is not None
    store.close()


def test_a_register_learns_forgets_and_only_then_says_so(way: Way) -> None:
    sell(way.settings, ANNA, None)
    way.exchange()
    assert (way.standing().latest, way.standing().behind) == (0, {})
    number = way.forget(ANNA)
    assert set(way.standing().behind) == {"register-1"}
    way.exchange()
    assert way.listed() == [(number, tombstone(ANNA))]
    way.exchange()
    (said,) = way.standing().behind.values()
    assert said is not None
    assert said.through == 0, "it knows whom to forget, and has not yet"
    assert way.clear() == 1
    way.exchange()
    assert way.standing().behind == {}
    assert way.clear() == 0
    way.exchange()
    assert way.listed() == [(number, tombstone(ANNA))], "told once"


def test_a_long_list_arrives_whole_and_in_order(way: Way) -> None:
    tokens = [f"{number:032x}" for number in range(2 * forget_list.WIRE_PAGE + 7)]
    way.forget(*tokens)
    way.exchange()
    way.exchange()
    listed = way.listed()
    assert [number for number, _ in listed] == list(range(1, len(tokens) + 1))
    assert {digest for _, digest in listed} == set(map(tombstone, tokens))
    assert way.standing().behind == {}, "a register that never sold anything holds nobody"
