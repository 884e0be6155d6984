"""What a damaged or hostile table can hold: each thing is refused by its line and reason, and the rest is kept."""

from __future__ import annotations

import json
import re
import tracemalloc
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model_export.importing.csv_file import CsvFile
from model_export.importing.found import Refusal, Rules, State
from model_export.importing.guess import Asked
from sync.central.past import Mark

HEADER = b"receipt_id,at,sku,quantity,name\n"
GOOD = b"good,2026-03-02T09:30:00,milk,1,Milk\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"1,2026-03-02T09:30:00,a\x00b,1,x\n", "NUL bytes"),
        (b"1,2026-03-02T09:30:00,a,1,M\xfclch\n", "pass --encoding"),
        (b"1,2026-03-02T09:30:00,a,1," + b"x" * 3_000_000 + b"\n", "longer than 1048576 bytes"),
        (b"1,2026-03-02T09:30:00,a,1," + b"x" * 300 + b"\n", "a text is longer than 256 characters"),
        (b"1,2026-03-02T09:30:00,a,1," + b"x" * 200_000 + b"\n", "is opened and not closed|longer than"),
        (b"1,2026-03-02T09:30:00,a,1\n", "4 columns and the table 5"),
        (b"1,2026-03-02T09:30:00,a,1,x,y,z\n", "7 columns and the table 5"),
        (b"1,2036-03-02T09:30:00,a,1,x\n", "lies in the future"),
        (b"1,1926-03-02T09:30:00,a,1,x\n", "before 1990"),
        (b"1,2026-02-30T09:30:00,a,1,x\n", "the time cannot be read"),
        (b"1,99999999999999999999,a,1,x\n", "the time cannot be read"),
        (b"1,,a,1,x\n", "the receipt has no time"),
        (b"1,2026-03-02T09:30:00,a,three,x\n", "no number"),
        (b"1,2026-03-02T09:30:00,a,NaN,x\n", "no number"),
        (b"1,2026-03-02T09:30:00,a,-Infinity,x\n", "no number"),
        (b"1,2026-03-02T09:30:00,a,1e999999999,x\n", "impossibly large"),
        (b",2026-03-02T09:30:00,a,1,x\n", "names no receipt"),
        (b"1,2026-03-02T09:30:00,,1,x\n", "no line with an item"),
        (b"1,2026-03-02T09:30:00,4539578763621486,1,x\n", "could be a payment card's number"),
        (b'1,2026-03-02T09:30:00,a,1,"never closed\n', "a quote is opened and not closed"),
    ],
)
def test_one_bad_line_is_refused_by_its_number_and_the_rest_kept(importing, line, why):
    done = importing.csv(HEADER + GOOD + line + GOOD.replace(b"good", b"fine"), "--encoding", "utf-8")
    assert done.error is None, done.error
    (refused,) = [told for told in done.output.splitlines() if re.search(why, told)]
    assert "line 3" in refused
    assert [receipt.number for receipt in importing.kept()] == ["good", "fine"]


def test_many_quotes_that_are_never_closed_cost_their_lines_only(importing):
    bad = b"".join(b'%d,2026-03-02T09:30:00,a,1,"x\n' % number for number in range(101))
    done = importing.csv(HEADER + GOOD + bad + GOOD.replace(b"good", b"fine"))
    assert importing.kept()[0].number == "good"
    assert "a quote is opened and not closed" in done.output


def files_open() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_many_quotes_that_are_never_closed_leave_no_file_open(tmp_path):
    """Of a file whose letters have two bytes, which is opened anew behind each of them."""
    path = tmp_path / "sales.csv"
    plain = "".join(f"{number},2026-03-02T09:30:00,milk,1,Milk\n" for number in range(60))
    path.write_bytes((HEADER.decode() + 30 * ('x,2026-03-02T09:30:00,milk,1,"Milk\n' + plain)).encode("utf-16"))
    reader = CsvFile(path, Asked(), Rules(lambda _: None, datetime(2030, 1, 1), "EUR"))
    before = files_open()
    open_then = [files_open() for one in reader.read(State()) if isinstance(one.told, Refusal)]
    assert len(open_then) == 30
    assert max(open_then) <= before + 2


@pytest.mark.parametrize("name", ["utf16", "U16", "UTF-16", "utf_16"])
def test_an_encoding_is_known_by_each_of_its_names(importing, name):
    done = importing.csv((HEADER + GOOD).decode().encode("utf-16"), "--encoding", name)
    assert done.error is None, done.error
    assert "utf-16, comma between columns" in done.output
    assert [told.number for told in importing.kept()] == ["good"]


