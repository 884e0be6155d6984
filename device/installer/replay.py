"""`tillside replay`: a recording, decoded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from device.dialects import decoder, read_options
from device.events import plain
from device.installer.summary import receipts
from device.replay import events

if TYPE_CHECKING:
    from device.dialects import Decoder


@click.command(epilog="Example: tillside replay till.capture --dialect pole --option profile=epson")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dialect", required=True, help="Which dialect the bytes are in.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the dialect; may be given again.")
@click.option("--summary", is_flag=True, help="One object for each receipt, lines and total, instead of one for each event.")
@click.option("--currency", default="RUB", show_default=True, help="Of the amounts of a summary.")
def replay(file: Path, dialect: str, options: tuple[str, ...], summary: bool, currency: str) -> None:
    """Decode a recording, bare bytes or a capture of `listen --raw`, and print its events as JSON lines.

    Quantities are thousandths of their unit, amounts minor units of the currency.
    """
    decode = decoder(dialect, read_options(dialect, options))
    heard = events(decode, file)
    for told in receipts(heard, currency) if summary else map(plain, heard):
        click.echo(msgspec.json.encode(told))
    _say_skipped(decode)


def _say_skipped(decode: Decoder) -> None:
    skips = decode.skips
    if skips.messages:
        click.echo(f"tillside: {skips.messages} messages ({skips.bytes} bytes) skipped, the last: {skips.last}", err=True)
