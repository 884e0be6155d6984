"""What leaves the central store: shoppers who are to be forgotten, and what is older than it may be kept.

`forget` writes a tombstone for each pseudonym (its SHA-256, so that the list names nobody), in a transaction that no ingest
overlaps: a receipt that comes later is kept without the pseudonym. Then it takes the pseudonym out of everything that is here:

| where           | what becomes of it                                                                                     |
|-----------------|--------------------------------------------------------------------------------------------------------|
| receipt         | stays, as an anonymous one: sales and days add up as before. Its SHA-256 stays that of the bytes that  |
|                 | the register sent; that of the bytes without the pseudonym is kept beside it (`erased`): sent again,   |
|                 | with or without, it is known and no conflict                                                           |
| past (imported) | stays, as an anonymous one                                                                             |
| quarantine      | a batch that names the shopper is deleted; the register has its receipts, and forgets on its own       |
| person          | every identity of the person goes, and what was said of consent, but for a mere withdrawal             |

`rename` is for the change of a year's key: what is known of consenting shoppers goes on under their new pseudonyms. The SHA-256
of a receipt stays that of the bytes the register sent, so that one sent again is known.

A profile in a bundle goes with the next bundle that is trained and published; until then registers do not use it. Interrupted,
`forget` is run again: it does the same once more. SQLite's log is emptied and its file looked through, and vacuumed where a byte
of a pseudonym is left. PostgreSQL's dead rows go with `VACUUM`, which is run here, and from its pages for good with
`VACUUM FULL`, which is the administrator's to run; its own write-ahead log and backups go as long back as they are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import msgspec

from device.errors import CentralError
from device.shopper import Shopper, erased, tombstone
from sync import envelope
from sync.central import POSTGRESQL, SQLITE, open_central

PAGE: Final = 500
MAX_RENAMED: Final = 100_000
"""Shoppers that one pass over the store renames."""
_SHOPPER: Final = re.compile(rb'"shopper":"([0-9a-f]{32})"')
_MENTION: Final = re.compile(rb'"([0-9a-f]{32})(?=")')
_VERSION: Final = re.compile(rb'"shopper_key":(?:null|\d+)')


class Forgot(NamedTuple):
    """How many of each no longer name the shopper."""

    receipts: int
    past: int
    quarantined: int
    clean: bool
    """False: a reader was in the way and the log of the file still holds what was erased; run it again."""


class Listed(NamedTuple):
    number: int
    hash: bytes
    lifted: bool = False
    """Whoever withdrew has agreed again: this shopper is to be forgotten no more."""


class Expired(NamedTuple):
    receipts: int
    past: int
    quarantined: int


class Progressed(NamedTuple):
    through: int
    """The register holds nothing of the list up to this number."""
    said_at: datetime


class Forgetting(Protocol):
    """One connection; the store exists. CentralError: it cannot be used."""

    def forget(self, tokens: Sequence[str], at: datetime, *, words: bool = True) -> Forgot:
        """Whoever these pseudonyms are, under all their pseudonyms; without `words` what they said of consent stays."""

    def rename(self, shoppers: Mapping[str, Shopper]) -> int:
        """Give shoppers (by their pseudonyms of before) those of another key; how many records, imported ones included."""

    def after(self, number: int, most: int) -> list[Listed]:
        """Tombstones above a number, in order."""

    def latest(self) -> int:
        """The number of the last tombstone; 0 without one."""

    def note_forgotten(self, device: str, through: int, said_at: datetime) -> None:
        """A register holds nothing of the list up to this number; what it said before then counts no more."""

    def forgotten(self) -> dict[str, Progressed]:
        """By register, what it said last."""

    def expire(self, before: datetime) -> Expired:
        """Delete receipts, their ratings, refused batches and (by the shop's clock) imported receipts from before then.

        What answers for their numbers stays, and sums; so does an imported receipt without a time.
        """

    def close(self) -> None: ...


def open_forgetting(url: str, *, prepared: bool = False) -> Forgetting:
    """CentralError as `open_central`. Unless `prepared`, the tables are made in a store that is older than they are."""
    if not prepared:
        open_central(url).close()  # it is not made here: a mistyped URL is no empty store
        open_central(url, create=True).close()
    if url.startswith(POSTGRESQL):
        from sync.central.postgres_forgetting import PostgresForgetting  # noqa: PLC0415 - one engine is loaded, not all

        return PostgresForgetting(url)
    from sync.central.sqlite_forgetting import SqliteForgetting  # noqa: PLC0415 - one engine is loaded, not all

    return SqliteForgetting(url.removeprefix(SQLITE))


def checked(tokens: Sequence[str]) -> list[str]:
    """CentralError unless all are pseudonyms."""
    for token in tokens:
        if len(token) != 32 or not set(token) <= set("0123456789abcdef"):
            raise CentralError("a pseudonym has 32 digits 0 to 9 and a to f: name it, or give the card with --id -")
    return sorted(set(tokens))


def hashes(tokens: Sequence[str]) -> list[bytes]:
    return [tombstone(token) for token in tokens]


def shopper_of(body: bytes) -> str | None:
    """The pseudonym that a record names as its own."""
    found = _SHOPPER.search(body)
    return None if found is None else found[1].decode()


def cleaner(tokens: Sequence[str]) -> Callable[[bytes], bytes | None]:
    """Makes a record without any of the pseudonyms; None when it names none of them."""
    wanted = {token.encode() for token in tokens}

    def clean(body: bytes) -> bytes | None:
        cleaned = body
        # Once through, however many are to be forgotten.
        for token in wanted.intersection(_MENTION.findall(body)):
            cleaned = erased(cleaned, token.decode())
        return None if cleaned == body else cleaned

    return clean


def renamer(shoppers: Mapping[str, Shopper]) -> Callable[[bytes], bytes | None]:
    """Makes a receipt with the pseudonym of another key; None when it is of none of these shoppers."""

    def rename(body: bytes) -> bytes | None:
        old = shopper_of(body)
        new = None if old is None else shoppers.get(old)
        if old is None or new is None:
            return None
        renamed = body.replace(old.encode(), new.token.encode())
        return _VERSION.sub(f'"shopper_key":{new.key}'.encode(), renamed)

    return rename


def names(payload: bytes, tokens: Sequence[str]) -> bool:
    """Whether a refused batch holds a pseudonym, packed or as it stands."""
    try:
        batch = envelope.unpack(payload)
    except envelope.BadBatchError:
        plain = envelope.plain(payload) or b""
        return any(token.encode() in payload or token.encode() in plain for token in tokens)
    held = msgspec.json.encode([entry.body.decode("utf-8", "replace") for entry in batch.entries])
    return any(token.encode() in held for token in tokens)
