"""`tillside screen gallery`: a folder a reviewer opens, whole or not at all, and an exit status that says what is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from device.errors import SettingsError
from kiosk_ui.commands import gallery as gallery_command
from kiosk_ui.formats import Language
from kiosk_ui.gallery.exhibition import Drawn, judge, told
from kiosk_ui.gallery.plan import THEMES, pictures

TILLSIDE = Path(sys.executable).with_name("tillside")
BARE = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
TWO = ("--only", "cashier-undo-1024x768-ru-light", "--only", "customer-idle-1024x600-en-dark", "--jobs", "1")


def gallery(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [TILLSIDE, "screen", "gallery", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=BARE | environment, timeout=120)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_with_the_pictures_and_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "new" / "faces"
    done = gallery("--out", out, *TWO)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"2 pictures in .*: \d+ s, [\d.]+ a second\n", done.stdout)
    first = contents(out)
    names = {"cashier-undo-1024x768-ru-light", "customer-idle-1024x600-en-dark"}
    assert set(first) == {f"{name}.png" for name in names} | {"index.html", ".tillside-gallery"}
    for name in names:
        assert first[f"{name}.png"].startswith(b"\x89PNG")
        assert len(first[f"{name}.png"]) < 200_000
    page = first["index.html"].decode()
    listed = re.search(r"const pictures = (\[.*\]);", page)
    assert listed is not None
    assert {"-".join(picture) for picture in json.loads(listed[1])} == names
    assert not re.search(r"https?://|src=[\"']", page)
    for value in ("cashier", "undo", "1024x600", "dark"):
        assert f"<option>{value}</option>" in page
    # Again over itself: the same bytes, and nothing left beside it.
    (out / "of-before.png").write_bytes(b"")
    assert gallery("--out", out, *TWO).returncode == 0
    second = contents(out)
    assert {name: data for name, data in second.items() if name != ".tillside-gallery"} == {
        name: data for name, data in first.items() if name != ".tillside-gallery"
    }
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize("stands_there", ["folder", "file"])
def test_what_is_no_gallery_is_left_alone(tmp_path: Path, stands_there: str) -> None:
    out = tmp_path / "precious"
    if stands_there == "folder":
        out.mkdir()
        (out / "thesis.txt").write_text("mine")
    else:
        out.write_text("mine")
    done = gallery("--out", out, *TWO)
    assert done.returncode == 1
    assert "holds something that is no gallery: name a folder that is new or empty" in done.stderr
    assert (out / "thesis.txt" if stands_there == "folder" else out).read_text() == "mine"
    assert list(tmp_path.iterdir()) == [out]


def test_a_run_that_fails_leaves_the_former_gallery_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "faces"
    out.mkdir()
    (out / ".tillside-gallery").write_text("")
    (out / "kept.png").write_bytes(b"kept")
    done = gallery("--out", out, *TWO, "--fonts", tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        f"no font Inter-Regular.otf in {tmp_path}: install the Debian package fonts-inter or name its folder with --fonts"
    )
    assert (out / "kept.png").read_bytes() == b"kept"
    assert list(tmp_path.iterdir()) == [out]


def test_a_warning_of_qt_is_told_with_its_picture_and_fails(tmp_path: Path) -> None:
    done = gallery("--out", tmp_path / "faces", *TWO, QT_SCALE_FACTOR_ROUNDING_POLICY="Nonsense")
    assert done.returncode == 1
    assert "customer-idle-1024x600-en-dark: Unknown scale factor rounding policy: Nonsense" in done.stdout
    assert "QML warned while 1 of 2 pictures were drawn: see the lines above" in done.stderr
    assert (tmp_path / "faces" / "index.html").is_file()


def test_a_check_without_a_folder_draws_into_none() -> None:
    done = gallery("--check", "--only", "customer-idle-1024x600-en-dark")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("1 pictures: ")


def test_a_flaw_is_told_with_its_picture_and_fails() -> None:
    (some,) = pictures(["cashier-undo-1024x768-ru-light"]).values()
    fine, flawed, warned = Drawn(some[0], (), ()), Drawn(some[0], (), ("it is cut",)), Drawn(some[0], ("it is null",), ())
    judge([fine])
    assert told([fine, flawed, warned]) == [
        "cashier-undo-1024x768-ru-light: it is cut",
        "cashier-undo-1024x768-ru-light: it is null",
    ]
    with pytest.raises(SettingsError, match="1 of 2 pictures have a flaw"):
        judge([fine, flawed])
    with pytest.raises(SettingsError, match="QML warned while 1 of 3 pictures were drawn"):
        judge([fine, flawed, warned])


def test_every_language_and_theme_can_be_asked_for() -> None:
    offered = {option.name: option.type for option in gallery_command.params}
    assert tuple(offered["theme"].choices) == THEMES
    assert set(offered["language"].choices) == set(Language)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "say what to do: --out DIR for the pictures, --check for what is wrong with them, or both"),
        (("--check", "--only", "nonsense"), "no picture is called like nonsense"),
        (("--check", "--language", "xx"), "'xx' is not one of"),
        (("--check", "--jobs", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    done = gallery(*words)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
