"""`tillside doctor`: what is plugged in, what is missing, and what to do about it. Looks only; changes nothing.

Every check gives findings of three kinds: `ok`, `note` (could be better) and `fault` (will not work). A fault says the next
step. The exit status is 1 when there is a fault.
"""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, Literal, assert_never

import click
import msgspec

from device import bundle_checks, machine, options, place, ports, room, settings
from device.errors import SourceError, StoreError, TillsideError
from device.screen_link import MAX_PATH_BYTES
from device.settings import (
    Lane,
    MqttHandBack,
    MqttSource,
    ReplaySource,
    ScannerHandBack,
    SerialSource,
    Settings,
    ShowHandBack,
    Source,
    TcpSource,
    UdpSource,
)
from device.shopper import key_file, read_key
from device.wires import wrong_in

CONNECT_SECONDS: Final = 3.0
_OUTCOMES: Final = {
    "confirmed": "shown by it",
    "by hand": "scanned by the cashier meanwhile, so that nobody can tell",
    "late": "shown too late",
    "given up": "not shown: look whether it takes what is sent",
}


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Literal["ok", "note", "fault"]
    about: str
    says: str


def findings(known: Settings) -> Iterator[Finding]:
    """In the order in which an installer would look."""
    yield _state(Path(known.state_dir))
    yield from map(partial(Finding, "note", "edge.db"), machine.damaged(Path(known.state_dir)))
    yield from _backup(known.backup_dir)
    sales: list[machine.LastSale] = []
    try:
        sales = machine.last_sales(known.edge_db, known.device)
    except StoreError as error:
        yield Finding("fault", "edge.db", str(error))
    yield _clock(sales)
    heard: dict[str, machine.Heard] = {}
    try:
        heard = machine.heard(Path(known.state_dir))
    except (OSError, ValueError) as error:
        yield _unreadable(error)
    screens = _screens(Path(known.screens_socket))
    for number, lane in enumerate(known.lane):
        yield _dialect(lane, f"lane[{number}]")
        yield _source(f"lane {lane.till}", lane.source)
        for tap in lane.tap:
            yield _source(f"lane {lane.till} {tap.role}", tap.source)
        yield from _handback(lane)
        yield from _handed(lane, heard.get(lane.till))
        yield from _program(lane, heard.get(lane.till))
        sale = {sale.lane: sale for sale in sales}.get(lane.till)
        kind, says = machine.last_heard(lane.till, heard.get(lane.till), sale, runs=screens.kind != "note")
        yield Finding(kind, f"lane {lane.till}", says)
    yield from (Finding("fault", "handback", says) for says in ports.taken(msgspec.to_builtins(known.lane), search=True))
    sources = [source for lane in known.lane for source in (lane.source, *(tap.source for tap in lane.tap))]
    if any(isinstance(source, SerialSource) for source in sources):
        yield from (Finding("fault", "ports", says) for says in machine.grabbers())
    yield from (Finding(check.kind, check.about, check.says) for check in bundle_checks.checks(known))
    if known.privacy.shopper_key_file is None:
        yield Finding("note", "privacy", "no shopper key: every basket is anonymous")
    else:
        yield _try("privacy", lambda: f"shopper key of {len(read_key(key_file(str(known.privacy.shopper_key_file))))} bytes")
    if known.sync is None:
        yield Finding("note", "sync", "no [sync]: receipts stay on this register")
    elif known.sync.way == "usb":
        yield Finding("note", "sync", "receipts travel by stick: `tillside sync export --to FOLDER` writes them")
    else:
        other = "the broker" if known.sync.way == "mqtt" else "`tillside headquarters serve`"
        yield _reaches("sync", known.sync.host, known.sync.port, f"start {other} or correct sync.host and sync.port")
    yield screens
    if sqlite3.sqlite_version_info < (3, 51, 3):
        yield Finding(
            "note",
            "sqlite",
            f"SQLite {sqlite3.sqlite_version}: one connection writes each database; let nothing else write there",
        )


def _try(about: str, look: object) -> Finding:
    assert callable(look)
    try:
        return Finding("ok", about, str(look()))
    except TillsideError as error:
        return Finding("fault", about, str(error))


def _state(folder: Path) -> Finding:
    if (unfit := _unfit(folder, "state_dir")) is not None:
        return unfit
    if not folder.is_dir():
        return Finding("note", "state_dir", f"{folder} is not there: the daemon makes it")
    left = room.free(folder) // 2**20
    if room.is_low(folder):
        return Finding("fault", "state_dir", f"{folder} has {left} MiB left: make room, receipts need it")
    return Finding("ok", "state_dir", f"{folder}, {left} MiB free")


def _unfit(folder: Path, key: str) -> Finding | None:
    """Why nobody can write into a folder of the settings."""
    why = place.unfit(folder)
    return None if why is None else Finding("fault", key, f"{why}, or correct {key}")


def _backup(folder: str | None) -> Iterator[Finding]:
    if folder is not None:
        yield _unfit(Path(folder), "backup_dir") or Finding("ok", "backup_dir", f"{folder}, the night's copies go there")


def _dialect(lane: Lane, place: str) -> Finding:
    if found := wrong_in(lane, place):
        return Finding("fault", f"lane {lane.till}", "; ".join(found))
    return Finding("ok", f"lane {lane.till}", f"dialect {lane.dialect}")


