"""What the receipts of a recording were, one object for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from device.dialects import names
from device.installer.replay import replay

RECORDINGS = Path(__file__).parent / "recordings"


def summary(recording: Path, dialect: str, *options: str) -> list[dict[str, Any]]:
    words = [word for option in options for word in ("--option", option)]
    result = CliRunner().invoke(replay, [str(recording), "--dialect", dialect, "--summary", "--currency", "EUR", *words])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_two_sales_of_a_display_whose_recording_has_no_times() -> None:
    first, second = summary(RECORDINGS / "pole" / "composed_openbravo_epson.bin", "pole")
    assert [(line["text"], line["quantity"], line["amount"]) for line in first["lines"]] == [
        ("Whole milk 1l", 2000, 238),
        ("Rye bread", 1000, 240),
    ]
    assert (first["total"], first["ended"], first["partial"]) == (478, "closed", False)
    assert [line["text"] for line in second["lines"]] == ["Coffee 250 g"]
    assert second["total"] == 699


def test_voids_and_changed_quantities_are_in_the_lines() -> None:
    (sale,) = summary(RECORDINGS / "pole" / "composed_cp866.capture", "pole", "charset=cp866")
    told = [(line["text"], line["quantity"], line["unit"], line["amount"]) for line in sale["lines"]]
    assert told == [
        ("Молоко 3,2% 0,9л", 2000, "pcs", 17_980),
        ("Творог весовой", 500, "kg", 4900),
        ("Хлеб Бородинский", 1000, "pcs", 5400),
    ]
    assert sale["total"] == sum(line["amount"] for line in sale["lines"]) == 28_280


def test_codes_and_numbers_are_the_till_s_own() -> None:
    told = summary(RECORDINGS / "native" / "two_sales.bin", "native")
    assert [(sale["receipt"], sale["ended"], sale["total"]) for sale in told] == [
        ("20260504-7-1", "closed", 8990),
        ("20260504-7-2", "cancelled", 0),
    ]
    assert [line["sku"] for line in told[0]["lines"]] == ["4600000001517"]


def test_a_recording_that_ends_within_a_sale_tells_it_as_open(tmp_path: Path) -> None:
    whole = (RECORDINGS / "pole" / "composed_openbravo_epson.bin").read_bytes()
    (tmp_path / "cut.bin").write_bytes(whole[: whole.index(b"Total.")])
    (sale,) = summary(tmp_path / "cut.bin", "pole")
    assert (sale["ended"], len(sale["lines"])) == ("open", 2)


@pytest.mark.parametrize("dialect", names())
def test_every_dialect_has_receipts_or_none_that_are_whole(dialect: str, tmp_path: Path) -> None:
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 40)
    assert summary(tmp_path / "noise.bin", dialect) == []
