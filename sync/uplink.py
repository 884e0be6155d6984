"""The register's side of the receipts: the thin edge around `sync.window`, the same for every way they travel.

It reads the edge database, packs what the window says, publishes, and writes the watermark to sync.db when the window has moved.
It holds no receipt: a batch that is sent again is read and packed again. Epochs are drained oldest first, one at a time.

What goes first: records go in the order of their numbers, so a rating goes behind its own receipt, and what is told of the
register itself (`sync.health`) only when no receipt waits.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sync import envelope, outbox, window
from sync.carrier import Carrier
from sync.ledger import Ledger
from sync.outbox import Newest
from sync.window import Flight, Heard, Window

log = logging.getLogger("tillside.sync")


class Uplink:
    """Call `advance` often and `hear` with every acknowledgement; both return at once.

    `width`: how many batches may be on the way at once. `clock`: monotonic, in seconds; a stick's stands still, since nothing
    written to it is due again.
    """

    def __init__(
        self,
        device: str,
        edge_db: Path,
        ledger: Ledger,
        bundle: Callable[[], str | None],
        *,
        width: int = window.WINDOW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._device = device
        self._edge_db = edge_db
        self._ledger = ledger
        self._bundle = bundle
        self._width = width
        self._clock = clock
        self._window: Window | None = None
        self._nothing_after: Newest | None = None
        self.answers = 0
        """How many batches headquarters has answered, kept or refused."""

    @property
    def idle(self) -> bool:
        """Nothing is on the wire; `look` tells whether something waits."""
        return self._window is None

    @property
    def flights(self) -> tuple[Flight, ...]:
        """What is on the way or about to be."""
        return () if self._window is None else self._window.flights

    def take_up(self, epoch: str, flights: Sequence[Flight] = ()) -> None:
        """Go on with an epoch above its watermark; `flights` as they stood, from the watermark on without a hole."""
        self._window = Window(epoch, self._ledger.watermark(epoch), tuple(flights), self._width)

    def look(self) -> bool:
        """Take up the oldest epoch with receipts above its watermark; False when headquarters has everything."""
        newest = outbox.newest(self._edge_db)
        if newest == self._nothing_after:
            return False
        for epoch in outbox.epochs(self._edge_db):
            if outbox.after(self._edge_db, epoch, self._ledger.watermark(epoch)):
                self.take_up(epoch)
                return True
        self._nothing_after = newest
        return False

    def advance(self, carrier: Carrier) -> None:
        """Cut new batches while there is room and send what is due."""
        if self._window is None:
            return
        current = self._window
        while current.has_room:
            entries = outbox.after(self._edge_db, current.epoch, current.next_lo - 1)
            if not entries:
                break
            current = window.cut(current, [entry.seq for entry in entries])
        while (flight := window.to_send(current, self._clock())) is not None:
            after = self._send(carrier, current, flight)
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

    def _send(self, carrier: Carrier, current: Window, flight: Flight) -> Window:
        """The window as it then stands; the very same one when the line is down."""
        try:
            entries = outbox.between(self._edge_db, current.epoch, flight.lo, flight.hi)
        except envelope.BadBatchError as error:
            return self._commit(current, window.refused(current, flight, str(error)))
        if tuple(entry.seq for entry in entries) != flight.seqs:
            # The database was replaced under us: what is on the wire no longer speaks of it.
            return replace(current, flights=())
        newest = outbox.newest(self._edge_db)
        waiting = 0 if newest is None else max(0, newest.seq - flight.hi)
        header = envelope.Header(
            envelope.VERSION, self._device, current.epoch, flight.lo, flight.hi, len(entries), self._bundle(), waiting
        )
        try:
            payload = envelope.pack(header, entries)
        except envelope.BadBatchError as error:
            return self._commit(current, window.refused(current, flight, str(error)))
        if not carrier.publish(envelope.receipts_topic(self._device), payload):
            return current
        return window.sent(current, flight, envelope.fingerprint(payload), self._clock(), random.random())

    def _commit(self, before: Window, heard: Heard) -> Window:
        for refusal in heard.refusals:
            log.error("receipt %d was refused and stays on the register: %s", refusal.seq, refusal.why)
        moved = heard.window.acknowledged > before.acknowledged
        if moved or heard.refusals:
            self._ledger.acknowledge(heard.window.epoch, heard.window.acknowledged, heard.refusals)
        return heard.window
