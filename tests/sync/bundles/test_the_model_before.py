"""Nights that bring only profiles keep the model before the one in use, and the way back to it."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from fakes.bundles_down import STORE, check, identity, in_use, resign
from fakes.headquarters_bundle import write_bundle
from fakes.killed import steps

from device import store_profiles
from device.bundle import Bundle
from device.domain import Pseudonym
from device.errors import BundleError
from device.manifest import joined_identity, model_of
from device.slots import slots
from device.trials import MOST_CRASHES, Trials
from sync import activation, publish, target_files
from sync.downlink import Checked, Outcome
from sync.identity import forgotten
from sync.ledger import Ledger
from sync.offer import TARGET, Offer
from sync.repository import Signed


def night(headquarters: Path, folder: Path, day: int, model: Path | None = None) -> str:
    """Publish other profiles, and with them a model where one is named; the identity of the profiles."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rows = [(Pseudonym(f"{day:032x}"), b"\x81\xa1v\x02")]
    said = store_profiles.write(folder / f"{STORE}{store_profiles.ENDING}", STORE, f"2026-06-{day:02d}T03:00:00+00:00", rows)
    if model is None:
        publish.publish_profiles(headquarters, folder)
    else:
        publish.publish(headquarters, model, profiles=folder)
    return said.identity


def knows(state: Path, day: int) -> bool:
    with closing(Bundle.open(state / "bundle.db")) as bundle:
        return bundle.profile(Pseudonym(f"{day:032x}")) is not None


@pytest.fixture
def nights(headquarters: Path, state: Path, folder: Path, bundles: list[Path]) -> list[str]:
    """Two models and then four nights of profiles; what was in use after each, the latest first."""
    told = []
    for day, model in enumerate((bundles[0], bundles[1], None, None, None, None), 1):
        night(headquarters, folder, day, model)
        assert check(headquarters, state).outcome is Outcome.INSTALLED
        told.insert(0, in_use(state))
    return told


def go_back(state: Path) -> None:
    with Ledger(state / "sync.db") as book:
        held = slots(state / "bundle.db")
        book.revert(activation.left_by_going_back(held.active or "", held.previous or ""), "by hand")
    activation.revert(state / "bundle.db")


def test_the_way_back_leads_over_the_profiles_before_to_the_model_before(
    nights: list[str], headquarters: Path, state: Path, bundles: list[Path]
) -> None:
    assert slots(state / "bundle.db").in_turn == (nights[0], nights[1], nights[-1])
    assert model_of(nights[0]) == model_of(nights[1]) == identity(bundles[1]) != model_of(nights[-1])
    go_back(state)
    assert in_use(state) == nights[1]
    assert check(headquarters, state).outcome is Outcome.REVERTED
    go_back(state)
    assert in_use(state) == nights[-1]
    assert check(headquarters, state).outcome is Outcome.PROFILES
    assert model_of(in_use(state)) == identity(bundles[0])


def test_what_was_gone_back_from_is_not_the_way_back_from_the_next_model(
    nights: list[str], headquarters: Path, state: Path, folder: Path, bundles: list[Path]
) -> None:
    go_back(state)
    go_back(state)
    night(headquarters, folder, 9, bundles[2])
    assert check(headquarters, state).outcome is Outcome.INSTALLED
    assert slots(state / "bundle.db").others == (nights[-1],)


def test_the_next_model_leaves_one_way_back(
    nights: list[str], headquarters: Path, state: Path, folder: Path, bundles: list[Path]
) -> None:
    night(headquarters, folder, 9, bundles[2])
    check(headquarters, state)
    assert slots(state / "bundle.db").others == (nights[0],)


def test_a_daemon_that_dies_of_both_goes_back_to_the_model_before(nights: list[str], headquarters: Path, state: Path) -> None:
    held = slots(state / "bundle.db")
    for identity_ in nights[:2]:
        for _ in range(MOST_CRASHES):
            Trials(state, held.in_turn).begin(identity_)
    Trials(state, held.in_turn)
    with Ledger(state / "sync.db") as book:
        assert activation.revert_from_crashes(state / "bundle.db", state, book) == nights[0]
        assert book.reverted(model_of(nights[0]))
    assert in_use(state) == nights[-1]
    assert check(headquarters, state).outcome is Outcome.PROFILES
    assert model_of(in_use(state)) == model_of(nights[-1])


def test_a_daemon_that_dies_of_the_profiles_keeps_the_model(nights: list[str], headquarters: Path, state: Path) -> None:
    held = slots(state / "bundle.db")
    for _ in range(MOST_CRASHES):
        Trials(state, held.in_turn).begin(nights[0])
    Trials(state, held.in_turn)
    assert check(headquarters, state).outcome is Outcome.REVERTED
    assert in_use(state) == nights[1]
    with Ledger(state / "sync.db") as book:
        assert not book.reverted(model_of(nights[0]))


