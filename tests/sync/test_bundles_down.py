"""Publish, fetch, verify, activate: over files and HTTP, and everything that must be refused."""

from __future__ import annotations

import multiprocessing
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.headquarters_bundle import write_bundle
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]
from tuf.api.metadata import Metadata, Root, Timestamp  # type: ignore[attr-defined]

from device.bundle import Bundle
from device.errors import BundleError, SyncError
from sync import activation, publish, serve
from sync.downlink import Checked, Downlink, Outcome
from sync.ledger import Ledger
from sync.proof import prove_apart


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    for seed in (1, 2, 3):
        write_bundle(folder / f"{seed}.bundle", seed)
    return sorted(folder.iterdir())


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, bundles: list[Path]) -> Path:
    folder = tmp_path_factory.mktemp("published") / "headquarters"
    publish.init(folder)
    publish.publish(folder, bundles[0])
    return folder


@pytest.fixture
def headquarters(tmp_path: Path, published: Path) -> Path:
    """A repository with the first bundle published."""
    return Path(shutil.copytree(published, tmp_path / "headquarters"))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "register"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Path:
    state = tmp_path_factory.mktemp("installed") / "register"
    assert check(published, state).outcome is Outcome.INSTALLED
    return state


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory, published: Path, installed: Path, bundles: list[Path]) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("grown")
    shutil.copytree(published, folder / "headquarters")
    shutil.copytree(installed, folder / "register", symlinks=True)
    publish.publish(folder / "headquarters", bundles[1])
    assert check(folder / "headquarters", folder / "register").outcome is Outcome.INSTALLED
    return folder / "headquarters", folder / "register"


@pytest.fixture
def later(tmp_path: Path, grown: tuple[Path, Path]) -> tuple[Path, Path]:
    """Repository and register, both with the second bundle after the first."""
    headquarters, register = grown
    return (
        Path(shutil.copytree(headquarters, tmp_path / "later")),
        Path(shutil.copytree(register, tmp_path / "register-later", symlinks=True)),
    )


@pytest.fixture
def running(tmp_path: Path, installed: Path) -> Path:
    """The state of a register that uses the first bundle."""
    return Path(shutil.copytree(installed, tmp_path / "register", symlinks=True))


def check(headquarters: Path, state: Path, url: str | None = None, root: Path | None = None) -> Checked:
    url = url or (headquarters / "repository").as_uri()
    with Ledger(state / "sync.db") as book:
        return Downlink(url, root or headquarters / "root.json", state, state / "bundle.db", book).check()


def in_use(state: Path) -> str:
    """Opened as the daemon opens it: verified."""
    bundle = Bundle.open(state / "bundle.db")
    bundle.close()
    return bundle.manifest.identity


def identity(bundle: Path) -> str:
    opened = Bundle.open(bundle)
    opened.close()
    return opened.manifest.identity


def test_a_published_bundle_goes_live(headquarters: Path, state: Path, bundles: list[Path]) -> None:
    assert check(headquarters, state) == Checked(Outcome.INSTALLED, identity(bundles[0]))
    assert check(headquarters, state).outcome is Outcome.CURRENT
    assert in_use(state) == identity(bundles[0])


def test_the_bundle_before_stays(later: tuple[Path, Path], bundles: list[Path]) -> None:
    headquarters, register = later
    assert check(headquarters, register) == Checked(Outcome.CURRENT, identity(bundles[1]))
    assert in_use(register) == identity(bundles[1])
    assert activation.slots(register / "bundle.db") == (identity(bundles[1]), identity(bundles[0]))


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
        book.revert(identity(bundles[1]))
    assert in_use(register) == identity(bundles[0])
    assert check(headquarters, register).outcome is Outcome.REVERTED
    assert in_use(register) == identity(bundles[0])
    publish.publish(headquarters, bundles[2])
    assert check(headquarters, register).outcome is Outcome.INSTALLED


def test_nothing_published_is_no_failure(tmp_path: Path, state: Path) -> None:
    publish.init(tmp_path / "empty")
    assert check(tmp_path / "empty", state).outcome is Outcome.NOTHING_PUBLISHED


def test_a_changed_target_is_refused(headquarters: Path, running: Path, bundles: list[Path]) -> None:
    publish.publish(headquarters, bundles[1])
    newest = max((headquarters / "repository/targets").glob("*.zst"), key=lambda path: path.stat().st_mtime_ns)
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    with pytest.raises(SyncError, match="not to be trusted"):
        check(headquarters, running)
    newest.write_bytes(bytes(content) + b"\0" * 1_000_000)
    with pytest.raises(SyncError, match="does not deliver"):
        check(headquarters, running)
    assert in_use(running) == identity(bundles[0])


