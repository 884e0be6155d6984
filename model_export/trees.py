"""Boosted trees as plain arrays: learnt by LightGBM, answered here and in a graph's `TreeEnsembleRegressor` alike.

LambdaMART: C. Burges, "From RankNet to LambdaRank to LambdaMART: An Overview", Microsoft Research, MSR-TR-2010-82, 2010, as
LightGBM has it (objective `lambdarank`). Thresholds are rounded down to float32, which leaves every comparison of float32 numbers
as it was.
"""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from threading import Event

    from numpy.typing import NDArray

TREES: Final = 120
_LEAVES: Final = 8
_SETTINGS: Final[dict[str, Any]] = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 15,
    "num_leaves": _LEAVES,
    "learning_rate": 0.06,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


@dataclass(frozen=True, slots=True)
class Trees:
    """Node n of tree t asks: is feature `feature[t, n]` at most `threshold[t, n]`? Then `left[t, n]` follows, else `right`.

    All [trees, nodes]; children below 0 are leaves, ~child their place in `value` float32[trees, leaves]. A tree of one leaf
    has a node that leads there either way.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float32]

    def answer(self, told: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32[rows] of `told` float32[rows, features]: the sum of all trees."""
        total = np.zeros(len(told), np.float32)
        row = np.arange(len(told))
        for feature, threshold, left, right, value in zip(
            self.feature, self.threshold, self.left, self.right, self.value, strict=True
        ):
            node = np.zeros(len(told), np.int64)
            while (inner := node >= 0).any():
                at = node[inner]
                below = told[row[inner], feature[at]] <= threshold[at]
                node[inner] = np.where(below, left[at], right[at])
            total += value[~node]
        return total


def learn_trees(told: NDArray[np.float32], right: NDArray[np.int64], seed: int, ended: Event | None = None) -> Trees:
    """`told` float32[questions, candidates, features]; `right` int64[questions]: which candidate was the right one.

    CancelledError at the next tree when what was begun has `ended`: a thread hears no signal.
    """
    # Only training needs it, and it takes a while to import.
    import lightgbm  # noqa: PLC0415

    questions, width, features = told.shape
    label = np.zeros((questions, width), np.int8)
    label[np.arange(questions), right] = 1
    data = lightgbm.Dataset(told.reshape(-1, features), label.ravel(), group=np.full(questions, width))

    def go_on(_: object) -> None:
        if ended is not None and ended.is_set():
            raise CancelledError

    booster = lightgbm.train({**_SETTINGS, "seed": seed}, data, TREES, callbacks=[go_on])
    return _as_arrays([one["tree_structure"] for one in booster.dump_model()["tree_info"]])


def _as_arrays(structures: list[dict[str, Any]]) -> Trees:
    shape = len(structures), _LEAVES - 1
    feature, left, right = np.zeros(shape, np.int64), np.full(shape, ~0), np.full(shape, ~0)
    threshold, value = np.zeros(shape, np.float32), np.zeros((len(structures), _LEAVES), np.float32)

    def child(tree: int, node: dict[str, Any]) -> int:
        if "split_index" not in node:
            leaf = int(node.get("leaf_index", 0))
            value[tree, leaf] = node["leaf_value"]
            return ~leaf
        place = int(node["split_index"])
        feature[tree, place] = node["split_feature"]
        threshold[tree, place] = _rounded_down(float(node["threshold"]))
        left[tree, place], right[tree, place] = child(tree, node["left_child"]), child(tree, node["right_child"])
        return place

    for tree, structure in enumerate(structures):
        child(tree, structure)
    return Trees(feature, threshold, left, right, value)


def _rounded_down(threshold: float) -> np.float32:
    near = np.float32(threshold)
    return near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf))
