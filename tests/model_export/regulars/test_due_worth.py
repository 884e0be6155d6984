"""What a due item is worth beside the model's score: chosen where it is sure, and otherwise nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from fakes.regular_chain import history_of

from model_export.encoding import vocabulary_of
from model_export.regulars.due import WORTHS, choose_worth, learnt_before

DECAY = 0.9


def test_the_worth_of_what_is_due_is_the_one_that_ranks_best(model_of_chain):
    """The chain's rhythms are planted, and no other part of the model knows of days."""
    found = model_of_chain.worth
    assert found.questions >= 100
    assert found.worth in WORTHS[1:]
    assert found.chosen > found.without * 1.01


class Stubborn:
    """A ranking that always says the same: the later an item stands in the vocabulary, the more by `apart`."""

    def __init__(self, items: int, apart: float) -> None:
        self._scores = np.arange(items, dtype=np.float32) * np.float32(apart)

    def scores(self, tokens):
        return np.tile(self._scores, (tokens.shape[0], 1))


def test_what_is_due_is_worth_nothing_beside_a_model_that_is_never_moved(chain):
    """Beside one that knows nothing it is worth something; beside one whose scores no probability can reach, nothing."""
    late, vocabulary = range(len(chain) * 8 // 9, len(chain)), vocabulary_of(chain)
    dull, sure = (choose_worth(chain, vocabulary, DECAY, late, Stubborn(vocabulary.items, one), 1) for one in (0.0, 9.0))
    assert dull.worth > 0
    assert dull.chosen > dull.without
    assert (sure.worth, sure.chosen) == (0, sure.without)
    assert sure.questions >= 100


def test_what_chance_explains_is_worth_nothing():
    """Nobody has habits here: the best step is ahead by a twentieth, and by less than two standard errors."""
    chance = np.random.default_rng(2)
    history = history_of(
        [
            (float(day + chance.uniform(0, 0.4)), shopper, sorted(set(chance.choice(30, 5, replace=False).tolist())))
            for shopper in range(60)
            for day in range(int(chance.integers(3)), 120, 3)
        ],
        30,
    )
    late, vocabulary = range(len(history) * 8 // 9, len(history)), vocabulary_of(history)
    found = choose_worth(history, vocabulary, DECAY, late, Stubborn(vocabulary.items, 0.002), 1)
    assert (found.worth, found.chosen) == (0, found.without)
    assert found.questions >= 100


def test_a_shop_of_strangers_has_no_rhythm(chain):
    history = replace(chain, shopper=np.full(len(chain), -1, np.int32))
    assert learnt_before(history, len(history), 1) is None
    assert choose_worth(history, None, DECAY, range(len(history) - 100, len(history)), None, 1).worth == 0
