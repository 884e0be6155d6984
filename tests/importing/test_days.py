"""Dates that are numbers of days, and times of day that are numbers."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model_export.importing import guess

COMPLETE_JOURNEY = (
    "household_key,BASKET_ID,DAY,PRODUCT_ID,QUANTITY,SALES_VALUE,STORE_ID,RETAIL_DISC,TRANS_TIME,WEEK_NO,COUPON_DISC,"
    "COUPON_MATCH_DISC\n"
    "2375,26984851472,1,1004906,1,1.39,364,-0.6,1631,1,0,0\n"
    "2375,26984851472,1,1033142,2,0.82,364,0,1631,1,0,0\n"
    "1364,26984896261,60,842930,1,2.19,31742,0,5,1,0,0\n"
)


def test_numbered_days_are_asked_for_and_counted_from_the_first(importing):
    done = importing.csv(COMPLETE_JOURNEY)
    assert "dates such as '1' are numbers of days: pass --day-one YYYY-MM-DD" in done.error
    assert not importing.database.exists()
    done = importing.csv(COMPLETE_JOURNEY, "--day-one", "2024-01-01", "--currency", "USD")
    assert done.error is None
    assert "times of day HHMM" in done.output
    first, last = importing.kept()
    assert (first.number, first.store, first.local_time) == ("26984851472", "364", "2024-01-01T16:31:00")
    assert [(line.sku, line.quantity, line.amount) for line in first.lines] == [("1004906", 1000, 139), ("1033142", 2000, 82)]
    assert last.local_time == "2024-02-29T00:05:00"
    assert None is not first.shopper != last.shopper


def test_days_of_a_spreadsheet_with_their_share_of_a_day(importing):
    done = importing.csv("receipt;at;sku\n1;40148,3125;a\n2;46083;b\n", "--day-one", "1899-12-31")
    assert done.error is None
    assert [one.local_time for one in importing.kept()] == ["2009-12-01T07:30:00", "2026-03-02T00:00:00"]


@pytest.mark.parametrize(
    ("clocks", "form", "first"),
    [
        (["9", "21"], "HH", "09:00:00"),
        (["09", "21"], "HH", "09:00:00"),
        (["5", "2359"], "HHMM", "00:05:00"),
        (["931.0", "2359.0"], "HHMM", "09:31:00"),
        (["0009", "0010"], "HHMM", "00:09:00"),
        (["093011", "235959"], "HHMMSS", "09:30:11"),
        (["93011", "235959"], "HHMMSS", "09:30:11"),
        (["9:30", "10:30"], None, "09:30:00"),
        (["09:30:11", "10:30:00"], None, "09:30:11"),
    ],
)
def test_times_of_day_as_numbers(importing, clocks, form, first):
    rows = "".join(f"{number},02.03.2026,{clock},a\n" for number, clock in enumerate(clocks))
    done = importing.csv(f"receipt,date,time,sku\n{rows}")
    assert done.error is None, done.output
    assert importing.kept()[0].local_time == f"2026-03-02T{first}"
    assert guess.clock(clocks) == form


def test_a_number_that_is_no_time_of_day_is_refused(importing):
    done = importing.csv("receipt,date,time,sku\n1,2026-03-02,1631,a\n2,2026-03-02,2405,a\n3,2026-03-02,1099,a\n")
    assert "refused 2 receipts: the time cannot be read" in done.output
    assert [one.number for one in importing.kept()] == ["1"]


def test_the_same_in_a_parquet_file(importing):
    path = importing.folder / "sales.parquet"
    columns = {"BASKET_ID": [1, 2], "DAY": [1, 60], "TRANS_TIME": [1631, 5], "PRODUCT_ID": [7, 8]}
    pq.write_table(pa.table(columns), path)
    assert "pass --day-one" in importing.run(path).error
    done = importing.run(path, "--day-one", "2024-01-01")
    assert done.error is None
    assert [one.local_time for one in importing.kept()] == ["2024-01-01T16:31:00", "2024-02-29T00:05:00"]
