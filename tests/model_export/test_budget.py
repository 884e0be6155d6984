"""A training says what it will take, and does not begin where that is not to be had."""

from __future__ import annotations

import pytest

from device.errors import TrainingError
from model_export import budget
from model_export.encoding import vocabulary_of
from model_export.layout import layout_of
from model_export.training import fit


def test_more_receipts_and_more_items_need_more(shop, planted):
    layout = layout_of(vocabulary_of(planted))
    few = shop.history(shop.sales(300))
    assert budget.needed(layout, few) < budget.needed(layout, planted)
    assert budget.needed(layout_of(vocabulary_of(few), 5), few) <= budget.needed(layout_of(vocabulary_of(few)), few)


def test_a_machine_too_small_is_told_before_anything_is_counted(planted, monkeypatch):
    said = []
    monkeypatch.setattr(budget, "_machine", lambda: 400_000_000)
    with pytest.raises(
        TrainingError, match=r"1,500 receipts of 14 items takes about 0\.5 GB of memory and this machine has 0\.4 GB"
    ):
        fit(planted, 1, lambda what, _: said.append(what))
    assert said == ["reading tokens"]


def test_what_will_be_needed_is_told_first(planted):
    said = []
    fit(planted, 1, lambda what, _: said.append(what))
    assert said[:2] == ["reading tokens", "encoding, about 0.5 GB"]
