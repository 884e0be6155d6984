"""What this machine says of itself, for `tillside doctor`: its clock, who else opens its ports, what its lanes last heard.

Looks only, but for `note_heard`, the daemon's side of the last. Each function says what is wrong and what to do, or None where
there is nothing to say or nobody to ask.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import sqlite3
import stat
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from device import readonly
from device.errors import StoreError
from device.place import beginning, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from device.domain import LaneId

GRABBERS: Final = {"ModemManager": "ModemManager", "brltty": "brltty"}
"""Programs that open serial ports by themselves, and the service that starts them."""
_TIME_ERROR: Final = 5
"""adjtimex(2): the clock is not synchronised."""
_TIMEX_BYTES: Final = 512
"""More than struct timex has on any machine."""


_PSEUDO_TERMINALS: Final = range(136, 144)
"""Major numbers: Linux, Documentation/admin-guide/devices.txt."""

Time = Annotated[datetime, msgspec.Meta(tz=True)]
Times = Annotated[int, msgspec.Meta(ge=0)]
Sentence = Annotated[str, msgspec.Meta(max_length=1000, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z")]
"""Fit for a terminal."""


class Heard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the daemon last heard on one lane. Times are in UTC, and become text only when they are written down."""

    bytes_at: Time | None = None
    event_at: Time | None = None
    skipped: Times = 0
    why_skipped: Sentence = ""
    differed: Times = 0
    """Sales of which a receipt and the lane's own feed told different totals."""
    how_differed: Sentence = ""
    left: Times = 0
    """Messages of the till's own program that were not heeded."""
    why_left: Sentence = ""
    handed: dict[str, Times] = {}
    """What became of items that were sent to the till, by the words of `device.handback.machine.State`."""


MAX_HEARD_BYTES: Final = 1 << 20
HEARD_FILE: Final = "heard.json"
"""In the state folder; written by the daemon, by lane."""


@dataclass(frozen=True, slots=True)
class LastSale:
    lane: str
    closed_at: datetime


