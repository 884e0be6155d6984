"""Which wire to listen to: a lane of the settings, or what is named on the command line before there are any settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from device import settings
from device.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

Command = TypeVar("Command", bound=Callable[..., Any])

NOWHERE = {"store": "installer", "device": "installer"}
"""Settings must name a store and a register; nothing is sent anywhere while listening."""


def options(command: Command) -> Command:
    """The options by which `listen` names a wire."""
    port = click.IntRange(1, 65535)
    for option in reversed(
        (
            click.option("--serial", "port", metavar="PORT", help="A serial port or any pyserial URL, instead of settings."),
            click.option("--baud", type=click.IntRange(50, 4_000_000), help="With --serial; 9600."),
            click.option("--frame", metavar="8N1", help="With --serial: data bits, parity, stop bits; 8N1."),
            click.option("--connect", metavar="HOST:PORT", help="A till that waits for a TCP connection."),
            click.option("--accept", type=port, metavar="PORT", help="A till that connects to this TCP port."),
            click.option("--udp", type=port, metavar="PORT", help="A till that sends datagrams to this port."),
        )
    ):
        command = option(command)
    return command


def named(
    port: str | None, baud: int | None, frame: str | None, connect: str | None, accept: int | None, udp: int | None
) -> dict[str, Any] | None:
    """The table of a source in settings.toml; None when the command line names none. Raise SettingsError."""
    sources = (_serial(port, baud, frame), _connected(connect), _accepted(accept), _datagrams(udp))
    chosen = [source for source in sources if source is not None]
    if len(chosen) > 1:
        raise SettingsError("name one of --serial, --connect, --accept and --udp")
    return chosen[0] if chosen else None


def lane_of(source: dict[str, Any], dialect: str, options: dict[str, Any]) -> settings.Settings:
    """Settings of one lane that nobody wrote."""
    lane = {"till": "1", "source": source, "dialect": dialect, "options": options}
    return settings.parse({**NOWHERE, "lane": [lane]}, "command line")


def from_file(file: Path, till: str | None) -> settings.Settings:
    """The settings with the lane of this till alone, or the first. Raise SettingsError."""
    if not file.exists():
        step = "name the wire with --serial, --connect, --accept or --udp, or the settings with --settings"
        raise SettingsError(f"no settings at {file}, and no wire is named: {step}")
    known = settings.read(file)
    lane = next((lane for lane in known.lane if till in {None, lane.till}), None)
    if lane is None:
        there = ", ".join(lane.till for lane in known.lane)
        raise SettingsError(f"there is no lane '{till}' in {file}; there are: {there}")
    return msgspec.structs.replace(known, lane=(lane,))


def _serial(port: str | None, baud: int | None, frame: str | None) -> dict[str, Any] | None:
    if port is None:
        if baud is not None or frame is not None:
            raise SettingsError("--baud and --frame belong to --serial")
        return None
    source: dict[str, Any] = {"kind": "serial", "port": port, "baud": baud or 9600}
    if frame is not None:
        bits, parity, stop = (frame[:1], frame[1:2].upper(), frame[2:])
        if bits not in {"7", "8"} or parity not in set("NEOMS") or stop not in {"1", "2"}:
            raise SettingsError(f"--frame {frame}: write it like 8N1 or 7E1")
        source |= {"bytesize": int(bits), "parity": parity, "stopbits": int(stop)}
    return source


def _connected(place: str | None) -> dict[str, Any] | None:
    if place is None:
        return None
    host, _, number = place.rpartition(":")
    if not host or not number.isdecimal():
        raise SettingsError(f"--connect {place}: write HOST:PORT")
    return {"kind": "tcp", "host": host, "port": int(number)}


def _accepted(port: int | None) -> dict[str, Any] | None:
    return None if port is None else {"kind": "tcp", "host": "0.0.0.0", "port": port, "listen": True}  # noqa: S104


def _datagrams(port: int | None) -> dict[str, Any] | None:
    return None if port is None else {"kind": "udp", "port": port}
