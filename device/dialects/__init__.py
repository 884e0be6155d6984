"""One file per make of till: bytes in, events out. A dialect is found by the name of its file; there is no registry.

A decoder owns its unfinished frame and nothing else. `feed` never raises for what a till sends: what it cannot use it skips,
counts and describes in `skips`, and its memory stays bounded. See README.md in this folder for how to add one.

What differs between two shops with the same make of till stands in the dialect's `Options`: the table `lane.options` in
settings.toml, or `--option key=value` on the command line.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from device import mistakes
from device.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from device.events import PosEvent


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


class DialectOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a shop may set of a dialect; every one has a default. Units stand in the names."""


class Decoder(Protocol):
    """Made as `Decoder(options)`, with the `Options` of the same file.

    Where a whole recording shows that another option would read more of it, the text `advice` says so. A dialect that does not
    tell whole baskets over MQTT has the last word of its topic as `topic`.
    """

    skips: Skips
    quiet_seconds: float | None
    """After so long without bytes an unfinished frame is concluded, by `feed(b"", at)`. None: silence means nothing."""

    def feed(self, data: bytes, at: datetime) -> list[PosEvent]:
        """Events completed by these bytes, in order, stamped `at`.

        Without bytes: nothing has come until `at`. The same bytes give the same events however they are split, as long as no
        split is a silence of `quiet_seconds`; a longer one is seen in `at` too, whether or not it was told.
        """
        ...


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def decoder(name: str, options: Mapping[str, object] | None = None) -> Decoder:
    """Raise SettingsError when there is no such dialect, or not with these options: all their mistakes, one a line."""
    if found := wrong(name, options or {}):
        raise SettingsError("\n".join(found))
    module = _module(name)
    made: Decoder = module.Decoder(msgspec.convert(options or {}, module.Options))
    return made


def wrong(name: str, options: Mapping[str, object], place: str = "options") -> list[str]:
    """Every mistake in the name of a dialect and its options; `place` is where the options stand."""
    if name not in names():
        hint = mistakes.nearest(name, names()) or f" (there are: {', '.join(names())})"
        beside = place.removesuffix("options")
        return [f"{beside and f'{beside}dialect: '}unknown dialect '{name}'{hint}"]
    module = _module(name)
    if found := mistakes.find(dict(options), module.Options, place):
        return found
    try:
        # Options may check each other, for instance that a pattern compiles: __post_init__ raises ValueError.
        msgspec.convert(dict(options), module.Options)
    except msgspec.ValidationError as error:
        return [f"'{place}': {error}"]
    return []


def read_options(name: str, words: Iterable[str]) -> dict[str, Any]:
    """Options as told on a command line, `key=value`; a table or a list is written as JSON. Raise SettingsError.

    A value is read as JSON where the option is not a text and as it stands where it is.
    """
    if found := wrong(name, {}):
        raise SettingsError("\n".join(found))
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(_module(name).Options)}
    told: dict[str, Any] = {}
    for word in words:
        key, separator, value = word.partition("=")
        if not separator:
            raise SettingsError(f"--option {word}: write key=value")
        told[key] = value
        if key in kinds and mistakes.find(value, kinds[key]):
            try:
                told[key] = msgspec.json.decode(value)
            except msgspec.DecodeError:
                continue  # told below, as what it is
    if found := wrong(name, told):
        raise SettingsError("\n".join(found))
    return told


def _module(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}")
