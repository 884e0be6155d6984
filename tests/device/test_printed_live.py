"""Printed text that comes line by line while the goods are rung up."""

from __future__ import annotations

from fakes.printed_text import AT, items, told

from device.domain import Phase
from device.events import (
    LineChanged,
    LineRung,
    LineVoided,
    SaleBegan,
    SaleEnded,
    Tendered,
)
from device.printed import Layout, Printed


def test_live_each_line_is_told_at_once() -> None:
    printed = Printed(Layout(live=True))
    assert printed.begin(AT) == [SaleBegan(at=AT)]
    assert items(printed.line("TEA  3.00", AT)) == [("TEA", 1000, 300)]
    assert printed.line("  2 x 1.50", AT) == [LineChanged(at=AT, name="TEA", quantity=2000, price=150)]
    assert not printed.line("CARROTS LOOSE", AT)
    assert items(printed.line("  0.425 kg @ 0.80   0.34", AT)) == [("CARROTS LOOSE", 425, 34)]
    assert not printed.line("VOID", AT)
    assert printed.line("TEA  3.00", AT) == [LineVoided(at=AT, name="TEA", amount=300)]
    assert not printed.line("VOID", AT)
    assert printed.line("TOTAL  0.00", AT) == [LineVoided(at=AT, name="CARROTS LOOSE", amount=34)]
    assert printed.line("CASH", AT) == [Tendered(at=AT, means="cash")]
    assert printed.end(AT) == [SaleEnded(at=AT, total=0)]
    assert not printed.end(AT)


def test_live_a_sale_that_stops_without_total_or_tender_is_set_aside() -> None:
    events, _ = told("TEA  3.00", Layout(live=True))
    assert [type(event) for event in events] == [LineRung, SaleEnded]
    assert events[-1] == SaleEnded(at=AT, phase=Phase.SUSPENDED)


def test_live_nothing_behind_the_tender_is_an_item() -> None:
    events, _ = told("TEA  3.00\nTOTAL  3.00\nCARD  3.00\nVAT A  20%  2.50  0.50\nLOYALTY BONUS  1.00", Layout(live=True))
    assert items(events) == [("TEA", 1000, 300)]


def test_live_a_copy_is_silent_until_its_end() -> None:
    printed = Printed(Layout(live=True))
    assert not [event for line in ("*** COPY ***", "TEA  3.00", "TOTAL  3.00") for event in printed.line(line, AT)]
    assert not printed.end(AT)
    assert [type(event) for event in printed.line("TEA  3.00", AT)] == [SaleBegan, LineRung]
