"""Forgetting in PostgreSQL; see `sync.central.forgetting` for what each operation promises."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString

import msgspec
import psycopg

from device.address import masked
from device.errors import CentralError, first_line
from device.shopper import Shopper
from sync.central import people_links
from sync.central.forgetting import PAGE, Expired, Forgot, Listed, checked, cleaner, hashes, names, renamer
from sync.central.past import PastReceipt
from sync.central.postgres import FORGETTING_LOCK
from sync.central.postgres_past import IMPORT_LOCK
from sync.central.postgres_people import PEOPLE_LOCK, SEARCH_PATH, PostgresSql

_past: Final = msgspec.json.Decoder(PastReceipt)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_VACUUM: Final[tuple[LiteralString, ...]] = (
    "VACUUM tillside.receipt",
    "VACUUM tillside.past",
    "VACUUM tillside.quarantine",
    "VACUUM tillside.identity",
    "VACUUM tillside.person",
    "VACUUM tillside.statement",
)

# The server picks the receipts out, so that only those come over the wire; as bytes, for a field that nobody reads may hold what
# is no text. Of a few pseudonyms it finds every mention, of many the receipt's own.
_NAMED: Final[LiteralString] = "EXISTS (SELECT FROM unnest(%s::text[]) AS token WHERE position(token::bytea IN body) > 0)"
_MENTIONED: Final[LiteralString] = """EXISTS (SELECT FROM regexp_matches(encode(body, 'escape'), '"([0-9a-f]{32})"', 'g') AS name
    WHERE name[1] = ANY(%s))"""
_FEW: Final = 32
_OWN: Final[LiteralString] = """substring(encode(body, 'escape') FROM '"shopper":"([0-9a-f]{32})"') = ANY(%s)"""


class PostgresForgetting:
    def __init__(self, url: str) -> None:
        self._url = url
        with self._said():
            self._db: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True, application_name="tillside forgetting")
            self._db.execute(SEARCH_PATH)

    def forget(self, tokens: Sequence[str], at: datetime, *, words: bool = True) -> Forgot:
        tokens = checked(tokens)
        with self._said():
            with self._db.transaction():
                self._db.execute("SELECT pg_advisory_xact_lock(%s, 0)", (FORGETTING_LOCK,))
                self._db.execute("SELECT pg_advisory_xact_lock(%s, %s)", IMPORT_LOCK)
                self._db.execute("SELECT pg_advisory_xact_lock(%s, 0)", (PEOPLE_LOCK,))
                tokens = people_links.whole(PostgresSql(self._db), tokens)
                people_links.erase(PostgresSql(self._db), tokens, words=words)
                self._db.execute("DELETE FROM tillside.tombstone WHERE hash = ANY(%s) AND lifted = 1", (hashes(tokens),))
                with self._db.cursor() as cursor:
                    cursor.executemany(
                        "INSERT INTO tillside.tombstone (hash, at) VALUES (%s, %s) ON CONFLICT (hash) DO NOTHING",
                        [(digest, at.astimezone(UTC).isoformat(timespec="seconds")) for digest in hashes(tokens)],
                    )
            receipts = self._receipts(tokens, cleaner(tokens), keep_digest=True)
            every = set(tokens)
            past = self._past(_named(tokens), tokens, lambda one: one.anonymous() if one.shopper in every else None)
            quarantined = self._quarantine(tokens)
            for statement in _VACUUM:
                self._db.execute(statement)
        return Forgot(receipts, past, quarantined, clean=True)

    def rename(self, shoppers: Mapping[str, Shopper]) -> int:
        def renamed(one: PastReceipt) -> PastReceipt | None:
            new = None if one.shopper is None else shoppers.get(one.shopper)
            return None if new is None else msgspec.structs.replace(one, shopper=new.token)

        with self._said():
            receipts = self._receipts(list(shoppers), renamer(shoppers), keep_digest=False)
            return receipts + self._past(_OWN, list(shoppers), renamed)

    def after(self, number: int, most: int) -> list[Listed]:
        query = "SELECT number, hash, lifted FROM tillside.tombstone WHERE number > %s ORDER BY number LIMIT %s"
        with self._said():
            rows = self._db.execute(query, (number, most)).fetchall()
        return [Listed(found, bytes(digest), bool(lifted)) for found, digest, lifted in rows]

    def latest(self) -> int:
        with self._said():
            rows = self._db.execute("SELECT coalesce(max(number), 0) FROM tillside.tombstone").fetchall()
        return int(rows[0][0])

    def expire(self, before: datetime) -> Expired:
        mark = (before - _EPOCH) // timedelta(microseconds=1)
        with self._said():
            gone = 0
            while True:
                with self._db.transaction():
                    page = self._db.execute(
                        """DELETE FROM tillside.receipt WHERE ctid IN
                             (SELECT ctid FROM tillside.receipt WHERE closed_us < %s LIMIT %s) RETURNING device, epoch, seq""",
                        (mark, PAGE),
                    ).fetchall()
                    with self._db.cursor() as cursor:
                        cursor.executemany("DELETE FROM tillside.rating WHERE device = %s AND epoch = %s AND receipt = %s", page)
                        cursor.executemany("DELETE FROM tillside.erased WHERE device = %s AND epoch = %s AND seq = %s", page)
                gone += len(page)
                if len(page) < PAGE:
                    break
            told = before.astimezone(UTC).isoformat(timespec="seconds")
            quarantined = self._db.execute("DELETE FROM tillside.quarantine WHERE at < %s", (told,)).rowcount
            past = self._db.execute("DELETE FROM tillside.past WHERE local_us < %s", (mark,)).rowcount
        return Expired(gone, past, quarantined)

    def close(self) -> None:
        self._db.close()

    def _receipts(self, tokens: Sequence[str], change: Callable[[bytes], bytes | None], *, keep_digest: bool) -> int:
        """Put what `change` makes of a receipt in its place; `keep_digest`: the register may send it like that too."""
        which = _named(tokens) if keep_digest else _OWN
        query = f"SELECT device, epoch, seq, body FROM tillside.receipt WHERE {which}"  # noqa: S608
        query += " AND (device, epoch, seq) > (%s, %s, %s) ORDER BY device, epoch, seq LIMIT %s"
        update = "UPDATE tillside.receipt SET body = %s WHERE device = %s AND epoch = %s AND seq = %s"
        changed, last = 0, ("", "", 0)
        while found := self._db.execute(query.encode(), (list(tokens), *last, PAGE)).fetchall():
            told = [(tuple(key), body) for *key, old in found if (body := change(bytes(old))) is not None]
            with self._db.transaction(), self._db.cursor() as cursor:
                cursor.executemany(update, [(body, *key) for key, body in told])
                cursor.executemany(
                    "INSERT INTO tillside.erased VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    [(*key, hashlib.sha256(body).digest()) for key, body in told if keep_digest],
                )
            changed += len(told)
            last = found[-1][:3]
        return changed

    def _past(self, which: LiteralString, tokens: Sequence[str], change: Callable[[PastReceipt], PastReceipt | None]) -> int:
        """Its content is by whom it was bought: the file that it came from, imported again, is to be known."""
        query: LiteralString = f"SELECT id, body FROM tillside.past WHERE {which} AND id > %s ORDER BY id LIMIT %s"  # noqa: S608
        changed = last = 0
        while page := self._db.execute(query, (list(tokens), last, PAGE)).fetchall():
            told = [(now, key) for key, old in page if (now := change(_past.decode(bytes(old)))) is not None]
            with self._db.transaction(), self._db.cursor() as cursor:
                cursor.executemany(
                    "UPDATE tillside.past SET body = %s, sha256 = %s WHERE id = %s",
                    [(msgspec.json.encode(receipt), receipt.content(), key) for receipt, key in told],
                )
            changed += len(told)
            last = page[-1][0]
        return changed

    def _quarantine(self, tokens: Sequence[str]) -> int:
        keys = self._db.execute("SELECT device, sha256 FROM tillside.quarantine").fetchall()
        gone = 0
        for key in keys:
            query = "SELECT payload FROM tillside.quarantine WHERE device = %s AND sha256 = %s"
            row = self._db.execute(query, key).fetchone()
            if row is not None and names(bytes(row[0]), tokens):
                gone += self._db.execute("DELETE FROM tillside.quarantine WHERE device = %s AND sha256 = %s", key).rowcount
        return gone

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            why = masked(first_line(error))
            raise CentralError(f"the central store {masked(self._url)} cannot be used: {why}") from error


def _named(tokens: Sequence[str]) -> LiteralString:
    """Which records name one of them: each mention is looked for, or each is looked up."""
    return _NAMED if len(tokens) <= _FEW else _MENTIONED
