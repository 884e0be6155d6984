"""Weights to an ONNX graph that answers one basket: the interface is written in `device.bundle`.

Plain operators of opset 18, constants inside the file. With no token at all the scores are the intercept: what sells most.

    row      = Gather(values, ids)                      int8[n, width], of the whole table or of lists
    earned   = weights * Gather(scale, ids)             float32[n]
    scores   = earned x row (MatMul)  or  ScatterElements(add) of earned * row at the listed items
             + intercept + item_bias + what remembered receipts vote (`model_export.graph_memory`)
    items, scores = TopK(scores, k)
    contributions = earned * (row at the chosen items) + votes     float32[n, k]

Where trees look at the best again, `model_export.graph_rerank` stands before the last TopK.

Where receipts without a card have rows of their own (`model_export.ranking`), the rows of both are gathered: of a question that
holds `shopper=none` all others are the empty one, and of any other question no token is put to theirs. Intercept and votes too.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, assert_never

import numpy as np
import onnx
from onnx import TensorProto, helper

from model_export.graph_builder import Builder, narrowed
from model_export.graph_memory import NoCard, reasons, recall
from model_export.graph_rerank import ML, ML_OPSET, Scored, reordered
from model_export.quantise import Listed, Whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from model_export.memory import Remembered
    from model_export.ranking import Strangers
    from model_export.rerank import Rerank

OPSET: Final = 18
IR_VERSION: Final = 10
"""Both are older than they could be, so that a register's ONNX Runtime need not be the newest."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the weights stand in.

    `intercept` float32[items]; `learnt` int64[rows], the token of each row; how many `tokens` there are; the receipts that vote;
    how receipts without a card are answered; what puts the best in another order.
    """

    intercept: NDArray[np.float32]
    learnt: NDArray[np.int64]
    tokens: int
    remembered: Remembered | None = None
    strangers: Strangers | None = None
    rerank: Rerank | None = None


def graph(parts: Sequence[Whole | Listed], frame: Frame, own_parts: Sequence[Whole | Listed] = ()) -> bytes:
    """The sum of the `parts` is the table: int8 for a register, or the weights as they were solved, to compare with.

    `own_parts`: of the table that receipts without a card have.
    """
    build = Builder()
    items = len(frame.intercept)
    ids, tokens, own = "token_ids", frame.tokens, None
    if frame.strangers is None:
        intercept = build.constant("intercept", frame.intercept)
    else:
        own = _no_card(build, frame.strangers, tokens)
        ids, tokens = own.ids, 2 * tokens
        both = build.constant("intercepts", np.stack([frame.intercept, frame.strangers.weights.intercept]))
        chosen = build.add("Gather", [both, own.which], "intercept_row")
        intercept = build.add("Squeeze", [chosen, build.number(0)], "intercept")
    # What comes in another order is looked at as the model scores it, and biased then.
    scores = intercept if frame.rerank is not None else build.add("Add", [intercept, "item_bias"], "prior")
    asked = _Asked(ids, "token_weights", build.add("Shape", ["token_ids"], "n"))
    rows = _rows(build, "part", parts, asked, frame.learnt, tokens, items)
    if frame.strangers is not None and own is not None:
        theirs = _theirs(build, own)
        rows += _rows(build, "own_part", own_parts, theirs, frame.strangers.weights.learnt, frame.tokens, items)
    for row in rows:
        scores = _scored(build, row, scores)
    found = None
    if frame.remembered is not None:
        found = recall(build, frame.remembered.memory, frame.remembered.asking, items, own)
        scores = build.add("Add", [scores, found.votes], "scores_and_votes")
    listed = any(isinstance(row.part, Listed) for row in rows)
    if frame.rerank is not None:

        def earned_by(places: str, count: int, prefix: str) -> str:
            chosen = _Chosen(places, build.number(count), prefix, count)
            slots = _slots(build, items, chosen) if listed else ""
            return build.add("Sum", [_reason(build, row, chosen, slots) for row in rows], prefix + "earned")

        scored = Scored(scores, intercept, "" if found is None else found.votes)
        scores = reordered(build, frame.rerank, scored, earned_by, items, "" if own is None else own.which)
    build.top(scores, "k", "scores", "items")
    answered = _Chosen("items", "k", "")
    slots = _slots(build, items, answered) if listed or frame.remembered is not None else ""
    told = [_reason(build, row, answered, slots) for row in rows]
    if found is not None:
        told.append(reasons(build, found, slots))
    build.add("Sum", told, "contributions")
    return _model(build, items)


def _no_card(build: Builder, strangers: Strangers, tokens: int) -> NoCard:
    same = build.add("Equal", ["token_ids", build.number(strangers.token)], "is_no_card")
    same = build.add("Cast", [same], "is_no_card_number", to=TensorProto.INT64)
    which = build.add("ReduceSum", [same], "no_card", keepdims=1)
    ids = build.add("Add", ["token_ids", build.add("Mul", [which, build.number(tokens)], "shift")], "own_ids")
    return NoCard(which, ids, strangers.asking)


def _theirs(build: Builder, own: NoCard) -> _Asked:
    """All tokens of a question without a card, none of any other."""
    count = build.add("Mul", ["n", own.which], "own_n")
    ids, weights = (build.add("Slice", [name, build.number(0), count], f"own_{name}") for name in ("token_ids", "token_weights"))
    return _Asked(ids, weights, count)


def _rows(
    build: Builder,
    prefix: str,
    parts: Sequence[Whole | Listed],
    asked: _Asked,
    learnt: NDArray[np.int64],
    tokens: int,
    items: int,
) -> list[_Row]:
    """`learnt` int64[rows]: the token of each row, of so many `tokens`."""
    if tokens > len(learnt):
        # Tokens that nothing was learnt from share the last row, which is empty.
        row_of_token = np.full(tokens, len(learnt), np.int64)
        row_of_token[learnt] = np.arange(len(learnt))
        name = build.constant(f"{prefix}_row_of_token", row_of_token)
        asked = replace(asked, ids=build.add("Gather", [name, asked.ids], f"{prefix}_rows"))
        parts = [_with_empty_row(part) for part in parts]
    return [_row(build, f"{prefix}{number}_", part, asked, items) for number, part in enumerate(parts)]


def _with_empty_row(part: Whole | Listed) -> Whole | Listed:
    added = {
        field.name: np.concatenate([value, np.zeros_like(value[:1])])
        for field in fields(part)
        if (value := getattr(part, field.name)) is not None
    }
    return type(part)(**added)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Names of the tokens that are asked about, or of their rows, of their weights, and of how many they are: [count] and [1]."""

    ids: str
    weights: str
    count: str


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Names of the items that reasons are wanted of, int64[k], and of their number, int64[1]; `most`: that number, if known."""

    items: str
    count: str
    prefix: str
    most: int | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """Names of what was gathered for the tokens asked about: `values` float[count, width], `earned` float[count, 1]."""

    prefix: str
    part: Whole | Listed
    count: str
    values: str
    earned: str
    places: str = ""
    """int32[n, width]: the items of the cells, where not all items are there."""


def _row(build: Builder, prefix: str, part: Whole | Listed, asked: _Asked, items: int) -> _Row:
    ids, earned = asked.ids, asked.weights
    values = build.add("Gather", [build.constant(prefix + "values", part.values), ids], prefix + "bytes")
    if part.scale is not None:
        values = build.add("Cast", [values], prefix + "row", to=TensorProto.FLOAT)
        scale = build.add("Gather", [build.constant(prefix + "scale", part.scale), ids], prefix + "token_scale")
        earned = build.add("Mul", [scale, earned], prefix + "weight")
    places = ""
    if isinstance(part, Listed):
        narrow = build.constant(prefix + "items", narrowed(part.items, items))
        places = build.add("Gather", [narrow, ids], prefix + "places_narrow")
        places = build.add("Cast", [places], prefix + "places", to=TensorProto.INT32)
    earned = build.add("Unsqueeze", [earned, build.number(1)], prefix + "earned")
    return _Row(prefix, part, asked.count, values, earned, places)


def _scored(build: Builder, row: _Row, scores: str) -> str:
    prefix = row.prefix
    match row.part:
        case Whole():
            line = build.add("Transpose", [row.earned], prefix + "line", perm=[1, 0])
            product = build.add("MatMul", [line, row.values], prefix + "product")
            return build.add("Add", [scores, build.add("Squeeze", [product, build.number(0)], prefix + "sum")], prefix + "scores")
        case Listed():
            cells = build.add("Mul", [row.values, row.earned], prefix + "cells")
            # The length is computed because a shape of -1 is refused where there are no tokens.
            length = build.add("Unsqueeze", [build.add("Size", [cells], prefix + "size"), build.number(0)], prefix + "length")
            places = build.add("Reshape", [row.places, length], prefix + "flat_places")
            flat = build.add("Reshape", [cells, length], prefix + "flat_cells")
            inputs = [scores, places, flat]
            return build.add("ScatterElements", inputs, prefix + "scores", axis=0, reduction="add")
        case _:
            assert_never(row.part)


def _reason(build: Builder, row: _Row, wanted: _Chosen, slots: str) -> str:
    """float32[n, k]: what each token's row says of the chosen items."""
    prefix = wanted.prefix + row.prefix
    match row.part:
        case Whole():
            chosen = build.add("Gather", [row.values, wanted.items], prefix + "chosen", axis=1)
        case Listed():
            end = f"{wanted.prefix}slots"
            slot = build.taken(slots, row.prefix + "flat_places", prefix + "flat_slot")
            slot = build.add("Reshape", [slot, build.add("Shape", [row.places], prefix + "cells_shape")], prefix + "slot")
            empty = build.add(
                "Expand", [build.real(0.0), build.add("Concat", [row.count, end], prefix + "shape", axis=0)], prefix + "empty"
            )
            inputs = [empty, slot, row.values]
            every = build.add("ScatterElements", inputs, prefix + "slotted", axis=1, reduction="add")
            chosen = build.add("Slice", [every, build.number(1), end, build.number(1)], prefix + "chosen")
        case _:
            assert_never(row.part)
    earned = build.add("Mul", [chosen, row.earned], prefix + "contributions")
    if row.count == "n":
        return earned
    # Of other questions nothing was gathered, and yet each token has its line.
    missing = build.add(
        "Concat", [build.add("Sub", ["n", row.count], prefix + "missing"), wanted.count], prefix + "rest_shape", axis=0
    )
    rest = build.filled(missing, prefix + "rest", np.zeros(1, np.float32))
    return build.add("Concat", [earned, rest], prefix + "every_contribution", axis=0)


