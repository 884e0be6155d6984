"""Receipts from edge.db over a real broker into the central store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from fakes.headquarters import sell, settings_file
from fakes.patience import SECONDS
from fakes.uplink import drain, worker

from device import edge_schema
from device.errors import SyncError
from device.settings import read
from sync import envelope
from sync.carrier import Message
from sync.central import Central, open_central
from sync.exchange import Exchange
from sync.ledger import Ledger
from sync.link import Broker, Link


def stored(central_db: Path) -> tuple[Central, list[bytes]]:
    central = open_central(f"sqlite:///{central_db}")
    return central, list(central.receipts())


def test_every_receipt_arrives_once_and_unchanged(broker: Broker, tmp_path: Path) -> None:
    bodies = sell(tmp_path / "edge.db", range(530))
    with worker(broker, tmp_path / "central.db"):
        drain(broker, tmp_path)
        bodies += sell(tmp_path / "edge.db", range(530, 535))
        drain(broker, tmp_path)
    central, kept = stored(tmp_path / "central.db")
    assert kept == bodies
    assert central.gaps() == []
    (register,) = central.registers()
    assert (register.device, register.receipts, register.bundle, register.quarantined) == (
        "register-1",
        535,
        "20260501-abcdef",
        0,
    )
    central.close()


def test_a_register_with_a_past_sends_every_epoch_under_its_own(broker: Broker, tmp_path: Path) -> None:
    """A recovered database goes on under a new epoch with higher numbers; a wiped register begins again at one."""
    edge_db = tmp_path / "edge.db"
    bodies = sell(edge_db, range(150))
    with closing(sqlite3.connect(edge_db)) as db:
        db.execute("UPDATE identity SET epoch = ?", ("b" * 32,))
        db.commit()
    bodies += sell(edge_db, range(150, 260))
    with worker(broker, tmp_path / "central.db"):
        drain(broker, tmp_path)
        for path in tmp_path.glob("edge.db*"):
            path.unlink()
        bodies += sell(edge_db, range(260, 270))
        drain(broker, tmp_path)
    central, kept = stored(tmp_path / "central.db")
    assert kept == bodies
    assert central.gaps() == []
    central.close()


@pytest.mark.parametrize("written_so", [True, False])
def test_a_damaged_receipt_is_set_aside_and_the_others_go(broker: Broker, tmp_path: Path, written_so: bool) -> None:
    """Written so, it goes up and headquarters keeps the bytes; damaged since, its sum tells, and it is not sent at all."""
    bodies = sell(tmp_path / "edge.db", range(130))
    with closing(sqlite3.connect(tmp_path / "edge.db")) as db:
        (bad,) = db.execute("SELECT seq FROM receipt ORDER BY seq LIMIT 1 OFFSET 57").fetchone()
        db.execute("UPDATE receipt SET body = ? WHERE seq = ?", (b'{"half a rec\n', bad))
        if written_so:
            columns = "seq, epoch, receipt_id, digest, lane, closed_at, body"
            (row,) = db.execute(f"SELECT {columns} FROM receipt WHERE seq = ?", (bad,))
            db.execute("UPDATE receipt SET sum = ? WHERE seq = ?", (edge_schema.receipt_sum(*row), bad))
        db.commit()
    settings = settings_file(tmp_path, broker.port)
    with worker(broker, tmp_path / "central.db"), Ledger(tmp_path / "sync.db") as ledger:
        exchange = Exchange(read(settings), ledger)
        with pytest.raises(SyncError, match="refused 1 receipts"):
            exchange.once(SECONDS)
        assert exchange.once(SECONDS) == (0, None)
    central, kept = stored(tmp_path / "central.db")
    assert kept == bodies[:57] + bodies[58:]
    assert [(gap.lo, gap.hi) for gap in central.gaps()] == [(bad, bad)]
    assert {batch.device for batch in central.quarantined()} == ({"register-1"} if written_so else set())
    central.close()


def test_garbage_on_the_topic_is_answered_and_set_aside(broker: Broker, tmp_path: Path) -> None:
    bodies = sell(tmp_path / "edge.db", range(10))
    bombs = [b"", b"garbage", bytes(900_000), zstandard.compress(bytes(200_000_000))]
    with worker(broker, tmp_path / "central.db"):
        with Link(broker, "rogue", [envelope.acknowledgement_topic("rogue")]).open() as rogue:
            for bomb in bombs:
                assert rogue.publish(envelope.receipts_topic("rogue"), bomb)
            answers: list[envelope.Acknowledgement] = []
            while len(answers) < len(bombs):
                event = rogue.next(SECONDS)
                assert event is not None
                if isinstance(event, Message):
                    answers.append(envelope.read_acknowledgement(event.payload))
        drain(broker, tmp_path)
    assert all(answer.refused for answer in answers)
    central, kept = stored(tmp_path / "central.db")
    assert kept == bodies
    assert {central.payload(batch.device, batch.sha256) for batch in central.quarantined()} == set(bombs)
    central.close()
