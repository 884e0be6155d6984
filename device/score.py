"""Baskets in, suggestions out, as JSON lines: what `tillside score` does with each line.

in:  {"items": ["sku", ...], "at": "2026-11-22T18:05:00", "store": "S1", "customer": "card 17"}   all but items optional
out: {"suggestions": [{"sku": "...", "score": 0.12, "because": ["sku or token", ...]}, ...]}       best first

A token holds an equals sign, as `hour=18`; a SKU that holds one is told as `item=SKU`, two items together as `pair=SKU+SKU`.

`at` is read as the shop's wall clock, an offset is ignored. A line has at most `MAX_LINE` bytes. One that cannot be used is
answered with an empty list and an `error`, so that answers and questions stay in step.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import numpy as np

from device import missed
from device.adviser import Adviser
from device.domain import Phase, Sku
from device.errors import BundleError
from device.policy.rules import Situation
from device.scorer import FORBIDDEN, ModelScorer, Question, Ranked, prove
from device.shopper import pseudonym
from device.trail import NOBODY, Regular, as_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from device.bundle import Bundle
    from device.policy.slate import Shown
    from device.policy_settings import Policy

NOON = datetime(2000, 1, 3, 12, 0)  # noqa: DTZ001 - a wall clock
"""The hour that selling hours are judged by when a basket names none."""


MAX_LINE: Final = 1024 * 1024
"""Bytes: three times what the largest basket takes."""
_LOOKS: Final = """a line is a JSON object such as {"items": ["100101"], "at": "2026-11-22T18:05:00"}"""


class Asked(msgspec.Struct, frozen=True):
    items: Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=5000)]
    at: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    store: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    customer: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class Suggested(msgspec.Struct, frozen=True):
    sku: str
    score: float
    because: tuple[str, ...]


class Answered(msgspec.Struct, frozen=True, omit_defaults=True):
    suggestions: list[Suggested]
    error: str = ""


def lines(questions: BinaryIO) -> Iterator[bytes | None]:
    """Line by line, in bounded memory; None for one that is longer than `MAX_LINE`."""
    while line := questions.readline(MAX_LINE + 1):
        if len(line) <= MAX_LINE or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = questions.readline(MAX_LINE)
        yield None


_asked = msgspec.json.Decoder(Asked)


class Scoring:
    """One bundle, opened and proved once. `policy` None: the ranking alone. `key`: turns a customer into a pseudonym."""

    def __init__(self, bundle: Bundle, top: int, policy: Policy | None, key: bytes | None) -> None:
        self._bundle = bundle
        self._scorer: ModelScorer = prove(bundle)
        self._places = {sku: place for place, sku in enumerate(self._scorer.skus)}
        self._top = top
        self._policy = policy
        self._key = key
        self._advisers: dict[str, Adviser] = {}

    def answer(self, line: bytes | None) -> Answered:
        """`line` as `lines` yields it."""
        if line is None:
            return Answered([], error=f"longer than {MAX_LINE} bytes: {_LOOKS}")
        try:
            asked = _asked.decode(line)
            local = None if asked.at is None else datetime.fromisoformat(asked.at).replace(tzinfo=None)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
            return Answered([], error=f"{error}: {_LOOKS}")
        skus = tuple(dict.fromkeys(Sku(sku) for sku in asked.items))
        try:
            whose = self._whose(asked, local)
        except BundleError as error:
            return Answered([], error=str(error))
        wanted = {} if self._policy is None else missed.added(whose.missed, local or NOON, self._policy)
        no_card = whose is NOBODY and self._policy is not None and self._policy.card_first
        question = Question(skus, local, asked.store, whose.history, whose.due, missed=wanted, no_card=no_card)
        ranked: Sequence[Ranked | Shown] = self._ranking(question) if self._policy is None else self._allowed(question, whose)
        return Answered([Suggested(r.sku, round(r.score, 6), r.because) for r in ranked])

    def _ranking(self, question: Question) -> list[Ranked]:
        bias = np.zeros(len(self._places), np.float32)
        for sku in question.skus:
            if (place := self._places.get(sku)) is not None:
                bias[place] = FORBIDDEN
        return self._scorer.rank(question, bias, self._top)

    def _allowed(self, question: Question, whose: Regular) -> tuple[Shown, ...]:
        assert self._policy is not None
        store = question.store or ""
        if store not in self._advisers:
            # A handful of stores at the most are asked for in one run; their standing rules differ by stock.
            if len(self._advisers) >= 32:
                self._advisers.clear()
            self._advisers[store] = Adviser(self._scorer, self._bundle.catalogue, store, self._policy, self._bundle)
        items = (self._bundle.catalogue.item(sku) for sku in question.skus)
        now = Situation(
            phase=Phase.OPEN,
            skus=frozenset(question.skus),
            families=frozenset(item.family for item in items if item is not None and item.family is not None),
            local=question.local or NOON,
            unwanted=frozenset(whose.unwanted),
            bought=whose.bought,
            segments=whose.segments,
            fit=whose.fit,
        )
        return self._advisers[store].suggest(question, now).shown

    def _whose(self, asked: Asked, local: datetime | None) -> Regular:
        """What is known of who showed a card; without a time nothing is due."""
        shopper = None if asked.customer is None or self._key is None else pseudonym(self._key, asked.customer)
        if shopper is None or (profile := self._bundle.profile(shopper)) is None:
            return NOBODY
        return as_regular(profile, self._bundle.rhythm, local)
