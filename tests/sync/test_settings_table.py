"""The tables of settings in sync/README.md say what the code takes, no more and no less."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import click
import msgspec
import pytest

from device.settings import Sync
from sync.commands.headquarters import headquarters
from sync.commands.register import sync as register

README = (Path(__file__).parents[2] / "sync" / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows under a heading cell."""
    lines = README.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading}"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def each(rows: list[list[str]]) -> list[tuple[str, str, list[str]]]:
    """Name, default and the other cells; a row of several names gives its defaults in the same order, or one for all."""
    said = []
    for names, default, *rest in rows:
        keys = re.findall(r"`([^`]+)`", names)
        defaults = default.split(", ") if len(keys) > 1 and ", " in default else [default] * len(keys)
        said += [(key, value.strip("`"), rest) for key, value in zip(keys, defaults, strict=True)]
    return said


def shown(value: object) -> str:
    return {None: "none", "": "-", False: "false"}.get(value, str(value)) if isinstance(value, str | bool | None) else str(value)


def test_every_key_of_sync_stands_there_with_its_default() -> None:
    fields = {field.encode_name: shown(field.default) for field in msgspec.structs.fields(Sync)}
    assert {name: default for name, default, _ in each(table("register, `[sync]`"))} == fields


@pytest.mark.parametrize(
    ("group", "heading"), [(headquarters, "`tillside headquarters`, options"), (register, "`tillside sync`, options")]
)
def test_every_option_stands_there_with_its_default_and_its_commands(group: click.Group, heading: str) -> None:
    taken: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, command in group.commands.items():
        for option in command.params:
            if isinstance(option, click.Option):
                taken[option.opts[0], default_of(option)].add(name)
    told = {}
    for name, default, (of, _) in each(table(heading)):
        commands = set(re.findall(r"`([^`]+)`", of))
        told[name, default] = {name for name, one in group.commands.items() if one.params} if of == "all" else commands
    assert told == dict(taken)


def default_of(option: click.Option) -> str:
    if option.is_flag or option.required:
        return "-"
    # Made from --dir by the command itself.
    plain = shown(option.to_info_dict()["default"])
    return "sqlite:///DIR/central.db" if option.opts[0] == "--central" else plain


def test_every_row_says_what_it_is() -> None:
    for heading in ("register, `[sync]`", "`tillside headquarters`, options", "`tillside sync`, options"):
        assert all(row[-1] for row in table(heading))
