"""`tillside history`: receipts that a retailer has already. Thin: options in, one call, a report out; the clock is read here."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from device.errors import HistoryError
from device.shopper import KEY_BYTES, default_key_file, pseudonym, read_or_make_key
from model_export.ending import orderly
from model_export.marks import WHOLESALE_ITEMS, WHOLESALE_PIECES
from model_export.options import check_currency
from model_export.room import enough_to_begin
from model_export.whole import try_to_write

if TYPE_CHECKING:
    from model_export.importing.found import Reader, Rules
    from model_export.importing.guess import Asked
    from model_export.importing.report import Report

FORMATS = ("auto", "parquet", "csv", "poslog", "jsonl", "baskets")
# Measured: with 0.2 GB of data and 0.7 GB of addresses everything is imported.
_LEAST = 100_000_000
_SET_ASIDE = 500_000_000
_FILE = click.Path(path_type=Path, dir_okay=False)


class _Group(click.Group):
    """`history sales` stands in a module of its own, and is loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "sales"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "sales":
            from model_export.sales import write_sales

            return write_sales
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Group)
def history() -> None:
    """Receipts that are at hand already."""


@history.command(
    "import", epilog="Example: tillside history import --central sqlite:///central.db --timezone Europe/Berlin sales.csv"
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--central", "url", required=True, help="Central store, such as sqlite:///central.db; made when missing.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="auto",
    show_default=True,
    help="auto: by name and content; baskets: one a line.",
)
@click.option("--column", "said", multiple=True, metavar="FIELD=NAME", help="Which column a field is, such as receipt=ReceiptNo.")
@click.option("--delimiter", help="Between columns of a CSV; \\t for tab.")
@click.option("--encoding", help="Of a CSV, such as cp1251.")
@click.option("--header/--no-header", default=None, help="Whether the first line of a CSV names the columns.")
@click.option("--decimal", "decimal_mark", type=click.Choice([",", "."]), help="What stands before fractions.")
@click.option("--date-order", type=click.Choice(["dmy", "mdy"]), help="Of dates such as 03/04/2026.")
@click.option("--day-one", type=click.DateTime(["%Y-%m-%d"]), help="The date of day 1, where dates are numbers of days.")
@click.option("--time-format", help="A strptime pattern for times of no known form, such as '%d-%b-%y %H.%M'.")
@click.option("--amounts", type=click.Choice(["major", "minor"]), help="Whether amounts are 12.50 or 1250.")
@click.option("--untimed", is_flag=True, help="The receipts have no time.")
@click.option("--timezone", help="Of the shop, such as Europe/Moscow; needed for times in UTC.  [default: times are the shop's]")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only receipts before this: registers send the later ones.",
)
@click.option("--store", help="Of receipts that name none.")
@click.option("--currency", default="RUB", show_default=True, help="Of amounts that name none, ISO 4217.")
@click.option("--items", "items_file", type=_FILE, help="An items.parquet: which items are no goods.  [default: beside the file]")
@click.option(
    "--not-goods",
    help="Regular expression for names of bags, deposits, gift cards; '' for none.  [default: see model_export/marks.py]",
)
@click.option(
    "--wholesale-items",
    type=click.IntRange(0),
    default=WHOLESALE_ITEMS,
    show_default=True,
    help="More different items are wholesale; 0: never.",
)
@click.option(
    "--wholesale-pieces",
    type=click.IntRange(0),
    default=WHOLESALE_PIECES,
    show_default=True,
    help="More pieces are wholesale; 0: never.",
)
@click.option("--shopper-key", type=_FILE, help="Key file that turns loyalty ids into pseudonyms; made when missing.")
@click.option("--replace", is_flag=True, help="Where a receipt is here with other content, take the new one.")
@click.option("--report", "report_file", type=_FILE, help="Write counts and refusals to this file, as JSON lines.")
@click.option("--yes", is_flag=True, help="Import without asking.")
@click.option("--dry-run", is_flag=True, help="Read and report everything; keep nothing.")
@orderly()
def import_history(
    files: tuple[Path, ...],
    url: str,
    form: str,
    report_file: Path | None,
    yes: bool,
    dry_run: bool,
    replace: bool,
    **options: Any,
) -> None:
    """
    Bring receipts from Parquet, CSV, POSLog XML or JSON lines into the central store, the latter three packed with gzip or not.

    Shows which column is what before anything is imported. The same receipt twice is kept once; an import that was stopped
    goes on where it stopped. Voids, returns, training sales, what is no goods and wholesale-size baskets are kept, marked, and
    left out of training.
    """
    enough_to_begin("importing", _LEAST, _SET_ASIDE)
    from model_export import places
    from model_export.importing.forms import open_reader
    from model_export.importing.load import load, source_of
    from model_export.importing.report import write
    from model_export.items import ITEMS
    from sync.central.past import open_past

    asked = _asked(**options)
    rules = _rules(files, _key(options["shopper_key"] or default_key_file(), dry_run=dry_run), **options)
    paths = [path / "receipt_lines.parquet" if path.is_dir() else path for path in files]
    if report_file is not None:
        key_file = options["shopper_key"] or default_key_file()
        beside = (path.with_name(ITEMS) for path in paths)
        places.apart(report_file, *paths, *beside, options["items_file"], key_file, url=url)
        try_to_write(report_file)
    readers = [open_reader(path, form, asked, rules) for path in paths]
    for reader in readers:
        click.echo(f"{reader.path}:")
        for line in reader.told():
            click.echo(f"  {line}")
    if not yes and not dry_run:
        _confirm()
    # Whatever changes what a file means, or what is kept of it, makes another import of it.
    how = repr((form, sorted(options.items(), key=lambda pair: pair[0]))).encode()
    reports = []
    with ExitStack() as stack:
        past = None
        if not dry_run:
            past = stack.enter_context(closing(open_past(url, create=True)))
        for reader in readers:
            with _bar(reader) as progress:
                reports.append(load(reader, past, source_of(reader.path, how), progress, replace=replace))
            click.echo("\n".join(reports[-1].told()))
    if report_file is not None:
        write(report_file, reports)
    if dry_run:
        click.echo("nothing was kept: this was a dry run")
    _judge(reports)


