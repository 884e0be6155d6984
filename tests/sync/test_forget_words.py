"""What is said of the list of the forgotten, word by word: late, doubled, torn, hostile, and of a clock that is wrong."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from fakes.door import Script
from fakes.ways import settings_of

from sync import envelope, forget_list, forgetter
from sync.carrier import Message
from sync.central import open_central
from sync.central.forgetting import Forgetting, Progressed, open_forgetting
from sync.forget_door import ForgetDoor
from sync.forget_list import BadForgetError, Page, Progress
from sync.forgetter import Forgetter
from sync.identity.words import Tombstone
from sync.ledger import Ledger

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
BREAK = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'tillside forgetting'"
TOPIC = forget_list.progress_topic("register-1")


def test_of_two_words_of_a_register_the_later_counts(forgetting: Forgetting) -> None:
    forgetting.note_forgotten("register-1", 5, AT)
    forgetting.note_forgotten("register-2", 1, AT)
    forgetting.note_forgotten("register-1", 9, AT - timedelta(seconds=1))
    assert forgetting.forgotten() == {"register-1": Progressed(5, AT), "register-2": Progressed(1, AT)}
    later = AT + timedelta(microseconds=1)
    forgetting.note_forgotten("register-1", 3, later)
    assert forgetting.forgotten()["register-1"] == Progressed(3, later), "less than before: a copy was put back"


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\xff", b"{}", b"[" * 4000, b"x" * 5000,
        msgspec.json.encode({"listed": -1, "forgotten": 0, "said_at": AT}),
        msgspec.json.encode({"listed": 0, "forgotten": 0, "said_at": "2026-05-04T12:00:00"}),
        msgspec.json.encode({"listed": 0, "forgotten": 2**63, "said_at": AT}),
    ],
)  # fmt: skip
def test_a_word_that_is_none_is_refused_and_holds_up_nobody(payload: bytes, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(url, create=True).close()
    well = msgspec.json.encode(Progress(0, 0, AT))
    behind = Message("tillside/sync/v1/register-1/up/receipts", b"batch")
    outer = Script(Message(TOPIC, payload), Message(TOPIC, well), behind)
    with closing(ForgetDoor(outer, url)) as door:
        assert door.next(0) == behind, "the ingest sees receipts only"
    assert len(outer.settled) == 2
    assert [forget_list.answered(answer) for _, answer in outer.published] == [
        envelope.fingerprint(sent) for sent in (payload, well)
    ]
    with closing(open_forgetting(url)) as store:
        assert store.forgotten() == {"register-1": Progressed(0, AT)}


def test_a_clock_that_is_ahead_does_not_keep_the_last_word(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(url, create=True).close()
    outer = Script()
    with closing(ForgetDoor(outer, url)) as door:
        for through, ahead in ((7, timedelta(days=4000)), (8, timedelta())):
            word = msgspec.json.encode(Progress(0, through, datetime.now(UTC) + ahead))
            outer.events.append(Message(TOPIC, word))
            door.next(0)
    with closing(open_forgetting(url)) as store:
        assert store.forgotten()["register-1"].through == 8


def test_a_connection_that_broke_costs_one_word(server: str) -> None:
    open_central(server, create=True).close()
    words = [msgspec.json.encode(Progress(0, number, AT)) for number in (1, 2, 3)]
    outer = Script()
    with closing(ForgetDoor(outer, server)) as door, psycopg.connect(server, autocommit=True) as db:
        for word in words:
            outer.events.append(Message(TOPIC, word))
            door.next(0)
            db.execute(BREAK)
        db.execute("DROP SCHEMA tillside CASCADE")
    told = [forget_list.answered(answer) for _, answer in outer.published]
    assert told == [envelope.fingerprint(word) for word in (words[0], words[2])]
    assert len(outer.settled) == 3


def page(asked: bytes, after: int, *numbers: int) -> bytes:
    stones = [Tombstone(number, f"{number:064x}") for number in numbers]
    return msgspec.json.encode(Page(envelope.fingerprint(asked), after, stones))


def test_stale_doubled_and_torn_pages_change_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'host = "127.0.0.1"\n')
    carrier = Script()
    with Ledger(settings.sync_db) as ledger:
        asks = Forgetter(settings, ledger)
        asks.advance(carrier)
        asks.advance(carrier)
        ((topic, asked),) = carrier.published
        assert topic == TOPIC, "asked once, and not again before its time"
        for strange in (b"", b"\xff", b"{}", page(b"something else", 0, 1, 2), page(asked, 0, 2, 1), page(asked, 3, 4)[:-1]):
            asks.hear(strange)
        assert ledger.tombstones() == []
        assert not asks.answered
        asks.hear(page(asked, 0, 1, 2, 3))
        asks.hear(page(asked, 0, 1, 2, 3))
        assert [number for number, _ in ledger.tombstones()] == [1, 2, 3]
        asks.advance(carrier)
        _, again = carrier.published[-1]
        assert forget_list.read_progress(again).listed == 3
        asks.hear(page(again, 3))
        assert asks.answered
        assert forgetter.take(ledger, forget_list.read_page(page(again, 5, 6))) == 0, "it would leave a hole"
        assert forgetter.take(ledger, forget_list.read_page(page(again, 2, 3, 4))) == 1


def test_a_page_out_of_order_is_none() -> None:
    for numbers in ((2, 2), (3, 1), (5,)):
        with pytest.raises(BadForgetError, match="not in order"):
            forget_list.read_page(page(b"", 5, *numbers))


def test_who_agreed_again_is_taken_off_the_list_over_every_carrier(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'host = "127.0.0.1"\n')
    first = Page("0" * 64, 0, [Tombstone(1, "1" * 64), Tombstone(2, "2" * 64)])
    later = Page("0" * 64, 2, [Tombstone(3, "1" * 64, lifted=True)])
    with Ledger(settings.sync_db) as ledger:
        assert [forgetter.take(ledger, page) for page in (first, later, later)] == [2, 1, 0]
        assert [number for number, _ in ledger.tombstones()] == [2]
        assert ledger.listed() == 3
