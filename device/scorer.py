"""Ranks what goes with a basket. Pure given its bundle; one thread; no clock.

A model scores all items at once and says which tokens earned each score. Without a usable model the best-sellers stand in, and
without those there is silence: three ladders with one shape, `rank(question, bias, k) -> list[Ranked]`.
"""

from __future__ import annotations

import ctypes
import math
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from device.domain import Sku
from device.errors import BundleError, first_line
from device.tokens import KNOWN, NO_HISTORY, Tokens, Vocabulary, context_tokens, due_token, encode, item_token, missed_token, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from device.bundle import Bundle
    from device.scoring import GoldenBasket

REASONS: Final = 3
"""How many tokens are named as having earned a score."""

LEAST_REASON: Final = 0.1
"""A token is named when it earned this part of what the strongest did."""

GOLDEN_TOLERANCE: Final = 1e-4
"""Absolute difference of a golden score that summing in another order on another processor may make."""

FORBIDDEN: Final = -math.inf


@dataclass(frozen=True, slots=True)
class Question:
    """What is known when suggestions are wanted. `local` is the shop's wall clock."""

    skus: tuple[Sku, ...]
    local: datetime | None = None
    store: str | None = None
    history: Mapping[Sku, float] = field(default_factory=lambda: NO_HISTORY)
    due: Mapping[Sku, float] = field(default_factory=lambda: NO_HISTORY)
    """What is due of a known shopper, and what it adds to the item's score."""
    missed: Mapping[Sku, float] = field(default_factory=lambda: NO_HISTORY)
    """What a known shopper wanted and did not find, and what that adds."""
    no_card: bool = False
    """It is known that the receipt has no card: not only that none was shown yet."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One item, its score (about the probability that such a receipt holds it) and the tokens that earned it, strongest first."""

    sku: Sku
    score: float
    because: tuple[str, ...]


class Scorer(Protocol):
    @property
    def skus(self) -> Sequence[Sku]:
        """The items it can rank, in the order of the `bias` vector."""
        ...

    def rank(self, question: Question, bias: NDArray[np.float32], k: int) -> list[Ranked]:
        """The `k` best, best first. `bias` float32[items] is added to the scores; minus infinity forbids an item."""
        ...


