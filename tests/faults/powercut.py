"""Power cuts without a power supply: `packaging/dev powercut [--cuts N] [--seed S] [--workload NAME]`.

Each workload of `workloads.py` runs once over the shim; then the power is cut at N moments of it, chosen at random, each with
another of the states the disk may be in (`disk.py`), and what is found there is opened and judged (`verdicts.py`). `edge_again`
begins with what a cut of `edge_small` left, so that cuts after a recovery are among them. The same seed does the same again.
"""

from __future__ import annotations

import bisect
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
from faults import disk, verdicts, workloads

WORKLOADS: Final = {"edge": 4, "edge_small": 5, "edge_again": 3, "ledger": 3, "bundles": 2, "repository": 1, "central": 2}
"""What is run by default, and the share of the cuts that each gets."""
_PROGRAM: Final = Path(__file__).with_name("workloads.py")


@dataclass(slots=True)
class Tally:
    cuts: int = 0
    corrupt: int = 0
    lost: int = 0
    operations: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, verdict: verdicts.Verdict, where: str) -> None:
        self.cuts += 1
        self.corrupt += verdict.kind == "corrupt"
        self.lost += verdict.kind == "lost"
        if verdict.kind and len(self.examples) < 10:
            self.examples.append(f"{where}: {verdict.kind}: {verdict.why}")


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder in memory, where it can be had."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="tillside-powercut-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def cut(workload: str, cuts: int, seed: int, folder: Path) -> Tally:
    """Run one workload in `folder`, cut the power so many times and count what was found."""
    chance = random.Random(f"{seed} {workload}")
    material = folder / "material"
    if not material.exists():
        material.mkdir()
        workloads.prepare(material)
    state = folder / workload / "state"
    state.mkdir(parents=True)
    promised: list[list[object]] = []
    if workload == "edge_again":
        promised = _cut_before(state, seed, folder)
    before = disk.Disk(state)
    done = disk.run([_PROGRAM, workload, state, material], state, folder / f"{workload}.log")
    moments = sorted(chance.randrange(len(done) + 1) for _ in range(cuts))
    tally = Tally(operations=len(done))
    for place in range(len(done) + 1):
        for number in range(bisect.bisect_left(moments, place), bisect.bisect_right(moments, place)):
            found = folder / workload / "found"
            before.cut(random.Random(f"{seed} {workload} {number}"), found)
            verdict = verdicts.judge(workload, found, promised, material)
            tally.add(verdict, f"{workload}, cut {number} before operation {place} of {len(done)}")
        if place < len(done):
            before.take(done[place])
            if done[place].kind == "K":
                promised.append(json.loads(done[place].content))
    shutil.rmtree(folder / workload)
    return tally


def _cut_before(state: Path, seed: int, folder: Path) -> list[list[object]]:
    """Leave in `state` what a cut in the midst of `edge_small` does; what had been promised by then."""
    first = folder / "before"
    first.mkdir()
    done = disk.run([_PROGRAM, "edge_small", first, folder], first, folder / "before.log")
    shutil.rmtree(first)
    under = disk.Disk()
    for operation in done[: len(done) * 2 // 3]:
        under.take(operation)
    under.cut(random.Random(f"{seed} before"), state)
    return [json.loads(operation.content) for operation in done[: len(done) * 2 // 3] if operation.kind == "K"]


@click.command()
@click.option("--cuts", type=click.IntRange(1), default=20_000, show_default=True, help="How often the power is cut.")
@click.option("--seed", type=int, help="Of an earlier run, to see it again.  [default: a new one]")
@click.option("--workload", "chosen", type=click.Choice(sorted(workloads.WORKLOADS)), multiple=True, help="These only.")
def main(cuts: int, seed: int | None, chosen: tuple[str, ...]) -> None:
    """Cut the power under our own programs and look what is left."""
    seed = random.randrange(2**32) if seed is None else seed
    shares = {name: WORKLOADS.get(name, 1) for name in chosen or WORKLOADS}
    print(f"powercut: seed {seed}")
    total: Counter[str] = Counter()
    left, weight = cuts, sum(shares.values())
    with workshop() as folder:
        for name, share in shares.items():
            mine = left * share // weight
            left, weight = left - mine, weight - share
            began = time.monotonic()
            tally = cut(name, mine, seed, folder)
            rate = tally.cuts / (time.monotonic() - began)
            print(
                f"powercut: {name}: {tally.operations} operations, cuts {tally.cuts}, corrupt {tally.corrupt}, "
                f"lost {tally.lost}, {rate:.0f} cuts/s",
                flush=True,
            )
            print("\n".join(tally.examples), end="\n" if tally.examples else "", file=sys.stderr)
            total.update(cuts=tally.cuts, corrupt=tally.corrupt, lost=tally.lost)
    print(f"powercut: cuts {total['cuts']}, corrupt {total['corrupt']}, lost {total['lost']}")
    sys.exit(bool(total["corrupt"] or total["lost"]))


if __name__ == "__main__":
    main()
