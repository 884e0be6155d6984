"""Receipts as rows of tokens: what `device.tokens.encode` says of one basket, said of all receipts at once.

Every block fills its own columns of one sparse matrix, float32[receipts, tokens], so a new kind of token is one more function
here and its names in `vocabulary_of`; pairs of items follow from the items (`pairing`). The meaning belongs to `device.tokens`;
a test compares the two receipt by receipt.

History is the costly block. `device.tokens.RunningHistory` adds receipt by receipt; here one shopper's receipts are the rows of
a small matrix of growing weights whose running column sums are the same numbers. It is worked off in slices of `_SLICE` receipts,
so that a shopper with ten thousand of them needs no more memory than one with three hundred.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse

from device.errors import TrainingError
from device.tokens import KNOWN, NO_CARD, SHARE_STEPS, Vocabulary, context_tokens, history_token, item_token
from model_export.history import NOBODY, History
from model_export.layout import head_of
from model_export.pairing import with_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SOLD: Final = 5
"""Receipts that must hold an item, or stand in a context, before the model learns from it."""
HISTORY_KEPT: Final = 64
"""Largest shares of a shopper that count."""
_SLICE: Final = 256

Sparse = Any
"""scipy.sparse.csr_array, float32: scipy has no types of its own."""


def vocabulary_of(history: History, least: int = LEAST_SOLD, head: int | None = None) -> Vocabulary:
    """Items by falling popularity (so that equal scores prefer the popular one), then contexts, then histories.

    `head`: of how many items there are history tokens, when not of as many as are learnt from.
    """
    counts = np.bincount(history.item, minlength=len(history.skus))
    sold = sorted(np.flatnonzero(counts >= least), key=lambda code: (-counts[code], history.skus[code]))
    if len(sold) < 2:
        raise TrainingError(
            f"{len(sold)} of {len(history.skus)} items stand on {least} receipts or more, in {len(history)} receipts; "
            "a model needs at least two: bring more receipts"
        )
    seen: dict[str, int] = {}
    for names, receipts in _contexts(history):
        for name in names:
            seen[name] = seen.get(name, 0) + len(receipts)
    items = [history.skus[code] for code in sold]
    # A shopper seen once has no earlier receipt to learn from.
    back = history.timed and bool((np.bincount(history.shopper[history.shopper != NOBODY]) > 1).any())
    contexts = sorted(name for name, count in seen.items() if count >= least)
    past = [KNOWN, *(history_token(sku) for sku in items[: head_of(len(items)) if head is None else head])] if back else []
    return Vocabulary([*(item_token(sku) for sku in items), *contexts, *past], len(items))


def encode_all(
    history: History, vocabulary: Vocabulary, decay: float, rows: NDArray[np.int64] | None = None, *, card_first: bool = True
) -> Sparse:
    """float32[receipts, tokens]; with `rows`, of those receipts only, each with the history it had at its own time.

    `card_first`: a missing card is told, as a register tells it only where `[policy] card_first` is set.
    """
    wanted = np.arange(len(history)) if rows is None else rows
    matrix = item_block(history, vocabulary)[wanted] + context_block(history, vocabulary)[wanted]
    past = history_block(history, vocabulary, decay, wanted)
    if card_first and (token := vocabulary.ids.get(NO_CARD)) is not None:
        alone = np.flatnonzero(history.shopper[wanted] == NOBODY)
        ones = np.ones(len(alone), np.float32)
        matrix = matrix + _matrix(alone, np.full(len(alone), token), ones, len(wanted), len(vocabulary))
    return with_pairs(sparse.csr_array(matrix if past is None else matrix + past), vocabulary)


def between(matrix: Sparse, first: int, last: int) -> Sparse:
    """Receipts `first` to `last - 1` of float32[receipts, tokens], where they lie: a slice would be a copy."""
    begin, end = matrix.indptr[first], matrix.indptr[last]
    told = matrix.data[begin:end], matrix.indices[begin:end], matrix.indptr[first : last + 1] - begin
    return sparse.csr_array(told, shape=(last - first, matrix.shape[1]))


def faded(matrix: Sparse, history: History, vocabulary: Vocabulary, decay: float) -> Sparse:
    """The rows of the first receipts again, float32[receipts, tokens], with histories of another decay."""
    told = sparse.csr_array(matrix[:, : vocabulary.ids[KNOWN]])
    told.resize(matrix.shape)
    return sparse.csr_array(told + history_block(history, vocabulary, decay, np.arange(matrix.shape[0])))


def item_block(history: History, vocabulary: Vocabulary) -> Sparse:
    token = _tokens_of_items(history, vocabulary)[history.item]
    receipt = np.repeat(np.arange(len(history)), history.sizes)[token >= 0]
    token = token[token >= 0]
    return _matrix(receipt, token, np.ones(len(token), np.float32), len(history), len(vocabulary))


def context_block(history: History, vocabulary: Vocabulary) -> Sparse:
    rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for names, receipts in _contexts(history):
        for token in (vocabulary.ids[name] for name in names if name in vocabulary.ids):
            rows.append(receipts)
            columns.append(np.full(len(receipts), token))
    receipt = np.concatenate(rows)
    ones = np.ones(len(receipt), np.float32)
    return _matrix(receipt, np.concatenate(columns), ones, len(history), len(vocabulary))


def history_block(history: History, vocabulary: Vocabulary, decay: float, wanted: NDArray[np.int64]) -> Sparse | None:
    """The rows of the `wanted` receipts, or None when the vocabulary has no history tokens."""
    tokens = np.array([vocabulary.ids.get(history_token(sku), -1) for sku in vocabulary.skus])
    if (tokens < 0).all():
        return None
    model = _tokens_of_items(history, vocabulary)
    by_name = np.empty(vocabulary.items, np.int64)
    by_name[sorted(range(vocabulary.items), key=vocabulary.skus.__getitem__)] = np.arange(vocabulary.items)
    place = np.full(len(history), -1)
    place[wanted] = np.arange(len(wanted))
    rows, columns, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    known = np.zeros(len(wanted), bool)
    for receipts in _of_each_shopper(history):
        if len(receipts) < 2 or (place[receipts] < 0).all():
            continue
        held = [model[history.receipt(int(receipt))] for receipt in receipts]
        for row, items, shares in _running_shares([one[one >= 0] for one in held], by_name, decay, place[receipts] >= 0):
            known[place[receipts[row]]] = True
            said = tokens[items] >= 0
            rows.append(place[receipts[row[said]]])
            columns.append(tokens[items[said]])
            weights.append(shares[said])
    rows.append(np.flatnonzero(known))
    columns.append(np.full(len(rows[-1]), vocabulary.ids[KNOWN]))
    weights.append(np.ones(len(rows[-1]), np.float32))
    return _matrix(np.concatenate(rows), np.concatenate(columns), np.concatenate(weights), len(wanted), len(vocabulary))


def _running_shares(
    held: list[NDArray[np.int64]], by_name: NDArray[np.int64], decay: float, wanted: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
    """Rows, items and shares that each receipt finds when it begins, of one shopper's receipts in order of time."""
    items = np.unique(np.concatenate(held))
    # Equal shares are cut in the order of the SKU, as `RunningHistory.shares` does.
    items = items[np.argsort(by_name[items])]
    column = np.empty(int(items.max(initial=0)) + 1, np.int64)
    column[items] = np.arange(len(items))
    carried, carried_mass = np.zeros(len(items)), 0.0
    for first in range(0, len(held), _SLICE):
        part = held[first : first + _SLICE]
        growth = (1.0 / decay) ** np.arange(len(part))
        weight = np.zeros((len(part) + 1, len(items)))
        weight[0] = carried
        row = np.repeat(np.arange(len(part)), [len(one) for one in part])
        weight[row + 1, column[np.concatenate(part)]] = growth[row]
        weight = np.cumsum(weight, axis=0)
        mass = carried_mass + np.concatenate([[0.0], np.cumsum(growth)])
        begin = np.flatnonzero(wanted[first : first + _SLICE] & (mass[:-1] > 0))
        shares = weight[begin]
        top = np.argsort(-shares, axis=1, kind="stable")[:, :HISTORY_KEPT]
        share = np.take_along_axis(shares, top, axis=1) / mass[begin, None]
        share = np.floor(share * SHARE_STEPS + 0.5) / SHARE_STEPS
        there = share > 0
        yield first + np.repeat(begin, there.sum(axis=1)), items[top[there]], share[there].astype(np.float32)
        shrink = decay ** len(part)
        carried, carried_mass = weight[-1] * shrink, float(mass[-1] * shrink)


