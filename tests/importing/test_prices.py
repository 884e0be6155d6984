"""Lines that tell a price of one unit and no amount: the amount is their product, to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

COLUMNS = ("receipt_id", "at", "sku", "quantity", "price", "amount")
AT = "2026-03-02T09:30:00"

ROWS = (
    (("2", "1.50", "2.50"), 250),  # as told, whatever the price says
    (("2", "1.50", "0"), 0),
    (("2", "1.50", ""), 300),
    (("", "1.50", ""), 150),  # one piece
    (("40.123", "1.459", ""), 5854),  # 58.539: not 58.58, as of a price of 1.46
    (("3", "0.335", ""), 101),  # half away from nought
    (("-3", "0.335", ""), -101),
    (("10", "0.004", ""), 4),
    (("2", "", ""), None),
    (("2", "", "7"), 700),
    (("1", "1e-999999", ""), 0),
    (("0.342", "3.610", ""), 123),
)
"""Quantity, price and amount as they stand there, and what is kept in minor units."""


def csv_of(*rows):
    return "\n".join([",".join(COLUMNS), *(f"{number},{AT},a,{','.join(row)}" for number, row in enumerate(rows))]) + "\n"


def parquet_of(importing, kind, *rows):
    def typed(told):
        if kind == pa.string():
            return told or None
        return {"": None}.get(told, Decimal(told or 0) if pa.types.is_decimal(kind) else float(told or 0))

    numbers = [pa.array([typed(told) for told in column], kind) for column in zip(*rows, strict=True)]
    count = len(rows)
    texts = [pa.array(list(map(str, range(count)))), pa.array([AT] * count), pa.array(["a"] * count)]
    path = importing.folder / "sales.parquet"
    pq.write_table(pa.table([*texts, *numbers], names=list(COLUMNS)), path)
    return path


def kept(importing):
    return {receipt.number: receipt.lines[0].amount for receipt in importing.kept()}


def test_an_empty_amount_in_a_text_table_is_price_times_quantity(importing):
    done = importing.csv(csv_of(*(row for row, _ in ROWS)))
    assert done.error is None, done.output
    assert kept(importing) == {str(number): amount for number, (_, amount) in enumerate(ROWS)}


@pytest.mark.parametrize("kind", [pa.float64(), pa.decimal128(20, 4), pa.string()])
def test_an_empty_amount_in_parquet_is_price_times_quantity(importing, kind):
    rows = [(row, amount) for row, amount in ROWS if "e" not in row[1]]
    done = importing.run(parquet_of(importing, kind, *(row for row, _ in rows)))
    assert done.error is None, done.output
    assert kept(importing) == {str(number): amount for number, (_, amount) in enumerate(rows)}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_column_of_amounts_in_which_nothing_stands_does_not_hide_the_prices(importing, form):
    """Whole numbers in our own form are minor units: those of the prices, then."""
    if form == "csv":
        done = importing.csv(csv_of(("2", "150", ""), ("2", "1.50", "")))
        assert (done.error, kept(importing)) == (None, {"0": 30000, "1": 300})
    else:
        columns = [["1"], [AT], ["a"], [2], [150], pa.nulls(1)]
        pq.write_table(pa.table(columns, names=list(COLUMNS)), importing.folder / "sales.parquet")
        done = importing.run(importing.folder / "sales.parquet")
        assert (done.error, kept(importing)) == (None, {"1": 300})
        assert "amounts in minor units" in done.output


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("2", "1.50x", ""), "a quantity or amount is no number: line 2 (1.50x)"),
        (("x", "1.50", ""), "a quantity or amount is no number: line 2 (x)"),
        (("999999999", "999999999", ""), "impossibly large: line 2"),
        (("1", "1e999999", ""), "impossibly large: line 2"),
        (("1", "NaN", ""), "a quantity or amount is no number: line 2"),
    ],
)
def test_what_cannot_be_multiplied_is_refused_with_its_line(importing, row, why):
    done = importing.csv(csv_of(row, ("1", "1.00", "")))
    assert done.error is None
    assert why in done.output
    assert kept(importing) == {"1": 100}


def test_a_price_that_is_not_needed_costs_no_line(importing):
    assert importing.csv(csv_of(("2", "by weight", "2.50"), ("1", "1.00", ""))).error is None
    assert kept(importing) == {"0": 250, "1": 100}


def test_an_amount_beside_a_price_and_no_quantity_is_asked_for(importing):
    def sold():
        ((line,),) = (receipt.lines for receipt in importing.kept())
        return line.quantity, line.amount

    text = "receipt,date,sku,AMOUNT,SALES_PRICE\n1,2026-03-02,a,3,57\n"
    done = importing.csv(text)
    assert "could be how many or how much money: pass --column quantity='AMOUNT' or --column amount='AMOUNT'" in done.error
    assert not importing.database.exists()
    done = importing.csv(text, "--column", "quantity=AMOUNT")
    assert done.error is None
    assert "no column of amounts or prices: what an item costs stays unknown" in done.output
    assert sold() == (3000, None)
    assert importing.csv(text, "--replace", "--column", "quantity=AMOUNT", "--column", "amount=SALES_PRICE").error is None
    assert sold() == (3000, 5700)
    assert importing.csv(text, "--replace", "--column", "amount=AMOUNT").error is None
    assert sold() == (1000, 300)


@pytest.mark.parametrize(
    ("names", "amount"),
    [(("receipt_no", "line_total"), 5700), (("receipt_no", "amount_cents"), 57), (("receipt_id", "amount"), 57)],
)
def test_whole_amounts_of_a_foreign_parquet_file_are_no_cents_unless_their_name_says_so(importing, names, amount):
    path = importing.folder / "sales.parquet"
    receipt, money = names
    pq.write_table(pa.table({receipt: ["1"], "at": [AT], "sku": ["a"], money: [57]}), path)
    words = ("--column", f"amount={money}")
    assert importing.run(path, *words).error is None
    assert importing.kept()[0].lines[0].amount == amount


def test_quantities_of_a_program_do_not_hide_the_decimal_comma_of_prices(importing):
    rows = '1,2026-03-02 09:30,a,2.0,"1,150 €"\n2,2026-03-02 09:31,b,-1.0,"0,90 €"\n'
    done = importing.csv(f"receipt,at,sku,quantity,price\n{rows}")
    assert done.error is None
    assert "decimal comma in amounts and point in quantities" in done.output
    assert [(one.lines[0].quantity, one.lines[0].amount) for one in importing.kept()] == [(2000, 230), (-1000, -90)]


def test_the_decimal_comma_of_prices_with_their_currency_is_seen(importing):
    done = importing.csv('receipt,at,sku,price\n1,2026-03-02 09:30,a,"1,150 €"\n2,2026-03-02 09:31,b,"0,90 €"\n')
    assert done.error is None
    assert [receipt.lines[0].amount for receipt in importing.kept()] == [115, 90]
