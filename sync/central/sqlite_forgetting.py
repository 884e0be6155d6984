"""Forgetting in SQLite; see `sync.central.forgetting` for what each operation promises.

A connection of its own. The store is read page by page outside of any transaction, and only what is to be changed is read again
and written in a short one: ingest goes on beside it, for SQLite's lock is not given by turns, and who takes it again at once
keeps others out. At the end the file's bytes are looked through (`sync.central.leftover`). Only when one of them still tells of
a shopper, in a page that a program without secure_delete split, the file is vacuumed, and ingest waits until it is written anew.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from device.shopper import Shopper
from device.transaction import whole
from sync.central import leftover, microseconds, moment, people_links, sqlite_schema
from sync.central.forgetting import (
    PAGE,
    Expired,
    Forgot,
    Listed,
    Progressed,
    checked,
    cleaner,
    hashes,
    names,
    renamer,
)
from sync.central.past import PastReceipt
from sync.central.sqlite import said
from sync.central.sqlite_people import SqliteSql

_EMPTY_SECONDS: Final = 10.0
_past: Final = msgspec.json.Decoder(PastReceipt)


class SqliteForgetting:
    def __init__(self, path: str) -> None:
        self._path = Path(path)
        with said(self._path):
            # By one thread at a time, and by whoever closes the door that it serves.
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            for setting in sqlite_schema.ERASING:
                self._db.execute(setting)

    def forget(self, tokens: Sequence[str], at: datetime, *, words: bool = True) -> Forgot:
        tokens = checked(tokens)
        with said(self._path):
            with whole(self._db):
                tokens = people_links.whole(SqliteSql(self._db), tokens)
                people_links.erase(SqliteSql(self._db), tokens, words=words)
                rows = [(digest, at.astimezone(UTC).isoformat(timespec="seconds")) for digest in hashes(tokens)]
                self._db.executemany("DELETE FROM tombstone WHERE hash = ? AND lifted = 1", [row[:1] for row in rows])
                self._db.executemany("INSERT OR IGNORE INTO tombstone (hash, at) VALUES (?, ?)", rows)
            every = set(tokens)
            receipts = self._receipts(cleaner(tokens), keep_digest=True)
            past = self._past(lambda one: one.anonymous() if one.shopper in every else None)
            quarantined = self._quarantine(tokens)
            clean = self._emptied()
            if clean and leftover.holds(self._path, tokens):
                self._db.execute("VACUUM")
                clean = self._emptied()
            return Forgot(receipts, past, quarantined, clean)

    def rename(self, shoppers: Mapping[str, Shopper]) -> int:
        def renamed(one: PastReceipt) -> PastReceipt | None:
            new = None if one.shopper is None else shoppers.get(one.shopper)
            return None if new is None else msgspec.structs.replace(one, shopper=new.token)

        with said(self._path):
            return self._receipts(renamer(shoppers), keep_digest=False) + self._past(renamed)

    def after(self, number: int, most: int) -> list[Listed]:
        query = "SELECT number, hash, lifted FROM tombstone WHERE number > ? ORDER BY number LIMIT ?"
        with said(self._path):
            rows = self._db.execute(query, (number, most)).fetchall()
        return [Listed(found, bytes(digest), bool(lifted)) for found, digest, lifted in rows]

    def latest(self) -> int:
        with said(self._path):
            (number,) = self._db.execute("SELECT coalesce(max(number), 0) FROM tombstone").fetchone()
        return int(number)

    def note_forgotten(self, device: str, through: int, said_at: datetime) -> None:
        with said(self._path):
            self._db.execute(
                """INSERT INTO forgotten VALUES (?, ?, ?) ON CONFLICT (device) DO UPDATE SET
                     through = excluded.through, said_us = excluded.said_us WHERE excluded.said_us >= forgotten.said_us""",
                (device, through, microseconds(said_at)),
            )

    def forgotten(self) -> dict[str, Progressed]:
        with said(self._path):
            rows = self._db.execute("SELECT device, through, said_us FROM forgotten").fetchall()
        return {device: Progressed(through, moment(said_us)) for device, through, said_us in rows}

    def expire(self, before: datetime) -> Expired:
        mark = microseconds(before)
        keys = "(device, epoch, seq) IN (SELECT device, epoch, seq FROM receipt WHERE closed_us < ? LIMIT ?)"
        with said(self._path):
            gone = 0
            while True:
                with whole(self._db):
                    rows = self._db.execute(f"DELETE FROM receipt WHERE {keys} RETURNING device, epoch, seq", (mark, PAGE))  # noqa: S608
                    page = rows.fetchall()
                    self._db.executemany("DELETE FROM rating WHERE device = ? AND epoch = ? AND receipt = ?", page)
                    self._db.executemany("DELETE FROM erased WHERE device = ? AND epoch = ? AND seq = ?", page)
                gone += len(page)
                if len(page) < PAGE:
                    break
            with whole(self._db):
                told = before.astimezone(UTC).isoformat(timespec="seconds")
                quarantined = self._db.execute("DELETE FROM quarantine WHERE at < ?", (told,)).rowcount
                past = (
                    self._db.execute("DELETE FROM past WHERE local_us < ?", (mark,)).rowcount
                    if sqlite_schema.has_past(self._db)
                    else 0
                )
            self._emptied()
        return Expired(gone, past, quarantined)

    def close(self) -> None:
        self._db.close()

    def _receipts(self, clean: Callable[[bytes], bytes | None], *, keep_digest: bool) -> int:
        """Put what `clean` makes of a receipt in its place; `keep_digest`: the register may send it like that too."""
        query = """SELECT device, epoch, seq, body FROM receipt WHERE (device, epoch, seq) > (?, ?, ?)
                   ORDER BY device, epoch, seq LIMIT ?"""
        one = "device = ? AND epoch = ? AND seq = ?"
        changed, last = 0, ("", "", 0)
        while True:
            page = self._db.execute(query, (*last, PAGE)).fetchall()
            keys = [key for *key, body in page if clean(bytes(body)) is not None]
            with whole(self._db) if keys else nullcontext():
                for key in keys:
                    # Once more: it was read while others might write.
                    row = self._db.execute(f"SELECT body FROM receipt WHERE {one}", key).fetchone()  # noqa: S608
                    if row is None or (body := clean(bytes(row[0]))) is None:
                        continue
                    self._db.execute(f"UPDATE receipt SET body = ? WHERE {one}", (body, *key))  # noqa: S608
                    if keep_digest:
                        digest = hashlib.sha256(body).digest()
                        self._db.execute("INSERT OR IGNORE INTO erased VALUES (?, ?, ?, ?)", (*key, digest))
                    changed += 1
            if len(page) < PAGE:
                return changed
            last = page[-1][:3]

    def _past(self, change: Callable[[PastReceipt], PastReceipt | None]) -> int:
        changed = last = 0
        while sqlite_schema.has_past(self._db):
            page = self._db.execute("SELECT id, body FROM past WHERE id > ? ORDER BY id LIMIT ?", (last, PAGE)).fetchall()
            keys = [key for key, body in page if change(_past.decode(body)) is not None]
            with whole(self._db) if keys else nullcontext():
                for key in keys:
                    row = self._db.execute("SELECT body FROM past WHERE id = ?", (key,)).fetchone()
                    if row is None or (now := change(_past.decode(row[0]))) is None:
                        continue
                    # Its content is by whom it was bought: the file that it came from, imported again, is to be known.
                    words = (msgspec.json.encode(now), now.content(), key)
                    self._db.execute("UPDATE past SET body = ?, sha256 = ? WHERE id = ?", words)
                    changed += 1
            if len(page) < PAGE:
                break
            last = page[-1][0]
        return changed

    def _quarantine(self, tokens: Sequence[str]) -> int:
        keys = self._db.execute("SELECT device, sha256 FROM quarantine").fetchall()
        gone = 0
        for key in keys:
            row = self._db.execute("SELECT payload FROM quarantine WHERE device = ? AND sha256 = ?", key).fetchone()
            if row is not None and names(bytes(row[0]), tokens):
                gone += self._db.execute("DELETE FROM quarantine WHERE device = ? AND sha256 = ?", key).rowcount
        return gone

    def _emptied(self) -> bool:
        end = time.monotonic() + _EMPTY_SECONDS
        while self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True