def _clock(sales: list[machine.LastSale]) -> Finding:
    if (behind := machine.clock_behind(sales)) is not None:
        return Finding("fault", "clock", behind)
    if (unset := machine.clock_unset()) is not None:
        return Finding("note", "clock", unset)
    return Finding("ok", "clock", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")


def _unreadable(error: OSError | ValueError) -> Finding:
    """What the lanes last heard is written anew by every daemon; it may be another version's, or cut short."""
    why = error.strerror if isinstance(error, OSError) else error
    told = f"{machine.HEARD_FILE} is not what this version writes ({why}), so that nobody knows what the lanes last heard"
    return Finding("note", "state_dir", f"{told}: start `tillside run` anew, and it is written again")


def _source(about: str, source: Source) -> Finding:
    match source:
        case SerialSource(port=port):
            return _port(about, port)
        case TcpSource(listen=True, host=host, port=number):
            return Finding("ok", about, f"waits for the till at {host}:{number}")
        case UdpSource(host=host, port=number):
            return Finding("ok", about, f"waits for datagrams at {host}:{number}")
        case TcpSource(host=host, port=number):
            return _reaches(about, host, number, "switch the till's feed on or correct lane.source")
        case MqttSource():
            return _broker(about, source)
        case ReplaySource(file=file):
            there = Path(file).is_file()
            return Finding(
                "ok" if there else "fault",
                about,
                f"recording {file}" + ("" if there else " is not there: correct lane.source.file"),
            )


def _handback(lane: Lane) -> Iterator[Finding]:
    about, how = f"lane {lane.till} handback", lane.handback
    match how:
        case ShowHandBack():
            pass
        case ScannerHandBack():
            yield _port(about, how.port, "lane.handback.port", written=True)
        case MqttHandBack():
            yield _broker(about, how.broker, "lane.handback")
        case _:
            assert_never(how)


def _handed(lane: Lane, heard: machine.Heard | None) -> Iterator[Finding]:
    """What became of what the daemon has sent since it was started."""
    times = {} if heard is None else heard.handed
    told = ", ".join(f"{times[state]} {words}" for state, words in _OUTCOMES.items() if times.get(state))
    if told:
        yield Finding("ok" if set(times) <= {"confirmed"} else "note", f"lane {lane.till} handback", f"sent to the till: {told}")


def _program(lane: Lane, heard: machine.Heard | None) -> Iterator[Finding]:
    if lane.program is None:
        return
    about = f"lane {lane.till} program"
    yield _broker(about, lane.program.broker, "lane.program")
    if heard is not None and heard.left:
        told = f"{heard.left} messages of the till's program were left, the last: {heard.why_left}"
        yield Finding("note", about, f"{told}: tell its makers what `device/tillprogram` asks for")


def _port(about: str, port: str, key: str = "lane.source.port", *, written: bool = False) -> Finding:
    wanted = {"readable": os.R_OK, "writable": os.W_OK} if written else {"readable": os.R_OK}
    can = " and ".join(wanted)
    if "://" in port:
        return Finding("ok", about, f"{port}, opened when {'an item is handed back' if written else 'the daemon starts'}")
    if (missing := ports.absent(port)) is not None:
        return Finding("fault", about, f"{missing}: plug it in or correct {key}")
    # As whoever runs this now: what is asked for is whether it can be opened.
    denied = [name for name, mode in wanted.items() if not os.access(port, mode, effective_ids=True)]
    if denied:
        told = f"{port} is not {' and '.join(denied)} by this user: add the user to the group dialout, and log in anew"
        return Finding("fault", about, told)
    if (holder := machine.holder(port)) is not None:
        return Finding("note", about, f"{port} is in use by {holder}: well if that is `tillside run`, else stop it")
    if not port.startswith("/dev/serial/by-"):
        return Finding(
            "note", about, f"{port} is {can}; name it by /dev/serial/by-id so that it is found again on another socket"
        )
    return Finding("ok", about, f"{port} is {can}")


def _broker(about: str, source: MqttSource, key: str = "lane.source") -> Finding:
    from device.sources import mqtt  # noqa: PLC0415 - only where a lane has a broker

    try:
        return Finding("ok", about, f"{source.host}:{source.port} {mqtt.probe(source, CONNECT_SECONDS, key)}")
    except SourceError as error:
        return Finding("fault", about, str(error))


def _reaches(about: str, host: str, port: int, step: str) -> Finding:
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS):
            return Finding("ok", about, f"{host}:{port} answers")
    except (OSError, UnicodeError) as error:
        return Finding("fault", about, f"{host}:{port} does not answer ({error}): {step}")


def _screens(path: Path) -> Finding:
    try:
        machine.knock(path, CONNECT_SECONDS)
    except BlockingIOError:
        told = f"a daemon serves {path} and took nobody in within {CONNECT_SECONDS:.0f} s: look into its journal or start it anew"
        return Finding("fault", "screens", told)
    except OSError as error:
        if error.errno is None:
            told = f"screens_socket {path} is longer than the {MAX_PATH_BYTES} bytes that a socket may have: name a shorter one"
            return Finding("fault", "screens", told)
        if (unfit := _unfit(path.parent, "screens_socket")) is not None:
            return unfit
        return Finding("note", "screens", f"nobody serves {path}: the daemon is not running")
    return Finding("ok", "screens", f"the daemon serves {path}")


@click.command(epilog="Example: tillside doctor --settings settings.toml")
@options.settings_file
@click.option("--json", "as_json", is_flag=True, help="One JSON line per finding.")
def doctor(settings_file: Path, as_json: bool) -> None:
    """Look at everything the register needs and say what to do about what is missing."""
    faults = 0
    for finding in findings(settings.read(settings_file)):
        faults += finding.kind == "fault"
        click.echo(msgspec.json.encode(finding) if as_json else f"{finding.kind:5}  {finding.about:10}  {finding.says}")
    if faults:
        raise TillsideError(f"{faults} fault(s) found: each line marked `fault` says what to do")
