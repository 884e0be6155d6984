"""The protocol: how well the graph that a register runs guesses what it has not seen, beside its peers.

1. Receipts in order of time (a seeded shuffle where there is none). The last tenth is the test; the ninth before it is where
   every knob of model and peers is chosen; then all nine tenths train.
2. Of each test receipt with two known items (five receipts or more in training) one is hidden at random, seed 1; 20,000
   receipts at most.
3. HR@4, HR@10, MRR@10, NDCG@10, each with the 95 % interval of 1,000 bootstrap samples; ties count half. The same by items
   given, and with and without a card. Coverage: share of the known items that stand in some top four; popularity: mean share of
   training receipts that hold the items shown.

Only `history.part(0, cut)` is ever given to training.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from device.errors import TrainingError
from device.scorer import ModelScorer
from model_export import peers
from model_export.choose import MOST_QUESTIONS as MOST_VALIDATION
from model_export.choose import VALIDATION_SHARE
from model_export.encoding import item_block
from model_export.history import History
from model_export.prove import answer
from model_export.questions import Questions, ask, gains, hits, rank, reciprocal
from model_export.training import HISTORY_DECAY, Model, Progress, fit, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEST_SHARE: Final = 0.1
MOST_QUESTIONS: Final = 20_000
SAMPLES: Final = 1_000
SIZES: Final = ((1, 1), (2, 3), (4, 7), (8, None))
_TOP: Final = 4
_LISTED: Final = 64
"""Answers asked of the graph: enough to rank the first ten, ties and all."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Of one contestant: rank of each hidden item, and the top four, int64[questions, 4]."""

    name: str
    ranks: NDArray[np.float64]
    top: NDArray[np.int64]
    seconds: float
    """Per question, the contestant's own call."""


def evaluate(history: History, names: Sequence[str], seed: int, progress: Progress = silent) -> dict[str, Any]:
    """The whole table as plain values, ready for JSON."""
    if not history.timed:
        history = history.shuffled(seed)
    cut = int(len(history) * (1 - TEST_SHARE))
    began = time.monotonic()
    model = fit(history.part(0, cut), seed, lambda what, share: progress(what, 0.6 * share))
    trained = time.monotonic() - began
    progress("asking", 0.6)
    questions = ask(history, model.vocabulary, HISTORY_DECAY, range(cut, len(history)), MOST_QUESTIONS, seed)
    if not len(questions):
        raise TrainingError("not one of the last receipts holds two known items: there is nothing to hide; bring more receipts")
    contestants = [ours(model, questions)]
    receipts = item_block(history.part(0, cut), model.vocabulary)[:, : model.vocabulary.items].tocsr()
    first = cut - int(cut * VALIDATION_SHARE)
    validation = ask(history.part(0, cut), model.vocabulary, HISTORY_DECAY, range(first, cut), MOST_VALIDATION, seed)
    for number, name in enumerate(names):
        progress(name, 0.7 + 0.3 * number / len(names))
        scored, label = peers.best(name, receipts, first, validation)
        contestants.append(_peer(f"{name} {label}".strip(), scored, questions))
    progress("done", 1.0)
    shares = np.asarray(receipts.sum(axis=0)) / cut
    return {
        "receipts": len(history),
        "training_receipts": cut,
        "questions": len(questions),
        "with_card": int(questions.card.sum()),
        "items": model.vocabulary.items,
        "tokens": len(model.vocabulary),
        "seed": seed,
        "interval": f"95 %, {SAMPLES} bootstrap samples",
        "ridges": dict(zip(("item", "context", "history"), _ridges(model), strict=True)),
        "training_seconds": round(trained, 1),
        "model_bytes": len(model.graph),
        "same_top_four_in_int8": round(model.proof.same, 4),
        "contestants": [_figures(answers, questions, shares, seed) for answers in contestants],
    }


def ours(model: Model, questions: Questions) -> Answers:
    """The int8 graph in ONNX Runtime, one question at a time as on a register."""
    scorer = ModelScorer(model.graph, model.vocabulary)
    ranks = np.empty(len(questions))
    top = np.full((len(questions), min(_TOP, questions.items)), -1)
    began = time.perf_counter()
    for row in range(len(questions)):
        items, scores = answer(scorer, questions, row, _LISTED)
        if len(scores) < questions.items and scores[-1] == scores[min(9, len(scores) - 1)]:
            items, scores = answer(scorer, questions, row, questions.items)
        place = np.flatnonzero(items == questions.hidden[row])
        own = scores[place[0]] if len(place) else -np.inf
        better, equal = (scores > own).sum(), (scores == own).sum() - 1 if len(place) else 0
        ranks[row] = 1 + better + equal / 2 if len(place) else len(scores) + 1
        top[row] = np.where(np.isfinite(scores), items, -1)[: top.shape[1]]
    return Answers("tillside int8", ranks, top, (time.perf_counter() - began) / len(questions))