def _judge(reports: list[Report]) -> None:
    """HistoryError when a file broke off, or when nothing came of all of them."""
    if cut_off := next((report.cut_off for report in reports if report.cut_off), None):
        raise HistoryError(cut_off)
    if not any(report.kept for report in reports):
        raise HistoryError("not one receipt could be imported: see the reasons above")


def _asked(**options: Any) -> Asked:
    from model_export.importing.guess import Asked
    from model_export.importing.times import check_pattern

    columns = {}
    for pair in options["said"]:
        field, equals, name = pair.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--column {pair}: write FIELD=NAME, such as --column receipt=ReceiptNo")
        columns[field] = name
    delimiter = options["delimiter"]
    delimiter = "\t" if delimiter in {"\\t", "tab"} else delimiter
    if delimiter is not None and len(delimiter) != 1:
        raise click.UsageError("--delimiter is one character, such as ';'")
    if options["time_format"] is not None:
        check_pattern(options["time_format"])
    same = ("encoding", "header", "decimal_mark", "date_order", "time_format", "amounts", "untimed")
    day_one = options["day_one"] and options["day_one"].date()
    return Asked(columns=columns, delimiter=delimiter, day_one=day_one, **{name: options[name] for name in same})


def _key(path: Path, *, dry_run: bool) -> bytes:
    """A dry run keeps nothing, and so makes no key either: one of its own will do."""
    return secrets.token_bytes(KEY_BYTES) if dry_run and not path.exists() else read_or_make_key(path)


def _rules(files: tuple[Path, ...], key: bytes, **options: Any) -> Rules:
    from model_export import marks
    from model_export.importing.found import Rules
    from model_export.items import ITEMS, read_items

    zone = None
    if options["timezone"]:
        try:
            zone = ZoneInfo(options["timezone"])
        except (OSError, ValueError, KeyError) as error:
            raise HistoryError(f"there is no time zone '{options['timezone']}': write one such as Europe/Moscow") from error
    check_currency(options["currency"])
    pattern = options["not_goods"]
    try:
        not_goods = marks.not_goods(marks.NOT_GOODS if pattern is None else pattern)
    except re.error as error:
        raise HistoryError(f"--not-goods is no regular expression: {error}") from error
    beside = [path / ITEMS if path.is_dir() else path.with_name(ITEMS) for path in files]
    facts = [options["items_file"]] if options["items_file"] else [path for path in dict.fromkeys(beside) if path.is_file()]
    items = [item for path in facts for item in read_items(path).items]
    kinds = {item.sku for item in items if item.kind != "goods"}
    kinds |= {item.sku for item in items if any(map(not_goods.search, (*item.names.values(), item.category or "")))}
    return Rules(
        name_shopper=lambda loyalty_id: pseudonym(key, loyalty_id),
        # A shop may be ahead of UTC, and its clock wrong by a little.
        latest=datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=26),
        currency=options["currency"],
        until=options["until"],
        timezone=zone,
        store=options["store"],
        not_goods=not_goods,
        kinds=frozenset(kinds),
        wholesale_items=options["wholesale_items"],
        wholesale_pieces=options["wholesale_pieces"],
    )


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise HistoryError("nobody can be asked here whether this is right: look at it with --dry-run, then pass --yes")
    if not click.confirm("Import this?"):
        raise HistoryError("nothing was imported: pass --column FIELD=NAME and the other options to change how the file is read")


@contextmanager
def _bar(reader: Reader) -> Iterator[Callable[[int], None]]:
    """A bar on standard error; where that is no terminal, nothing."""
    with click.progressbar(
        length=max(1, reader.size), file=sys.stderr, label=reader.path.name, hidden=not sys.stderr.isatty()
    ) as bar:
        done = 0

        def progress(at: int) -> None:
            nonlocal done
            moved, done = max(0, at - done), max(done, at)
            bar.update(moved)

        yield progress
