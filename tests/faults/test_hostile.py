"""A bounded share of the hostile batches: through the door of the real program, and a flood."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from fakes.headquarters_batches import AT
from faults import hostile, posting
from faults.poison import POISON, STRANGE

from sync import envelope, ingest
from sync.central import open_central, settling


@pytest.fixture
def seed() -> int:
    found = random.randrange(2**32)
    print("seed", found)
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def postgresql(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Its address; None: the store is a file."""
    if request.param == "sqlite":
        yield None
        return
    server: str = request.getfixturevalue("server")
    yield server
    with psycopg.connect(server) as db:
        db.execute("DROP SCHEMA IF EXISTS tillside CASCADE")


def test_poison_is_refused_in_a_sentence_and_every_good_batch_is_kept(postgresql: str | None, tmp_path: Path, seed: int) -> None:
    result = hostile.post(60, seed, tmp_path / "headquarters", postgresql)
    assert (result.lost, result.through, result.wrong) == (0, 0, [])
    assert result.good > 0
    assert sum(count for kind, count in result.answers.items() if kind.startswith("poison")) > 10


@pytest.mark.parametrize("name", [name for name in POISON if name != "numbers used before"])
def test_every_kind_of_poison_is_refused_in_one_short_line_before_it_reaches_a_store(name: str, seed: int) -> None:
    payload = POISON[name](random.Random(seed), "register-1")
    delivery = ingest.read(envelope.receipts_topic("register-1"), payload)
    assert delivery is not None
    assert delivery.batch is None
    assert posting.sentence(delivery.why), delivery.why


def test_nothing_that_is_well_formed_keeps_a_question_from_being_answered(postgresql: str | None, tmp_path: Path) -> None:
    url = postgresql or f"sqlite:///{tmp_path / 'central.db'}"
    with closing(open_central(url, create=True)) as store:
        for number, make in enumerate(STRANGE.values()):
            device = f"register-{number}"
            delivery = ingest.read(envelope.receipts_topic(device), make(random.Random(number), device))
            assert delivery is not None
            store.ingest([delivery], AT)
        assert len(store.registers()) > len(STRANGE) // 2
        assert store.days()
        assert store.gaps() == [], "whoever answers for all numbers at once has left out none"
        assert store.latest_day("2030-01-01")
    if postgresql is not None:
        with psycopg.connect(postgresql) as db:
            ((lines,),) = db.execute("SELECT count(amount + quantity) FROM tillside.sold").fetchall()
            assert lines


def test_a_flood_of_one_register_fills_no_disk_and_no_memory(
    postgresql: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MAX_QUARANTINED", 50)
    grew, _, aside = hostile.flood(postgresql or f"sqlite:///{tmp_path / 'central.db'}", 1500)
    assert aside == 51, "fifty, and a count of all others"
    assert grew < 64
