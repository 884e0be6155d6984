"""The figures of an evaluation, reckoned a second time from the raw file: plain NumPy, dense tables, no code of the project's.

It follows the words of the protocol. Of the project it takes only what it is to judge: the figures, and of our own row what the
bundle's scorer answers.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from device.domain import Pseudonym
from device.scorer import FORBIDDEN, Question, prove
from model_export.evaluate import protocol
from model_export.evaluate.trained import trained
from model_export.history import arrange
from model_export.parquet import read_folder

SHARED = Path(__file__).parents[3] / "shared" / "data"
LEAST_TOGETHER = (1, 2, 3, 5, 10, 20, 50)


class Exam:
    """Receipts of the raw file as sets, which of them train, and the questions: a basket and one hidden item each."""

    def __init__(self, folder: Path) -> None:
        columns = pq.read_table(folder / "receipt_lines.parquet").to_pydict()
        receipts: dict[str, tuple] = {}
        for name, at, sku in zip(columns["receipt_id"], columns["at"], columns["sku"], strict=True):
            receipts.setdefault(name, (at, set()))[1].add(sku)
        ordered = [skus for _, skus in sorted(receipts.values(), key=lambda one: one[0])]
        self.cut = len(ordered) * 9 // 10
        self.first = self.cut - self.cut // 9
        sold = Counter(sku for skus in ordered[: self.cut] for sku in skus)
        self.items = sorted((sku for sku in sold if sold[sku] >= 5), key=lambda sku: (-sold[sku], sku))
        self.table = np.array([[sku in skus for sku in self.items] for skus in ordered], float)
        self.test = self.questions(self.cut, len(ordered), 20_000)

    def questions(self, first: int, last: int, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Baskets, ones and noughts, and hidden items."""
        rows = self.table[first:last]
        rows = rows[rows.sum(axis=1) >= 2]
        assert len(rows) <= most
        drawn = np.random.default_rng(1).integers(rows.sum(axis=1).astype(int))
        hidden = np.array([np.flatnonzero(row)[place] for row, place in zip(rows, drawn, strict=True)])
        baskets = rows.copy()
        baskets[np.arange(len(rows)), hidden] = 0
        return baskets, hidden


def rank_of(scores: np.ndarray, basket: np.ndarray, hidden: int) -> float:
    """Among the items that are not in the basket; who is level counts half."""
    others = np.delete(scores, [*np.flatnonzero(basket), hidden])
    return 1 + (others > scores[hidden]).sum() + (others == scores[hidden]).sum() / 2


