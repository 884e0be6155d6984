"""Consents by file: what a loyalty programme or an app knows, read strictly, line by line.

    id,kind,purpose,given,at,source,version
    79160000017,phone,profiling,yes,2026-11-01T10:00:00+03:00,app,2026-03

UTF-8, one statement a line, commas or semicolons as in the first line, which names the columns in any order. `kind` is card,
phone or account; `purpose` profiling, history or offers; `given` yes or no; `at` has an offset; `source` and `version` (of the
text that was agreed to) are what the shop calls them. A line that is anything else is refused as a whole, with its number and the
reason, never with what stands in it: an id could. A yes of the future is refused, a no of the future is kept and holds at once.

Memory: one line of at most `MAX_LINE` bytes, and whatever the reader of the statements holds.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from device.errors import SyncError
from device.shopper import Keyring
from sync.central.people import Claim, Kind, Purpose, Statement

COLUMNS: Final = ("id", "kind", "purpose", "given", "at", "source", "version")
MAX_LINE: Final = 4096
MAX_WORD: Final = 100
"""Letters of `source` and of `version`."""
CLOCKS_APART: Final = timedelta(minutes=5)
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_GIVEN: Final = {"yes": True, "no": False}


class Refused(NamedTuple):
    line: int
    why: str


class _LineError(ValueError):
    """Carries the reason, without a word of the line."""


def read(path: Path, keys: Keyring, at: datetime) -> Iterator[Statement | Refused]:
    """Statements and refused lines in their order. SyncError: the file cannot be read, or names other columns."""
    try:
        with path.open("rb") as file:
            header = file.readline(MAX_LINE)
            order, delimiter = _columns(path, header)
            yield from _lines(file, order, delimiter, keys, at)
    except OSError as error:
        raise SyncError(f"the consents {path} cannot be read: {error.strerror}") from error


def statement(words: dict[str, str], keys: Keyring, at: datetime) -> Statement:
    """Of the words of one line; ValueError with the reason."""
    try:
        kind = Kind(words["kind"])
    except ValueError:
        raise _LineError("kind is none of card, phone, account") from None
    try:
        purpose = Purpose(words["purpose"])
    except ValueError:
        raise _LineError("purpose is none of profiling, history, offers") from None
    if words["given"] not in _GIVEN:
        raise _LineError("given is neither yes nor no")
    given = _GIVEN[words["given"]]
    for name in ("source", "version"):
        if not 0 < len(words[name]) <= MAX_WORD or not words[name].isprintable():
            raise _LineError(f"{name} is empty, longer than {MAX_WORD} letters, or not printable")
    shoppers = keys.every(words["id"])
    if not shoppers:
        raise _LineError("id has no letter and no digit")
    return Statement(Claim(kind, shoppers), purpose, given, said_at(words["at"], given, at), words["source"], words["version"])


def said_at(told: str, given: bool, at: datetime) -> datetime:
    """ValueError with the reason."""
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        raise _LineError("at is no time of ISO 8601, such as 2026-11-01T10:00:00+03:00") from None
    if moment.tzinfo is None:
        raise _LineError("at has no offset from UTC: write 2026-11-01T10:00:00+03:00")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise _LineError("at is no time that anybody lived in") from None
    if moment < _EARLIEST:
        raise _LineError("at is before the year 2000")
    if given and moment > at + CLOCKS_APART:
        raise _LineError("at is in the future: look at the clocks of where it was said and of this machine")
    return moment


def _columns(path: Path, header: bytes) -> tuple[list[str], str]:
    try:
        text = header.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    delimiter = ";" if ";" in text else ","
    order = text.split(delimiter)
    if sorted(order) != sorted(COLUMNS):
        raise SyncError(f"the first line of {path} names other columns: write {','.join(COLUMNS)}")
    return order, delimiter


def _lines(file: BinaryIO, order: Sequence[str], delimiter: str, keys: Keyring, at: datetime) -> Iterator[Statement | Refused]:
    number = 1
    while raw := file.readline(MAX_LINE):
        number += 1
        whole = raw.endswith(b"\n")
        if not whole and len(raw) == MAX_LINE:
            while rest := file.readline(MAX_LINE):
                if rest.endswith(b"\n"):
                    break
            yield Refused(number, f"it is longer than {MAX_LINE} bytes")
            continue
        if not raw.strip():
            continue
        try:
            yield _one(raw, order, delimiter, keys, at)
        except _LineError as error:
            yield Refused(number, str(error))


def _one(raw: bytes, order: Sequence[str], delimiter: str, keys: Keyring, at: datetime) -> Statement:
    try:
        text = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise _LineError("it is not UTF-8") from None
    try:
        (words,) = csv.reader([text], delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        raise _LineError("a quote is opened and not closed, or it holds what no table can") from None
    if len(words) != len(order):
        raise _LineError(f"it has {len(words)} columns, not {len(order)}")
    return statement(dict(zip(order, words, strict=True)), keys, at)
