"""Which lane hears which till, and what is told of feeds that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fakes.device_daemon import Register
from fakes.device_till import wire

from device.commands import run
from device.doctor import findings
from device.errors import SettingsError
from device.settings import Settings, parse
from device.wires import wires

PORT = {"kind": "udp", "port": 38801}
OTHER = {"kind": "udp", "port": 38802}


def known(*lanes: dict[str, Any]) -> Settings:
    return parse({"store": "S1", "device": "register-1", "lane": [{"source": PORT} | lane for lane in lanes]})


def test_lanes_of_one_source_share_its_wire_and_each_has_its_own_taps() -> None:
    first = {"till": "1", "hears": "1", "dialect": "shtrih", "tap": [{"role": "replies", "source": OTHER}]}
    both = wires(known(first, {"till": "2", "hears": "2", "dialect": "shtrih"}).lane)
    assert [(wired.role, [one.lane for one in wired.listeners]) for wired in both] == [("basket", ["1", "2"]), ("replies", ["1"])]
    assert both[0].decode is both[1].decode, "the replies are read by the decoder of the lane"
    assert len(wires(known({"till": "1"}, {"till": "2", "source": OTHER}).lane)) == 2
    assert len(wires(known({"till": "1"}, {"till": "2", "dialect": "setevents"}).lane)) == 2


def test_tills_of_one_broker_have_a_wire_each_unless_a_topic_is_named() -> None:
    broker = {"kind": "mqtt", "host": "broker.example"}
    both = wires(known({"till": "7", "source": broker}, {"till": "8", "source": broker}).lane)
    assert [[one.lane for one in wired.listeners] for wired in both] == [["7"], ["8"]]
    named = broker | {"topic": "shop/tills"}
    lanes = ({"till": till, "hears": till, "source": named} for till in ("7", "8"))
    assert [[one.lane for one in wired.listeners] for wired in wires(known(*lanes).lane)] == [["7", "8"]]


def test_every_mistake_of_dialects_and_options_is_told_with_its_place() -> None:
    lanes = (
        {"till": "1", "dialect": "setevents", "options": {"colour": "red"}},
        {"till": "2", "dialect": "setevnts"},
        {
            "till": "3",
            "tap": [
                {"role": "identity", "source": OTHER, "options": {"shop": 1}},
                {"role": "truth", "source": OTHER, "dialect": "printer"},
            ],
        },
    )
    with pytest.raises(SettingsError) as told:
        wires(known(*lanes).lane)
    sentences = str(told.value).splitlines()
    assert len(sentences) == 4
    for place, sentence in zip(
        ("lane[0].options.colour", "lane[1].dialect", "lane[2].tap[0].options.shop", "lane[2].tap[1].dialect"),
        sentences,
        strict=True,
    ):
        assert place in sentence
    assert "did you mean 'setevents'?" in sentences[1]


REPLIES = {"till": "1", "tap": [{"role": "replies", "source": OTHER}]}


def test_replies_to_a_dialect_that_reads_one_direction_are_refused_in_one_sentence() -> None:
    with pytest.raises(SettingsError) as told:
        wires(known(REPLIES).lane)
    assert str(told.value) == ("lane[0].tap[0]: dialect 'native' reads one direction only: take the tap with role 'replies' out")


def test_a_register_with_a_wrong_option_does_not_start_and_the_doctor_says_the_same(tmp_path: Path) -> None:
    register = Register(tmp_path)
    register.settings.write_text(register.settings.read_text() + '[lane.options]\ncolour = "red"\n')
    refused = CliRunner().invoke(run, ["--settings", str(register.settings)])
    assert isinstance(refused.exception, SettingsError)
    assert "lane[0].options.colour" in str(refused.exception)
    assert not (register.state / "edge.db").exists(), "nothing was opened"
    faults = [one.says for one in findings(known({"till": "1", "options": {"colour": "red"}})) if one.about == "lane 1"]
    assert "lane[0].options.colour" in faults[0]


def test_two_tills_on_one_port_are_two_lanes_and_an_unheard_one_is_said_once(tmp_path: Path) -> None:
    with Register(tmp_path) as register:
        one = f'[lane.source]\nkind = "tcp"\nhost = "127.0.0.1"\nport = {register.port}\nlisten = true\n'
        head = register.settings.read_text().split("[[lane]]")[0]
        lanes = "".join(f'[[lane]]\ntill = "lane-{till}"\nhears = "{till}"\n{one}' for till in ("7", "8"))
        register.settings.write_text(head + lanes)
        assert "2 lane(s)" in register.start().says("ready:")
        with register.till() as till:
            till.sendall(wire("a", 1, "bread", till="7") + wire("b", 1, "tea", till="8") + wire("c", 1, "milk", till="9"))
            till.sendall(wire("c", 2, "milk", till="9", state="closed") + wire("b", 2, "tea", till="8", state="closed"))
            till.sendall(wire("a", 2, "bread", "tea", till="7", state="closed"))
            kept = register.keeps(2)
        assert sorted((receipt.lane, receipt.till, receipt.basket_id, len(receipt.lines)) for receipt in kept) == [
            ("lane-7", "7", "a", 2),
            ("lane-8", "8", "b", 1),
        ]
        assert register.stop() == 0
        assert register.words().count("till '9' speaks on this wire too, and no lane hears it") == 1


def test_the_doctor_too_says_that_replies_cannot_be_read() -> None:
    (fault,) = [one.says for one in findings(known(REPLIES)) if one.about == "lane 1" and one.kind == "fault"]
    assert "reads one direction only: take the tap with role 'replies' out" in fault
