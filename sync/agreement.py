"""What shoppers say is kept, and who withdraws from profiling leaves everything but the words.

Statements are kept a page in a transaction, so a file that was broken off goes on from wherever it is begun again. Withdrawals
follow: until they are through, `People.people` leaves the shopper out already, and the next run takes out whom this one did not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from sync.central.forgetting import Forgetting, Forgot
from sync.central.people import PeopleOffice, Purpose, Statement
from sync.consents import Refused
from sync.shoppers import Records

PAGE: Final = 2000
"""Statements of one transaction."""
WITHDRAWN_AT_ONCE: Final = 10_000
"""Pseudonyms that one pass over the store takes out."""


class Kept(NamedTuple):
    new: int = 0
    known: int = 0
    forgotten: int = 0
    refused: int = 0
    withdrawn: int = 0
    """Pseudonyms that were taken out."""
    anonymous: int = 0
    """Receipts that named one of them."""
    clean: bool = True
    """False: a reader was in the way and the log of the store still has what was taken out; do the same once more."""


def keep(
    people: PeopleOffice,
    forgetting: Forgetting,
    told: Iterator[Statement | Refused],
    at: datetime,
    refused: Callable[[Refused], None],
) -> Kept:
    """Keep what is said, a page in a transaction; who withdrew from profiling is taken out. `refused` hears every other line."""
    new, known, forgotten, others = 0, 0, 0, 0
    while page := list(islice(told, PAGE)):
        good = []
        for one in page:
            if isinstance(one, Refused):
                refused(one)
                others += 1
            else:
                good.append(one)
        if good:
            kept = people.say(good, at)
            new, known, forgotten = new + kept.new, known + kept.known, forgotten + kept.forgotten
    gone, done = take_out_withdrawn(people, forgetting, at)
    return Kept(new, known, forgotten, others, gone, done.receipts + done.past, done.clean)


def keep_one(people: PeopleOffice, forgetting: Forgetting, one: Statement, at: datetime) -> Kept:
    """The same of one shopper, who may refuse a profile that was made before consents were kept here."""
    was_here = _left(people, one)
    kept = keep(people, forgetting, iter([one]), at, lambda _: None)
    if not was_here:
        return kept
    tokens = [shopper.token for shopper in one.claim.shoppers]
    done = forgetting.forget(tokens, at, words=False)
    return kept._replace(withdrawn=len(tokens), anonymous=done.receipts + done.past, clean=done.clean)


def _left(people: PeopleOffice, one: Statement) -> bool:
    """Whether there are receipts of somebody who refuses a profile and is no person here."""
    tokens = [shopper.token for shopper in one.claim.shoppers]
    if one.purpose is not Purpose.PROFILING or one.given or any(people.of(token) is not None for token in tokens):
        return False
    found = Records(people, tokens).count()
    return bool(found.receipts or found.imported or found.unreadable)


def take_out_withdrawn(people: PeopleOffice, forgetting: Forgetting, at: datetime) -> tuple[int, Forgot]:
    """Whoever's last word on PROFILING is no leaves everything but the words; how many pseudonyms, and of how many records."""
    count, done = 0, Forgot(0, 0, 0, clean=True)
    while tokens := people.withdrawn(WITHDRAWN_AT_ONCE):
        one = forgetting.forget(tokens, at, words=False)
        done = Forgot(
            done.receipts + one.receipts, done.past + one.past, done.quarantined + one.quarantined, done.clean and one.clean
        )
        count += len(tokens)
    return count, done
