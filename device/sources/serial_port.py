"""Bytes from a serial port, or from anything pyserial's `serial_for_url` can open (`socket://`, `rfc2217://`, `spy://`).

pyserial blocks, so a thread reads and hands over one chunk at a time; while the daemon is busy the operating system's buffer
holds the rest. A port that is unplugged raises in `read` (pyserial 3.5: "device reports readiness to read but returned no data"):
it is closed and opened again, with growing pauses, until it is back. Name ports by /dev/serial/by-id, so that this finds the same
till again. Nothing is ever written.

What the line says about a wrong baud rate or parity is told once a minute (see `line_faults`).
"""

from __future__ import annotations

import asyncio
import os
import re
import termios
import threading
from typing import TYPE_CHECKING, Final

import serial

from device.errors import SourceError, first_line
from device.ports import absent
from device.sources import LOST, MAX_READ, Arrivals, now, pauses
from device.sources.line_faults import LineFaults, mark_damage

if TYPE_CHECKING:
    from datetime import datetime

    from device.journal import Journal
    from device.settings import SerialSource

READ_TIMEOUT_SECONDS: Final = 0.1
_UNPLUGGED: Final = "device reports readiness to read but returned no data"
# re.error: `hwgrep://` takes a pattern. KeyError: `loop://` takes words.
_REFUSALS: Final = (serial.SerialException, OSError, ValueError, KeyError, re.error, termios.error)


def probe(source: SerialSource) -> None:
    """Open the port once, and close it. Raise SourceError for one that is not there now, or cannot be opened."""
    if (missing := absent(source.port)) is not None:
        raise SourceError(f"{missing}: plug it in or name another")
    try:
        _open(source).close()
    except _REFUSALS as error:
        step = "stop what else uses it, add the user to the group dialout, or name another"
        raise SourceError(f"{source.port} cannot be opened ({first_line(error)}): {step}") from error


async def arrivals(source: SerialSource, name: str, journal: Journal) -> Arrivals:
    """Never ends by itself; a missing or lost port is waited for. A bug in the thread that reads is raised here."""
    chunks: asyncio.Queue[tuple[bytes, datetime] | Exception] = asyncio.Queue()
    reader = _Reader(source, name, journal, chunks, asyncio.get_running_loop())
    reader.start()
    try:
        while True:
            chunk = await chunks.get()
            if isinstance(chunk, Exception):
                raise chunk
            reader.taken.set()
            yield chunk
    finally:
        reader.stop.set()


class _Reader(threading.Thread):
    """Reads the port and hands over what it read, one chunk at a time."""

    def __init__(
        self,
        source: SerialSource,
        name: str,
        journal: Journal,
        chunks: asyncio.Queue[tuple[bytes, datetime] | Exception],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(name=f"{name} serial", daemon=True)
        self.stop = threading.Event()
        self.taken = threading.Event()
        """The chunk that was handed over is being dealt with."""
        self._source = source
        self._lane = name
        self._journal = journal
        self._chunks = chunks
        self._loop = loop
        self._heard = False

    def run(self) -> None:
        waits = pauses()
        while not self.stop.is_set():
            try:
                with _open(self._source) as port:
                    self._journal.tell(f"{self._lane}: reading {self._source.port} at {self._source.baud} baud")
                    self._read(port, LineFaults() if mark_damage(port) else None)
            except _REFUSALS as error:
                # Begun anew only by what has said something: a node without its adapter opens, and fails at once.
                waits = pauses() if self._heard else waits
                self._lost(error)
                self.stop.wait(next(waits))
            except Exception as bug:  # noqa: BLE001 - raised by whoever waits: else the lane would be deaf, and nobody would know
                self._tell(bug)
                return

    def _read(self, port: serial.Serial, faults: LineFaults | None) -> None:
        while not self.stop.is_set():
            data = port.read(max(1, min(port.in_waiting, MAX_READ)))
            if faults is not None and data:
                data = faults.clean(data)
                if (suspicion := faults.suspicion()) is not None:
                    told = f"{self._lane}: {self._source.port} at {self._source.baud} baud: {suspicion}"
                    self._journal.say(f"{self._lane}.line", told)
            if data:
                self._hand_over(data)
                self._heard = True

    def _lost(self, error: Exception) -> None:
        if self._heard:
            self._hand_over(LOST)
            self._heard = False
        step = "plug it in or correct lane.source.port; waiting for it"
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else first_line(error)
        if why.startswith(_UNPLUGGED):
            why = "it was unplugged, or another program reads it too"
        self._journal.say(f"{self._lane}.port", f"{self._lane}: {self._source.port} cannot be read ({why}): {step}")

    def _hand_over(self, data: bytes) -> None:
        # No coroutine: the loop may end at any moment, and would leave it behind unfinished.
        self.taken.clear()
        self._tell((data, now()))
        while not self.taken.wait(READ_TIMEOUT_SECONDS) and not self.stop.is_set():
            pass

    def _tell(self, what: tuple[bytes, datetime] | Exception) -> None:
        try:
            self._loop.call_soon_threadsafe(self._chunks.put_nowait, what)
        except RuntimeError:
            self.stop.set()  # the daemon has ended, and its loop with it


def _open(source: SerialSource) -> serial.Serial:
    port = serial.serial_for_url(
        source.port,
        baudrate=source.baud,
        bytesize=source.bytesize,
        parity=source.parity,
        stopbits=source.stopbits,
        timeout=READ_TIMEOUT_SECONDS,
        do_not_open=True,
    )
    if "://" not in source.port:
        port.exclusive = True
    port.open()
    return port
