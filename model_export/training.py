"""The order of the day: history -> counts -> knobs -> weights -> int8 graph -> proof -> bundle.

`fit` makes a proven model of any receipts (evaluation calls it with the first nine tenths); `make_bundle` adds what else a
register needs and writes the file. No clock and no file is read here: the same arguments make the same bytes on the same machine
with the same number of threads. With another number LAPACK adds in another order, and weights differ in their last digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from device import bundle
from device.catalogue import Item
from device.manifest import Manifest
from device.propensity import Propensity
from device.scoring import Scoring
from device.tokens import NO_CARD, Vocabulary
from model_export import calibration
from model_export.best_sellers import best_sellers
from model_export.budget import afford
from model_export.campaigning import Running
from model_export.choose import Choice, validation_share
from model_export.counting import Counting, tally
from model_export.counts import Counts, recount
from model_export.days import Refreshed
from model_export.encoding import between, encode_all, vocabulary_of
from model_export.fading import HISTORY_DECAY
from model_export.graph import graph
from model_export.history import History
from model_export.knobs import choose_knobs
from model_export.lately import Trend, trend_of, weighed
from model_export.layout import layout_of
from model_export.memory import Asking, Memory, remember
from model_export.packing import frame_of, packed
from model_export.pairing import Paired, frequent
from model_export.propensity import answers, as_document
from model_export.prove import MOST_QUESTIONS as MOST_PROVED
from model_export.prove import Proof, accept, golden
from model_export.quantise import Packing
from model_export.questions import Questions, ask
from model_export.ranking import beside, mixed, voting
from model_export.refit import refit
from model_export.regulars.due import NO_WORTH, Worth
from model_export.regulars.shipped import AS_RECORDED, Shoppers, shipped
from model_export.rerank import Rerank, rerank_of
from model_export.strangers import AS_OTHERS, Chosen, asked_by, count_few, solve_own

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
    worth: Worth = NO_WORTH
    """Of what is due."""
    without: Chosen = AS_OTHERS
    """How receipts without a card are answered."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What goes into the bundle beside the model."""

    catalogue: Sequence[Item]
    pictures: Mapping[str, bytes]
    currency: str
    made_at: str
    """ISO 8601 in UTC."""
    experiment: bytes | None = None
    """The file, see `device.arms`."""
    shoppers: Shoppers = AS_RECORDED
    campaigns: Running | None = None
    acceptance: bytes | None = None
    """The document, see `device.acceptance`."""
    variants: Mapping[str, Scoring] = field(default_factory=dict)
    """The models that arms of the experiment name."""


