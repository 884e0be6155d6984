"""What the commands of both ends share: where the broker is, JSON, the log, and ending in order."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable

import click

from device.scrub import scrub

as_json = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")


def broker(command: Callable[..., None]) -> Callable[..., None]:
    """Where the broker is and who we are there: the fields of `sync.link.Broker`."""
    for choice in reversed(
        (
            click.option("--host", default="127.0.0.1", show_default=True, help="The broker."),
            click.option("--port", type=click.IntRange(1, 65535), default=1883, show_default=True, help="The broker's port."),
            click.option("--username", help="Our name at the broker."),
            click.option("--password-file", type=click.Path(), help="Holds our password there."),
            click.option("--ca-file", type=click.Path(), help="TLS, and whom to believe the broker's certificate."),
            click.option("--certificate-file", type=click.Path(), help="Our certificate."),
            click.option("--key-file", type=click.Path(), help="Its key."),
        )
    ):
        command = choice(command)
    return command


class _Scrubbed(logging.Formatter):
    """A sentence may quote what a register sent, and that may be anything."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


def log() -> None:
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(_Scrubbed("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[out])


def until_stopped() -> threading.Event:
    """Set by SIGTERM and Ctrl-C: what is under way is finished, then the program ends with status 0."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    return over
