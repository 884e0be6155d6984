"""One basket a line, its items between commas or other marks, as sets for basket analysis are written; no times.

    citrus fruit,semi-finished bread,margarine,ready soups

An item is named by its code or its name, and named twice it was bought twice. The receipt's number is the file's name and the
line: the same file again is known again, and another file's baskets are others.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from device.errors import HistoryError
from model_export.importing import found, guess, values
from model_export.importing.csv_file import MOST_LINE_BYTES
from model_export.importing.found import Refusal, Rules
from model_export.importing.guess import Asked
from model_export.importing.lines import LinesReader, decoded_beginning
from sync.central.past import PastLine, PastReceipt

_MARKS: Final = (",", ";", "\t", "|")
_ENCODING: Final = "the line is not in the file's encoding: pass --encoding"
_QUOTE: Final = "a quote is opened and not closed, or an item has no end"
_SHOWN: Final = 3


class Baskets(LinesReader):
    most_bytes = MOST_LINE_BYTES

    def __init__(self, path: Path, asked: Asked, rules: Rules) -> None:
        super().__init__(path, rules)
        self._encoding, text = decoded_beginning(path, asked)
        lines = text.splitlines()[: guess.MAX_SAMPLED]
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

    def _receipt(self, raw: bytes, place: int) -> PastReceipt | Refusal | None:
        try:
            items = self._items(raw.decode(self._encoding).removeprefix("\ufeff"))
            if not items or (place == 1 and self._header):
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
