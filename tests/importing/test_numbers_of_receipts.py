"""Exports without a receipt's number, or with one that several columns tell together."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from device.shopper import pseudonym, read_key

TA_FENG = (
    '"TRANSACTION_DT","CUSTOMER_ID","AGE_GROUP","PIN_CODE","PRODUCT_SUBCLASS","PRODUCT_ID","AMOUNT","ASSET","SALES_PRICE"\n'
    '"11/1/2000","00046855","25-29","115","110411","4710085120468","3","51","57"\n'
    '"11/1/2000","00046855","25-29","115","110411","4710085120697","1","56","60"\n'
    '"11/1/2000","00539166","<25","115","130315","4714981010038","2","24","26"\n'
    '"11/13/2000","00046855","25-29","115","110411","4710085120468","1","17","19"\n'
)
AS_IT_IS = ("--column", "quantity=AMOUNT", "--column", "amount=SALES_PRICE")
BY_DAY = (*AS_IT_IS, "--column", "receipt=CUSTOMER_ID+TRANSACTION_DT")


def test_what_to_pass_where_there_is_no_number_is_said(importing):
    done = importing.csv(TA_FENG)
    assert "pass --column receipt=NAME, or =ONE+OTHER of columns that tell it together, such as customer and day" in done.error
    done = importing.csv(TA_FENG, *AS_IT_IS, "--column", "receipt=CUSTOMER_ID")
    assert "names a customer and no receipt: pass --column receipt='CUSTOMER_ID'+DAY" in done.error
    assert not importing.database.exists()


def test_what_a_customer_buys_on_a_day_is_a_receipt_and_no_byte_tells_whose(importing):
    report = importing.folder / "report.jsonl"
    empty = '"11/2/2000","","25-29","115","110411","4710085120468","1","17","19"\n'
    done = importing.csv(TA_FENG + empty, *BY_DAY, "--report", str(report))
    assert done.error is None, done.output
    assert "refused 1 lines: the line names no receipt: line 6" in done.output
    assert "00046855" not in done.output
    first, other, later = importing.kept()
    assert [(line.sku, line.quantity, line.amount) for line in first.lines] == [
        ("4710085120468", 3000, 5700),
        ("4710085120697", 1000, 6000),
    ]
    assert [receipt.local_time for receipt in (first, other, later)] == ["2000-11-01T00:00:00"] * 2 + ["2000-11-13T00:00:00"]
    assert first.shopper == later.shopper == pseudonym(read_key(importing.key), "00046855") != other.shopper
    # Whoever is forgotten leaves no name in the numbers either.
    numbers = {receipt.number for receipt in (first, other, later)}
    assert len(numbers) == 3
    assert not any(shopper in number for number in numbers for shopper in (first.shopper, other.shopper))
    assert b"00046855" not in importing.bytes_kept() + report.read_bytes()
    again = importing.csv(TA_FENG + empty + "\n", *BY_DAY)
    assert "0 receipts are new, 3 were here already" in again.output


def test_the_same_out_of_a_parquet_file(importing):
    path = importing.folder / "sales.parquet"
    columns = {"date": ["2000-11-01"] * 2 + ["2000-11-02"], "customer": ["7", "8", "7"], "sku": ["a", "b", "c"]}
    pq.write_table(pa.table(columns), path)
    done = importing.run(path, "--column", "receipt=customer+date")
    assert done.error is None
    first, _, later = importing.kept()
    assert (first.shopper, len(importing.kept())) == (later.shopper, 3)


def test_a_number_in_two_columns_is_kept_as_it_is(importing):
    text = "Z,nr,date,article\n41,1,2026-03-02,a\n42,1,2026-03-02,b\n41,1,2026-03-02,c\n42,,2026-03-02,d\n"
    done = importing.csv(text, "--column", "receipt=Z+nr")
    assert done.error is None
    assert [(one.number, [line.sku for line in one.lines]) for one in importing.kept()] == [("41+1", ["a", "c"]), ("42+1", ["b"])]
    assert "the line names no receipt: line 5" in done.output


def test_a_column_whose_name_has_a_plus_is_that_column(importing):
    assert importing.csv("a+b,date,article\n7,2026-03-02,x\n", "--column", "receipt=a+b").error is None
    assert importing.kept()[0].number == "7"


@pytest.mark.parametrize(
    ("header", "sku", "name"),
    [("receipt,at,Item", "x", None), ("TransactionNo,DateTime,Items", "x", None), ("receipt,at,Item,ItemCode", "7", "x")],
)
def test_an_item_is_its_own_code_where_nothing_else_is_one(importing, header, sku, name):
    cells = ["1", "2026-03-02 09:30", "x", "7"][: header.count(",") + 1]
    assert importing.csv(f"{header}\n{','.join(cells)}\n").error is None
    (line,) = importing.kept()[0].lines
    assert (line.sku, line.name) == (sku, name)
