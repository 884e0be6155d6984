"""`tillside listen`: what a till says, live, decoded, and why bytes were skipped."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from device import journal, options, ports
from device.dialects import read_options
from device.errors import SettingsError, SourceError, TillsideError, first_of
from device.events import plain
from device.installer import wire
from device.installer.survey import report, survey
from device.sources import arrivals, now
from device.sources.capture import Chunk, write
from device.sources.silence import with_silence
from device.wires import wires

if TYPE_CHECKING:
    from datetime import datetime

    from device.events import PosEvent
    from device.settings import Settings
    from device.wires import Wire

SECONDS_HELP: Final = (
    "Stop by itself after so long; with --detect that is the whole, shared out over the settings of a serial line.  "
    "[default: with --detect 5 for each setting, 140 on a serial line]"
)
PATIENCE_SECONDS: Final = 10.0
"""After so long without a byte the installer is told what to look at."""


@click.command(
    epilog="""\b
Examples:
  tillside listen --settings settings.toml --till 7
  tillside listen --serial /dev/ttyUSB0 --dialect pole --raw till.capture
  tillside listen --accept 38800 --dialect linetext
  tillside listen --serial /dev/ttyUSB0 --detect > lane.toml"""
)
@options.settings_file
@click.option("--till", help="Which lane of the settings; without it the first.")
@wire.options
@click.option("--dialect", help="Without settings: which dialect; native when it is left out.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the dialect; may be given again.")
@click.option("--raw", type=click.Path(path_type=Path, dir_okay=False), help="Record the bytes and their times to this file.")
@click.option("--seconds", type=options.Measure(min=0, min_open=True), help=SECONDS_HELP)
@click.option("--detect", is_flag=True, help="Find out baud rate, parity, dialect and options, and print them as settings.")
def listen(
    settings_file: Path,
    till: str | None,
    dialect: str | None,
    options: tuple[str, ...],
    raw: Path | None,
    seconds: float | None,
    detect: bool,
    **named: Any,
) -> None:
    """Show what a till says, decoded, as JSON lines, and why bytes were skipped. Stop with Ctrl-C.

    A lane of the settings is heard with its taps; what comes of one says `"wire"`.
    A recording holds what the till sent, card numbers too: mask it before it is kept.
    """
    journal.start()
    source = wire.named(**named)
    try:
        if detect:
            report(asyncio.run(survey(source or _of_settings(settings_file, till), seconds)))
            return
        known = _wire(settings_file, till, dialect, options, source)
        asyncio.run(_follow(known, raw, seconds))
    except KeyboardInterrupt:
        if detect:
            raise SourceError("stopped before anything was sure: give it longer to listen, and ring something up") from None
        click.echo("tillside: stopped", err=True)


def _wire(file: Path, till: str | None, dialect: str | None, words: tuple[str, ...], source: dict[str, Any] | None) -> Settings:
    if source is None:
        if dialect is not None or words:
            raise SettingsError("--dialect and --option belong to a wire named by --serial, --connect, --accept or --udp")
        return wire.from_file(file, till)
    chosen = dialect or "native"
    known = wire.lane_of(source, chosen, read_options(chosen, words))
    if source["kind"] == "serial" and (missing := ports.absent(source["port"])) is not None:
        click.echo(f"tillside: {missing}: plug it in, it is waited for; or stop this and name another with --serial", err=True)
    return known


def _of_settings(file: Path, till: str | None) -> dict[str, Any]:
    """The source of the lane as a table."""
    told: dict[str, Any] = msgspec.to_builtins(wire.from_file(file, till).lane[0].source)
    return {key: value for key, value in told.items() if value is not None}


async def _follow(known: Settings, raw: Path | None, seconds: float | None) -> None:
    """Every wire of the lane at once; the recording has the till's own and what answers it."""
    came = asyncio.Event()
    said = asyncio.create_task(_be_patient(came))
    recording = None if raw is None else _Recording(raw)
    heard = wires(known.lane)
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for one in heard:
                into = recording if one.role in {"basket", "replies"} else None
                group.create_task(_print(known, one, into, came))
    except TimeoutError as over:
        if not came.is_set():
            step = "ring something up meanwhile, or look at the port, its settings and its wires"
            raise SourceError(f"nothing came in {seconds:g} s: {step}") from over
    except BaseExceptionGroup as errors:
        raise first_of(errors, TillsideError) from None
    finally:
        said.cancel()
        for one in heard:
            if one.role != "replies":
                _tell(one.decode.feed(b"", now()), one)
        if recording is not None:
            recording.close()


async def _print(known: Settings, heard: Wire, recording: _Recording | None, came: asyncio.Event) -> None:
    decode, told = heard.decode, heard.decode.skips.messages
    feed = getattr(decode, "feed_reply", decode.feed) if heard.role == "replies" else decode.feed
    stream = arrivals(heard.source, heard.till, known, journal.Journal(), heard.channel)
    async for data, at in with_silence(stream, decode.quiet_seconds):
        came.set()
        if recording is not None and data:
            recording.add(data, at, reply=heard.role == "replies")
        _tell(feed(data, at), heard)
        if decode.skips.messages > told:
            told = decode.skips.messages
            whose = "" if heard.role == "basket" else f" on the wire of {heard.role}"
            click.echo(f"tillside: skipped{whose}: {decode.skips.last} ({told} so far)", err=True)


def _tell(events: list[PosEvent], heard: Wire) -> None:
    for event in events:
        told = plain(event)
        click.echo(msgspec.json.encode(told if heard.role == "basket" else {**told, "wire": heard.role}))


async def _be_patient(came: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(came.wait(), PATIENCE_SECONDS)
        return
    click.echo(
        f"tillside: nothing has come for {PATIENCE_SECONDS:.0f} s: ring something up; if nothing comes then, the till's feed is "
        "off, RX and GND are not connected, or it is another port",
        err=True,
    )


class _Recording:
    """A new file with what comes, as it comes. Raise SourceError where there is one already, and where the disk takes no more.

    Its lines are whole, so that what was recorded until then can be replayed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("xb", buffering=0)
        except FileExistsError as error:
            raise SourceError(f"{path} is there already: name another file, a recording is not written over") from error
        except OSError as error:
            raise SourceError(f"{path} cannot be written: {error.strerror}") from error
        self._began: datetime | None = None
        self._bytes = 0

    def add(self, data: bytes, at: datetime, *, reply: bool) -> None:
        self._began = self._began or at
        line = write(Chunk((at - self._began).total_seconds() * 1000, data, reply))
        try:
            rest = line
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(self._bytes)
            told = f"the recording {self._path} ends after {self._bytes} bytes"
            raise SourceError(f"{told}, it cannot be written: {error.strerror}") from error
        self._bytes += len(line)

    def close(self) -> None:
        self._file.close()
