"""The wire: receipts from edge.db over a real mosquitto into the central store.

End to end means: read, packed, published, unpacked, checked, committed with synchronous=FULL, acknowledged, and the watermark
committed. Broker, worker and register share this machine's cores. The receipts are made up and alike: real ones take more room on
the wire. `on_the_wire` and `ninety` take a season of varied ones (`fakes.season`); `ninety` is 90 days of 1,000 receipts, over
every way in turn. An argument, `quick` or `ninety`, chooses.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import figures
import msgspec
import zstandard
from fakes import season
from fakes.headquarters import free_port, mosquitto, receipt, sell
from fakes.ways import WAYS, Sticks, Wire

from sync import envelope, ingest, outbox
from sync.carrier import Message
from sync.central import open_central
from sync.envelope import Entry, Header
from sync.ledger import Ledger
from sync.link import Broker, Link
from sync.uplink import Uplink

RECEIPTS = 10_000
RUNS = 5
EPOCH = "e" * 32


def packing() -> None:
    entries = [Entry(seq, msgspec.json.encode(receipt(seq, lines=6))) for seq in range(1, outbox.BATCH + 1)]
    header = Header(envelope.VERSION, "register-1", EPOCH, 1, outbox.BATCH, outbox.BATCH)
    payload = envelope.pack(header, entries)
    plain = sum(len(entry.body) for entry in entries)
    figures.note(
        f"a receipt of 6 lines: {plain / outbox.BATCH:.0f} B as JSON, {len(payload) / outbox.BATCH:.0f} B on the wire in a batch"
    )
    for what, work in (
        ("pack a batch of 200", lambda: envelope.pack(header, entries)),
        ("unpack and check it", lambda: envelope.unpack(payload)),
    ):
        samples = []
        for _ in range(300):
            began = time.perf_counter()
            work()
            samples.append((time.perf_counter() - began) * 1000)
        figures.row(what, samples, "ms")


def storing(folder: Path) -> None:
    store = open_central(f"sqlite:///{folder / 'store.db'}", create=True)
    deliveries = []
    for lo in range(1, RECEIPTS, outbox.BATCH):
        entries = [Entry(seq, msgspec.json.encode(receipt(seq, lines=6))) for seq in range(lo, lo + outbox.BATCH)]
        payload = envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, lo, lo + outbox.BATCH - 1, len(entries)), entries)
        deliveries.append(ingest.read(envelope.receipts_topic("register-1"), payload))
    polls = [deliveries[at : at + ingest.POLL] for at in range(0, len(deliveries), ingest.POLL)]
    for what in ("into the central store, all new", "into the central store, all known"):
        samples = []
        for poll in polls:
            began = time.perf_counter()
            store.ingest([delivery for delivery in poll if delivery is not None], datetime.now(UTC))
            samples.append(len(poll) * outbox.BATCH / (time.perf_counter() - began))
        figures.row(f"{what}, receipts a second", samples, "1/s")
    store.close()


def draining(folder: Path) -> None:
    port = free_port()
    broker = Broker("127.0.0.1", port)
    samples, waits = [], []
    with mosquitto(folder / "broker", port):
        for number in range(RUNS):
            state = folder / f"register-{number}"
            sell(state / "edge.db", range(RECEIPTS))
            with _worker(broker, state / "central.db"):
                began = time.perf_counter()
                waits += _drain(broker, state)
                samples.append(RECEIPTS / (time.perf_counter() - began))
    figures.row(f"end to end, {RECEIPTS} receipts, receipts a second", samples, "1/s")
    figures.row("a batch of 200, sent to acknowledged, four on the way", waits, "ms")


def _drain(broker: Broker, state: Path) -> list[float]:
    waits, sent = [], {}
    with (
        Ledger(state / "sync.db") as ledger,
        Link(broker, "register-1", [envelope.acknowledgement_topic("register-1")]).open() as link,
    ):
        publish_now = link.publish

        def timed(topic: str, payload: bytes) -> bool:
            sent[envelope.fingerprint(payload)] = time.perf_counter()
            return publish_now(topic, payload)

        link.publish = timed
        uplink = Uplink("register-1", state / "edge.db", ledger, lambda: None)
        while not uplink.idle or uplink.look():
            uplink.advance(link)
            event = link.next(0.2)
            if isinstance(event, Message):
                uplink.hear(event.payload)
                waits.append((time.perf_counter() - sent[envelope.read_acknowledgement(event.payload).sha256]) * 1000)
    return waits


@contextlib.contextmanager
def _worker(broker: Broker, central_db: Path):
    over = threading.Event()

    def work() -> None:
        store = open_central(f"sqlite:///{central_db}", create=True)
        while not over.is_set():
            ingest.poll(link, store, 0.05)
        assert sum(register.receipts for register in store.registers()) == RECEIPTS
        store.close()

    with Link(broker, "headquarters", [envelope.EVERY_RECEIPTS_TOPIC], manual=True).open() as link:
        thread = threading.Thread(target=work)
        thread.start()
        yield
        over.set()
        thread.join()


def on_the_wire() -> None:
    """Batches as they are sent, against zstd -19 of the whole night's receipts in one piece."""
    ratios, sizes = [], []
    for night in range(5):
        bodies = [msgspec.json.encode(one) for one in season.receipts(1, 1000, seed=night + 1)]
        wire = 0
        for lo in range(0, len(bodies), outbox.BATCH):
            entries = [Entry(seq, body) for seq, body in enumerate(bodies[lo : lo + outbox.BATCH], lo + 1)]
            header = Header(envelope.VERSION, "register-1", EPOCH, lo + 1, lo + len(entries), len(entries), "20260501-abcdef")
            wire += len(envelope.pack(header, entries))
        whole = len(zstandard.ZstdCompressor(level=19).compress(b"\n".join(bodies)))
        sizes.append(wire / len(bodies))
        ratios.append(wire / whole)
    figures.row("a night of 1,000 receipts, bytes a receipt on the wire", sizes, "B")
    figures.row("the same against zstd -19 of the night in one piece", ratios, "x")


