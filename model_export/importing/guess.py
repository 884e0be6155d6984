"""How a table of text is written, guessed from its first 256 KiB and shown before anything is imported; each guess has a flag.

A guess that could be wrong without being seen is not made: days and months that no value tells apart are asked for.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import msgspec

from device.errors import HistoryError
from model_export.importing import columns
from model_export.importing.times import DATE, DAY_NUMBER
from model_export.importing.values import DECIMAL_CODE, NOTHING

SAMPLE_BYTES: Final = 256 * 1024
_DELIMITERS: Final = (",", ";", "\t", "|")
_CYRILLIC: Final = re.compile("[А-Яа-яЁё]{2,}")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_COMMA: Final = re.compile(r"[-(]?[\d \u00a0.'’]*\d,\d{1,3}\)?-?")
_POINT: Final = re.compile(r"[-(]?[\d \u00a0,'’]*\d\.\d+\)?-?")
_MINOR: Final = re.compile(r"minor|cents|pence|kop|копе", re.IGNORECASE)
MAX_SAMPLED: Final = 2_000


class Asked(msgspec.Struct, frozen=True):
    """What flags say of a table; None: guess."""

    columns: dict[str, str] = {}
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    decimal_mark: str | None = None
    date_order: str | None = None
    day_one: date | None = None
    """Dates are numbers of days, and this is the date of day 1."""
    time_format: str | None = None
    amounts: str | None = None
    """`major` or `minor`: whether 1250 is 1250.00 or 12.50."""
    untimed: bool = False


def encoding(sample: bytes, *, whole: bool) -> str:
    """UTF-8 when it is that; else the Windows code page whose letters make words."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut in two by the end of the sample is no mistake.
        if not whole and error.start >= len(sample) - 4:
            return "utf-8"
    else:
        return "utf-8"
    said = re.findall(r"[^\x00-\x7f]", sample.decode("cp1251", "replace"))
    words = sum(len(word) for word in _CYRILLIC.findall(sample.decode("cp1251", "replace")))
    # In cp1252 text an accented letter stands alone between ASCII ones; in cp1251 text they come in words.
    return "cp1251" if words > len(said) / 2 else "cp1252"


def delimiter(lines: Sequence[str]) -> str:
    best, found = (0.0, 1), ""
    for mark in _DELIMITERS:
        widths = [len(row) for row in table(lines[:200], mark)]
        if widths and widths[0] > 1:
            agreeing = sum(width == widths[0] for width in widths) / len(widths)
            best, found = max((best, found), ((round(agreeing, 2), widths[0]), mark))
    if not found:
        raise HistoryError("no delimiter between columns is seen in the first lines: pass --delimiter")
    return found


def header(row: Sequence[str], said: Iterable[str]) -> bool:
    """Whether the first row names the columns: one of its names is known, or none of its cells is a number or a date."""
    known = {word for words in columns.SYNONYMS.values() for word in words.split()} | {columns.normalised(name) for name in said}
    if any(columns.normalised(cell) in known for cell in row):
        return True
    return not any(re.fullmatch(r"[\d .,:/-]+", cell.strip()) for cell in row)


def decimal_mark(values: Iterable[str], delimiter_mark: str) -> str:
    comma = point = 0
    for told in values:
        value = told.strip(" \u00a0\u202f€$£₽")
        comma += _COMMA.fullmatch(value) is not None and "," in value
        point += _POINT.fullmatch(value) is not None and "." in value
    if comma == point:
        return "," if comma and delimiter_mark != "," else "."
    return "," if comma > point else "."


def decimal_marks(money: Sequence[str], quantities: Sequence[str], delimiter_mark: str) -> tuple[str, str]:
    """Of amounts and of quantities: one mark for both, unless a program wrote all quantities as 1.0, and amounts as 0,90 €."""
    if decimal_codes(quantities):
        own = next(value for value in quantities if value.strip()).strip()[-2]
        seen = any("," in value or "." in value for value in money)
        return (decimal_mark(money, delimiter_mark) if seen else own), own
    return (decimal_mark([*money, *quantities], delimiter_mark),) * 2


