"""A bounded share of the other campaigns: flipped bits, schedules, and everything killed for some seconds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from faults import bitflips, chaos, powercut, schedules

from device import rescue


@pytest.fixture
def seed() -> int:
    found = random.randrange(2**32)
    print("seed", found)
    return found


def test_a_damaged_database_is_told_and_nothing_false_is_sent(seed: int) -> None:
    with powercut.workshop() as folder:
        found = bitflips.edge(60, seed, folder)
        bundles = bitflips.bundle(60, seed, folder)
    assert found.examples == []
    assert found.rounds["rescued, some lost"] + found.rounds["rescued"] > 0
    assert bundles["worse"] == 0
    assert bundles["refused"] > 0


def test_no_schedule_loses_or_doubles_a_receipt(seed: int) -> None:
    said: list[str] = []
    assert schedules.campaign(400, seed, said.append) == 0, said


def test_a_schedule_finds_numbers_that_are_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescue, "beyond", lambda last, marks, chance=None: last)
    said: list[str] = []
    assert schedules.campaign(400, 1, said.append) == 1
    assert "lost" in said[0] or "refused" in said[0]


def test_everything_is_killed_and_nothing_is_lost(tmp_path: Path, seed: int) -> None:
    with chaos.Chaos(tmp_path, seed, postgres=False) as shop:
        shop.rage(12)
        result = shop.drained()
    assert (result.lost, result.duplicated, result.why) == (0, 0, "")
    assert result.kills > 0
    assert result.receipts > 0
