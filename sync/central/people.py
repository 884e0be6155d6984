"""Who a shopper is across cards, phones and accounts, and what they agreed to: the only place that says whom a profile may be of.

| table     | key                  | holds                                                                                   |
|-----------|----------------------|-----------------------------------------------------------------------------------------|
| person    | id                   | one shopper; what `review` last counted of the receipts of all identities               |
| identity  | token                | a keyed pseudonym (`device.shopper`) of a card, phone or account, and whose it is; one  |
|           |                      | row for each year's key, held together by `root`, the oldest                            |
| statement | hash, purpose, given | the latest yes and the latest no for a purpose, under the SHA-256 of the pseudonym      |
| dispute   | hash, claimant       | who else claimed an identity, both as SHA-256; `MAX_DISPUTES` for each                  |

**Linking.** A person gets a second card, phone or account only by `merge`: `link` adds a kind that the person has not, and joins
two persons who have no kind in common. Otherwise two cards claim one phone, say: the first keeps it, the claim is kept as a
dispute and told. `split` takes an identity away; everything is idempotent.

**Consent.** Absent means no. For each purpose the latest statement counts, over all identities of the person; a yes and a no of
the same instant are a no; a yes of the future is none until then, a no of the future holds at once. A statement stands under the
hash, so that a withdrawal outlives the pseudonym and an older file, imported again, brings nobody back. After a split a yes goes
with the identity that it was said for, and every no with both.

**Withdrawal** of `Purpose.PROFILING` takes pseudonyms out of everything here and on registers as erasure does
(`sync.central.forgetting`), and leaves the statements. Erasure takes those too.

**Shared cards.** `MAX_RECEIPTS` receipts, or more than `MAX_A_DAY` on one day, are no household's: a canteen, a cashier's own
card shown for everybody. Such a person is in nobody's profile until `review` counts less.

Both engines run the same statements (`sync.central.people_store`).
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from device.domain import Pseudonym
from device.shopper import Shopper, tombstone
from sync.central import POSTGRESQL, SQLITE, open_central

MAX_RECEIPTS: Final = 10_000
MAX_A_DAY: Final = 12
MAX_TOKENS: Final = 128
"""Pseudonyms of one person, those of every year's key counted."""
MAX_DISPUTES: Final = 16
"""Claimants that are kept of one identity; more are told and not kept."""


class Purpose(enum.StrEnum):
    PROFILING = "profiling"
    """A profile is kept: receipts name the shopper's pseudonym."""
    HISTORY = "history"
    """Suggestions from that history."""
    OFFERS = "offers"
    """Offers aimed at the shopper."""


class Kind(enum.StrEnum):
    CARD = "card"
    PHONE = "phone"
    ACCOUNT = "account"
    """Of the online shop."""


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    pseudonyms: tuple[str, ...]
    """Of the newest key first; a profile may be asked for by any."""
    consents: frozenset[Purpose]
    """What holds now; without PROFILING the others are of no use."""


class People(Protocol):
    """What training and profiles read, and nothing else of shoppers' identities."""

    def people(self) -> Iterator[Person]:
        """Who agreed to PROFILING and is no canteen, in the order of id."""

    def of(self, pseudonym: str) -> Person | None:
        """Whose it is, whatever they agreed to; None when it is nobody's here. A canteen agreed to nothing."""


class Claim(NamedTuple):
    """An identity: its pseudonyms under every key, the oldest first; at least one."""

    kind: Kind
    shoppers: tuple[Shopper, ...]


class Statement(NamedTuple):
    claim: Claim
    purpose: Purpose
    given: bool
    at: datetime
    source: str
    """Where it was said: app, till, form."""
    version: str
    """Of the text that was agreed to."""


class Said(NamedTuple):
    """A statement as it is kept."""

    purpose: Purpose
    given: bool
    at: datetime
    source: str
    version: str


class Identity(NamedTuple):
    kind: Kind
    tokens: tuple[Pseudonym, ...]
    """The oldest key's first."""
    since: datetime
    disputes: int
    """Others who claimed it."""


class Counted(NamedTuple):
    """Of a person's receipts, as `review` found them; days are of the shops' calendars, empty without a receipt."""

    receipts: int
    busiest: int
    """Receipts on one day, at most."""
    first_day: str
    last_day: str

    @property
    def shared(self) -> bool:
        return self.receipts >= MAX_RECEIPTS or self.busiest > MAX_A_DAY


