"""What a bundle has learnt of which suggestions are taken: it moves items within a bound, and a bundle without it nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.advice import suggested
from fakes.device_shop import adviser, write_shop

from device.arms import fingerprint
from device.bundle import Bundle
from device.errors import BundleError
from device.policy_settings import Notice, Policy


def learnt(**factors: float) -> bytes:
    return json.dumps({"factors": factors, "places": [1.0, 0.8], "showings": 1000, "explored": 50}).encode()


def test_a_bundle_without_it_suggests_as_before(tmp_path: Path) -> None:
    assert suggested(adviser(tmp_path / "a"), "bread") == ["butter", "cheese", "milk"]
    assert Bundle.open(tmp_path / "a").acceptance is None


def test_what_is_taken_more_often_goes_before_what_scores_higher(tmp_path: Path) -> None:
    by = adviser(tmp_path / "a", acceptance=learnt(cheese=1.4, butter=0.9))
    assert suggested(by, "bread") == ["cheese", "butter", "milk"]
    assert Bundle.open(tmp_path / "a").acceptance.showings == 1000


@pytest.mark.parametrize(("ratio", "first"), [(1.0, "butter"), (1.2, "butter"), (1.3, "cheese"), (10.0, "cheese")])
def test_it_moves_nothing_beyond_its_bound(tmp_path: Path, ratio: float, first: str) -> None:
    """Cheese scores 0.40 and butter 0.50: 1.25 is what it takes."""
    by = adviser(tmp_path / "a", Policy(acceptance_ratio=ratio), acceptance=learnt(cheese=50.0))
    assert suggested(by, "bread")[0] == first


def test_what_is_seldom_taken_falls_back_within_the_same_bound(tmp_path: Path) -> None:
    by = adviser(tmp_path / "a", Policy(acceptance_ratio=1.3), acceptance=learnt(butter=0.01))
    assert suggested(by, "bread") == ["cheese", "butter", "milk"], "0.50 / 1.3 is less than 0.40 and more than 0.30"


def test_it_makes_no_item_relevant_and_overrides_no_pin(tmp_path: Path) -> None:
    by = adviser(tmp_path / "a", Policy(relevance_floor=0.25, pin=(Notice(sku="milk"),)), acceptance=learnt(honey=1.5, milk=0.7))
    assert suggested(by, "bread") == ["milk", "butter", "cheese"]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{",
        b'{"factors":{"a":0.0},"places":[],"showings":1,"explored":0}',
        b'{"factors":{"a":1e9},"places":[],"showings":1,"explored":0}',
        b'{"factors":{},"places":[0],"showings":1,"explored":0}',
        b'{"factors":{"a":1.0}}',
        b"\xff" * 9,
        b"[" * 9999,
    ],
)
def test_a_document_that_is_none_is_told(tmp_path: Path, document: bytes) -> None:
    write_shop(tmp_path / "a", acceptance=document)
    with pytest.raises(BundleError, match="holds a document that cannot be read"):
        Bundle.open(tmp_path / "a")


def test_policies_of_before_are_called_as_before() -> None:
    """Their receipts say so, and are explained by it."""
    assert fingerprint(Policy()) == "46deef64768e"
    assert fingerprint(Policy(cards=2, pin=(Notice(sku="a"),))) == "a8faca279e50"
    assert fingerprint(Policy(explore_share=0.1)) != fingerprint(Policy())
    assert fingerprint(Policy(acceptance_ratio=1.0)) != fingerprint(Policy())
