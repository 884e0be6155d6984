"""What the faces have to reach, how a figure is printed beside it, and where the samples it was made from are kept.

One JSON file a row below the folder `--raw`: what was measured, in which unit, every sample in the order it was taken, the load
average before and after, and what else was said of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np


@dataclass(frozen=True, slots=True)
class Target:
    """A limit that is kept when the figure is no larger; `least`: no smaller."""

    gate: float
    stretch: float
    least: bool = False

    def verdict(self, figure: float) -> str:
        for name, limit in (("stretch", self.stretch), ("gate", self.gate)):
            if figure >= limit if self.least else figure <= limit:
                return f"{name} met"
        return "MISSED"

    def __str__(self) -> str:
        return f"{'>=' if self.least else '<='} {self.gate:g} / {self.stretch:g}"


START: Final = Target(700, 350)
COLD: Final = Target(2500, 1500)
RESPAWN: Final = Target(2000, 1200)
CARDS_P50: Final = Target(12, 6)
CARDS_P99: Final = Target(25, 16)
PRICE_P99: Final = Target(12, 2)
PRESS_P99: Final = Target(30, 16)
GONE: Final = Target(100, 100)
PSS_ONE: Final = Target(110, 90)
PSS_BOTH: Final = Target(190, 160)
GROWTH: Final = Target(2, 0)
FRAMES: Final = Target(30, 60, least=True)
CPU: Final = Target(60, 60)
AT_REST: Final = Target(0, 0)
CPU_AT_REST: Final = Target(0.5, 0.5)
DRIFT: Final = Target(0, 0)


class Ledger:
    """Prints rows and keeps their samples."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._load = os.getloadavg()[0]

    def row(self, what: str, samples: Sequence[float], unit: str, *, said: str = "", **limits: Target | None) -> None:
        """`limits` by figure: p50, p99, max, mean. p99 of fewer than 300 samples is not told; then the largest is."""
        values = np.array(samples, dtype=float)
        figures = {"p50": float(np.median(values)), "p95": float(np.percentile(values, 95)), "max": float(values.max())}
        if len(values) >= 300:
            figures["p99"] = float(np.percentile(values, 99))
        figures["mean"] = float(values.mean())
        load = os.getloadavg()[0]
        shown = "p50 {p50:9.3f}  ".format(**figures) + (
            f"p99 {figures['p99']:9.3f}" if "p99" in figures else f"max {figures['max']:9.3f}"
        )
        verdicts = [
            f"{name} {limit}: {limit.verdict(figures[name])}" for name, limit in limits.items() if limit and name in figures
        ]
        print(
            f"{what:62} {shown} {unit:4} n={len(values):<6} load {load:.2f}  {'; '.join(verdicts)}{said and ' - ' + said}",
            flush=True,
        )
        place = self._folder / (re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-") + ".json")
        kept = {
            "what": what,
            "unit": unit,
            "load": [self._load, load],
            "cores": os.cpu_count(),
            "said": said,
            "targets": {name: [limit.gate, limit.stretch] for name, limit in limits.items() if limit is not None},
            "samples": [round(float(value), 4) for value in values],
        }
        place.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=0))
        self._load = load

    def figure(self, what: str, value: float, unit: str, target: Target | None = None, said: str = "") -> None:
        """One number that has no spread."""
        self.row(what, [value], unit, said=said, max=target)