def _slots(build: Builder, items: int, wanted: _Chosen) -> str:
    """int32[items]: 1 to k for the chosen items in their order, 0 for all others."""
    prefix = wanted.prefix
    none = build.nothing(items, prefix + "no_slot", np.int32)
    end = build.add("Add", [wanted.count, build.number(1)], prefix + "slots")
    if wanted.most is None:
        end = build.add("Squeeze", [end], prefix + "slots_end")
        numbers = build.add("Range", [build.scalar(1), end, build.scalar(1)], prefix + "wide_numbers")
        numbers = build.add("Cast", [numbers], prefix + "numbers", to=TensorProto.INT32)
    else:
        numbers = build.constant(prefix + "numbers", np.arange(1, wanted.most + 1, dtype=np.int32))
    return build.add("ScatterElements", [none, wanted.items, numbers], prefix + "slot_of_item", axis=0)


def _model(build: Builder, items: int) -> bytes:
    inputs = [
        helper.make_tensor_value_info("token_ids", TensorProto.INT64, ["n"]),
        helper.make_tensor_value_info("token_weights", TensorProto.FLOAT, ["n"]),
        helper.make_tensor_value_info("item_bias", TensorProto.FLOAT, [items]),
        helper.make_tensor_value_info("k", TensorProto.INT64, [1]),
    ]
    outputs = [
        helper.make_tensor_value_info("items", TensorProto.INT64, ["answers"]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["answers"]),
        helper.make_tensor_value_info("contributions", TensorProto.FLOAT, ["n", "answers"]),
    ]
    graph = helper.make_graph(build.nodes, "what_goes_with_it", inputs, outputs, list(build.constants.values()))
    opsets = [helper.make_opsetid("", OPSET)]
    if any(node.domain == ML for node in build.nodes):
        opsets.append(helper.make_opsetid(ML, ML_OPSET))
    model = helper.make_model(graph, opset_imports=opsets, producer_name="tillside")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised
