"""Forgetting in PostgreSQL; see `sync.central.forgetting` for what each operation promises."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Final, LiteralString

import msgspec

from device.shopper import Shopper
from sync.central import microseconds, moment, people_links, postgres_server
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
from sync.central.postgres_people import NAMED, VACUUM, WHOSE, PostgresSql
from sync.central.postgres_server import FORGETTING_LOCK, IMPORT_LOCK, PEOPLE_LOCK, REWRITING_LOCK, columns, take_turn

_past: Final = msgspec.json.Decoder(PastReceipt)
_VACUUM: Final[tuple[LiteralString, ...]] = (
    "VACUUM tillside.receipt",
    "VACUUM tillside.past",
    "VACUUM tillside.quarantine",
    *VACUUM,
)

# The server picks the records out, so that only those come over the wire. Few pseudonyms are looked for one by one; of many each
# mention is looked up.
_MENTIONED: Final[LiteralString] = """EXISTS (SELECT FROM regexp_matches(encode(body, 'escape'), '"([0-9a-f]{32})"', 'g') AS name
    WHERE name[1] = ANY(%s))"""
_FEW: Final = 32
_KEYS: Final[LiteralString] = "unnest(%s::text[], %s::text[], %s::bigint[])"
_BODIES: Final[LiteralString] = "unnest(%s::text[], %s::text[], %s::bigint[], %s::bytea[])"
_OWN: Final[LiteralString] = f"{WHOSE} = ANY(%s)"


class PostgresForgetting:
    def __init__(self, url: str) -> None:
        self._url = url
        with self._said():
            self._db = postgres_server.opened(url, writing=True, autocommit=True, name="tillside forgetting")

    def forget(self, tokens: Sequence[str], at: datetime, *, words: bool = True) -> Forgot:
        tokens = checked(tokens)
        with self._said():
            with self._db.transaction():
                take_turn(self._db, PEOPLE_LOCK)
                tokens = people_links.whole(PostgresSql(self._db), tokens)
                people_links.erase(PostgresSql(self._db), tokens, words=words)
                take_turn(self._db, IMPORT_LOCK)
                take_turn(self._db, FORGETTING_LOCK)
                self._db.execute("DELETE FROM tillside.tombstone WHERE hash = ANY(%s) AND lifted = 1", (hashes(tokens),))
                self._db.execute(
                    "INSERT INTO tillside.tombstone (hash, at) SELECT unnest(%s::bytea[]), %s ON CONFLICT (hash) DO NOTHING",
                    (hashes(tokens), at.astimezone(UTC).isoformat(timespec="seconds")),
                )
            receipts = self._receipts(_named("receipt", tokens), tokens, cleaner(tokens), keep_digest=True)
            every = set(tokens)
            past = self._past(_named("past", tokens), tokens, lambda one: one.anonymous() if one.shopper in every else None)
            quarantined = self._quarantine(tokens)
            for statement in _VACUUM:
                self._db.execute(statement)
        return Forgot(receipts, past, quarantined, clean=True)

    def rename(self, shoppers: Mapping[str, Shopper]) -> int:
        def renamed(one: PastReceipt) -> PastReceipt | None:
            new = None if one.shopper is None else shoppers.get(one.shopper)
            return None if new is None else msgspec.structs.replace(one, shopper=new.token)

        with self._said():
            receipts = self._receipts(_OWN, list(shoppers), renamer(shoppers), keep_digest=False)
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

    def note_forgotten(self, device: str, through: int, said_at: datetime) -> None:
        with self._said():
            self._db.execute(
                """INSERT INTO tillside.forgotten VALUES (%s, %s, %s) ON CONFLICT (device) DO UPDATE SET
                     through = excluded.through, said_us = excluded.said_us WHERE excluded.said_us >= forgotten.said_us""",
                (device, through, microseconds(said_at)),
            )

    def forgotten(self) -> dict[str, Progressed]:
        with self._said():
            rows = self._db.execute("SELECT device, through, said_us FROM tillside.forgotten").fetchall()
        return {device: Progressed(through, moment(said_us)) for device, through, said_us in rows}

    def expire(self, before: datetime) -> Expired:
        mark = microseconds(before)
        with self._said():
            gone = 0
            while True:
                with self._db.transaction():
                    take_turn(self._db, REWRITING_LOCK)
                    page = self._db.execute(
                        """DELETE FROM tillside.receipt WHERE ctid IN
                             (SELECT ctid FROM tillside.receipt WHERE closed_us < %s LIMIT %s) RETURNING device, epoch, seq""",
                        (mark, PAGE),
                    ).fetchall()
                    keys = columns(page, 3)
                    self._db.execute(
                        f"""DELETE FROM tillside.rating USING {_KEYS} AS gone (device, epoch, seq)
                             WHERE (rating.device, rating.epoch, rating.receipt) = (gone.device, gone.epoch, gone.seq)""",  # noqa: S608
                        keys,
                    )
                    self._db.execute(
                        f"""DELETE FROM tillside.erased USING {_KEYS} AS gone (device, epoch, seq)
                             WHERE (erased.device, erased.epoch, erased.seq) = (gone.device, gone.epoch, gone.seq)""",  # noqa: S608
                        keys,
                    )
                gone += len(page)
                if len(page) < PAGE:
                    break
            told = before.astimezone(UTC).isoformat(timespec="seconds")
            # What a poll counts again just now is no longer old; to wait for it with others in hand could be a circle.
            quarantined = self._db.execute(
                """DELETE FROM tillside.quarantine WHERE (device, sha256) IN
                     (SELECT device, sha256 FROM tillside.quarantine WHERE at < %s FOR UPDATE SKIP LOCKED)""",
                (told,),
            ).rowcount
            with self._db.transaction():
                take_turn(self._db, IMPORT_LOCK)
                past = self._db.execute("DELETE FROM tillside.past WHERE local_us < %s", (mark,)).rowcount
        return Expired(gone, past, quarantined)

    def close(self) -> None:
        self._db.close()

    def _receipts(
        self, which: LiteralString, tokens: Sequence[str], change: Callable[[bytes], bytes | None], *, keep_digest: bool
    ) -> int:
        """Put what `change` makes of a receipt in its place; `keep_digest`: the register may send it like that too."""
        query: LiteralString = f"""SELECT device, epoch, seq, body FROM tillside.receipt
            WHERE {which} AND (device, epoch, seq) > (%s, %s, %s) ORDER BY device, epoch, seq LIMIT %s"""  # noqa: S608
        changed, last = 0, ("", "", 0)
        while True:
            with self._db.transaction():
                take_turn(self._db, REWRITING_LOCK)
                found = self._db.execute(query, (list(tokens), *last, PAGE)).fetchall()
                told = [(*key, body) for *key, old in found if (body := change(bytes(old))) is not None]
                # In one statement each: the days that changed are noted once, and in their order.
                self._db.execute(
                    f"""UPDATE tillside.receipt SET body = new.body FROM {_BODIES} AS new (device, epoch, seq, body)
                         WHERE (receipt.device, receipt.epoch, receipt.seq) = (new.device, new.epoch, new.seq)""",  # noqa: S608
                    columns(told, 4),
                )
                digests = [(*key, hashlib.sha256(body).digest()) for *key, body in told if keep_digest]
                self._db.execute(
                    f"INSERT INTO tillside.erased SELECT * FROM {_BODIES} ON CONFLICT DO NOTHING",  # noqa: S608
                    columns(digests, 4),
                )
            changed += len(told)
            if len(found) < PAGE:
                return changed
            last = found[-1][:3]

    def _past(self, which: LiteralString, tokens: Sequence[str], change: Callable[[PastReceipt], PastReceipt | None]) -> int:
        """Its content is by whom it was bought: the file that it came from, imported again, is to be known."""
        query: LiteralString = f"SELECT id, body FROM tillside.past WHERE {which} AND id > %s ORDER BY id LIMIT %s"  # noqa: S608
        changed = last = 0
        while True:
            with self._db.transaction(), self._db.cursor() as cursor:
                take_turn(self._db, IMPORT_LOCK)
                page = self._db.execute(query, (list(tokens), last, PAGE)).fetchall()
                told = [(now, key) for key, old in page if (now := change(_past.decode(bytes(old)))) is not None]
                cursor.executemany(
                    "UPDATE tillside.past SET body = %s, sha256 = %s WHERE id = %s",
                    [(msgspec.json.encode(receipt), receipt.content(), key) for receipt, key in told],
                )
            changed += len(told)
            if len(page) < PAGE:
                return changed
            last = page[-1][0]

    def _quarantine(self, tokens: Sequence[str]) -> int:
        keys = self._db.execute("SELECT device, sha256 FROM tillside.quarantine").fetchall()
        gone = 0
        for key in keys:
            query = "SELECT payload FROM tillside.quarantine WHERE device = %s AND sha256 = %s"
            row = self._db.execute(query, key).fetchone()
            if row is not None and names(bytes(row[0]), tokens):
                gone += self._db.execute("DELETE FROM tillside.quarantine WHERE device = %s AND sha256 = %s", key).rowcount
        return gone

    def _said(self) -> AbstractContextManager[None]:
        return postgres_server.said(self._url)


def _named(table: LiteralString, tokens: Sequence[str]) -> LiteralString:
    """Which records name one of them."""
    return NAMED.format(table) if len(tokens) <= _FEW else _MENTIONED
