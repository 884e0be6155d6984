"""Simulated experiments of known truth, looked at every day for four weeks: bench worth [experiments [processes]].

How often an interval failed to cover the truth at any look, how often a true zero was called an effect at any look (and how often
an ordinary interval looked at as often would have), and how often a true effect was found.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import figures
from fakes.played_chain import Chain
from fakes.proof import Seen, looked_at_daily
from scipy.stats import binomtest

NAMES = ("conversion", "items", "receipt", "till")
PLANNED = 8_400.0


def share(what: str, hits: int, of: int) -> None:
    low, high = binomtest(hits, of).proportion_ci()
    figures.note(f"{what:64} {hits:5} of {of} = {hits / of:7.2%}   (95 % of it: {low:.2%} to {high:.2%})")


def main(experiments: int, processes: int) -> None:
    for uplift, told in ((1.0, "a true effect"), (0.0, "no effect at all")):
        began = time.monotonic()
        chain = Chain(uplift=uplift)
        ask = partial(looked_at_daily, chain, names=NAMES, planned=PLANNED)
        with ProcessPoolExecutor(processes) as pool:
            seen: list[dict[str, Seen]] = list(pool.map(ask, range(experiments), chunksize=10))
        looks = sum(one[NAMES[0]].looks for one in seen)
        figures.note(f"\n{told}: {experiments} experiments, {looks} looks, {time.monotonic() - began:.0f} s")
        for name in NAMES:
            share(f"{name}: truth within the interval at every look", sum(not one[name].missed for one in seen), experiments)
            share(f"{name}: called an effect at some look", sum(one[name].called for one in seen), experiments)
            if not uplift:
                share(f"{name}: an ordinary interval would have, at some look", sum(one[name].once for one in seen), experiments)
    figures.load()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 2)
