"""How a benchmark prints: medians and p99 with sample counts, and the load of the machine beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]


def row(what: str, samples: Sequence[float], unit: str) -> None:
    """`samples` in `unit`. p99 of fewer than 100 samples is the largest, and is called so."""
    values = np.array(samples)
    tail = f"p99 {np.percentile(values, 99):10.3f}" if len(values) >= 100 else f"max {values.max():10.3f}"
    print(f"{what:58} p50 {np.median(values):10.3f}  {tail}  {unit:4} n={len(values)}")


def note(text: str) -> None:
    print(f"{text}")


def load() -> None:
    print(f"load average {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")


def pss_mib(pid: int) -> float:
    """Proportional set size: shared pages count by their share."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(pid)


def worked_ms(pid: int) -> float:
    """Milliseconds of processor all its threads have had; busy neighbours do not lengthen it (proc_pid_schedstat)."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6


def rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(pid)


def peak_mib() -> float:
    """The largest resident set of this program since it began; `getrusage` tells also that of the one that started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError("VmHWM")
