"""A register without a clock of its own: what it knows must have passed, and what it makes of a clock that says otherwise."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.bundles_down import check, resign
from fakes.headquarters import receipt

from device.errors import SyncError
from device.settings import parse
from device.store import EdgeStore
from sync import report, repository
from sync.downlink import Outcome
from sync.ledger import Ledger
from sync.repository import Signed
from sync.trusted import RECEIPT_REACH, SIGNED, Trusted, last_signed

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """A register that has never looked for a bundle."""
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def signed_days_ago(register: Path, days: int) -> None:
    with Ledger(register / "sync.db") as book:
        book.raise_floors({(SIGNED, "k"): int((NOW - days * DAY).timestamp())})


def sold(register: Path, at: datetime) -> None:
    store = EdgeStore(register / "edge.db", "register-1")
    sale = replace(receipt(1), closed_at=at)
    store.record(sale, b"1")
    store.close()


def holds(register: Path, now: datetime, root: Path | None = None) -> None:
    with Ledger(register / "sync.db") as book:
        Trusted(register / "trust", root or register / "root.json", book).hold_clock(now, register / "edge.db")


def test_a_clock_before_what_headquarters_has_signed_is_told(register: Path) -> None:
    holds(register, NOW - 20_000 * DAY)
    signed_days_ago(register, 3)
    holds(register, NOW)
    holds(register, NOW - 3.5 * DAY)
    with pytest.raises(SyncError, match="set the clock") as told:
        holds(register, NOW - 5 * DAY)
    assert "\n" not in str(told.value)


def test_a_new_register_knows_when_its_root_was_made(register: Path, headquarters: Path) -> None:
    with pytest.raises(SyncError, match="headquarters signed what is known here"):
        holds(register, datetime(1970, 1, 1, tzinfo=UTC), headquarters / "root.json")


def test_a_clock_before_the_last_receipt_is_told(register: Path) -> None:
    signed_days_ago(register, 60)
    sold(register, NOW)
    holds(register, NOW - 0.5 * DAY)
    with pytest.raises(SyncError, match="the last receipt was closed"):
        holds(register, NOW - 40 * DAY)


def test_a_receipt_of_a_clock_that_once_ran_far_ahead_is_not_believed(register: Path) -> None:
    signed_days_ago(register, 1)
    sold(register, NOW + RECEIPT_REACH + DAY)
    holds(register, NOW)


def test_nothing_is_fetched_by_a_clock_that_stands_in_the_past(headquarters: Path, running: Path) -> None:
    """A repository frozen a month ago is fresh to a clock that stands there."""
    with Ledger(running / "sync.db") as book:
        book.raise_floors({(SIGNED, "k"): int((NOW + 30 * DAY).timestamp())})
    with pytest.raises(SyncError, match="set the clock"):
        check(headquarters, running)


def test_the_moment_is_the_signatures_and_never_later_than_the_clock(headquarters: Path, running: Path, tmp_path: Path) -> None:
    def noted() -> datetime:
        at = last_signed(running / "sync.db")
        assert at is not None
        return at

    assert abs(noted() - NOW) < DAY
    ahead = Path(shutil.copytree(headquarters, tmp_path / "ahead"))
    with pytest.MonkeyPatch.context() as patch:

        def stamp(metadata: object) -> None:
            metadata.signed.unrecognized_fields["signed_at"] = (NOW + 900 * DAY).isoformat()  # type: ignore[attr-defined]

        patch.setattr(repository, "stamp", stamp)

        def nothing(now: Signed) -> None:
            pass

        resign(ahead, nothing)
    assert check(ahead, running).outcome is Outcome.CURRENT
    assert abs(noted() - NOW) < DAY, "a thief of the key cannot keep the register from looking"


@pytest.mark.parametrize("said", ["", "yesterday", "2026-05-04T02:00:00", 7, None])
def test_metadata_that_does_not_say_when_it_was_signed_is_taken(headquarters: Path, running: Path, said: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repository, "stamp", lambda metadata: metadata.signed.unrecognized_fields.update(signed_at=said))
        resign(headquarters, lambda now: None)
    assert check(headquarters, running).outcome is Outcome.CURRENT


def test_status_tells_how_stale_a_register_is(running: Path, tmp_path: Path) -> None:
    settings = parse(
        {
            "store": "S1",
            "device": "register-1",
            "state_dir": str(running),
            "lane": [{"till": "1", "source": {"kind": "replay", "file": "x"}}],
        }
    )
    fresh = report.register(settings, datetime.now(UTC))
    assert fresh.stale_days == 0
    assert "stale" not in report.register_text(fresh)
    with Ledger(running / "sync.db") as book, book._transaction():
        book._db.execute("UPDATE floor SET version = version - ? WHERE role = ?", (12 * 86_400, SIGNED))
    old = report.register(settings, datetime.now(UTC))
    assert old.stale_days == 12
    assert "stale 12 days" in report.register_text(old)
