"""`tillside replay`: a recording, decoded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from device.bundle import Bundle
from device.catalogue import Catalogue, read_best_sellers
from device.dialects import decoder, read_options
from device.errors import SettingsError
from device.events import plain
from device.installer.summary import summaries
from device.replay import events

if TYPE_CHECKING:
    from device.dialects import Decoder

SQLITE: Final = b"SQLite format 3\0"
"""How a bundle begins."""


@click.command(
    epilog="""\b
Examples:
  tillside replay till.capture --dialect escpos
  tillside replay till.capture --dialect escpos --summary --currency EUR
  tillside replay receipts.jsonl --dialect linetext --summary"""
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dialect", required=True, help="Which dialect the bytes are in.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the dialect; may be given again.")
@click.option("--summary", is_flag=True, help="One JSON object a receipt: its lines, total and how it ended.")
@click.option("--currency", default="", help="With --summary: of a till that tells none; it changes no amount.")
@click.option(
    "--catalogue",
    "catalogue_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --summary: a bundle, or items as JSON lines, to say what each line is.",
)
def replay(file: Path, dialect: str, options: tuple[str, ...], summary: bool, currency: str, catalogue_file: Path | None) -> None:
    """Decode a recording, bare bytes or a capture of `listen --raw`, and print its events as JSON lines.

    A .jsonl file of printed receipts, one object with `lines` or `text` for each, is read too.

    With --summary, receipts instead: quantity is in thousandths of its unit (1000 is one piece), money in minor units, sku the
    code as told or, with --catalogue, what the catalogue knows, text the name as told; ended is closed, cancelled, suspended or
    open, and unparsed marks a paid receipt whose lines could not be read.
    """
    if not summary and (currency or catalogue_file is not None):
        raise SettingsError("--currency and --catalogue belong to --summary: name that too, or leave them out")
    decode = decoder(dialect, read_options(dialect, options))
    happened = events(decode, file)
    if summary:
        told = summaries(happened, currency, None if catalogue_file is None else _catalogue(catalogue_file))
    else:
        told = map(plain, happened)
    for one in told:
        click.echo(msgspec.json.encode(one))
    _say_skipped(decode)
    if advice := getattr(decode, "advice", ""):
        click.echo(f"tillside: {advice}", err=True)


def _catalogue(file: Path) -> Catalogue:
    with file.open("rb") as opened:
        first = opened.read(len(SQLITE))
    return Bundle.open(file).catalogue if first == SQLITE else Catalogue(read_best_sellers(file))


def _say_skipped(decode: Decoder) -> None:
    skips = decode.skips
    if skips.messages:
        click.echo(f"tillside: {skips.messages} messages ({skips.bytes} bytes) skipped, the last: {skips.last}", err=True)
