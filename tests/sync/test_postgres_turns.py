"""Who writes into a chain's PostgreSQL at the same time waits for nobody longer than needed, and never in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from fakes.headquarters import OPENING, receipt
from fakes.headquarters_batches import AT, EPOCH, delivered, payload
from fakes.patience import until
from fakes.shoppers import ANNA, BORIS, NOW, said, token

from device.domain import Pseudonym
from sync import envelope
from sync.central import Delivery, open_central
from sync.central.forgetting import open_forgetting
from sync.central.people import open_people
from sync.central.postgres_server import (
    FORGETTING_LOCK,
    IMPORT_LOCK,
    PEOPLE_LOCK,
    REGISTER_LOCKS,
    REWRITING_LOCK,
    take_turn,
)
from sync.envelope import Entry, Header

RECEIPTS = 150


def impatient(url: str) -> str:
    """Who would wait for a lock is told so after 5 s."""
    return f"{url}{'&' if '?' in url else '?'}options=-c%20lock_timeout%3D5s"


@pytest.fixture
def chain(server: str) -> Iterator[str]:
    open_central(server, create=True).close()
    yield server
    with psycopg.connect(server) as db:
        db.execute("DROP SCHEMA tillside CASCADE")


@contextmanager
def held(url: str, order: Callable[[psycopg.Connection[Any]], object], doing: Callable[[], object]) -> Iterator[None]:
    """Within it somebody holds what `order` takes and `doing` waits for that; afterwards it has come to its end."""
    with ThreadPoolExecutor(1) as worker:
        with psycopg.connect(url) as holding, psycopg.connect(url, autocommit=True) as looking:
            order(holding)
            done = worker.submit(doing)
            until(lambda: looking.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone(), what="somebody who waits")
            yield
            holding.rollback()
        done.result()


def test_whoever_waits_for_a_turn_to_forget_holds_up_no_worker(chain: str) -> None:
    with closing(open_forgetting(chain)) as forgetting, closing(open_central(impatient(chain), create=True)) as worker:
        with held(chain, lambda db: take_turn(db, PEOPLE_LOCK), lambda: forgetting.forget([token(ANNA)], NOW)):
            assert worker.ingest([delivered(payload(1, 3))], AT)[0].new == 3
        assert forgetting.latest() == 1


def test_no_registers_name_holds_up_those_who_import(chain: str) -> None:
    """The second half of a register's lock may be any number: that of every other lock too."""
    for first, second in (IMPORT_LOCK, FORGETTING_LOCK, PEOPLE_LOCK, REWRITING_LOCK):
        with psycopg.connect(chain) as polling, psycopg.connect(chain) as turn:
            take_turn(polling, (REGISTER_LOCKS, second))
            assert turn.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (first, second)).fetchone() == (True,)


def test_while_receipts_are_counted_shoppers_may_say_something(chain: str) -> None:
    with (
        closing(open_people(chain, NOW, create=True)) as people,
        closing(open_people(impatient(chain), NOW, create=True)) as desk,
    ):
        with held(chain, lambda db: db.execute("LOCK TABLE tillside.receipt"), people.review):
            assert desk.say([said(ANNA)], NOW).new == 1
        assert people.of(token(ANNA)) is not None


def test_those_who_rewrite_receipts_at_once_never_wait_in_a_circle(chain: str) -> None:
    """Days are noted as they change: one register's go up with its numbers, the other's down."""
    shoppers = {"register-1": (ANNA, 1), "register-2": (BORIS, -1)}
    with closing(open_central(chain, create=True)) as store:
        for device, (shopper, way) in shoppers.items():
            store.ingest([bought(device, token(shopper), way)], AT)

    def forget(shopper: str) -> int:
        with closing(open_forgetting(chain)) as forgetting:
            return forgetting.forget([token(shopper)], NOW).receipts

    with ThreadPoolExecutor(2) as workers:
        assert list(workers.map(forget, (ANNA, BORIS))) == [RECEIPTS, RECEIPTS]


def test_a_batch_that_is_just_being_counted_again_is_waited_for_by_nobody(chain: str) -> None:
    with closing(open_central(chain, create=True)) as store, closing(open_forgetting(impatient(chain))) as forgetting:
        store.ingest([delivered(b"poison"), delivered(b"more of it")], AT)
        with psycopg.connect(chain) as counting:
            counting.execute("UPDATE tillside.quarantine SET times = times + 1 WHERE length(payload) = 6")
            assert forgetting.expire(AT + timedelta(days=1)).quarantined == 1
        assert [(one.times, one.size) for one in store.quarantined()] == [(2, 6)]


def bought(device: str, shopper: str, way: int) -> Delivery:
    """A receipt a day, of each day after or before that of the last one."""
    known = Pseudonym(shopper)
    days = [OPENING + timedelta(days=number) for number in range(RECEIPTS)][::way]
    sold = [replace(receipt(seq, device), shopper=known, shopper_key=2026, closed_at=at) for seq, at in enumerate(days, 1)]
    entries = [Entry(seq, msgspec.json.encode(one)) for seq, one in enumerate(sold, 1)]
    return delivered(envelope.pack(Header(envelope.VERSION, device, EPOCH, 1, RECEIPTS, RECEIPTS), entries), device)
