"""What the README tells an installer to write is what the register reads."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from device.dialects import names, wrong
from device.settings import parse

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL)
NEEDED: dict[str, dict[str, object]] = {
    "mqtt": {"host": "broker.lan", "topic": "tillside/lane/v1/S1/1/basket"},
    "serial": {"port": "/dev/ttyUSB0"},
    "tcp": {"host": "0.0.0.0", "port": 5000},  # a till calls from elsewhere
    "udp": {"port": 5000},
}
CELLS = re.findall(r'^\|.*\| (`dialect = ".*?) \|$', README, flags=re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n", 1)[0])
def test_every_piece_of_settings_is_read(block: str) -> None:
    table = {"store": "S1", "device": "r1", **tomllib.loads(block)}
    for lane in parse(table, "README.md").lane:
        assert wrong(lane.dialect, lane.options) == []
        for tap in lane.tap:
            assert wrong(tap.dialect, tap.options) == []


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.split("`")[1])
def test_every_row_of_the_decision_table_names_a_dialect_and_options_that_it_has(cell: str) -> None:
    dialect = re.search(r'dialect = "(\w+)"', cell)
    options = re.search(r"`options = (\{.*?\})`", cell)
    assert dialect is not None
    table = tomllib.loads(f"options = {options[1]}")["options"] if options else {}
    assert wrong(dialect[1], table) == []


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.split("`")[1])
def test_every_row_of_the_decision_table_makes_a_lane_that_the_register_reads(cell: str) -> None:
    """The pieces of a row are put where they belong: what is said of a second feed into a tap."""
    pieces = re.findall(r"`([^`]+)`", cell)
    said = [tomllib.loads(piece) for piece in pieces if " = " in piece]
    assert said, "a row says what to write"
    lane: dict[str, object] = {"till": "1"}
    source: dict[str, object] = {"kind": "udp", "port": 5000}
    tap: dict[str, object] = {}
    for table in said:
        for key, value in table.items():
            match key:
                case "kind":
                    source = {"kind": value} | NEEDED[value]
                case "listen":
                    source["listen"] = value
                case "role":
                    tap[key] = value
                case "replies":
                    lane["options"] = {key: value}
                case _:
                    lane[key] = value
    lane["source"] = source
    if tap:
        other = {"dialect": lane["dialect"]} if tap["role"] != "truth" else {}
        lane["tap"] = [{"dialect": "escpos", "source": {"kind": "udp", "port": 5001}} | other | tap]
        if tap["role"] == "truth":
            lane["dialect"] = "pole"  # the printer stands beside another feed
    (made,) = parse({"store": "S1", "device": "r1", "lane": [lane]}, "README.md").lane
    assert wrong(made.dialect, made.options) == []
    assert [one.role for one in made.tap] == ([tap["role"]] if tap else [])


def test_the_table_names_every_dialect() -> None:
    assert {name for cell in CELLS for name in re.findall(r'dialect = "(\w+)"', cell)} == set(names())


def test_the_way_to_hand_back_that_the_readme_names_is_the_default() -> None:
    assert '(`kind = "show"`, the default)' in README
    lane = {"till": "1", "source": {"kind": "udp", "port": 5000}}
    table = {"store": "S1", "device": "r1", "lane": [lane, lane | {"till": "2", "handback": {"kind": "show"}}]}
    default, named = parse(table, "README.md").lane
    assert default.handback == named.handback
