"""What hostile or damaged profiles of a store do: no model is held up, nobody is known who should not be, and it is said."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from fakes.bundles_down import STORE, check, identity, in_use, resign
from fakes.store_files import ANNA, BORIS, OLGA, knows, write

from device import manifest
from device.bundle import SCHEMA
from device.errors import BundleError, SyncError
from device.manifest import Carried, joined_identity
from device.profiles import MAX_BYTES
from sync import delta, offer, publish, target_files
from sync.downlink import Outcome
from sync.offer import Offer
from sync.repository import Signed


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
