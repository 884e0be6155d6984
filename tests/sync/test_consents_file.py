"""A file of consents is read strictly: a line is kept whole, or refused with its number and without a word of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.shoppers import ANNA, KEYS, NOW

from device.errors import SyncError
from sync import consents
from sync.central.people import Kind, Purpose, Statement
from sync.consents import Refused

HEADER = "id,kind,purpose,given,at,source,version"
GOOD = "card 1001,card,profiling,yes,2026-11-01T10:00:00+03:00,app,2026-03"


def read(path: Path, *lines: str | bytes, header: str | bytes = HEADER) -> list[Statement | Refused]:
    raw = [line if isinstance(line, bytes) else line.encode() for line in (header, *lines)]
    path.write_bytes(b"\n".join(raw) + b"\n")
    return list(consents.read(path, KEYS, NOW))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "consents.csv"


def test_a_line_is_a_statement(path: Path) -> None:
    (one,) = read(path, GOOD)
    assert one == Statement(one.claim, Purpose.PROFILING, True, datetime(2026, 11, 1, 7, tzinfo=UTC), "app", "2026-03")
    assert (one.claim.kind, one.claim.shoppers) == (Kind.CARD, KEYS.every(ANNA))


def test_columns_may_stand_in_any_order_and_between_semicolons(path: Path) -> None:
    words = GOOD.split(",")
    turned = [";".join(reversed(line)) for line in (HEADER.split(","), words)]
    assert read(path, turned[1], header="\N{ZERO WIDTH NO-BREAK SPACE}" + turned[0]) == read(path, GOOD)
    assert read(path, GOOD + "\r", "", '"card 1001"' + GOOD[9:], header=HEADER + "\r") == read(path, GOOD) * 2


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (GOOD.replace(",card,", ",passport,"), "kind is none of"),
        (GOOD.replace("profiling", "everything"), "purpose is none of"),
        (GOOD.replace("yes", "да"), "neither yes nor no"),
        (GOOD.replace("yes", ""), "neither yes nor no"),
        (GOOD.replace("card 1001", " - "), "no letter and no digit"),
        (GOOD.replace("app", ""), "source is empty"),
        (GOOD.replace("app", "x" * 101), "longer than 100 letters"),
        (GOOD.replace("2026-03", "1\x1b[2J"), "version is"),
        (GOOD.replace("2026-11-01T10:00:00+03:00", "01.11.2026"), "no time of ISO 8601"),
        (GOOD.replace("+03:00", ""), "no offset"),
        (GOOD.replace("2026-11-01", "1999-11-01"), "before the year 2000"),
        (GOOD.replace("2026-11-01", "0001-01-01"), "at is"),
        (GOOD.replace("2026-11-01", "2027-11-01"), "in the future"),
        (GOOD + ",more", "8 columns, not 7"),
        (GOOD.rpartition(",")[0], "6 columns, not 7"),
        ('"' + GOOD, "a quote is opened"),
        (GOOD.encode() + b"\xff", "not UTF-8"),
        (b"\0" * 10, "columns, not 7"),
        ("x" * 50_000, "longer than 4096 bytes"),
        ("x" * 4096, "longer than 4096 bytes"),
    ],
)
def test_what_is_no_statement_is_refused_with_its_line_and_the_next_is_read(path: Path, line: str | bytes, why: str) -> None:
    refused, good = read(path, line, GOOD)
    assert isinstance(refused, Refused)
    assert refused.line == 2
    assert why in refused.why
    assert "1001" not in refused.why
    assert isinstance(good, Statement)


def test_a_no_of_the_future_is_kept(path: Path) -> None:
    (one,) = read(path, GOOD.replace("yes", "no").replace("2026-11-01", "2030-11-01"))
    assert isinstance(one, Statement)
    assert not one.given


@pytest.mark.parametrize("header", ["", "id,kind", HEADER + ",name", HEADER.replace("kind", "id"), b"\xff\xfe", "x" * 100_000])
def test_other_columns_are_refused_as_a_whole(path: Path, header: str | bytes) -> None:
    with pytest.raises(SyncError, match="names other columns: write id,kind,purpose"):
        read(path, GOOD, header=header)


def test_a_file_that_is_not_there_is_one_sentence(path: Path) -> None:
    with pytest.raises(SyncError, match="cannot be read"):
        list(consents.read(path, KEYS, NOW))
