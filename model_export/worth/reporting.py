"""From a central store to what its receipts say: the rows that changed are made anew, then the engine is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from device.address import masked
from model_export.ending import temporary_folder
from model_export.registers import open_outcomes
from model_export.worth import reading, rows

if TYPE_CHECKING:
    from device.arms import Experiment
    from model_export.engine import Engine
    from model_export.worth.reading import Report

_SQLITE: Final = "sqlite:///"


def report(url: str, experiment: Experiment, where: str | None) -> Report:
    """`where`: a folder or a server that keeps the measured rows from one report to the next; None: all are made now."""
    with asked(url, where) as (engine, table, gaps):
        return reading.read(engine, table, experiment, gaps)


@contextmanager
def asked(url: str, where: str | None) -> Iterator[tuple[Engine, Any, list[str]]]:
    """An engine, the table of the central store's measured rows in it, and what registers numbered and never sent."""
    with temporary_folder("tillside-rows-") as passing, closing(open_outcomes(url)) as store:
        gaps = [f"{gap.device}, {gap.lo} to {gap.hi}" for gap in store.gaps()]
        # In a folder of its own: the other is held already, by this process, while it lasts.
        with rows.kept(where or str(Path(passing, "rows"))) as kept:
            kept.refresh(store, _name(url))
            with kept.asked() as (engine, table):
                yield engine, table, gaps


def _name(url: str) -> str:
    """The same for the same store, and without a password."""
    return str(Path(url.removeprefix(_SQLITE)).resolve()) if url.startswith(_SQLITE) else masked(url)
