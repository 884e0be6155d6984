"""The register's side of the receipts: the thin edge around `sync.window`.

It reads the edge database, packs what the window says, publishes, and writes the watermark to sync.db when the window has
moved. It holds no receipt: a batch that is sent again is read and packed again. Epochs are drained oldest first, one at a time.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from pathlib import Path

from sync import envelope, outbox, window
from sync.ledger import Ledger
from sync.link import Link
from sync.outbox import Newest
from sync.window import Flight, Heard, Window

log = logging.getLogger("tillside.sync")


class Uplink:
    """Call `advance` often and `hear` with every acknowledgement; both return at once."""

    def __init__(self, device: str, edge_db: Path, ledger: Ledger, bundle: Callable[[], str | None]) -> None:
        self._device = device
        self._edge_db = edge_db
        self._ledger = ledger
        self._bundle = bundle
        self._window: Window | None = None
        self._nothing_after: Newest | None = None
        self.answers = 0
        """How many batches headquarters has answered, kept or refused."""

    @property
    def idle(self) -> bool:
        """Nothing is on the wire; `look` tells whether something waits."""
        return self._window is None

    def look(self) -> bool:
        """Take up the oldest epoch with receipts above its watermark; False when headquarters has everything."""
        newest = outbox.newest(self._edge_db)
        if newest == self._nothing_after:
            return False
        for epoch in outbox.epochs(self._edge_db):
            acknowledged = self._ledger.watermark(epoch)
            if outbox.after(self._edge_db, epoch, acknowledged):
                self._window = Window(epoch, acknowledged)
                return True
        self._nothing_after = newest
        return False

    def advance(self, link: Link) -> None:
        """Cut new batches while there is room and send what is due."""
        if self._window is None:
            return
        current = self._window
        while current.has_room:
            entries = outbox.after(self._edge_db, current.epoch, current.next_lo - 1)
            if not entries:
                break
            current = window.cut(current, [entry.seq for entry in entries])
        while (flight := window.to_send(current, time.monotonic())) is not None:
            after = self._send(link, current, flight)
            if after is current:
                break
            current = after
        self._window = current if current.flights else None

    def hear(self, payload: bytes) -> None:
        try:
            answer = envelope.read_acknowledgement(payload)
        except envelope.BadAcknowledgementError as error:
            log.warning("skipped: %s", error)
            return
        if self._window is None:
            return
        after = self._commit(self._window, window.heard(self._window, answer))
        self.answers += after != self._window
        self._window = after

    def reconnected(self) -> None:
        if self._window is not None:
            self._window = window.reconnected(self._window)

    def _send(self, link: Link, current: Window, flight: Flight) -> Window:
        """The window as it then stands; the very same one when the line is down."""
        try:
            entries = outbox.between(self._edge_db, current.epoch, flight.lo, flight.hi)
        except envelope.BadBatchError as error:
            return self._commit(current, window.refused(current, flight, str(error)))
        if tuple(entry.seq for entry in entries) != flight.seqs:
            # The database was replaced under us: what is on the wire no longer speaks of it.
            return Window(current.epoch, current.acknowledged)
        newest = outbox.newest(self._edge_db)
        waiting = 0 if newest is None else max(0, newest.seq - flight.hi)
        header = envelope.Header(
            envelope.VERSION, self._device, current.epoch, flight.lo, flight.hi, len(entries), self._bundle(), waiting
        )
        try:
            payload = envelope.pack(header, entries)
        except envelope.BadBatchError as error:
            return self._commit(current, window.refused(current, flight, str(error)))
        if not link.publish(envelope.receipts_topic(self._device), payload):
            return current
        return window.sent(current, flight, envelope.fingerprint(payload), time.monotonic(), random.random())

    def _commit(self, before: Window, heard: Heard) -> Window:
        for refusal in heard.refusals:
            log.error("receipt %d was refused and stays on the register: %s", refusal.seq, refusal.why)
        moved = heard.window.acknowledged > before.acknowledged
        if moved or heard.refusals:
            self._ledger.acknowledge(heard.window.epoch, heard.window.acknowledged, heard.refusals)
        return heard.window
