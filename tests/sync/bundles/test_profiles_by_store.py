"""Each store's profiles beside one model: signed, fetched, joined, and only where its shoppers are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import zstandard
from fakes.bundles_down import STORE, check, identity, in_use
from fakes.headquarters_bundle import write_bundle
from fakes.store_files import ANNA, BORIS, OLGA, knows, raw, write

from device.domain import Pseudonym
from device.errors import BundleError, SyncError
from device.manifest import joined_identity, model_of
from device.shopper import tombstone
from device.slots import slots
from sync import activation, offer, publish, repository, serve
from sync.downlink import Checked, Outcome
from sync.identity import forgotten
from sync.ledger import Ledger


def test_each_store_has_its_own_shoppers_and_one_model(
    headquarters: Path, tmp_path: Path, folder: Path, bundles: list[Path]
) -> None:
    made = write(folder, {"S1": [ANNA], "Лавка №2": [BORIS], "S3": []})
    publish.publish(headquarters, bundles[1], profiles=folder)
    one, two, three, four = (tmp_path / name for name in "1234")
    with serve.files(headquarters, "127.0.0.1", 0) as port:
        for state, store in ((one, "S1"), (two, "Лавка №2"), (three, "S3"), (four, "S4")):
            looked = check(headquarters, state, f"http://127.0.0.1:{port}", store=store)
            beside = made[store].identity if store in made else None
            assert looked == Checked(Outcome.INSTALLED, joined_identity(identity(bundles[1]), beside))
            assert in_use(state) == looked.identity
            assert check(headquarters, state, store=store).outcome is Outcome.CURRENT
    assert [(ANNA.encode() in raw(state), BORIS.encode() in raw(state)) for state in (one, two, three, four)] == [
        (True, False), (False, True), (False, False), (False, False),
    ]  # fmt: skip
    assert knows(one, ANNA)
    assert knows(two, BORIS)
    assert len(list((headquarters / "repository/targets").glob("*.bundle.db.zst"))) == 2


def test_a_night_of_profiles_alone_fetches_no_model(headquarters: Path, state: Path, folder: Path, bundles: list[Path]) -> None:
    write(folder, {STORE: [ANNA]})
    publish.publish(headquarters, bundles[0], profiles=folder)
    check(headquarters, state)
    made = write(folder, {STORE: [ANNA, BORIS]}, 2)
    assert publish.publish_profiles(headquarters, folder) == 1
    (model,) = (headquarters / "repository/targets").glob("*.bundle.db.zst")
    model.unlink()
    assert check(headquarters, state).outcome is Outcome.INSTALLED
    assert in_use(state) == joined_identity(identity(bundles[0]), made[STORE].identity)
    assert knows(state, BORIS)
    activation.revert(state / "bundle.db")
    assert not knows(state, BORIS)
    assert knows(state, ANNA)


def test_profiles_that_did_not_change_are_not_signed_anew(headquarters: Path, state: Path, folder: Path) -> None:
    write(folder, {STORE: [ANNA], "S2": [BORIS]})
    publish.publish_profiles(headquarters, folder)
    check(headquarters, state)
    write(folder, {STORE: [ANNA], "S2": [BORIS, OLGA]}, 2)
    publish.publish_profiles(headquarters, folder)
    assert check(headquarters, state).outcome is Outcome.CURRENT


def test_a_model_alone_keeps_the_profiles_that_are_published(
    headquarters: Path, state: Path, folder: Path, bundles: list[Path]
) -> None:
    made = write(folder, {STORE: [ANNA]})
    publish.publish_profiles(headquarters, folder)
    check(headquarters, state)
    publish.publish(headquarters, bundles[1])
    (packed,) = (headquarters / "repository/targets").glob("*.profiles.zst")
    packed.unlink()
    assert check(headquarters, state).identity == joined_identity(identity(bundles[1]), made[STORE].identity)
    assert knows(state, ANNA)
    publish.publish(headquarters, bundles[2], share=5000)
    publish.roll_out(headquarters, offer.WHOLE)
    assert check(headquarters, state).identity == joined_identity(identity(bundles[2]), made[STORE].identity)


def test_a_store_without_a_file_has_no_profiles_any_more(
    headquarters: Path, state: Path, folder: Path, bundles: list[Path]
) -> None:
    write(folder, {STORE: [ANNA], "S2": [BORIS]})
    publish.publish_profiles(headquarters, folder)
    check(headquarters, state)
    write(folder, {"S2": [BORIS]})
    publish.publish_profiles(headquarters, folder)
    assert len(list((headquarters / "repository/targets").glob("*.profiles.zst"))) == 1
    assert check(headquarters, state) == Checked(Outcome.INSTALLED, identity(bundles[0]))
    assert not knows(state, ANNA)


def test_a_bundle_with_profiles_of_its_own_is_left_as_it_is(
    headquarters: Path, state: Path, folder: Path, tmp_path: Path
) -> None:
    own = write_bundle(tmp_path / "own.bundle", 9, profiles=[(Pseudonym(OLGA), b"\x81\xa1v\x02")])
    write(folder, {STORE: [ANNA]})
    with pytest.raises(SyncError, match="profiles of its own"):
        publish.publish(headquarters, tmp_path / "own.bundle", profiles=folder)
    publish.publish_profiles(headquarters, folder)
    publish.publish(headquarters, tmp_path / "own.bundle")
    assert check(headquarters, state) == Checked(Outcome.INSTALLED, own.identity)
    assert knows(state, OLGA)
    assert not knows(state, ANNA)
    assert check(headquarters, state).outcome is Outcome.CURRENT


def test_the_night_after_costs_a_difference_only(headquarters: Path, state: Path, folder: Path) -> None:
    many = [f"{number * 7919:032x}" for number in range(3000)]
    write(folder, {STORE: many})
    publish.publish_profiles(headquarters, folder)
    check(headquarters, state)
    made = write(folder, {STORE: [*many[1:], ANNA]}, 2)
    publish.publish_profiles(headquarters, folder)
    targets = headquarters / "repository/targets"
    (whole,), (difference,) = targets.glob("*.profiles.zst"), targets.glob("*.delta.zst")
    assert difference.stat().st_size < whole.stat().st_size / 10
    whole.unlink()
    assert check(headquarters, state).outcome is Outcome.INSTALLED
    assert made[STORE].identity.rpartition("-")[2] == in_use(state).rpartition("-")[2]
    assert knows(state, ANNA)
    assert not knows(state, many[0])


def test_a_difference_of_no_use_costs_the_whole_file(headquarters: Path, state: Path, folder: Path) -> None:
    many = [f"{number * 7919:032x}" for number in range(3000)]
    write(folder, {STORE: many})
    publish.publish_profiles(headquarters, folder)
    check(headquarters, state)
    write(folder, {STORE: [*many, ANNA]}, 2)
    publish.publish_profiles(headquarters, folder)
    (difference,) = (headquarters / "repository/targets").glob("*.delta.zst")
    difference.write_bytes(bytes(difference.stat().st_size))
    assert check(headquarters, state).outcome is Outcome.INSTALLED
    assert knows(state, ANNA)


def test_going_back_by_hand_leaves_the_model_or_only_its_profiles(
    headquarters: Path, state: Path, folder: Path, bundles: list[Path]
) -> None:
    def by_hand() -> None:
        with Ledger(state / "sync.db") as book:
            held = slots(state / "bundle.db")
            book.revert(activation.left_by_going_back(held.active or "", held.previous or ""), "by hand")
        activation.revert(state / "bundle.db")

    for day, names in ((1, [ANNA]), (2, [BORIS])):
        write(folder, {STORE: names}, day)
        publish.publish_profiles(headquarters, folder)
        check(headquarters, state)
    by_hand()
    assert check(headquarters, state).outcome is Outcome.REVERTED
    write(folder, {STORE: [OLGA]}, 3)
    publish.publish(headquarters, bundles[1], profiles=folder)
    assert check(headquarters, state).outcome is Outcome.INSTALLED
    by_hand()
    write(folder, {STORE: [OLGA, ANNA]}, 4)
    publish.publish_profiles(headquarters, folder)
    assert check(headquarters, state).outcome is Outcome.PROFILES
    assert model_of(in_use(state)) == identity(bundles[0])
    assert knows(state, OLGA)


def test_an_erased_shopper_is_in_no_byte_after_the_next_profiles(headquarters: Path, state: Path, folder: Path) -> None:
    write(folder, {STORE: [ANNA, BORIS]})
    publish.publish_profiles(headquarters, folder)
    check(headquarters, state)
    stones = [(1, tombstone(Pseudonym(ANNA)))]
    assert forgotten.through(state / "edge.db", state / "bundle.db", stones, 1) == 0
    write(folder, {STORE: [BORIS]}, 2)
    publish.publish_profiles(headquarters, folder)
    check(headquarters, state)
    assert ANNA.encode() in raw(state)
    assert forgotten.through(state / "edge.db", state / "bundle.db", stones, 1) == 1
    assert ANNA.encode() not in raw(state)
    assert knows(state, BORIS)
    packed_files = list((headquarters / "repository/targets").glob("*.profiles.zst"))
    assert len(packed_files) == 1
    for packed in packed_files:
        assert ANNA.encode() not in zstandard.ZstdDecompressor().decompress(packed.read_bytes(), 1 << 24)


@pytest.mark.parametrize("what", ["nothing", "two of a store", "half a file"])
def test_a_folder_that_is_not_what_training_wrote_is_not_published(headquarters: Path, folder: Path, what: str) -> None:
    write(folder, {STORE: [ANNA]})
    (file,) = folder.iterdir()
    match what:
        case "nothing":
            file.unlink()
        case "two of a store":
            shutil.copy(file, folder / "copy.profiles")
        case _:
            file.write_bytes(file.read_bytes()[:5000])
    before = publish.timestamp_version(headquarters)
    with pytest.raises((SyncError, BundleError)):
        publish.publish_profiles(headquarters, folder)
    assert publish.timestamp_version(headquarters) == before
    assert not list((headquarters / "repository/targets").glob("*.part"))


def test_more_than_registers_read_is_not_signed(headquarters: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, {f"S{number}": [ANNA] for number in range(20)})
    before = publish.timestamp_version(headquarters)
    monkeypatch.setattr(repository, "MOST_BYTES", 5000)
    with pytest.raises(SyncError, match="registers read 5000 at most"):
        publish.publish_profiles(headquarters, folder)
    assert publish.timestamp_version(headquarters) == before


def test_no_two_stores_share_a_name() -> None:
    stores = ["S1", "s1", "S-1", "x.0", "S/1", "..", "", "S1 ", "Лавка", "лавка", "a" * 64, "a" * 65, "\n"]
    names = {offer.profiles_name(store) for store in stores}
    assert len(names) == len(stores)
    assert all(name.isascii() and "/" not in name for name in names)


def test_an_identity_of_both_tells_the_model() -> None:
    model, beside = "20260505-0123456789ab", "20260601-ba9876543210"
    assert model_of(joined_identity(model, beside)) == model_of(model) == joined_identity(model, None) == model
