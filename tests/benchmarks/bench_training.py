"""Training at the size that the goal names, five million lines: time and peak memory of the whole command, Parquet to bundle.

The receipts of `../shared/data/lgsr_5k`, and after them as many of the first once more as are missing, as if of later years: one
line in seven holds what stands on some other line, so that few receipts repeat to the item.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import figures
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import training_growth

LINES = 5_000_000
CHANGED = 1 / 7
RECEIPTS = Path(__file__).parents[3] / "shared" / "data" / "lgsr_5k" / "receipt_lines.parquet"


def grown(table: pa.Table) -> pa.Table:
    """To `LINES` lines, of which more than half are there."""
    chance = np.random.default_rng(1)
    table = table.sort_by("at")
    again = table.slice(0, LINES - len(table))
    others = again["sku"].take(pa.array(chance.integers(0, len(again), len(again))))
    told = {
        "sku": pc.if_else(pa.array(chance.random(len(again)) < CHANGED), others, again["sku"]),
        "at": pc.add(again["at"], pc.subtract(pc.max(table["at"]), pc.min(table["at"]))),
        "receipt_id": pc.binary_join_element_wise(again["receipt_id"], "again", " "),
    }
    again = pa.table({name: told.get(name, again[name]) for name in table.column_names})
    return pa.concat_tables([table, again], promote_options="permissive")


def main() -> None:
    figures.load()
    if not RECEIPTS.exists():
        figures.note("the receipts it is made of are not here: ../shared/data/lgsr_5k")
        return
    with tempfile.TemporaryDirectory() as name:
        table = grown(pq.read_table(RECEIPTS))
        pq.write_table(table, Path(name) / "receipt_lines.parquet")
        lines = len(table)
        del table
        training_growth.train(Path(name), lines)


if __name__ == "__main__":
    main()
