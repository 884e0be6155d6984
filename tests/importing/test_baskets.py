"""Sets of one basket a line, without numbers, times or columns."""

from __future__ import annotations

import gzip

from model_export.importing.csv_file import MOST_LINE_BYTES
from sync.central.past import PastLine

GROCERIES = (
    "citrus fruit,semi-finished bread,margarine,ready soups\n"
    "whole milk\n"
    "\n"
    "pip fruit,yogurt,cream cheese ,meat spreads,yogurt\n"
    '"salt, fine",shopping bags\n'
)
AS_BASKETS = ("--format", "baskets")


def test_a_file_of_baskets_is_asked_for_and_then_read(importing):
    done = importing.csv(GROCERIES)
    assert "if each line is a whole basket, pass --format baskets" in done.error
    done = importing.csv(GROCERIES, *AS_BASKETS)
    assert done.error is None
    assert "one basket a line, comma between items" in done.output
    kept = importing.kept()
    assert [[line.sku for line in one.lines] for one in kept] == [
        ["citrus fruit", "semi-finished bread", "margarine", "ready soups"],
        ["whole milk"],
        ["pip fruit", "yogurt", "cream cheese", "meat spreads"],
        ["salt, fine", "shopping bags"],
    ]
    assert kept[2].lines[1] == PastLine("yogurt", 2000)
    assert "lines: 1 bags, deposits, services or gift cards" in done.output
    assert {(one.local_time, one.shopper) for one in kept} == {(None, None)}


def test_the_same_file_again_is_known_and_another_is_not(importing):
    importing.csv(GROCERIES, *AS_BASKETS)
    assert "1 receipts are new, 4 were here already" in importing.csv(GROCERIES + "beer\n", *AS_BASKETS).output
    other = importing.run(importing.file("other.csv", GROCERIES), *AS_BASKETS)
    assert "4 receipts are new" in other.output


def test_numbers_between_blanks_packed_and_with_a_byte_order_mark(importing):
    path = importing.file("retail.dat.gz", gzip.compress(b"\xef\xbb\xbf0 1 2 \n30 31 32\n"))
    assert importing.run(path, *AS_BASKETS).error is None
    assert [[line.sku for line in one.lines] for one in importing.kept()] == [["0", "1", "2"], ["30", "31", "32"]]


def test_what_is_no_basket_is_refused_by_its_line_and_the_rest_kept(importing):
    content = b"head,er\nmilk,bread\n" + b"x" * (MOST_LINE_BYTES + 9) + b"\nbeer," + b"y" * 300 + b'\n\xff,a\n"open,b\nham\n'
    done = importing.csv(content, *AS_BASKETS, "--header", "--encoding", "utf-8")
    assert done.error is None
    assert [one.lines[0].sku for one in importing.kept()] == ["milk", "ham"]
    for place, why in ((3, "longer than"), (4, "longer than 256"), (5, "pass --encoding"), (6, "a quote is opened")):
        assert any(why in line and f"line {place}" in line for line in done.output.splitlines()), (place, done.output)


def test_empty_and_missing_files_are_one_sentence(importing):
    assert "is empty" in importing.csv("", *AS_BASKETS).error
    assert "save it as UTF-8" in importing.csv("a,b\n".encode("utf-16"), *AS_BASKETS).error
    assert "no encoding 'klingon'" in importing.csv("a,b\n", *AS_BASKETS, "--encoding", "klingon").error
