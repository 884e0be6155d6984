"""The past in PostgreSQL, in the chain's central store; see `sync.central.past` for what each operation promises.

| table                  | key      | holds                                                                                    |
|------------------------|----------|------------------------------------------------------------------------------------------|
| `tillside.past`        | identity | an imported receipt (JSON of `PastReceipt`), SHA-256 of its content, its marks, its order |
| `tillside.past_import` | source   | where an unfinished import goes on                                                       |

Importers take turns by a transaction lock, so that a batch is decided against what is here: one question for what is known of it,
one COPY for what is new. Workers go on ingesting beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, LiteralString

import msgspec
import psycopg

from device.address import masked
from device.errors import CentralError
from device.shopper import tombstone
from sync.central import postgres_server
from sync.central.past import Kept, PastReceipt, marks_of, microseconds
from sync.central.postgres_server import CHUNK, IMPORT_LOCK

_TYPES: Final = ("bytea", "int8", "int8", "int4", "bytea", "bytea")
_Row = tuple[bytes, int | None, int | None, int, bytes, bytes]
"""identity, local_us, order_hint, marks, sha256, body"""


class PostgresPast:
    """One connection writes; readers use connections of their own and see whole transactions."""

    def __init__(self, url: str, *, writing: bool) -> None:
        self._url = url
        self._writing = writing
        self._encoder = msgspec.json.Encoder()
        with self._said():
            self._db = self._opened(autocommit=True)

    def keep(
        self, receipts: Sequence[PastReceipt], source: str, settled: Callable[[Kept], bytes | None], *, replace: bool
    ) -> Kept:
        with self._said(), self._db.transaction():
            postgres_server.take_turn(self._db, IMPORT_LOCK)
            kept = self._keep(receipts, replace=replace)
            state = settled(kept)
            if state is None:
                self._db.execute("DELETE FROM tillside.past_import WHERE source = %s", (source,))
            else:
                self._db.execute(
                    """INSERT INTO tillside.past_import VALUES (%s, %s) ON CONFLICT (source) DO UPDATE SET
                         state = excluded.state""",
                    (source, state),
                )
        return kept

    def state(self, source: str) -> bytes | None:
        with self._said():
            row = self._db.execute("SELECT state FROM tillside.past_import WHERE source = %s", (source,)).fetchone()
        return None if row is None else bytes(row[0])

    def receipts(self) -> Iterator[PastReceipt]:
        decoder = msgspec.json.Decoder(PastReceipt)
        query: LiteralString = """SELECT id, body FROM tillside.past
                   ORDER BY local_us NULLS FIRST, order_hint NULLS FIRST, id"""
        with self._said(), self._opened() as db, db.cursor(name="past") as rows:
            rows.itersize = CHUNK
            for identity, body in rows.execute(query):
                try:
                    receipt = decoder.decode(body)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise CentralError(f"{masked(self._url)}: imported receipt {identity} is damaged: {error}") from error
                yield receipt

    def close(self) -> None:
        self._db.close()

    def _keep(self, receipts: Sequence[PastReceipt], *, replace: bool) -> Kept:
        rows = [self._row(receipt) for receipt in self._without_forgotten(receipts)]
        here = self._db.execute(
            "SELECT identity, sha256, body FROM tillside.past WHERE identity = ANY(%s)", ([row[0] for row in rows],)
        )
        known: dict[bytes, tuple[bytes, bytes]] = {
            bytes(identity): (bytes(content), bytes(body)) for identity, content, body in here
        }
        stored = set(known)
        new, changed = dict[bytes, _Row](), dict[bytes, _Row]()
        again = renewed = replaced = 0
        conflicts = []
        for place, row in enumerate(rows):
            identity, content, body = row[0], row[4], row[5]
            if identity in known:
                there, kept = known[identity]
                if there != content and not replace:
                    conflicts.append(place)
                    continue
                again += there == content
                replaced += there != content
                renewed += there == content and body != kept
                if body == kept:
                    continue
            known[identity] = (content, body)
            (changed if identity in stored else new)[identity] = row
        self._write(list(new.values()), list(changed.values()))
        return Kept(len(new), again, renewed, replaced, tuple(conflicts))

    def _without_forgotten(self, receipts: Sequence[PastReceipt]) -> list[PastReceipt]:
        """A file that is imported again does not bring a shopper back."""
        hashes = {one.shopper: tombstone(one.shopper) for one in receipts if one.shopper is not None}
        query: LiteralString = "SELECT hash FROM tillside.tombstone WHERE hash = ANY(%s) AND lifted = 0"
        found = self._db.execute(query, (list(hashes.values()),))
        forgotten = {bytes(digest) for (digest,) in found}
        return [one.anonymous() if one.shopper is not None and hashes[one.shopper] in forgotten else one for one in receipts]

    def _row(self, receipt: PastReceipt) -> _Row:
        # A hint orders what has no time, and nothing else.
        hint = receipt.order_hint if receipt.local_time is None else None
        body = self._encoder.encode(receipt)
        return receipt.identity(), microseconds(receipt.local_time), hint, marks_of(receipt), receipt.content(), body

    def _write(self, new: Sequence[_Row], changed: Sequence[_Row]) -> None:
        with self._db.cursor() as cursor:
            words: LiteralString = """COPY tillside.past (identity, local_us, order_hint, marks, sha256, body)
                       FROM STDIN (FORMAT BINARY)"""
            with cursor.copy(words) as copy:
                copy.set_types(_TYPES)
                for row in new:
                    copy.write_row(row)
            cursor.executemany(
                """UPDATE tillside.past SET local_us = %s, order_hint = %s, marks = %s, sha256 = %s, body = %s
                     WHERE identity = %s""",
                [(*row[1:], row[0]) for row in changed],
            )

    def _opened(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        return postgres_server.opened(self._url, writing=self._writing, autocommit=autocommit)

    def _said(self) -> AbstractContextManager[None]:
        return postgres_server.said(self._url)
