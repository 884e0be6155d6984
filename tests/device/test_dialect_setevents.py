"""What a Set Retail 10 till tells video control: a JSON object for each event."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from device.dialects import decoder
from device.dialects.setevents import MAX_OBJECT
from device.domain import Kind, Phase, Unit
from device.events import DiscountGiven, LineChanged, LineRung, LineVoided, PosEvent, SaleBegan, SaleEnded, Tendered

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
PEOPLE = {"tabNumber": "991234", "cashier": "Петрова А.", "cardNumber": "4276000011112222"}


def event(mode: object, **fields: object) -> bytes:
    told = {"prefix": "KKM", "shop": 108, "cash": 35, "mode": mode, "purchase": 768, **PEOPLE, **fields}
    return json.dumps({"event": told}, ensure_ascii=False).encode()


def heard(*told: bytes, **options: object) -> list[PosEvent]:
    decode = decoder("setevents", options)
    events = [one for data in told for one in decode.feed(data, AT)]
    assert not [word for word in PEOPLE.values() if word in f"{events}{decode.skips}"]
    return events


def last(*told: bytes, **options: object) -> Any:
    return heard(*told, **options)[-1]


def test_the_vendors_example_is_ten_pieces() -> None:
    rung = last(
        event(6, pos=1, barcode="2900000000001", item="12341", name="Бананы", price=98.8, quant=10, sum=988, sumAll=15423)
    )
    assert isinstance(rung, LineRung)
    assert (rung.till, rung.sale) == ("35", "768")
    line = rung.line
    assert (line.line_id, line.code, line.name) == (1, "2900000000001", "Бананы")
    assert (line.quantity, line.unit, line.price, line.amount) == (10000, Unit.PIECE, 9880, 98800)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"quant": 1, "price": 45, "sum": 45}, 1000),
        ({"quant": 1000, "price": 45, "sum": 45}, 1000),
        ({"quant": 1000, "price": 45, "sum": 45000}, 1000000),
        ({"quant": 420, "price": 98.8, "sum": 41.5}, 420),
        ({"quant": 420, "price": 98.8, "sum": 41496}, 420000),
        ({"quant": 0.42, "price": 98.8, "sum": 41.5}, 420),
        ({"quant": "0,42"}, 420),
        ({"quant": "2.000"}, 2000),
        ({"quant": 1000}, 1000000),
        ({"quant": 2, "price": 45, "sum": 80}, 2000),
        ({}, 1000),
    ],
)
def test_the_unit_of_a_quantity_is_what_fits_price_and_sum(told: dict[str, object], expected: int) -> None:
    assert last(event(6, name="x", **told)).line.quantity == expected


def test_a_site_may_say_the_unit() -> None:
    assert last(event(6, quant=420), quant="thousandths").line.quantity == 420
    assert last(event(6, quant=1000, price=45, sum=45), quant="pieces").line.quantity == 1000000


def test_money_is_exact_even_where_it_went_through_a_float() -> None:
    line = last(event(6, price=89.9, quant=3, sum=89.9 * 3)).line
    assert b"269.70000000000005" in event(6, sum=89.9 * 3)
    assert line.amount == 26970
    assert last(event(6, sum=10.005)).line.amount is None, "no sum of money"


@pytest.mark.parametrize("mode", [3, 11, 32, 35, 36, 39, 40, 49, 50, 62, 63, 64, 71, 77, 81, 112, 126, 203, 209, 210, 234])
def test_people_cards_reports_copies_and_refusals_change_nothing(mode: int) -> None:
    decode = decoder("setevents")
    assert not decode.feed(event(mode, barcode="1", quant=1, sum=1), AT)
    assert decode.skips.messages == 0


def test_an_unknown_mode_is_reported_once() -> None:
    decode = decoder("setevents")
    for _ in range(3):
        assert not decode.feed(event(777), AT)
    assert (decode.skips.messages, decode.skips.last) == (1, "unknown mode 777")


def test_lines_are_changed_and_taken_off() -> None:
    line = {"pos": 2, "barcode": "7", "quant": 3}
    changed = last(event(12, **line))
    assert isinstance(changed, LineChanged)
    assert (changed.line_id, changed.quantity) == (2, 3000)
    for mode in (9, 18):
        voided = last(event(mode, **line))
        assert isinstance(voided, LineVoided)
        assert (voided.line_id, voided.code, voided.quantity) == (2, "7", None)
    assert isinstance(last(event(6, pos=2, quant=0)), LineVoided)
    assert not heard(event(6, quant="three"))


def test_receipts_begin_and_end_once() -> None:
    for begin, end, kind in ((4, 5, Kind.SALE), (46, 47, Kind.RETURN)):
        began, ended = heard(event(begin), event(begin), event(end, sumAll=12.5), event(end), event(6), event(37))
        assert isinstance(began, SaleBegan)
        assert began.kind is kind
        assert isinstance(ended, SaleEnded)
        assert (ended.phase, ended.total) == (Phase.CLOSED, 1250)
    assert last(event(25)).phase is Phase.CANCELLED
    assert last(event(55)).phase is Phase.SUSPENDED


def test_payments_and_discounts() -> None:
    tendered = heard(*(event(mode, sum=10) for mode in (37, 38, 31, 85)))
    assert [(one.means, one.amount) for one in tendered if isinstance(one, Tendered)] == [
        ("cash", 1000),
        ("cashless", 1000),
        ("card", 1000),
        ("bonus", 1000),
    ]
    assert last(event(52, pos=2, barcode="7", discount=5, discountAll=34.5)) == DiscountGiven(
        at=AT, till="35", sale="768", amount=500, line_id=2
    )
    assert last(event(52, pos=2, discountAll=34.5)) == DiscountGiven(at=AT, till="35", sale="768", amount=3450)
    assert not heard(event(52))


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b"\x00", b",", b"\x1e", b'noise {} "{ '])
def test_whatever_stands_between_two_objects(between: bytes) -> None:
    assert len(heard(between + event(6, pos=1) + between + event(6, pos=2) + between)) == 2


def test_braces_and_quotes_in_names_are_no_structure() -> None:
    assert last(event(6, name='}"{\\ "x" {"event": ')).line.name == '}"{\\ "x" {"event":'


def test_a_lost_tail_costs_one_object() -> None:
    whole = event(6, pos=1, name="Хлеб")
    for end in range(1, len(whole) - 1):
        assert len(heard(whole[:end] + event(6, pos=2))) == 1, end


def test_an_object_has_a_limit_and_a_depth() -> None:
    decode = decoder("setevents")
    assert not decode.feed(event(6, name="x" * MAX_OBJECT), AT)
    assert "longer than" in decode.skips.last
    assert not decode.feed(b'{"event":' + b"[" * 60_000 + b"]" * 100 + b"}", AT)
    assert len(decode.feed(event(6), AT)) == 1


@pytest.mark.parametrize(
    "text",
    [b'{"event": 6}', b'{"event": {"mode": null}}', b'{"event": {"mode": 1e3}}', b'{"event": {"mode": "x"}}', b'{"event":}'],
)
def test_what_is_no_event_is_skipped(text: bytes) -> None:
    decode = decoder("setevents")
    assert not decode.feed(text, AT)
    assert decode.skips.messages == 1


def test_text_that_is_not_utf_8_is_read_by_the_option() -> None:
    told = event(6, name="Хлеб").decode().encode("cp1251")
    assert last(told).line.name == "Хлеб"