def test_killed_at_every_step_of_a_night_of_profiles_no_model_is_lost(
    nights: list[str], headquarters: Path, state: Path, folder: Path, tmp_path: Path
) -> None:
    before = shutil.copytree(state, tmp_path / "before", symlinks=True)
    night(headquarters, folder, 9)
    total = steps(lambda: check(headquarters, state), None)
    new = in_use(state)
    for step in range(total // 16, total, total // 12):
        shutil.rmtree(state)
        shutil.copytree(before, state, symlinks=True)
        assert steps(lambda: check(headquarters, state), step) == -1
        assert in_use(state) in {nights[0], new}
        assert nights[-1] in slots(state / "bundle.db").others
        check(headquarters, state)
        assert slots(state / "bundle.db").in_turn == (new, nights[0], nights[-1])


def test_a_shopper_who_is_to_be_forgotten_is_in_no_slot(nights: list[str], state: Path) -> None:
    token = f"{1:032x}"
    assert token.encode() in (state / "bundle.db").read_bytes()
    stones = [(1, forgotten.tombstone(Pseudonym(token)))]
    assert forgotten.through(state / "edge.db", state / "bundle.db", stones, 1) == 1
    assert token.encode() not in b"".join(path.read_bytes() for path in state.rglob("bundle.db*"))
    assert slots(state / "bundle.db").in_turn == (nights[0],)


def test_after_a_revert_new_profiles_come_to_the_model_in_use(
    nights: list[str], headquarters: Path, state: Path, folder: Path, bundles: list[Path]
) -> None:
    go_back(state)
    go_back(state)
    beside = night(headquarters, folder, 9)
    for model in (headquarters / "repository/targets").glob("*.bundle.db.zst"):
        model.unlink()
    looked = check(headquarters, state)
    assert looked == Checked(Outcome.PROFILES, joined_identity(identity(bundles[0]), beside))
    assert in_use(state) == looked.identity
    assert knows(state, 9)
    assert check(headquarters, state).outcome is Outcome.REVERTED
    # And the profiles can be gone back from alone.
    go_back(state)
    assert (in_use(state), knows(state, 9)) == (nights[-1], False)
    assert check(headquarters, state).outcome is Outcome.REVERTED


def test_profiles_that_were_gone_back_from_come_to_no_model_again(nights: list[str], headquarters: Path, state: Path) -> None:
    go_back(state)
    for _ in range(2):
        assert check(headquarters, state).outcome is Outcome.REVERTED
        assert in_use(state) == nights[1]


def test_while_a_model_does_not_pass_here_its_register_takes_new_profiles(
    nights: list[str], headquarters: Path, state: Path, folder: Path, tmp_path: Path, bundles: list[Path]
) -> None:
    night(headquarters, folder, 9)
    liar = write_bundle(tmp_path / "liar.bundle", 7, golden_shift=0.5)

    def slip_in(now: Signed) -> None:
        told = Offer(liar.identity, (tmp_path / "liar.bundle").stat().st_size)
        now.targets.signed.targets[TARGET] = target_files.add(headquarters, tmp_path / "liar.bundle", TARGET, told)

    resign(headquarters, slip_in)
    with pytest.raises(BundleError) as first:
        check(headquarters, state)
    assert in_use(state) == nights[0]
    with pytest.raises(BundleError) as again:
        check(headquarters, state)
    assert str(again.value) == str(first.value), "what is wrong with the model is told as before"
    assert model_of(in_use(state)) == identity(bundles[1])
    assert knows(state, 9)


def test_a_model_with_profiles_of_its_own_keeps_these(
    headquarters: Path, state: Path, folder: Path, bundles: list[Path], tmp_path: Path
) -> None:
    own = write_bundle(tmp_path / "own.bundle", 5, profiles=[(Pseudonym(f"{7:032x}"), b"\x81\xa1v\x02")])
    publish.publish(headquarters, tmp_path / "own.bundle")
    check(headquarters, state)
    night(headquarters, folder, 1, bundles[1])
    check(headquarters, state)
    go_back(state)
    night(headquarters, folder, 2)
    assert check(headquarters, state) == Checked(Outcome.REVERTED, own.identity)
    assert (knows(state, 7), knows(state, 2)) == (True, False)


def test_bad_profiles_for_the_model_in_use_are_told_and_change_nothing(
    nights: list[str], headquarters: Path, state: Path, folder: Path
) -> None:
    go_back(state)
    go_back(state)
    night(headquarters, folder, 9)
    for file in (headquarters / "repository/targets").glob("*"):
        if file.name.endswith((".profiles.zst", ".delta.zst")):
            file.write_bytes(bytes(file.stat().st_size))
    looked = check(headquarters, state)
    assert looked[:2] == (Outcome.REVERTED, nights[-1])
    assert looked.trouble is not None
    assert "\n" not in looked.trouble
    assert in_use(state) == nights[-1]
