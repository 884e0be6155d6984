"""A bundle told as the difference from one that the register has, and what becomes of a difference that is of no use."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
import zstandard
from fakes.bundles_down import check, identity, in_use
from fakes.headquarters_bundle import write_bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from device.bundle import Bundle
from device.errors import BundleError
from device.manifest import Manifest
from sync import activation, delta, offer, publish
from sync.downlink import Outcome

PICTURES = 400_000
"""Bytes that both bundles share, and that do not compress."""


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two bundle files, the second with other weights and the same pictures."""
    folder = tmp_path_factory.mktemp("pair")
    for seed in (1, 2):
        write_bundle(folder / f"{seed}.bundle", seed, pictures={"p.png": (b"%07d" * 60_000)[:PICTURES] + noise(PICTURES)})
    return folder / "1.bundle", folder / "2.bundle"


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)


@pytest.fixture(scope="session")
def repository_and_register(tmp_path_factory: pytest.TempPathFactory, pair: tuple[Path, Path]) -> tuple[Path, Path]:
    """The first installed, the second published after it."""
    folder = tmp_path_factory.mktemp("delta")
    publish.init(folder / "headquarters")
    publish.publish(folder / "headquarters", pair[0])
    assert check(folder / "headquarters", folder / "register").outcome is Outcome.INSTALLED
    publish.publish(folder / "headquarters", pair[1])
    return folder / "headquarters", folder / "register"


@pytest.fixture
def both(tmp_path: Path, repository_and_register: tuple[Path, Path]) -> tuple[Path, Path]:
    headquarters, register = repository_and_register
    return (
        Path(shutil.copytree(headquarters, tmp_path / "headquarters")),
        Path(shutil.copytree(register, tmp_path / "register", symlinks=True)),
    )


def the_delta(headquarters: Path) -> Path:
    (path,) = (headquarters / "repository/targets").glob("*.delta.zst")
    return path


def the_whole(headquarters: Path, bundle: Path) -> Path:
    whole = publish.offers(headquarters).everybody
    assert whole is not None
    assert whole.identity == identity(bundle)
    return max((headquarters / "repository/targets").glob("*.bundle.db.zst"), key=lambda path: path.stat().st_mtime_ns)


def test_a_register_that_has_the_bundle_before_fetches_the_difference_only(
    both: tuple[Path, Path], pair: tuple[Path, Path]
) -> None:
    headquarters, register = both
    whole = the_whole(headquarters, pair[1])
    assert the_delta(headquarters).stat().st_size < whole.stat().st_size / 10
    whole.unlink()
    assert check(headquarters, register).outcome is Outcome.INSTALLED
    assert in_use(register) == identity(pair[1])
    assert content(register / "bundle.db", pair[1]) == content(pair[1], pair[1])


def test_a_register_without_it_fetches_the_whole(both: tuple[Path, Path], pair: tuple[Path, Path], tmp_path: Path) -> None:
    headquarters, _ = both
    the_delta(headquarters).unlink()
    assert check(headquarters, tmp_path / "new").outcome is Outcome.INSTALLED
    assert in_use(tmp_path / "new") == identity(pair[1])


@pytest.mark.parametrize("harm", ["gone", "changed", "longer", "base"])
def test_a_difference_of_no_use_costs_the_whole_and_nothing_else(
    both: tuple[Path, Path], pair: tuple[Path, Path], harm: str
) -> None:
    headquarters, register = both
    path = the_delta(headquarters)
    packed = path.read_bytes()
    match harm:
        case "gone":
            path.unlink()
        case "changed":
            path.write_bytes(packed[:-9] + bytes(9))
        case "longer":
            path.write_bytes(packed + bytes(100))
        case _:
            # The bundle that is here is another than the one that was published under its name.
            db = activation._writing(register / "bundle.db")
            with db as writing:
                writing.execute("UPDATE part SET content = zeroblob(length(content)) WHERE kind = 'picture'")
    assert check(headquarters, register).outcome is Outcome.INSTALLED
    assert in_use(register) == identity(pair[1])


