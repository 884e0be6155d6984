"""Both ends of the receipts' way, at work: an ingest worker, and a register that sends until headquarters has everything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync import doors, envelope, ingest
from sync.carrier import Message, Up
from sync.central import open_central
from sync.ledger import Ledger
from sync.link import Broker, Link
from sync.uplink import Uplink


@contextmanager
def worker(broker: Broker, central_db: Path) -> Iterator[None]:
    """One ingest worker in a thread."""
    over = threading.Event()
    url = f"sqlite:///{central_db}"
    open_central(url, create=True).close()

    def work() -> None:
        store = open_central(url, create=True)
        while not over.is_set():
            ingest.poll(opened.door, store, 0.05)
        store.close()

    with doors.opened(broker, None, (None, None, None), url) as opened:
        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def drain(broker: Broker, state: Path, device: str = "register-1") -> None:
    with (
        Ledger(state / "sync.db") as ledger,
        Link(broker, f"register-{device}", [envelope.acknowledgement_topic(device)]).open() as link,
    ):
        uplink = Uplink(device, state / "edge.db", ledger, lambda: "20260501-abcdef")
        while not uplink.idle or uplink.look():
            uplink.advance(link)
            match link.next(0.05):
                case Message(payload=payload):
                    uplink.hear(payload)
                case Up():
                    uplink.reconnected()
                case _:
                    pass