def test_a_quoted_newline_is_text_and_lines_are_counted_on(importing):
    done = importing.csv(HEADER + b'1,2026-03-02T09:30:00,a,1,"two\nlines"\n2,never,a,1,x\n')
    assert [receipt.lines[0].name for receipt in importing.kept()] == ["two\nlines"]
    assert "the time cannot be read: line 4 (never)" in done.output


def test_negative_and_zero_quantities_are_kept_and_marked(importing):
    importing.csv(HEADER + GOOD + b"good,2026-03-02T09:30:00,milk,-1,Milk\ngood,2026-03-02T09:30:00,milk,0,Milk\n")
    (receipt,) = importing.kept()
    assert [(line.quantity, line.marks) for line in receipt.lines] == [(1000, 0), (-1000, Mark.RETURN), (0, Mark.VOID)]


def test_a_receipt_of_four_thousand_lines_is_kept_as_wholesale_and_one_of_twenty_thousand_refused(importing):
    def receipt(number: str, count: int) -> bytes:
        return b"".join(b"%s,2026-03-02T09:30:00,sku %d,1,x\n" % (number.encode(), line) for line in range(count))

    done = importing.csv(HEADER + receipt("big", 4_000) + receipt("huge", 20_000) + GOOD)
    assert [(one.number, len(one.lines), one.marks) for one in importing.kept()] == [
        ("big", 4_000, Mark.WHOLESALE),
        ("good", 1, 0),
    ]
    assert "the receipt has more than 10000 lines: line 14002 (huge)" in done.output


@pytest.mark.parametrize(
    ("second", "kept", "why"),
    [
        ("1,a,1", 1, "repeats an earlier one of its receipt, number and all"),
        ("1,b,1", None, "two different lines of the receipt bear one number"),
        ("2,b,1", 2, None),
    ],
)
def test_line_numbers_told_twice(importing, second, kept, why):
    start = "r,2026-03-02T09:30:00,"
    done = importing.csv(f"receipt_id,at,line,sku,quantity\n{start}1,a,1\n{start}{second}\nz,2026-03-02T09:30:00,1,a,1\n")
    assert why is None or f"{why}: line 3" in done.output
    assert [len(one.lines) for one in importing.kept() if one.number == "r"] == ([kept] if kept else [])


@pytest.mark.parametrize("cut", [b"3,2026-03-02T09:3", b'3,2026-03-02T09:30:00,a,1,"Mi', b"3"])
def test_a_truncated_file_keeps_what_stands_before_and_not_half_a_receipt(importing, cut):
    whole = HEADER + GOOD + b"3,2026-03-02T09:30:00,b,1,x\n"
    done = importing.csv(whole + cut)
    assert "ends within line 4; what stands before is kept" in done.error
    assert [receipt.number for receipt in importing.kept()] == ["good"]
    assert "the file ends within the receipt" in done.output
    # The whole file, when it comes, is read as if nothing had been.
    assert importing.csv(whole + b"3,2026-03-02T09:30:00,a,1,x\n").error is None
    assert [len(receipt.lines) for receipt in importing.kept()] == [1, 2]


def test_a_file_of_nothing_but_refusals_ends_with_an_error(importing):
    done = importing.csv(HEADER + GOOD.replace(b"2026", b"2099"))
    assert "not one receipt could be imported" in done.error


def test_neither_card_numbers_nor_loyalty_ids_are_kept_or_reported(importing):
    card, loyalty = "4539 5787 6362 1486", "+7 (912) 345-67-89"
    text = (
        "receipt_id,at,sku,name,customer,till\n"
        f"4539578763621486,2026-03-02T09:30:00,a,paid with {card},{loyalty},1\n"
        f"4111111111111111,2026-03-02T09:30:00,a,x,79123456789,1\n"
        f"2,not a time {card},a,x,{loyalty},1\n"
        f"3,+7 (912) 345-67-89,a,x,{loyalty},1\n"
    )
    report = importing.folder / "report.jsonl"
    done = importing.csv(text, "--report", str(report))
    assert done.error is None
    first, second = importing.kept()
    assert first.lines[0].name == "paid with [PAN]"
    assert first.shopper == second.shopper
    assert first.number != second.number
    everywhere = importing.bytes_kept() + report.read_bytes() + done.output.encode()
    for secret in (card, card.replace(" ", ""), "4111111111111111", loyalty, "79123456789", "345-67-89"):
        assert secret.encode() not in everywhere


