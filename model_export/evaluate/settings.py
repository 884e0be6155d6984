"""The settings of a peer, and the walk among them: one knob after the other, each over all its values, until none brings more.

A walk meets far fewer settings than there are and ends on one that no single knob betters, so the values may reach wide: a best
value at the edge of what was tried would say that the peer could do better than it was let (`Settings.edges`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

from model_export.evaluate.fitted import Peer

Setting = tuple[Any, ...]
"""A value for each knob."""


@dataclass(frozen=True, slots=True)
class Knob:
    name: str
    values: tuple[Any, ...]
    """The walk begins with the first; in no order."""
    limits: tuple[Any, ...] = ()
    """Beyond these there is nothing to try."""

    def told(self, value: Any) -> str:
        return f"{self.name}={value}" if self.name else str(value)


@dataclass(frozen=True, slots=True)
class Settings:
    make: Callable[..., Peer]
    """Takes a value for each of the `knobs`."""
    knobs: tuple[Knob, ...] = ()
    most: int = 0
    """Receipts on which the setting is chosen, the latest; the one chosen is fitted on all. 0: all."""

    @property
    def begin(self) -> Setting:
        return tuple(knob.values[0] for knob in self.knobs)

    def label(self, setting: Setting) -> str:
        return " ".join(knob.told(value) for knob, value in zip(self.knobs, setting, strict=True))

    def peer(self, label: str) -> Peer:
        """As `label` tells it."""
        return self.make(*next(one for one in product(*(knob.values for knob in self.knobs)) if self.label(one) == label))

    def suited(self, gain: Callable[[Peer], float]) -> tuple[str, list[str]]:
        """The label of the setting the walk ends on, and the knobs that stand at the edge of what was tried."""
        found: dict[Setting, float] = {}

        def asked(setting: Setting) -> float:
            if setting not in found:
                found[setting] = gain(self.make(*setting))
            return found[setting]

        best, before = self.begin, None
        while best != before:
            before = best
            for place, knob in enumerate(self.knobs):
                others = [(*best[:place], value, *best[place + 1 :]) for value in knob.values]
                # What is as good is not left.
                best = max([best, *others], key=asked)
        return self.label(best), [
            knob.told(best[place]) for place, knob in enumerate(self.knobs) if self._at_the_edge(place, best, found)
        ]

    def _at_the_edge(self, place: int, best: Setting, found: dict[Setting, float]) -> bool:
        """Whether the value is the largest or smallest of its knob, and the next one is worse."""
        values = self.knobs[place].values
        if len(values) < 3 or not all(isinstance(value, (int, float)) for value in values):
            return False
        order = sorted(values)
        at = order.index(best[place])
        if 0 < at < len(order) - 1 or best[place] in self.knobs[place].limits:
            return False
        inner = (*best[:place], order[1 if at == 0 else -2], *best[place + 1 :])
        return found[inner] < found[best]
