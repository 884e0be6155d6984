"""A bundle for a share of the registers first: who is in it, raising it, and taking it back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.bundles_down import check, identity, in_use, resign

from device.errors import SyncError
from device.slots import slots
from sync import offer, publish
from sync.commands.headquarters import headquarters as command
from sync.downlink import Checked, Outcome
from sync.ledger import Ledger
from sync.offer import Offer
from sync.repository import Signed

BUNDLE = "20260504-0123456789ab"


@pytest.fixture(scope="session")
def candidate(tmp_path_factory: pytest.TempPathFactory, published: Path, bundles: list[Path]) -> Path:
    """The first bundle for everybody, the second for half of the registers."""
    folder = Path(shutil.copytree(published, tmp_path_factory.mktemp("candidate") / "headquarters"))
    publish.publish(folder, bundles[1], share=5000)
    return folder


@pytest.fixture
def half(tmp_path: Path, candidate: Path) -> Path:
    return Path(shutil.copytree(candidate, tmp_path / "half"))


def registers(of: Offer, count: int = 2000) -> set[str]:
    return {name for name in (f"S{number // 10}-till-{number % 10}" for number in range(count)) if of.is_for(name)}


def one(folder: Path, *, inside: bool) -> str:
    """A register's name, in the share or not."""
    there = publish.offers(folder).candidate
    assert there is not None
    return next(name for name in (f"till-{number}" for number in range(100)) if there.is_for(name) is inside)


def test_a_share_is_about_as_many_registers_and_only_grows() -> None:
    last: set[str] = set()
    for share in (0, 100, 500, 2500, 5000, 10_000):
        now = registers(Offer(BUNDLE, 1, share=share))
        assert last <= now
        # Binomial, 2,000 registers: five standard deviations at most.
        assert abs(len(now) - share / 5) <= 5 * (2000 * share / 1e4 * (1 - share / 1e4)) ** 0.5
        last = now
    assert len(last) == 2000


def test_the_next_bundle_meets_others_first() -> None:
    one, two = (registers(Offer(f"2026050{day}-0123456789ab", 1, share=500)) for day in (1, 2))
    assert len(one & two) < 20


def test_a_register_in_the_share_takes_the_candidate_and_another_does_not(half: Path, running: Path, bundles: list[Path]) -> None:
    assert check(half, running, device=one(half, inside=False)).outcome is Outcome.CURRENT
    assert in_use(running) == identity(bundles[0])
    assert check(half, running, device=one(half, inside=True)).outcome is Outcome.INSTALLED
    assert in_use(running) == identity(bundles[1])


def test_a_new_register_outside_the_share_takes_everybodys(half: Path, state: Path, bundles: list[Path]) -> None:
    assert check(half, state, device=one(half, inside=False)).identity == identity(bundles[0])


def test_raised_to_all_it_is_everybodys(half: Path, running: Path, bundles: list[Path]) -> None:
    outside = one(half, inside=False)
    publish.roll_out(half, offer.WHOLE)
    assert publish.published(half) == identity(bundles[1])
    assert publish.offers(half).candidate is None
    assert check(half, running, device=outside).identity == identity(bundles[1])
    with pytest.raises(SyncError, match="no candidate"):
        publish.halt(half)


def test_withdrawn_its_registers_go_back_without_fetching_and_may_take_it_again(
    half: Path, running: Path, bundles: list[Path]
) -> None:
    inside = one(half, inside=True)
    check(half, running, device=inside)
    raised = Path(shutil.copytree(half, half.with_name("raised")))
    publish.halt(half)
    for path in (half / "repository/targets").iterdir():
        path.unlink()
    assert check(half, running, device=inside) == Checked(Outcome.INSTALLED, identity(bundles[0]))
    assert slots(running / "bundle.db")[:2] == (identity(bundles[0]), identity(bundles[1]))
    # Published anew, later than what this register has seen.
    resign(raised, lambda now: None)
    resign(raised, lambda now: None)
    assert check(raised, running, device=inside).identity == identity(bundles[1])


def test_a_register_that_reverted_stays_with_everybodys(half: Path, running: Path, bundles: list[Path]) -> None:
    with Ledger(running / "sync.db") as book:
        book.revert(identity(bundles[1]), "by hand")
    assert check(half, running, device=one(half, inside=True)).outcome is Outcome.REVERTED
    assert in_use(running) == identity(bundles[0])


def test_a_share_without_a_signature_counts_for_nothing(half: Path, running: Path) -> None:
    outside = one(half, inside=False)
    newest = max((half / "repository/metadata").glob("*.targets.json"), key=lambda path: int(path.name.split(".")[0]))
    signed = newest.read_bytes()
    newest.write_bytes(signed.replace(b'"share":5000', b'"share":9999'))
    assert newest.read_bytes() != signed
    with pytest.raises(SyncError, match="not to be trusted"):
        check(half, running, device=outside)


@pytest.mark.parametrize(
    "custom",
    [
        None,
        {},
        {"identity": "../../etc", "size": 1},
        {"identity": f"{BUNDLE}\n", "size": 1},
        {"identity": BUNDLE, "size": -1},
        {"identity": BUNDLE, "size": 1, "content": {"sha256": f"{'0' * 64}\n", "size": 1}},
        {"identity": BUNDLE, "size": 1, "share": 10**9},
    ],
)
def test_a_target_that_does_not_say_what_it_is_is_refused(half: Path, running: Path, custom: object) -> None:
    def change(now: Signed) -> None:
        fields = now.targets.signed.targets[offer.TARGET].unrecognized_fields
        fields.pop("custom")
        if custom is not None:
            fields["custom"] = custom

    outside = one(half, inside=False)
    resign(half, change)
    with pytest.raises(SyncError, match="does not say what it is"):
        check(half, running, device=outside)


def test_the_commands_tell_how_far_it_is(half: Path, bundles: list[Path]) -> None:
    def said(*words: str) -> str:
        return CliRunner().invoke(command, ["rollout", "--dir", str(half), *words], catch_exceptions=False).output

    one, two = identity(bundles[0]), identity(bundles[1])
    assert said() == f"everybody: {one}\ncandidate: {two} for 50 %\n"
    assert said("--share", "62.5") == f"bundle {two} is for 62.5 % of the registers\n"
    candidate = publish.offers(half).candidate
    assert candidate is not None
    assert candidate.share == 6250
    assert "exclude each other" in said("--share", "1", "--halt")
    assert said("--halt").startswith(f"withdrew bundle {two}")
    assert said() == f"everybody: {one}\ncandidate: none\n"