def test_an_import_knows_card_numbers_as_a_till_does(importing):
    told = {
        "VISA 4111-1111-1111-1111": "VISA [PAN]",
        "MIR 2200000000000004": "MIR [PAN]",
        ";5555555555554444=25121010000? swiped": "[PAN] swiped",
        "MILK 4601234567015": "MILK 4601234567015",  # a barcode, although it fits the check digit of cards
        "SERIAL 1000000000000008": "SERIAL 1000000000000008",  # no issuer's
    }
    rows = "".join(f"{number},2026-03-02T09:30:00,a,{name}\n" for number, name in enumerate(told))
    assert importing.csv("receipt_id,at,sku,name\n" + rows).error is None
    assert [receipt.lines[0].name for receipt in importing.kept()] == list(told.values())


def test_the_report_is_json_lines_with_counts_and_places(importing):
    report = importing.folder / "report.jsonl"
    bad = b"".join(b"%d,never,a,1,x\n" % number for number in range(150))
    importing.csv(HEADER + GOOD + bad, "--report", str(report))
    summary, refused = map(json.loads, report.read_text().splitlines())
    assert (summary["file"], summary["new"], summary["cut_off"]) == ("sales.csv", 1, None)
    assert (refused["refused"], refused["receipts"], len(refused["examples"])) == ("the time cannot be read", 150, 100)
    assert refused["examples"][0] == {"place": 3, "what": "never"}


def test_what_is_refused_for_what_is_here_is_not_told_as_kept(importing):
    sold = HEADER.replace(b",name", b",void") + b"1,2026-03-02T09:30:00,milk,%d,yes\n"
    assert "1 voided" in importing.csv(sold % 1).output
    report = importing.folder / "report.jsonl"
    done = importing.csv(sold % 2, "--report", str(report))
    assert "here already with other content" in done.output
    assert "kept and left out of training" not in done.output
    summary = json.loads(report.read_bytes().splitlines()[0])
    assert (summary["new"], summary["lines"], summary["marked_lines"]) == (0, 0, {})


def test_a_report_that_cannot_be_written_is_one_sentence(importing):
    done = importing.csv(HEADER + GOOD, "--report", str(importing.folder / "no folder" / "report"))
    assert "there is no folder" in done.error
    assert not importing.database.exists()


def test_nothing_of_a_file_is_obeyed_by_a_terminal(importing):
    done = importing.csv(b"receipt_id,at,sku,\x1b[2Jname\n1,\x1b[31mnever,a,x\n" + b"2,2026-03-02,\x07b,y\n")
    assert "\x1b" not in done.output
    assert "\x07" not in done.output
    assert "the time cannot be read: line 2 ([31mnever)" in done.output


def test_a_file_of_huge_fields_is_read_in_little_memory(importing):
    """Four hundred lines of a quarter of a megabyte: neither a block nor what is remembered of values may hold them all."""
    path = importing.folder / "huge.csv"
    with path.open("wb") as file:
        file.write(HEADER + GOOD)
        for number in range(400):
            field = (b"%06d" % number) * 20_000
            file.write(b"%d,%s,a,1,%s\n" % (number, field, field))
    tracemalloc.start()
    done = importing.run(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert done.error is None
    assert "refused 400 receipts" in done.output
    assert peak < 60 * 1024 * 1024


@pytest.mark.parametrize("over", ["sales.csv", "link", "central.db", "shopper.key", "items.parquet"])
def test_a_report_is_never_written_over_what_it_reports_of(importing, over):
    pq.write_table(pa.table({"sku": ["milk"]}), importing.folder / "items.parquet")
    importing.csv(HEADER + GOOD)
    (importing.folder / "link").symlink_to(importing.folder / "sales.csv")
    before = {path: path.read_bytes() for path in importing.folder.iterdir()}
    done = importing.csv(HEADER + GOOD, "--report", str(importing.folder / over))
    assert "would write over" in done.error
    assert {path: path.read_bytes() for path in importing.folder.iterdir()} == before


def test_a_report_does_not_take_the_place_of_a_store_that_is_still_to_be_made(importing):
    done = importing.csv(HEADER + GOOD, "--report", str(importing.database))
    assert "would write over" in done.error
    assert not importing.database.exists()


def test_a_report_without_a_place_is_found_before_anything_is_imported(importing):
    done = importing.csv(HEADER + GOOD, "--report", str(importing.folder / ("x" * 254)))
    assert "cannot be written: File name too long" in done.error
    assert not importing.database.exists()


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(4)])
def test_bytes_are_not_taken_for_text(importing, kind):
    """As some tools write text; their letters are unknown."""
    path = importing.folder / "sales.parquet"
    pq.write_table(pa.table({"receipt_id": ["1"], "sku": pa.array([b"milk"], kind), "store": ["S"]}), path)
    done = importing.run(path, "--untimed")
    assert done.error is not None
    assert re.search(r"column sku holds .*binary.*, not text: export it as text", done.error)
