"""Which identities are one person's: link, merge, split and the next year's key, in SQL that both engines understand.

Every function runs inside a transaction of the caller's, in which nobody else writes these tables. `%s` stands for a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from device.errors import CentralError
from device.shopper import Shopper, tombstone
from sync.central import microseconds
from sync.central.people import MAX_DISPUTES, MAX_TOKENS, Claim, Kind, Linked, digest_of, person_id

_PAGE: Final = 10_000
"""Values of one question; SQLite takes 32,766."""

T = TypeVar("T")


class Sql(Protocol):
    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]: ...

    def run(self, query: str, values: Sequence[object] = ()) -> int:
        """How many rows it changed."""

    def many(self, query: str, values: Iterable[Sequence[object]]) -> int:
        """The same of all of them together."""


class Row(NamedTuple):
    token: str
    person: str
    kind: str
    root: str


def pages(values: Iterable[T], size: int = _PAGE) -> Iterator[list[T]]:
    rest = iter(values)
    while page := list(islice(rest, size)):
        yield page


def marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def known(sql: Sql, tokens: Iterable[str]) -> dict[str, Row]:
    """Of these pseudonyms those that are here."""
    found = {}
    for page in pages(tokens):
        query = f"SELECT token, person, kind, root FROM identity WHERE token IN ({marks(page)})"  # noqa: S608
        found.update({row[0]: Row(*row) for row in sql.rows(query, page)})
    return found


def forgotten(sql: Sql, hashes: Iterable[bytes]) -> set[bytes]:
    """Of these those that are to be forgotten."""
    found = set[bytes]()
    for page in pages(hashes):
        rows = sql.rows(f"SELECT hash FROM tombstone WHERE lifted = 0 AND hash IN ({marks(page)})", page)  # noqa: S608
        found |= {bytes(digest) for (digest,) in rows}
    return found


def living(sql: Sql, claim: Claim) -> Claim:
    """Without pseudonyms that are to be forgotten: they come back under no name."""
    gone = forgotten(sql, digest_of(claim))
    return claim._replace(shoppers=tuple(one for one in claim.shoppers if tombstone(one.token) not in gone))


def link(sql: Sql, claims: Sequence[Claim], at: datetime) -> Linked:
    alive = [living(sql, claim) for claim in claims]
    anchor, *others = alive
    if not anchor.shoppers:
        return Linked(None, 0, ())
    person = _holder(sql, anchor)
    kinds = {anchor.kind} | _kinds(sql, person)
    theirs, disputed = [anchor], []
    for claim in (one for one in others if one.shoppers):
        holder = _holder(sql, claim)
        if holder is not None and holder == person:
            theirs.append(claim)
            continue
        held = {claim.kind} | _kinds(sql, holder)
        if held & kinds or _tokens(sql, person) + _tokens(sql, holder) > MAX_TOKENS:
            disputed.append(claim.kind)
            if holder is not None:
                _dispute(sql, claim, anchor, at)
            continue
        if holder is not None:
            person = holder if person is None else join(sql, person, holder)
        kinds |= held
        theirs.append(claim)
    if person is None:
        person = begin(sql, anchor, at)
    new = sum(add(sql, person, claim, at) for claim in theirs)
    return Linked(person, new, tuple(disputed))


def merge(sql: Sql, one: Claim, other: Claim) -> str:
    first, second = _holder(sql, one), _holder(sql, other)
    if first is None or second is None:
        raise CentralError("one of the two is known to nobody here: link it or say its consent first")
    if first == second:
        return first
    if _tokens(sql, first) + _tokens(sql, second) > MAX_TOKENS:
        raise CentralError(f"one shopper would have more than {MAX_TOKENS} pseudonyms: that is no one person's")
    kept = join(sql, first, second)
    hashes = [bytes(digest) for (digest,) in sql.rows("SELECT hash FROM identity WHERE person = %s", (kept,))]
    sql.run(f"DELETE FROM dispute WHERE hash IN ({marks(hashes)}) AND claimant IN ({marks(hashes)})", [*hashes, *hashes])  # noqa: S608
    return kept


def split(sql: Sql, claim: Claim, at: datetime) -> str:
    holder = _holder(sql, claim)
    if holder is None:
        raise CentralError("it is known to nobody here: there is nothing to split")
    mine = sorted({row.root for row in known(sql, (one.token for one in claim.shoppers)).values()})
    own = f"person = %s AND root IN ({marks(mine)})"
    ((others,),) = sql.rows(f"SELECT count(*) FROM identity WHERE person = %s AND NOT ({own})", (holder, holder, *mine))  # noqa: S608
    if not others:
        return holder
    _refuse_for_all(sql, holder)
    made = _new_id(sql, mine[0])
    # Until they are counted again, both are as much of a canteen as the one was.
    sql.run(
        """INSERT INTO person (id, since_us, receipts, busiest, first_day, last_day)
             SELECT %s, %s, receipts, busiest, first_day, last_day FROM person WHERE id = %s""",
        (made, microseconds(at), holder),
    )
    sql.run(f"UPDATE identity SET person = %s WHERE {own}", (made, holder, *mine))  # noqa: S608
    return made


def rename(sql: Sql, shoppers: Iterable[tuple[str, Shopper]], at: datetime) -> int:
    new = 0
    for page in pages(shoppers, 500):
        there = known(sql, (old for old, _ in page))
        for old, now in page:
            if (row := there.get(old)) is not None:
                claim = living(sql, Claim(Kind(row.kind), (now,)))
                new += add(sql, row.person, claim, at, root=row.root)
    return new


def whole(sql: Sql, tokens: Iterable[str]) -> list[str]:
    """These pseudonyms and all others of the same persons, in order."""
    every = set(tokens)
    persons = sorted({row.person for row in known(sql, every).values()})
    for page in pages(persons):
        query = f"SELECT token FROM identity WHERE person IN ({marks(page)})"  # noqa: S608
        every |= {token for (token,) in sql.rows(query, page)}
    return sorted(every)


def erase(sql: Sql, tokens: Iterable[str], *, words: bool) -> None:
    """Take pseudonyms out; with `words` what was said under them too. Persons without any are gone."""
    for page in pages(tokens, 5000):
        hashes = [tombstone(token) for token in page]
        persons = sorted({row.person for row in known(sql, page).values()})
        sql.run(
            f"DELETE FROM dispute WHERE hash IN ({marks(page)}) OR claimant IN ({marks(page)})",  # noqa: S608
            [*hashes, *hashes],
        )
        if not words:
            for person in persons:
                _refuse_for_all(sql, person)
        sql.run(f"DELETE FROM identity WHERE token IN ({marks(page)})", page)  # noqa: S608
        if words:
            sql.run(f"DELETE FROM statement WHERE hash IN ({marks(page)})", hashes)  # noqa: S608
        if persons:
            sql.run(
                f"""DELETE FROM person WHERE id IN ({marks(persons)})
                      AND NOT EXISTS (SELECT 1 FROM identity WHERE identity.person = person.id)""",  # noqa: S608
                persons,
            )


def lift(sql: Sql, hashes: Iterable[bytes], at: datetime) -> None:
    """Forget no more, here at once and on registers with their next visits: the list tells it under a new number."""
    rows = [(digest, at.astimezone(UTC).isoformat(timespec="seconds")) for digest in hashes]
    sql.many("DELETE FROM tombstone WHERE hash = %s", [row[:1] for row in rows])
    sql.many("INSERT INTO tombstone (hash, at, lifted) VALUES (%s, %s, 1)", rows)


def begin(sql: Sql, claim: Claim, at: datetime) -> str:
    made = _new_id(sql, claim.shoppers[0].token)
    sql.run("INSERT INTO person (id, since_us) VALUES (%s, %s)", (made, microseconds(at)))
    return made


def begin_all(sql: Sql, claims: Sequence[Claim], at: datetime) -> None:
    """A person for each of these identities, none of which is here: in a few questions, however many they are."""
    ids = [person_id(claim.shoppers[0].token) for claim in claims]
    taken = {one for page in pages(ids) for (one,) in sql.rows(f"SELECT id FROM person WHERE id IN ({marks(page)})", page)}  # noqa: S608
    ids = [_new_id(sql, claim.shoppers[0].token) if one in taken else one for claim, one in zip(claims, ids, strict=True)]
    since = microseconds(at)
    sql.many("INSERT INTO person (id, since_us) VALUES (%s, %s)", [(one, since) for one in ids])
    rows = (_rows(claim, one, claim.shoppers[0].token, since) for claim, one in zip(claims, ids, strict=True))
    sql.many(_IDENTITY, chain.from_iterable(rows))


def add(sql: Sql, person: str, claim: Claim, at: datetime, root: str | None = None) -> int:
    """Pseudonyms of an identity that are not here yet; what was said for the others of it holds for them too."""
    there = known(sql, (one.token for one in claim.shoppers))
    missing = tuple(one for one in claim.shoppers if one.token not in there)
    if not missing:
        return 0
    root = root or next((row.root for row in there.values()), missing[0].token)
    sql.many(_IDENTITY, _rows(claim._replace(shoppers=missing), person, root, microseconds(at)))
    if root != missing[0].token:
        for one in missing:
            sql.run(
                """INSERT INTO statement (hash, purpose, given, at_us, source, text_version)
                     SELECT %s, purpose, given, at_us, source, text_version FROM statement WHERE hash = %s
                     ON CONFLICT (hash, purpose, given) DO NOTHING""",
                (tombstone(one.token), tombstone(root)),
            )
    return len(missing)


def join(sql: Sql, one: str, other: str) -> str:
    """The person who has been here longer stays."""
    rows = sql.rows("SELECT id, receipts, busiest FROM person WHERE id IN (%s, %s) ORDER BY since_us, id", (one, other))
    (kept, *_), (gone, receipts, busiest) = rows
    sql.run("UPDATE identity SET person = %s WHERE person = %s", (kept, gone))
    # Until they are counted together.
    sql.run(
        "UPDATE person SET receipts = receipts + %s, busiest = CASE WHEN busiest < %s THEN %s ELSE busiest END WHERE id = %s",
        (receipts, busiest, busiest, kept),
    )
    sql.run("DELETE FROM person WHERE id = %s", (gone,))
    return str(kept)


def _rows(claim: Claim, person: str, root: str, since: int) -> list[tuple[object, ...]]:
    return [(one.token, tombstone(one.token), person, claim.kind, one.key, root, since) for one in claim.shoppers]


def _holder(sql: Sql, claim: Claim) -> str | None:
    """Whose the identity is. Two years' pseudonyms of it that were found apart are brought together."""
    holders = sorted({row.person for row in known(sql, (one.token for one in claim.shoppers)).values()})
    if not holders:
        return None
    first, *rest = holders
    for other in rest:
        first = join(sql, first, other)
    return first


