"""`tillside replay`: a recording, decoded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from device.dialects import decoder, read_options
from device.events import plain
from device.replay import events

if TYPE_CHECKING:
    from device.dialects import Decoder


@click.command(epilog="Example: tillside replay till.capture --dialect pole --option profile=epson")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dialect", required=True, help="Which dialect the bytes are in.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the dialect; may be given again.")
def replay(file: Path, dialect: str, options: tuple[str, ...]) -> None:
    """Decode a recording, bare bytes or a capture of `listen --raw`, and print its events as JSON lines."""
    decode = decoder(dialect, read_options(dialect, options))
    for event in events(decode, file):
        click.echo(msgspec.json.encode(plain(event)))
    _say_skipped(decode)


def _say_skipped(decode: Decoder) -> None:
    skips = decode.skips
    if skips.messages:
        click.echo(f"tillside: {skips.messages} messages ({skips.bytes} bytes) skipped, the last: {skips.last}", err=True)
