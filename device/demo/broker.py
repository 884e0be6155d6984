"""The store's MQTT broker: mosquitto, for this machine alone."""

from __future__ import annotations

import contextlib
import shutil
import socket
import time
from typing import TYPE_CHECKING

from device.demo.programs import PATIENCE_SECONDS
from device.errors import TillsideError

if TYPE_CHECKING:
    from pathlib import Path

    from device.demo.programs import Program


def broker(config: Path, port: int) -> list[str]:
    """The command; what it reads is written to `config`. TillsideError where mosquitto is not installed."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        raise TillsideError("the demo needs the MQTT broker mosquitto: apt-get install mosquitto, or use packaging/dev demo")
    # Started by root it would become another user, and with that the kernel forgets whom it is to end with.
    lasting = "user root\npersistence false\n"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n{lasting}", encoding="utf-8")
    return [program, "-c", str(config)]


def listening(started: Program, port: int) -> None:
    """Wait until it answers; TillsideError when it ends or the time does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        started.demand_alive()
        if time.monotonic() > end:
            raise TillsideError(f"mosquitto does not answer at port {port}: {started.last_words()}")
        time.sleep(0.02)
