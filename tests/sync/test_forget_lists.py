"""One contract for every way a register learns whom to forget, and says that it has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from fakes.enrolment import served
from fakes.headquarters import free_port, mosquitto, receipt
from fakes.ways import usb_settings

from device import clearing
from device.domain import Pseudonym
from device.settings import Settings, read
from device.shopper import tombstone
from device.store import EdgeStore
from sync import courier, doors, envelope, forget_list, forgetter, publish, reception, serve
from sync.carrier import Event, Message
from sync.central import open_central
from sync.central.forgetting import Forgetting, Progressed, open_forgetting
from sync.exchange import Exchange
from sync.forget_door import ForgetDoor
from sync.forget_list import BadForgetError, Page, Progress
from sync.forgetter import Forgetter
from sync.identity import register, visits
from sync.identity.authority import Authority
from sync.identity.progress import Standing, standing
from sync.identity.words import Tombstone
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


def settings_of(folder: Path, sync: str) -> Settings:
    path = folder / "register" / "settings.toml"
    path.parent.mkdir()
    lane = '[[lane]]\ntill = "1"\nsource = { kind = "udp", port = 9 }\n'
    path.write_text(f'store = "S1"\ndevice = "register-1"\nstate_dir = "{path.parent}"\n{lane}[sync]\n{sync}')
    return read(path)


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


@pytest.fixture
def forgetting(url: str) -> Iterator[Forgetting]:
    open_central(url, create=True).close()
    with closing(open_forgetting(url)) as store:
        yield store


def test_of_two_words_of_a_register_the_later_counts(forgetting: Forgetting) -> None:
    forgetting.note_forgotten("register-1", 5, AT)
    forgetting.note_forgotten("register-2", 1, AT)
    forgetting.note_forgotten("register-1", 9, AT - timedelta(seconds=1))
    assert forgetting.forgotten() == {"register-1": Progressed(5, AT), "register-2": Progressed(1, AT)}
    later = AT + timedelta(microseconds=1)
    forgetting.note_forgotten("register-1", 3, later)
    assert forgetting.forgotten()["register-1"] == Progressed(3, later), "less than before: a copy was put back"


class Kept:
    """A carrier that keeps what is published, and a door that hands over what it is given."""

    def __init__(self, *messages: Message) -> None:
        self.published: list[tuple[str, bytes]] = []
        self.settled = 0
        self._messages = list(messages)

    def next(self, seconds: float) -> Event | None:
        return self._messages.pop(0) if self._messages else None

    def publish(self, topic: str, payload: bytes) -> bool:
        self.published.append((topic, payload))
        return True

    def settle(self, message: Message) -> None:
        self.settled += 1

    def close(self) -> None: ...


TOPIC = forget_list.progress_topic("register-1")


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\xff", b"{}", b"[" * 4000, b"x" * 5000,
        msgspec.json.encode({"listed": -1, "forgotten": 0, "said_at": AT}),
        msgspec.json.encode({"listed": 0, "forgotten": 0, "said_at": "2026-05-04T12:00:00"}),
        msgspec.json.encode({"listed": 0, "forgotten": 2**63, "said_at": AT}),
    ],
)  # fmt: skip
def test_a_word_that_is_none_is_refused_and_holds_up_nobody(payload: bytes, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(url, create=True).close()
    well = msgspec.json.encode(Progress(0, 0, AT))
    behind = Message("tillside/sync/v1/register-1/up/receipts", b"batch")
    outer = Kept(Message(TOPIC, payload), Message(TOPIC, well), behind)
    assert ForgetDoor(outer, url).next(0) == behind, "the ingest sees receipts only"
    assert outer.settled == 2
    assert [forget_list.answered(answer) for _, answer in outer.published] == [
        envelope.fingerprint(sent) for sent in (payload, well)
    ]
    with closing(open_forgetting(url)) as store:
        assert store.forgotten() == {"register-1": Progressed(0, AT)}


def test_a_clock_that_is_ahead_does_not_keep_the_last_word(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(url, create=True).close()
    ahead = msgspec.json.encode(Progress(0, 7, datetime.now(UTC) + timedelta(days=4000)))
    ForgetDoor(Kept(Message(TOPIC, ahead)), url).next(0)
    after = msgspec.json.encode(Progress(0, 8, datetime.now(UTC)))
    ForgetDoor(Kept(Message(TOPIC, after)), url).next(0)
    with closing(open_forgetting(url)) as store:
        assert store.forgotten()["register-1"].through == 8


def page(asked: bytes, after: int, *numbers: int) -> bytes:
    stones = [Tombstone(number, f"{number:064x}") for number in numbers]
    return msgspec.json.encode(Page(envelope.fingerprint(asked), after, stones))


def test_stale_doubled_and_torn_pages_change_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'host = "127.0.0.1"\n')
    carrier = Kept()
    with Ledger(settings.sync_db) as ledger:
        asks = Forgetter(settings, ledger)
        asks.advance(carrier)
        asks.advance(carrier)
        ((topic, asked),) = carrier.published
        assert topic == TOPIC, "asked once, and not again before its time"
        for strange in (b"", b"\xff", b"{}", page(b"something else", 0, 1, 2), page(asked, 0, 2, 1), page(asked, 3, 4)[:-1]):
            asks.hear(strange)
        assert ledger.tombstones() == []
        assert not asks.answered
        asks.hear(page(asked, 0, 1, 2, 3))
        asks.hear(page(asked, 0, 1, 2, 3))
        assert [number for number, _ in ledger.tombstones()] == [1, 2, 3]
        asks.advance(carrier)
        _, again = carrier.published[-1]
        assert forget_list.read_progress(again).listed == 3
        asks.hear(page(again, 3))
        assert asks.answered
        assert forgetter.take(ledger, forget_list.read_page(page(again, 5, 6))) == 0, "it would leave a hole"
        assert forgetter.take(ledger, forget_list.read_page(page(again, 2, 3, 4))) == 1


def test_a_page_out_of_order_is_none() -> None:
    for numbers in ((2, 2), (3, 1), (5,)):
        with pytest.raises(BadForgetError, match="not in order"):
            forget_list.read_page(page(b"", 5, *numbers))


def test_who_agreed_again_is_taken_off_the_list_over_every_carrier(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'host = "127.0.0.1"\n')
    first = Page("0" * 64, 0, [Tombstone(1, "1" * 64), Tombstone(2, "2" * 64)])
    later = Page("0" * 64, 2, [Tombstone(3, "1" * 64, lifted=True)])
    with Ledger(settings.sync_db) as ledger:
        assert [forgetter.take(ledger, page) for page in (first, later, later)] == [2, 1, 0]
        assert [number for number, _ in ledger.tombstones()] == [2]
        assert ledger.listed() == 3
