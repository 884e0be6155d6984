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


def test_the_table_names_every_dialect() -> None:
    assert {name for cell in CELLS for name in re.findall(r'dialect = "(\w+)"', cell)} == set(names())


def test_the_way_to_hand_back_that_the_readme_names_is_the_default() -> None:
    assert '(`kind = "show"`, the default)' in README
    lane = {"till": "1", "source": {"kind": "udp", "port": 5000}}
    table = {"store": "S1", "device": "r1", "lane": [lane, lane | {"till": "2", "handback": {"kind": "show"}}]}
    default, named = parse(table, "README.md").lane
    assert default.handback == named.handback
