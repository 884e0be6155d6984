"""What the doctor says of bundles on trial and of those that were gone back from."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.device_doctor import found, known
from fakes.device_shop import write_shop

from device.settings import Settings
from device.slots import slots
from device.trials import MOST_CRASHES, Trials
from sync import activation
from sync.commands.register import sync
from sync.ledger import Ledger


@pytest.fixture
def register(tmp_path: Path) -> Settings:
    """With an older bundle and a newer one, which is in use."""
    made = known(tmp_path, {"kind": "udp", "port": 1001})
    for day in (4, 5):
        manifest = write_shop(tmp_path / "made", made_at=f"2026-05-0{day}T02:00:00Z")
        activation.put(tmp_path / "made", made.bundle_db, manifest)
        (tmp_path / "made").unlink()
    return made


def told(register: Settings) -> list[tuple[str, str]]:
    return [(finding.kind, finding.says) for finding in found(register, "bundle")][1:]


def crash(register: Settings, times: int) -> Trials:
    """The daemon dies with the bundle in use; what the next one knows."""
    held = slots(register.bundle_db)
    for _ in range(times):
        trials = Trials(Path(register.state_dir), held[:2])
        trials.begin(held.active or "")
    return Trials(Path(register.state_dir), held[:2])


def test_a_trial_is_told_until_it_is_over(register: Settings) -> None:
    identity = slots(register.bundle_db).active
    assert told(register) == []
    trials = Trials(Path(register.state_dir), slots(register.bundle_db)[:2])
    trials.begin(identity or "")
    assert told(register) == [
        ("ok", f"bundle {identity} is on trial: it is steady once `tillside run` has run with it for 10 minutes")
    ]
    trials.pass_(identity or "")
    assert told(register) == []


def test_a_bundle_that_the_daemon_died_of_is_told_and_what_comes_of_it(register: Settings) -> None:
    identity = slots(register.bundle_db).active
    trials = crash(register, 2)
    died = f"the register died 2 times soon after it took up bundle {identity}"
    assert told(register) == [("note", f"{died}: 1 more, and the one before is taken; look into the journal for why it dies")]
    trials.begin(identity or "")
    trials.pass_(identity or "")
    assert told(register) == [("ok", f"{died}, and has passed its trial since")]


def test_three_deaths_are_a_fault_until_the_sync_program_went_back_and_then_its_reason_stands_there(register: Settings) -> None:
    identity = slots(register.bundle_db).active
    crash(register, MOST_CRASHES)
    ((kind, says),) = told(register)
    assert (kind, "the one before stands in" in says) == ("fault", True)
    with Ledger(register.sync_db) as ledger:
        assert activation.revert_from_crashes(register.bundle_db, Path(register.state_dir), ledger) == identity
    other, gone = told(register)
    died = f"the register died 3 times soon after it took up bundle {identity}"
    assert other == ("note", f"{died}: it stands in another slot and is not taken up")
    assert gone[0] == "note"
    assert f"bundle {identity} was gone back from 20" in gone[1]
    assert "the register died 3 times soon after it took it up; it is not taken again: publish another" in gone[1]


def test_a_bundle_left_by_hand_and_one_that_never_passed_are_told(register: Settings, tmp_path: Path) -> None:
    identity = slots(register.bundle_db).active
    path = tmp_path / "settings.toml"
    lane = '[[lane]]\ntill = "1"\nsource = { kind = "udp", port = 1001 }\n'
    path.write_text(f'store = "S1"\ndevice = "r1"\nstate_dir = "{tmp_path}"\n{lane}')
    assert CliRunner().invoke(sync, ["revert", "--settings", str(path)]).exit_code == 0
    with Ledger(register.sync_db) as ledger:
        ledger.fail("a" * 64, "the bundle does not unpack")
    says = [says for _, says in told(register)]
    assert any(f"bundle {identity} was gone back from 20" in one and "by hand, `tillside sync revert`" in one for one in says)
    assert any(": the bundle does not unpack; it is fetched again a day later" in one for one in says)


def test_what_cannot_be_read_is_told_and_no_obstacle(register: Settings) -> None:
    register.sync_db.write_bytes(b"rubbish" * 1000)
    ((kind, says),) = told(register)
    assert (kind, "nobody knows what was gone back from" in says) == ("note", True)
