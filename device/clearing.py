"""What leaves the edge database: pseudonyms of shoppers who are to be forgotten, and old receipts that headquarters has.

sync.db says what may go and is only read: the list of tombstones that headquarters told, and what it has answered for. The daemon
deletes, for it is the only writer of edge.db. Every transaction is short, so that a finished sale waits for a few milliseconds at
most. What is deleted is overwritten, then the log is emptied; only after that `forgotten.through` says so, which the nightly sync
tells to headquarters.

A receipt of a forgotten shopper stays, as an anonymous one. What of damaged and replaced databases was kept aside goes whole, and
the nightly copies of before go once there is a fresh one (`device.copies`); while that cannot be done nothing is said to be. A
receipt goes once it is older than `[privacy] retention_days` and headquarters has it with its rating
(`EdgeStore.forget_acknowledged`).
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from device import edge_schema, packed, readonly, rescue
from device.carve import ReceiptRow
from device.errors import SettingsError, StoreError
from device.shopper import Keyring, erased, key_file, tombstone
from device.sources import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from device.copies import Copies
    from device.journal import Journal
    from device.premises import Register
    from device.settings import Settings
    from device.store import EdgeStore
    from device.without import Without

LOOK_SECONDS: Final = 5.0
"""How often the daemon looks for other keys and for what is to be forgotten."""
REST_SECONDS: Final = 60.0
"""Before all receipts are gone through again, after it could not be done."""
_RETAIN_ROUNDS: Final = 720
"""Looks between two searches for old receipts: an hour."""
_PAGE: Final = 200
_SHOPPER: Final = re.compile(rb'"shopper":"([0-9a-f]{32})"')


def forget(edge: EdgeStore, edge_db: Path, sync_db: Path, renew: Callable[[], None] = lambda: None) -> int:
    """Take what headquarters wants forgotten out of the receipts; how many changed. Interrupted, it begins anew.

    Who withdrew and agreed again is forgotten no more: receipts of then stay anonymous, later ones have a shopper.

    `renew` makes the copies follow, or raises StoreError; so does whatever else cannot be done.
    """
    try:
        return _forgotten(edge, edge_db, sync_db, renew)
    except sqlite3.Error as error:
        raise StoreError(f"it could not be read who is to be forgotten: {error}") from error


def _forgotten(edge: EdgeStore, edge_db: Path, sync_db: Path, renew: Callable[[], None]) -> int:
    epoch = edge.epoch
    rows, lifted = _listed(sync_db, edge.forgotten_through())
    if not rows and not lifted:
        return 0
    otherwise = "a shopper could not be forgotten"
    with edge.changing(otherwise) as db:
        # First of all, so that no sale at hand brings one back.
        db.executemany("INSERT OR IGNORE INTO tombstone (number, hash) VALUES (?, ?)", rows)
        db.executemany("DELETE FROM tombstone WHERE hash = ?", [(digest,) for _, digest in lifted])
    hashes = {bytes(digest) for _, digest in rows}
    changed = 0
    for page in _receipts(edge_db):
        names = [clean for row in page if (clean := _anonymous(row, hashes)) is not None]
        if names:
            with edge.changing(otherwise) as db:
                db.executemany("UPDATE receipt SET body = ?, sum = ? WHERE seq = ?", names)
            changed += len(names)
    with edge.changing(otherwise):
        rescue.drop_set_aside(edge_db)
    if edge.truncate():
        renew()
        with edge.changing(otherwise) as db:
            # Rescued meanwhile, it holds what was read out of old pages, and is gone through anew.
            done = (max(number for number, _ in (*rows, *lifted)), epoch)
            db.execute("UPDATE forgotten SET through = ? WHERE (SELECT epoch FROM identity) = ?", done)
    return changed


def retain(edge: EdgeStore, before: datetime) -> int:
    """Delete receipts that closed before then and that headquarters has; how many. Unacknowledged ones stay, however old."""
    gone = 0
    while (page := edge.forget_acknowledged(before, _PAGE)) > 0:
        gone += page
    if gone:
        edge.truncate()
    return gone


class Clearing:
    """`run` clears as long as the daemon lives. The register's keys are taken up here: now, and when they are others."""

    def __init__(self, settings: Settings, register: Register, copies: Copies, journal: Journal, without: Without) -> None:
        self._settings = settings
        self._register = register
        self._copies = copies
        self._journal = journal
        self._rest_until = 0.0
        self._without = without
        self._keys = settings.privacy.shopper_key_file
        self._keys_changed: tuple[int, int] | None = None
        self._take_up_keys()

    async def run(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._take_up_keys()
            await asyncio.to_thread(self._clear, rounds % _RETAIN_ROUNDS == 0)
            rounds += 1

    def _clear(self, old_ones_too: bool) -> None:
        edge, edge_db, sync_db = self._register.edge, self._settings.edge_db, self._settings.sync_db
        try:
            if time.monotonic() >= self._rest_until and (changed := forget(edge, edge_db, sync_db, self._renew_copies)) > 0:
                self._register.place.unwanted.forget(edge.is_forgotten)
                self._register.place.handed_out.forget(edge.is_forgotten)
                self._journal.tell(f"forgot shoppers on {changed} receipts")
            if old_ones_too:
                retain(edge, now() - timedelta(days=self._settings.privacy.retention_days))
        except StoreError as error:
            self._rest_until = time.monotonic() + REST_SECONDS
            self._journal.say("clearing", str(error))

    def _renew_copies(self) -> None:
        self._copies.renew(now().astimezone(self._settings.zone))

    def _take_up_keys(self) -> None:
        if self._keys is None or (stamp := self._stamp()) == self._keys_changed:
            return
        try:
            keys = Keyring.read(key_file(self._keys))
        except SettingsError as error:
            anonymous = self._register.shopper_keys is None
            instead = "every basket is anonymous" if anonymous else "the keys from before stay in use"
            self._without.say("privacy", f"{error}; until then {instead}")
            return
        self._register.shopper_keys = keys
        self._keys_changed = stamp
        self._journal.tell("took up the pseudonym keys of headquarters")
        self._without.mended("privacy")

    def _stamp(self) -> tuple[int, int]:
        try:
            found = key_file(self._keys or "").stat()
        except OSError:
            return (0, 0)
        return (found.st_ctime_ns, found.st_ino)  # its mode too: it may have been open to others


def _listed(sync_db: Path, through: int) -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
    """Of headquarters' list, above a number: who is to be forgotten, and who is so no more."""
    if not sync_db.is_file():
        return [], []
    with closing(readonly.opened(sync_db)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master") if name in {"tombstone", "lifted"}}
        # One question, hence one state of the list: a page that comes meanwhile is for the next look.
        query = " UNION ALL ".join(f"SELECT number, hash, '{table}' FROM {table} WHERE number > ?1" for table in sorted(tables))  # noqa: S608
        rows = db.execute(f"{query} ORDER BY 1", (through,)).fetchall() if tables else []
    told: dict[str, list[tuple[int, bytes]]] = {"tombstone": [], "lifted": []}
    for number, digest, table in rows:
        told[table].append((number, digest))
    return told["tombstone"], told["lifted"]


def _anonymous(row: ReceiptRow, hashes: set[bytes]) -> tuple[bytes, int, int] | None:
    """Body, sum and number of a receipt without its shopper; None when that one is not to be forgotten.

    StoreError of a damaged row: nothing is said to be forgotten until the next start has rescued what can be read.
    """
    body = packed.unpack(row.body)
    token = _SHOPPER.search(body)
    if token is None or tombstone(token[1].decode()) not in hashes:
        return None
    clean = row._replace(body=packed.pack(erased(body, token[1].decode())))
    return clean.body, edge_schema.receipt_sum(*clean), clean.seq


def _receipts(edge_db: Path) -> Iterator[list[ReceiptRow]]:
    """All of them, a page at a time; between two pages nothing is held, so that the log can be emptied."""
    query = "SELECT seq, epoch, receipt_id, digest, lane, closed_at, body FROM receipt WHERE seq > ? ORDER BY seq LIMIT ?"
    last = 0
    while True:
        with closing(readonly.opened(edge_db)) as db:
            page = [ReceiptRow(*row) for row in db.execute(query, (last, _PAGE))]
        if not page:
            return
        yield page
        last = page[-1].seq
