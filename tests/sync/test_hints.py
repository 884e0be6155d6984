"""A bundle that is published while a register exchanges comes at once, whichever wire the hint takes: no timer is waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

import pytest
from fakes.headquarters import free_port, mosquitto, sell, settings_file
from fakes.headquarters_bundle import write_bundle
from fakes.patience import until

from device.settings import read
from device.slots import slots
from sync import doors, envelope, publish, serve
from sync.carrier import Message
from sync.central import Central, Delivery, Verdict, open_central
from sync.exchange import Exchange
from sync.ledger import Ledger
from sync.link import Broker
from sync.post import Post
from sync.postbox import Postbox

AN_HOUR = 3600.0


class Publishing:
    """A central store; the first batch that is in has a bundle published before it is answered."""

    def __init__(self, central: Central, folder: Path, bundle: Path) -> None:
        self._central, self._folder, self._bundle = central, folder, bundle
        self._done = False

    def ingest(self, deliveries: Sequence[Delivery], at: datetime) -> list[Verdict]:
        verdicts = self._central.ingest(deliveries, at)
        if not self._done:
            publish.publish(self._folder, self._bundle)
            self._done = True
        return verdicts

    def __getattr__(self, name: str) -> object:
        return getattr(self._central, name)


@contextmanager
def headquarters(folder: Path, bundle: Path, broker: Broker | None) -> Iterator[doors.Opened]:
    url = f"sqlite:///{folder / 'central.db'}"
    https = ("127.0.0.1", 0) if broker is None else None
    over = threading.Event()

    def work() -> None:
        with closing(open_central(url, create=True)) as store:
            serve.work(folder, opened.door, Publishing(store, folder, bundle), over.is_set)

    open_central(url, create=True).close()
    with doors.opened(broker, https, (None, None, None), url, publish.Newest(folder)) as opened:
        worker = threading.Thread(target=work)
        worker.start()
        try:
            yield opened
        finally:
            over.set()
            worker.join()


@pytest.mark.parametrize("way", ["mqtt", "https"])
def test_a_bundle_published_meanwhile_is_fetched_without_waiting_for_the_timer(tmp_path: Path, way: str) -> None:
    folder, state = tmp_path / "headquarters", tmp_path / "register"
    publish.init(folder)
    identity = write_bundle(tmp_path / "1.bundle", 1).identity
    sell(state / "edge.db", range(10))
    broker = Broker("127.0.0.1", free_port()) if way == "mqtt" else None
    with (
        nullcontext() if broker is None else mosquitto(tmp_path / "broker", broker.port),
        headquarters(folder, tmp_path / "1.bundle", broker) as opened,
    ):
        port = int((opened.https or opened.broker or "").rpartition(":")[2])
        path = settings_file(state, port, (folder / "repository").as_uri(), folder / "root.json", AN_HOUR)
        path.write_text(path.read_text().replace("[sync]\n", f'[sync]\nway = "{way}"\n'))
        settings = read(path)
        over = threading.Event()

        def exchange() -> None:
            with Ledger(settings.sync_db) as ledger:
                Exchange(settings, ledger).run(over)

        register = threading.Thread(target=exchange)
        register.start()
        try:
            until(lambda: slots(settings.bundle_db).active == identity, what="the bundle that was hinted at")
        finally:
            over.set()
            register.join()


def test_over_https_a_version_is_a_hint_once() -> None:
    version: list[int | None] = [None]
    batch = b"whatever"
    with (
        Postbox("127.0.0.1", 0, None, newest=lambda: version[0]).open() as box,
        Post(Broker("127.0.0.1", box.port), "register-1").open() as post,
    ):

        def answered() -> list[tuple[str, bytes]]:
            """What the register hears when it posts a batch."""
            assert post.publish(envelope.receipts_topic("register-1"), batch)
            message = until(lambda: box.next(0.1), what="the batch")
            assert isinstance(message, Message)
            box.publish(envelope.acknowledgement_topic("register-1"), envelope.acknowledge(batch, None))
            box.settle(message)
            heard: list[tuple[str, bytes]] = []
            while not heard or heard[-1][0] != envelope.acknowledgement_topic("register-1"):
                event = until(lambda: post.next(0.1), what="the answer")
                assert isinstance(event, Message)
                heard.append((event.topic, event.payload))
            return heard[:-1]

        assert answered() == []
        version[0] = 7
        assert answered() == [(envelope.bundle_topic("register-1"), b"7")]
        assert answered() == []
        version[0] = 8
        assert answered() == [(envelope.bundle_topic("register-1"), b"8")]


def test_the_version_of_a_repository_follows_it_and_is_none_without(tmp_path: Path) -> None:
    newest = publish.Newest(tmp_path / "headquarters")
    assert newest() is None
    publish.init(tmp_path / "headquarters")
    first = newest()
    assert first == publish.timestamp_version(tmp_path / "headquarters")
    write_bundle(tmp_path / "1.bundle", 1)
    publish.publish(tmp_path / "headquarters", tmp_path / "1.bundle")
    assert (newest() or 0) > (first or 0)
