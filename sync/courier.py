"""The register's errands with a stick: write what waits, and bring home what headquarters answered.

The same uplink and window as on the wire; only that between sending and hearing there may be a week, and another stick. So what
was written is remembered in sync.db (`exported`): ranges and hashes, from the watermark on without a hole. Each export writes
everything above the watermark, whatever went onto another stick before: a lost stick loses nothing, of two that arrive one is
redundant, and an acknowledgement of either counts.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from device.errors import BundleError, SyncError
from device.settings import Settings
from device.slots import slots
from sync import envelope, forget_list, forgetter, outbox, stick
from sync.carrier import Message
from sync.downlink import Checked, Downlink
from sync.health import Teller
from sync.identity import register
from sync.identity.signed import Signer
from sync.identity.visits import home
from sync.ledger import Exported, Ledger
from sync.seal import Trusted
from sync.stick import MAX_BATCHES, Outgoing
from sync.uplink import Uplink
from sync.ways import wanted
from sync.window import Flight

_STILL: Final = 0.0

log = logging.getLogger("tillside.sync")


class Written(NamedTuple):
    batches: int
    left: int
    """Records that wait for the next export."""
    signed: bool
    """By the register's certificate."""


class Home(NamedTuple):
    acknowledged: int
    """Batches."""
    refused: int
    unsigned: int
    """Files that were no word of headquarters to this register."""
    waiting: int
    """Receipts that headquarters has not answered for."""
    checked: Checked | None
    """None: no bundles on the stick, or no `root_file` to trust them by."""


def export(settings: Settings, ledger: Ledger, folder: Path) -> Written:
    """Everything that waits, as files. SyncError when the stick does not take it all; what it took is whole and counts."""
    signer = Signer.of(home(settings))
    out = Outgoing(folder, settings.device, _trusted(settings), signer)
    uplink = _uplink(settings, ledger)
    left = 0
    for epoch in outbox.epochs(settings.edge_db):
        uplink.take_up(epoch, _flights(settings, ledger, epoch, frozenset()))
        uplink.advance(out)
        flown = [flight for flight in uplink.flights if flight.tries or flight.answered]
        _remember(ledger, epoch, flown)
        last = flown[-1].hi if flown else ledger.watermark(epoch)
        left += len(outbox.numbers(settings.edge_db, epoch, last))
        if out.trouble is not None:
            raise SyncError(
                f"the stick at {folder} takes no more ({out.trouble}): {out.written} batches are whole on it, the rest waits; "
                "make room or use another, and repeat"
            )
    if Teller(settings, ledger).look(datetime.now(UTC), {}):
        for _, body in ledger.health():
            out.publish(envelope.health_topic(settings.device), body)
    request = register.renewal(home(settings), settings.device, datetime.now(UTC))
    out.publish(forget_list.progress_topic(settings.device), forgetter.progress(settings, ledger, request))
    out.clear()
    return Written(out.written, left, signer is not None)


def bring_home(settings: Settings, ledger: Ledger, folder: Path) -> Home:
    """Take in acknowledgements, and a bundle when the stick has one. SyncError or BundleError: what was heard before counts."""
    checked, trouble = None, None
    try:
        # First: it brings the root up to date, by which acknowledgements are believed.
        checked = _check(settings, ledger, folder)
    except (SyncError, BundleError) as error:
        trouble = error
    out = Outgoing(folder, settings.device, _trusted(settings), None)
    heard: list[bytes] = []
    answered: set[str] = set()
    while isinstance(event := out.next(0), Message):
        if event.topic == forget_list.page_topic(settings.device):
            answered |= _list(settings, ledger, event.payload)
        else:
            heard.append(event.payload)
    answered |= {envelope.read_acknowledgement(payload).sha256 for payload in heard}
    uplink = _uplink(settings, ledger)
    refused = ledger.refusals()
    for epoch in outbox.epochs(settings.edge_db):
        uplink.take_up(epoch, _flights(settings, ledger, epoch, frozenset(answered)))
        for payload in heard:
            uplink.hear(payload)
        _remember(ledger, epoch, uplink.flights)
    teller = Teller(settings, ledger)
    for payload in heard:
        teller.hear(payload)
    out.clear(frozenset(answered))
    if trouble is not None:
        raise trouble
    waiting = outbox.waiting(settings.edge_db, ledger.watermark).receipts
    return Home(uplink.answers, ledger.refusals() - refused, out.unsigned, waiting, checked)


def _list(settings: Settings, ledger: Ledger, payload: bytes) -> set[str]:
    """Write down whom headquarters wants forgotten, and take another certificate if there is one; what that answers."""
    try:
        page = forget_list.read_page(payload)
    except forget_list.BadForgetError as error:
        log.warning("skipped: %s", error)
        return set()
    forgetter.take(ledger, page)
    if page.certificate is not None and register.renewed(home(settings), settings.device, page.certificate):
        log.info("this register has a new certificate")
    return {page.sha256}


def _uplink(settings: Settings, ledger: Ledger) -> Uplink:
    return Uplink(
        settings.device,
        settings.edge_db,
        ledger,
        lambda: slots(settings.bundle_db).active,
        width=MAX_BATCHES,
        clock=lambda: _STILL,
    )


def _flights(settings: Settings, ledger: Ledger, epoch: str, answered: frozenset[str]) -> list[Flight]:
    """As they stood after the last errand; of one range written twice with other bytes that one which was answered."""
    mark = ledger.watermark(epoch)
    numbers = outbox.numbers(settings.edge_db, epoch, mark)
    flights: list[Flight] = []
    at, next_lo = 0, mark + 1
    for written in ledger.exported(epoch):
        if written.lo < next_lo:
            again = flights and (written.lo, written.hi) == (flights[-1].lo, flights[-1].hi)
            if again and (written.answered or written.sha256 in answered):
                flights[-1] = _flight(written, flights[-1].seqs)
            continue
        end = at
        while end < len(numbers) and numbers[end] <= written.hi:
            end += 1
        if written.lo > next_lo or end == at:
            break
        flights.append(_flight(written, tuple(numbers[at:end])))
        at, next_lo = end, written.hi + 1
    return flights


def _flight(written: Exported, seqs: tuple[int, ...]) -> Flight:
    return Flight(written.lo, written.hi, seqs, _STILL, int(written.sha256 != ""), written.sha256, written.answered)


def _remember(ledger: Ledger, epoch: str, flights: list[Flight] | tuple[Flight, ...]) -> None:
    ledger.keep_exported(epoch, [Exported(flight.lo, flight.hi, flight.sha256, flight.answered) for flight in flights])


def _trusted(settings: Settings) -> Trusted:
    root_file = wanted(settings).root_file
    if root_file is None:
        raise SyncError("a stick needs sync.root_file, by which its acknowledgements are believed: headquarters' root.json")
    return Trusted(Path(settings.state_dir) / "trust" / "root.json", Path(root_file))


def _check(settings: Settings, ledger: Ledger, folder: Path) -> Checked | None:
    root_file, place = wanted(settings).root_file, stick.bundles(folder)
    if root_file is None or place is None:
        return None
    state = Path(settings.state_dir)
    who = {"device": settings.device, "store": settings.store}
    return Downlink(place.absolute().as_uri(), Path(root_file), state, settings.bundle_db, ledger, **who).check()
