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
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from device.address import masked
from device.errors import CentralError
from sync.envelope import Batch

SQLITE: Final = "sqlite:///"
POSTGRESQL: Final = ("postgresql://", "postgres://")

MAX_QUARANTINED: Final = 1000
MAX_QUARANTINED_BYTES: Final = 64 * 1024 * 1024
"""Per register; beyond, a refused batch is refused and counted all the same, but its bytes are not kept."""
MAX_QUARANTINED_OF_ALL: Final = 20_000
MAX_QUARANTINED_BYTES_OF_ALL: Final = 1024 * 1024 * 1024
"""Of all registers together: whoever can invent names at a broker without passwords fills no disk."""
NO_ROOM: Final = "quarantine is full: what was refused since then is counted, and its bytes are with the register alone"
"""What the record says that stands for batches without one of their own; its `sha256` is empty."""


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """Since 1970 in UTC, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """The moment of `microseconds`."""
    return _EPOCH + timedelta(microseconds=us)


def bounds(day: int) -> tuple[int, int]:
    """The first microsecond since 1970 of a day in UTC (its proleptic ordinal), and that of the next day."""
    first = (day - date(1970, 1, 1).toordinal()) * 86_400_000_000
    return first, first + 86_400_000_000


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
    """Batches in quarantine, and those that found no room there."""
    waiting: int
    """Numbers that the register is known to have given out beyond the last that a batch has answered for."""


class Day(msgspec.Struct, frozen=True):
    """Closed sales of one register on one day of the shop's calendar: what the till's own report of the day says too."""

    device: str
    day: str
    currency: str
    receipts: int
    total: int
    """Minor units."""


class Compared(msgspec.Struct, frozen=True):
    """A day of one register as it is here and as the till's own report has it; totals in minor units."""

    device: str
    day: str
    currency: str
    receipts: int
    total: int
    till_receipts: int
    till_total: int

    @property
    def agrees(self) -> bool:
        return (self.receipts, self.total) == (self.till_receipts, self.till_total)


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
    """Of its bytes, in hexadecimal; empty for what found no room, see `NO_ROOM`."""
    at: str
    """When it last came."""
    times: int
    why: str
    size: int
    """Bytes."""


class Central(Protocol):
    def ingest(self, deliveries: Sequence[Delivery], at: datetime) -> list[Verdict]:
        """Keep one poll's deliveries in one transaction and tell of each what became of it. CentralError: nothing was kept."""

    def watermark(self, device: str, epoch: str) -> int:
        """Up to which number of the epoch batches have answered without a gap; 0 when none has."""

    def gaps(self) -> list[Span]: ...

    def registers(self) -> list[Register]: ...

    def days(self, since: str = "") -> list[Day]:
        """From that day of the shops' calendars on."""

    def latest_day(self, until: str) -> str:
        """The latest day, not after `until`, on which anything was sold; empty when there is none."""

    def ratings(self) -> list[Ratings]: ...

    def report(self, day: Day, at: datetime) -> None:
        """Keep what the till's own report says of one day, in place of what it said before."""

    def compared(self, since: str = "") -> list[Compared]:
        """What tills' own reports say beside what is here: of the days from that one on, and of all earlier ones that differ."""

    def quarantined(self) -> list[Quarantined]:
        """Oldest first, without their bytes."""

    def payload(self, device: str, sha256: str) -> bytes | None:
        """The bytes of a batch in quarantine, None when it is not there."""

    def drop(self, device: str, sha256: str) -> bool:
        """Take a batch out of quarantine for good; whether it was there."""

    def receipts(self, day: int | None = None) -> Iterator[bytes]:
        """Every receipt as the register wrote it (JSON of `device.domain.Receipt`), by `closed_at`, then key.

        `day`: those that were closed on that day in UTC only, as its proleptic ordinal.
        """

    def rated(self, day: int | None = None) -> Iterator[bytes]:
        """Every rating that counts as the register wrote it (JSON of `device.rating.Rating`), in no order; `day` as above."""

    def changed(self) -> dict[int, str]:
        """The days in UTC (proleptic ordinals) of which anything was ever here, each with a mark.

        The mark is another one after any receipt or rating of the day came, was changed or was deleted: who keeps what it made
        of a day, with its mark, knows which days to make anew.
        """

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
