"""Counting token pairs at four sizes: DuckDB through Ibis, the same in this process, and day by day into a folder.

Receipts as in `training_growth`: 2,000 items, hours, five stores, a card on three of four. Each line is a process of its own;
seconds and processor seconds are the counting's alone, the peak is that of the whole process, receipts and encoding included.
Both ways must give the same counts.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import figures
import numpy as np
from training_growth import write

from device.domain import Pseudonym
from model_export.counts import count
from model_export.days import DayCounts
from model_export.encoding import encode_all, vocabulary_of
from model_export.engine import opened
from model_export.fading import HISTORY_DECAY
from model_export.history import History, arrange
from model_export.layout import layout_of
from model_export.parquet import read_folder

SIZES = (5_000, 20_000, 80_000, 320_000)
BY_DAY = (5_000, 20_000, 80_000)


def one(folder: Path, how: str) -> None:
    """In a process of its own: one way of counting, its figures as JSON."""
    history: History = arrange(read_folder(folder, Pseudonym))
    vocabulary = vocabulary_of(history)
    matrix = None if how == "day by day" else encode_all(history, vocabulary, HISTORY_DECAY)
    with opened("duckdb") as engine:
        began, spent = time.monotonic(), time.process_time()
        facts: dict[str, object] = {"tokens": len(vocabulary)}
        if matrix is None:
            days = DayCounts(folder / "days", history, HISTORY_DECAY)
            days.refresh(engine)
            middle = time.monotonic()
            last = max((folder / "days").iterdir())
            last.unlink()
            days.refresh(engine)
            night = time.monotonic()
            days.counts(0, len(history), vocabulary, engine)
            size = sum(path.stat().st_size for path in (folder / "days").iterdir())
            facts |= {"days": len(days.days), "one day": night - middle, "adding up": time.monotonic() - night, "bytes": size}
            facts["seconds"] = middle - began
        else:
            counts = count(matrix, layout_of(vocabulary), engine if how == "DuckDB" else None)
            facts["seconds"] = time.monotonic() - began
            facts["check"] = float(counts.gram.sum(dtype=np.float64))
        facts["processor"] = time.process_time() - spent
        facts["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = np.diff(encode_all(history, vocabulary, HISTORY_DECAY).indptr if matrix is None else matrix.indptr).astype(np.int64)
    facts["pairs"] = int((size * (size + 1) // 2).sum())
    print(json.dumps(facts))


def main() -> None:
    figures.load()
    figures.note("counting token pairs, one run of each size")
    for receipts in SIZES:
        with tempfile.TemporaryDirectory() as name:
            lines = write(Path(name), receipts)
            checks = set()
            for how in ("DuckDB", "in process", *(["day by day"] if receipts in BY_DAY else [])):
                words = [sys.executable, __file__, name, how]
                facts = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
                checks |= {facts.get("check")} - {None}
                spent = f"{facts['seconds']:6.1f} s  {facts['processor']:6.1f} s of processor  {facts['peak']:6.0f} MiB peak"
                what = f"{receipts:>8} receipts {lines:>8} lines {facts['pairs'] / 1e6:6.1f} M pairs  {how:10}"
                figures.note(f"{what}  {spent}")
                if "days" in facts:
                    night = f"one day {facts['one day']:.2f} s, adding up {facts['days']} days {facts['adding up']:.1f} s"
                    figures.note(f"{'':>8} {night}, {facts['bytes'] / 1e6:.0f} MB")
            assert len(checks) == 1, f"the two ways do not agree: {checks}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(Path(sys.argv[1]), sys.argv[2])
    else:
        main()
