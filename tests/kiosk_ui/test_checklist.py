"""What the README says answers each point that is asked of the faces is there to answer it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk_ui.formats import Language
from kiosk_ui.gallery import checks, ink
from kiosk_ui.gallery.plan import SIZES
from kiosk_ui.gallery.scenes import scenes

ROOT = Path(__file__).parents[2]
POINTS = re.findall(
    r"^\| (\d+) \| (.+?) \| (.+?) \|$", (ROOT / "kiosk_ui" / "README.md").read_text(encoding="utf-8"), re.MULTILINE
)
SCENES = {scene.name for scene in scenes()}
WORDS = {
    *(language.value for language in Language),
    *(f"{width}x{height}" for sizes in SIZES.values() for width, height in sizes),
}
PROGRAMS = {"bench_faces": "tests/benchmarks/bench_faces.py", "packaging/dev soak": "packaging/dev"}


def test_there_are_thirty_six_points() -> None:
    assert [int(number) for number, _, _ in POINTS] == list(range(1, 37))


@pytest.mark.parametrize(("asked", "answer"), [(asked, answer) for _, asked, answer in POINTS])
def test_every_answer_is_there(asked: str, answer: str) -> None:
    named = re.findall(r"`([^`]+)`", answer)
    assert named or answer.startswith("shot: every scene"), asked
    for name in named:
        if name.startswith("test_"):
            assert (ROOT / f"tests/kiosk_ui/{name}.py").is_file(), name
        elif name.startswith("tests/"):
            assert (ROOT / f"{name}.py").is_file(), name
        elif name in PROGRAMS:
            assert (ROOT / PROGRAMS[name]).is_file(), name
        elif not name.startswith("tillside "):
            assert name in SCENES | WORDS or hasattr(checks, name) or hasattr(ink, name), name
