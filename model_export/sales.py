"""Receipts of a folder as JSON lines, for a till to play: `tillside history sales`.

One receipt a line, drawn by the seed, its lines in the order of the file. Only receipts that training with the same `first`
share has not seen, of the store that sells most, so that what is played is new to the model.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from device.errors import HistoryError
from device.options import Measure
from model_export.parquet import LINES, read_table
from model_export.places import apart
from model_export.whole import appears_whole, try_to_write

_LINES: Final = ("receipt_id", "sku", "at", "store", "customer", "quantity", "amount")
_ITEMS: Final = ("sku", "name", "name_en", "name_ru", "unit_price", "unit", "barcodes", "barcode")
MOST_QUANTITY: Final = 1_000_000.0


def sales(
    folder: Path, first: float, count: int, most_lines: int, seed: int, language: str = ""
) -> tuple[list[dict[str, Any]], str | None]:
    """At most `count` receipts of 2 to `most_lines` lines from behind the share `first`, and their store (None: no stores).

    The first n are the same whatever the count.
    """
    table, _ = read_table(folder / LINES, _LINES, ("receipt_id", "sku"))
    late, store = _last(_sold(table), first)
    items = _items(folder, language)
    receipts: dict[str, list[dict[str, Any]]] = {}
    for row in late.to_pylist():
        receipts.setdefault(str(row["receipt_id"]), []).append(row)
    usable = [
        (name, rows) for name, rows in receipts.items() if len({row["sku"] for row in rows}) > 1 and len(rows) <= most_lines
    ]
    if not usable:
        span = f"2 to {most_lines} lines behind the first {first:.0%}"
        raise HistoryError(f"{folder} has no receipt of {span}: too little to play")
    chosen = np.random.default_rng(seed).permutation(len(usable))[:count]
    return [_sale(name, rows, items) for name, rows in (usable[place] for place in chosen)], store


def _sold(table: Any) -> Any:
    """The lines that training reads: they name a receipt and an item, and their quantity is not zero or less."""
    sold = pc.and_(table["receipt_id"].is_valid(), table["sku"].is_valid())
    if "quantity" in table.column_names:
        sold = pc.and_(sold, pc.fill_null(pc.greater(table["quantity"], 0), fill_value=True))
    return table.filter(sold)


def _last(table: Any, first: float) -> tuple[Any, str | None]:
    """Rows of the receipts behind the share `first` in time, of the busiest store there."""
    names = table.column_names
    keys = table["receipt_id"].cast(pa.string()).combine_chunks().dictionary_encode().indices.to_numpy()
    starts = np.unique(keys, return_index=True)[1]
    # As a number a time that is missing is less than any: such receipts are the oldest, as in training.
    moments = table["at"].to_numpy().astype(np.int64) if "at" in names else np.zeros(len(keys), np.int64)
    order = np.argsort(moments[starts], kind="stable")
    late = np.zeros(len(starts), bool)
    late[order[int(len(order) * first) :]] = True
    # Receipts are numbered in the order in which they first appear; put them into the order of time.
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    rows = np.flatnonzero(late[keys])
    rows = rows[np.argsort(place[keys[rows]], kind="stable")]
    chosen = table.take(pa.array(rows)).select([name for name in names if name != "at"])
    if "store" not in names or not chosen["store"].is_valid().to_numpy().any():
        return chosen, None
    counted = pc.value_counts(chosen["store"].drop_null()).to_pylist()
    busiest = max(counted, key=lambda pair: (pair["counts"], pair["values"]))["values"]
    return chosen.filter(pc.equal(chosen["store"], busiest)), busiest


def _items(folder: Path, language: str) -> dict[str, dict[str, Any]]:
    table, _ = read_table(folder / "items.parquet", _ITEMS, ("sku",))
    return {row["sku"]: row | {"name": row.get(f"name_{language}") or row.get("name")} for row in table.to_pylist()}


def _sale(name: str, rows: list[dict[str, Any]], items: dict[str, dict[str, Any]]) -> dict[str, Any]:
    lines = [_line(row, items.get(row["sku"], {})) for row in rows]
    return {"receipt": name, "customer": rows[0].get("customer"), "lines": lines}


def _line(row: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """Where the folder has no amounts the price counts, and where it has neither the line is rung up at nothing."""
    quantity = min(float(row.get("quantity") or 1.0), MOST_QUANTITY)
    price = _money(item.get("unit_price"))
    amount = row.get("amount")
    if amount is None:
        amount = round((price or 0) * quantity)
    barcodes = item.get("barcodes") or ([item["barcode"]] if item.get("barcode") else [])
    return {
        "sku": row["sku"],
        "code": str(barcodes[0] if barcodes else row["sku"]).strip()[:64],
        "name": str(item.get("name") or row["sku"])[:256],
        "quantity": max(1, round(quantity * 1000)),
        "unit": item.get("unit") or "pcs",
        "price": price,
        "amount": int(amount),
    }


def _money(told: object) -> int | None:
    return round(told) if isinstance(told, int | float) and math.isfinite(told) else None


def facts(folder: Path) -> list[str]:
    """Which of the facts that the policy asks for this folder has; the others have defaults in `model_export.items`."""
    table, names = read_table(folder / "items.parquet", ("name", "unit_price"), ("sku",))
    there = [
        fact
        for fact, column in (("name", "name"), ("price", "unit_price"))
        if column in names and table[column].null_count < len(table)
    ]
    return [*there, "age_limit", "reach"]


@click.command("sales", epilog="Example: tillside history sales --receipts data/my_shop --out sales.jsonl --count 20")
@click.option(
    "--receipts", required=True, type=click.Path(path_type=Path), help="A folder with receipt_lines.parquet and items.parquet."
)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
@click.option(
    "--first",
    default=0.9,
    show_default=True,
    type=Measure(0, 1, max_open=True),
    help="Leave out this share, the oldest.",
)
@click.option("--count", default=20, show_default=True, type=click.IntRange(1), help="How many receipts at most.")
@click.option("--most-lines", default=40, show_default=True, type=click.IntRange(2), help="Leave out longer receipts.")
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--language", type=click.Choice(["", "en", "ru"]), default="", help="Language of the names where items have several."
)
def write_sales(receipts: Path, out: Path, first: float, count: int, most_lines: int, seed: int, language: str) -> None:
    """Write receipts as JSON lines for a till to play; tell store and facts as JSON on standard output."""
    apart(out, folder=receipts)
    try_to_write(out)
    chosen, store = sales(receipts, first, count, most_lines, seed, language)
    with appears_whole(out) as unfinished:
        unfinished.write_bytes(b"".join(msgspec.json.encode(sale) + b"\n" for sale in chosen))
    click.echo(msgspec.json.encode({"receipts": len(chosen), "store": store, "facts": facts(receipts)}))
