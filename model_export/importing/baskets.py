"""One basket a line, its items between commas or other marks, as sets for basket analysis are written; no times.

    citrus fruit,semi-finished bread,margarine,ready soups

An item is named by its code or its name, and named twice it was bought twice. The receipt's number is the file's name and the
line: the same file again is known again, and another file's baskets are others.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from device.errors import HistoryError
from model_export.importing import found, guess, values
from model_export.importing.csv_file import MOST_LINE_BYTES
from model_export.importing.found import BytesReader, CutOffError, Found, Refusal, Rules, State
from model_export.importing.guess import Asked
from model_export.importing.packed import beginning, opened
from sync.central.past import PastLine, PastReceipt

_MARKS: Final = (",", ";", "\t", "|")
_ENDLESS: Final = f"the line is longer than {MOST_LINE_BYTES} bytes"
_ENCODING: Final = "the line is not in the file's encoding: pass --encoding"
_QUOTE: Final = "a quote is opened and not closed, or an item has no end"
_SHOWN: Final = 3


class Baskets(BytesReader):
    def __init__(self, path: Path, asked: Asked, rules: Rules) -> None:
        super().__init__(path, rules)
        try:
            sample = beginning(path, guess.SAMPLE_BYTES)
        except OSError as error:
            raise HistoryError(f"{path} cannot be read: {error.strerror}") from error
        if not sample.strip():
            raise HistoryError(f"{path} is empty: there is nothing to import")
        said = asked.encoding or guess.encoding(sample, whole=len(sample) < guess.SAMPLE_BYTES)
        try:
            self._encoding = codecs.lookup(said).name
            lines = sample.decode(self._encoding, "replace").splitlines()[: guess.MAX_SAMPLED]
        except (LookupError, UnicodeError) as error:
            raise HistoryError(f"there is no encoding '{said}' of text: pass --encoding utf-8, cp1251 or another") from error
        if self._encoding.startswith(("utf-16", "utf-32")):
            raise HistoryError(f"{path} is in {self._encoding}: save it as UTF-8")
        self._delimiter = asked.delimiter or _delimiter(lines)
        self._header = bool(asked.header)
        self._sample = lines[self._header :][:_SHOWN]

    def told(self) -> list[str]:
        mark = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}.get(self._delimiter, self._delimiter)
        shown = []
        for line in self._sample:
            with suppress(csv.Error):
                shown.append("  " + " | ".join(map(found.clipped, self._items(line)[:10])))
        return [f"{self._encoding}, one basket a line, {mark} between items; no times, no shoppers", *shown]

    def read(self, since: State) -> Iterator[Found]:
        offset, place = since.resume, since.place
        self._state = since
        try:
            with opened(self.path) as file:
                file.seek(offset)
                while raw := file.readline(MOST_LINE_BYTES + 1):
                    offset += len(raw)
                    ended, endless = raw.endswith(b"\n"), False
                    while len(raw) > MOST_LINE_BYTES and not ended and (more := file.readline(MOST_LINE_BYTES)):
                        endless, ended = True, more.endswith(b"\n")
                        offset += len(more)
                    told = Refusal(place, _ENDLESS) if endless else self._basket(raw, place)
                    self._state = State(offset, place + 1)
                    if told is not None and not (place == 1 and self._header):
                        yield Found(place, told)
                    place += 1
        except OSError as error:
            raise CutOffError(f"{self.path} cannot be read on from line {place}: {error.strerror}") from error

    def _basket(self, raw: bytes, place: int) -> PastReceipt | Refusal | None:
        try:
            items = self._items(raw.decode(self._encoding).removeprefix("\ufeff"))
            if not items:
                return None
            if len(items) > found.MOST_LINES:
                return Refusal(place, found.TOO_MANY_LINES)
            counted = Counter(map(values.sku, items))
        except UnicodeDecodeError:
            return Refusal(place, _ENCODING)
        except csv.Error:
            return Refusal(place, _QUOTE)
        except values.UnreadableError as error:
            return Refusal(place, str(error))
        marks = self._rules.line_marks
        lines = [PastLine(sku, 1000 * count, marks(sku, None, None)) for sku, count in counted.items()]
        return PastReceipt(
            number=self._rules.number(f"{self.path.name}:{place}"),
            lines=tuple(lines),
            store=self._rules.store,
            currency=self._rules.currency,
            marks=self._rules.receipt_marks(lines),
        )

    def _items(self, line: str) -> list[str]:
        row = next(csv.reader([line], delimiter=self._delimiter, strict=True), [])
        return [item for cell in row if (item := cell.strip()) and item.casefold() not in values.NOTHING]


def _delimiter(lines: Sequence[str]) -> str:
    """The commonest mark; blanks where there is none and items are numbers."""
    counts = {mark: sum(line.count(mark) for line in lines) for mark in _MARKS}
    best = max(_MARKS, key=lambda mark: counts[mark])
    numbers = all(word.isdecimal() for line in lines for word in line.split())
    return " " if numbers and not counts[best] else best
