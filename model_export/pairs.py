"""Token-pair counts as one expression in Ibis: the same counts, to the last unit, in every engine.

What goes in is a table of token rows, made by the one shared code that says what a token means (`device.tokens`, through
`encoding`): SQL never learns what an hour or a history is, so it cannot disagree with the register about it.

| column    | type  | means                                                                    |
|-----------|-------|--------------------------------------------------------------------------|
| `day`     | int32 | whose counts these are; any number that the caller understands           |
| `receipt` | int32 | rows of one receipt share it                                             |
| `token`   | int32 | the token's number, each at most once per receipt                        |
| `weight`  | int32 | its weight in ten-thousandths: 10,000 for an item, 1,234 for a share of .1234 |

What comes out is one row per pair that occurs: `left`, `right` int32 (left <= right) and `weight` int64, the sum over the
receipts of the product of both weights, in units of 1e-8. Sums of whole numbers do not depend on the order of adding, so
engines, threads and days split as one likes give identical counts; 64 bits hold 92 billion receipts.

One more token, numbered after all others, stands on every receipt with weight one. Its pairs are the sums of the tokens, and its
pair with itself is the number of receipts: centring needs no second query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from ibis.expr.types import Table
    from numpy.typing import NDArray

    from model_export.encoding import Sparse

UNIT: Final = 10_000
"""Of a token's weight; a product of two has the unit 1e-8."""
SQUARE: Final = float(UNIT**2)

COLUMNS: Final = {"day": "int32", "receipt": "int32", "token": "int32", "weight": "int32"}


def token_rows(matrix: Sparse, day: NDArray[np.int64] | None = None) -> Any:
    """pyarrow.Table of the rows of float32[receipts, tokens] and the receipts' own token; `day` int64[receipts], else 0."""
    receipts, tokens = matrix.shape
    each = np.arange(receipts, dtype=np.int32)
    receipt = np.concatenate([np.repeat(each, np.diff(matrix.indptr)), each])
    columns = {
        "day": np.zeros(len(receipt), np.int32) if day is None else day.astype(np.int32)[receipt],
        "receipt": receipt,
        "token": np.concatenate([matrix.indices.astype(np.int32), np.full(receipts, tokens, np.int32)]),
        "weight": np.concatenate([np.rint(matrix.data * np.float64(UNIT)).astype(np.int32), np.full(receipts, UNIT, np.int32)]),
    }
    return pa.table(columns)


def pair_counts(rows: Table, first: int, last: int, *, by_day: bool = False) -> Table:
    """Pairs whose left token is `first` to `last - 1`; of each day, in order of day, left and right, or of all days together."""
    left = rows.filter(rows.token >= first, rows.token < last)
    right = rows.view()
    keys = {"left": left.token, "right": right.token}
    if by_day:
        keys = {"day": left.day, **keys}
    product = left.weight.cast("int64") * right.weight.cast("int64")
    pairs = left.join(right, [left.receipt == right.receipt, left.token <= right.token]).select(**keys, product=product)
    counts = pairs.group_by(list(keys)).agg(weight=pairs.product.sum().cast("int64"))
    return counts.order_by(list(keys)) if by_day else counts