def _kinds(sql: Sql, person: str | None) -> set[str]:
    return {kind for (kind,) in sql.rows("SELECT DISTINCT kind FROM identity WHERE person = %s", (person,))} if person else set()


def _tokens(sql: Sql, person: str | None) -> int:
    if person is None:
        return 0
    ((count,),) = sql.rows("SELECT count(*) FROM identity WHERE person = %s", (person,))
    return int(count)


def _new_id(sql: Sql, token: str) -> str:
    """One that nobody has: an identity may have been split off whose person began with it."""
    taken = 0
    while sql.rows("SELECT 1 FROM person WHERE id = %s", (made := person_id(token, taken),)):
        taken += 1
    return made


def _dispute(sql: Sql, claim: Claim, claimant: Claim, at: datetime) -> None:
    digest = tombstone(min(row.root for row in known(sql, (one.token for one in claim.shoppers)).values()))
    ((count,),) = sql.rows("SELECT count(*) FROM dispute WHERE hash = %s", (digest,))
    if count < MAX_DISPUTES:
        row = (digest, tombstone(claimant.shoppers[0].token), microseconds(at))
        sql.run("INSERT INTO dispute (hash, claimant, at_us) VALUES (%s, %s, %s) ON CONFLICT (hash, claimant) DO NOTHING", row)


def _refuse_for_all(sql: Sql, person: str) -> None:
    """Every identity of the person gets the latest no for each purpose."""
    hashes = [bytes(digest) for (digest,) in sql.rows("SELECT hash FROM identity WHERE person = %s", (person,))]
    latest = {}
    query = f"""SELECT purpose, at_us, source, text_version FROM statement WHERE given = 0 AND hash IN ({marks(hashes)})
                ORDER BY at_us"""  # noqa: S608
    for purpose, *said in sql.rows(query, hashes):
        latest[purpose] = said
    sql.many(KEEP, ((digest, purpose, 0, *said) for digest in hashes for purpose, said in latest.items()))


_IDENTITY: Final = """INSERT INTO identity (token, hash, person, kind, key_version, root, since_us)
    VALUES (%s, %s, %s, %s, %s, %s, %s)"""
KEEP: Final = """INSERT INTO statement (hash, purpose, given, at_us, source, text_version) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (hash, purpose, given) DO UPDATE SET at_us = excluded.at_us, source = excluded.source,
      text_version = excluded.text_version WHERE excluded.at_us > statement.at_us"""
"""A statement, unless a later one is here."""