def fit(history: History, seed: int, progress: Progress = silent, counting: Counting = BY_DEFAULT) -> Model:
    """A proven model of all receipts of `history`; TrainingError when it cannot be made."""
    if not history.timed:
        history = history.shuffled(seed)
    late = _late(history)
    counts, paired, known = _counted(history, late, seed, progress, counting)
    choice, vocabulary = known.choice, known.vocabulary
    progress("solving", 0.7)
    ranking = mixed(weighed(counts, layout_of(vocabulary), choice, known.trend, paired), voting(known.earlier, choice.asking))
    if known.few is not None and (own := known.without.own) is not None:
        rows = solve_own(counts, known.few, layout_of(vocabulary), own)
        asking = None if choice.asking is None else asked_by(own, choice.asking)
        ranking = beside(ranking, rows, vocabulary.ids[NO_CARD], asking)
    ranking = replace(ranking, rerank=known.rerank)
    del counts, paired
    proved = ask(history, vocabulary, choice.fading.decay, late, MOST_PROVED, seed)
    progress("packing and proving", 0.8)
    packing, parts, proof = packed(ranking, vocabulary, proved)
    accept(proof)
    frame = frame_of(replace(ranking, remembered=voting(known.every, choice.asking)), vocabulary)
    model = graph(parts.common, frame, parts.own)
    return Model(vocabulary, choice, model, packing, proof, proved, known.refreshed, known.worth, known.without)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was chosen, in which vocabulary, and the memories: `earlier` ends before the validation receipts."""

    choice: Choice
    vocabulary: Vocabulary
    earlier: Memory
    every: Memory
    refreshed: Refreshed | None
    worth: Worth
    without: Chosen
    few: Counts | None
    """Of receipts without a card, where these have rows of their own."""
    trend: Trend | None
    """Which way the weights lean; None: they stay as they are."""
    rerank: Rerank | None
    """What puts the best in another order; None: nothing does."""


def _counted(
    history: History, late: range, seed: int, progress: Progress, counting: Counting
) -> tuple[Counts, Paired | None, _Known]:
    """What is counted of all receipts, with every knob chosen on the `late` ones. The token rows are let go before the solve."""
    progress("reading tokens", 0.0)
    vocabulary = vocabulary_of(history)
    layout = layout_of(vocabulary)
    progress(f"encoding, {afford(layout, history, by_days=counting.days is not None)}", 0.0)
    matrix = encode_all(history, vocabulary, HISTORY_DECAY)
    split = late.start
    with tally(history, matrix, vocabulary, HISTORY_DECAY, counting) as counted:
        progress("counting", 0.1)
        counts = counted.counts(0, split)
        earlier = remember(between(matrix, 0, split), vocabulary)
        knobs = choose_knobs(history, vocabulary, matrix, late, (counts, earlier), counted.paired, seed, progress)
        choice, matrix = knobs.choice, knobs.matrix
        progress(f"counting, pairs of items {choice.pairs}", 0.65)
        rest = counted.counts(split, len(history))
        if choice.fading.decay != HISTORY_DECAY:
            recount(rest, between(matrix, split, len(history)), layout)
        counts.add(rest)
        paired = counted.paired(frequent(counts, layout, choice.most_pairs), matrix) if choice.most_pairs else None
    if paired is not None:
        vocabulary = paired.pairing.widened(vocabulary)
    few = None
    if knobs.without.own is not None:
        few, vocabulary = count_few(history, matrix, layout), Vocabulary([*vocabulary.names, NO_CARD], vocabulary.items)
    memories = earlier.mute(len(vocabulary)), remember(matrix, vocabulary)
    trend = trend_of(matrix, vocabulary.items, timed=history.timed)
    order = rerank_of(choice.trees, matrix, vocabulary, timed=history.timed)
    chosen = _Known(choice, vocabulary, *memories, counted.refreshed, knobs.worth, knobs.without, few, trend, order)
    return counts, paired, chosen


@dataclass(frozen=True, slots=True)
class Made:
    manifest: Manifest
    model: Model
    profiles: int
    """Shoppers with a history in the bundle."""


def make_bundle(
    history: History, extras: Extras, out: Path, seed: int, progress: Progress = silent, counting: Counting = BY_DEFAULT
) -> Made:
    """Train and write `out`, whole or not at all."""
    campaigns = extras.campaigns
    coupons = campaigns is not None and campaigns.coupons
    model = fit(history, seed, lambda what, share: progress(what, (0.8 if coupons else 1.0) * share), counting)
    propensity = None
    if coupons:
        progress("what is bought without help", 0.8)
        propensity = _propensity(history, model, seed)
    progress("writing", 0.95)
    ridges = model.choice.ridges
    decay = model.choice.fading.decay
    profiles = shipped(history, model.vocabulary, decay, model.worth.worth, extras.shoppers, seed)
    contents = bundle.Contents(
        model=model.graph,
        vocabulary=model.vocabulary,
        catalogue=extras.catalogue,
        golden=golden(model.graph, model.vocabulary, seed),
        best_sellers=best_sellers(history),
        profiles=profiles.beside(extras.shoppers.beside, history.stores, extras.made_at),
        rhythm=profiles.rhythm,
        pictures=extras.pictures if campaigns is None else {**extras.pictures, **campaigns.pictures},
        made_at=extras.made_at,
        currency=extras.currency,
        receipts=len(history),
        last_receipt=history.last,
        history_decay=decay,
        notes={
            "seed": str(seed),
            "ridges": f"item {ridges.item:g}, context {ridges.context:g}, history {ridges.history:g}",
            "pair tokens": model.choice.pairs,
            "receipts without a card": str(model.without),
            "remembered receipts": _asked(model.choice.asking),
            "order of the best": model.choice.order,
            "towards what sells lately": "leaning" if model.choice.leaning else "as all receipts say",
            "ridges compared": str(model.choice.tried),
            "decay of histories": str(model.choice.fading),
            "worth of what is due": str(model.worth),
            "validation NDCG@10": f"{model.choice.gain:.4f}",
            "weights per token": f"{model.packing.keep or 'all'}, {model.packing.spikes or 'all'} of them twice",
            "same top four in int8": f"{model.proof.same:.4f} of {model.proof.questions}",
        },
        experiment=extras.experiment,
        campaigns=None if campaigns is None else campaigns.text,
        propensity=propensity,
        acceptance=extras.acceptance,
        variants=extras.variants,
    )
    manifest = bundle.write(out, contents)
    progress("done", 1.0)
    return Made(manifest, model, profiles.count)


def _propensity(history: History, model: Model, seed: int) -> Propensity | None:
    """Learnt on the latest receipts from a model of those before, with the knobs of `model`; None without times."""
    if not history.timed:
        return None
    late = _late(history)
    found = answers(refit(history.part(0, late.start), model.choice, model.packing, model.without.own), history, late, seed)
    return as_document(calibration.learn(found.scores, found.true, seed), len(found.scores))


def _late(history: History) -> range:
    """The receipts that everything is chosen on."""
    return range(len(history) - int(len(history) * validation_share(len(history))), len(history))


def _asked(asking: Asking | None) -> str:
    if asking is None:
        return "none"
    told = f"share {asking.share:g}, power {asking.power:g}, context {asking.context:g}, history {asking.history:g}"
    return f"{told}, doubt {asking.doubt:g}, neighbours {asking.neighbours}"
