"""A command set of `device.display.profiles`, made ready to be found in what a till sends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from device.display.profiles import PROFILES, VERTICAL_FROM_START, Arguments

_PRINTED: Final = rb"[^\x00-\x1f!\x7f]+"
_PLACES: Final = frozenset({"clear", "initialise", "go", "home", "row", "field", "lower", "csi", "bottom"})


class Command(NamedTuple):
    arguments: Arguments
    effect: str
    """Its name; empty: nothing that can be read."""
    how: tuple[int | str, ...]
    """What the table says behind the name."""
    places: bool
    """Whether it tells where on the display the next text begins."""


@dataclass(frozen=True, slots=True)
class CommandSet:
    commands: dict[bytes, Command]
    tokens: re.Pattern[bytes]
    """A run of printable bytes is group 1; else it is a command, the longest that fits: it is the one that is meant."""
    starts: frozenset[bytes]
    """What a command, or a longer one, may begin with."""
    longest: int
    heads: frozenset[int]
    """Bytes that introduce commands in this set."""
    vertical: bool
    """Whether rows move up from the start, and text needs no place."""


@cache
def command_set(profile: str) -> CommandSet:
    table = PROFILES[profile]
    commands = {code: _command(arguments, effect) for code, (arguments, effect) in table.items()}
    codes = b"|".join(map(re.escape, sorted(table, key=len, reverse=True)))
    return CommandSet(
        commands=commands,
        tokens=re.compile(rb"(%b)|%b" % (_PRINTED, codes)),
        starts=frozenset(code[:size] for code in table for size in range(1, len(code))),
        longest=max(map(len, table)),
        heads=frozenset({0x1B} | {code[0] for code in table if len(code) > 1 and code[0] == 0x1F}),
        vertical=profile in VERTICAL_FROM_START,
    )


def _command(arguments: Arguments, told: str) -> Command:
    effect, *how = told.split(":")
    return Command(arguments, effect, tuple(int(word) if word.isdigit() else word for word in how), effect in _PLACES)
