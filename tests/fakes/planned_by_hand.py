"""How many receipts an effect takes, from a folder's lines with nothing but NumPy: what `tillside plan` is held to.

Of its own: what a receipt is, the covariates of the four weeks before, least squares, the formula of the interval (theorem 2.2 of
arXiv 2103.06476 with r by its appendix B.2), and the search for the number of receipts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

ALPHA, POWER = 0.05, 0.8
FEW, SHRINK = 20, 2.0


@dataclass(frozen=True, slots=True)
class ByHand:
    mean: float
    measured: int
    receipts: int
    days: int
    plainly: int
    """Receipts without what was known before."""
    plain_days: int


def by_hand(path: Path, metric: str, effect: float) -> ByHand:
    """`effect`: as a part of the mean of the metric, receipt or items; half of the receipts show suggestions."""
    sales = _sales(path)
    day, y = sales["day"], sales[metric]
    after = day > day.max() - 28
    before = (day > day.max() - 56) & ~after
    usual = _usual(sales["store"], sales["hour"], y, before)
    above = np.zeros(sales["shopper"].max() + 2)
    visits = np.zeros_like(above)
    known = before & (sales["shopper"] >= 0)
    np.add.at(above, sales["shopper"][known], (y - usual)[known])
    np.add.at(visits, sales["shopper"][known], 1)
    personal = np.where(sales["shopper"] >= 0, (above / (visits + SHRINK))[sales["shopper"]], 0.0)
    n = int(after.sum())
    x = np.column_stack([np.ones(n), usual[after], personal[after]])
    left = y[after] - x @ np.linalg.lstsq(x, y[after], rcond=None)[0]
    mean = float(y[after].mean())
    found = [_needed(effect * mean, math.sqrt(float(part @ part) / (n - 1))) for part in (left, y[after] - mean)]
    return ByHand(mean, n, found[0], math.ceil(found[0] / (n / 28)), found[1], math.ceil(found[1] / (n / 28)))


def _sales(path: Path) -> dict[str, NDArray]:
    """One element a receipt; without those of wholesale size and of an extreme total, or of none."""
    lines = pq.read_table(path)
    code = {name: _codes(lines, name) for name in ("receipt_id", "sku", "store", "customer")}
    _, first, receipt = np.unique(
        code["store"] * (code["receipt_id"].max() + 1) + code["receipt_id"], return_index=True, return_inverse=True
    )
    total, pieces = (np.bincount(receipt, lines[name].to_numpy().astype(np.float64)) for name in ("amount", "quantity"))
    items = np.bincount(np.unique(np.column_stack([receipt, code["sku"]]), axis=0)[:, 0]).astype(np.float64)
    at = lines["at"].to_numpy()[first]
    day = at.astype("datetime64[D]").astype(np.int64)
    hour = at.astype("datetime64[h]").astype(np.int64) % 24
    kept = (items <= 100) & (pieces <= 250)
    kept &= (total > 0) & (total <= 50 * np.median(total[kept]))
    told = {"day": day, "hour": hour, "store": code["store"][first], "shopper": code["customer"][first]}
    return {name: column[kept] for name, column in (told | {"receipt": total, "items": items}).items()}


def _codes(lines, name: str) -> NDArray[np.int64]:
    """-1 where it is not known."""
    if name not in lines.column_names:
        return np.full(len(lines), 0 if name == "store" else -1)
    coded = lines[name].combine_chunks().dictionary_encode().indices
    return coded.fill_null(-1).to_numpy().astype(np.int64)


def _usual(store: NDArray, hour: NDArray, y: NDArray, before: NDArray) -> NDArray[np.float64]:
    """For each receipt the mean of before in its store and hour, in its store, or of all: the first of these with enough."""
    mean = np.full(len(y), y[before].mean())
    for place in (store, store * 24 + hour):
        names, at = np.unique(place, return_inverse=True)
        count = np.bincount(at[before], minlength=len(names))
        sums = np.bincount(at[before], y[before], minlength=len(names))
        mean = np.where(count[at] >= FEW, sums[at] / np.maximum(count[at], 1), mean)
    return mean


def _needed(effect: float, deviation: float) -> int:
    """Half of the receipts in either arm: a difference of means has four times the variance of one mean of all."""

    def short(n: float) -> float:
        r = (-2 * math.log(ALPHA) + math.log(1 - 2 * math.log(ALPHA))) / n
        half = deviation * math.sqrt(2 * (n * r + 1) / (n**2 * r) * math.log(math.sqrt(n * r + 1) / ALPHA))
        return half + norm.ppf(POWER) * deviation / math.sqrt(n) - effect / 2

    return math.ceil(brentq(short, 10, 1e12))
