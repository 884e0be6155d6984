"""`tillside sample`: write the sample grocery to a folder."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from model_export.sample.folder import refuse_foreign, steps, write


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write; empty, or an earlier sample.")
@click.option("--receipts", default=20_000, show_default=True, type=click.IntRange(1, 1_000_000), help="How many.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The same seed gives the same receipts.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the ninety; yesterday if not given.")
def sample(out: Path, receipts: int, seed: int, until: datetime | None) -> None:
    """Write a sample grocery: products, pictures and believable receipts of ninety days.

    \b
    Example: tillside sample --out grocery --receipts 20000
    """  # noqa: D301 - click reads the backspace: keep the lines as they are
    last = until.date() if until is not None else date.today() - timedelta(days=1)  # noqa: DTZ011 - the shop's own day
    refuse_foreign(out)
    with click.progressbar(length=steps(), label="Sample grocery", file=sys.stderr) as bar:
        counts = write(out, receipts=receipts, seed=seed, until=last, step=lambda: bar.update(1))
    click.echo(
        f"{out}: {counts.receipts:,} receipts with {counts.lines:,} lines from {counts.stores} stores, "
        f"{counts.items} products with pictures, {counts.shoppers:,} regular shoppers."
    )
