"""A bounded share of the hostile batches: through the door of the real program, and a flood."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from faults import hostile
from faults.poison import POISON

from sync.central import settling


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
    result = hostile.post(3 * len(POISON), seed, tmp_path / "headquarters", postgresql)
    assert (result.lost, result.through, result.wrong) == (0, 0, [])
    assert result.good > 0
    assert sum(count for kind, count in result.answers.items() if kind.startswith("poison")) > len(POISON)


def test_a_flood_of_one_register_fills_no_disk_and_no_memory(
    postgresql: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MAX_QUARANTINED", 50)
    grew, _, aside = hostile.flood(postgresql or f"sqlite:///{tmp_path / 'central.db'}", 1500)
    assert aside == 51, "fifty, and a count of all others"
    assert grew < 64
