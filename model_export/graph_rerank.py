"""The part of the graph that looks at the best candidates again: `model_export.rerank` and `.candidates` in plain operators.

candidate = TopK(scores + item_bias, 64), forbidden ones among them only where nothing else is left
told      = what `candidates.FEATURES` names                        float32[candidates, features]
order     = TopK(TreeEnsembleRegressor(told))                       of ai.onnx.ml, the standard's operators for trees
scores    = the candidates' scores, the highest to the first of that order, + item_bias
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from onnx import TensorProto, helper

from model_export.candidates import CANDIDATES, FEATURES, LEAST_BEST, ONLY_ITEM, ONLY_KNOWN, Blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_export.graph_builder import Builder
    from model_export.rerank import Rerank
    from model_export.trees import Trees

ML: Final = "ai.onnx.ml"
ML_OPSET: Final = 3
_LINES: Final = (2, 3, 4)
"""Features that a block of tokens adds."""


@dataclass(frozen=True, slots=True)
class Scored:
    """By name: `scores` float32[items] before any bias, of which `intercept` and `votes` ("" where none vote) are parts."""

    scores: str
    intercept: str
    votes: str


def reordered(
    build: Builder, rerank: Rerank, scored: Scored, earned_by: Callable[[str, int, str], str], items: int, no_card: str
) -> str:
    """Name of the scores float32[items] in their new order, bias and all.

    `earned_by(places, count, prefix)` writes float32[n, count]: what each token earned the items at `places`, votes left out.
    `no_card`: of a question that is answered by other rows, which stay in their order, 1 in int64[1]; "" where there are none.
    """
    count = min(CANDIDATES, items)
    most = build.number(count)
    biased = build.add("Add", [scored.scores, "item_bias"], "biased")
    _, place = build.top(biased, most, "first_best", "candidate_found")
    bias = build.taken("item_bias", place, "candidate_bias")
    allowed = build.add("Greater", [bias, build.real(float(np.finfo(np.float32).min))], "candidate_allowed")
    score = build.taken(scored.scores, place, "candidate_score")
    told = _told(build, rerank, scored, earned_by(place, count, "candidate_"), (place, score, allowed), count)
    trees = ensemble(build, rerank.trees, told)
    said = build.add("Reshape", [trees, most], "candidate_said")
    if no_card:
        said = build.add(
            "Where", [build.add("Cast", [no_card], "keeps_order", to=TensorProto.BOOL), score, said], "candidate_order"
        )
    least = build.real(float("-inf"))
    _, order = build.top(build.add("Where", [allowed, said, least], "allowed_said"), most, "said_best", "new_order")
    falling, _ = build.top(build.add("Where", [allowed, score, least], "allowed_score"), most, "falling", "falling_place")
    first = build.add("GatherElements", [place, order], "placed_anew", axis=0)
    lifted = build.add("Add", [falling, build.taken("item_bias", first, "bias_anew")], "score_anew")
    return build.add("ScatterElements", [biased, first, lifted], "scores_anew", axis=0)


def _told(build: Builder, rerank: Rerank, scored: Scored, earned: str, found: tuple[str, str, str], count: int) -> str:
    """float32[candidates, features]"""
    place, score, allowed = found
    nothing = build.real(0.0)
    rows = _by_blocks(build, rerank.blocks, earned, place)
    score = build.add("Where", [allowed, score, nothing], "told_score")
    best = build.add(
        "ReduceMax", [build.add("Where", [allowed, score, build.real(float("-inf"))], "told_allowed")], "told_best", keepdims=1
    )
    best = build.add(
        "Where",
        [build.add("Greater", [best, build.real(float(np.finfo(np.float32).min))], "any_allowed"), best, nothing],
        "told_top",
    )
    gap = build.add("Div", [score, build.add("Max", [best, build.real(LEAST_BEST)], "told_divisor")], "told_gap")
    rows["items"] = build.add("Add", [rows["items"], build.taken(scored.intercept, place, "candidate_intercept")], "told_items")
    if scored.votes:
        rows["votes"] = build.taken(scored.votes, place, "candidate_votes")
    else:
        rows["votes"] = build.constant("no_candidates", np.zeros(count, np.float32))
    rows |= {
        "score": score,
        "gap": gap,
        "best": best,
        "sum": build.add("ReduceSum", [score], "told_sum", keepdims=1),
    }
    traits = build.add("Gather", [build.constant("traits", rerank.traits), place], "candidate_traits")
    lines = FEATURES[: len(FEATURES) - rerank.traits.shape[1]]
    width = build.number(count)
    told = [
        build.add(
            "Unsqueeze", [build.add("Expand", [rows[line], width], f"told_{line}_each"), build.number(1)], f"told_{line}_column"
        )
        for line in lines
    ]
    return build.add("Concat", [*told, traits], "told_of_candidates", axis=1)


def _by_blocks(build: Builder, blocks: Blocks, earned: str, place: str) -> dict[str, str]:
    """What tokens say, by feature; `earned` float32[n, candidates]."""
    part = build.add("Gather", [build.constant("part_of_token", blocks.part), "token_ids"], "parts")
    sums = build.add("MatMul", [build.add("Transpose", [part], "parts_across", perm=[1, 0]), earned], "part_sums")
    rows = {
        line: build.add(
            "Squeeze",
            [build.add("Gather", [sums, build.number(block)], f"sum_{line}_row", axis=0), build.number(0)],
            f"sum_{line}",
        )
        for block, line in enumerate(("items", "context", "history"))
    }
    alone = build.add("Gather", [part, build.number(ONLY_ITEM)], "is_item", axis=1)
    known = build.add("Gather", [part, build.number(ONLY_KNOWN)], "is_known", axis=1)
    known = build.add("Mul", [build.add("Squeeze", [known, build.number(1)], "is_known_line"), "token_weights"], "known_weights")
    said = build.add("Mul", [earned, alone], "said_by_items")
    # Two lines of nothing, for a basket of fewer items.
    width = build.add("Shape", [place], "candidate_count")
    pad = build.filled(build.add("Concat", [build.number(2), width], "pad_shape", axis=0), "pad", np.zeros(1, np.float32))
    said = build.add("Concat", [said, pad], "said_and_nothing", axis=0)
    build.nodes.append(helper.make_node("TopK", [said, build.number(2)], ["two_best", "two_best_places"], "two_best", axis=0))
    for line, row in (("strongest", 0), ("second", 1)):
        chosen = build.add("Gather", ["two_best", build.number(row)], f"{line}_row", axis=0)
        rows[line] = build.add("Squeeze", [chosen, build.number(0)], line)
    rows["weakest"] = build.add("ReduceMin", [said, build.number(0)], "weakest", keepdims=0)
    rows["size"] = build.add(
        "ReduceSum", [build.add("Squeeze", [alone, build.number(1)], "is_item_line")], "basket_size", keepdims=1
    )
    rows["known"] = build.add("ReduceSum", [known], "known", keepdims=1)
    had = build.add("Gather", [build.constant("had_of_token", blocks.had), "token_ids"], "had_items")
    column = build.add("Unsqueeze", [had, build.number(1)], "had_column")
    across = build.add("Unsqueeze", [place, build.number(0)], "candidates_across")
    same = build.add("Cast", [build.add("Equal", [column, across], "had_same")], "had_same_number", to=TensorProto.FLOAT)
    weight = build.add("Unsqueeze", ["token_weights", build.number(1)], "weight_column")
    rows["had"] = build.add("ReduceSum", [build.add("Mul", [same, weight], "had_cells"), build.number(0)], "had", keepdims=0)
    return rows


def ensemble(build: Builder, trees: Trees, told: str) -> str:
    """float32[candidates, 1]"""
    tree, node, feature, mode, value, below, above = [], [], [], [], [], [], []
    at: dict[str, list[float | int]] = {"trees": [], "nodes": [], "weights": []}
    for number, (features, thresholds, left, right, leaves) in enumerate(
        zip(trees.feature, trees.threshold, trees.left, trees.right, trees.value, strict=True)
    ):
        inner = len(features)
        for place in range(inner + len(leaves)):
            leaf = place >= inner
            tree.append(number)
            node.append(place)
            feature.append(0 if leaf else int(features[place]))
            mode.append("LEAF" if leaf else "BRANCH_LEQ")
            value.append(0.0 if leaf else float(thresholds[place]))
            below.append(0 if leaf else _node(int(left[place]), inner))
            above.append(0 if leaf else _node(int(right[place]), inner))
            if leaf:
                at["trees"].append(number)
                at["nodes"].append(place)
                at["weights"].append(float(leaves[place - inner]))
    build.nodes.append(
        helper.make_node(
            "TreeEnsembleRegressor",
            [told],
            ["trees_say"],
            "trees_say",
            domain=ML,
            n_targets=1,
            nodes_treeids=tree,
            nodes_nodeids=node,
            nodes_featureids=feature,
            nodes_modes=mode,
            nodes_values=value,
            nodes_truenodeids=below,
            nodes_falsenodeids=above,
            target_treeids=at["trees"],
            target_nodeids=at["nodes"],
            target_ids=[0] * len(at["nodes"]),
            target_weights=at["weights"],
        )
    )
    return "trees_say"


def _node(child: int, inner: int) -> int:
    """Leaves are numbered behind the inner nodes."""
    return child if child >= 0 else inner + ~child