def _of_each_shopper(history: History) -> Iterator[NDArray[np.int64]]:
    """The receipts of each shopper in the order of time."""
    order = np.argsort(history.shopper, kind="stable")
    order = order[history.shopper[order] != NOBODY]
    if len(order):
        yield from np.split(order, np.flatnonzero(np.diff(history.shopper[order])) + 1)


def _contexts(history: History) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64]]]:
    """Token names of each distinct hour, weekday and store, with the receipts that share them."""
    hours = history.at.astype("datetime64[h]")
    # Receipts of one hour of one weekday in one store have the same tokens; the epoch began on a Thursday, hour 72 of the week.
    week = np.where(np.isnat(hours), -1, (hours.astype(np.int64) + 72) % 168)
    key = (history.store.astype(np.int64) + 1) * 169 + week + 1
    order = np.argsort(key, kind="stable")
    for receipts in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        store = int(history.store[receipts[0]])
        yield context_tokens(history.local(int(receipts[0])), None if store == NOBODY else history.stores[store]), receipts


def _tokens_of_items(history: History, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """int64[skus]: the token of each of the history's items, -1 where the vocabulary has none."""
    return np.array([vocabulary.ids.get(item_token(sku), -1) for sku in history.skus], np.int64)


def _matrix(rows: NDArray[np.int64], columns: NDArray[np.int64], weights: NDArray[np.float32], height: int, width: int) -> Sparse:
    rows, columns = rows.astype(np.int32), columns.astype(np.int32)
    return sparse.csr_array(sparse.coo_array((weights, (rows, columns)), shape=(height, width)))
