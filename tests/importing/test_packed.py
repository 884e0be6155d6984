"""Exports that are packed: gzip is read as what is in it, an archive or a spreadsheet is named."""

from __future__ import annotations

import gzip
import json
import random

import pytest

from tests.importing.test_poslog import log, sale

HEADER = "receipt_id,at,sku\n"


@pytest.mark.parametrize("form", ["csv", "jsonl", "xml"])
def test_a_packed_file_is_what_is_in_it(importing, form):
    at = "2026-03-02T09:30:00"
    text = {
        "csv": f"{HEADER}1,{at},Brötchen\n",
        "jsonl": json.dumps({"receipt": "1", "at": at, "lines": [{"sku": "a"}]}) + "\n",
        "xml": log(sale()),
    }[form]
    plain = importing.run(importing.file(f"sales.{form}", text))
    packed = importing.run(importing.file(f"sales.{form}.gz", gzip.compress(text.encode())))
    assert packed.error is None
    assert "0 receipts are new, 1 were here already" in packed.output
    assert len(packed.output.splitlines()) == len(plain.output.splitlines())


def test_so_is_one_in_utf_16(importing):
    text = f"{HEADER}1,2026-03-02T09:30:00,Ω\n".encode("utf-16")
    assert importing.run(importing.file("sales.csv.gz", gzip.compress(text))).error is None
    assert importing.kept()[0].lines[0].sku == "Ω"


@pytest.mark.parametrize("form", ["csv", "jsonl", "xml"])
@pytest.mark.parametrize("damage", ["cut", "bits"])
def test_a_damaged_one_keeps_what_stands_before_and_says_so(importing, form, damage):
    rows = [f"{number},2026-03-02T09:30:00,item {random.Random(number).random()}\n" for number in range(2_000)]
    lines = [
        json.dumps({"receipt": str(number), "at": "2026-03-02T09:30:00", "lines": [{"sku": str(random.Random(number).random())}]})
        for number in range(2_000)
    ]
    sales = [sale(number) for number in range(1, 500)]
    text = {"csv": HEADER + "".join(rows), "jsonl": "\n".join(lines), "xml": log(*sales)}[form]
    content = bytearray(gzip.compress(text.encode()))
    if damage == "cut":
        del content[len(content) * 3 // 4 :]
    else:
        content[len(content) // 2] ^= 0xFF
    done = importing.run(importing.file(f"sales.{form}.gz", bytes(content)))
    assert done.error is not None
    # A changed bit may be seen as text first, in what is unpacked.
    assert "damaged or cut off" in done.error or damage == "bits"
    assert len(importing.kept()) > 100


@pytest.mark.parametrize("begins", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_spreadsheet_or_an_archive_is_named(importing, begins):
    done = importing.run(importing.file("sales.xlsx", begins + bytes(500)))
    assert "is a spreadsheet or an archive: save it as CSV, or unpack it first" in done.error
    assert not importing.database.exists()