def ninety(folder: Path) -> None:
    state = folder / "season"
    count = 90_000
    began = time.perf_counter()
    state.mkdir()
    selling = season.Room(state)
    sold = season.sell(state / "edge.db", season.receipts(90, 1000), sold=selling.look)
    plain = sum(map(len, sold)) / count
    figures.note(f"{count} receipts of {plain:.0f} B recorded in {time.perf_counter() - began:.0f} s")
    kept = sum(path.stat().st_size for path in state.iterdir())
    figures.note(f"90 days offline, 1,000 receipts a day: {kept / 1e6:.2f} MB on the register, of 100; {kept / count:.0f} B each")
    figures.note(f"the most while it sold: {selling.most / 1e6:.2f} MB, of which its log {selling.log / 1e6:.2f} MB")
    drained(folder, state, sold)


def drained(folder: Path, state: Path, sold: list[bytes]) -> None:
    """Over every way; what is in the central store afterwards is compared with what was sold."""
    samples = []
    (epoch,) = outbox.epochs(state / "edge.db")
    for lo in range(0, len(sold), outbox.BATCH):
        began = time.perf_counter()
        assert outbox.after(state / "edge.db", epoch, lo)
        samples.append((time.perf_counter() - began) * 1000)
    figures.row(f"a batch read out of {len(sold)} that wait", samples, "ms")
    for way, opened in WAYS.items():
        room = folder / way
        room.mkdir()
        shutil.copytree(state, room / "register")
        with opened(room) as ends:
            began = time.perf_counter()
            if isinstance(ends, Sticks):
                with contextlib.closing(open_central(f"sqlite:///{room / 'central.db'}", create=True)) as store:
                    ends.exchange(room / "register", store)
            else:
                _drain_over(ends, room)
            took = time.perf_counter() - began
        with contextlib.closing(open_central(f"sqlite:///{room / 'central.db'}")) as store:
            assert list(store.receipts()) == sold
            assert store.gaps() == []
        figures.row(f"drain {len(sold)} receipts, {way}", [took], "s")
        figures.load()


def _drain_over(ends: Wire, room: Path) -> None:
    over = threading.Event()
    door = ends.door()

    def work() -> None:
        with contextlib.closing(open_central(f"sqlite:///{room / 'central.db'}", create=True)) as store:
            while not over.is_set():
                ingest.poll(door, store, 0.05)

    thread = threading.Thread(target=work)
    thread.start()
    with Ledger(room / "register" / "sync.db") as ledger, contextlib.closing(ends.register()) as carrier:
        uplink = Uplink("register-1", room / "register" / "edge.db", ledger, lambda: None)
        while not uplink.idle or uplink.look():
            uplink.advance(carrier)
            if isinstance(event := carrier.next(0.2), Message):
                uplink.hear(event.payload)
    over.set()
    thread.join()
    door.close()


if __name__ == "__main__":
    chosen = sys.argv[1:]
    figures.load()
    with tempfile.TemporaryDirectory() as name:
        if not chosen or "quick" in chosen:
            packing()
            storing(Path(name))
            draining(Path(name))
            on_the_wire()
        if not chosen or "ninety" in chosen:
            ninety(Path(name))
