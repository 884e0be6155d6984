"""Profiles beside the bundle: each store's file holds who was in it, or nowhere yet, and nobody else."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
from fakes.regular_chain import chain as planted_chain
from fakes.training_command import run

from device import store_profiles
from device.bundle import Bundle
from device.domain import Pseudonym
from device.errors import BundleError, TrainingError
from device.manifest import NO_PROFILES
from model_export.commands import train
from model_export.history import History
from model_export.regulars import by_store
from model_export.regulars.basket import expected
from model_export.regulars.people import regulars
from model_export.regulars.shipped import Shoppers
from model_export.training import Extras, make_bundle

MADE_AT = "2026-05-06T03:00:00+00:00"


def two_stores(history: History) -> History:
    """Every third shopper comes to the second store, every seventh to both."""
    at_second = history.shopper % 3 == 0
    both = (history.shopper % 7 == 0) & (np.arange(len(history)) % 2 == 0)
    store = np.where(at_second ^ both, 1, 0).astype(np.int32)
    return replace(history, stores=("S1", "Лавка 2"), store=store)


def names(path: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT name, content FROM part WHERE kind = 'profile'").fetchall())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[History, Path, Path, Path]:
    """The history; a bundle with all profiles, one with none, and the folder beside it."""
    folder = tmp_path_factory.mktemp("by-store")
    history = two_stores(planted_chain(shoppers=60, days=90))
    make_bundle(history, Extras((), {}, "RUB", MADE_AT), folder / "all.bundle", 1)
    extras = Extras((), {}, "RUB", MADE_AT, shoppers=Shoppers(beside=folder / "stores"))
    made = make_bundle(history, extras, folder / "bare.bundle", 1)
    assert made.profiles > 50
    return history, folder / "all.bundle", folder / "bare.bundle", folder / "stores"


def test_each_file_holds_who_was_in_its_store(trained):
    history, whole, _, folder = trained
    every = names(whole)
    files = {store_profiles.read(path).store: path for path in folder.iterdir()}
    assert set(files) == set(history.stores)
    for code, store in enumerate(history.stores):
        been = {history.shoppers[one] for one in np.unique(history.shopper[history.store == code]).tolist()}
        found = names(files[store])
        assert set(found) == been & set(every)
        assert all(every[name] == content for name, content in found.items())
    assert set(names(files["S1"])) & set(names(files["Лавка 2"])), "who comes to both is in both"


def test_who_was_in_no_store_that_is_known_is_in_no_file_and_who_came_nowhere_yet_in_all(trained):
    history = trained[0]
    unknown = replace(history, store=np.where(history.shopper == 0, -1, history.store).astype(np.int32))
    found = {one.pseudonyms[0]: one.stores for one in regulars(unknown, {name: (name,) for name in (*history.shoppers, "new")})}
    assert found[history.shoppers[0]] == ()
    assert found[Pseudonym("new")] is None
    assert found[history.shoppers[1]] == ("S1",)


def test_the_bundle_beside_them_is_the_same_without_profiles(trained):
    _, whole, bare, _ = trained
    with closing(Bundle.open(whole)) as one, closing(Bundle.open(bare)) as other:
        assert other.manifest.profiles == NO_PROFILES
        assert other.manifest.documents == one.manifest.documents
        assert other.rhythm is not None


def test_what_is_expected_of_a_shopper_is_read_off_any_stores_file(trained):
    history, whole, bare, folder = trained
    at = datetime(2026, 5, 7, 12)
    with closing(Bundle.open(whole)) as one, closing(Bundle.open(bare)) as other:
        for shopper in sorted(names(whole))[:10]:
            told = expected(one, Pseudonym(shopper), at)
            assert msgspec.structs.replace(told, bundle="") == msgspec.structs.replace(
                expected(other, Pseudonym(shopper), at, folder), bundle=""
            )
        with pytest.raises(BundleError, match="holds no profile of this shopper"):
            expected(other, Pseudonym("f" * 32), at, folder)
        with pytest.raises(BundleError, match="holds no profile of this shopper"):
            expected(other, history.shoppers[0], at)
        with pytest.raises(BundleError, match="holds no profiles: name what"):
            expected(other, history.shoppers[0], at, bare.parent)


def test_joined_they_are_the_bundle_of_that_store(trained, tmp_path):
    _, whole, bare, folder = trained
    path = folder / "S1.profiles"
    said = store_profiles.read(path)
    candidate = tmp_path / "candidate"
    candidate.write_bytes(bare.read_bytes())
    joined = store_profiles.join(candidate, path, said.identity, "S1")
    with closing(Bundle.open(candidate)) as opened:
        assert opened.manifest == joined
        found = opened.profile(Pseudonym(next(iter(names(path)))))
    assert found is not None
    assert found.history
    assert set(names(candidate)) < set(names(whole))


def test_the_same_profiles_make_the_same_bytes(trained, tmp_path):
    folder = trained[3]
    rows = [
        (("S1",), Pseudonym("b" * 32), b"two"),
        (None, Pseudonym("a" * 32), b"one"),
        (("S2", "S1"), Pseudonym("c" * 32), b"three"),
    ]
    for place, ordered in (("one", rows), ("two", rows[::-1])):
        by_store.write(tmp_path / place, ordered, ["S1", "S2", "S3"], MADE_AT)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    found = {path.stem: sorted(name[0] for name in names(path)) for path in (tmp_path / "one").iterdir()}
    assert found == {"S1": ["a", "b", "c"], "S2": ["a", "c"], "S3": ["a"]}
    assert len(list(folder.iterdir())) == 2


def test_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "stores"
    by_store.write(folder, [(("S1",), Pseudonym("a" * 32), b"one")], ["S1"], MADE_AT)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def breaks_off():
        yield ("S1",), Pseudonym("b" * 32), b"two"
        raise OSError(28, "No space left on device")

    with pytest.raises(TrainingError, match="No space left"):
        by_store.write(folder, breaks_off(), ["S1"], MADE_AT)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["stores"]
    by_store.write(folder, [], ["S2"], MADE_AT)
    assert [path.name for path in folder.iterdir()] == ["S2.profiles"]


def test_what_a_killed_training_of_the_same_number_left_is_in_nobodys_way(tmp_path):
    """As in a container, where every night's process has the number of the night before."""
    folder = tmp_path / "stores"
    by_store.write(folder, [], ["S1"], MADE_AT)
    for what in ("part", "before"):
        left = tmp_path / f"stores.{os.getpid()}.{what}"
        left.mkdir()
        (left / "waiting.db").write_bytes(b"half")
    by_store.write(folder, [(("S2",), Pseudonym("a" * 32), b"one")], ["S2"], MADE_AT)
    assert [path.name for path in tmp_path.iterdir()] == ["stores"]
    assert [path.name for path in folder.iterdir()] == ["S2.profiles"]


@pytest.mark.parametrize("what", ["a file", "a link", "something else in it", "nowhere"])
def test_a_folder_that_cannot_be_replaced_is_told_before_anything_is_learnt(tmp_path, what):
    folder = tmp_path / "stores"
    match what:
        case "a file":
            folder.write_text("mine")
        case "a link":
            (tmp_path / "elsewhere").mkdir()
            folder.symlink_to(tmp_path / "elsewhere")
        case "something else in it":
            folder.mkdir()
            (folder / "letters.txt").write_text("mine")
        case _:
            folder = tmp_path / "no" / "stores"
    with pytest.raises(TrainingError):
        by_store.check(folder)
    with pytest.raises(TrainingError) if what != "a file" else nullcontext():  # click says that one
        assert run(train, "--receipts", tmp_path, "--out", tmp_path / "b", "--profiles-by-store", folder).exit_code == 2
    assert not (tmp_path / "b").exists()


def test_one_way_or_the_other(tmp_path):
    ran = run(train, "--receipts", tmp_path, "--out", tmp_path / "b", "--profiles-by-store", tmp_path / "s", "--store", "S1")
    assert ran.exit_code == 2
    assert "exclude each other" in ran.output
