"""`tillside headquarters segments`. Thin: options in, one call, a table out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click


@click.command(epilog="Example: tillside headquarters segments --central sqlite:////srv/tillside/central.db --json")
@click.option("--receipts", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder with receipt_lines.parquet.")
@click.option("--central", "url", help="Central store with the registers' receipts, such as sqlite:///central.db.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def segments(folder: Path | None, url: str | None, as_json: bool) -> None:
    """Regulars by recency, frequency and money: eleven segments with their counts."""
    if (folder is None) == (url is None):
        raise click.UsageError("say where the receipts are: --receipts FOLDER or --central URL")
    import msgspec

    from model_export.registers import open_central
    from model_export.regulars import rfm, spending

    if folder is not None:
        spent = spending.of_folder(folder)
    else:
        assert url is not None
        with closing(open_central(url)) as central:
            spent = spending.of_registers(central.receipts())
    rows = rfm.table(rfm.score(spent))
    if as_json:
        click.echo(msgspec.json.encode(rows))
        return
    click.echo(f"{'segment':<20}{'shoppers':>10}{'share':>8}{'days since':>12}{'receipts':>10}{'money':>14}")
    for row in rows:
        money = f"{row.money / 100:,.2f}"
        click.echo(f"{row.segment:<20}{row.shoppers:>10}{row.share:>8.1%}{row.days_since:>12.1f}{row.receipts:>10.1f}{money:>14}")
