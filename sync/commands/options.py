"""What the commands of both ends share: where the broker is, JSON, the log, and ending in order."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click

from device.scrub import scrub
from device.words import printable

_FOLDER = click.Path(file_okay=False, path_type=Path)
as_json = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
headquarters_folder = click.option("--dir", "folder", type=_FOLDER, required=True, help="Headquarters' folder.")
central_store = click.option("--central", help="URL of the central store.  [default: sqlite:///DIR/central.db]")


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
    """A sentence may quote what a register or a mirror sent, and that may be anything."""

    def format(self, record: logging.LogRecord) -> str:
        # Of one line: nobody's words are to look like a sentence of ours.
        record.msg, record.args = " ".join(record.getMessage().splitlines()), None
        return printable(scrub(super().format(record)))


def store(command: Callable[..., None]) -> Callable[..., None]:
    """Which central store: of headquarters' folder, or any other."""
    return click.option("--dir", "folder", type=_FOLDER, help="Headquarters' folder.")(central_store(command))


def url_of(folder: Path | None, central: str | None) -> str:
    """The central store that `central` names, else the one of headquarters' folder."""
    if central is not None:
        return central
    if folder is None:
        raise click.UsageError("say which central store: --dir of headquarters' folder, or --central with its URL")
    return f"sqlite:///{os.path.realpath(folder / 'central.db')}"


def doors(command: Callable[..., None]) -> Callable[..., None]:
    """Which ways registers may come: `broker`, and beside it or instead of it HTTPS."""
    for choice in reversed(
        (
            click.option("--no-broker", is_flag=True, help="Without MQTT: receipts come over https only."),
            click.option("--https-host", default="127.0.0.1", show_default=True, help="Where registers reach us over https."),
            click.option("--https-port", type=click.IntRange(0, 65535), help="Take receipts over https here; 0: a free port."),
        )
    ):
        command = choice(command)
    return broker(command)


def log() -> None:
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(_Scrubbed("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[out])
    # It tells each signature that it tried in vain while keys are being replaced; what is wrong is raised.
    logging.getLogger("tuf").setLevel(logging.WARNING)


def until_stopped() -> threading.Event:
    """Set by SIGTERM and Ctrl-C: what is under way is finished, then the program ends with status 0."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    return over
