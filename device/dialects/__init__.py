"""One file per make of till: bytes in, events out. A dialect is found by the name of its file; there is no registry.

A decoder owns its unfinished frame and nothing else. `feed` never raises for what a till sends: what it cannot use it skips,
counts and describes in `skips`, and its memory stays bounded. See README.md in this folder for how to add one.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from device.errors import SettingsError

if TYPE_CHECKING:
    from datetime import datetime

    from device.domain import PosEvent


@dataclass(slots=True)
class Skips:
    """What a decoder left out so far, and one sentence about the last of it.

    The sentence never quotes the bytes: they may hold a card number.
    """

    messages: int = 0
    bytes: int = 0
    last: str = ""

    def add(self, size: int, why: str) -> None:
        self.messages += 1
        self.bytes += size
        self.last = why


class Decoder(Protocol):
    skips: Skips

    def feed(self, data: bytes, at: datetime) -> list[PosEvent]:
        """Events completed by these bytes, in order, stamped `at`."""
        ...


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def decoder(name: str) -> Decoder:
    """Raise SettingsError when there is no such dialect."""
    if name not in names():
        near = difflib.get_close_matches(name, names(), 1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(names())}"
        raise SettingsError(f"unknown dialect '{name}' ({hint})")
    made: Decoder = importlib.import_module(f"{__name__}.{name}").Decoder()
    return made
