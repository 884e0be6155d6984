"""What a till tells a TRASSIR recorder: one small document for each thing that happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from device.dialects import decoder
from device.domain import Kind, Phase, Unit
from device.errors import SettingsError
from device.events import LineChanged, LineRung, LineVoided, PosEvent, SaleBegan, SaleEnded, SubtotalTold, Tendered
from device.flatxml import MAX_DOCUMENT
from device.receipts import MAX_RECEIPTS
from device.replay import events as replayed

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
SAMPLE = Path(__file__).parents[3] / "shared" / "recordings" / "trassir__dsslxml-doc-sample" / "receipt_sample_partial.xml"


def document(event: str, encoding: str = "utf-8", **fields: object) -> bytes:
    told = {"operation_id": "A1", "location": "cas_1", "cashier": "Ivanov I", **fields}
    inner = "".join(f"<{name}>{value}</{name}>\r\n" for name, value in told.items() if value is not None)
    text = f'<?xml version="1.0" encoding="{encoding}"?><transaction><event_type>POSNG_{event}</event_type>{inner}</transaction>'
    return text.encode(encoding)


def heard(*documents: bytes, **options: object) -> list[PosEvent]:
    decode = decoder("dsslxml", options)
    return [event for one in documents for event in decode.feed(one, AT)]


def last(*documents: bytes, **options: object) -> Any:
    return heard(*documents, **options)[-1]


@pytest.mark.shared
@pytest.mark.skipif(not SAMPLE.exists(), reason="../shared/recordings is not here")
def test_the_makers_own_example() -> None:
    decode = decoder("dsslxml")
    began, *rung = replayed(decode, SAMPLE)
    assert isinstance(began, SaleBegan)
    assert (began.sale, began.till) == ("E44D0F4A", "cas_1")
    lines = [event.line for event in rung if isinstance(event, LineRung)]
    assert len(lines) == len(rung) == 3
    assert [(line.line_id, line.code, line.quantity, line.unit, line.amount, line.price) for line in lines] == [
        (1, "1149990037", 1234, Unit.KILOGRAM, 18540, None),
        (2, "0760557822035", 2000, Unit.PIECE, 10398, 5199),
        (3, "12843745092347", 10723, Unit.LITRE, 7645, None),
    ]
    assert [line.doubt for line in lines] == ["no GTIN: 10 digits", None, "the check digit does not fit"]
    assert "Ivanov" not in f"{began}{rung}{decode.skips}"
    assert decode.skips.messages == 0


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "cp866", "koi8-r"])
def test_the_prologs_encoding_counts(encoding: str) -> None:
    assert last(
        document("POSITION_ADD", encoding, text="Молоко «Ёлочка»" if encoding not in {"cp866", "koi8-r"} else "Молоко")
    ).line.name.startswith("Молоко")


def test_bytes_that_are_not_what_the_prolog_says_are_read_by_the_option() -> None:
    spoilt = document("POSITION_ADD", "windows-1251", text="Хлеб").replace(b"windows-1251", b"utf-8")
    assert last(spoilt).line.name == "Хлеб"
    spoilt = document("POSITION_ADD", "cp866", text="Хлеб").replace(b"cp866", b"utf-8")
    assert last(spoilt, charset="cp866").line.name == "Хлеб"
    with pytest.raises(SettingsError, match="unknown encoding 'rot13'"):
        decoder("dsslxml", {"charset": "rot13"})


def test_a_bare_ampersand_costs_nothing() -> None:
    line = last(document("POSITION_ADD", text="M&M's <300g> &amp; nuts", price="10")).line
    assert (line.amount, line.name) == (1000, None)
    assert last(document("POSITION_ADD", text="M&M's &amp; &#1051;", price="10")).line.name == "M&M's & Л"


@pytest.mark.parametrize(
    "before",
    [
        b'<!DOCTYPE transaction [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        b'<!DOCTYPE transaction SYSTEM "file:///etc/passwd">',
    ],
)
def test_a_document_with_types_or_entities_is_refused_and_the_next_one_read(before: bytes) -> None:
    decode = decoder("dsslxml")
    assert not decode.feed(before + document("POSITION_ADD", text="&b;").partition(b"?>")[2], AT)
    assert not decode.feed(document("POSITION_ADD").replace(b"<transaction>", b"<transaction>" + before), AT)
    assert "declares types or entities" in decode.skips.last
    assert decode.feed(document("POSITION_ADD"), AT)


def test_documents_have_a_limit_and_lost_ends_cost_one_document() -> None:
    decode = decoder("dsslxml")
    assert not decode.feed(document("POSITION_ADD", text="x" * MAX_DOCUMENT), AT)
    assert "longer than" in decode.skips.last
    assert not decode.feed(document("POSITION_ADD")[:-5], AT)
    (event,) = decode.feed(document("POSITION_ADD", barcode="7"), AT)
    assert isinstance(event, LineRung)
    assert event.line.code == "7"
    assert decode.skips.messages == 2


def test_ten_thousand_attributes_and_deep_nesting_are_no_item() -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(5000)).encode()
    assert not heard(b"<transaction " + attributes + b"></transaction>", b"<transaction>" + b"<a>" * 20_000 + b"</transaction>")


@pytest.mark.parametrize("name", ["POSITION_ADD_BEGIN", "POSITION_ADD_FAIL", "RECEIPT_CANCEL_BEGIN", "RECEIPT_CANCEL_FAIL"])
def test_what_only_began_or_failed_changes_nothing(name: str) -> None:
    assert not heard(document(name, position=1, barcode="1"))


@pytest.mark.parametrize(
    "name",
    [
        "SHIFT_START",
        "SHIFT_OVER_24H",
        "CASHIER_LOGIN",
        "ADMIN_LOGOUT",
        "TAX_OFFICER_LOGIN",
        "COMMENT",
        "ERROR",
        "STOREHOUSE_ADD",
        "RECEIPT_NUMBER",
    ],
)
def test_people_shifts_and_warehouses_change_nothing(name: str) -> None:
    decode = decoder("dsslxml")
    assert not decode.feed(document(name, barcode="1"), AT)
    assert decode.skips.messages == 0


def test_a_scan_and_its_position_are_one_item() -> None:
    scan = document("POSITION_ADD_BY_SCANNER", barcode="4601234567893")
    add = document("POSITION_ADD", position=0, barcode="4601234567893", price="89.90")
    (event,) = heard(scan, add)
    assert isinstance(event, LineRung)
    assert (event.line.line_id, event.line.amount) == (0, 8990)
    other = document("POSITION_ADD", position=1, barcode="7")
    assert [event.line.code for event in heard(scan, other) if isinstance(event, LineRung)] == ["4601234567893", "7"]
    assert len(heard(scan, scan, document("RECEIPT_CLOSE"))) == 3


def test_a_scan_alone_is_told_after_silence_and_completed_later() -> None:
    decode = decoder("dsslxml")
    assert not decode.feed(document("POSITION_ADD_BY_SCANNER", barcode="4601234567893"), AT)
    assert not decode.feed(b"", AT + timedelta(seconds=1))
    (event,) = decode.feed(b"", AT + timedelta(seconds=2))
    assert isinstance(event, LineRung)
    (event,) = decode.feed(document("POSITION_ADD", position=0, barcode="4601234567893", price="9"), AT + timedelta(seconds=9))
    assert isinstance(event, LineChanged)
    assert (event.code, event.amount) == ("4601234567893", 900)


@pytest.mark.parametrize("name", ["POSITION_DELETE", "POSITION_STORNO", "POSITION_CANCEL", "POSITION_REMOVED"])
def test_a_position_is_taken_off_by_the_names_of_the_option(name: str) -> None:
    event = last(document(name, position=3, barcode="1", quantity=2))
    assert isinstance(event, LineVoided)
    assert (event.line_id, event.quantity) == (3, None)


def test_a_site_may_name_its_own_removals() -> None:
    gone = document("POSITION_GONE", position=3, quantity=2)
    decode = decoder("dsslxml")
    for _ in range(3):
        assert not decode.feed(gone, AT)
    assert decode.skips.messages == 1
    assert "POSITION_GONE" in decode.skips.last
    assert isinstance(last(gone, removals={"*GONE": "void"}), LineVoided)


def test_a_typed_quantity_is_the_new_one_or_the_difference() -> None:
    add = document("POSITION_ADD", position=1, quantity=2)
    more, less = (document(f"POSITION_AMOUNT_{way}", position=1, quantity=1) for way in ("INCREASE", "DECREASE"))
    assert last(add, more).quantity == 1000
    assert last(add, less).quantity == 1000
    assert last(add, more, typed="difference").quantity == 3000
    event = last(add, less, typed="difference")
    assert isinstance(event, LineVoided)
    assert event.quantity == 1000
    assert not heard(more, typed="difference"), "what it was before was not heard"


def test_unknown_names_are_reported_once_and_never_without_end() -> None:
    decode = decoder("dsslxml")
    for number in range(200):
        decode.feed(document(f"POSITION_{'ABCDEFGHIJ'[number % 10]}{'ABCDEFGHIJKLMNOPQRST'[number // 10]}X"), AT)
    assert decode.skips.messages == 32


@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("SELL_CLOSE", Phase.CLOSED),
        ("CLOSE", Phase.CLOSED),
        ("RETURN_CLOSE", Phase.CLOSED),
        ("EXCHANGE_CLOSE", Phase.CLOSED),
        ("CANCEL", Phase.CANCELLED),
        ("CANCEL_WITH_WRITE_OFF", Phase.CANCELLED),
        ("ANNULMENT", Phase.CANCELLED),
        ("DELAY", Phase.SUSPENDED),
    ],
)
def test_a_receipt_ends_once(name: str, phase: Phase) -> None:
    end = document(f"RECEIPT_{name}", price="1.50")
    _, event = heard(document("RECEIPT_OPEN"), end, end, document("POSITION_ADD", position=1))
    assert isinstance(event, SaleEnded)
    assert (event.phase, event.total) == (phase, 150)


def test_a_receipt_set_aside_goes_on_and_a_return_is_one() -> None:
    began, _, resumed = heard(document("RECEIPT_RETURN"), document("RECEIPT_DELAY"), document("RECEIPT_DELAYED_RESTORE"))
    assert isinstance(began, SaleBegan)
    assert isinstance(resumed, SaleBegan)
    assert (began.kind, resumed.kind, resumed.resumed) == (Kind.RETURN, Kind.RETURN, True)


def test_the_same_document_twice_is_not_two_sales() -> None:
    begun = document("RECEIPT_OPEN")
    assert len(heard(begun, begun)) == 1
    assert len(heard(*(document("RECEIPT_OPEN", operation_id=None),) * 2)) == 2


def test_two_tills_and_two_receipts_on_one_port_stay_apart() -> None:
    told = heard(
        document("RECEIPT_OPEN", location="1", operation_id="A"),
        document("RECEIPT_OPEN", location="2", operation_id="B"),
        document("POSITION_ADD_BY_SCANNER", location="1", operation_id="A", barcode="7"),
        document("POSITION_ADD", location="2", operation_id="B", position=1, barcode="7"),
        document("POSITION_ADD", location="1", operation_id="A", position=1, barcode="7"),
    )
    assert [(event.till, event.sale) for event in told] == [("1", "A"), ("2", "B"), ("2", "B"), ("1", "A")]


def test_joined_in_the_middle_no_beginning_is_told_and_after_an_end_it_is() -> None:
    add = document("POSITION_ADD", position=1)
    assert [type(event) for event in heard(add)] == [LineRung]
    following = document("POSITION_ADD", position=1, operation_id="A2")
    assert [type(event) for event in heard(add, document("RECEIPT_CLOSE"), following)[2:]] == [SaleBegan, LineRung]


def test_sums_and_payments() -> None:
    subtotal, cash = heard(document("RECEIPT_FINAL_RESULT", price="12,5"), document("PAYMENT_CASH", price="50"))
    assert isinstance(subtotal, SubtotalTold)
    assert subtotal.amount == 1250
    assert isinstance(cash, Tendered)
    assert (cash.means, cash.amount) == ("cash", 5000)
    assert last(document("PAYMENT_CARD_4276000011112222")).means == "card"
    assert not heard(document("PAYMENT_CASH_BEGIN"), document("PAYMENT_CANCEL", price="50"), document("RECEIPT_FINAL_RESULT"))


@pytest.mark.parametrize("quantity", ["x", "1e9", "9" * 30, "١"])
def test_a_quantity_that_is_no_number_is_no_item(quantity: str) -> None:
    assert not heard(document("POSITION_ADD", quantity=quantity))


def test_odd_quantities() -> None:
    assert isinstance(last(document("POSITION_ADD", position=1, quantity="-2")), LineVoided)
    assert isinstance(last(document("POSITION_ADD", position=1, quantity="0")), LineVoided)
    assert last(document("POSITION_ADD", quantity="0", weight="0.2004")).line.quantity == 200
    assert last(document("POSITION_ADD", price="0")).line.amount == 0
    assert last(document("POSITION_ADD", price="free")).line.amount is None


def test_many_receipts_take_bounded_memory() -> None:
    decode = decoder("dsslxml")
    for number in range(500):
        decode.feed(document("POSITION_ADD", operation_id=number, location=number, position=number), AT)
    assert len(decode._sales) <= MAX_RECEIPTS
