"""`tillside train`, and what its sister commands share with it.

Thin: options in, one call, a sentence out. The clock is read here and nowhere else. Heavy libraries are imported when a command
runs, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from device.errors import OutputError, TrainingError
from device.options import Measure
from device.shopper import default_key_file, pseudonym, read_or_make_key
from model_export.ending import orderly
from model_export.options import SEED, check_currency
from model_export.room import enough_to_begin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from device.domain import Pseudonym, Sku
    from model_export.consents import Agreed
    from model_export.history import History, Rows
    from model_export.items import Goods
    from model_export.registers import Sold
    from model_export.training import Extras, Made

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog="Example: tillside train --receipts ./receipts --out today.bundle")
@click.option("--receipts", "folder", type=_FOLDER, help="Folder with receipt_lines.parquet, items.parquet and pictures/.")
@click.option("--central", "url", help="Central store with the registers' receipts, such as sqlite:///central.db.")
@click.option("--items", "items_file", type=_FILE, help="An items.parquet, instead of the one in the folder.")
@click.option("--out", required=True, type=_FILE, help="The bundle file to write; only a bundle is replaced.")
@click.option("--until-share", type=Measure(0, 1, min_open=True), default=1.0, help="Train on this first share of the receipts.")
@click.option("--shopper-key", type=_FILE, help="Key file that turns loyalty ids into pseudonyms; made when missing.")
@click.option(
    "--consent",
    type=click.Choice(["registered", "as-recorded", "none"]),
    help="Whose history may go into the bundle: by `headquarters shopper consent`, by the receipts themselves, or nobody's.  "
    "[default: registered with --central, else as-recorded]",
)
@click.option("--currency", default="RUB", show_default=True, help="Currency of the catalogue's prices, ISO 4217.")
@click.option(
    "--store", "stores", multiple=True, help="Only profiles of shoppers who were in this store; may be given more than once."
)
@click.option(
    "--profiles-by-store",
    "by_store",
    type=_FOLDER,
    help="Write each store's profiles into this folder, and none into the bundle.",
)
@click.option(
    "--engine",
    metavar="ENGINE",
    help="Where token pairs are counted: duckdb, postgresql://user@host/database, spark or spark://host:7077.  "
    "[default: duckdb with --days, otherwise this process; the counts are the same]",
)
@click.option(
    "--days", type=_FOLDER, help="Folder that keeps each day's counts, so that tomorrow only new and changed days are counted."
)
@click.option(
    "--experiment", "experiment_file", type=_FILE, help="An experiment that registers take part in from this bundle on."
)
@click.option(
    "--segments", "segments_folder", type=_FOLDER, help="What `headquarters segments --keep` keeps: its last day goes along."
)
@click.option(
    "--shoppers", "shoppers_file", type=_FILE, help="What shoppers say of themselves (`model_export/regulars/attributes.py`)."
)
@click.option("--campaigns", "campaigns_file", type=_FILE, help="Pins, words and coupons for registers (`device/campaigns.py`).")
@click.option(
    "--variant",
    "variants",
    metavar="NAME=BUNDLE",
    multiple=True,
    help="The model of another bundle file, for the arms of the experiment that name it.",
)
@click.option("--rows", metavar="WHERE", help="Where `tillside report --rows` keeps what is measured on receipts.")
@click.option("--seed", type=SEED, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@orderly()
def train(
    folder: Path | None,
    url: str | None,
    items_file: Path | None,
    out: Path,
    until_share: float,
    shopper_key: Path | None,
    consent: str | None,
    currency: str,
    *,
    stores: tuple[str, ...],
    by_store: Path | None,
    engine: str | None,
    days: Path | None,
    experiment_file: Path | None,
    segments_folder: Path | None,
    shoppers_file: Path | None,
    campaigns_file: Path | None,
    variants: tuple[str, ...],
    rows: str | None,
    seed: int,
    as_json: bool,
) -> None:
    """Receipts in, bundle out: model, catalogue, profiles and the answers that prove them."""
    enough_to_begin("training")
    from model_export import beside, campaigning, consents, places
    from model_export.counting import Counting
    from model_export.items import assortment
    from model_export.regulars import kept
    from model_export.regulars.shipped import shoppers_of, told_of
    from model_export.training import Extras, make_bundle

    if folder is None and url is None:
        raise click.UsageError("say where the receipts are: --receipts FOLDER, --central URL, or both")
    consent = _whose(consent, url)
    check_currency(currency)
    if by_store is not None and stores:
        raise click.UsageError("--store and --profiles-by-store exclude each other")
    key_file = shopper_key or default_key_file()
    read = (items_file, key_file, experiment_file, shoppers_file, campaigns_file)
    places.apart(out, *read, folder=folder, url=url)
    _try(out, days, by_store, engine)
    others = beside.variants(variants, _try_to_read(experiment_file, campaigns_file))
    began = time.monotonic()
    counted = None if segments_folder is None else kept.latest(segments_folder)
    name_shopper = partial(pseudonym, read_or_make_key(key_file))
    with places.alone_in(days), progress_bar() as progress:
        progress("reading receipts", 0.0)
        goods = _goods(folder, items_file)
        not_goods = frozenset(item.sku for item in goods.items if item.kind != "goods") if goods else frozenset()
        history, sold, by_column = read_history(folder, url, name_shopper, not_goods)
        history = history.part(0, max(1, int(len(history) * until_share)))
        history, agreed = consents.by(consent, history, url, datetime.now(UTC))
        catalogue = assortment(goods, history.skus, sold)
        running = None
        if campaigns_file is not None:
            running = campaigning.read(campaigns_file, catalogue, counted.names if counted else ())
        document, said_of_it = (None, "") if url is None else beside.learnt(url, catalogue, history)
        told = told_of(counted, shoppers_file, agreed, name_shopper)
        extras = Extras(
            catalogue,
            goods.pictures if goods else {},
            currency,
            datetime.now(UTC).isoformat(timespec="seconds"),
            None if experiment_file is None else beside.kept_within_bounds(experiment_file, url, rows),
            shoppers_of(history, None if agreed is None else agreed.names, stores, url, told, by_store),
            running,
            document,
            others,
        )
        with recalling(history.remarks):
            made = make_bundle(history, extras, out, seed, progress, Counting(engine, days))
    seconds = time.monotonic() - began
    _say(history, goods, extras, consent, agreed, made, by_column=by_column)
    if said_of_it:
        click.echo(f"note: {said_of_it}", err=True)
    facts = {
        "bundle": str(out),
        "identity": made.manifest.identity,
        "items": made.model.vocabulary.items,
        "tokens": len(made.model.vocabulary),
        "receipts": made.manifest.receipts,
        "profiles": made.profiles,
        "bytes": out.stat().st_size,
        "seconds": round(seconds, 1),
        "notes": made.manifest.notes,
    }
    learnt = f"{facts['items']} items and {facts['tokens']} tokens learnt from {facts['receipts']} receipts"
    size = out.stat().st_size / 1e6
    said = f"{out}: bundle {facts['identity']}, {learnt}, prices in {currency}, {size:.1f} MB, in {seconds:.1f} s"
    try:
        click.echo(json.dumps(facts, ensure_ascii=False) if as_json else said)
    except OutputError as error:
        raise OutputError(f"the bundle {out} is written, but {error}") from error


def _try(out: Path, days: Path | None, by_store: Path | None, engine: str | None) -> None:
    from model_export import places
    from model_export.reaching import try_to_reach

    places.for_training(out, days, by_store)
    if engine is not None:
        try_to_reach(engine)


def _try_to_read(experiment_file: Path | None, campaigns_file: Path | None) -> frozenset[str]:
    """What is wrong in them is told before anything is learnt. The models that arms name."""
    from device import arms, campaigns

    if campaigns_file is not None:
        campaigns.read(campaigns_file)
    return frozenset() if experiment_file is None else arms.read(experiment_file).models


def _say(
    history: History, goods: Goods | None, extras: Extras, consent: str, agreed: Agreed | None, made: Made, *, by_column: bool
) -> None:
    """What was left out, and whose histories go along, on standard error."""
    from model_export import beside

    for remark in (*history.remarks, *(goods.remarks if goods else ())):
        click.echo(f"note: {remark}", err=True)
    if lacking := beside.lacking(extras.catalogue):
        click.echo(f"note: {lacking}", err=True)
    why = {
        "none": "--consent none",
        "registered": f"of {len(agreed.names) if agreed else 0} whose consent is in the central store",
        "as-recorded": "the consent column says so" if by_column else "an export names a customer only with consent",
    }[consent]
    where = "the bundle" if extras.shoppers.beside is None else f"the stores' files in {extras.shoppers.beside}"
    click.echo(f"note: {made.profiles} shoppers' histories go into {where} ({why})", err=True)
    refreshed = made.model.days
    if refreshed is not None:
        counts = f"{len(refreshed.counted)} days counted, {refreshed.kept} as they were stored"
        gone = f", {len(refreshed.deleted)} deleted because their receipts are gone" if refreshed.deleted else ""
        click.echo(f"note: {counts}{gone}", err=True)


def _whose(consent: str | None, url: str | None) -> str:
    if consent == "registered" and url is None:
        raise click.UsageError("consents are registered in the central store: name it with --central URL")
    return consent or ("as-recorded" if url is None else "registered")


def read_history(
    folder: Path | None,
    url: str | None,
    name_shopper: Callable[[str], Pseudonym | None],
    not_goods: frozenset[str] = frozenset(),
) -> tuple[History, Mapping[Sku, Sold], bool]:
    """The receipts of folder and central store, what they say of the items, and whether consent has a column of its own."""
    import numpy as np

    from model_export.history import arrange
    from model_export.parquet import read_folder
    from model_export.past import read_store

    sources: list[Rows] = []
    sold: dict[Sku, Sold] = {}
    by_column = False
    if folder is not None:
        sources.append(read_folder(folder, name_shopper, identified=url is not None))
        by_column = sources[0].consent_recorded
    if url is not None:
        stored, sold = read_store(url, not_goods)
        # The folder may be what was imported once: what the store says of a receipt holds.
        sources = [*(rows.without(stored) for rows in sources), *stored]
    # A shop's clock may be ahead of this one's by its time zone, not by days.
    tomorrow = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us") + np.timedelta64(1, "D")
    return arrange(*sources).until(tomorrow), sold, by_column


def _goods(folder: Path | None, items_file: Path | None) -> Goods | None:
    from model_export.items import ITEMS, read_items

    if items_file is not None:
        return read_items(items_file)
    if folder is not None and (folder / ITEMS).exists():
        return read_items(folder / ITEMS)
    return None


@contextmanager
def recalling(remarks: Sequence[str]) -> Iterator[None]:
    """What was left out of the receipts is said in the sentence with which they turn out to be too few."""
    try:
        yield
    except TrainingError as error:
        if not remarks:
            raise
        raise TrainingError(f"{error} ({'; '.join(remarks)})") from error


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """A bar on standard error; where that is no terminal, nothing."""
    import sys

    with click.progressbar(length=1000, file=sys.stderr, show_pos=False, item_show_func=lambda what: what or "") as bar:
        done = 0

        def progress(what: str, share: float) -> None:
            nonlocal done
            moved, done = max(0, round(share * 1000) - done), max(done, round(share * 1000))
            bar.update(moved, what)

        yield progress
