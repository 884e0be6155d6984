"""The sample grocery as a folder: receipts and items in Parquet, pictures beside them. It appears whole or not at all.

`receipt_lines.parquet` holds one row per line, sorted by time; the lines of a receipt are adjacent and numbered from 1.
`items.parquet` holds one row per product. Money is in kopecks, times are the shop's own clock without a zone. `consents.csv` is
what shoppers agreed to, for `tillside headquarters shopper consent --import`; `segments.toml` what the shop calls some of them,
for `tillside headquarters segments --rules`; `campaigns.toml` what is given away, to these or to everybody, for `tillside train
--campaigns`.
"""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from device.errors import HistoryError
from model_export.sample.grocery import goods
from model_export.sample.missions import STORES
from model_export.sample.pictures import picture
from model_export.sample.receipts import Trade, trade
from model_export.sample.shelves import stock
from model_export.sample.shoppers import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

LINES = "receipt_lines.parquet"
ITEMS = "items.parquet"
PICTURES = "pictures"
CONSENTS = "consents.csv"
CAMPAIGNS = "campaigns.toml"
SEGMENTS = "segments.toml"
_OURS: Final = frozenset({LINES, ITEMS, PICTURES, CONSENTS, CAMPAIGNS, SEGMENTS})

LINE_SCHEMA: Final = pa.schema(
    [
        ("receipt_id", pa.string()),
        ("at", pa.timestamp("us")),
        ("store", pa.string()),
        ("customer", pa.string()),
        ("consent", pa.bool_()),
        ("line", pa.int32()),
        ("sku", pa.string()),
        ("quantity", pa.float64()),
        ("amount", pa.int64()),
    ]
)
"""`customer` is null without a card, and `consent` then false."""

ITEM_SCHEMA: Final = pa.schema(
    [
        ("sku", pa.string()),
        ("name", pa.string()),
        ("name_ru", pa.string()),
        ("name_en", pa.string()),
        ("short_ru", pa.string()),
        ("short_en", pa.string()),
        ("department", pa.string()),
        ("category", pa.string()),
        ("unit_price", pa.int64()),
        ("old_price", pa.int64()),
        ("unit", pa.string()),
        ("net", pa.int64()),
        ("net_unit", pa.string()),
        ("barcodes", pa.list_(pa.string())),
        ("plu", pa.string()),
        ("family", pa.string()),
        ("reach", pa.string()),
        ("age_limit", pa.int32()),
        ("kind", pa.string()),
        ("sold_from", pa.int32()),
        ("sold_until", pa.int32()),
        ("sponsor", pa.string()),
        ("pitch_ru", pa.string()),
        ("pitch_en", pa.string()),
        ("picture", pa.string()),
        ("stock", pa.string()),
        ("margin", pa.float64()),
        ("expires", pa.date32()),
    ]
)
"""`stock` is JSON text by store; null where it is not counted. `expires` is null where nothing runs out soon."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was written."""

    receipts: int
    lines: int
    items: int
    shoppers: int
    stores: int


def refuse_foreign(folder: Path) -> None:
    """Raise HistoryError unless the folder may be written: it does not exist, is empty, or holds an earlier sample."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise HistoryError(f"{folder} is a file: name a folder for the sample")
    held = {entry.name for entry in folder.iterdir()}
    if held and not (held <= _OURS and {LINES, ITEMS} <= held):
        raise HistoryError(f"{folder} holds other files: name an empty folder for the sample")


def write(
    folder: Path,
    *,
    receipts: int = 20_000,
    seed: int = 1,
    until: date,
    step: Callable[[], None] = lambda: None,
) -> Counts:
    """Write the sample; an earlier sample in the folder is replaced. `step` is called after each of `steps()` steps.

    Raises HistoryError when the folder holds something else, or cannot be written.
    """
    refuse_foreign(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
            counts = _fill(Path(made) / "new", receipts, seed, until, step)
            if folder.exists():
                # A folder that is not empty cannot be renamed over: the old one steps aside first, and goes with `made`.
                folder.rename(Path(made) / "old")
            (Path(made) / "new").rename(folder)
    except OSError as error:
        raise HistoryError(f"{folder} cannot be written: {error.strerror or error}") from error
    return counts


def steps() -> int:
    """How often `write` calls `step`."""
    return len(goods()) + 4


def _fill(folder: Path, receipts: int, seed: int, until: date, step: Callable[[], None]) -> Counts:
    (folder / PICTURES).mkdir(parents=True)
    for good in goods():
        (folder / PICTURES / good.picture).write_text(picture(good), encoding="utf-8")
        step()
    made = trade(receipts, seed, until)
    step()
    lines = _line_table(made)
    pq.write_table(lines, folder / LINES, compression="zstd")
    step()
    pq.write_table(_item_table(made, seed, until), folder / ITEMS, compression="zstd")
    step()
    _write_consents(folder / CONSENTS, made)
    for name in (CAMPAIGNS, SEGMENTS):
        (folder / name).write_bytes((files("model_export.sample") / name).read_bytes())
    step()
    return Counts(
        receipts=int((made.lines.line == 1).sum()),
        lines=lines.num_rows,
        items=len(goods()),
        shoppers=int(np.unique(made.lines.shopper[made.lines.shopper != NOBODY]).size),
        stores=len(STORES),
    )


def _line_table(made: Trade) -> pa.Table:
    lines, people = made.lines, made.shoppers
    nobody = lines.shopper == NOBODY
    skus = np.array([good.sku for good in goods()])
    return pa.table(
        [
            pa.array(lines.receipt, pa.string()),
            pa.array(lines.at, pa.timestamp("us")),
            pa.array(np.array(STORES)[lines.store], pa.string()),
            pa.array(people.cards[lines.shopper], pa.string(), mask=nobody),
            pa.array(people.consents[lines.shopper] & ~nobody, pa.bool_()),
            pa.array(lines.line, pa.int32()),
            pa.array(skus[lines.item], pa.string()),
            pa.array(lines.quantity, pa.float64()),
            pa.array(lines.amount, pa.int64()),
        ],
        schema=LINE_SCHEMA,
    )


def _write_consents(path: Path, made: Trade) -> None:
    """Said on the day before the first receipt, when the card was handed out."""
    people, at = made.shoppers, f"{made.lines.at.min().astype('datetime64[D]') - 1}T10:00:00+03:00"
    agreed = {"profiling": people.consents, "history": people.consents, "offers": people.offers}
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "kind", "purpose", "given", "at", "source", "version"))
        for purpose, by in agreed.items():
            rows.writerows((card, "card", purpose, "yes", at, "form", "1") for card in people.cards[by])


def _item_table(made: Trade, seed: int, until: date) -> pa.Table:
    left = stock(made.shelves.there[:, -1], seed)
    rows = [
        {
            **{name: getattr(good, name) for name in ITEM_SCHEMA.names if hasattr(good, name)},
            "name": good.name_ru,
            "barcodes": [good.barcode],
            "stock": stock_text,
            "expires": None if good.keeps_days is None else until + timedelta(days=good.keeps_days),
        }
        for good, stock_text in zip(goods(), left, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=ITEM_SCHEMA)
