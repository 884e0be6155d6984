"""Pictures come from one folder by name alone, are bounded, and a bad one is a placeholder, never a hole or a crash."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage

from kiosk_ui import pictures as limits
from kiosk_ui.pictures import PictureProvider, Pictures

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480"><rect width="480" height="480" fill="#C8102E"/></svg>'


@pytest.fixture
def folder(tmp_path: Path, qapp) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "red.svg").write_text(SVG)
    blue = QImage(300, 100, QImage.Format.Format_RGB32)
    blue.fill(QColor("#2040C0"))
    assert blue.save(str(folder / "blue.png"))
    assert blue.save(str(folder / "blue.jpg"))
    (tmp_path / "secret.svg").write_text(SVG)
    return folder


@pytest.mark.parametrize("name", ["red.svg", "blue.png", "blue.jpg"])
def test_a_picture_fills_the_size_asked_for_and_has_round_corners(folder: Path, name: str) -> None:
    pictures = Pictures()
    assert pictures.url(str(folder), name)
    image = pictures.make(name, QSize(200, 240), 20)
    assert (image.width(), image.height()) == (200, 240)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(100, 3).alpha() == 255
    assert image.pixelColor(3, 120).alpha() == 255


@pytest.mark.parametrize(
    "name",
    [
        None, "", ".", "..", "../secret.svg", "..\\secret.svg", "/etc/passwd", "sub/red.svg", "missing.svg", "red", "red.txt",
        "zero\0.svg", "link.svg", "folder.svg", "broken.png", "cut.png", "broken.svg", "x" * 4000 + ".svg",
    ],
)  # fmt: skip
def test_what_is_missing_broken_or_elsewhere_has_no_address(folder: Path, name: str | None) -> None:
    (folder / "link.svg").symlink_to(folder.parent / "secret.svg")
    (folder / "folder.svg").mkdir()
    (folder / "red.txt").write_text(SVG)
    (folder / "broken.png").write_bytes(b"no picture at all")
    (folder / "cut.png").write_bytes((folder / "blue.png").read_bytes()[:40])
    (folder / "broken.svg").write_text("<svg")
    assert Pictures().url(str(folder), name) == ""


def test_without_a_folder_there_are_no_pictures(qapp) -> None:
    assert Pictures().url(None, "red.svg") == ""
    assert Pictures().url("/nonexistent", "red.svg") == ""


def test_a_file_too_large_is_not_opened(folder: Path) -> None:
    with (folder / "large.png").open("wb") as file:
        file.truncate(limits.LARGEST_FILE + 1)
    assert Pictures().url(str(folder), "large.png") == ""


def test_a_picture_that_was_taken_away_is_transparent(folder: Path) -> None:
    pictures = Pictures()
    pictures.url(str(folder), "red.svg")
    (folder / "red.svg").unlink()
    image = PictureProvider(pictures).requestImage("1/red.svg/10/50x50", QSize(), QSize())
    assert (image.width(), image.pixelColor(25, 25).alpha()) == (50, 0)


def test_the_cache_is_bounded_in_bytes(folder: Path) -> None:
    pictures = Pictures()
    pictures.url(str(folder), "red.svg")
    for side in range(600, 620):
        pictures.make("red.svg", QSize(side, side), 4)
    kept = [shape.width for _, shape in pictures._made]
    assert kept == list(range(616, 620))  # the latest: five of them would be more than six mebibytes
    assert sum(4 * side * side for side in kept) <= limits.KEPT_BYTES


def test_the_pictures_of_one_snapshot_are_kept_however_large(folder: Path) -> None:
    pictures = Pictures()
    pictures.expect(str(folder), ["red.svg", "blue.png", "blue.jpg"])
    for name in ("red.svg", "blue.png", "blue.jpg"):
        pictures.make(name, QSize(1500, 1500), 4)
    assert {path.name for path, _ in pictures._made} == {"red.svg", "blue.png", "blue.jpg"}


def test_an_address_that_is_only_likely_is_corrected(folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"no picture at all")
    pictures = Pictures()
    assert pictures.likely_url(str(folder), "red.svg")
    assert not pictures.mistaken()
    assert pictures.likely_url(str(folder), "broken.png")  # nobody has opened it yet
    assert pictures.mistaken()
    assert not pictures.mistaken()
    assert pictures.likely_url(str(folder), "broken.png") == ""
    assert pictures.likely_url(str(folder), "missing.svg") == ""


def test_what_no_thread_has_begun_is_made_by_who_waits_for_it(folder: Path) -> None:
    for number in range(12):
        (folder / f"{number}.svg").write_text(SVG.replace("#C8102E", f"#0000{10 + number}"))
    names = [f"{number}.svg" for number in range(12)]
    pictures = Pictures()
    pictures.expect(str(folder), names)
    for name in names:
        pictures.make(name, QSize(300, 300), 4)
    for name in names:  # as if the files were written anew
        (folder / name).write_text(SVG.replace("#C8102E", "#00FF00"))
    pictures._made.clear()
    pictures.expect(str(folder), names)
    pictures.help_out()
    for name in names:
        assert pictures.make(name, QSize(300, 300), 4).pixelColor(150, 150) == QColor("#00FF00")
    pictures.close()
    pictures.help_out()  # the threads have ended, nothing is due


def test_another_folder_has_other_addresses(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "red.svg").write_text(SVG.replace("#C8102E", "#00FF00"))
    pictures = Pictures()
    first = pictures.url(str(folder), "red.svg")
    assert pictures.url(str(other), "red.svg") != first
    assert pictures.make("red.svg", QSize(20, 20), 0).pixelColor(10, 10) == QColor("#00FF00")


def test_what_will_be_shown_is_begun_in_the_size_its_place_had(folder: Path) -> None:
    pictures = Pictures()
    pictures.expect(str(folder), ["red.svg", "blue.png"])
    assert not pictures._made  # nobody knows the size yet
    for name in ("red.svg", "blue.png"):
        assert pictures.url(str(folder), name)
        pictures.make(name, QSize(200 if name == "red.svg" else 50, 40), 5)
    (folder / "new.svg").write_text(SVG.replace("#C8102E", "#00FF00"))
    (folder / "bad.svg").write_text("<svg")
    before = set(pictures._made)
    pictures.expect(str(folder), ["new.svg", "bad.svg"])
    begun = {(path.name, shape.width) for path, shape in set(pictures._made) - before}
    assert begun == {("new.svg", 200), ("bad.svg", 50)}
    assert pictures.url(str(folder), "new.svg")
    assert pictures.url(str(folder), "bad.svg") == ""
    assert pictures.make("new.svg", QSize(200, 40), 5).pixelColor(100, 20) == QColor("#00FF00")
    pictures.close()


def test_a_folder_may_change_while_pictures_are_made(folder: Path, tmp_path: Path) -> None:
    pictures = Pictures()
    for number in range(6):
        where = tmp_path / f"folder-{number % 2}"
        where.mkdir(exist_ok=True)
        (where / "red.svg").write_text(SVG if number % 2 else SVG.replace("#C8102E", "#00FF00"))
        pictures.expect(str(where), ["red.svg", None, "missing.svg"])
        assert pictures.url(str(where), "red.svg")
        wanted = QColor("#C8102E" if number % 2 else "#00FF00")
        assert pictures.make("red.svg", QSize(300, 300), 5).pixelColor(150, 150) == wanted
    pictures.close()


def bomb(part: str) -> str:
    """Ten million rectangles in a kilobyte."""
    uses = [f'<{part} xlink:href="#a{number}"/>' * 10 for number in range(7)]
    more = "".join(f'<g id="a{number}">{use}</g>' for number, use in enumerate(uses, 1))
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:s="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {spaces} viewBox="0 0 9 9"><g id="a0"><rect width="9" height="9"/></g>{more}</svg>'


@pytest.mark.parametrize("name", ["bomb.svg", "bomb.png"])
@pytest.mark.parametrize("part", ["use", "s:use"])
def test_an_svg_that_repeats_itself_is_a_placeholder_at_once(folder: Path, name: str, part: str) -> None:
    (folder / name).write_text(bomb(part))
    assert Pictures().url(str(folder), name) == ""


def test_an_svg_shows_no_other_file(folder: Path) -> None:
    picture = f'<image href="{folder}/blue.png" xlink:href="{folder}/blue.png" width="480" height="480"/></svg>'
    (folder / "through.svg").write_text(SVG.replace("</svg>", picture))
    assert Pictures().url(str(folder), "through.svg") == ""


def test_a_compressed_svg_is_a_placeholder(folder: Path) -> None:
    (folder / "packed.svg").write_bytes(gzip.compress(SVG.encode()))
    assert Pictures().url(str(folder), "packed.svg") == ""
