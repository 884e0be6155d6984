"""The only writer of stored day counts: one Parquet file a day, whole or not there, each night only what changed.

    2026-03-02.parquet     the receipts of that day on the shops' clocks; `undated.parquet`: those without a time

What is in a file says `day_file`. Tokens are kept by name, and all of them, known to the model or not: a vocabulary that grows,
shrinks or changes its order next month reads the counts of today. `counts` adds up days under the vocabulary it is given.

*What a day's counts are.* A fingerprint covers the receipts of a day (times, stores, shoppers, items) and the source text of the
two modules that say what a token means. A day is counted when its fingerprint is not the stored one: a nightly run counts the day
that was added, a late receipt its own day, a changed meaning all of them. A day whose receipts are gone (retention) is deleted;
days after the last receipt stay, for a training that is given a part of the receipts only.

*What a late receipt does not do.* It changes what was known of its shopper on later days, and those stay as they were counted:
with the history that a register would have had that day. Deleting the folder counts everything anew, with what is known today.

*Limits.* History pairs hardly repeat within a day: a day of 600 receipts with 55 tokens each takes some 3 MB, 25 times the token
rows they come from. Days are counted in batches of some `_PAIRS` pairs, and read one at a time; adding up needs 8 bytes for each
pair of tokens.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import device.tokens
import model_export.encoding
from device.errors import TrainingError
from model_export import day_file
from model_export.counts import Counts, Pairs, Sum, counted, stripes
from model_export.encoding import encode_all, vocabulary_of
from model_export.layout import layout_of
from model_export.pairs import pair_counts, token_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.tokens import Vocabulary
    from model_export.encoding import Sparse
    from model_export.engine import Engine
    from model_export.history import History

_PAIRS: Final = 8_000_000
_NAME: Final = re.compile(r"(\d{4}-\d{2}-\d{2}|undated)\.parquet")
_RECEIPT: Final = "receipt"
"""The name of the receipts' own token; every other name has an equals sign."""


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    first: int
    """Its receipts are `first` to `last - 1` of the history."""
    last: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Names of days."""

    counted: tuple[str, ...]
    deleted: tuple[str, ...]
    kept: int


class DayCounts:
    """The counts of every day of `history`, in `folder`; `refresh` before `counts`.

    Nobody else may count into the folder until the last is asked: `places.alone_in` sees to it.
    """

    def __init__(self, folder: Path, history: History, decay: float) -> None:
        self._folder = folder
        self._history = history
        self._decay = decay
        # Every token that occurs, once or often: the model's vocabulary is another, and changes.
        self._every = vocabulary_of(history, least=1, head=len(history.skus))
        self.days = days_of(history, decay)

    def refresh(self, engine: Engine) -> Refreshed:
        """Count what changed, delete what is gone. Each file is replaced whole; a run that is cut off goes on where it was."""
        try:
            self._folder.mkdir(exist_ok=True)
            stored = {path.stem: path for path in sorted(self._folder.iterdir()) if _NAME.fullmatch(path.name)}
            # Every file is looked into before one is written or deleted: a stranger's stays.
            fingerprints = {name: day_file.facts(path).fingerprint for name, path in stored.items()}
            changed = [day for day in self.days if fingerprints.get(day.name) != day.fingerprint]
            self._count(changed, engine)
            last = max(day.name for day in self.days)
            gone = sorted(name for name in {*stored} - {day.name for day in self.days} if name < last)
            for name in gone:
                stored[name].unlink()
        except OSError as error:
            raise TrainingError(f"the day counts in {self._folder} cannot be kept: {error.strerror or error}") from error
        return Refreshed(tuple(day.name for day in changed), tuple(gone), len(self.days) - len(changed))

    def counts(self, first: int, last: int, vocabulary: Vocabulary, engine: Engine) -> Counts:
        """Receipts `first` to `last - 1`. A day that is cut is counted now; TrainingError when one is not as it was written."""
        total = Sum(layout_of(vocabulary), len(vocabulary))
        for day in self.days:
            begin, end = max(first, day.first), min(last, day.last)
            if (begin, end) == (day.first, day.last):
                parts = iter([self._read(day, vocabulary)])
            elif begin < end:
                parts = counted(encode_all(self._history, vocabulary, self._decay, np.arange(begin, end)), engine)
            else:
                continue
            for pairs in parts:
                total.add(pairs)
        return total.counts()

    def _read(self, day: Day, vocabulary: Vocabulary) -> Pairs:
        """The stored pairs whose tokens the vocabulary knows, by its numbers."""
        names, (left, right, weight) = day_file.read(self._path(day), day.fingerprint)
        ids = vocabulary.ids
        place = np.array([len(vocabulary) if name == _RECEIPT else ids.get(name, -1) for name in names], np.int32)
        left, right = place[left], place[right]
        known = (left >= 0) & (right >= 0)
        left, right = left[known], right[known]
        return np.minimum(left, right), np.maximum(left, right), weight[known]

    def _count(self, days: Sequence[Day], engine: Engine) -> None:
        if not days:
            return
        rows = np.concatenate([np.arange(day.first, day.last) for day in days])
        matrix = encode_all(self._history, self._every, self._decay, rows)
        size = np.diff(matrix.indptr).astype(np.int64) + 1
        start = np.concatenate([[0], np.cumsum([day.last - day.first for day in days])])
        pairs = np.concatenate([[0], np.cumsum(size * (size + 1) // 2)])[start]
        first = 0
        while first < len(days):
            last = max(first + 1, int(np.searchsorted(pairs, pairs[first] + _PAIRS, "right")) - 1)
            part = matrix[start[first] : start[last]]
            if pairs[last] - pairs[first] <= _PAIRS:
                self._count_together(days[first:last], part, start[first : last + 1] - start[first], engine)
            else:
                self._count_large(days[first], part, engine)
            first = last

    def _count_together(self, days: Sequence[Day], matrix: Sparse, start: NDArray[np.int64], engine: Engine) -> None:
        """Many days are one question, because an engine may take a second to understand one."""
        number = np.repeat(np.arange(len(days)), np.diff(start))
        with engine.holding(token_rows(matrix, number)) as rows:
            answer = engine.run(pair_counts(rows, 0, len(self._every) + 1, by_day=True))
        ends = np.searchsorted(answer["day"].to_numpy(), np.arange(len(days) + 1))
        for place, day in enumerate(days):
            own = answer.slice(ends[place], ends[place + 1] - ends[place])
            self._write(day, matrix[start[place] : start[place + 1]], [own])

    def _count_large(self, day: Day, matrix: Sparse, engine: Engine) -> None:
        """One day that is too large for one answer, in stripes of left tokens."""
        with engine.holding(token_rows(matrix)) as rows:
            questions = (
                pair_counts(rows, first, last, by_day=True) for first, last in stripes(len(self._every), len(self._every) + 1)
            )
            self._write(day, matrix, (engine.run(question) for question in questions))

    def _write(self, day: Day, matrix: Sparse, answers: Iterable[Any]) -> None:
        """The day's file, whole; `answers` are the pairs of `matrix` in order."""
        used = np.append(np.unique(matrix.indices), len(self._every)).astype(np.int64)
        code = np.full(len(self._every) + 1, -1, np.int32)
        code[used] = np.arange(len(used), dtype=np.int32)
        names = [*(self._every.names[token] for token in used[:-1]), _RECEIPT]
        facts = day_file.Facts(day_file.FORMAT, day.fingerprint, day.last - day.first, names)
        pairs = ((code[one["left"].to_numpy()], code[one["right"].to_numpy()], one["weight"]) for one in answers)
        day_file.write(self._path(day), facts, pairs)

    def _path(self, day: Day) -> Path:
        return self._folder / f"{day.name}.parquet"


