"""Bytes from a serial port, or from anything pyserial's `serial_for_url` can open (`socket://`, `rfc2217://`, `loop://`, `spy://`).

pyserial blocks, so a thread reads and hands over one chunk at a time; while the daemon is busy the operating system's buffer
holds the rest. A port that is unplugged raises in `read` (pyserial 3.5: "device reports readiness to read but returned no data"):
it is closed and opened again, with growing pauses, until it is back. Name ports by /dev/serial/by-id, so that this finds the same
till again. Nothing is ever written.
"""

from __future__ import annotations

import asyncio
import contextlib
import termios
import threading
from typing import TYPE_CHECKING, Final

import serial

from device.sources import LOST, MAX_READ, Arrivals, now, pauses

if TYPE_CHECKING:
    from datetime import datetime

    from device.journal import Journal
    from device.settings import SerialSource

READ_TIMEOUT_SECONDS: Final = 0.1


async def arrivals(source: SerialSource, name: str, journal: Journal) -> Arrivals:
    """Never ends by itself; a missing or lost port is waited for."""
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[tuple[bytes, datetime]] = asyncio.Queue(maxsize=1)
    stop = threading.Event()

    def hand_over(data: bytes) -> None:
        putting = chunks.put((data, now()))
        try:
            future = asyncio.run_coroutine_threadsafe(putting, loop)
        except RuntimeError:
            putting.close()  # the daemon has ended, and its loop with it
            stop.set()
            return
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                future.result(READ_TIMEOUT_SECONDS)
                return

    def read() -> None:
        waits = pauses()
        while not stop.is_set():
            try:
                with _open(source) as port:
                    journal.tell(f"{name}: reading {source.port} at {source.baud} baud")
                    waits = pauses()
                    while not stop.is_set():
                        if data := port.read(max(1, min(port.in_waiting, MAX_READ))):
                            hand_over(data)
            except (serial.SerialException, OSError, ValueError, termios.error) as error:
                hand_over(LOST)
                journal.say(
                    f"{name}.port",
                    f"{name}: {source.port} cannot be read ({error}): plug it in or correct lane.source.port; waiting for it",
                )
                stop.wait(next(waits))

    thread = threading.Thread(target=read, name=f"{name} serial", daemon=True)
    thread.start()
    try:
        while True:
            yield await chunks.get()
    finally:
        stop.set()


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
