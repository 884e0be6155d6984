"""`tillside listen --detect`: hear a wire under every setting it may have, and write down the likeliest.

A serial line is heard at each baud rate and frame for some seconds, the usual ones first, until one explains what comes or the
time for the whole is over; a network has only a dialect to find. What is found is printed with its score and some of what was
read, and as a piece of settings.toml. Ring something up again and again meanwhile: where nothing is said, or nothing is
recognised, that is the error, and no settings are printed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from device import journal
from device.errors import SourceError
from device.installer import wire
from device.installer.detect import Arrived, Guess, guesses
from device.settings import SerialSource
from device.sources import arrivals
from device.sources.line_faults import parity_suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator

BAUDS: Final = (9600, 19200, 115200, 38400, 57600, 4800, 2400)
FRAMES: Final = ((8, "N"), (7, "E"), (8, "E"), (7, "O"))
ENOUGH_BYTES: Final = 4000
SETTING_SECONDS: Final = 5.0
"""How long each setting is heard where nobody said how long the whole may take."""
LEAST_SECONDS: Final = 2.0
"""In less nobody rings anything up: where the whole is short, the last settings are not tried."""
RECOGNISED: Final = 0.2
"""Noise comes to 0.12, and what holds no item to 0.1; a single item of a feed that is understood to 0.4."""
SURE: Final = 0.6
"""A score at which no other setting of the line is tried."""
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """What one setting of the wire gave."""

    source: dict[str, Any]
    size: int
    guesses: list[Guess]
    suspicion: str | None

    @property
    def score(self) -> float:
        """Of its likeliest dialect; a line whose own bytes speak against its setting is not believed."""
        best = self.guesses[0].score if self.guesses else 0.0
        return best / 2 if self.suspicion else best


async def survey(source: dict[str, Any], seconds: float | None = None) -> list[Heard]:
    """The likeliest first. `seconds`: the whole, shared out over the settings of the wire.

    Raise SourceError where the port is not there, nothing was said, or nothing recognised.
    """
    known = wire.lane_of(source, "native", {}).lane[0].source
    if isinstance(known, SerialSource):
        from device.sources import serial_port  # noqa: PLC0415 - only where a lane has a port

        serial_port.probe(known)
    settings = list(settings_of(source))
    whole = seconds or SETTING_SECONDS * len(settings)
    end = time.monotonic() + whole
    found: list[Heard] = []
    for setting in settings:
        if (left := end - time.monotonic()) <= 0:
            break
        heard = await _hear(setting, min(left, max(LEAST_SECONDS, left / (len(settings) - len(found)))))
        found.append(heard)
        click.echo(f"tillside: {told(setting)}: {heard.size} bytes, {_best(heard)}", err=True)
        if heard.score >= SURE:
            break
    found.sort(key=lambda heard: -heard.score)
    if found[0].score < RECOGNISED:
        raise SourceError(_nothing(source, whole, found, len(settings)))
    return found


def settings_of(source: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The wire as it was named, then, of a serial one, with each other baud rate and frame."""
    yield source
    if source["kind"] == "serial":
        for bytesize, parity in FRAMES:
            for baud in BAUDS:
                tried = {**source, "baud": baud, "bytesize": bytesize, "parity": parity}
                if {"bytesize": 8, "parity": "N", **source} != tried:
                    yield tried


def fragment(heard: Heard) -> str:
    """The lane of settings.toml."""
    best = heard.guesses[0]
    lines = ["[[lane]]", 'till = "1"', f"dialect = {_toml(best.dialect)}", "[lane.source]"]
    lines += [f"{key} = {_toml(value)}" for key, value in heard.source.items()]
    if best.options:
        lines += ["[lane.options]", *(f"{key} = {_toml(value)}" for key, value in best.options.items())]
    return "\n".join(lines) + "\n"


def report(found: list[Heard]) -> None:
    """The table on standard error, the likeliest lane on standard output."""
    best = found[0]
    if best.suspicion is not None:
        click.echo(f"tillside: {best.suspicion}", err=True)
    for guess in best.guesses[:SHOWN]:
        words = " ".join(f"{key}={value if isinstance(value, str) else _toml(value)}" for key, value in guess.options.items())
        figures = f"score {guess.score:.2f}, {guess.explained:.0%} explained, {guess.events} events, {guess.items} items"
        click.echo(f"tillside: {guess.dialect} {words}: {figures}", err=True)
        for item in guess.seen:
            click.echo(f"tillside:     {item}", err=True)
    click.echo(fragment(best), nl=False)


def told(source: dict[str, Any]) -> str:
    """The setting in an installer's words."""
    if source["kind"] == "serial":
        frame = f"{source.get('bytesize', 8)}{source.get('parity', 'N')}{source.get('stopbits', 1)}"
        return f"{source['port']} at {source['baud']} baud {frame}"
    return " ".join(str(value) for key, value in source.items() if key != "listen")


async def _hear(source: dict[str, Any], seconds: float) -> Heard:
    known = wire.lane_of(source, "native", {})
    arrived: list[Arrived] = []
    stream = arrivals(known.lane[0].source, known.lane[0].till, known, journal.Journal())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), contextlib.aclosing(stream):
            async for chunk in stream:
                arrived.append(chunk)
                if sum(len(data) for data, _ in arrived) >= ENOUGH_BYTES:
                    break
    data = b"".join(data for data, _ in arrived)
    return Heard(source, len(data), await asyncio.to_thread(guesses, arrived) if data else [], parity_suspicion(data))


def _nothing(source: dict[str, Any], whole: float, found: list[Heard], settings: int) -> str:
    """What to do, in a sentence."""
    place = source["port"] if source["kind"] == "serial" else told(source)
    size = max(heard.size for heard in found)
    if size == 0:
        return (
            f"nothing was said on {place} in {whole:.0f} s: ring something up while it listens; if nothing comes then, the "
            "till's feed is off, RX and GND are not connected, or it is another port"
        )
    tried = f" ({len(found)} of {settings} settings were tried)" if len(found) < settings else ""
    longer = f" with --seconds {settings * SETTING_SECONDS:.0f}" if tried else ""
    return (
        f"nothing was recognised in up to {size} bytes of {place}{tried}: ring up several items while it listens{longer}, or "
        "record it with --raw FILE instead of --detect"
    )


def _best(heard: Heard) -> str:
    if heard.score < RECOGNISED:
        return "nothing known in them" if heard.size else "silence"
    return f"likeliest {heard.guesses[0].dialect}, score {heard.score:.2f}"


def _toml(value: str | int | bool | list[str]) -> str:
    """Texts, numbers, truth and lists are written alike in JSON and in TOML."""
    return msgspec.json.encode(value).decode()