def _peer(name: str, scored: peers.Scored, questions: Questions) -> Answers:
    baskets = questions.baskets
    ranks, top = [], []
    began = time.perf_counter()
    for part in questions.batches():
        scores = scored(baskets[part])
        ranks.append(rank(scores, baskets[part], questions.hidden[part]))
        best = np.argsort(-scores, axis=1, kind="stable")[:, :_TOP]
        top.append(np.where(np.isfinite(np.take_along_axis(scores, best, axis=1)), best, -1))
    return Answers(name, np.concatenate(ranks), np.concatenate(top), (time.perf_counter() - began) / len(questions))


def _figures(answers: Answers, questions: Questions, shares: NDArray[np.float64], seed: int) -> dict[str, Any]:
    shown = answers.top[answers.top >= 0]
    slices: dict[str, NDArray[np.bool_]] = {"all": np.ones(len(questions), bool)}
    for low, high in SIZES:
        name = f"{low}+ items" if high is None else f"{low} item" if high == low else f"{low}-{high} items"
        slices[name] = (questions.given >= low) & (questions.given <= (high or np.inf))
    if questions.card.any():
        slices |= {"with card": questions.card, "without card": ~questions.card}
    return {
        "name": answers.name,
        "figures": {name: measure(answers.ranks[rows], seed) for name, rows in slices.items() if rows.any()},
        "coverage": round(len(np.unique(shown)) / questions.items, 4),
        "popularity": round(float(shares[shown].mean()), 4) if len(shown) else 0.0,
        "microseconds_per_question": round(answers.seconds * 1e6, 1),
    }


def measure(ranks: NDArray[np.float64], seed: int) -> dict[str, Any]:
    """Each metric as [value, low, high] of the 95 % bootstrap interval."""
    metrics = {"HR@4": hits(ranks, 4), "HR@10": hits(ranks, 10), "MRR@10": reciprocal(ranks, 10), "NDCG@10": gains(ranks, 10)}
    values = np.stack(list(metrics.values()), axis=1)
    chance = np.random.default_rng(seed)
    means = np.stack([values[chance.integers(len(values), size=len(values))].mean(axis=0) for _ in range(SAMPLES)])
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    found: dict[str, Any] = {"questions": len(ranks)}
    for column, name in enumerate(metrics):
        found[name] = [round(float(value), 4) for value in (values[:, column].mean(), low[column], high[column])]
    return found


def _ridges(model: Model) -> tuple[float, float, float]:
    ridges = model.choice.ridges
    return ridges.item, ridges.context, ridges.history


def table(found: dict[str, Any]) -> Sequence[str]:
    """The same for people, one line each."""
    lines = [
        (
            f"{found['questions']} questions of the last {found['receipts'] - found['training_receipts']} receipts, "
            f"{found['items']} items, {found['tokens']} tokens, seed {found['seed']}; [95 % interval]"
        ),
        "",
        f"{'':<18}{'HR@4':>24}{'HR@10':>24}{'MRR@10':>24}{'NDCG@10':>24}{'coverage':>10}{'popularity':>12}",
    ]
    for one in found["contestants"]:
        whole = one["figures"]["all"]
        cells = "".join(f"{_cell(whole[name]):>24}" for name in ("HR@4", "HR@10", "MRR@10", "NDCG@10"))
        lines.append(f"{one['name']:<18}{cells}{one['coverage']:>10.3f}{one['popularity']:>12.4f}")
    slices = [name for name in found["contestants"][0]["figures"] if name != "all"]
    lines += ["", f"{'HR@4 / NDCG@10':<18}" + "".join(f"{name:>18}" for name in slices)]
    for one in found["contestants"]:
        pairs = [(one["figures"][name]["HR@4"][0], one["figures"][name]["NDCG@10"][0]) for name in slices]
        lines.append(f"{one['name']:<18}" + "".join(f"{f'{hit:.4f} / {gain:.4f}':>18}" for hit, gain in pairs))
    counts = [found["contestants"][0]["figures"][name]["questions"] for name in slices]
    return [*lines, f"{'questions':<18}" + "".join(f"{count:>18}" for count in counts)]


def _cell(figure: Sequence[float]) -> str:
    return f"{figure[0]:.4f} [{figure[1]:.4f}, {figure[2]:.4f}]"
