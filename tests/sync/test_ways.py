"""One contract for three ways: what MQTT promises, HTTPS and a stick promise too."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.headquarters import rate, sell
from fakes.ways import BUNDLE, REGISTER, WAYS, Mortal, Sticks, Wire

from device import edge_schema
from sync import envelope, ingest, outbox
from sync.central import Central, open_central
from sync.envelope import Header

RECEIPTS = 530


@pytest.fixture(params=sorted(WAYS))
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wire | Sticks]:
    with WAYS[request.param](tmp_path) as way:
        yield way


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register's state: receipts of three days' worth, some of them rated, some twice."""
    state = tmp_path_factory.mktemp("sold")
    sell(state / "edge.db", range(RECEIPTS))
    rate(state / "edge.db", {7: 3, 8: 10, 400: 1})
    rate(state / "edge.db", {7: 9})
    return state


@pytest.fixture
def state(tmp_path: Path, sold: Path) -> Path:
    shutil.copytree(sold, tmp_path / "register")
    return tmp_path / "register"


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    with closing(open_central(f"sqlite:///{tmp_path / 'central.db'}", create=True)) as store:
        yield store


def kept(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that a central store holds of a register, but for when it was heard."""
    with closing(sqlite3.connect(path)) as db:
        tables = {name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall() for name in ("receipt", "rating", "span")}
        return {**tables, "register": db.execute("SELECT device, store, epoch, bundle FROM register").fetchall()}


def without_bundle(tables: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    return {**tables, "register": [row[:3] for row in tables["register"]]}


@pytest.fixture(scope="module")
def expected(sold: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """The central store as these receipts make it without any way between."""
    path = tmp_path_factory.mktemp("expected") / "central.db"
    with closing(open_central(f"sqlite:///{path}", create=True)) as store:
        (epoch,) = outbox.epochs(sold / "edge.db")
        lo = 1
        while entries := outbox.after(sold / "edge.db", epoch, lo - 1):
            header = Header(envelope.VERSION, REGISTER, epoch, lo, entries[-1].seq, len(entries), BUNDLE)
            delivery = ingest.read(envelope.receipts_topic(REGISTER), envelope.pack(header, entries))
            assert delivery is not None
            store.ingest([delivery], datetime.now(UTC))
            lo = entries[-1].seq + 1
    tables = kept(path)
    assert (len(tables["receipt"]), len(tables["rating"]), len(tables["span"])) == (RECEIPTS, 3, 1)
    return without_bundle(tables)


def test_the_same_records_make_the_same_central_store(
    way: Wire | Sticks, state: Path, central: Central, expected: dict[str, object], tmp_path: Path
) -> None:
    way.exchange(state, central)
    assert without_bundle(kept(tmp_path / "central.db")) == expected
    assert central.gaps() == []


def test_what_is_acknowledged_is_not_sent_again(way: Wire | Sticks, state: Path, central: Central) -> None:
    way.exchange(state, central)
    before = Mortal(central, ())
    way.exchange(state, before)
    assert before.commits == 0


def test_lost_acknowledgements_mean_the_same_again_and_kept_once(
    way: Wire | Sticks, state: Path, central: Central, expected: dict[str, object], tmp_path: Path
) -> None:
    way.exchange(state, central, loses=3)
    assert without_bundle(kept(tmp_path / "central.db")) == expected


def test_headquarters_dies_between_commit_and_acknowledgement(
    way: Wire | Sticks, state: Path, central: Central, expected: dict[str, object], tmp_path: Path
) -> None:
    mortal = Mortal(central, (1, 3))
    way.exchange(state, mortal)
    assert mortal.commits > 1, "what was committed without a word came again"
    assert without_bundle(kept(tmp_path / "central.db")) == expected


def test_poison_is_refused_set_aside_and_stops_nobody(way: Wire | Sticks, state: Path, central: Central) -> None:
    with closing(sqlite3.connect(state / "edge.db")) as db:
        for seq in (58, 59, 301):
            db.execute("UPDATE receipt SET body = ? WHERE seq = ?", (b'{"half a rec\n', seq))
            # With another sum the register itself would tell that it is damaged, and not send it.
            columns = "seq, epoch, receipt_id, digest, lane, closed_at, body"
            (row,) = db.execute(f"SELECT {columns} FROM receipt WHERE seq = ?", (seq,))
            db.execute("UPDATE receipt SET sum = ? WHERE seq = ?", (edge_schema.receipt_sum(*row), seq))
        db.commit()
    way.exchange(state, central)
    with closing(sqlite3.connect(state / "sync.db")) as db:
        assert [seq for (seq,) in db.execute("SELECT seq FROM refused ORDER BY seq")] == [58, 59, 301]
    assert sum(1 for _ in central.receipts()) == RECEIPTS - 3
    assert [(gap.lo, gap.hi) for gap in central.gaps()] == [(58, 59), (301, 301)]
    assert {batch.device for batch in central.quarantined()} == {REGISTER}