def days_of(history: History, decay: float) -> list[Day]:
    """The days of the history, in its order, with the fingerprints of what they hold."""
    dates = history.at.astype("datetime64[D]")
    # What has no time is one day of its own, whatever order it stands in.
    code = np.where(np.isnat(dates), np.iinfo(np.int64).min, dates.astype(np.int64))
    bounds = [0, *(np.flatnonzero(np.diff(code)) + 1).tolist(), len(history)]
    # Names, not codes: tomorrow's tables of names may stand in another order.
    skus, stores, shoppers = (_hashes(names) for names in (history.skus, history.stores, history.shoppers))
    columns = (history.at.astype(np.int64), stores[history.store], shoppers[history.shopper], history.sizes)
    meaning = _meaning(decay)
    days = []
    for first, last in pairwise(bounds):
        digest = hashlib.sha256(meaning)
        for column in columns:
            digest.update(column[first:last].tobytes())
        digest.update(skus[history.item[history.start[first] : history.start[last]]].tobytes())
        name = "undated" if np.isnat(dates[first]) else str(dates[first])
        days.append(Day(name, first, last, digest.hexdigest()))
    return days


def _meaning(decay: float) -> bytes:
    """Whoever changes what a token is worth need not remember that stored counts have to be made anew."""
    sources = (Path(module.__file__).read_bytes() for module in (device.tokens, model_export.encoding) if module.__file__)
    return hashlib.sha256(b"".join([*sources, f"{day_file.FORMAT} {decay!r}".encode()])).digest()


def _hashes(names: Sequence[str]) -> NDArray[np.uint64]:
    """uint64[names + 1]; the last is nobody's, which the code -1 finds."""
    digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(b"".join([*digests, bytes(8)]), np.uint64)