class Held(NamedTuple):
    """All that is kept of one shopper beside the receipts."""

    person: Person | None
    """None: no pseudonym is kept, only what they said."""
    identities: tuple[Identity, ...]
    said: tuple[Said, ...]
    counted: Counted


class Linked(NamedTuple):
    person: str | None
    """None: every pseudonym was forgotten, and stays so."""
    new: int
    """Pseudonyms that this person had not."""
    disputed: tuple[Kind, ...]
    """Claims that another person keeps."""


class Consented(NamedTuple):
    new: int
    known: int
    """Statements that are here already, or older than what is."""
    forgotten: int
    """Of shoppers who were erased or withdrew: kept, and of use with the next year's key."""


class Reviewed(NamedTuple):
    changed: int
    """Persons of whom something else was counted than before."""
    shared: tuple[str, ...]
    """Who is a canteen now and was none before: ids of persons."""


class Left(NamedTuple):
    persons: int
    """Of whom nothing is kept any more."""
    shared: tuple[str, ...]
    """As `Reviewed` has it: receipts were counted for it."""


class PeopleOffice(People, Protocol):
    """What headquarters' commands do. Each call is one transaction; CentralError: nothing of it was kept."""

    def link(self, claims: Sequence[Claim], at: datetime) -> Linked:
        """These identities are one person's; the first of them is whose person it is."""

    def merge(self, one: Claim, other: Claim) -> str:
        """The persons of both are one from now on: their id. CentralError: not both are known, or it would be too many."""

    def split(self, claim: Claim, at: datetime) -> str:
        """The identity is a person of its own from now on: the id. CentralError: it is not known."""

    def say(self, statements: Sequence[Statement], at: datetime) -> Consented:
        """Keep statements; whoever says a yes has an identity from then on."""

    def withdrawn(self, most: int) -> list[str]:
        """Pseudonyms of persons whose last word on PROFILING is no: they are to be forgotten, and no more than `most` at once."""

    def held(self, claim: Claim) -> Held: ...

    def review(self) -> Reviewed:
        """Count the receipts of every person; only what is another number is written."""

    def rename(self, shoppers: Iterable[tuple[str, Shopper]]) -> int:
        """Pseudonyms of a new key for identities that are here, by one of before; how many are new."""

    def expire(self, before: datetime) -> Left:
        """Review, then delete persons without a receipt and a word since then, and words of nobody's that are older."""

    def receipts(self, tokens: Sequence[str]) -> Iterator[tuple[bytes, bytes | None]]:
        """Receipts that may name these shoppers, each with its rating: the reader looks whose each is."""

    def past(self, tokens: Sequence[str]) -> Iterator[bytes]:
        """The same of imported ones."""

    def close(self) -> None: ...


def open_people(url: str, at: datetime, *, create: bool = False) -> PeopleOffice:
    """To read as of `at`; with `create` also to write. CentralError as `open_central`, and for a store older than the tables."""
    with closing(open_central(url, create=create)):
        pass  # it refuses what is no central store, and makes tables that are missing when asked to
    if url.startswith(POSTGRESQL):
        from sync.central.postgres_people import PostgresPeople  # noqa: PLC0415 - one engine is loaded, not all

        return PostgresPeople(url, at, writing=create)
    from sync.central.sqlite_people import SqlitePeople  # noqa: PLC0415 - one engine is loaded, not all

    return SqlitePeople(Path(url.removeprefix(SQLITE)), at, writing=create)


def standing(words: Iterable[tuple[str, int, int]], at: int) -> frozenset[Purpose]:
    """What holds at that time of all that was said: purpose, yes (1) or no (0), and when. Times: `sync.central.microseconds`."""
    given, refused = dict[str, int](), dict[str, int]()
    for purpose, yes, since in words:
        latest = given if yes else refused
        if not yes or since <= at:
            latest[purpose] = max(since, latest.get(purpose, since))
    return frozenset(Purpose(one) for one, since in given.items() if one not in refused or since > refused[one])


def person_id(token: str, taken: int = 0) -> str:
    """Of a person who begins with this pseudonym: as little to be guessed as that. `taken`: how many such ids are others' now."""
    return hashlib.sha256(f"person {taken} {token}".encode()).digest()[:16].hex()


def digest_of(claim: Claim) -> list[bytes]:
    return [tombstone(shopper.token) for shopper in claim.shoppers]
