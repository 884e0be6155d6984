"""Makes the dictionary that receipts are packed with: `.venv/bin/python tests/fakes/dictionary.py FILE`.

From ten receipts of each of 200 invented shops (`fakes.season`) that share no code, name or price, so that what receipts have in
common comes into it and what one shop sells does not. The same version of zstd makes the same file. A dictionary that was shipped
is never made anew: raise `device.packed.DICTIONARY`, and make a file of the new number beside the old one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import zstandard

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from fakes import season  # noqa: E402

from device import packed  # noqa: E402

SHOPS = range(1, 201)
"""Not 0, which the tests and benchmarks measure with."""
RECEIPTS = 10
BYTES = 24 * 1024
"""A larger one saves half a per cent more: there is not much more that all receipts share."""


def made(number: int) -> bytes:
    return zstandard.train_dictionary(BYTES, list(_samples()), dict_id=number, level=packed.LEVEL).as_bytes()


def _samples() -> Iterator[bytes]:
    for number in SHOPS:
        for one in season.receipts(1, RECEIPTS, f"till-{number}", shop=season.Shop(number, 1000)):
            yield packed.cut(msgspec.json.encode(one))[0]


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_bytes(made(int(path.stem.rpartition("-")[2])))
