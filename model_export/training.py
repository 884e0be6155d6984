"""The order of the day: history -> counts -> knobs -> weights -> int8 graph -> proof -> bundle.

`fit` makes a proven model of any receipts (evaluation calls it with the first nine tenths); `make_bundle` adds what else a
register needs and writes the file. No clock and no file is read here: the same arguments make the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from device import bundle
from device.catalogue import Item
from device.domain import Sku
from device.tokens import Vocabulary
from model_export.choose import MOST_QUESTIONS, VALIDATION_SHARE, Choice, choose
from model_export.counting import Counting, tally
from model_export.days import Refreshed
from model_export.encoding import profiles_of, vocabulary_of
from model_export.graph import int8_graph
from model_export.history import NOBODY, History
from model_export.prove import MOST_QUESTIONS as MOST_PROVED
from model_export.prove import Proof, accept, golden, prove
from model_export.quantise import LARGE_PACKINGS, MOST_WHOLE_CELLS, PACKINGS, Packing, cut, quantise
from model_export.questions import Questions, ask
from model_export.solve import Weights, neutral, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

HISTORY_DECAY: Final = 0.95
"""Per receipt of the same shopper. Validation on lgsr_5k, NDCG@10: 1 .187, .98 .194, .95 .195, .9 .193; uci does not mind."""
BEST_SELLERS: Final = 50
BY_DEFAULT: Final = Counting()

Progress = Callable[[str, float], None]
"""Hears what is being done, and which share of all work is behind it (0 to 1)."""


def silent(what: str, share: float) -> None:
    """For callers that show nothing."""
    del what, share


@dataclass(frozen=True, slots=True)
class Model:
    vocabulary: Vocabulary
    choice: Choice
    graph: bytes
    packing: Packing
    proof: Proof
    held: Questions
    days: Refreshed | None
    """What became of the stored counts of days."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What goes into the bundle beside the model."""

    catalogue: Sequence[Item]
    pictures: Mapping[str, bytes]
    currency: str
    made_at: str
    """ISO 8601 in UTC."""


def fit(history: History, seed: int, progress: Progress = silent, counting: Counting = BY_DEFAULT) -> Model:
    """A proven model of all receipts of `history`; TrainingError when it cannot be made."""
    if not history.timed:
        history = history.shuffled(seed)
    progress("reading tokens", 0.0)
    vocabulary = vocabulary_of(history)
    split = len(history) - int(len(history) * VALIDATION_SHARE)
    with tally(history, vocabulary, HISTORY_DECAY, counting) as counted:
        progress("counting", 0.1)
        counts = counted.counts(0, split)
        late = range(split, len(history))
        held = ask(history, vocabulary, HISTORY_DECAY, late, MOST_QUESTIONS, seed)
        progress("choosing", 0.2)
        choice = choose(counts, vocabulary, held, lambda share: progress("choosing", 0.2 + 0.5 * share))
        progress("counting", 0.65)
        counts.add(counted.counts(split, len(history)))
    progress("solving", 0.7)
    weights = neutral(solve(counts, choice.ridges.of_tokens(vocabulary), vocabulary.items), counts, vocabulary)
    del counts
    proved = ask(history, vocabulary, HISTORY_DECAY, late, MOST_PROVED, seed)
    progress("packing and proving", 0.8)
    graph, packing, proof = _packed(weights, vocabulary, proved)
    accept(proof)
    return Model(vocabulary, choice, graph, packing, proof, proved, counted.refreshed)


@dataclass(frozen=True, slots=True)
class Made:
    manifest: bundle.Manifest
    model: Model
    profiles: int


def make_bundle(
    history: History, extras: Extras, out: Path, seed: int, progress: Progress = silent, counting: Counting = BY_DEFAULT
) -> Made:
    """Train and write `out`, whole or not at all."""
    model = fit(history, seed, progress, counting)
    progress("writing", 0.95)
    last = str(np.nanmax(history.at).astype("datetime64[s]")) if history.timed else ""
    ridges = model.choice.ridges
    profiles = profiles_of(history, model.vocabulary, HISTORY_DECAY)
    contents = bundle.Contents(
        model=model.graph,
        vocabulary=model.vocabulary,
        catalogue=extras.catalogue,
        golden=golden(model.graph, model.vocabulary, model.held),
        best_sellers=best_sellers(history),
        profiles=profiles,
        pictures=extras.pictures,
        made_at=extras.made_at,
        currency=extras.currency,
        receipts=len(history),
        last_receipt=last,
        history_decay=HISTORY_DECAY,
        notes={
            "seed": str(seed),
            "ridges": f"item {ridges.item:g}, context {ridges.context:g}, history {ridges.history:g}",
            "solves compared": str(model.choice.tried),
            "validation NDCG@10": f"{model.choice.gain:.4f}",
            "weights per token": f"{model.packing.keep or 'all'}, {model.packing.spikes or 'all'} of them twice",
            "same top four in int8": f"{model.proof.same:.4f} of {model.proof.questions}",
        },
    )
    manifest = bundle.write(out, contents)
    progress("done", 1.0)
    return Made(manifest, model, len(profiles))


def best_sellers(history: History) -> dict[str, list[str]]:
    """SKUs by the number of receipts that hold them; a store's own list is filled up with the chain's."""
    whole = _ranked(np.bincount(history.item, minlength=len(history.skus)), history)
    found: dict[str, list[str]] = {"": [*whole[:BEST_SELLERS]]}
    store_of_line = np.repeat(history.store, history.sizes)
    order = np.argsort(store_of_line, kind="stable")
    order = order[store_of_line[order] != NOBODY]
    if len(order):
        for lines in np.split(order, np.flatnonzero(np.diff(store_of_line[order])) + 1):
            own = _ranked(np.bincount(history.item[lines], minlength=len(history.skus)), history)
            found[history.stores[store_of_line[lines[0]]]] = list[str](dict.fromkeys([*own, *whole]))[:BEST_SELLERS]
    return found


def _ranked(counts: NDArray[np.int64], history: History) -> list[Sku]:
    sold = np.flatnonzero(counts)
    few = sold[np.argsort(-counts[sold], kind="stable")][: 4 * BEST_SELLERS]
    return [history.skus[code] for code in sorted(few, key=lambda code: (-counts[code], history.skus[code]))]


def _packed(weights: Weights, vocabulary: Vocabulary, held: Questions) -> tuple[bytes, Packing, Proof]:
    """The smallest graph that passes the proof, or the last one tried."""
    for packing in PACKINGS if weights.table.size <= MOST_WHOLE_CELLS else LARGE_PACKINGS:
        kept = Weights(cut(weights.table, packing.keep), weights.intercept)
        graph = int8_graph(quantise(kept.table, packing), kept.intercept)
        proof = prove(weights, kept, graph, vocabulary, held)
        if not proof.faults:
            break
    return graph, packing, proof
