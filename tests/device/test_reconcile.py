"""Several feeds of one lane: a scanner that knows what an item is, a display that knows the rest, a receipt that is the truth."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from fakes.device_shop import item
from hypothesis import given, settings
from hypothesis import strategies as st

from device.catalogue import Catalogue
from device.domain import Minor, Phase, Thousandths, Unit
from device.events import (
    BasketState,
    ItemScanned,
    LineChanged,
    LineRung,
    LineVoided,
    PosEvent,
    RungLine,
    SaleBegan,
    SaleEnded,
    Tendered,
)
from device.reconcile import TRUTH_SECONDS, Ears

if TYPE_CHECKING:
    from device.reconcile import Role

START: Final = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
MILK, BREAD, TEA, JAM, CHEESE = "4601234567893", "4607025392415", "96385074", "4006381333931", "4006381333948"
SHOP: Final = Catalogue(
    [
        item("milk", names={"": "Whole milk 3.2% 1 l"}, short={}, price=89, barcodes=(MILK,)),
        item("bread", names={"": "Rye bread sliced"}, short={}, price=45, barcodes=(BREAD,)),
        item("tea", names={"": "Black tea 100 bags"}, short={}, price=310, barcodes=(TEA,)),
        item("jam", names={"": "Strawberry jam"}, short={}, price=310, barcodes=(JAM,)),
        item("cheese", names={"": "Gouda cheese"}, short={}, price=999, unit="kg", barcodes=(CHEESE,)),
    ]
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def scan(code: str, seconds: float) -> tuple[Role, PosEvent]:
    return "identity", ItemScanned(at=at(seconds), line=RungLine(None, code))


def shown(name: str, amount: int, seconds: float, quantity: int = 1000, unit: Unit = Unit.PIECE) -> tuple[Role, PosEvent]:
    line = RungLine(None, name=name, amount=Minor(amount), quantity=Thousandths(quantity), unit=unit)
    return "basket", LineRung(at=at(seconds), line=line)


def told(event: PosEvent) -> tuple[Role, PosEvent]:
    return "basket", event


def printed(seconds: float, *lines: tuple[str, int], total: int | None = None) -> list[tuple[Role, PosEvent]]:
    """A receipt as it comes out of the printer, all at once."""
    rung = [LineRung(at=at(seconds), line=RungLine(None, name=name, amount=Minor(amount))) for name, amount in lines]
    paid = total if total is not None else sum(amount for _, amount in lines)
    end = SaleEnded(at=at(seconds), total=Minor(paid))
    return [("truth", event) for event in (*([SaleBegan(at=at(seconds))] if lines else []), *rung, end)]


def heard(ears: Ears, *events: tuple[Role, PosEvent]) -> list[BasketState]:
    return [state for role, event in events for state in ears.take(event, role, SHOP)]


def codes(state: BasketState) -> list[str]:
    return [line.code for line in state.lines]


BEGAN = told(SaleBegan(at=START))


def after(*events: tuple[Role, PosEvent]) -> BasketState:
    return heard(Ears("EUR"), BEGAN, *events)[-1]


def test_a_scan_says_what_the_line_is_by_its_price_or_its_name() -> None:
    assert codes(after(scan(MILK, 1), shown("ITEM 1", 89, 2))) == [MILK]
    assert codes(after(scan(MILK, 1), shown("WHOLE MILK 3.2", 79, 2))) == [MILK], "another price, and the very name"
    assert codes(after(scan(MILK, 1), shown("ITEM 1", 79, 2))) == [""]


def test_what_is_weighed_is_known_by_its_price_and_weight() -> None:
    assert codes(after(scan(CHEESE, 1), shown("ITEM 9", 999, 2, 1000, Unit.KILOGRAM))) == [CHEESE]
    assert codes(after(scan(CHEESE, 1), shown("ITEM 9", 1998, 2, 2000, Unit.KILOGRAM))) == [CHEESE]
    assert codes(after(scan(CHEESE, 1), shown("ITEM 9", 1997, 2, 2000, Unit.KILOGRAM))) == [""]


def test_two_scans_that_fit_equally_say_nothing() -> None:
    assert codes(after(scan(TEA, 1), scan(JAM, 1.5), shown("ITEM 1", 310, 2))) == [""]
    assert codes(after(scan(TEA, 1), scan(MILK, 1.5), shown("ITEM 1", 310, 2))) == [TEA], "the other is of another price"


def test_a_scan_after_its_line_is_believed_by_name_only() -> None:
    assert codes(after(shown("STRAWBERRY JAM", 310, 1), scan(JAM, 2))) == [JAM]
    assert codes(after(shown("ITEM 1", 310, 1), scan(JAM, 2))) == [""]


def test_a_scan_is_used_once_and_a_double_beep_is_no_second_line() -> None:
    assert codes(after(scan(MILK, 1), shown("ITEM 1", 89, 2), shown("ITEM 2", 89, 3))) == [MILK, ""]
    assert codes(after(scan(MILK, 1), scan(MILK, 1.2), shown("ITEM 1", 89, 2))) == [MILK]
    assert codes(after(scan(MILK, 1), scan(MILK, 1.2), shown("ITEM 1", 89, 2), shown("ITEM 1", 89, 3))) == [MILK, MILK]


def test_a_scan_is_forgotten_when_its_window_has_passed() -> None:
    assert codes(after(scan(MILK, 1), shown("ITEM 1", 89, 6))) == [MILK]
    assert codes(after(scan(MILK, 1), shown("ITEM 1", 89, 6.1))) == [""]
    assert codes(after(shown("WHOLE MILK", 89, 1), scan(MILK, 6.1))) == [""]


def test_a_code_the_catalogue_does_not_know_stays_with_its_line_only_where_it_is_alone() -> None:
    assert codes(after(scan("5000000000005", 1), shown("ITEM 1", 700, 2))) == ["5000000000005"]
    assert codes(after(scan("5000000000005", 1), scan("5000000000012", 1), shown("ITEM 1", 700, 2))) == [""]


def test_the_display_is_believed_on_quantity_void_and_end() -> None:
    sale = (scan(MILK, 1), shown("ITEM 1", 89, 2), scan(BREAD, 3), shown("ITEM 2", 45, 4))
    more = after(*sale, told(LineChanged(at=at(5), name="ITEM 1", quantity=Thousandths(3000))))
    assert [(line.code, line.quantity, line.amount) for line in more.lines] == [(MILK, 3000, 267), (BREAD, 1000, 45)]
    assert codes(after(*sale, told(LineVoided(at=at(5), name="ITEM 1")))) == [BREAD]
    ended = after(*sale, told(Tendered(at=at(6))), told(SaleEnded(at=at(7))))
    assert (ended.phase, ended.total, codes(ended)) == (Phase.CLOSED, 134, [MILK, BREAD])


def test_a_line_that_takes_another_off_is_not_what_was_scanned() -> None:
    state = after(shown("ITEM 1", 89, 1), shown("ITEM 2", 45, 2), scan(MILK, 3), shown("ITEM 2", -45, 4, -1000))
    assert codes(state) == [""]


def test_a_scanner_alone_makes_no_basket() -> None:
    assert heard(Ears("EUR"), scan(MILK, 1), ("identity", SaleEnded(at=at(2)))) == []


SALE = (BEGAN, scan(MILK, 1), shown("WHOLE MILK 3.2%", 89, 2), shown("ITEM 2", 45, 3))


def test_an_end_waits_for_its_receipt_which_corrects_the_lines() -> None:
    ears = Ears("EUR", waits_for_truth=True)
    states = heard(ears, *SALE, told(SaleEnded(at=at(8), total=Minor(134))), told(SaleEnded(at=at(9), total=Minor(134))))
    assert states[-1].phase is Phase.TENDER, "nothing is suggested any more"
    assert ears.idle(at(8 + TRUTH_SECONDS - 1), None) == []
    (closed,) = heard(ears, *printed(10, ("Whole milk 3.2% 1 l", 89), ("Rye bread sliced", 40), total=129))
    assert closed.basket_id == states[-1].basket_id
    assert [(line.code, line.name, line.amount) for line in closed.lines] == [
        (MILK, "Whole milk 3.2% 1 l", 89),
        ("", "Rye bread sliced", 40),
    ]
    assert (closed.phase, closed.total) == (Phase.CLOSED, 129)
    assert ears.idle(at(100), None) == [], "it is not ended twice"


def test_a_clock_that_was_set_back_keeps_no_end_waiting() -> None:
    ears = Ears("EUR", waits_for_truth=True)
    heard(ears, *SALE, told(SaleEnded(at=at(8))))
    (closed,) = ears.idle(at(8 - 3600), None)
    assert (closed.phase, closed.total) == (Phase.CLOSED, 134)


def test_a_receipt_that_does_not_come_is_not_waited_for_for_ever() -> None:
    ears = Ears("EUR", waits_for_truth=True)
    heard(ears, *SALE, told(SaleEnded(at=at(8))))
    (closed,) = ears.idle(at(8 + TRUTH_SECONDS), None)
    assert (closed.phase, closed.total) == (Phase.CLOSED, 134)
    assert heard(ears, *printed(30, ("Whole milk", 89), ("Bread", 45))) == [], "it was closed by its own feed already"


def test_the_next_sale_ends_the_one_that_waited_and_a_late_receipt_is_not_the_next_ones() -> None:
    ears = Ears("EUR", waits_for_truth=True)
    states = heard(ears, *SALE, told(SaleEnded(at=at(8))), told(SaleBegan(at=at(9))), shown("ITEM 7", 310, 10))
    assert [state.phase for state in states[-2:]] == [Phase.CLOSED, Phase.OPEN]
    assert heard(ears, *printed(11, ("Whole milk", 89), ("Bread", 45))) == []
    (closed,) = heard(ears, *printed(20, ("Strawberry jam", 310)))
    assert (closed.basket_id, closed.total) == (states[-1].basket_id, 310)


def test_a_receipt_that_could_not_be_read_closes_with_the_lines_that_were_heard() -> None:
    ears = Ears("EUR", waits_for_truth=True)
    heard(ears, *SALE, told(SaleEnded(at=at(8))))
    (closed,) = heard(ears, *printed(9, total=130))
    assert (codes(closed), closed.total) == ([MILK, ""], 130)


def test_a_receipt_of_a_sale_nobody_heard_is_a_sale_of_its_own_and_told_once() -> None:
    ears = Ears("EUR", waits_for_truth=True)
    assert heard(ears, told(SaleEnded(at=at(1), total=Minor(310)))) == []
    (own,) = heard(ears, *printed(2, ("Strawberry jam", 310)))
    assert (own.phase, own.total, len(own.lines)) == (Phase.CLOSED, 310, 1)
    assert ears.idle(at(60), None) == []


def test_a_cancelled_sale_is_not_ended_a_second_time() -> None:
    ears = Ears("EUR", waits_for_truth=True)
    ends = (told(SaleEnded(at=at(8), total=Minor(134))), told(SaleEnded(at=at(9), phase=Phase.CANCELLED)))
    assert heard(ears, *SALE, *ends)[-1].phase is Phase.CANCELLED
    assert ears.idle(at(60), None) == []


def test_two_tills_of_one_lane_wait_for_their_receipts_each() -> None:
    ears = Ears("EUR", waits_for_truth=True)
    lines = [
        told(LineRung(at=at(1), till=till, line=RungLine(None, name=name, amount=Minor(100))))
        for till, name in (("1", "tea"), ("2", "jam"))
    ]
    ends = [told(SaleEnded(at=at(2 + number), till=till)) for number, till in enumerate(("1", "2"))]
    states = [*heard(ears, *lines, *ends), *ears.idle(at(60), None)]
    assert [state.till for state in states if state.phase is Phase.CLOSED] == ["1", "2"]


def test_silence_ends_a_sale_where_the_settings_say_so() -> None:
    ears = Ears("EUR")
    heard(ears, *SALE)
    assert ears.idle(at(60), None) == []
    assert ears.idle(at(62), 60) == []
    (closed,) = ears.idle(at(63), 60)
    assert closed.phase is Phase.CLOSED


TIMES = st.floats(0, 30, allow_nan=False).map(at)
NAMES = st.sampled_from([None, "ITEM 1", "WHOLE MILK", "STRAWBERRY JAM", "BLACK TEA 100"])
AMOUNTS = st.sampled_from([None, 45, 89, 310, 620, -89]).map(lambda amount: None if amount is None else Minor(amount))
QUANTITIES = st.sampled_from([1000, 2000, 420, 0, -1000]).map(Thousandths)
LINES = st.builds(RungLine, st.sampled_from([None, 1, 2]), quantity=QUANTITIES, amount=AMOUNTS, name=NAMES)
TOLD = st.one_of(
    st.builds(LineRung, at=TIMES, line=LINES),
    st.builds(SaleBegan, at=TIMES),
    st.builds(LineVoided, at=TIMES, name=NAMES),
    st.builds(LineChanged, at=TIMES, name=NAMES, quantity=QUANTITIES, amount=AMOUNTS),
    st.builds(SaleEnded, at=TIMES, phase=st.sampled_from([Phase.CLOSED, Phase.CANCELLED, Phase.SUSPENDED]), total=AMOUNTS),
)
SCANS = st.builds(ItemScanned, at=TIMES, line=st.builds(RungLine, st.none(), st.sampled_from([MILK, TEA, JAM, "7", ""])))
FEEDS = st.one_of(st.tuples(st.just("basket"), TOLD), st.tuples(st.just("identity"), SCANS), st.tuples(st.just("truth"), TOLD))


@settings(max_examples=200, deadline=None)
@given(st.lists(FEEDS, max_size=30), st.booleans())
def test_whatever_is_heard_each_scan_says_what_one_line_is_at_the_most(feeds: list[tuple[Role, PosEvent]], waits: bool) -> None:
    ears, scans = Ears("EUR", waits_for_truth=waits), Counter[str]()
    seen = dict[str, int]()
    for role, event in feeds:
        if isinstance(event, ItemScanned):
            scans[event.line.code] += 1
        for state in (*ears.take(event, role, SHOP), *ears.idle(event.at, 20)):
            assert Counter(code for code in codes(state) if code) <= scans
            assert state.seq > seen.get(state.basket_id, 0)
            seen[state.basket_id] = state.seq
