"""Headquarters' store of record: one protocol, one class per engine, chosen by URL.

| URL                               | class                            | for                                        |
|-----------------------------------|----------------------------------|--------------------------------------------|
| `sqlite:///path`                  | `sync.central.sqlite.Sqlite`     | one store, a small chain: one process      |
| `postgresql://user@host/database` | `sync.central.postgres.Postgres` | a chain: as many ingest workers as it takes |

The key of a record is (device, epoch, seq) as the register gave it; of a receipt only the rating with the highest number is kept,
in whatever order they come, and also where the receipt itself was refused. The same key with the same content is the same record,
kept once; with other content it is a conflict: the batch goes to quarantine and is refused, for it means that two registers
count under one identity. A batch is kept whole or not at all, and all batches of one poll are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from device.address import masked
from device.errors import CentralError
from sync.envelope import Batch

SQLITE: Final = "sqlite:///"
POSTGRESQL: Final = ("postgresql://", "postgres://")

MAX_QUARANTINED: Final = 1000
"""Per register; beyond, a refused batch is refused all the same, but its bytes are not kept."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message from a register: `device` is the topic's. `batch` is None when the payload is none, and `why` says so."""

    device: str
    payload: bytes
    batch: Batch | None
    why: str = ""


class Verdict(NamedTuple):
    """What became of a delivery once the transaction is committed. `refused` is a sentence; the bytes are then in quarantine."""

    new: int = 0
    known: int = 0
    """Records: receipts and ratings."""
    refused: str | None = None


class Span(msgspec.Struct, frozen=True):
    """Numbers of one epoch that no batch has answered for, although later ones have arrived."""

    device: str
    epoch: str
    lo: int
    hi: int


class Register(NamedTuple):
    device: str
    store: str
    epoch: str
    last_heard: str
    """When its last batch was committed, ISO 8601 in UTC."""
    bundle: str | None
    receipts: int
    last_receipt: str
    """`closed_at` of the latest, ISO 8601 in UTC."""
    quarantined: int


class Day(msgspec.Struct, frozen=True):
    """Closed sales of one register on one day of the shop's calendar: what the till's own report of the day says too."""

    device: str
    day: str
    currency: str
    receipts: int
    total: int
    """Minor units."""


class Ratings(msgspec.Struct, frozen=True):
    """What shoppers of one register said on one scale."""

    device: str
    scale: str
    count: int
    total: int
    """The scores added up."""


class Quarantined(NamedTuple):
    device: str
    sha256: str
    at: str
    times: int
    why: str
    payload: bytes


class Central(Protocol):
    def ingest(self, deliveries: Sequence[Delivery], at: datetime) -> list[Verdict]:
        """Keep one poll's deliveries in one transaction and tell of each what became of it. CentralError: nothing was kept."""

    def watermark(self, device: str, epoch: str) -> int:
        """Up to which number of the epoch batches have answered without a gap; 0 when none has."""

    def gaps(self) -> list[Span]: ...

    def registers(self) -> list[Register]: ...

    def days(self) -> list[Day]: ...

    def ratings(self) -> list[Ratings]: ...

    def quarantined(self) -> list[Quarantined]: ...

    def receipts(self) -> Iterator[bytes]:
        """Every receipt as the register wrote it (JSON of `device.domain.Receipt`), by `closed_at`, then key."""

    def rated(self) -> Iterator[bytes]:
        """Every rating that counts as the register wrote it (JSON of `device.domain.Rating`), in no order."""

    def close(self) -> None: ...


def open_central(url: str, *, create: bool = False) -> Central:
    """To read; with `create` also to write, and it is made when missing.

    CentralError for a URL of no known engine, a store that does not exist while `create` is not asked for, and what is not a
    central store.
    """
    if url.startswith(POSTGRESQL):
        from sync.central.postgres import Postgres  # noqa: PLC0415 - one engine is loaded, not all

        return Postgres(url, create=create)
    if not url.startswith(SQLITE) or url == SQLITE:
        raise CentralError(
            f"'{masked(url)}' names no central store: write sqlite:///path/to/central.db (four slashes when it begins at /) "
            "or postgresql://user@host/database"
        )
    from sync.central.sqlite import Sqlite  # noqa: PLC0415 - one engine is loaded, not all

    return Sqlite(Path(url.removeprefix(SQLITE)), create=create)