def ranks_of(scores: np.ndarray, asked: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return np.array([rank_of(*one) for one in zip(scores, *asked, strict=True)])


def row_of(ranks: np.ndarray) -> dict[str, float]:
    within = ranks <= 10
    return {
        "HR@4": float((ranks <= 4).mean()),
        "HR@10": float(within.mean()),
        "MRR@10": float((within / ranks).mean()),
        "NDCG@10": float((within / np.log2(1 + ranks)).mean()),
    }


def by_rules(table: np.ndarray, baskets: np.ndarray, how: str, least: int) -> np.ndarray:
    together = table.T @ table
    confidence = np.where(together >= least, together / table.sum(axis=0)[:, None], 0.0)
    np.fill_diagonal(confidence, 0.0)
    scores = baskets @ confidence if how == "sum" else np.array([(row[:, None] * confidence).max(axis=0) for row in baskets])
    # The project scores in single precision; a level score must stay level.
    return np.round(scores, 6)


def shown_of(scores: np.ndarray, baskets: np.ndarray) -> np.ndarray:
    return np.argsort(np.where(baskets > 0, np.inf, -scores), axis=1, kind="stable")[:, :4]


@pytest.fixture(scope="module", params=["planted", pytest.param("bread_basket", marks=pytest.mark.shared)])
def folder(request, shop_of, tmp_path_factory) -> Path:
    if request.param == "planted":
        shop = shop_of(tmp_path_factory.mktemp("recomputed"))
        return shop.write_lines(shop.folder, shop.sales(1500))
    if not (SHARED / request.param).is_dir():
        pytest.skip(f"../shared/data/{request.param} is not here")
    return SHARED / request.param


@pytest.fixture(scope="module")
def history(folder):
    return arrange(read_folder(folder, Pseudonym))


@pytest.fixture(scope="module")
def found(history):
    told = protocol.evaluate(history, ["popularity", "rules"], 1, quick=True)
    return told, {one.name: one for one in told.contestants}


@pytest.fixture(scope="module")
def exam(folder) -> Exam:
    return Exam(folder)


def alike(contestant, ranks: np.ndarray) -> None:
    for metric, value in row_of(ranks).items():
        stated, low, high = contestant.figures["all"][metric]
        assert stated == pytest.approx(value, abs=1e-5), metric
        if metric.startswith("HR"):
            # The interval is that of a share, by the textbook.
            half = 1.96 * np.sqrt(value * (1 - value) / len(ranks))
            assert (low, high) == pytest.approx((value - half, min(1.0, value + half)), abs=0.15 * half + 1e-3)


def test_the_questions_are_those_of_the_protocol(found, exam):
    told, _ = found
    assert told.data.training_receipts == exam.cut
    assert told.data.questions == len(exam.test[1])
    assert told.data.items == len(exam.items)


def test_popularity_from_the_raw_file(found, exam):
    sold = exam.table[: exam.cut].sum(axis=0)
    baskets, _ = exam.test
    scores = np.tile(sold, (len(baskets), 1))
    alike(found[1]["popularity"], ranks_of(scores, exam.test))
    shown = shown_of(scores, baskets)
    assert found[1]["popularity"].coverage == pytest.approx(len(np.unique(shown)) / len(exam.items), abs=1e-4)
    assert found[1]["popularity"].popularity == pytest.approx(sold[shown].mean() / exam.cut, abs=1e-5)


def test_rules_from_the_raw_file_in_the_setting_that_validation_says(found, exam):
    validation = exam.questions(exam.first, exam.cut, 5_000)
    before = exam.table[: exam.first]
    gain = {
        (how, least): row_of(ranks_of(by_rules(before, validation[0], how, least), validation))["NDCG@10"]
        for how in ("sum", "strongest")
        for least in LEAST_TOGETHER
    }
    label = found[1]["rules"].setting
    how, _, least = label.partition(" least=")
    walked = [gain[one, int(least)] for one in ("sum", "strongest")] + [gain[how, one] for one in LEAST_TOGETHER]
    assert gain[how, int(least)] == pytest.approx(max(walked), abs=1e-6)
    scores = by_rules(exam.table[: exam.cut], exam.test[0], how, int(least))
    alike(found[1]["rules"], ranks_of(scores, exam.test))


def test_our_row_from_what_the_scorer_of_the_bundle_answers(history, found, exam):
    """The bundle is made of the receipts before the cut alone, and is asked for every item, one basket after the other."""
    with trained(history.part(0, exam.cut), 1) as (bundle, made, _):
        scorer = prove(bundle)
        assert made.manifest.identity == found[0].trained.identity
        place = {sku: number for number, sku in enumerate(scorer.skus)}
        assert set(place) == set(exam.items)
        scores = np.full(exam.test[0].shape, -np.inf)
        for row, basket in enumerate(exam.test[0]):
            given = tuple(exam.items[item] for item in np.flatnonzero(basket))
            bias = np.zeros(len(place), np.float32)
            bias[[place[sku] for sku in given]] = FORBIDDEN
            for one in scorer.rank(Question(given), bias, len(place)):
                scores[row, exam.items.index(one.sku)] = one.score
    alike(found[1]["tillside basket"], ranks_of(scores, exam.test))
