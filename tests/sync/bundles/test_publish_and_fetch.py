"""Publish, fetch, verify, activate: over files and HTTP."""

from __future__ import annotations

import multiprocessing
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.bundles_down import check, identity, in_use, resign
from fakes.headquarters_bundle import write_bundle

from device.bundle import Bundle
from device.errors import BundleError, SyncError
from device.slots import slots
from sync import activation, publish, repository, serve, target_files
from sync.downlink import Checked, Outcome
from sync.ledger import Ledger
from sync.offer import TARGET, Offer
from sync.proof import prove_apart
from sync.repository import Signed


def test_a_published_bundle_goes_live(headquarters: Path, state: Path, bundles: list[Path]) -> None:
    assert check(headquarters, state) == Checked(Outcome.INSTALLED, identity(bundles[0]))
    assert check(headquarters, state).outcome is Outcome.CURRENT
    assert in_use(state) == identity(bundles[0])


def test_the_bundle_before_stays(later: tuple[Path, Path], bundles: list[Path]) -> None:
    headquarters, register = later
    assert check(headquarters, register) == Checked(Outcome.CURRENT, identity(bundles[1]))
    assert in_use(register) == identity(bundles[1])
    assert slots(register / "bundle.db")[:2] == (identity(bundles[1]), identity(bundles[0]))


def test_the_same_over_http(headquarters: Path, state: Path, bundles: list[Path]) -> None:
    with serve.files(headquarters, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}"
        assert check(headquarters, state, url).outcome is Outcome.INSTALLED
        publish.publish(headquarters, bundles[2])
        assert check(headquarters, state, url).identity == identity(bundles[2])
    with pytest.raises(SyncError, match="does not deliver"):
        check(headquarters, state, url)
    assert in_use(state) == identity(bundles[2])


def test_a_reader_on_the_old_bundle_is_not_disturbed(headquarters: Path, running: Path, bundles: list[Path]) -> None:
    reading = Bundle.open(running / "bundle.db")
    publish.publish(headquarters, bundles[1])
    check(headquarters, running)
    assert reading.best_sellers
    assert reading.picture_names() == []
    reading.close()
    assert in_use(running) == identity(bundles[1])


def test_a_revert_goes_back_and_stays(later: tuple[Path, Path], bundles: list[Path]) -> None:
    headquarters, register = later
    activation.revert(register / "bundle.db")
    with Ledger(register / "sync.db") as book:
        book.revert(identity(bundles[1]), "by hand")
    assert in_use(register) == identity(bundles[0])
    assert check(headquarters, register).outcome is Outcome.REVERTED
    assert in_use(register) == identity(bundles[0])
    publish.publish(headquarters, bundles[2])
    assert check(headquarters, register).outcome is Outcome.INSTALLED


def test_nothing_published_is_no_failure(tmp_path: Path, state: Path) -> None:
    publish.init(tmp_path / "empty")
    assert check(tmp_path / "empty", state).outcome is Outcome.NOTHING_PUBLISHED


def test_signing_anew_moves_the_date_and_nothing_else(headquarters: Path, running: Path, bundles: list[Path]) -> None:
    now = datetime.now(UTC)
    before = publish.timestamp_version(headquarters)
    assert not publish.renew(headquarters, now)
    assert publish.renew(headquarters, now + timedelta(days=2))
    assert publish.timestamp_version(headquarters) == before + 1
    assert check(headquarters, running) == Checked(Outcome.CURRENT, identity(bundles[0]))


def test_the_daily_signature_does_not_wait_for_a_publication_under_way(headquarters: Path) -> None:
    with repository.publishing(headquarters):
        assert publish.renew(headquarters, datetime.now(UTC) + timedelta(days=2))


def test_a_bundle_that_breaks_its_promise_is_neither_published_nor_used(
    headquarters: Path, running: Path, tmp_path: Path
) -> None:
    before = in_use(running)
    manifest = write_bundle(tmp_path / "liar.bundle", 7, golden_shift=0.5)
    with pytest.raises(BundleError, match="golden basket 0"):
        publish.publish(headquarters, tmp_path / "liar.bundle")
    with pytest.raises(BundleError, match="golden basket 0"):
        activation.install(tmp_path / "liar.bundle", running / "bundle.db", manifest.identity)
    assert in_use(running) == before


def test_a_signed_bundle_that_fails_here_is_not_fetched_again_and_again(
    headquarters: Path, running: Path, tmp_path: Path
) -> None:
    manifest = write_bundle(tmp_path / "liar.bundle", 7, golden_shift=0.5)

    def slip_in(now: Signed) -> None:
        told = Offer(manifest.identity, (tmp_path / "liar.bundle").stat().st_size)
        now.targets.signed.targets = {TARGET: target_files.add(headquarters, tmp_path / "liar.bundle", TARGET, told)}

    resign(headquarters, slip_in)
    before = in_use(running)
    with pytest.raises(BundleError, match="golden basket 0"):
        check(headquarters, running)
    shutil.rmtree(headquarters / "repository/targets")
    with pytest.raises(BundleError, match="golden basket 0"):
        check(headquarters, running)
    assert in_use(running) == before


def test_a_model_that_eats_memory_or_time_is_refused(bundles: list[Path]) -> None:
    with pytest.raises(BundleError):
        prove_apart(bundles[0], memory_bytes=64 * 1024 * 1024)
    with pytest.raises(BundleError, match="within"):
        prove_apart(bundles[0], seconds=0.01)


def test_killed_at_any_moment_the_register_has_the_old_bundle_or_the_new(tmp_path: Path) -> None:
    """Kills spread over one installation and a little beyond; after each the file is opened as the daemon opens it."""
    old, new, db, before = tmp_path / "old.bundle", tmp_path / "new.bundle", tmp_path / "bundle.db", tmp_path / "before.db"
    first = write_bundle(old, 1, padding=4_000_000)
    second = write_bundle(new, 2, padding=4_000_000)
    activation.put(old, db, first)
    shutil.copy(db, before)
    began = time.monotonic()
    activation.put(new, db, second)
    whole = time.monotonic() - began
    for step in range(12):
        for path in tmp_path.glob("bundle.db*"):
            path.unlink()
        shutil.copy(before, db)
        child = multiprocessing.get_context("fork").Process(target=activation.put, args=(new, db, second))
        child.start()
        time.sleep(whole * step / 10)
        child.kill()
        child.join()
        assert in_use(tmp_path) in {first.identity, second.identity}
    assert activation.install(new, db, second.identity) == second
