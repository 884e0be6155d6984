"""A model as a bundle carries it: three documents that belong together.

| document     | holds                                                                                             |
|--------------|---------------------------------------------------------------------------------------------------|
| `model.onnx` | the graph; see `device.bundle`                                                                      |
| `vocabulary` | JSON: the names of its tokens, items first, and how many of them are items                          |
| `golden`     | JSON: questions and the answers of the trainer's own int8 graph, which activation compares with       |

A bundle has one model of its own, and of every further one that an arm of its experiment names (`device.arms`) the same three
behind `variant.NAME.`. Each is loaded and proved like the first, and takes as much memory again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from device.errors import BundleError
from device.tokens import Vocabulary

_VARIANT: Final = "variant."
_MODEL: Final = "model.onnx"
_PARTS: Final = (_MODEL, "vocabulary", "golden")


class GoldenBasket(msgspec.Struct, frozen=True):
    """A question and the answer of the trainer's own int8 graph: what activation compares with."""

    token_ids: list[int]
    token_weights: list[float]
    items: list[int]
    scores: list[float]


class _Vocabulary(msgspec.Struct, frozen=True):
    names: list[str]
    items: int


@dataclass(frozen=True, slots=True)
class Scoring:
    model: bytes
    vocabulary: Vocabulary
    golden: list[GoldenBasket]

    def documents(self, variant: str | None = None) -> dict[str, bytes]:
        """By their names in a bundle."""
        names = _Vocabulary(list(self.vocabulary.names), self.vocabulary.items)
        parts = (self.model, msgspec.json.encode(names), msgspec.json.encode(self.golden))
        return dict(zip(_named(variant), parts, strict=True))


def read(document: Callable[[str], bytes], identity: str, variant: str) -> Scoring:
    """A variant. `document` gives one by its name. BundleError when one cannot be read."""
    model, names, golden = map(document, _named(variant))
    try:
        return Scoring(model, vocabulary(names, identity), msgspec.json.decode(golden, type=list[GoldenBasket]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"bundle {identity}: variant {variant} cannot be read: {error}") from error


def vocabulary(document: bytes, identity: str) -> Vocabulary:
    """BundleError when it claims what cannot be; msgspec's error when it is no vocabulary at all."""
    told = msgspec.json.decode(document, type=_Vocabulary)
    made = Vocabulary(told.names, told.items)
    if not 0 < told.items <= len(told.names) or len(made.ids) < len(told.names):
        raise BundleError(f"bundle {identity} claims {told.items} items of {len(made.ids)} different tokens")
    return made


def variants(documents: Iterable[str]) -> frozenset[str]:
    """The names of the variants that a bundle of these documents carries."""
    return frozenset(
        name[len(_VARIANT) : -len(_MODEL) - 1] for name in documents if name.startswith(_VARIANT) and name.endswith(f".{_MODEL}")
    )


def all_documents(of: Mapping[str, Scoring]) -> dict[str, bytes]:
    """Of several variants."""
    return {name: content for variant, scoring in of.items() for name, content in scoring.documents(variant).items()}


def _named(variant: str | None) -> tuple[str, ...]:
    return _PARTS if variant is None else tuple(f"{_VARIANT}{variant}.{part}" for part in _PARTS)
