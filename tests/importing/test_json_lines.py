"""JSON lines: the registers' own receipts, and the simple form."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import msgspec
import pytest
from fakes.headquarters import receipt

from device.domain import Minor, Phase, Pseudonym
from sync.central.past import Mark, PastLine, PastReceipt


def simple(**changes) -> dict:
    told = {"receipt": "1", "at": "2026-03-02T09:30:00", "lines": [{"sku": "milk", "quantity": 1.1, "amount": 240, "unit": "l"}]}
    return told | changes


def written(*receipts) -> bytes:
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in receipts)


def test_the_simple_form(importing):
    full = simple(
        receipt=2,
        store="S",
        till=3,
        customer="79123456789",
        consent=False,
        order_hint=4,
        currency="EUR",
        lines=[
            {"sku": 77, "quantity": "2", "price": 150, "name": "Pen"},
            {"sku": "bag", "kind": "bag"},
            {"sku": "x", "return": True},
        ],
    )
    assert importing.run(importing.file("h.jsonl", written(simple(), full, simple(receipt="3", training=True)))).error is None
    first, second, third = importing.kept()
    assert first.lines == (PastLine("milk", 1100, 0, 240, "l"),)
    assert second == PastReceipt(
        "2",
        (PastLine("77", 2000, 0, 300, "pcs", "Pen"), PastLine("bag", 1000, Mark.NOT_GOODS), PastLine("x", 1000, Mark.RETURN)),
        store="S",
        till="3",
        local_time="2026-03-02T09:30:00",
        order_hint=4,
        currency="EUR",
        shopper=second.shopper,
        consent=False,
    )
    assert len(second.shopper) == 32
    assert third.marks == Mark.TRAINING
    assert b"79123456789" not in importing.bytes_kept()


def test_the_store_that_is_said_is_that_of_receipts_that_name_none(importing):
    file = importing.file("h.jsonl", written(simple(), simple(receipt="2", store="S1"), simple(receipt="3", store=" ")))
    assert importing.run(file, "--store", "S9").error is None
    assert [(told.number, told.store) for told in importing.kept()] == [("1", "S9"), ("2", "S1"), ("3", "S9")]


@pytest.mark.parametrize("hint", [2**63, -(2**63) - 1, 10**400])
def test_an_order_hint_that_no_store_can_hold_is_refused(importing, hint):
    told = simple(), simple(receipt="2", order_hint=hint), simple(receipt="3", order_hint=2**63 - 1)
    done = importing.run(importing.file("h.jsonl", written(*told)))
    assert done.error is None
    assert "refused 1 receipts: the line is no receipt of a known form: line 2 (Expected `int`" in done.output
    assert sorted((told.number, told.order_hint) for told in importing.kept()) == [("1", None), ("3", 2**63 - 1)]


def test_the_registers_own_form_alone_and_as_a_batch(importing):
    one, two = receipt(1), replace(receipt(2), phase=Phase.CANCELLED, shopper=Pseudonym("f" * 32))
    header = {"version": 1, "device": "register-1", "epoch": "a" * 32, "lo": 1, "hi": 2, "count": 2}
    batch = [{"seq": 1, "receipt": json.loads(msgspec.json.encode(one))}]
    text = written(header, *batch, msgspec.json.encode(two), msgspec.json.encode(one))
    done = importing.run(importing.file("h.jsonl", text))
    assert done.error is None
    assert "2 receipts are new, 1 were here already" in done.output
    first, second = importing.kept()
    assert [line.sku for line in first.lines] == [line.sku for line in one.lines]
    assert (first.local_time, first.closed_at) == (one.local_time, one.closed_at.isoformat())
    assert (second.marks, second.shopper, second.consent) == (Mark.VOID, "f" * 32, True)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{nonsense", "the line is not JSON"),
        (b'{"a":' * 100_000, "the line is not JSON"),
        (b"[1, 2]", "no receipt of a known form"),
        (b'{"receipt": "1"}', "no receipt of a known form"),
        (b'{"receipt": "\xff", "lines": []}', "the line is not JSON"),
        (written(simple(lines=[]))[:-1], "no line with an item"),
        (written(simple(at=None))[:-1], "has no time"),
        (written(simple(at="2099-01-01"))[:-1], "in the future"),
        (written(simple(lines=[{"sku": "a", "quantity": "NaN"}]))[:-1], "is no number"),
        (written(simple(lines=[{"sku": "a", "quantity": 1e300}]))[:-1], "impossibly large"),
        (written(simple(lines=[{"sku": "a", "amount": 2**80}]))[:-1], "no receipt of a known form|impossibly large"),
        (written(simple(lines=[{"sku": "4539578763621486"}]))[:-1], "payment card"),
        (written(simple(lines=[{"sku": "a"}] * 10_001))[:-1], "more than 10000 lines"),
        (msgspec.json.encode(replace(receipt(1), shopper=Pseudonym("79123456789"))), "no pseudonym"),
        (msgspec.json.encode(replace(receipt(1), local_time="noon")), "time cannot be read"),
        (msgspec.json.encode(replace(receipt(1), total=Minor(1), lines=())), "no line with an item"),
        (b'{"receipt": "1", "note": "' + b"x" * 5_000_000 + b'"}', "longer than 4194304 bytes"),
    ],
)
def test_a_bad_line_is_refused_by_its_number(importing, line, why):
    done = importing.run(importing.file("h.jsonl", written(simple(receipt="5")) + line + b"\n\n" + written(simple(receipt="6"))))
    assert done.error is None
    (refused,) = [told for told in done.output.splitlines() if re.search(why, told)]
    assert "line 2" in refused
    assert [one.number for one in importing.kept()] == ["5", "6"]
    assert b"79123456789" not in importing.bytes_kept()


def test_a_truncated_file_keeps_what_stands_before(importing):
    done = importing.run(importing.file("h.jsonl", written(simple(), simple(receipt="2"))[:-20]))
    assert "ends within line 2" in done.error
    assert [one.number for one in importing.kept()] == ["1"]
