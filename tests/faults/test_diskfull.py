"""A bounded share of the disks that are full or fail, and the proof that the campaign can fail."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import diskfull, full_server, powercut, verdicts
from faults.diskfull import Campaign
from faults.runner import Runner

ROUNDS = {"daemon": 16, "ledger": 10, "bundle_slots": 8, "downlink": 5, "repository": 6, "central": 10, "imported": 8}


@pytest.fixture(scope="module")
def campaign() -> Iterator[Campaign]:
    with powercut.workshop() as folder, Runner(folder) as runner:
        yield Campaign(folder, runner)


@pytest.fixture
def seed() -> int:
    found = random.randrange(2**32)
    print("seed", found)
    return found


@pytest.mark.parametrize("program", ROUNDS)
def test_a_full_or_failing_disk_damages_and_loses_nothing_and_is_told(program: str, campaign: Campaign, seed: int) -> None:
    tally = campaign.fail(program, ROUNDS[program], seed)
    assert (tally.examples, dict(tally.found)) == ([], {})
    assert tally.faults > ROUNDS[program] // 2


def test_the_campaign_finds_a_promise_that_is_not_kept(campaign: Campaign, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    def forgetful(state: Path, promises: verdicts.Promises, material: Path) -> None:
        (state / "sync.db").unlink()
        verdicts.JUDGES["ledger"](state, promises, material)

    monkeypatch.setitem(diskfull._JUDGES, "ledger", forgetful)
    assert campaign.fail("ledger", 12, seed).of("lost") > 0


@pytest.mark.skipif(not full_server.can_be(), reason="no PostgreSQL here, or no disk may be mounted")
def test_postgresql_on_a_full_disk_loses_nothing_that_was_acknowledged(seed: int) -> None:
    with full_server.small_disk() as disk, full_server.FullServer(disk, seed) as server:
        found = [server.fill() for _ in range(3)]
    assert [wrong for _, wrong in found] == ["", "", ""]
    assert any(failed for failed, _ in found)
    assert all("cannot be used" in sentence for sentence in server.said)
