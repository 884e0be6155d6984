"""A bundle to be asked: made of some receipts in a temporary folder, opened and verified as a register opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from device.bundle import Bundle
from model_export.ending import temporary_folder
from model_export.history import History
from model_export.training import Extras, Made, Progress, make_bundle, silent

_NEVER: Final = "1970-01-01T00:00:00+00:00"
"""The bundle of an evaluation is made at no time: the same receipts make the same bytes."""


@contextmanager
def trained(history: History, seed: int, progress: Progress = silent) -> Iterator[tuple[Bundle, Made, int]]:
    """The bundle of all receipts of `history`, what training says of it, and its size in bytes; gone afterwards."""
    with temporary_folder("tillside-evaluate-") as folder:
        path = Path(folder) / "bundle"
        made = make_bundle(history, Extras((), {}, "RUB", _NEVER), path, seed, progress)
        bundle = Bundle.open(path)
        try:
            yield bundle, made, path.stat().st_size
        finally:
            bundle.close()
