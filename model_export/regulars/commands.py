"""`tillside headquarters segments`. Thin: options in, one call, a table out."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from device.amounts import decimals_of, unit_of
from device.errors import HistoryError
from device.shopper import default_key_file, pseudonym, read_or_make_key
from model_export.ending import orderly
from model_export.whole import make_folder

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from model_export.engine import Engine
    from model_export.regulars.membership import Members, Row
    from model_export.regulars.rules import Rules

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog="Example: tillside headquarters segments --central sqlite:////srv/tillside/central.db --rules segments.toml"
)
@click.option("--receipts", "folder", type=_FOLDER, help="Folder with receipt_lines.parquet.")
@click.option("--central", "url", help="Central store with the registers' receipts, such as sqlite:///central.db.")
@click.option("--rules", "rules_file", type=_FILE, help="A file of segments by rule (`model_export/regulars/rules.py`).")
@click.option("--items", "items", type=_FILE, help="An items.parquet, instead of the one in the folder.")
@click.option(
    "--engine", metavar="ENGINE", default="duckdb", show_default=True, help="duckdb or postgresql://user@host/database."
)
@click.option("--keep", type=_FOLDER, help="Folder that keeps who was in which segment, day by day; a late receipt counts anew.")
@click.option("--shopper-key", type=_FILE, help="Key file that turns a folder's loyalty ids into pseudonyms; made when missing.")
@click.option(
    "--consent",
    type=click.Choice(["registered", "as-recorded"]),
    help="Who counts, as in `train`: by `headquarters shopper consent`, or by the receipts themselves.  "
    "[default: registered with --central, else as-recorded]",
)
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
@orderly()
def segments(
    folder: Path | None,
    url: str | None,
    rules_file: Path | None,
    items: Path | None,
    engine: str,
    keep: Path | None,
    shopper_key: Path | None,
    consent: str | None,
    *,
    as_json: bool,
) -> None:
    """Regulars by recency, frequency and money, and by a shop's own rules: each segment with its counts."""
    if (folder is None) == (url is None):
        raise click.UsageError("say where the receipts are: --receipts FOLDER or --central URL")
    if consent == "registered" and url is None:
        raise click.UsageError("consents are registered in the central store: name it with --central URL")
    import msgspec

    from model_export.engine import opened
    from model_export.regulars import events, rules

    wanted = rules.Rules() if rules_file is None else rules.read(rules_file)
    described = items or (None if folder is None else events.items_file(folder))
    goods = [] if described is None else list(events.goods_of(described))
    if told := list(rules.unknown_goods(wanted, events.groups_of(goods) if described is not None else None)):
        raise HistoryError("\n".join(f"{rules_file}: {one}" for one in told))
    if keep is not None:
        make_folder(keep)
    # Where nothing is kept a key of the moment will do: nobody's identity leaves this process.
    key = secrets.token_bytes() if keep is None else read_or_make_key(shopper_key or default_key_file())
    # A shop's clock may be ahead of this one's by its time zone, not by days.
    tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    source = url if folder is None else folder
    assert source is not None
    arriving = events.Events(source, tomorrow, partial(pseudonym, key), registered=consent != "as-recorded")
    with opened(engine, "count the segments") as counting, ExitStack() as held:
        table = held.enter_context(counting.streaming("tillside_events", events.EVENTS, arriving))
        listed = held.enter_context(counting.streaming("tillside_goods", events.GOODS, goods)) if goods else None
        for remark in arriving.remarks:
            click.echo(f"note: {remark}", err=True)
        found = _counted(table, listed, wanted, counting, keep)
    if as_json:
        click.echo(msgspec.json.encode([*found.rows, *found.by_rule]))
        return
    click.echo(f"{'segment':<32}{'shoppers':>10}{'share':>8}{'days since':>12}{'receipts':>10}{'money':>14}")
    for row in found.rows:
        click.echo(_line(row, arriving.currency))
    if found.by_rule:
        click.echo("by rule")
    for row in found.by_rule:
        click.echo(_line(row, arriving.currency))


def _counted(table: Table, goods: Table | None, wanted: Rules, engine: Engine, keep: Path | None) -> Members:
    from model_export.regulars.kept import Kept, forget
    from model_export.regulars.membership import last_day, members

    if (day := last_day(table, engine)) is None:
        gone = 0 if keep is None else forget(keep)
        deleted = f"; {gone} days in {keep} named shoppers and are deleted" if gone else ""
        raise HistoryError(f"no receipt names a shopper who agreed: segments need cards; bring receipts with `customer`{deleted}")
    if keep is None:
        with members(table, goods, wanted, day, engine) as found:
            return found
    days, found = Kept(keep, table, goods, wanted, engine).refresh(day)
    click.echo(f"note: {len(days)} days counted in {keep}", err=True)
    return found


def _line(row: Row, currency: str) -> str:
    money = f"{row.money / unit_of(currency):,.{decimals_of(currency)}f}"
    return f"{row.segment:<32}{row.shoppers:>10}{row.share:>8.1%}{row.days_since:>12.1f}{row.receipts:>10.1f}{money:>14}"
