"""A corner shop of a dozen items and a bundle for it, small enough that every score can be worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from fakes.headquarters_bundle import graph

from device.adviser import Adviser, from_bundle
from device.bundle import Contents, write
from device.catalogue import Item, Kind, Reach
from device.domain import Pseudonym, Sku
from device.manifest import Manifest
from device.policy_settings import Policy
from device.profiles import Profile, pack
from device.propensity import Propensity
from device.rhythm import Rhythm
from device.scorer import ModelScorer
from device.scoring import GoldenBasket
from device.tokens import Tokens, Vocabulary

STORE: Final = "S1"
REGULAR: Final = "7000 0000 0000 0017"
"""The loyalty id of a shopper who consented; `KEY` makes the pseudonym of it."""
KEY: Final = bytes(range(32))


def item(sku: str, **facts: Any) -> Item:
    """An item that every standing rule lets through, but for the facts given."""
    known: dict[str, Any] = {
        "names": {"ru": f"Товар {sku}", "en": sku.capitalize()},
        "short": {"en": sku},
        "pitch": {"en": f"Some {sku} with it?"},
        "price": 9990,
        "barcodes": (barcode(sku),),
        "reach": Reach.AT_TILL,
        "age_limit": 0,
    }
    return Item(sku, **(known | facts))


def barcode(sku: str) -> str:
    """Thirteen digits, the same for the same SKU."""
    return f"46{sum((place + 1) * ord(letter) for place, letter in enumerate(sku)):011d}"


ITEMS: Final = (
    item("milk", family="milk"),
    item("cream", family="milk"),
    item("bread"),
    item("butter"),
    item("tea"),
    item("coffee"),
    item("cheese"),
    item("honey"),
    item("beer", age_limit=18),
    item("bag", kind=Kind.BAG),
    item("crate", reach=Reach.NEXT_VISIT),
    item("plums", stock={STORE: 0, "S2": 4}),
)

SCORES: Final[Mapping[tuple[str, str], float]] = {
    ("item=bread", "butter"): 0.50,
    ("item=bread", "cheese"): 0.40,
    ("item=bread", "milk"): 0.30,
    ("item=bread", "honey"): 0.20,
    ("item=bread", "tea"): 0.10,
    ("item=bread", "beer"): 0.90,
    ("item=bread", "bag"): 0.91,
    ("item=bread", "crate"): 0.92,
    ("item=bread", "plums"): 0.93,
    ("item=tea", "honey"): 0.60,
    ("item=tea", "milk"): 0.25,
    ("item=tea", "cream"): 0.24,
    ("item=milk", "coffee"): 0.35,
    ("had=coffee", "coffee"): 0.80,
    ("hour=18", "cheese"): 0.05,
    (f"store={STORE}", "honey"): 0.01,
}


def table(vocabulary: Vocabulary, scores: Mapping[tuple[str, str], float]) -> np.ndarray[Any, np.dtype[np.float32]]:
    made = np.zeros((len(vocabulary), vocabulary.items), np.float32)
    for (token, sku), score in scores.items():
        made[vocabulary.ids[token], vocabulary.ids[f"item={sku}"]] = score
    return made


def golden(model: bytes, vocabulary: Vocabulary) -> list[GoldenBasket]:
    """Asked of the graph itself, as training does."""
    scorer = ModelScorer(model, vocabulary)
    baskets = []
    for token in range(0, vocabulary.items, 2):
        tokens = Tokens(np.array([token], np.int64), np.ones(1, np.float32))
        items, scores, _ = scorer.run(tokens, np.zeros(vocabulary.items, np.float32), 5)
        baskets.append(GoldenBasket([token], [1.0], items.tolist(), scores.tolist()))
    return baskets


def packed(profiles: Mapping[Pseudonym, Mapping[Sku, float] | Profile]) -> list[tuple[Pseudonym, bytes]]:
    """Shares alone are a whole history."""
    told = ((key, one if isinstance(one, Profile) else Profile(one)) for key, one in profiles.items())
    return [(key, pack(profile)) for key, profile in told]


def contents(
    *,
    items: Sequence[Item] = ITEMS,
    scores: Mapping[tuple[str, str], float] = SCORES,
    profiles: Mapping[Pseudonym, Mapping[Sku, float] | Profile] | None = None,
    rhythm: Rhythm | None = None,
    rows: list[tuple[Pseudonym, bytes]] | None = None,
    pictures: Mapping[str, bytes] | None = None,
    best_sellers: Mapping[str, list[str]] | None = None,
    model: bytes | None = None,
    answers: list[GoldenBasket] | None = None,
    notes: Mapping[str, str] | None = None,
    made_at: str = "2026-05-04T02:00:00Z",
    experiment: bytes | None = None,
    campaigns: bytes | None = None,
    propensity: Propensity | None = None,
    acceptance: bytes | None = None,
    last_receipt: str = "2026-05-03T21:59:00",
) -> Contents:
    tokens = [f"item={i.sku}" for i in items]
    tokens += sorted({token for token, _ in scores} - set(tokens))
    vocabulary = Vocabulary(tokens, len(items))
    made = graph(table(vocabulary, scores)) if model is None else model
    return Contents(
        model=made,
        vocabulary=vocabulary,
        catalogue=items,
        golden=golden(made, vocabulary) if answers is None else answers,
        best_sellers={"": ["milk", "bread", "bag", "tea"], STORE: ["tea", "bread"]} if best_sellers is None else best_sellers,
        profiles=packed(profiles or {}) if rows is None else rows,
        rhythm=rhythm,
        pictures={"milk.png": b"\x89PNG\r\n\x1a\n milk", "tea.png": b"\x89PNG\r\n\x1a\n tea"} if pictures is None else pictures,
        made_at=made_at,
        currency="RUB",
        receipts=1200,
        last_receipt=last_receipt,
        history_decay=0.9,
        notes={} if notes is None else notes,
        experiment=experiment,
        campaigns=campaigns,
        propensity=propensity,
        acceptance=acceptance,
    )


def write_shop(path: Path, **changes: Any) -> Manifest:
    return write(path, contents(**changes))


def adviser(path: Path, policy: Policy | None = None, **changes: Any) -> Adviser:
    """Written, opened, verified and proved."""
    write_shop(path, **changes)
    return from_bundle(path, STORE, policy or Policy())