def test_where_nothing_is_alike_no_difference_is_published(published: Path, grown: tuple[Path, Path], tmp_path: Path) -> None:
    """Two bundles of random weights."""
    folder = Path(shutil.copytree(published, tmp_path / "headquarters"))
    for seed in (4, 5):
        write_bundle(tmp_path / "b", seed, pictures={"p.png": noise(50_000 + seed)[seed:] if seed == 4 else bytes(50_000)})
        publish.publish(folder, tmp_path / "b")
    assert not list((folder / "repository/targets").glob("*.delta.zst"))


def test_a_difference_for_each_of_the_last_three_and_one_that_is_withdrawn_goes(
    both: tuple[Path, Path], pair: tuple[Path, Path], tmp_path: Path
) -> None:
    headquarters, _ = both
    pictures = {"p.png": (b"%07d" * 60_000)[:PICTURES] + noise(PICTURES)}
    third = write_bundle(tmp_path / "3.bundle", 3, pictures=pictures)
    publish.publish(headquarters, tmp_path / "3.bundle", share=500)
    names = {path.name[65:] for path in (headquarters / "repository/targets").glob("*.delta.zst")}
    first, second = map(identity, pair)
    to_third = {offer.delta_name(first, third.identity), offer.delta_name(second, third.identity)}
    assert names == {offer.delta_name(first, second), *to_third}
    publish.roll_out(headquarters, offer.WHOLE)
    fourth = write_bundle(tmp_path / "4.bundle", 4, pictures=pictures)
    publish.publish(headquarters, tmp_path / "4.bundle")
    names = {path.name[65:] for path in (headquarters / "repository/targets").glob("*.delta.zst")}
    assert names == {offer.delta_name(held, fourth.identity) for held in (first, second, third.identity)}


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10**6), bit=st.integers(0, 7), cut=st.booleans())
def test_a_damaged_difference_makes_what_was_signed_or_nothing(
    pair: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory, at: int, bit: int, cut: bool
) -> None:
    """Behind TUF's own check: the frame itself is hostile."""
    base, wanted, packed = material(pair)
    at %= len(packed)
    damaged = packed[:at] if cut else packed[:at] + bytes([packed[at] ^ 1 << bit]) + packed[at + 1 :]
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "d").write_bytes(damaged)
    try:
        delta.apply(base, folder / "d", wanted, folder / "candidate.db")
    except BundleError:
        return
    assert identity(folder / "candidate.db") == identity(pair[1])


def test_a_difference_that_unpacks_to_gigabytes_is_cut_off(pair: tuple[Path, Path], tmp_path: Path) -> None:
    base, wanted, _ = material(pair)
    packing = zstandard.ZstdCompressor().compressobj()
    with (tmp_path / "bomb").open("wb") as file:
        file.write(packing.compress(delta._MAGIC))
        for _ in range(300):
            file.write(packing.compress(bytes(1 << 20)))
        file.write(packing.flush())
    with pytest.raises(BundleError):
        delta.apply(base, tmp_path / "bomb", wanted, tmp_path / "candidate.db")
    assert not (tmp_path / "candidate.db").exists() or (tmp_path / "candidate.db").stat().st_size < 1_000_000


_MATERIAL: dict[Path, tuple[bytes, offer.Content, bytes]] = {}


def material(pair: tuple[Path, Path]) -> tuple[bytes, offer.Content, bytes]:
    """The content of the first bundle, what is signed of the second, and the difference."""
    if pair[0] not in _MATERIAL:
        base, new = (delta.whole(bundle, identity(bundle)) for bundle in pair)
        _MATERIAL[pair[0]] = base, delta.measure(pair[1], identity(pair[1])), delta.make(base, new)
    return _MATERIAL[pair[0]]


def content(path: Path, bundle: Path) -> bytes:
    return delta.whole(path, identity(bundle))


def test_the_content_is_the_same_wherever_it_lies(pair: tuple[Path, Path], tmp_path: Path) -> None:
    opened = Bundle.open(pair[0])
    manifest: Manifest = opened.manifest
    opened.close()
    activation.put(pair[1], tmp_path / "bundle.db", Bundle.open(pair[1]).manifest)
    activation.put(pair[0], tmp_path / "bundle.db", manifest)
    assert content(tmp_path / "bundle.db", pair[0]) == content(pair[0], pair[0])
    assert content(tmp_path / "bundle.db", pair[1]) == content(pair[1], pair[1])
    with pytest.raises(BundleError, match="does not hold"):
        delta.whole(pair[0], "20260101-000000000000")