class ModelScorer:
    """The ONNX graph of a bundle."""

    def __init__(self, model: bytes, vocabulary: Vocabulary) -> None:
        # The library's official builds since 1.29 tell their maker over the network of each model, and keep a file and a database
        # of what they could not send. This is heard once, when the library is loaded, and by nothing later.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        # Imported here: a daemon that has no bundle yet, and every other subcommand, does not pay for it.
        import onnxruntime  # noqa: PLC0415
        from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415

        self._errors = (
            state.EPFail,
            state.Fail,
            state.InvalidArgument,
            state.InvalidGraph,
            state.InvalidProtobuf,
            state.NotImplemented,
            state.RuntimeException,
            ValueError,
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Tensors of a megabyte are handed out anew by the system each time otherwise, and zeroed: a third of a question's time.
        options.enable_cpu_mem_arena = True
        options.log_severity_level = 3
        try:
            with _as_file(model) as file:
                self._session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        except self._errors as error:
            raise BundleError(f"the model cannot be loaded: {first_line(error)}") from error
        self._vocabulary = vocabulary

    @property
    def skus(self) -> Sequence[Sku]:
        return self._vocabulary.skus

    @property
    def tokens(self) -> int:
        """How many the model knows."""
        return len(self._vocabulary)

    def rank(self, question: Question, bias: NDArray[np.float32], k: int) -> list[Ranked]:
        context = context_tokens(question.local, question.store, no_card=question.no_card)
        tokens = encode(question.skus, context, question.history, self._vocabulary)
        lifted = self._lifted(self._lifted(bias, question.due), question.missed)
        items, scores, contributions = self.run(tokens, lifted, k)
        skus = [self._vocabulary.skus[item] for item in items.tolist()]
        because = self._because(tokens, contributions, skus, question)
        return [
            Ranked(sku, score, names)
            for sku, score, names in zip(skus, scores.tolist(), because, strict=True)
            if math.isfinite(score)
        ]

    def _lifted(self, bias: NDArray[np.float32], more: Mapping[Sku, float]) -> NDArray[np.float32]:
        """What is due or was missed competes by its score, as everything else does; what is forbidden stays so."""
        if not more:
            return bias
        lifted = bias.copy()
        for sku, earned in more.items():
            if (place := self._vocabulary.ids.get(item_token(sku))) is not None:
                lifted[place] += np.float32(earned)
        return lifted

    def run(
        self, tokens: Tokens, bias: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
        """The graph itself: items int64[k], scores float32[k], contributions float32[n, k]. See `device.bundle`."""
        wanted = np.array([min(k, self._vocabulary.items)], np.int64)
        feeds = {"token_ids": tokens.ids, "token_weights": tokens.weights, "item_bias": bias, "k": wanted}
        try:
            items, scores, contributions = self._session.run(["items", "scores", "contributions"], feeds)
        except self._errors as error:
            raise BundleError(f"the model cannot answer: {first_line(error)}") from error
        k = int(wanted[0])
        well_formed = items.shape == scores.shape == (k,) and contributions.shape == (len(tokens.ids), k)
        if not well_formed or (k and not 0 <= int(items.min()) <= int(items.max()) < self._vocabulary.items):
            raise BundleError("the model answers in another form than a bundle's model has")
        return items, scores, contributions

    def _because(
        self, tokens: Tokens, earned: NDArray[np.float32], skus: Sequence[Sku], question: Question
    ) -> list[tuple[str, ...]]:
        """Of each of the `skus`, whose columns `earned` float32[n, k] has, the tokens that are named."""
        # That somebody is known at all is no reason; what was bought before is.
        words = [None if (name := self._vocabulary.names[token]) == KNOWN else told(name) for token in tokens.ids.tolist()]
        lifted = bool(question.due or question.missed)
        if lifted:
            more = [[lift.get(sku, 0.0) for sku in skus] for lift in (question.due, question.missed)]
            earned = np.concatenate([earned, np.array(more, np.float32)])
        named = []
        # As plain lists: a column is a dozen numbers, and one operation on an array of so few takes longer than all on the list.
        for sku, column in zip(skus, earned.T.tolist(), strict=True):
            known = [*words, due_token(sku), missed_token(sku)] if lifted else words
            # In single precision, as the numbers are: what earned a tenth exactly is named.
            least = float(np.float32(max(max(column, default=0.0) * LEAST_REASON, 1e-9)))
            places = [place for place, value in enumerate(column) if value >= least]
            places.sort(key=column.__getitem__, reverse=True)
            # One more than are named, for the one that is no reason.
            said = [word for place in places[: REASONS + 1] if (word := known[place]) is not None]
            named.append(tuple(said[:REASONS]))
        return named


class BestSellers:
    """Items in the order in which they sell, whatever is in the basket. An empty list is silence."""

    def __init__(self, skus: Iterable[Sku]) -> None:
        self._skus = tuple(skus)

    @property
    def skus(self) -> Sequence[Sku]:
        return self._skus

    def rank(self, question: Question, bias: NDArray[np.float32], k: int) -> list[Ranked]:
        del question
        # Any falling positive numbers would do: they order, they promise nothing.
        scores = 1.0 / (1.0 + np.arange(len(self._skus), dtype=np.float32)) + bias
        order = np.argsort(-scores, kind="stable")[:k]
        return [Ranked(self._skus[place], float(scores[place]), ()) for place in order if math.isfinite(scores[place])]


def prove(bundle: Bundle, variant: str | None = None) -> ModelScorer:
    """Load the model, or that of a variant, and score its golden baskets.

    BundleError when an answer is not the one the trainer saw. An empty basket is asked for too: it must be answered, be it with
    what sells most.
    """
    scoring = bundle.scoring(variant)
    scorer = ModelScorer(scoring.model, scoring.vocabulary)
    golden_baskets, items = scoring.golden, scoring.vocabulary.items
    del scoring
    _give_back()
    whose = f"bundle {bundle.manifest.identity}{'' if variant is None else f', variant {variant}'}"
    no_bias = np.zeros(items, np.float32)
    if not golden_baskets:
        raise BundleError(f"{whose} has no golden baskets: nothing proves its model")
    scorer.run(Tokens(np.zeros(0, np.int64), np.zeros(0, np.float32)), no_bias, 1)
    for number, golden in enumerate(golden_baskets):
        if not _same(scorer, golden, no_bias):
            raise BundleError(f"{whose}: golden basket {number} is not answered as it was when the model was made")
    return scorer


@contextmanager
def _as_file(model: bytes) -> Iterator[str | bytes]:
    """A path to the model, in memory: of bytes that it is given ONNX Runtime keeps a copy of its own as long as it lives.

    The bytes themselves where such a file is not to be had, as under a limit on the size of files.
    """
    if not model or not hasattr(os, "memfd_create") or not Path("/proc/self/fd").is_dir():
        yield model
        return
    with open(os.memfd_create("tillside-model"), "wb", buffering=0) as file:  # noqa: PTH123  # a descriptor, not a path
        try:
            whole = file.write(model) == len(model)
        except OSError:
            whole = False
        yield f"/proc/self/fd/{file.fileno()}" if whole else model


def _give_back() -> None:
    """Reading a model leaves about as much freed memory behind as the model takes; the C library keeps it unless asked."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _same(scorer: ModelScorer, golden: GoldenBasket, no_bias: NDArray[np.float32]) -> bool:
    if not golden.items or len(golden.items) != len(golden.scores) or len(golden.token_ids) != len(golden.token_weights):
        return False
    if not all(0 <= token < scorer.tokens for token in golden.token_ids):
        return False
    tokens = Tokens(np.array(golden.token_ids, np.int64), np.array(golden.token_weights, np.float32))
    items, scores, _ = scorer.run(tokens, no_bias, len(golden.items))
    expected = np.array(golden.scores, np.float32)
    if scores.shape != expected.shape or not np.allclose(scores, expected, rtol=0, atol=GOLDEN_TOLERANCE):
        return False
    # Two items whose scores are closer than the tolerance may change places, at the end of the list also with one that is not on
    # it; others may not.
    promised = dict(zip(golden.items, golden.scores, strict=True))
    last = float(expected[-1])
    return all(
        abs(promised.get(item, last) - score) <= 2 * GOLDEN_TOLERANCE
        for item, score in zip(items.tolist(), scores.tolist(), strict=True)
    )
