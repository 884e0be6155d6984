"""`tillside listen --detect`: hear a wire under every setting it may have, and write down the likeliest.

A serial line is heard at each baud rate and frame for some seconds, the usual ones first, until one explains what comes; a
network has only a dialect to find. What is found is printed with its score and some of what was read, and as a piece of
settings.toml. Ring something up again and again meanwhile: where nothing is said, nothing can be found.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from device import journal
from device.installer import wire
from device.installer.detect import Arrived, Guess, guesses
from device.sources import arrivals
from device.sources.line_faults import parity_suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator

BAUDS: Final = (9600, 19200, 115200, 38400, 57600, 4800, 2400)
FRAMES: Final = ((8, "N"), (7, "E"), (8, "E"), (7, "O"))
ENOUGH_BYTES: Final = 4000
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


async def survey(source: dict[str, Any], seconds: float) -> list[Heard]:
    """The likeliest first. `seconds`: how long each setting is heard. Raise SourceError."""
    found = []
    for setting in settings_of(source):
        heard = await _hear(setting, seconds)
        found.append(heard)
        click.echo(f"tillside: {told(setting)}: {heard.size} bytes, {_best(heard)}", err=True)
        if heard.score >= SURE:
            break
    return sorted(found, key=lambda heard: -heard.score)


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
    if best.score == 0:
        step = (
            "ring something up meanwhile, or try --seconds 30" if best.size == 0 else "record it with --raw and write its dialect"
        )
        click.echo(f"tillside: nothing that any dialect knows was heard: {step}", err=True)
        return
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
        async with asyncio.timeout(seconds), contextlib.aclosing(stream):  # type: ignore[type-var]
            async for chunk in stream:
                arrived.append(chunk)
                if sum(len(data) for data, _ in arrived) >= ENOUGH_BYTES:
                    break
    data = b"".join(data for data, _ in arrived)
    return Heard(source, len(data), await asyncio.to_thread(guesses, arrived) if data else [], parity_suspicion(data))


def _best(heard: Heard) -> str:
    if not heard.guesses or heard.score == 0:
        return "nothing known in them" if heard.size else "silence"
    return f"likeliest {heard.guesses[0].dialect}, score {heard.score:.2f}"


def _toml(value: str | int | bool | list[str]) -> str:
    """Texts, numbers, truth and lists are written alike in JSON and in TOML."""
    return msgspec.json.encode(value).decode()
