"""A till that tells events, of which some are lost: it is asked for the sale, also after a kill, and the sale is kept once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.device_daemon import Register
from fakes.device_handback import BREAD, BUTTER
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS, until
from fakes.till_program import PREFIX, TillProgram, line
from fakes.told_shop import listening, shop

from device.domain import Phase


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    number = free_port()
    with mosquitto(tmp_path / "broker", number):
        yield number


@pytest.mark.parametrize("topic", ["event", "of/its/own"])
def test_a_till_is_asked_for_a_sale_of_which_an_event_is_missing_where_it_tells_them(
    tmp_path: Path, port: int, topic: str
) -> None:
    with shop(tmp_path, port) as made, TillProgram(port, events=topic) as till:
        if topic != "event":
            named = f'kind = "mqtt"\ntopic = "{PREFIX}/{topic}"\n'
            made.settings.write_text(made.settings.read_text().replace('kind = "mqtt"\n', named, 1))
        made.start()
        made.says(f"/{topic} at")
        made.says("/accept and")
        till.tell("add", 2, line=line(2, BUTTER))
        asked = till.heard["cmd"].get(timeout=SECONDS)
        command = json.loads(asked.payload)
        assert (command["v"], command["cmd"], command["sale"]) == (1, "state", "a")
        assert asked.properties is not None
        assert (asked.properties.ResponseTopic, asked.properties.CorrelationData) == (f"{PREFIX}/{topic}", command["id"].encode())
        till.tell("state", 2, state="open", lines=[line(1, BREAD), line(2, BUTTER)])
        till.tell("end", 3)
        (receipt,) = made.keeps(1)
        assert ([one.sku for one in receipt.lines], receipt.partial) == (["bread", "butter"], False)


def test_after_a_power_cut_within_a_sale_it_is_asked_for_and_kept_once(tmp_path: Path) -> None:
    port = free_port()
    with shop(tmp_path, port) as made:
        with mosquitto(tmp_path / "broker", port), TillProgram(port) as till:
            listening(made)
            till.tell("add", 1, line=line(1, BREAD))
            till.offered("butter")
            made.kill()
            till.offered()  # the register's last will
        with mosquitto(tmp_path / "broker", port), TillProgram(port) as till:
            whole = {"state": "closed", "lines": [line(1, BREAD), line(2, BUTTER)]}
            listening(made)
            till.tell("add", 2, line=line(2, BUTTER))
            till.tell("end", 3, total=19980)
            assert json.loads(till.heard["cmd"].get(timeout=SECONDS).payload)["cmd"] == "state"
            till.tell("state", 3, **whole)
            (receipt,) = made.keeps(1)
            assert ([one.sku for one in receipt.lines], receipt.total, receipt.partial) == (["bread", "butter"], 19980, False)
            made.kill()
            listening(made)
            till.tell("end", 3, total=19980)  # the till never heard that it was taken
            till.tell("state", 3, **whole)
            made.says("a sale that is already kept was told again")
            assert len(made.kept()) == 1


def test_a_sale_of_which_something_never_comes_is_kept_as_partial(tmp_path: Path, port: int) -> None:
    with shop(tmp_path, port, program=False) as made, TillProgram(port) as till:
        made.start()
        made.says("/event at")
        till.tell("add", 2, line=line(2, BUTTER))
        till.tell("end", 3, total=19980)
        (receipt,) = made.keeps(1)
        assert (receipt.phase, receipt.partial, receipt.total) == (Phase.CLOSED, True, 19980)


def waiting_end(made: Register, till: TillProgram) -> None:
    """The first event is missing when the sale is over, and the register is killed while it waits for it."""
    till.tell("add", 2, line=line(2, BUTTER) | {"name": "4111 1111 1111 1111"})
    till.tell("end", 3, total=19980, paid=[{"means": "card 4111 1111 1111 1111", "amount": 19980}])
    held = made.state / "held.json"
    until(lambda: held.exists() and b'"a"' in held.read_bytes(), what="the end to be on disk")
    made.kill()
    assert b"1111" not in held.read_bytes()
    assert made.kept() == []


def test_an_end_that_waits_outlives_a_kill_and_is_kept_once(tmp_path: Path, port: int) -> None:
    with shop(tmp_path, port, program=False) as made, TillProgram(port) as till:
        made.start()
        made.says("/event at")
        waiting_end(made, till)
        held = made.state / "held.json"
        waited = held.read_bytes()
        made.start()  # and nothing more is heard of the till
        (receipt,) = made.keeps(1)
        assert (receipt.basket_id, receipt.phase, receipt.partial, receipt.total) == ("a", Phase.CLOSED, True, 19980)
        assert receipt.opened_at == receipt.closed_at
        until(lambda: json.loads(held.read_bytes()) == {"7": []}, what="it to be taken off the disk")
        made.kill()
        held.write_bytes(waited)  # as if it had been killed between the receipt and that
        made.start()
        made.says("a sale that is already kept was told again")
        assert made.kept() == [receipt]
        made.kill()
        held.write_bytes(waited[:-20])
        made.start()
        made.says("waited for a missing event are lost")


def test_an_end_that_waits_outlives_a_kill_and_is_asked_for_afterwards(tmp_path: Path, port: int) -> None:
    with shop(tmp_path, port) as made, TillProgram(port) as till:
        listening(made)
        waiting_end(made, till)
        while not till.heard["cmd"].empty():
            till.heard["cmd"].get()
        made.start()
        assert json.loads(till.heard["cmd"].get(timeout=SECONDS).payload)["sale"] == "a"
        till.tell("state", 3, state="closed", lines=[line(1, BREAD), line(2, BUTTER)], total=19980)
        (receipt,) = made.keeps(1)
        assert ([one.sku for one in receipt.lines], receipt.partial, receipt.total) == (["bread", "butter"], False, 19980)
        assert made.stop() == 0
        assert json.loads((made.state / "held.json").read_bytes()) == {"7": []}