def clock_unset() -> str | None:
    """The kernel's own word. A machine without a time service, or a container, may have none to give."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    if adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) == _TIME_ERROR:
        return "the clock is not synchronised: set up a time server (systemd-timesyncd or chrony), receipts are stamped with it"
    return None


def clock_behind(sales: list[LastSale]) -> str | None:
    """A clock that stands before the last sale was set back, or its battery is empty."""
    last = max((sale.closed_at for sale in sales), default=None)
    now = datetime.now(UTC)
    if last is None or last <= now:
        return None
    return f"the clock says {now:%Y-%m-%d %H:%M} UTC, but a receipt was closed at {last:%Y-%m-%d %H:%M}: set the clock"


def last_sales(edge_db: Path, device: str) -> list[LastSale]:
    """The newest receipt of each lane; none while there is no database. StoreError: this register cannot use what is there."""
    if not edge_db.exists():
        return []
    if not edge_db.is_file():
        raise StoreError(f"{edge_db} is not a file: move it away, the daemon makes its database there")
    try:
        with contextlib.closing(readonly.opened(edge_db)) as db:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
            owners = db.execute("SELECT device FROM identity").fetchall() if "identity" in tables else []
            query = "SELECT lane, max(closed_at) FROM receipt GROUP BY lane"
            rows = db.execute(query).fetchall() if "receipt" in tables else []
        sales = [LastSale(str(lane), _aware(str(at))) for lane, at in rows]
    except sqlite3.OperationalError as error:
        raise StoreError(f"{edge_db} cannot be read ({error}): ask as the user that the daemon runs as") from error
    except (sqlite3.Error, ValueError) as error:
        told = f"{edge_db} is damaged or no edge database ({error})"
        raise StoreError(f"{told}: move it away and keep it, receipts in it may not have been sent") from error
    if owners and owners[0] != (device,):
        told = f"{edge_db} belongs to register {owners[0][0]!r}, the settings say {device!r}"
        raise StoreError(f"{told}: put the name back or start with an empty state_dir")
    return sales


def damaged(state: Path) -> list[str]:
    """What is to be done about edge databases that were damaged and kept aside; see `device.rescue`."""
    beside = Path(os.path.realpath(state / "edge.db")).parent  # `state_dir` may have a link there to another disk
    kept = sorted(beside.glob("edge.db.damaged-*T*[0-9]"))
    return [f"it was damaged once: compare the till's own report of that day, then move {path} away" for path in kept]


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} is no time of a receipt")
    return at


def note_heard(state: Path, heard: Mapping[LaneId, Heard]) -> None:
    """For `heard` to read. Raise OSError where it cannot be written."""
    try:
        write_whole(state / HEARD_FILE, msgspec.json.encode(heard))
    except OSError:
        # What stands there would be taken for the last that was heard.
        with contextlib.suppress(OSError):
            (state / HEARD_FILE).unlink(missing_ok=True)
        raise


def heard(state: Path) -> dict[str, Heard]:
    """By lane; nothing while the daemon has written nothing. OSError or ValueError with why it cannot be read."""
    path = state / HEARD_FILE
    try:
        written = beginning(path, MAX_HEARD_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    if len(written) > MAX_HEARD_BYTES:
        raise ValueError(f"longer than {MAX_HEARD_BYTES} bytes")
    try:
        return msgspec.json.decode(written, type=dict[str, Heard])
    except RecursionError:
        raise ValueError("nested too deeply") from None


def last_heard(
    till: str, heard: Heard | None, sale: LastSale | None, *, runs: bool
) -> tuple[Literal["ok", "note", "fault"], str]:
    """What the lane last heard, and what to do where that is nothing, or nothing that is understood.

    `heard` None: nothing is written down of it. `runs`: somebody serves the screens.
    """
    sold = "no receipt yet" if sale is None else f"last receipt {_minute(sale.closed_at)}"
    if heard is None and (runs or sale is not None):
        step = "the daemon writes it down unless its disk is full; its journal tells, or ring something up"
        return "note", f"nobody knows what was heard last, {sold}: {step}"
    if heard is None or heard.bytes_at is None:
        step = f"start `tillside run` and ring something up, or look with `tillside listen --till {till}`"
        return "note", f"nothing heard {'yet' if sale is None else 'since the daemon was started'}, {sold}: {step}"
    told = f"last bytes {_minute(heard.bytes_at)}, {sold}"
    skipped = f"; {heard.skipped} messages skipped, the last: {heard.why_skipped}" if heard.skipped else ""
    if heard.event_at is None:
        step = f"`tillside listen --till {till} --detect` finds baud rate and dialect"
        return "fault", f"{told}, but nothing of it was understood{skipped}: {step}"
    understood = f"{told}, last understood {_minute(heard.event_at)}{skipped}"
    if heard.differed:
        step = "look whether both feeds are of this till, and whether its own tells what is to be paid"
        return "note", f"{understood}; {heard.differed} sales of two totals, the last: {heard.how_differed}; {step}"
    return "ok", understood


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def knock(path: Path, seconds: float) -> None:
    """At the screens' socket. OSError: nobody is there; BlockingIOError: somebody is, who took nobody in for so long."""
    with socket.socket(socket.AF_UNIX) as probe:
        # Not `settimeout`: where the queue is full it gives up at once, also where there will be room in a moment.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(seconds), int(seconds % 1 * 1e6)))
        probe.connect(str(path))


def grabbers() -> Iterator[str]:
    """Programs now running that take serial ports away from the daemon."""
    for process in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            name = process.read_text(encoding="ascii", errors="replace").strip()
            if name in GRABBERS:
                yield f"{name} opens serial ports by itself: systemctl mask --now {GRABBERS[name]}"


def holder(port: str) -> str | None:
    """Who has the port open, as far as this user may see."""
    try:
        wanted = Path(port).stat()
    except OSError:
        return None
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if _same(link.stat(), wanted) and int(link.parts[2]) != os.getpid():
                name = (link.parents[1] / "comm").read_text(encoding="ascii", errors="replace").strip()
                return f"{name} (process {link.parts[2]})"
    return None


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    """By another node too, as a container has; but pseudo-terminals are numbered anew in each."""
    if os.path.samestat(one, other):
        return True
    device = stat.S_ISCHR(one.st_mode) and stat.S_ISCHR(other.st_mode) and one.st_rdev == other.st_rdev
    return device and os.major(one.st_rdev) not in _PSEUDO_TERMINALS
