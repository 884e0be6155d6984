"""How far every register has forgotten, whichever way it said so: over TLS to the enrolment server, or as its receipts travel.

What was said over TLS stands in the authority's database, the rest in the central store; the later word counts. A register is one
that was enrolled and not revoked, or that has sent receipts.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sync.central import open_central
from sync.central.forgetting import Progressed, open_forgetting
from sync.identity.authority import Authority, Holder


class Standing(NamedTuple):
    latest: int
    """The number of the last tombstone."""
    registers: dict[str, Progressed | None]
    """By name, in order; None: it has said nothing yet."""

    @property
    def behind(self) -> dict[str, Progressed | None]:
        return {name: said for name, said in self.registers.items() if (0 if said is None else said.through) < self.latest}


def standing(folder: Path, url: str) -> Standing:
    """`folder` is headquarters', `url` of its store. SyncError and CentralError: one of them cannot be read."""
    holders = Authority(folder).holders() if (folder / "authority").exists() else []
    with closing(open_forgetting(url)) as store:
        latest, told = store.latest(), store.forgotten()
    with closing(open_central(url)) as central:
        names = {register.device for register in central.registers()}
    names |= set(told) | {holder.device for holder in holders}
    names -= {holder.device for holder in holders if holder.revoked is not None}
    visited = {holder.device: said for holder in holders if (said := _visited(holder)) is not None}
    return Standing(latest, {name: _later(told.get(name), visited.get(name)) for name in sorted(names)})


def _visited(holder: Holder) -> Progressed | None:
    return None if holder.visited is None else Progressed(holder.forgotten, datetime.fromisoformat(holder.visited))


def _later(one: Progressed | None, other: Progressed | None) -> Progressed | None:
    return max((said for said in (one, other) if said is not None), key=lambda said: said.said_at, default=None)
