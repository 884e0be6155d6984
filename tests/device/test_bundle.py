"""A bundle is written whole, opens verified, and every way to spoil it is one sentence."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fakes.device_shop import ITEMS, contents, item, write_shop
from hypothesis import given, settings
from hypothesis import strategies as st

from device.bundle import DOCUMENTS, Bundle, write
from device.domain import Pseudonym, Sku
from device.errors import BundleError
from device.profiles import Profile

SOMEBODY = Pseudonym("0" * 31 + "1")
NEWCOMER = Pseudonym("0" * 31 + "2")
PROFILES = {SOMEBODY: {Sku("milk"): 0.5, Sku("tea"): 0.12344}, NEWCOMER: {}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "made.bundle"
    write_shop(path, profiles=PROFILES)
    return path


@pytest.fixture
def copy(tmp_path: Path, made: Path) -> Path:
    path = tmp_path / "copy.bundle"
    path.write_bytes(made.read_bytes())
    return path


def refused(path: Path) -> str:
    with pytest.raises(BundleError) as error:
        Bundle.open(path).close()
    sentence = str(error.value)
    assert sentence
    assert "\n" not in sentence
    return sentence


def changed(path: Path, *statements: str | tuple[str, tuple[object, ...]]) -> Path:
    db = sqlite3.connect(path)
    for statement in statements:
        sql, values = (statement, ()) if isinstance(statement, str) else statement
        assert db.execute(sql, values).rowcount != 0, "the change has to change something"
    db.commit()
    db.close()
    return path


def test_what_was_written_comes_back(made: Path) -> None:
    bundle = Bundle.open(made)
    assert list(bundle.catalogue) == list(ITEMS)
    assert bundle.vocabulary.skus == tuple(i.sku for i in ITEMS)
    assert bundle.best_sellers == {"": ["milk", "bread", "bag", "tea"], "S1": ["tea", "bread"]}
    assert bundle.golden == contents().golden
    assert bundle.model == contents().model
    assert (bundle.manifest.currency, bundle.manifest.receipts, bundle.manifest.history_decay) == ("RUB", 1200, 0.9)
    assert (sorted(bundle.picture_names()), bundle.picture("tea.png")) == (["milk.png", "tea.png"], b"\x89PNG\r\n\x1a\n tea")
    assert bundle.picture("nothing.png") is None
    bundle.close()


def test_a_profile_is_found_by_its_pseudonym_in_ten_thousandths(made: Path) -> None:
    bundle = Bundle.open(made)
    assert bundle.profile(SOMEBODY) == Profile({"milk": 0.5, "tea": 0.1234})
    assert bundle.profile(NEWCOMER) == Profile()
    assert bundle.profile(Pseudonym("f" * 32)) is None
    bundle.close()


def test_the_same_contents_have_the_same_identity_whatever_the_order(tmp_path: Path, made: Path) -> None:
    turned = replace(
        contents(profiles=dict(reversed(PROFILES.items()))),
        pictures=dict(reversed(list(contents().pictures.items()))),
    )
    again = write(tmp_path / "again.bundle", turned)
    bundle = Bundle.open(made)
    assert again == bundle.manifest
    bundle.close()


@pytest.mark.parametrize(
    "change",
    [
        {"made_at": "2026-05-05T02:00:00Z"},
        {"notes": {"seed": "2"}},
        {"items": [*ITEMS[:-1], item("plums", price=1)]},
        {"profiles": {SOMEBODY: {Sku("milk"): 0.5}}},
        {"pictures": {"tea.png": b"another"}},
        {"best_sellers": {"": ["tea"]}},
    ],
)
def test_another_content_has_another_identity(tmp_path: Path, change: dict[str, Any]) -> None:
    assert (
        write_shop(tmp_path / "a", profiles=PROFILES).identity
        != write_shop(tmp_path / "b", **({"profiles": PROFILES} | change)).identity
    )


def test_writing_over_a_bundle_replaces_it_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "shop.bundle"
    write_shop(path, notes={"n": "1"})
    (tmp_path / "shop.bundle.999999999.part").write_bytes(b"left behind by a power cut")
    second = write_shop(path, notes={"n": "2"})
    bundle = Bundle.open(path)
    assert bundle.manifest == second
    bundle.close()
    assert list(tmp_path.iterdir()) == [path]


def test_a_bundle_that_cannot_be_written_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be written"):
        write_shop(tmp_path / "no such folder" / "shop.bundle")
    (tmp_path / "taken.bundle").mkdir()
    (tmp_path / "taken.bundle" / "file").touch()
    with pytest.raises(BundleError, match="cannot be written"):
        write_shop(tmp_path / "taken.bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.bundle"]


def test_a_disk_that_fills_up_half_way_keeps_the_bundle_that_was_there(tmp_path: Path) -> None:
    before = write_shop(tmp_path / "shop.bundle")
    # A limit on file size is the part of a full disk that needs no disk of one's own.
    script = """if True:
        import resource, sys
        sys.path.insert(0, "tests")
        from pathlib import Path
        from device.errors import BundleError
        from fakes.device_shop import contents
        from device.bundle import write
        made = contents(pictures={"large.png": bytes(400_000)})
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            write(Path(sys.argv[1]), made)
        except BundleError as error:
            print(error)
    """
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "shop.bundle"], cwd=root, capture_output=True, text=True, check=True
    )
    assert "cannot be written" in done.stdout
    bundle = Bundle.open(tmp_path / "shop.bundle")
    assert bundle.manifest == before
    bundle.close()
    assert [path.name for path in tmp_path.iterdir()] == ["shop.bundle"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_changed_document_is_refused(copy: Path, name: str) -> None:
    sentence = refused(changed(copy, ("UPDATE part SET content = CAST(content || x'20' AS BLOB) WHERE name = ?", (name,))))
    assert f"document {name} is damaged" in sentence


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_missing_document_is_refused(copy: Path, name: str) -> None:
    assert f"lacks its document {name}" in refused(changed(copy, ("DELETE FROM part WHERE name = ?", (name,))))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("picture", "UPDATE part SET content = CAST(content || x'00' AS BLOB) WHERE name = 'tea.png'"),
        ("picture", "UPDATE part SET name = 'coffee.png' WHERE name = 'tea.png'"),
        ("picture", "DELETE FROM part WHERE name = 'tea.png'"),
        ("picture", "INSERT INTO part (slot, kind, name, content) VALUES ('A', 'picture', 'more.png', x'89')"),
        ("profile", "UPDATE part SET content = x'90' WHERE kind = 'profile'"),
        ("profile", "DELETE FROM part WHERE kind = 'profile'"),
        ("profile", f"UPDATE part SET name = '{'a' * 32}' WHERE name = '{SOMEBODY}'"),
    ],
)
def test_changed_pictures_or_profiles_are_refused(copy: Path, kind: str, change: str) -> None:
    assert f"its {kind}s are not the ones that were signed" in refused(changed(copy, change))


def manifest_with(**fields: object) -> Callable[[Path], Path]:
    def change(path: Path) -> Path:
        db = sqlite3.connect(path)
        (raw,) = db.execute("SELECT manifest FROM slot").fetchone()
        db.execute("UPDATE slot SET manifest = ?", (msgspec.json.encode(msgspec.json.decode(raw) | fields),))
        db.commit()
        db.close()
        return path

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (manifest_with(format=2), r"has bundle format 2; this program reads format 1"),
        (manifest_with(format=None), r"has bundle format None"),
        (manifest_with(receipts=10**6), r"was changed after it was made"),
        (manifest_with(identity="20260504-000000000000"), r"was changed after it was made"),
        (manifest_with(receipts="many"), r"manifest that cannot be read"),
        (manifest_with(more=1), r"manifest that cannot be read"),
        (lambda path: changed(path, "UPDATE slot SET manifest = x'7b'"), r"manifest that cannot be read"),
        (lambda path: changed(path, "UPDATE slot SET manifest = x'ff'"), r"manifest that cannot be read"),
        (lambda path: changed(path, "UPDATE active SET slot = 'B'"), r"holds no active bundle yet"),
        (lambda path: changed(path, "DELETE FROM active"), r"holds no active bundle yet"),
        (lambda path: changed(path, "DROP TABLE active"), r"is not a usable bundle"),
        (lambda path: changed(path, "DROP TABLE part"), r"cannot be read"),
    ],
)
def test_a_changed_manifest_or_schema_is_refused(copy: Path, change: Callable[[Path], Path], why: str) -> None:
    path = change(copy)
    with pytest.raises(BundleError, match=why):
        Bundle.open(path)


def test_a_vocabulary_of_more_items_than_tokens_is_refused(tmp_path: Path) -> None:
    whole = contents()
    whole.vocabulary.items = 99
    write(tmp_path / "shop.bundle", whole)
    with pytest.raises(BundleError, match=r"claims 99 items of 15 different tokens"):
        Bundle.open(tmp_path / "shop.bundle")


def test_a_vocabulary_that_names_a_token_twice_is_refused(tmp_path: Path) -> None:
    whole = contents()
    whole.vocabulary.names = (*whole.vocabulary.names, whole.vocabulary.names[0])
    write(tmp_path / "shop.bundle", whole)
    with pytest.raises(BundleError, match="different tokens"):
        Bundle.open(tmp_path / "shop.bundle")


@pytest.mark.parametrize("content", [b"", b"\x00" * 8192, b"not a database", b"SQLite format 3\x00" + b"\x00" * 100])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.bundle").write_bytes(content)
    assert "is not a usable bundle" in refused(tmp_path / "x.bundle")


def test_a_missing_bundle_says_where_bundles_come_from(tmp_path: Path) -> None:
    assert "make one with `tillside train` or wait for the nightly sync" in refused(tmp_path / "x.bundle")
    assert "no bundle at" in refused(tmp_path)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.5, 0.9])
def test_a_truncated_file_is_refused(copy: Path, part: float) -> None:
    whole = copy.read_bytes()
    copy.write_bytes(whole[: int(len(whole) * part)])
    refused(copy)


@settings(max_examples=60, deadline=None, database=None)
@given(st.data())
def test_damaged_bytes_are_refused_or_change_nothing(made: Path, data: Any) -> None:
    whole = bytearray(made.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path = made.with_name("damaged.bundle")
    path.write_bytes(whole)
    try:
        bundle = Bundle.open(path)
    except BundleError:
        return
    assert (bundle.model, list(bundle.catalogue)) == (contents().model, list(ITEMS))
    assert bundle.picture("tea.png") in {b"\x89PNG\r\n\x1a\n tea", None}
    bundle.close()


def test_a_bundle_goes_where_its_name_links_to(tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    live = tmp_path / "live.bundle"
    live.symlink_to("releases/today.bundle")
    write_shop(live)
    write_shop(live)
    assert live.is_symlink()
    assert [path.name for path in (tmp_path / "releases").iterdir()] == ["today.bundle"]
    Bundle.open(live).close()


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to(path)])
def test_what_is_no_file_is_not_written_over(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A pipe, a folder, a link to itself; and links to them."""
    taken = tmp_path / "taken"
    make(taken)
    kind = taken.lstat().st_mode
    link = tmp_path / "link"
    link.symlink_to(taken)
    for name in (taken, link):
        with pytest.raises(BundleError, match="what stands there is not a regular file, choose another name"):
            write_shop(name)
    assert taken.lstat().st_mode == kind
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "taken"]
