"""The part of the graph that remembers receipts: `model_export.memory` in plain operators.

    asked        = the strongest of token_weights * ask[token_ids]                       float32[q]
    member       = every remembered receipt of every asked token, list after list        int32[members]
    near         = closeness * sums over the members, the best of all receipts           float32[neighbours]
    votes        = near ^ power, shared out, added at the items of those receipts        float32[items]

A vote is earned by the tokens that brought its receipt near, each by its part of the nearness: that makes the contributions.
Ties are settled by place in memory, sums are made in a fixed order: every processor finds the same neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from model_export.graph_builder import BLOCK, narrowed
from model_export.memory import Asking, Memory

if TYPE_CHECKING:
    from model_export.graph_builder import Builder


@dataclass(frozen=True, slots=True)
class NoCard:
    """Of a question without a card, by name: `which` int64[1], 1 when it is one; `ids` of tokens, further down then."""

    which: str
    ids: str
    asking: Asking | None


@dataclass(frozen=True, slots=True)
class Recall:
    """What was found in so many `receipts`, by name: `votes` float32[items], and what reasons are made of."""

    receipts: int
    votes: str
    asked: str
    """int64[q]: places of the asked tokens among all."""
    count: str
    """int64[1]: q"""
    owner: str
    receipt: str
    """int64[members], int32[members]: by which asked token which receipt was found ..."""
    earned: str
    """... and what it shares by that, float32[members]."""
    nearest: str
    weight: str
    """int64, float32 [neighbours]: the receipt, and the strength of its vote."""
    voter: str
    item: str
    """int64[cells] each: which neighbour votes for which item."""
    neighbours: int


def recall(build: Builder, memory: Memory, asking: Asking, items: int, no_card: NoCard | None = None) -> Recall:
    neighbours = min(asking.neighbours, len(memory))
    # Receipts of nothing, near to nobody, fill the last block.
    filled = np.zeros(-len(memory) % BLOCK, np.int64)
    closeness = np.concatenate([memory.closeness, filled.astype(np.float32)])
    ask, ids = memory.ask(asking), "token_ids"
    if no_card is not None:
        without = no_card.asking or replace(asking, share=0.0)
        ask, ids = np.concatenate([ask, memory.ask(without)]), no_card.ids
    every = build.add("Gather", [build.constant("ask", ask), ids], "ask_of_tokens")
    every = build.add("Mul", [every, "token_weights"], "asks")
    count = build.add("Min", [build.add("Shape", ["token_ids"], "tokens"), build.number(memory.strongest)], "asked_count")
    strength, asked = build.top(every, count, "asked_strength", "asked")
    ids = build.add("Gather", ["token_ids", asked], "asked_ids")
    start = build.add("Gather", [build.constant("posting_start", memory.posting_start), ids], "list_start")
    length = build.add("Gather", [build.constant("posting_length", memory.posting_length), ids], "list_length")
    at, owner = build.spread(start, length, "list")
    receipt = build.taken(build.constant("posting", memory.posting), at, "member")
    earned = build.taken(strength, owner, "member_strength")
    # Divided by each receipt's own width once for all receipts: cheaper than looking it up for every member. Nobody asks for what
    # was shared after that, so that it is divided where it stands.
    shared = build.scattered(build.nothing(len(closeness), "nothing_shared", np.float32), receipt, earned, "shared")
    nearness = build.add("Mul", [shared, build.constant("closeness", closeness)], "nearness")
    near, nearest = build.top_of_many(nearness, len(closeness), neighbours, "near")
    width = build.add("Sqrt", [build.add("ReduceSum", [strength], "asked_mass", keepdims=1)], "asked_width")
    width = build.add("Max", [width, build.real(1e-12)], "asked_width_or_little")
    steep = build.add("Pow", [build.add("Div", [near, width], "cosine"), build.real(asking.power)], "steep")
    mass = build.add("Add", [build.add("ReduceSum", [steep], "mass", keepdims=1), build.real(asking.doubt)], "mass_and_doubt")
    if no_card is None:
        share = build.real(asking.share)
    else:
        shares = build.constant("shares", np.array([asking.share, without.share], np.float32))
        share = build.add("Gather", [shares, no_card.which], "share")
    weight = build.add("Div", [build.add("Mul", [steep, share], "loud"), mass], "vote_weight")
    # Narrow, because there are hundreds of thousands; 200 of them are gathered.
    start = build.constant("receipt_start", np.concatenate([memory.start[:-1], filled]).astype(np.int32))
    size = build.constant("receipt_size", np.concatenate([np.diff(memory.start), filled]).astype(np.uint8))
    start = build.add("Cast", [build.taken(start, nearest, "narrow_start")], "held_start", to=TensorProto.INT64)
    size = build.add("Cast", [build.taken(size, nearest, "narrow_size")], "held_size", to=TensorProto.INT64)
    at, voter = build.spread(start, size, "held")
    item = build.taken(build.constant("remembered", narrowed(memory.item, items)), at, "voted_narrow")
    item = build.add("Cast", [item], "voted", to=TensorProto.INT64)
    nothing = build.nothing(items, "no_votes", np.float32)
    votes = build.scattered(nothing, item, build.taken(weight, voter, "vote"), "votes")
    return Recall(len(closeness), votes, asked, count, owner, receipt, earned, nearest, weight, voter, item, neighbours)


def reasons(build: Builder, found: Recall, slot_of_item: str) -> str:
    """float32[n, k]: what each token's neighbours voted for the chosen items."""
    neighbours = build.number(found.neighbours)
    # One byte a receipt, because all of them are written and looked up at random.
    numbers = build.constant("neighbour_numbers", np.arange(1, found.neighbours + 1, dtype=np.uint8))
    nobody = build.nothing(found.receipts, "no_neighbour", np.uint8)
    slots = build.add("ScatterElements", [nobody, found.nearest, numbers], "slot_of_receipt", axis=0)
    slot = build.taken(slots, found.receipt, "member_slot_byte")
    slot = build.add("Cast", [slot], "member_slot", to=TensorProto.INT64)
    brought = build.table(found.count, neighbours, found.owner, slot, found.earned, "brought")
    common = build.add("ReduceSum", [brought, build.number(0)], "nearest_shared", keepdims=0)
    little = build.add("Max", [common, build.real(1e-12)], "shared_or_little")
    share = build.add("Mul", [brought, build.add("Div", [found.weight, little], "vote_of_shared")], "vote_earned")
    column = build.taken(slot_of_item, found.item, "voted_slot_narrow")
    column = build.add("Cast", [column], "voted_slot", to=TensorProto.INT64)
    ones = build.filled(build.add("Shape", [found.item], "voted_count"), "voted_once", np.ones(1, np.float32))
    held = build.table(neighbours, "k", found.voter, column, ones, "held_chosen")
    told = build.add("MatMul", [share, held], "told")
    where = build.add("Unsqueeze", [found.asked, build.number(1)], "asked_column")
    where = build.add("Expand", [where, build.add("Shape", [told], "told_shape")], "told_where")
    shape = build.add("Concat", [build.add("Shape", ["token_ids"], "every_token"), "k"], "told_shape_of_all", axis=0)
    empty = build.filled(shape, "nothing_told", np.zeros(1, np.float32))
    return build.scattered(empty, where, told, "recalled_contributions")
