"""Thousands of updates and signals in a process of its own: memory stays, references stay. `packaging/dev soak` runs 100,000."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from fakes.program import completed

if TYPE_CHECKING:
    from typing import Any

INSIDE = Path(__file__).parents[1] / "benchmarks" / "faces_inside.py"
UPDATES = 1500


def inside(part: str, folder: Path, number: int) -> dict[str, Any]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software"}
    done = completed((sys.executable, INSIDE, part, folder, str(number)), env=environment, seconds=600)
    assert done.returncode == 0, done.stderr
    return msgspec.json.decode(done.stdout)


def test_a_signal_loses_no_reference_to_true_or_none(tmp_path: Path) -> None:
    # PySide6 6.12.0 on Python 3.11 loses one with every signal and dies after some 500: hence the process of its own.
    said = inside("emits", tmp_path, 2000)
    assert said["heard"] == [2100]
    assert said["drift"] == [0, 0]


def test_updates_sale_after_sale_grow_nothing_and_warn_of_nothing(tmp_path: Path) -> None:
    said = inside("soak", tmp_path, UPDATES)
    assert said["warnings"] == []
    # Eager bounds would be lies on so short a run: the whole soak has the target's 2 MiB.
    half = len(said["rss"]) // 2
    assert max(said["rss"][half:]) - max(said["rss"][:half]) < 4, said["rss"]
    # PySide counts None six times more for each image that was painted on, three in most updates, and no memory with it.
    assert all(-UPDATES / 10 < count < 20 * UPDATES for count in said["drift"]), "a reference is lost with each update"
