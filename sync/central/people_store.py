"""What both engines do of `sync.central.people` in the same way: its questions in SQL that both understand.

An engine adds how it is connected, how a transaction begins, how rows are streamed, and how it finds the shopper in a receipt's
bytes.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from device.domain import Pseudonym
from device.shopper import Shopper, tombstone
from sync.central import microseconds, moment
from sync.central import people_links as links
from sync.central.people import (
    MAX_A_DAY,
    MAX_RECEIPTS,
    Claim,
    Consented,
    Counted,
    Held,
    Identity,
    Kind,
    Left,
    Linked,
    Person,
    Purpose,
    Reviewed,
    Said,
    Statement,
    digest_of,
    standing,
)
from sync.central.people_links import KEEP, Sql, marks, pages

_PERSONS: Final = """SELECT person.id, identity.token, identity.key_version, statement.purpose, statement.given, statement.at_us
    FROM person JOIN identity ON identity.person = person.id LEFT JOIN statement ON statement.hash = identity.hash"""
_LISTED: Final = f"{_PERSONS} WHERE person.receipts < {MAX_RECEIPTS} AND person.busiest <= {MAX_A_DAY} ORDER BY person.id"
_SAID: Final = "SELECT purpose, given, at_us, source, text_version FROM statement WHERE hash IN"
_COUNTED: Final = """SELECT person.id, person.receipts, person.busiest, person.first_day, person.last_day,
      coalesce(now.receipts, 0), coalesce(now.busiest, 0), coalesce(now.first_day, ''), coalesce(now.last_day, '')
    FROM person LEFT JOIN
      (SELECT person, sum(count) AS receipts, max(CASE WHEN day <> '' THEN count ELSE 0 END) AS busiest,
              min(nullif(day, '')) AS first_day, max(day) AS last_day FROM seen GROUP BY person) AS now
      ON now.person = person.id
    WHERE person.receipts <> coalesce(now.receipts, 0) OR person.busiest <> coalesce(now.busiest, 0)
      OR person.first_day <> coalesce(now.first_day, '') OR person.last_day <> coalesce(now.last_day, '')"""
_WITHDRAWN: Final = """SELECT DISTINCT identity.person FROM statement AS refusal JOIN identity ON identity.hash = refusal.hash
    WHERE refusal.purpose = 'profiling' AND refusal.given = 0 AND refusal.at_us >= coalesce(
      (SELECT max(yes.at_us) FROM identity AS own JOIN statement AS yes ON yes.hash = own.hash
         WHERE own.person = identity.person AND yes.purpose = 'profiling' AND yes.given = 1 AND yes.at_us <= %s),
      -9000000000000000000)
    ORDER BY identity.person LIMIT %s"""
_IDLE: Final = """SELECT id FROM person WHERE receipts = 0 AND since_us < %s AND NOT EXISTS
    (SELECT 1 FROM identity JOIN statement ON statement.hash = identity.hash
       WHERE identity.person = person.id AND statement.at_us >= %s)"""


class PeopleStore(abc.ABC):
    """See `sync.central.people.PeopleOffice` for what each operation promises; what holds is as of `at`."""

    def __init__(self, sql: Sql, at: datetime) -> None:
        self._sql = sql
        self._at = at

    @abc.abstractmethod
    def _said(self) -> AbstractContextManager[None]:
        """CentralError in one sentence for whatever is wrong with the store."""

    @abc.abstractmethod
    def _streamed(self, query: str) -> Iterator[Any]:
        """Rows of one state of the store, a few at a time."""

    @abc.abstractmethod
    def _transaction(self) -> AbstractContextManager[None]:
        """To write; one at a time, whoever else writes these tables."""

    @abc.abstractmethod
    def _count(self) -> AbstractContextManager[None]:
        """Within it there is a table `seen` (person, day, count) of all receipts, and it is a transaction to write."""

    @abc.abstractmethod
    def _emptied(self) -> None:
        """After something was deleted: no byte of it stays in a log of the store's own, where the engine lets us say so."""

    def people(self) -> Iterator[Person]:
        now = microseconds(self._at)
        for _, rows in groupby(self._streamed(_LISTED), key=lambda row: row[0]):
            person = _person(list(rows), now)
            if Purpose.PROFILING in person.consents:
                yield person

    def of(self, pseudonym: str) -> Person | None:
        with self._said():
            row = links.known(self._sql, [pseudonym]).get(pseudonym)
            return None if row is None else self._of(row.person)

    def link(self, claims: Sequence[Claim], at: datetime) -> Linked:
        with self._transaction():
            return links.link(self._sql, claims, at)

    def merge(self, one: Claim, other: Claim) -> str:
        with self._transaction():
            return links.merge(self._sql, one, other)

    def split(self, claim: Claim, at: datetime) -> str:
        with self._transaction():
            return links.split(self._sql, claim, at)

    def rename(self, shoppers: Iterable[tuple[str, Shopper]]) -> int:
        with self._transaction():
            return links.rename(self._sql, shoppers, self._at)

    def say(self, statements: Sequence[Statement], at: datetime) -> Consented:
        # Whoever withdrew from profiling comes back with it first, whatever else is said in the same breath.
        statements = sorted(statements, key=lambda one: one.purpose is not Purpose.PROFILING)
        with self._transaction():
            gone = links.forgotten(self._sql, {digest for one in statements for digest in digest_of(one.claim)})
            there = links.known(self._sql, {shopper.token for one in statements for shopper in one.claim.shoppers})
            forgotten, fresh = 0, dict[str, Claim]()
            for one in statements:
                if not one.given or all(shopper.token in there for shopper in one.claim.shoppers):
                    continue
                if (dead := gone.intersection(digest_of(one.claim))) and self._comes_back(one):
                    links.lift(self._sql, sorted(dead), at)
                    gone -= dead
                alive = one.claim._replace(shoppers=tuple(who for who in one.claim.shoppers if tombstone(who.token) not in gone))
                if not alive.shoppers:
                    forgotten += 1
                    continue
                person = next((there[who.token].person for who in alive.shoppers if who.token in there), None)
                if person is None:
                    fresh[one.claim.shoppers[0].token] = alive
                else:
                    links.add(self._sql, person, alive, at)
            links.begin_all(self._sql, list(fresh.values()), at)
            new = self._sql.many(KEEP, (_kept(one, 0) for one in statements))
            longest = max((len(one.claim.shoppers) for one in statements), default=0)
            for place in range(1, longest):
                self._sql.many(KEEP, (_kept(one, place) for one in statements if place < len(one.claim.shoppers)))
        return Consented(new, len(statements) - new, forgotten)

    def withdrawn(self, most: int) -> list[str]:
        with self._said():
            persons = [person for (person,) in self._sql.rows(_WITHDRAWN, (microseconds(self._at), most))]
            tokens = list[str]()
            for page in pages(persons):
                query = f"SELECT token FROM identity WHERE person IN ({marks(page)}) ORDER BY token"  # noqa: S608
                tokens += [token for (token,) in self._sql.rows(query, page)]
        return tokens[:most]

    def held(self, claim: Claim) -> Held:
        with self._said():
            return self._held(claim)

    def _held(self, claim: Claim) -> Held:
        there = links.known(self._sql, (one.token for one in claim.shoppers))
        holder = next((row.person for row in there.values()), None)
        hashes = set(digest_of(claim))
        identities, counted = [], Counted(0, 0, "", "")
        if holder is not None:
            query = "SELECT root, kind, token, hash, since_us FROM identity WHERE person = %s ORDER BY root, key_version, token"
            for root, group in groupby(self._sql.rows(query, (holder,)), key=lambda row: row[0]):
                rows = list(group)
                hashes |= {bytes(row[3]) for row in rows}
                ((disputes,),) = self._sql.rows("SELECT count(*) FROM dispute WHERE hash = %s", (tombstone(root),))
                tokens = tuple(Pseudonym(row[2]) for row in rows)
                identities.append(Identity(Kind(rows[0][1]), tokens, moment(min(row[4] for row in rows)), disputes))
            ((*numbers,),) = self._sql.rows("SELECT receipts, busiest, first_day, last_day FROM person WHERE id = %s", (holder,))
            counted = Counted(*numbers)
        every = sorted(hashes)
        said = {_said(row) for row in self._sql.rows(f"{_SAID} ({marks(every)})", every)} if every else set()
        in_order = sorted(said, key=lambda one: (one.purpose, one.at, one.given))
        return Held(None if holder is None else self._of(holder), tuple(identities), tuple(in_order), counted)

    def review(self) -> Reviewed:
        changed, shared = 0, list[str]()
        with self._count():
            found = self._sql.rows(_COUNTED)
            for person, *numbers in found:
                before, now = Counted(*numbers[:4]), Counted(int(numbers[4]), int(numbers[5]), *numbers[6:])
                if now.shared and not before.shared:
                    shared.append(person)
                changed += 1
                words = "UPDATE person SET receipts = %s, busiest = %s, first_day = %s, last_day = %s WHERE id = %s"
                self._sql.run(words, (*now, person))
        return Reviewed(changed, tuple(sorted(shared)))

    def expire(self, before: datetime) -> Left:
        shared = self.review().shared
        mark = microseconds(before)
        with self._transaction():
            idle = [person for (person,) in self._sql.rows(_IDLE, (mark, mark))]
            for page in pages(idle):
                self._sql.run(f"DELETE FROM identity WHERE person IN ({marks(page)})", page)  # noqa: S608
                self._sql.run(f"DELETE FROM person WHERE id IN ({marks(page)})", page)  # noqa: S608
            nobodys = "NOT EXISTS (SELECT 1 FROM identity WHERE identity.hash = {}.hash)"
            self._sql.run(f"DELETE FROM statement WHERE at_us < %s AND {nobodys.format('statement')}", (mark,))  # noqa: S608
            self._sql.run(f"DELETE FROM dispute WHERE {nobodys.format('dispute')}")  # noqa: S608
        self._emptied()
        return Left(len(idle), shared)

    def _comes_back(self, one: Statement) -> bool:
        """Whether this is a yes to profiling, after a no that stands here: who was erased left no word, and stays forgotten."""
        if one.purpose is not Purpose.PROFILING or one.at > self._at:
            return False
        hashes = digest_of(one.claim)
        query = f"""SELECT max(at_us) FROM statement WHERE purpose = 'profiling' AND given = 0 AND hash IN ({marks(hashes)})"""  # noqa: S608
        ((withdrawn,),) = self._sql.rows(query, hashes)
        return withdrawn is not None and microseconds(one.at) > withdrawn

    def _of(self, person: str) -> Person:
        found = _person(self._sql.rows(f"{_PERSONS} WHERE person.id = %s", (person,)), microseconds(self._at))
        ((receipts, busiest),) = self._sql.rows("SELECT receipts, busiest FROM person WHERE id = %s", (person,))
        return Person(found.id, found.pseudonyms, frozenset()) if Counted(receipts, busiest, "", "").shared else found


def _person(rows: Sequence[Any], at: int) -> Person:
    """Of rows of `_PERSONS`, all of one person."""
    tokens = sorted({(-version, token) for _, token, version, *_ in rows})
    words = [row[3:] for row in rows if row[3] is not None]
    return Person(rows[0][0], tuple(token for _, token in tokens), standing(words, at))


def _said(row: Sequence[Any]) -> Said:
    purpose, given, us, source, version = row
    return Said(Purpose(purpose), bool(given), moment(us), source, version)


def _kept(one: Statement, place: int) -> tuple[object, ...]:
    digest = tombstone(one.claim.shoppers[place].token)
    return (digest, str(one.purpose), int(one.given), microseconds(one.at), one.source, one.version)
