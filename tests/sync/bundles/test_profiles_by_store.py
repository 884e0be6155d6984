"""Each store's profiles beside one model: signed, fetched, joined, and only where its shoppers are."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import zstandard
from fakes.bundles_down import STORE, check, identity, in_use, resign
from fakes.headquarters_bundle import write_bundle
from fakes.killed import steps

from device import manifest, store_profiles
from device.bundle import SCHEMA, Bundle
from device.domain import Pseudonym
from device.errors import BundleError, SyncError
from device.manifest import Carried, joined_identity, model_of
from device.profiles import MAX_BYTES
from device.shopper import tombstone
from device.slots import slots
from sync import activation, delta, offer, publish, repository, serve, target_files
from sync.downlink import Checked, Outcome
from sync.identity import forgotten
from sync.ledger import Ledger
from sync.offer import Offer
from sync.repository import Signed

ANNA, BORIS, OLGA = (name.encode().hex() * 4 for name in ("anna", "boris", "olga"))
"""As long as pseudonyms, and found in raw bytes."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "by-store"


def write(folder: Path, stores: dict[str, list[str]], day: int = 1, content: bytes = b"\x81\xa1v\x02") -> dict[str, Carried]:
    """A folder as training writes it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return {
        store: store_profiles.write(
            folder / f"{store_profiles.safe_name(store)}{store_profiles.ENDING}",
            store,
            f"2026-06-{day:02d}T03:00:00+00:00",
            [(Pseudonym(name), content) for name in names],
        )
        for store, names in stores.items()
    }


def knows(state: Path, name: str) -> bool:
    with closing(Bundle.open(state / "bundle.db")) as bundle:
        return bundle.profile(Pseudonym(name)) is not None


def raw(state: Path) -> bytes:
    """Every byte in every database of the register."""
    return b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())


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


def offered_in_its_place(headquarters: Path, file: Path, told: Offer) -> None:
    """What somebody with the targets key can sign as the profiles of `STORE`."""

    def slip_in(now: Signed) -> None:
        name = offer.profiles_name(STORE)
        now.targets.signed.targets[name] = target_files.add(headquarters, file, name, told)

    resign(headquarters, slip_in)


def crafted(path: Path, rows: list[tuple[str, str, object]], schema: str = SCHEMA, store: str = STORE, **said: object) -> Carried:
    """A file of profiles with whatever rows (kind, name, content), and what it would say of them."""
    whole = [(name, content) for _, name, content in rows if isinstance(content, bytes)]
    told = manifest.carried(store, "2026-06-05T03:00:00+00:00", manifest.hash_all(whole))
    told = msgspec.structs.replace(told, **said)
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(schema)
        db.executemany("INSERT INTO part (slot, kind, name, content) VALUES ('A', ?, ?, ?)", rows)
        db.execute("INSERT INTO slot VALUES ('A', ?)", (msgspec.json.encode(told),))
        db.execute("INSERT INTO active VALUES (1, 'A')")
    return told


LOOSE = SCHEMA.replace(", UNIQUE (slot, kind, name)", "").replace(" NOT NULL", "")
NEVER_SAME = LOOSE.replace("CREATE TABLE part", "CREATE TABLE held") + (
    "CREATE VIEW part AS SELECT id, slot, kind, name, CAST(content || random() AS BLOB) AS content FROM held;"
    "CREATE TRIGGER kept INSTEAD OF INSERT ON part BEGIN INSERT INTO held (slot, kind, name, content)"
    " VALUES (new.slot, new.kind, new.name, new.content); END;"
)
FINE = b"\x81\xa1v\x02"
HOSTILE: dict[str, Callable[[Path], Carried]] = {
    "another store's": lambda path: crafted(path, [("profile", ANNA, FINE)], store="S2"),
    "another format": lambda path: crafted(path, [("profile", ANNA, FINE)], format=7),
    "another hash": lambda path: crafted(path, [("profile", ANNA, FINE)], profiles="0" * 64),
    "two of one name": lambda path: crafted(path, [("profile", ANNA, FINE), ("profile", ANNA, FINE)], LOOSE),
    "too long a row": lambda path: crafted(path, [("profile", ANNA, bytes(MAX_BYTES + 1))]),
    "too long a name": lambda path: crafted(path, [("profile", "x" * 1000, FINE)]),
    "text for bytes": lambda path: crafted(path, [("profile", ANNA, "text")]),
    "no content": lambda path: crafted(path, [("profile", ANNA, None)], LOOSE),
    "a document beside": lambda path: crafted(path, [("document", "model.onnx", FINE), ("profile", ANNA, FINE)]),
    "a view that never tells the same": lambda path: crafted(path, [("profile", ANNA, FINE)], NEVER_SAME),
    "no table": lambda path: crafted(path, [], SCHEMA) if not path.write_bytes(b"") else manifest.carried("", "", ""),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_is_no_profiles_stops_no_model_and_is_told(
    headquarters: Path, state: Path, folder: Path, bundles: list[Path], tmp_path: Path, what: str
) -> None:
    write(folder, {STORE: [BORIS]})
    publish.publish_profiles(headquarters, folder)
    before = check(headquarters, state).identity
    told = HOSTILE[what](tmp_path / "hostile")
    if what == "no table":
        (tmp_path / "hostile").write_bytes(bytes(5000))
    offered_in_its_place(
        headquarters, tmp_path / "hostile", Offer(told.identity, (tmp_path / "hostile").stat().st_size, stores=(STORE,))
    )
    with pytest.raises(BundleError) as refused:
        check(headquarters, state)
    assert "\n" not in str(refused.value)
    assert in_use(state) == before
    assert knows(state, BORIS)
    publish.publish(headquarters, bundles[1])
    looked = check(headquarters, state)
    assert looked[:2] == (Outcome.INSTALLED, identity(bundles[1]))
    assert looked.trouble == str(refused.value)
    assert not knows(state, ANNA)
    write(folder, {STORE: [OLGA]}, 9)
    publish.publish_profiles(headquarters, folder)
    assert check(headquarters, state).trouble is None
    assert knows(state, OLGA)


@pytest.mark.parametrize("harm", ["gone", "cut short", "changed", "longer"])
def test_what_a_mirror_does_to_the_profiles_stops_no_model(
    headquarters: Path, state: Path, folder: Path, bundles: list[Path], harm: str
) -> None:
    write(folder, {STORE: [ANNA]})
    publish.publish_profiles(headquarters, folder)
    (packed,) = (headquarters / "repository/targets").glob("*.profiles.zst")
    whole = packed.read_bytes()
    match harm:
        case "gone":
            packed.unlink()
        case "cut short":
            packed.write_bytes(whole[: len(whole) // 2])
        case "changed":
            packed.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        case _:
            packed.write_bytes(whole + bytes(100))
    looked = check(headquarters, state)
    assert looked[:2] == (Outcome.INSTALLED, identity(bundles[0]))
    assert looked.trouble is not None
    packed.write_bytes(whole)
    assert check(headquarters, state).outcome is Outcome.INSTALLED
    assert knows(state, ANNA)


def test_profiles_that_cannot_be_read_just_now_are_waited_for(
    headquarters: Path, state: Path, folder: Path, bundles: list[Path]
) -> None:
    """Not without them meanwhile: the next look brings both."""
    write(folder, {STORE: [ANNA]})
    publish.publish_profiles(headquarters, folder)
    before = check(headquarters, state).identity
    made = write(folder, {STORE: [ANNA, BORIS]}, 2)
    publish.publish(headquarters, bundles[1], profiles=folder)
    for difference in (headquarters / "repository/targets").glob("*.delta.zst"):
        difference.unlink()
    (packed,) = (headquarters / "repository/targets").glob("*.profiles.zst")
    aside = packed.rename(packed.with_name("kept"))
    packed.mkdir()
    with pytest.raises(SyncError, match="does not deliver"):
        check(headquarters, state)
    assert in_use(state) == before
    assert knows(state, ANNA)
    packed.rmdir()
    aside.rename(packed)
    assert check(headquarters, state).identity == joined_identity(identity(bundles[1]), made[STORE].identity)
    assert knows(state, BORIS)


def test_a_file_that_unpacks_to_gigabytes_is_cut_off(
    headquarters: Path, state: Path, tmp_path: Path, bundles: list[Path]
) -> None:
    (tmp_path / "bomb").write_bytes(bytes(200_000_000))
    offered_in_its_place(headquarters, tmp_path / "bomb", Offer("20260605-0123456789ab", 8192, stores=(STORE,)))
    (tmp_path / "bomb").unlink()
    looked = check(headquarters, state)
    assert looked.identity == identity(bundles[0])
    assert "does not unpack to the 8192 bytes" in (looked.trouble or "")


def test_a_target_signed_for_another_store_is_refused(headquarters: Path, state: Path, folder: Path) -> None:
    said = write(folder, {"S2": [BORIS]})["S2"]
    (file,) = folder.iterdir()
    content = delta.measure(file, said.identity)
    offered_in_its_place(headquarters, file, Offer(said.identity, file.stat().st_size, content, stores=("S2",)))
    looked = check(headquarters, state)
    assert looked.outcome is Outcome.INSTALLED
    assert "signed for S2" in (looked.trouble or "")
    assert not knows(state, BORIS)


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


def test_killed_at_any_moment_the_register_has_the_old_or_the_new(headquarters: Path, tmp_path: Path, folder: Path) -> None:
    """Kills spread over one look; after each the file is opened as the daemon opens it, and the next look goes on."""
    state, before = tmp_path / "register", tmp_path / "before"
    many = [f"{number * 7919:032x}" for number in range(20_000)]
    write(folder, {STORE: [ANNA, *many]})
    publish.publish_profiles(headquarters, folder)
    old = check(headquarters, state).identity
    shutil.copytree(state, before)
    write(folder, {STORE: [*many, BORIS]}, 2)
    publish.publish_profiles(headquarters, folder)
    began = time.monotonic()
    new = check(headquarters, state).identity
    whole = time.monotonic() - began
    for step in range(12):
        shutil.rmtree(state)
        shutil.copytree(before, state)
        child = multiprocessing.get_context("fork").Process(target=check, args=(headquarters, state))
        child.start()
        time.sleep(whole * step / 10)
        child.kill()
        child.join()
        assert in_use(state) in {old, new}
    assert check(headquarters, state).identity == new
    assert knows(state, BORIS)


def test_killed_anywhere_in_a_night_of_profiles_it_is_the_old_or_the_new(
    headquarters: Path, state: Path, folder: Path, tmp_path: Path
) -> None:
    """From the first file that is fetched to the last note in sync.db."""
    write(folder, {STORE: [ANNA]})
    publish.publish_profiles(headquarters, folder)
    old = check(headquarters, state).identity
    before = shutil.copytree(state, tmp_path / "before", symlinks=True)
    write(folder, {STORE: [BORIS]}, 2)
    publish.publish_profiles(headquarters, folder)
    total = steps(lambda: check(headquarters, state), None)
    new = in_use(state)
    assert new != old
    seen = set()
    for step in range(total // 50, total, total // 25):
        shutil.rmtree(state)
        shutil.copytree(before, state, symlinks=True)
        assert steps(lambda: check(headquarters, state), step) == -1
        seen.add(in_use(state))
        assert in_use(state) in {old, new}
        assert check(headquarters, state).outcome in {Outcome.INSTALLED, Outcome.CURRENT}
        assert in_use(state) == new
        assert not any((state / "download").iterdir())
    assert old in seen


def test_killed_anywhere_in_publishing_registers_find_the_old_or_the_new(
    headquarters: Path, folder: Path, tmp_path: Path
) -> None:
    first = write(folder, {STORE: [ANNA], "S2": [BORIS]})
    publish.publish_profiles(headquarters, folder)
    before = shutil.copytree(headquarters, tmp_path / "before")
    second = write(folder, {STORE: [OLGA], "S2": [OLGA]}, 2)
    total = steps(lambda: publish.publish_profiles(headquarters, folder), None)
    for step in range(total // 32, total, total // 16):
        shutil.rmtree(headquarters)
        shutil.copytree(before, headquarters)
        assert steps(lambda: publish.publish_profiles(headquarters, folder), step) == -1
        suffixes = set()
        for store in (STORE, "S2"):
            looked = check(headquarters, tmp_path / f"{step}-{store}", store=store)
            assert looked.outcome is Outcome.INSTALLED
            assert looked.trouble is None
            made = {first[store].identity.rpartition("-")[2]: "old", second[store].identity.rpartition("-")[2]: "new"}
            suffixes.add(made[(looked.identity or "").rpartition("-")[2]])
        assert len(suffixes) == 1, "one store's are new and another's old"
        assert publish.publish_profiles(headquarters, folder) == 2
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
