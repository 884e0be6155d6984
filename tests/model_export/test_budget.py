"""A training says what it will take, and does not begin where that is not to be had."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from device.errors import TrainingError
from device.tokens import KNOWN, Vocabulary
from model_export import budget
from model_export.counts import count
from model_export.encoding import vocabulary_of
from model_export.layout import layout_of
from model_export.room import Room
from model_export.solve import Ridges, solve
from model_export.training import fit


def test_more_receipts_and_more_items_need_more(shop, planted):
    layout = layout_of(vocabulary_of(planted))
    few = shop.history(shop.sales(300))
    assert budget.needed(layout, few) < budget.needed(layout, planted)
    assert budget.needed(layout_of(vocabulary_of(few), 5), few) <= budget.needed(layout_of(vocabulary_of(few)), few)


def test_a_machine_too_small_is_told_before_anything_is_counted(planted, monkeypatch):
    said = []
    monkeypatch.setattr(budget, "room", lambda: Room(300_000_000, "this machine has"))
    with pytest.raises(
        TrainingError, match=r"1,500 receipts of 14 items takes about 0\.4 GB of memory and this machine has 0\.3 GB"
    ):
        fit(planted, 1, lambda what, _: said.append(what))
    assert said == ["reading tokens"]


def test_what_will_be_needed_is_told_first(planted):
    said = []
    fit(planted, 1, lambda what, _: said.append(what))
    assert said[:2] == ["reading tokens", "encoding, about 0.4 GB"]


def test_solving_takes_no_more_than_was_told():
    """Measured: 600 items learnt from, 1,400 more, and a history of all that are learnt from."""
    names = [*(f"item={n}" for n in range(2_000)), "hour=9", "hour=10", KNOWN, *(f"had={n}" for n in range(600))]
    vocabulary = Vocabulary(names, 2_000)
    layout = layout_of(vocabulary, 600)
    receipts = sparse.random_array(
        (3_000, len(names)), density=0.01, format="csr", dtype=np.float32, rng=np.random.default_rng(1)
    )
    receipts.data[:] = 1
    counts = count(receipts, layout)
    tracemalloc.start()
    try:
        solve(counts, layout, Ridges(30, 30, 30))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert layout.bytes * 0.5 < peak + counts.gram.nbytes < layout.bytes * 1.15
