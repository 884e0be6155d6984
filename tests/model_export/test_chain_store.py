"""A chain's central store in PostgreSQL as training reads it: through the reader, and through Ibis where the receipts are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import ibis
import msgspec
import psycopg
import pytest
from fakes.headquarters import receipt
from fakes.program import completed, tillside

from device.domain import Phase
from model_export.past import read_store
from sync import envelope
from sync.central import Delivery, open_central
from sync.central.past import Mark, PastLine, PastReceipt, open_past
from sync.envelope import Entry, Header

AT = datetime(2026, 5, 5, tzinfo=UTC)


@pytest.fixture
def url(server: str) -> Iterator[str]:
    """Three receipts of a register, one of them cancelled and one with a NUL in a name, and two imported ones."""
    sales = [receipt(1), replace(receipt(2), phase=Phase.CANCELLED), receipt(3)]
    sales[2] = replace(sales[2], lines=(replace(sales[2].lines[0], name="nul\0here"),))
    entries = [Entry(seq, msgspec.json.encode(sale)) for seq, sale in enumerate(sales, 1)]
    payload = envelope.pack(Header(envelope.VERSION, "register-1", "a" * 32, 1, 3, 3), entries)
    with closing(open_central(server, create=True)) as central:
        (verdict,) = central.ingest([Delivery("register-1", payload, envelope.unpack(payload))], AT)
        assert verdict.new == 3
    marked = PastReceipt("2", (PastLine("bag", 1000, Mark.NOT_GOODS), PastLine("tea", 500, unit="kg", name="Tea")), store="S9")
    with closing(open_past(server, create=True)) as past:
        past.keep([PastReceipt("1", (PastLine("milk", 2000, amount=500),)), marked], "file", lambda _: None, replace=False)
    yield server
    with psycopg.connect(server) as db:
        db.execute("DROP SCHEMA tillside CASCADE")


def test_training_reads_registers_and_the_past(url: str) -> None:
    rows, _ = read_store(url)
    registers, imported = rows
    assert Counter(registers.skus[item] for item in registers.item) == Counter({"S1": 1, "S2": 1, "S3": 2})
    assert sorted(imported.skus[item] for item in imported.item) == ["milk", "tea"]


def test_ibis_asks_where_the_receipts_are(url: str) -> None:
    at = urlsplit(url)
    backend = ibis.postgres.connect(host=at.hostname, port=at.port, user=at.username, database=at.path[1:])
    try:
        sold = backend.table("sold", database="tillside")
        counted = sold.group_by("sku").agg(times=sold.count(), thousandths=sold.quantity.sum()).order_by("sku").to_pyarrow()
        # The cancelled sale is none, and of the receipt that PostgreSQL cannot read nothing is made up.
        assert counted.to_pylist() == [{"sku": f"S{n}", "times": 1, "thousandths": 1000} for n in (1, 2, 3)]
        past = backend.table("past_sold", database="tillside")
        told = past.order_by("past", "line").select("store", "sku", "quantity", "unit", "amount", "name", "marks").to_pyarrow()
        assert [tuple(row.values()) for row in told.to_pylist()] == [
            (None, "milk", 2000, "pcs", 500, None, 0),
            ("S9", "bag", 1000, "pcs", None, None, int(Mark.NOT_GOODS)),
            ("S9", "tea", 500, "kg", None, "Tea", 0),
        ]
    finally:
        backend.disconnect()


def test_history_is_imported_into_a_chains_store(url: str, tmp_path) -> None:
    (tmp_path / "sales.csv").write_text(
        "receipt,sku,quantity,at\n77,bread,1,2026-01-02T10:00:00\n77,butter,1,2026-01-02T10:00:00\n"
    )
    done = completed(
        tillside("history", "import", tmp_path / "sales.csv", "--central", url, "--yes"), env={**os.environ, "COLUMNS": "200"}
    )
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr + done.stdout
    with closing(open_past(url)) as past:
        assert {line.sku for one in past.receipts() for line in one.lines} >= {"bread", "butter"}
