"""Learning from outcomes beside a known truth: bench learning [sets [processes [receipts]]].

Of so many shops, each with a candidate of its own: how often the 95 % intervals of the three off-policy estimates hold what the
candidate truly earns, how far off their middles are and how wide they are. And what learning from receipts truly adds.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import figures
import numpy as np
from fakes.explored_shop import Shop, judged, learnt
from scipy.stats import binomtest

from model_export.learning.calibration import calibrated, lines


def coverage(sets: int, processes: int, receipts: int, explore: float) -> None:
    began = time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        every = list(pool.map(partial(judged, receipts=receipts, explore=explore), range(0, 10 * sets, 10), chunksize=10))
    found = [one for one in every if one]
    took = time.monotonic() - began
    figures.note(
        f"\n{sets} sets of {receipts} receipts, {explore:.0%} of which explore, {took:.0f} s; "
        f"in {sets - len(found)} sets it is said that nothing can be estimated"
    )
    for key in found[0] if found else ():
        hits = sum(one[key].covered for one in found)
        low, high = binomtest(hits, len(found)).proportion_ci()
        width = np.mean([one[key].width for one in found])
        off = np.mean([one[key].off for one in found])
        figures.note(
            f"{key[0]:<16} {key[1]:<11} covered {hits:5} of {len(found)} = {hits / len(found):6.1%} "
            f"(95 % of it: {low:.1%} to {high:.1%}), width {width:6.2f}, mean error {off:+.3f} per 100 receipts"
        )


def learning(sets: int, processes: int) -> None:
    for receipts in (300, 1_000, 3_000, 10_000):
        with ProcessPoolExecutor(processes) as pool:
            found = list(pool.map(partial(learnt, receipts=receipts), range(50_000, 50_000 + sets), chunksize=5))
        gain = np.array([one.learnt / one.without - 1 for one in found])
        best = np.array([one.best / one.without - 1 for one in found])
        figures.note(
            f"learnt from {receipts:6} receipts: {gain.mean():+.1%} truly taken (worst {gain.min():+.1%}), "
            f"more in {(gain > 0).sum()} of {len(found)} shops; knowing all of the items {best.mean():+.1%}"
        )


def main(sets: int, processes: int, receipts: int) -> None:
    for explore in (0.2, 0.05):
        coverage(sets, processes, receipts, explore)
    figures.note("")
    learning(max(sets // 10, 10), processes)
    shop = Shop(7)
    figures.note("\none shop, 20,000 receipts")
    for line in lines(calibrated(shop.showings(shop.trade(20_000, 8)), shop.categories)):
        figures.note(line)
    figures.load()


if __name__ == "__main__":
    told = [int(word) for word in sys.argv[1:]]
    main(*(told + [1000, 2, 3000][len(told) :]))
