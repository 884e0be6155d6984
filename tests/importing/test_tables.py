"""Text tables as retailers have them: the form is guessed and shown, asked for where it is in doubt, and read exactly."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from model_export.importing import values
from sync.central.past import Mark, PastLine, PastReceipt

HEADER = "receipt_id,at,sku,quantity\n"
TIME = "2026-03-02T09:30:00"


def lines(*rows: str) -> str:
    return HEADER + "".join(f"{row}\n" for row in rows)


def test_a_russian_export_is_read_without_a_flag(importing):
    text = (
        "Номер чека;Дата чека;Время;Касса;Код товара;Наименование;Количество;Сумма\n"
        "17;31.12.2025;18:05:09;2;460001;Сыр «Российский», 200 г;0,342;1 234,50\n"
        "17;31.12.2025;18:05:09;2;460002;Хлеб;2;80,00\n"
        "18;31.12.2025;18:07;2;460002;Хлеб;1;40,00\n"
    )
    done = importing.csv(text.encode("cp1251"))
    assert done.error is None
    assert "cp1251, semicolon between columns, decimal comma, dates day first, amounts in major units" in done.output
    assert importing.kept() == [
        PastReceipt(
            "17",
            (
                PastLine("460001", 342, 0, 123450, "pcs", "Сыр «Российский», 200 г"),
                PastLine("460002", 2000, 0, 8000, "pcs", "Хлеб"),
            ),
            till="2",
            local_time="2025-12-31T18:05:09",
            currency="RUB",
        ),
        PastReceipt(
            "18",
            (PastLine("460002", 1000, 0, 4000, "pcs", "Хлеб"),),
            till="2",
            local_time="2025-12-31T18:07:00",
            currency="RUB",
        ),
    ]


def test_an_american_export_with_prices_is_read_without_a_flag(importing):
    text = (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        '536365,85123A,"T-LIGHT HOLDER, WHITE",6,12/1/2010 8:26,2.55,17850,United Kingdom\n'
        "C536379,D,Discount,-1,12/13/2010 9:41,27.50,14527,United Kingdom\n"
    )
    done = importing.csv(text, "--currency", "GBP")
    assert done.error is None
    assert "not used:   Country" in done.output
    assert "17850" not in done.output
    first, back = importing.kept()
    assert (first.local_time, first.lines[0].amount, first.currency) == ("2010-12-01T08:26:00", 1530, "GBP")
    # Taken back, and a booking instead of goods.
    assert (back.lines[0].quantity, back.lines[0].marks) == (-1000, Mark.RETURN | Mark.NOT_GOODS)
    assert first.consent
    assert len(first.shopper) == 32


@pytest.mark.parametrize(
    ("written", "flags", "local", "utc"),
    [
        ("2026-03-02 09:30:00.250", (), "2026-03-02T09:30:00.250000", None),
        ("2026-03-02T09:30:00+03:00", (), "2026-03-02T09:30:00", "2026-03-02T06:30:00+00:00"),
        ("2026-03-02T06:30:00Z", ("--timezone", "Europe/Moscow"), "2026-03-02T09:30:00", "2026-03-02T06:30:00+00:00"),
        ("2026-03-02 09:30", ("--timezone", "Europe/Moscow"), "2026-03-02T09:30:00", "2026-03-02T06:30:00+00:00"),
        ("1772433000", ("--timezone", "Europe/Moscow"), "2026-03-02T09:30:00", "2026-03-02T06:30:00+00:00"),
        ("1772433000000", ("--timezone", "Europe/Moscow"), "2026-03-02T09:30:00", "2026-03-02T06:30:00+00:00"),
        ("20260302093000", (), "2026-03-02T09:30:00", None),
        ("2.3.26 9:30", (), "2026-03-02T09:30:00", None),
        ("03/02/2026 9:30 PM", ("--date-order", "mdy"), "2026-03-02T21:30:00", None),
        ("03/02/2026 12:05 am", ("--date-order", "dmy"), "2026-02-03T00:05:00", None),
        ("2026/03/02 09:30", (), "2026-03-02T09:30:00", None),
        ("02-Mar-26 09h30", ("--time-format", "%d-%b-%y %Hh%M"), "2026-03-02T09:30:00", None),
    ],
)
def test_times_in_every_form(importing, written, flags, local, utc):
    done = importing.csv(lines(f"1,{written},a,1"), *flags)
    assert done.error is None, done.output
    (receipt,) = importing.kept()
    assert (receipt.local_time, receipt.closed_at) == (local, utc)


def test_an_epoch_without_a_zone_is_refused_with_what_to_pass(importing):
    done = importing.csv(lines("1,1772433000,a,1"))
    assert "not one receipt" in done.error
    assert "pass --timezone: line 2" in done.output
    assert importing.kept() == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("receipt_id,at,sku\n1,03/04/2026,a\n", "pass --date-order dmy or --date-order mdy"),
        ("receipt_id,at,sku\n1,13/04/2026,a\n1,03/14/2026,a\n", "some begin with the month|some with the month"),
        ("receipt_id,at,article,ean\n1,2026-03-02,a,b\n", "pass --column sku='article' or --column sku='ean'"),
        ("ticket,order,at,sku\n1,1,2026-03-02,a\n", "pass --column receipt='order' or|--column receipt='ticket'"),
        ("receipt_id,at,thing\n1,2026-03-02,a\n", "pass --column sku=NAME .there are: 'receipt_id', 'at', 'thing'"),
        ("receipt_id,when,sku\n1,2026-03-02,a\n", "pass --column at=NAME, or date=NAME and time=NAME, or --untimed"),
        ("one column\n1\n2\n", "pass --delimiter"),
        ("", "is empty"),
    ],
)
def test_what_is_in_doubt_is_asked_for_and_nothing_imported(importing, content, sentence):
    done = importing.csv(content)
    assert re.search(sentence, done.error), done.error
    assert not importing.database.exists()


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--column", "recept=x"), "did you mean 'receipt'"),
        (("--column", "sku=Artikle"), "did you mean 'article'"),
        (("--column", "sku"), "write FIELD=NAME"),
        (("--encoding", "klingon"), "there is no encoding 'klingon'"),
        (("--timezone", "Mars/Base"), "there is no time zone"),
        (("--not-goods", "("), "no regular expression"),
        (("--currency", "rubles"), "no currency"),
    ],
)
def test_a_wrong_flag_is_one_sentence(importing, flags, sentence):
    done = importing.csv("receipt_id,at,article\n1,2026-03-02,a\n", *flags)
    assert sentence in done.error


def test_columns_by_flag_by_number_and_without_a_header(importing):
    done = importing.csv("7\t2026-03-02 09:30\tmilk\t1.5\n", "--column", "receipt=1", "--column", "at=2", "--column", "sku=3",
                         "--column", "quantity=4", "--no-header")  # fmt: skip
    assert done.error is None
    (receipt,) = importing.kept()
    assert (receipt.number, receipt.lines) == ("7", (PastLine("milk", 1500),))


def test_utf_16_with_quoted_newlines(importing):
    text = HEADER.replace("\n", ",name\r\n") + f'1,{TIME},a,1,"Öl,\nkalt"\r\n2,{TIME},b,1,x\r\n'
    done = importing.csv(text.encode("utf-16"))
    assert done.error is None
    assert [receipt.lines[0].name for receipt in importing.kept()] == ["Öl,\nkalt", "x"]


def test_nobody_to_ask_is_said_and_nothing_imported(importing):
    done = importing.run(importing.file("sales.csv", lines(f"1,{TIME},a,1")), yes=False)
    assert "pass --yes" in done.error
    assert not importing.database.exists()


def test_a_dry_run_reports_and_keeps_nothing(importing):
    done = importing.csv(lines(f"1,{TIME},a,1", f"2,{TIME},a,many"), "--dry-run")
    assert done.error is None
    assert "1 receipts are new" in done.output
    assert "a quantity or amount is no number: line 3 (many)" in done.output
    assert [path.name for path in importing.folder.iterdir()] == ["sales.csv"], "not even a key of pseudonyms"
    importing.key.write_text("no key")
    assert "chmod 600" in importing.csv(lines(f"1,{TIME},a,1"), "--dry-run").error


def test_receipts_whose_lines_do_not_stand_together_are_whole(importing):
    rows = [f"{number},{TIME},sku {line},1" for line in range(3) for number in range(40)]
    assert importing.csv(lines(*rows)).error is None
    assert [len(receipt.lines) for receipt in importing.kept()] == [3] * 40


def test_a_till_that_counts_from_one_every_day_makes_new_receipts(importing):
    rows = [f"1,2026-03-0{day}T09:30:00,sku {day},1" for day in range(1, 8)]
    importing.csv(lines(*rows))
    assert [receipt.lines[0].sku for receipt in importing.kept()] == [f"sku {day}" for day in range(1, 8)]


def test_stores_and_tills_number_their_receipts_each_for_itself(importing):
    text = f"receipt_id,store,till,at,sku\n1,A,1,{TIME},a\n1,B,1,{TIME},b\n1,A,2,{TIME},c\n"
    importing.csv(text)
    assert sorted((one.store, one.till, one.lines[0].sku) for one in importing.kept()) == [
        ("A", "1", "a"),
        ("A", "2", "c"),
        ("B", "1", "b"),
    ]


def test_the_same_file_twice_adds_nothing_and_overlapping_ones_add_what_is_new(importing):
    rows = [f"{number},{TIME},sku {number},1" for number in range(30)]
    importing.csv(lines(*rows[:20]))
    again = importing.csv(lines(*rows[:20]))
    assert "0 receipts are new, 20 were here already" in again.output
    assert "wholesale" not in again.output
    assert again.error is None
    assert "10 receipts are new, 10 were here already" in importing.csv(lines(*rows[10:])).output
    assert len(importing.kept()) == 30


def test_other_content_under_one_identity_is_reported_and_taken_only_when_asked(importing):
    importing.csv(lines(f"1,{TIME},a,1"))
    done = importing.csv(lines(f"1,{TIME},a,2", f"2,{TIME},a,1"))
    assert "refused 1 receipts: it is here already with other content" in done.output
    assert [receipt.lines[0].quantity for receipt in importing.kept()] == [1000, 1000]
    assert "1 replaced" in importing.csv(lines(f"1,{TIME},a,2"), "--replace").output
    assert [receipt.lines[0].quantity for receipt in importing.kept()] == [2000, 1000]


def test_marks_are_renewed_when_a_file_comes_again_with_other_settings(importing):
    text = lines(f"1,{TIME},a,60")
    importing.csv(text)
    assert "with other marks" in importing.csv(text, "--wholesale-pieces", "50").output
    assert [receipt.marks for receipt in importing.kept()] == [16]


def test_receipts_from_when_registers_send_are_left_to_them(importing):
    done = importing.csv(lines("1,2026-03-01T23:59:59,a,1", "2,2026-03-02T00:00:00,a,1"), "--until", "2026-03-02")
    assert [receipt.number for receipt in importing.kept()] == ["1"]
    assert "not before the one that --until names: line 3" in done.output


@pytest.mark.parametrize(
    ("told", "mark", "value"),
    [
        ("1.234,50", ",", "1234.50"),
        ("1.234.567", ",", "1234567"),
        ("1,00,000.5", ".", "100000.5"),
        ("-1 234,5", ",", "-1234.5"),
        ("(1,234.00)", ".", "-1234.00"),
        ("1,234-", ".", "-1234"),
        ("1.5", ",", None),
        ("12.50", ",", None),
        ("1,5", ".", None),
        ("1.234.5", ",", None),
        ("1,234.56", ",", None),
        ("1234.567,8", ",", None),
        (".500", ",", None),
        ("1,23,45", ".", None),
        ("0.500", ",", None),
        ("-0,500", ".", None),
        ("€ 1 234 567,50", ",", "1234567.50"),
        ("-1'234.50 $", ".", "-1234.50"),
        ("12 50", ".", None),
        ("1 5", ",", None),
        ("1234 567", ".", None),
        ("5€30", ",", None),
        ("5 € 30", ",", None),
    ],
)
def test_what_groups_thousands_is_never_taken_away_from_a_fraction(told, mark, value):
    if value is None:
        with pytest.raises(values.UnreadableError, match="is no number"):
            values.number(told, mark)
    else:
        assert values.number(told, mark) == Decimal(value)


@pytest.mark.parametrize("mark", [".", "-", "/"])
def test_a_year_of_two_digits_in_front_is_asked_for(importing, mark):
    """25-12-05 was the 25th of December 2005."""
    rows = lines(*(f"{day},25{mark}12{mark}{day:02},a,1" for day in range(1, 29)))
    assert "begin with a year of two digits: pass --time-format, such as '%y-%m-%d'" in importing.csv(rows).error
    assert importing.csv(rows, "--time-format", f"%y{mark}%m{mark}%d").error is None
    assert {told.local_time[:7] for told in importing.kept()} == {"2025-12"}


@pytest.mark.parametrize("days", [("31-12-25", "01-01-26"), ("28-12-25", "29-12-25", "01-01-26"), ("17-05-26",)])
def test_a_year_of_two_digits_behind_is_read(importing, days):
    assert importing.csv(lines(*(f"{number},{day},a,1" for number, day in enumerate(days)))).error is None
    read = {f"20{day[6:]}-{day[3:5]}-{day[:2]}" for day in days}
    assert {told.local_time[:10] for told in importing.kept()} == read


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--time-format", "%Y %Y"), "names a part of the time twice"),
        (("--time-format", "%Q"), "is no pattern of times: 'Q' is a bad directive"),
        (("--time-format", "%"), "is no pattern of times: stray %"),
        (("--encoding", "idna"), "there is no encoding 'idna' of text"),
        (("--encoding", "undefined"), "there is no encoding 'undefined' of text"),
        (("--encoding", "rot13"), "there is no encoding 'rot13' of text"),
        (("--column", "receipt=²"), "there is no column '²'"),
    ],
)
def test_a_flag_that_fits_no_file_is_one_sentence(importing, words, why):
    assert why in importing.csv(lines(f"1,{TIME},a,1"), *words).error
    assert not importing.database.exists()
