"""Codes and empty cells as pandas, databases and spreadsheets write them: no two shoppers, items or receipts become one."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from device.shopper import pseudonym, read_key

HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID\n"


def row(invoice="536365", code="85123", customer="17850", name="PEN"):
    return f"{invoice},{code},{name},1,2026-03-02 09:30,2.55,{customer}\n"


def shopper(importing, card):
    return pseudonym(read_key(importing.key), card)


def test_cards_that_pandas_made_floats_are_the_cards_that_registers_see(importing):
    done = importing.csv(HEADER + row(customer="17850.0") + row("536366", customer=""))
    assert done.error is None
    assert "read without the nought behind the point: customer" in done.output
    first, second = importing.kept()
    assert first.shopper == shopper(importing, "17850")
    assert second.shopper is None


def test_so_are_codes_of_a_german_spreadsheet_and_of_a_parquet_file_of_texts(importing):
    text = HEADER.replace(",", ";") + "536365,0;85123,0;PEN;1;2026-03-02 09:30;2,55;17850,0\n"
    assert importing.csv(text).error is None
    columns = {"receipt_no": ["536366.0"], "sku": ["85123.0"], "at": ["2026-03-02 10:30"], "customer": ["17850.0"]}
    path = importing.folder / "sales.parquet"
    pq.write_table(pa.table(columns), path)
    done = importing.run(path)
    assert done.error is None
    assert "read without the nought behind the point: customer, receipt, sku" in done.output
    first, second = importing.kept()
    assert (first.number, second.number) == ("536365", "536366")
    assert {line.sku for receipt in (first, second) for line in receipt.lines} == {"85123"}
    assert first.shopper == second.shopper == shopper(importing, "17850")


def test_a_code_that_ends_so_among_others_stays_what_it_is(importing):
    assert importing.csv(HEADER + row(code="10.0") + row(code="10.05")).error is None
    (receipt,) = importing.kept()
    assert [line.sku for line in receipt.lines] == ["10.0", "10.05"]


@pytest.mark.parametrize("told", ["NULL", "nan", "NaN", r"\N", "<NA>", "#N/A"])
def test_an_empty_cell_in_words_is_nobody_and_no_item(importing, told):
    done = importing.csv(HEADER + row(customer=told) + row("536366", name=told) + row("536367", code=told) + row(told))
    assert done.error is None
    first, second = importing.kept()
    assert first.shopper is None
    assert second.lines[0].name is None
    assert "the receipt holds no line with an item: line 4" in done.output
    assert "refused 1 lines: the line names no receipt: line 5" in done.output


@pytest.mark.parametrize("place", ["invoice", "code", "customer"])
@pytest.mark.parametrize("told", ["4.71009E+12", "5E+12"])
def test_a_code_that_a_spreadsheet_rounded_is_refused(importing, place, told):
    done = importing.csv(HEADER + row("1") + row(**{"invoice": "2", place: told}))
    assert done.error is None
    assert "rounded to an exponent by a spreadsheet: export that column as text: line 3" in done.output
    assert [receipt.number for receipt in importing.kept()] == ["1"]


def test_codes_that_only_look_like_it_are_codes(importing):
    assert importing.csv(HEADER + row(code="12E10") + row(code="1E5")).error is None
    (receipt,) = importing.kept()
    assert [line.sku for line in receipt.lines] == ["12E10", "1E5"]


def test_dates_that_a_parquet_file_writes_as_text_are_read_as_those_of_a_csv(importing):
    def sold(*days):
        columns = {"receipt_no": ["1", "2"], "sku": ["a", "b"], "datetime": days}
        path = importing.folder / "sales.parquet"
        pq.write_table(pa.table(columns), path)
        return importing.run(path)

    assert "pass --date-order dmy or --date-order mdy" in sold("03/04/2026 9:30", "05/04/2026 9:30").error
    done = sold("03/04/2026 9:30", "03/14/2026 9:30")
    assert done.error is None
    assert "dates month first" in done.output
    assert [receipt.local_time for receipt in importing.kept()] == ["2026-03-04T09:30:00", "2026-03-14T09:30:00"]


def test_a_code_that_is_the_name_of_a_bag_is_no_goods(importing):
    done = importing.csv("TransactionNo,Items,DateTime\n1,Gift voucher,2026-03-02 09:30\n1,Bread,2026-03-02 09:30\n")
    assert "lines: 1 bags, deposits, services or gift cards" in done.output


@pytest.mark.parametrize(
    "name", ["Discount", " Bank Charges", "Manual", "AMAZON FEE", "Adjust bad debt", "NONE", "DOTCOM POSTAGE"]
)
def test_what_a_ledger_books_beside_goods_is_no_goods(importing, name):
    assert importing.csv(HEADER + row(name=name, code="M") + row(name="Manual coffee grinder")).error is None
    (receipt,) = importing.kept()
    assert [line.marks for line in receipt.lines] == [8, 0]
