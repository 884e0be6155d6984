"""What a till tells Axxon PSIM: a block for each operation, numbered as the site likes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from device.dialects import decoder
from device.domain import Kind, Phase, Unit
from device.errors import SettingsError
from device.events import (
    DiscountGiven,
    LineChanged,
    LineRung,
    LineVoided,
    PosEvent,
    SaleBegan,
    SaleEnded,
    SubtotalTold,
    Tendered,
)

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
SITE = {
    "1": "begin",
    "2": "item",
    "5": "void",
    "6": "quantity",
    "7": "subtotal",
    "8": "payment",
    "9": "cancel",
    "10": "end",
    "11": "suspend",
}
PEOPLE = {"user_name": "Петрова А.", "user_id": "17", "card_number": "4276000011112222"}


def block(number: object, encoding: str = "utf-8", **fields: object) -> bytes:
    told = {"FunctionNumber": number, "cash_number": 3, "receipt_number": 41, **PEOPLE, **fields}
    inner = "\r\n".join(f"<{name}>{value}</{name}>" for name, value in told.items() if value is not None)
    return f"<TransactionBlock>\r\n{inner}\r\n</TransactionBlock>\r\n".encode(encoding)


def heard(*blocks: bytes, **options: object) -> list[PosEvent]:
    decode = decoder("transactionblock", options)
    events = [event for one in blocks for event in decode.feed(one, AT)]
    told = f"{events}{decode.skips}"
    assert not [word for word in PEOPLE.values() if word in told and len(word) > 2]
    return events


def last(*blocks: bytes, **options: object) -> Any:
    return heard(*blocks, **options)[-1]


def test_a_line_and_both_decimal_marks() -> None:
    for mark in ".,":
        told = {"item_price": f"120{mark}50", "item_quantity": f"0{mark}420", "item_amount": f"50{mark}61"}
        event = last(block(2, item_pos=1, item_barcode="4601234567893", item_id="7", item_name="Сыр", **told))
        assert isinstance(event, LineRung)
        assert (event.till, event.sale) == ("3", "41")
        line = event.line
        assert (line.line_id, line.code, line.name, line.doubt) == (1, "4601234567893", "Сыр", None)
        assert (line.quantity, line.unit, line.price, line.amount) == (420, Unit.KILOGRAM, 12050, 5061)
    assert last(block(2, item_name="x", item_quantity="0.5"), fraction_unit="l").line.unit is Unit.LITRE


def test_blocks_without_a_prolog_are_read_as_utf_8_else_by_the_option() -> None:
    assert last(block(2, "utf-8", item_name="Хлеб")).line.name == "Хлеб"
    assert last(block(2, "windows-1251", item_name="Хлеб")).line.name == "Хлеб"
    assert last(block(2, "cp866", item_name="Хлеб"), charset="cp866").line.name == "Хлеб"


def test_what_stands_whole_in_a_broken_block_is_read() -> None:
    broken = block(2, item_name="M&M's", item_amount="10").replace(b"</item_amount>", b"</item_amount><item_price>4")
    line = last(broken).line
    assert (line.name, line.amount, line.price) == ("M&M's", 1000, None)


@pytest.mark.parametrize("quantity", ["x", "1;2", "9" * 20])
def test_a_quantity_that_is_no_number_is_no_item(quantity: str) -> None:
    assert not heard(block(2, item_name="x", item_quantity=quantity))


def test_negative_and_zero_quantities_take_off() -> None:
    event = last(block(2, item_pos=1, item_quantity="-2", item_amount="-20", item_name="x"))
    assert isinstance(event, LineVoided)
    assert (event.line_id, event.quantity, event.amount) == (1, 2000, 2000)
    assert last(block(2, item_pos=1, item_quantity="0", item_name="x")).quantity is None
    assert isinstance(last(block(2, item_pos=1, result=1, item_name="x")), LineVoided)


def test_the_map_of_the_site_decides() -> None:
    item = {"item_pos": 1, "item_name": "x", "item_quantity": 2}
    told = heard(
        block(1), block(2, **item), block(6, **item), block(5, **item), block(7, receipt_amount="5"), block(10), functions=SITE
    )
    assert [type(event) for event in told] == [SaleBegan, LineRung, LineChanged, LineVoided, SubtotalTold, SaleEnded]
    assert last(block(9), functions=SITE).phase is Phase.CANCELLED
    assert last(block(11), functions=SITE).phase is Phase.SUSPENDED
    assert not heard(block(2, **item), functions={"2": "ignore"})
    assert isinstance(last(block("02", **item)), LineRung)
    with pytest.raises(SettingsError, match="'two' is no FunctionNumber"):
        decoder("transactionblock", {"functions": {"two": "item"}})


def test_an_item_beside_an_unknown_number_is_left_out_and_reported_once() -> None:
    decode = decoder("transactionblock")
    for _ in range(3):
        assert not decode.feed(block(50, item_name="x"), AT)
    assert decode.skips.messages == 1
    assert "FunctionNumber 50" in decode.skips.last
    assert not decode.feed(block(150, item_name="x"), AT)
    assert decode.skips.messages == 1, "service prints are expected"


def test_fields_speak_where_the_number_is_unknown() -> None:
    assert last(block(50, result=1)).phase is Phase.CANCELLED
    assert last(block(50, result=2)).phase is Phase.SUSPENDED
    resumed = last(block(50, result=2), block(51, restore=1))
    assert isinstance(resumed, SaleBegan)
    assert resumed.resumed
    assert not heard(block(51, restore=0))
    paid = last(block(50, payment_name="Карта **** 1234", payment_amount="10"))
    assert isinstance(paid, Tendered)
    assert (paid.means, paid.amount) == ("карта", 1000)


def test_an_end_tells_what_was_paid_and_comes_once() -> None:
    end = block(10, payment_name="Наличные", payment_amount="100", payment_change="5", receipt_amount="95")
    paid, ended = heard(block(1), end, end, block(2, item_name="late"))[1:]
    assert isinstance(paid, Tendered)
    assert (paid.means, paid.amount) == ("наличные", 10000)
    assert isinstance(ended, SaleEnded)
    assert (ended.phase, ended.total) == (Phase.CLOSED, 9500)


def test_discounts() -> None:
    assert last(block(4, receipt_discount="3,90")) == DiscountGiven(at=AT, till="3", sale="41", amount=390)
    assert last(block(4, item_pos=2, item_discount="-1")) == DiscountGiven(at=AT, till="3", sale="41", amount=100, line_id=2)
    gross = block(2, item_pos=1, item_name="x", item_price="10", item_quantity="2", item_amount="20", item_discount="1")
    assert [type(event) for event in heard(gross)] == [LineRung, DiscountGiven]
    assert [type(event) for event in heard(gross.replace(b"<item_amount>20", b"<item_amount>19"))] == [LineRung]


def test_a_modifier_is_a_line_of_its_own_only_if_it_costs() -> None:
    assert not heard(block(3, item_pos=1, item_name="no ice", item_amount="0"))
    line = last(block(3, item_pos=1, item_name="syrup", item_amount="30")).line
    assert (line.line_id, line.amount) == (None, 3000)


def test_a_return_is_one() -> None:
    began = last(block(1, receipt_type="ВОЗВРАТ"))
    assert isinstance(began, SaleBegan)
    assert began.kind is Kind.RETURN
    assert last(block(1, receipt_type="17"), returns=["17"]).kind is Kind.RETURN


@pytest.mark.parametrize("number", [None, "", "x", "-1", "1" * 30])
def test_a_block_without_its_number_is_skipped(number: object) -> None:
    assert not heard(block(number, item_name="x"))
