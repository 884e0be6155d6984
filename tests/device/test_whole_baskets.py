"""A till that tells its whole basket, and the receipt printer beside it: one sale is one receipt, whoever is first."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes.device_daemon import Register
from fakes.device_shop import barcode
from fakes.device_till import MORNING, Checkout, rung, told, wire
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS, until
from paho.mqtt import publish

from device import machine, settings
from device.adviser import Adviser
from device.doctor import findings
from device.domain import Minor, Phase, Thousandths
from device.events import LineRung, RungLine, SaleBegan, SaleEnded
from device.reconcile import Ears
from device.whole_baskets import LATE_SECONDS, TRUTH_SECONDS

if TYPE_CHECKING:
    from device.events import BasketState, PosEvent

MINUTE = 1 / 60
PRICES = {"bread": 9990, "milk": 8000}


def at(seconds: float) -> Any:
    return MORNING + timedelta(seconds=seconds)


def basket(seconds: float, name: str, seq: int, *skus: str, phase: Phase = Phase.OPEN, **facts: Any) -> BasketState:
    lines = tuple(rung(number, sku, amount=Minor(PRICES[sku])) for number, sku in enumerate(skus, 1))
    return told(name, seq, phase=phase, minutes=seconds * MINUTE, **({"lines": lines} | facts))


def paper(seconds: float, *amounts: int, total: int | None = None) -> list[PosEvent]:
    rung = [LineRung(at=at(seconds), line=RungLine(None, name=f"WORDS {one}", amount=Minor(one))) for one in amounts]
    end = SaleEnded(at=at(seconds), total=Minor(sum(amounts) if total is None else total))
    return [SaleBegan(at=at(seconds)), *rung, end]


class Counter:
    """A lane with both its feeds."""

    def __init__(self, folder: Path, shop: Adviser) -> None:
        self.checkout = Checkout(folder, shop)
        self.shop = shop
        self.ears = Ears("RUB", waits_for_truth=True)

    def tells(self, *states: BasketState) -> None:
        for state in states:
            self._hear(self.ears.take(state, "basket", self.shop.catalogue))

    def prints(self, events: list[PosEvent]) -> None:
        for event in events:
            self._hear(self.ears.take(event, "truth", self.shop.catalogue))

    def waits_until(self, seconds: float) -> None:
        self._hear(self.ears.idle(at(seconds), None))

    def kept(self) -> list[tuple[str, Phase, int, int | None, list[str]]]:
        """Name, end, total, what the till told where it differs, codes."""
        receipts = self.checkout.receipts()
        return [(r.basket_id, r.phase, r.total, r.till_total, [line.code for line in r.lines]) for r in receipts]

    def _hear(self, states: list[BasketState]) -> None:
        for state in states:
            self.checkout.lane.hear(state)


BREAD, MILK = barcode("bread"), barcode("milk")
WHOLE = ("a", Phase.CLOSED, 17990, None, [BREAD, MILK])
CORRECTED = ("a", Phase.CLOSED, 14990, 17990, [BREAD, ""])


def sale(shop: Counter, *, until_seq: int = 3) -> None:
    shop.tells(*[basket(n, "a", n, *("bread", "milk")[:n]) for n in (1, 2)])
    if until_seq == 3:
        shop.tells(basket(3, "a", 3, "bread", "milk", phase=Phase.CLOSED))


def test_where_the_totals_agree_the_till_keeps_its_own_lines(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    sale(counter)
    assert counter.kept() == [], "the end waits for its receipt"
    latest = counter.checkout.lane.latest
    assert latest is not None
    assert latest.basket.phase is Phase.TENDER, "nothing is suggested or sent to the till any more"
    counter.prints(paper(5, 9990, 8000))
    counter.waits_until(100)
    assert counter.kept() == [WHOLE]
    assert counter.ears.differences.sales == 0


def test_a_clock_that_was_set_back_keeps_no_end_waiting(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    sale(counter)
    counter.waits_until(-3600)
    assert counter.kept() == [WHOLE]


def test_where_they_differ_the_printed_receipt_is_kept_once_and_marked(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    sale(counter)
    counter.prints(paper(5, 9990, 5000))
    counter.waits_until(100)
    assert counter.kept() == [CORRECTED]
    assert counter.ears.differences.sales == 1
    assert counter.ears.differences.last.startswith("the till told a total of 17990, its receipt 14990 (minor units)")


def test_a_receipt_that_is_printed_before_the_till_tells_the_end_waits_for_it(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    sale(counter, until_seq=2)
    counter.prints(paper(2.5, 9990, 5000))
    counter.tells(basket(2.7, "a", 2, "bread", "milk"), basket(2.8, "a", 3, "bread", "milk", phase=Phase.TENDER))
    assert counter.kept() == []
    counter.tells(basket(3, "a", 4, "bread", "milk", phase=Phase.CLOSED))
    counter.waits_until(100)
    assert counter.kept() == [CORRECTED]


def test_an_end_that_goes_by_unheard_is_told_by_the_receipt_and_nothing_late_makes_another(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    sale(counter, until_seq=2)
    counter.prints(paper(2.5, 9990, 5000))
    counter.tells(basket(20, "b", 1, "bread"))
    assert counter.kept() == [CORRECTED]
    counter.tells(basket(21, "a", 3, "bread", "milk", phase=Phase.CLOSED), basket(22, "b", 2, "bread", phase=Phase.CLOSED))
    counter.prints(paper(23, 9990))
    counter.waits_until(100)
    assert counter.kept() == [CORRECTED, ("b", Phase.CLOSED, 9990, None, [BREAD])]


def test_an_end_that_is_told_again_while_it_waits_is_the_same_end(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    sale(counter)
    again = basket(4, "a", 4, "bread", "milk", phase=Phase.CLOSED)
    counter.tells(again, basket(4, "a", 2, "bread", "milk"))
    counter.prints(paper(5, 9990, 5000))
    counter.tells(again, replace(again, seq=5))
    counter.waits_until(100)
    assert counter.kept() == [CORRECTED]


def test_an_end_that_is_told_again_during_the_next_sale_takes_no_receipt_from_it(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    sale(counter)
    counter.prints(paper(5, 9990, 5000))
    counter.tells(basket(6, "b", 1, "bread"), basket(7, "a", 9, "bread", "milk", phase=Phase.CLOSED))
    counter.prints(paper(8, 700))
    counter.tells(basket(9, "b", 2, "bread", phase=Phase.CLOSED))
    counter.waits_until(100)
    assert counter.kept() == [CORRECTED, ("b", Phase.CLOSED, 700, 9990, [""])]


def test_a_till_that_calls_every_sale_the_same_has_them_told_apart_by_its_clock(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    counter.tells(basket(1, "a", 1, "bread", phase=Phase.CLOSED, told_at="10:00"))
    counter.tells(basket(5, "a", 1, "milk", phase=Phase.CLOSED, told_at="10:01"))
    counter.prints(paper(6, 8000))
    assert [codes for *_, codes in counter.kept()] == [[BREAD], [MILK]]


def test_a_receipt_that_does_not_come_is_waited_for_so_long_and_changes_nothing_later(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    sale(counter)
    counter.waits_until(3 + TRUTH_SECONDS - 1)
    assert counter.kept() == []
    counter.waits_until(3 + TRUTH_SECONDS)
    assert counter.kept() == [WHOLE]
    counter.prints(paper(3 + LATE_SECONDS, 9990, 5000))
    assert counter.kept() == [WHOLE]
    assert counter.ears.differences.last.endswith("the receipt came too late, and what the till told is kept")
    counter.prints(paper(200, 100))
    assert [total for _, _, total, *_ in counter.kept()] == [17990, 100], "a sale nobody heard is one of its own"


def test_a_late_receipt_is_not_taken_for_that_of_the_sale_at_hand(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    sale(counter)
    counter.tells(basket(8, "b", 1, "bread"))
    counter.prints(paper(9, 9990, 5000))
    counter.tells(basket(10, "b", 2, "bread", phase=Phase.CLOSED))
    counter.prints(paper(11, 9990))
    assert counter.kept() == [WHOLE, ("b", Phase.CLOSED, 9990, None, [BREAD])]
    assert counter.ears.differences.sales == 1


def test_a_receipt_after_which_lines_are_rung_up_was_not_of_that_sale(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    counter.tells(basket(1, "a", 1, "bread"))
    counter.prints(paper(1.5, 700))
    counter.tells(basket(2, "a", 2, "bread", "milk"), basket(3, "a", 3, "bread", "milk", phase=Phase.CLOSED))
    counter.prints(paper(5, 9990, 8000))
    assert counter.kept() == [WHOLE]


def test_a_cancelled_or_suspended_sale_waits_for_no_receipt(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    counter.tells(basket(1, "a", 1, "bread"), basket(2, "a", 2, "bread", phase=Phase.CANCELLED))
    assert [phase for _, phase, *_ in counter.kept()] == [Phase.CANCELLED]
    assert not counter.ears.holds_an_end


def test_lines_that_were_voided_give_their_code_to_none_that_was_printed(tmp_path: Path, shop: Adviser) -> None:
    counter = Counter(tmp_path, shop)
    lines = (
        RungLine(1, BREAD, amount=Minor(5000)),
        RungLine(2, MILK, amount=Minor(700), void=True),
        RungLine(3, barcode("tea"), amount=Minor(700), quantity=Thousandths(0)),
    )
    counter.tells(basket(1, "a", 1, lines=lines, phase=Phase.CLOSED))
    counter.prints(paper(2, 5000, 700))
    assert counter.kept() == [("a", Phase.CLOSED, 5700, 5000, [BREAD, ""])]


def test_told_again_after_a_restart_it_is_still_one_receipt(tmp_path: Path, shop: Adviser) -> None:
    first = Counter(tmp_path, shop)
    sale(first)
    first.prints(paper(5, 9990, 5000))
    first.checkout.edge.close()
    second = Counter(tmp_path, shop)
    second.tells(basket(3, "a", 3, "bread", "milk", phase=Phase.CLOSED))
    second.waits_until(100)
    assert second.kept() == [CORRECTED]
    assert not second.checkout.lane.holds_receipts
    second.checkout.edge.close()
    alone = Checkout(tmp_path, shop)
    alone.lane.hear(basket(3, "a", 3, "bread", "milk", phase=Phase.CLOSED))
    assert len(alone.receipts()) == 1, "the printer's wire was taken out of the settings"


def test_the_daemon_keeps_one_receipt_of_both_wires_and_doctor_tells_how_often_they_differed(tmp_path: Path) -> None:
    printer = free_port()
    register = Register(tmp_path)
    with_printer(register, printer)
    with register.start() as shop, shop.till() as till, socket.create_connection(("127.0.0.1", printer), SECONDS) as roll:
        till.sendall(wire("a", 1, "bread", state="closed") + b"noise\n")
        shop.says("1 messages (5 bytes) skipped")  # the end before it has been heard
        roll.sendall(wire("x", 1, "bread", "milk", state="closed"))
        (kept,) = shop.keeps(1)
        assert (kept.basket_id, kept.total, kept.till_total) == ("a", 19980, 9990)
        assert "its receipt 19980 (minor units): the receipt is kept; 1 such sales" in shop.says("the till told a total of 9990")
        heard = shop.state / machine.HEARD_FILE
        until(lambda: heard.exists() and json.loads(heard.read_bytes())["7"].get("differed"), what="the count")
        told = [finding for finding in findings(settings.read(shop.settings)) if "sales of two totals" in finding.says]
        assert [finding.kind for finding in told] == ["note"]
        # An end that waits for its receipt is kept when the register is shut down.
        till.sendall(wire("b", 1, "milk", state="closed"))
        till.sendall(wire("c", 1, "milk"))
        shop.keeps(2)
        till.sendall(wire("c", 2, "milk", state="closed") + b"noise\n")
        until(lambda: json.loads(heard.read_bytes())["7"]["skipped"] == 2, what="the noise after the end")
        assert shop.stop() == 0
        assert len(shop.kept()) == 3


def test_an_end_that_waits_for_its_receipt_stays_with_the_broker_through_kill_9(tmp_path: Path) -> None:
    port, printer = free_port(), free_port()
    source = f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {port}\n'
    with mosquitto(tmp_path / "broker", port), Register(tmp_path, source=source) as register:
        with_printer(register, printer)
        heard = register.state / machine.HEARD_FILE
        register.start().says("listening to")
        topic = "tillside/lane/v1/S1/7/basket"
        publish.single(topic, wire("a", 1, "bread", state="closed"), qos=1, hostname="127.0.0.1", port=port)
        until(lambda: heard.exists() and "event_at" in json.loads(heard.read_bytes()).get("7", {}), what="the end to be heard")
        register.kill()
        assert register.kept() == []
        heard.unlink()
        register.start()
        until(lambda: heard.exists() and "event_at" in json.loads(heard.read_bytes()).get("7", {}), what="the end once more")
        with socket.create_connection(("127.0.0.1", printer), SECONDS) as roll:
            roll.sendall(wire("x", 1, "bread", "milk", state="closed"))
            (kept,) = register.keeps(1)
            assert (kept.basket_id, kept.total, kept.till_total) == ("a", 19980, 9990)
            assert register.stop() == 0


def with_printer(register: Register, port: int) -> None:
    """Another wire, on which receipts are told."""
    source = f'{{kind = "tcp", host = "127.0.0.1", port = {port}, listen = true}}'
    tap = f'[[lane.tap]]\nrole = "truth"\ndialect = "native"\nsource = {source}\n'
    register.settings.write_text(register.settings.read_text() + tap)
