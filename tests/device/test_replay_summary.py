"""What the receipts of a recording were, one object for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from device.dialects import names
from device.errors import SourceError
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


def test_a_file_of_printed_receipts_is_read_in_both_of_its_forms(tmp_path: Path) -> None:
    lines = ["Milk 1l              1.20", "Tea                  3.00", "TOTAL                4.20", "CASH                 5.00"]
    other = "Хлеб                54.00\nИТОГО               54.00\nНАЛИЧНЫМИ           54.00"
    file = tmp_path / "receipts.jsonl"
    told = [json.dumps({"id": "a", "lines": lines}), "", json.dumps({"text": other}, ensure_ascii=False), '{"id": "nothing"}']
    file.write_text("\n".join(told), encoding="utf-8")
    one, two = summary(file, "linetext")
    assert ([line["text"] for line in one["lines"]], one["total"], one["ended"]) == (["Milk 1l", "Tea"], 420, "closed")
    assert ([line["text"] for line in two["lines"]], two["total"]) == (["Хлеб"], 5400)


@pytest.mark.parametrize("spoilt", ['{"lines": ["MILK"', '{"lines": "MILK 1.20"}', '{"lines": ["TEA"], "x": ' + "[" * 100_000])
def test_a_line_that_is_no_receipt_is_told(tmp_path: Path, spoilt: str) -> None:
    file = tmp_path / "receipts.jsonl"
    file.write_text(json.dumps({"lines": ["MILK 1.20"]}) + "\n" + spoilt + "\n")
    result = CliRunner().invoke(replay, [str(file), "--dialect", "linetext"])
    assert isinstance(result.exception, SourceError)
    assert f"{file} is not a capture" in str(result.exception)


def test_whole_baskets_as_json_lines_stay_what_the_till_sent(tmp_path: Path) -> None:
    file = tmp_path / "baskets.jsonl"
    file.write_bytes((RECORDINGS / "native" / "two_sales.bin").read_bytes())
    assert len(summary(file, "native")) == 2