def test_edited_metadata_is_refused(headquarters: Path, state: Path) -> None:
    path = headquarters / "repository/metadata/timestamp.json"
    signed = path.read_bytes()
    edited = signed.replace(b'"version":2', b'"version":9')
    assert edited != signed
    path.write_bytes(edited)
    with pytest.raises(SyncError, match="not to be trusted"):
        check(headquarters, state)
    assert not (state / "bundle.db").exists()


def test_a_root_of_somebody_else_is_refused(headquarters: Path, state: Path, tmp_path: Path) -> None:
    publish.init(tmp_path / "other")
    with pytest.raises(SyncError, match="not to be trusted"):
        check(headquarters, state, root=tmp_path / "other" / "root.json")
    assert not (state / "bundle.db").exists()


@pytest.mark.parametrize("memory", ["as it was", "zeroed", "gone"])
def test_an_old_copy_of_the_repository_is_refused(
    headquarters: Path, later: tuple[Path, Path], bundles: list[Path], memory: str
) -> None:
    now, register = later
    for path in list((register / "trust").rglob("*.json")):
        match memory:
            case "zeroed":
                path.write_bytes(b"")
            case "gone":
                path.unlink()
            case _:
                pass
    with pytest.raises(SyncError, match="not to be trusted" if memory == "as it was" else "an old copy, refused"):
        check(headquarters, register)
    assert in_use(register) == identity(bundles[1])
    assert check(now, register).outcome is Outcome.CURRENT


def test_versions_driven_up_with_a_stolen_key_count_no_more_once_the_root_replaces_it(
    headquarters: Path, running: Path, bundles: list[Path]
) -> None:
    with publish._locked(headquarters):
        stolen = publish._signed(headquarters)
        stolen.snapshot.signed.version = stolen.timestamp.signed.version = 1_000_000
        publish._sign_chain(headquarters, stolen)
    assert check(headquarters, running).outcome is Outcome.CURRENT

    metadata = headquarters / "repository/metadata"
    root = Metadata[Root].from_file(str(metadata / "1.root.json"))
    root.signed.version = 2
    for role in ("snapshot", "timestamp"):
        signer = CryptoSigner.generate_ed25519()
        (old,) = root.signed.roles[role].keyids
        root.signed.revoke_key(old, role)
        root.signed.add_key(signer.public_key, role)
        (headquarters / "keys" / f"{role}.pem").write_bytes(signer.private_bytes)
    publish._write(headquarters, root)
    with publish._locked(headquarters):
        now = publish._signed(headquarters)
        now.snapshot.signed.version = now.timestamp.signed.version = 10
        publish._sign_chain(headquarters, now)
    assert check(headquarters, running).outcome is Outcome.CURRENT

    (metadata / "2.root.json").unlink()
    for path in list((running / "trust").rglob("*.json")):
        path.unlink()
    with pytest.raises(SyncError):
        check(headquarters, running)
    assert in_use(running) == identity(bundles[0])


def test_a_frozen_repository_is_refused_once_it_has_expired(headquarters: Path, state: Path) -> None:
    timestamp = Metadata[Timestamp].from_file(str(headquarters / "repository/metadata/timestamp.json"))
    timestamp.signed.version = 1
    timestamp.signed.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    publish._write(headquarters, timestamp)
    with pytest.raises(SyncError, match="out of date"):
        check(headquarters, state)


def test_signing_anew_moves_the_date_and_nothing_else(headquarters: Path, running: Path, bundles: list[Path]) -> None:
    now = datetime.now(UTC)
    before = publish.timestamp_version(headquarters)
    assert not publish.renew(headquarters, now)
    assert publish.renew(headquarters, now + timedelta(days=2))
    assert publish.timestamp_version(headquarters) == before + 1
    assert check(headquarters, running) == Checked(Outcome.CURRENT, identity(bundles[0]))


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
    with publish._locked(headquarters):
        now = publish._signed(headquarters)
        now.targets.signed.targets = {publish.TARGET: publish._add_target(headquarters, tmp_path / "liar.bundle", manifest)}
        publish._sign_anew(headquarters, now.targets)
        publish._sign_chain(headquarters, now)
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
