"""Which line a port leads to, so that two names of one line are found, and a hand-over on a line that belongs to something else.

| named as                                                    | is the line                                                   |
|-------------------------------------------------------------|---------------------------------------------------------------|
| `/dev/ttyUSB0`, a link such as `/dev/serial/by-id/...`      | the device the name leads to now, or the name while it is not |
|                                                             | plugged in                                                    |
| `spy://PORT?...`, `alt://PORT?...` of pyserial              | PORT                                                          |
| `hwgrep://...` of pyserial                                  | the first port that fits now, if `search`; else its own words |
| `socket://host:port`, `rfc2217://host:port`, a TCP source   | the address; names of this machine are one                    |
| anything else, such as `loop://`                            | its own words                                                 |

Opens nothing. The answer may change when an adapter is plugged in: settings are looked at when they are read, `tillside doctor`
looks again.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WRAPPERS: Final = {"spy", "alt"}
_ADDRESSES: Final = {"socket", "rfc2217"}
_THIS_MACHINE: Final = {"localhost", "127.0.0.1", "::1"}


def taken(lanes: Sequence[dict[str, Any]], *, search: bool = False) -> Iterator[str]:
    """A sentence for each lane of settings.toml that hands items back over a line that a lane listens to or hands back over.

    Values of a wrong type are passed over: they are told elsewhere.
    """
    owners: dict[str, str] = {}
    for number, lane in enumerate(lanes):
        taps = lane.get("tap")
        places = {f"lane[{number}].source": lane.get("source")}
        for at, tap in enumerate(taps if isinstance(taps, list | tuple) else ()):
            places[f"lane[{number}].tap[{at}].source"] = tap.get("source") if isinstance(tap, dict) else None
        for place, source in places.items():
            if isinstance(source, dict) and (heard := _line_of(source, search=search)) is not None:
                owners.setdefault(heard, place)
    for number, lane in enumerate(lanes):
        handback, place = lane.get("handback"), f"lane[{number}].handback"
        if isinstance(handback, dict) and handback.get("kind") == "scanner" and isinstance(port := handback.get("port"), str):
            owner = owners.setdefault(line(port, search=search), place)
            if owner != place:
                yield f"{place}.port '{port}' is the line of {owner}: name a port of its own, which only this till hears"


def line(port: str, *, search: bool = False) -> str:
    """A device or any URL of pyserial's serial_for_url; equal answers are the same line."""
    if "://" not in port:
        return _device(port)
    try:
        parts = urlsplit(port)
        host, number = parts.hostname, parts.port
    except ValueError:
        return port  # a number of a port that is none: told when it is opened
    if parts.scheme in _WRAPPERS:
        return _device(parts.netloc + parts.path)
    if parts.scheme in _ADDRESSES and host is not None and number is not None:
        return _address(host, number)
    return _searched(port) if search and parts.scheme == "hwgrep" else port


def absent(port: str) -> str | None:
    """That a device is not there, and which are; None where it is, and for a URL."""
    if "://" in port or Path(port).exists():
        return None
    from serial.tools.list_ports import comports  # noqa: PLC0415 - only where a port is missing

    there = ", ".join(sorted(found.device for found in comports())) or "none"
    return f"{port} is not there (ports on this machine: {there})"


def _line_of(source: dict[str, Any], *, search: bool) -> str | None:
    """Of a source that something could be written to."""
    port, host = source.get("port"), source.get("host")
    match source.get("kind"):
        case "serial" if isinstance(port, str):
            return line(port, search=search)
        case "tcp" if isinstance(host, str) and isinstance(port, int) and source.get("listen") is not True:
            return _address(host, port)
        case _:
            return None


def _address(host: str, port: int) -> str:
    name = host.lower().rstrip(".")
    return f"{'localhost' if name in _THIS_MACHINE else name}:{port}"


def _device(path: str) -> str:
    try:
        real = os.path.realpath(path)
    except ValueError:
        return path  # no name at all: told when it is opened
    try:
        made = Path(real).stat()
    except OSError:
        return real
    # Two nodes of one device have different names and the same number.
    return f"device {os.major(made.st_rdev)}:{os.minor(made.st_rdev)}" if stat.S_ISCHR(made.st_mode) else real


def _searched(url: str) -> str:
    from serial import SerialException  # noqa: PLC0415 - only where a port is searched for
    from serial.urlhandler.protocol_hwgrep import Serial  # noqa: PLC0415

    words = url.split("&")
    try:
        # Without `skip_busy`, which would open the ports.
        return _device(Serial().from_url("&".join(word for word in words if not word.startswith("skip_busy"))))
    except (SerialException, ValueError, re.error):
        return url
