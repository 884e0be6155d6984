"""A till that speaks MQTT with the register, through the real daemon and a real broker: events, offers, accepts, commands."""

from __future__ import annotations

import asyncio
import json
import queue
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.device_daemon import Register
from fakes.device_face import face
from fakes.device_handback import BREAD, BUTTER
from fakes.device_shop import write_shop
from fakes.device_till import wire
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS, until
from fakes.till_program import PREFIX, TillProgram, line
from fakes.told_shop import EARNED, SHOP, listening, shop

from device import settings
from device.doctor import findings
from device.domain import Answer, Phase
from device.machine import heard


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    number = free_port()
    with mosquitto(tmp_path / "broker", number):
        yield number


def test_a_till_that_only_tells_events_gets_a_right_receipt(tmp_path: Path, port: int) -> None:
    with shop(tmp_path, port) as made, TillProgram(port) as till:
        listening(made)
        for _ in range(2):  # told again, as after a lost acknowledgement
            till.tell("add", 1, line=line(1, BREAD))
        till.tell("add", 2, line=line(2, BUTTER))
        till.tell("qty", 3, line=line(1, BREAD, 3))
        till.tell("void", 4, line={"line_id": 2})
        till.tell("tender", 5, paid=[{"means": "cash", "amount": 30000}])
        for _ in range(2):
            till.tell("end", 6, total=29970)
        till.tell("add", 1, "b", line=line(1, BREAD))
        till.tell("end", 2, "b", state="cancelled")
        one, other = made.keeps(2)
        assert (one.basket_id, one.phase, one.total, one.partial) == ("a", Phase.CLOSED, 29970, False)
        assert [(rung.sku, rung.quantity) for rung in one.lines] == [("bread", 3000)]
        assert (other.basket_id, other.phase) == ("b", Phase.CANCELLED)


def test_what_the_cashier_is_shown_is_offered_to_the_tills_program_and_taken_down_when_paying_begins(
    tmp_path: Path, port: int
) -> None:
    with shop(tmp_path, port) as made, TillProgram(port) as till:
        listening(made)
        till.offered()
        till.tell("add", 1, line=line(1, BREAD))
        offer = till.offered("butter")
        (one,) = offer["offers"]
        assert (offer["v"], offer["till"], offer["basket_id"], offer["currency"]) == (1, "7", "a", "RUB")
        assert (one["code"], one["price"], one["unit"], one["state"]) == (BUTTER, 9990, "pcs", "offered")
        assert (one["reason"], one["because"][0]["en"], one["pitch"]["en"]) == ("goes_with", "Bread", "Some butter with it?")
        till.tell("tender", 2)
        assert till.offered()["basket_id"] is None
        till.tell("end", 3)
        (receipt,) = made.keeps(1)
        assert [(outcome.sku, outcome.answer, outcome.painted) for outcome in receipt.outcomes] == [("butter", None, False)]


def test_what_needs_a_look_at_the_buyers_age_is_never_offered_even_where_the_faces_show_it(tmp_path: Path, port: int) -> None:
    async def on_the_face(made: Register) -> None:
        async with face(made.socket) as cashier:
            await cashier.shows("beer", "butter")

    with shop(tmp_path, port, policy="[policy]\nage_restricted = true\n") as made, TillProgram(port) as till:
        listening(made)
        till.tell("add", 1, line=line(1, BREAD))
        asyncio.run(on_the_face(made))
        told = till.offered("butter")
        till.tell("add", 2, line=line(2, BUTTER))
        assert "beer" not in json.dumps([told, till.offered()])


def test_an_accept_is_what_a_tap_of_the_cashier_is(tmp_path: Path, port: int) -> None:
    async def taken(made: Register) -> str:
        async with face(made.socket) as cashier:
            return (await cashier.shows("butter")).cards[0].state

    with shop(tmp_path, port) as made, TillProgram(port) as till:
        listening(made)
        till.tell("add", 1, line=line(1, BREAD))
        offer = till.offered("butter")
        assert till.accept(offer, "butter", verb="shown") == {"v": 1, "id": "accept-1", "done": True, "why": ""}
        for _ in range(2):  # told again under its name: answered as before
            assert till.accept(offer, "butter", name="yes") == {"v": 1, "id": "yes", "done": True, "why": ""}
        assert till.accept(offer, "butter", name="again")["why"] == "gone"
        assert till.offered("butter")["offers"][0]["state"] == "taken"
        assert asyncio.run(taken(made)) == "taken"
        till.tell("add", 2, line=line(2, BUTTER))
        till.tell("end", 3)
        (receipt,) = made.keeps(1)
        assert [(one.sku, one.answer, one.painted, one.bought) for one in receipt.outcomes] == [
            ("butter", Answer.TAKEN, True, True)
        ]
        assert till.accept(offer, "butter")["why"] in {"unknown", "closed"}


def test_other_words_of_the_cashier_can_be_said_too(tmp_path: Path, port: int) -> None:
    with shop(tmp_path, port) as made, TillProgram(port) as till:
        listening(made)
        till.tell("add", 1, line=line(1, BREAD))
        offer = till.offered("butter")
        assert till.accept(offer, "butter", verb="dismiss")["done"]
        till.offered()
        assert till.accept(offer, "butter", verb="undo")["done"]
        till.offered("butter")
        assert till.accept(offer, "butter", verb="out_of_stock")["done"]
        till.offered()
        till.tell("end", 2)
        (receipt,) = made.keeps(1)
        assert [one.answer for one in receipt.outcomes] == [Answer.OUT_OF_STOCK]