def date_order(values: Iterable[str]) -> str:
    """`dmy` or `mdy`; HistoryError when every value could be either, or they contradict each other.

    A year of two digits behind changes less often than what stands before it; where it changes more often it is a day.
    """
    day_first = month_first = False
    doubtful = None
    firsts, lasts = set[str](), set[str]()
    for value in values:
        parts = DATE.fullmatch(value.strip())
        if parts is None or len(parts[1]) == 4:
            continue
        firsts.add(parts[1])
        lasts.add(parts[4])
        if parts[2] == "." or int(parts[1]) > 12:
            day_first = True
        elif int(parts[3]) > 12:
            month_first = True
        else:
            doubtful = doubtful or value.strip()
    if len(lasts) > len(firsts) and all(len(last) == 2 for last in lasts):
        raise HistoryError("the dates seem to begin with a year of two digits: pass --time-format, such as '%y-%m-%d'")
    if day_first and month_first:
        raise HistoryError("some dates begin with the day, some with the month: pass --date-order dmy or mdy, or --time-format")
    if doubtful is not None and not day_first and not month_first:
        raise HistoryError(f"'{doubtful}' could begin with the day or the month: pass --date-order dmy or --date-order mdy")
    return "mdy" if month_first else "dmy"


def dates(values: Sequence[str], asked: Asked) -> str:
    """`dmy` or `mdy`, said or seen; HistoryError where it is in doubt, or days are numbers and the first is not said."""
    if asked.time_format is None:
        _check_days(values, asked.day_one)
        return asked.date_order or date_order(values)
    return asked.date_order or "dmy"


def _check_days(values: Iterable[str], day_one: date | None) -> None:
    """HistoryError where dates are numbers of days, and from when on they are counted is not said."""
    told = [value.strip() for value in values if value.strip()]
    if told and day_one is None and all(map(DAY_NUMBER.fullmatch, told)):
        passed = "pass --day-one YYYY-MM-DD, the date of day 1 (a spreadsheet's is 1899-12-31)"
        raise HistoryError(f"dates such as '{told[0]}' are numbers of days: {passed}")


def clock(values: Iterable[str]) -> str | None:
    """How times of day are written as numbers: `HH`, `HHMM` or `HHMMSS`; None: they are no such numbers."""
    told = [value.strip() for value in values if value.strip()]
    digits = [value[:-2] if DECIMAL_CODE.fullmatch(value) else value for value in told]
    if not digits or not all(value.isascii() and value.isdigit() and len(value) <= 6 for value in digits):
        return None
    numbers, widths = list(map(int, digits)), set(map(len, digits))
    if max(numbers) < 24 and not widths & {4, 6}:
        return "HH"
    # Hours alone would be no shop's whole day; what is longer than four digits has seconds.
    return "HHMMSS" if max(widths) > 4 else "HHMM"


def amounts(name: str, values: Iterable[str], *, ours: bool) -> str:
    """Whether a column holds whole numbers of minor units: its name says so, or it is our own form and has no fractions."""
    whole = all(re.fullmatch(r"-?\d*", value.strip()) for value in values)
    return "minor" if _MINOR.search(name) or (ours and whole) else "major"


def decimal_codes(values: Iterable[str]) -> bool:
    """Whether a column of codes was once one of floats, which are what pandas makes of whole numbers with a gap among them."""
    told = [word for value in values if (word := value.strip()) and word.casefold() not in NOTHING]
    return bool(told) and all(map(DECIMAL_CODE.fullmatch, told))


def table(lines: Sequence[str], mark: str) -> list[list[str]]:
    """The rows that can be read, without empty ones."""
    rows = []
    reader = csv.reader(lines, delimiter=mark)
    while True:
        try:
            rows.append(next(reader))
        except csv.Error:
            continue
        except StopIteration:
            return [row for row in rows if row]