def test_an_accepted_item_is_handed_back_where_the_lane_does_so(tmp_path: Path, port: int) -> None:
    handback = f'[lane.handback]\nkind = "mqtt"\nhost = "127.0.0.1"\nport = {port}\n'
    with shop(tmp_path, port, lane=handback) as made, TillProgram(port) as till:
        listening(made)
        till.tell("add", 1, line=line(1, BREAD))
        assert till.accept(till.offered("butter"), "butter")["done"]
        order = json.loads(till.heard["cmd"].get(timeout=SECONDS).payload)
        assert (order["cmd"], order["code"], order["sale"]) == ("add", BUTTER, "a")
        till.tell("add", 2, line=line(2, order["code"]))
        made.says("butter was sent to the till, which shows it")


def test_a_program_that_was_started_anew_is_told_again(tmp_path: Path, port: int) -> None:
    with shop(tmp_path, port) as made, TillProgram(port) as till:
        listening(made)
        till.tell("add", 1, line=line(1, BREAD))
        told = till.offered("butter")
        with TillProgram(port) as other:
            assert other.offered("butter") == told
        till.say("status", b"offline")
        made.says("the till's program is gone")
        assert made.stop() == 0
        till.offered()  # a register that ends takes down what is shown


def test_hostile_words_cost_a_sentence_each_and_are_counted_and_nothing_else(tmp_path: Path, port: int) -> None:
    with shop(tmp_path, port) as made, TillProgram(port) as till:
        listening(made)
        till.tell("add", 1, line=line(1, BREAD))
        offer = till.offered("butter")
        good = {"v": 1, "id": "x", "suggestion_id": offer["offers"][0]["suggestion_id"], "verb": "shown"}
        hostile = [
            b"",
            b"\xff\x00",
            b"[" * 4000,
            b"x" * 60_000,
            json.dumps(good | {"v": 2}).encode(),
            json.dumps(good | {"verb": "sell"}).encode(),
            json.dumps(good | {"id": "y" * 65}).encode(),
        ]
        for payload in hostile:
            till.say("accept", payload)
        till.say("accept", b"z" * 600_000)  # more than this register takes: the broker keeps it
        till.say("accept", json.dumps(good).encode(), retain=True)  # to a subscriber of before it is not retained
        for wanted in (f"{PREFIX}/basket", f"{PREFIX}/accept/a/b", "elsewhere", f"{PREFIX}/accept/"):
            till.say("accept", json.dumps(good).encode(), answer_to=wanted)
        till.say("accept", json.dumps(good).encode(), answer_to=f"{PREFIX}/accept/answer", mark=b"m" * 300)
        till.say("status", b"who knows")
        assert till.accept({"offers": [{"sku": "butter", "suggestion_id": "none-1"}]}, "butter")["why"] == "unknown"
        assert till.heard["accept/answer"].empty(), "the first answer was that"
        made.says("7 program: an accept is not of its form")
        expected = len(hostile) + 4 + 1 + 1
        until(
            lambda: (told := heard(made.state).get("7")) and told.left == expected,
            what=f"{expected} to be counted",
            seen=made.words,
        )
        told = [one.says for one in findings(settings.read(made.settings)) if one.about == "lane 7 program"]
        assert "answers and lets this register in" in told[0]
        assert f"{expected} messages of the till's program were left" in told[1]
        assert heard(made.state)["7"].why_left == "a status is neither online nor offline"
        till.tell("end", 2)
        (receipt,) = made.keeps(1)
        assert [(one.sku, one.answer) for one in receipt.outcomes] == [("butter", None)]


def test_a_broker_that_lets_the_register_tell_nothing_is_told_with_what_to_do(tmp_path: Path) -> None:
    port = free_port()
    acl = tmp_path / "acl"
    acl.write_text(f"topic read {PREFIX}/#\ntopic write {PREFIX}/event\n")
    conf = f"user root\nallow_anonymous true\nacl_file {acl}\n"
    with mosquitto(tmp_path / "broker", port, conf), shop(tmp_path, port) as made, TillProgram(port) as till:
        listening(made)
        told = made.says("does not take what this register tells the till's program")
        assert "let it write /offer" in told
        till.tell("add", 1, line=line(1, BREAD))
        till.tell("end", 2)
        assert made.keeps(1)


def test_a_broker_that_takes_nothing_holds_up_no_basket(tmp_path: Path) -> None:
    """The till is on a line of its own; its program's broker is stopped in the middle of a sale."""
    port = free_port()
    with mosquitto(tmp_path / "broker", port) as broker, Register(tmp_path) as made, TillProgram(port) as till:
        made.settings.write_text(f'{made.settings.read_text()}[lane.program]\nhost = "127.0.0.1"\nport = {port}\n')
        made.state.mkdir()
        write_shop(made.state / "bundle.db", items=SHOP, scores=EARNED)
        made.start()
        made.says("/accept and")
        with made.till() as native:
            native.sendall(wire("a", 1, lines=[line(1, BREAD)]))
            till.offered("butter")
            broker.signal(signal.SIGSTOP)
            for number in range(100):
                native.sendall(
                    wire(f"b{number}", 1, lines=[line(1, BREAD)]) + wire(f"b{number}", 2, state="closed", lines=[line(1, BREAD)])
                )
            assert len(made.keeps(101)) == 101
            native.sendall(wire("c", 1, lines=[line(1, BREAD)]))
            broker.signal(signal.SIGCONT)
            # The newest, and not all that was there to be shown meanwhile.
            seen = [till.offered("butter") for _ in range(1)]
            while seen[-1]["basket_id"] != "c":
                seen.append(till.offered("butter"))
            assert len(seen) < 20
        with pytest.raises(queue.Empty):
            till.heard["accept/answer"].get(timeout=0.1)
