"""What an attacker, or an accident, can put in a register's way.

Each time the register keeps its bundle and says one sentence, and a good repository makes up for it. The same table is in
`sync/README.md`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.bundles_down import STORE, check, identity, in_use, resign
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]
from tuf.api.metadata import Metadata, Root, Timestamp  # type: ignore[attr-defined]

from device.errors import SyncError
from sync import publish, repository, root_of_trust
from sync.downlink import Outcome
from sync.offer import TARGET
from sync.repository import Signed


def refused(headquarters: Path, register: Path, said: str, root: Path | None = None, url: str | None = None) -> None:
    """The look fails with that one sentence, and the bundle in use is still there, whole."""
    before = in_use(register)
    with pytest.raises(SyncError, match=said) as told:
        check(headquarters, register, url, root)
    assert "\n" not in str(told.value)
    assert in_use(register) == before


def newest_target(headquarters: Path) -> Path:
    return max((headquarters / "repository/targets").glob("*.bundle.db.zst"), key=lambda path: path.stat().st_mtime_ns)


def metadata_of(headquarters: Path) -> Path:
    return headquarters / "repository/metadata"


def recovers(headquarters: Path, register: Path, bundle: Path) -> None:
    """A good mirror brings the register what is published."""
    assert check(headquarters, register).outcome in {Outcome.INSTALLED, Outcome.CURRENT}
    assert in_use(register) == identity(bundle)


@pytest.mark.parametrize("memory", ["as it was", "zeroed", "truncated", "gone"])
def test_an_old_mirror(headquarters: Path, later: tuple[Path, Path], bundles: list[Path], memory: str) -> None:
    """Rollback; also after a power cut or a thief has emptied or taken what the register knew."""
    now, register = later
    for path in list((register / "trust").rglob("*.json")):
        match memory:
            case "zeroed":
                path.write_bytes(b"")
            case "truncated":
                path.write_bytes(path.read_bytes()[:50])
            case "gone":
                path.unlink()
            case _:
                pass
    refused(headquarters, register, "not to be trusted" if memory == "as it was" else "an old copy, refused")
    recovers(now, register, bundles[1])


@pytest.mark.parametrize("content", [b"", b"junk", b'{"signed": {}, "signatures": []}'])
def test_root_metadata_that_was_damaged_here_is_no_fault_of_the_mirrors(
    newer: Path, running: Path, bundles: list[Path], tmp_path: Path, content: bytes
) -> None:
    root = tmp_path / "root.json"
    root.write_bytes(content)
    refused(newer, running, f"what stands at {root} is no root metadata .* copy root.json from headquarters", root)
    recovers(newer, running, bundles[1])


def test_a_flipped_bit(newer: Path, running: Path, bundles: list[Path]) -> None:
    target = newest_target(newer)
    content = target.read_bytes()
    target.write_bytes(content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 1]) + content[len(content) // 2 + 1 :])
    refused(newer, running, "not to be trusted")
    target.write_bytes(content)
    recovers(newer, running, bundles[1])


def test_endless_data(newer: Path, running: Path, bundles: list[Path]) -> None:
    target = newest_target(newer)
    content = target.read_bytes()
    target.write_bytes(content + bytes(1_000_000))
    refused(newer, running, "longer than")
    assert not any((running / "download").iterdir())
    target.write_bytes(content)
    recovers(newer, running, bundles[1])


@pytest.mark.parametrize("role", ["targets", "snapshot", "timestamp"])
def test_edited_metadata(newer: Path, running: Path, bundles: list[Path], role: str) -> None:
    """Somebody without a key writes another hash, version or date into a signed file."""
    now = repository.signed(newer)
    versions = {"targets": now.targets.signed.version, "snapshot": now.snapshot.signed.version, "timestamp": 0}
    path = repository.path_of(newer, role, versions[role])
    signed = path.read_bytes()
    edited = json.loads(signed)
    edited["signed"]["expires"] = "2099-01-01T00:00:00Z"
    path.write_text(json.dumps(edited))
    refused(newer, running, "not to be trusted")
    path.write_bytes(signed)
    recovers(newer, running, bundles[1])


def test_mix_and_match(headquarters: Path, newer: Path, running: Path, bundles: list[Path]) -> None:
    """The old snapshot beside the new timestamp; then old targets under the number of the new ones."""
    signed = repository.signed(newer)
    for role, number in (("snapshot", signed.snapshot.signed.version), ("targets", signed.targets.signed.version)):
        path = repository.path_of(newer, role, number)
        good = path.read_bytes()
        shutil.copy(repository.path_of(headquarters, role, number - 1), path)
        refused(newer, running, "not to be trusted")
        path.write_bytes(good)
    recovers(newer, running, bundles[1])


def test_a_freeze(headquarters: Path, newer: Path, running: Path, bundles: list[Path]) -> None:
    """A mirror that shows the same old state for ever, until its timestamp has run out."""
    timestamp = Metadata[Timestamp].from_file(str(metadata_of(headquarters) / "timestamp.json"))
    timestamp.signed.expires = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    repository.write(headquarters, timestamp)
    (running / "trust/timestamp.json").unlink()
    refused(headquarters, running, "out of date")
    recovers(newer, running, bundles[1])


def test_versions_driven_up_with_stolen_online_keys(
    newer: Path, headquarters: Path, running: Path, bundles: list[Path], tmp_path: Path
) -> None:
    """Accepted while the keys count; nothing lower is then, until a root replaces them."""
    thief = Path(shutil.copytree(headquarters, tmp_path / "thief"))
    with repository.locked(thief):
        now = repository.signed(thief)
        now.snapshot.signed.version = now.timestamp.signed.version = 1_000_000
        repository.sign_chain(thief, now)
    assert check(thief, running).outcome is Outcome.CURRENT
    refused(newer, running, "not to be trusted")
    replaced(newer, "online")
    recovers(newer, running, bundles[1])
    refused(thief, running, "not to be trusted")


def test_versions_driven_up_with_a_stolen_targets_key_too(
    newer: Path, headquarters: Path, running: Path, bundles: list[Path], tmp_path: Path
) -> None:
    thief = Path(shutil.copytree(headquarters, tmp_path / "thief"))

    def drive(now: Signed) -> None:
        now.targets.signed.version = now.snapshot.signed.version = now.timestamp.signed.version = 1_000_000

    resign(thief, drive)
    assert check(thief, running).outcome is Outcome.CURRENT
    replaced(newer, "targets")
    recovers(newer, running, bundles[1])


def test_a_mirror_from_before_the_root_that_replaced_the_stolen_keys(
    headquarters: Path, running: Path, bundles: list[Path], tmp_path: Path
) -> None:
    """The floor of the root itself never falls, not even for a register whose memory was emptied."""
    before = Path(shutil.copytree(headquarters, tmp_path / "before"))
    replaced(headquarters, "online")
    recovers(headquarters, running, bundles[0])
    shutil.rmtree(running / "trust")
    refused(before, running, "offers root version 1, this register has seen 2")
    recovers(headquarters, running, bundles[0])


def test_a_root_signed_below_its_threshold(headquarters: Path, running: Path, bundles: list[Path]) -> None:
    """One key of three makes no root, neither with our command nor by hand."""
    draft = root_of_trust.draft(headquarters, ["online"])
    root_of_trust.sign(draft, headquarters / "keys/root-2.pem")
    with pytest.raises(SyncError, match="1 of 2 by keys of the root in force"):
        root_of_trust.publish(headquarters)
    forged = metadata_of(headquarters) / "2.root.json"
    shutil.copy(draft, forged)
    refused(headquarters, running, "not to be trusted")
    forged.unlink()
    root_of_trust.sign(draft, headquarters / "keys/root-3.pem")
    root_of_trust.publish(headquarters)
    recovers(headquarters, running, bundles[0])


def test_a_root_of_a_key_of_their_own(headquarters: Path, running: Path, bundles: list[Path]) -> None:
    root = Metadata[Root].from_file(str(metadata_of(headquarters) / "1.root.json"))
    root.signed.version = 2
    own = CryptoSigner.generate_ed25519()
    root.signed.add_key(own.public_key, Root.type)
    root.signed.roles[Root.type].threshold = 1
    root.sign(own)
    (metadata_of(headquarters) / "2.root.json").write_bytes(root.to_bytes())
    refused(headquarters, running, "not to be trusted")
    (metadata_of(headquarters) / "2.root.json").unlink()
    recovers(headquarters, running, bundles[0])


def test_a_bundle_of_another_chain(headquarters: Path, running: Path, bundles: list[Path], tmp_path: Path) -> None:
    """Everything about it is in order but who signed it."""
    other = tmp_path / "other"
    publish.init(other)
    resign(other, lambda now: None)
    refused(other, running, "not to be trusted", root=headquarters / "root.json")
    recovers(headquarters, running, bundles[0])


def test_a_bundle_of_another_store(newer: Path, running: Path, bundles: list[Path]) -> None:
    def only_for(*stores: str) -> None:
        def change(now: Signed) -> None:
            now.targets.signed.targets[TARGET].unrecognized_fields["custom"]["stores"] = list(stores)

        resign(newer, change)

    only_for("S7", "S8")
    refused(newer, running, f"is for S7, S8 and this register stands in {STORE}")
    only_for("S7", STORE)
    recovers(newer, running, bundles[1])


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda path: path.write_bytes(b""), "not to be trusted"),
        (lambda path: path.unlink(), "does not deliver"),
        (lambda path: path.write_bytes(b"[" * 16_000), "not to be trusted"),
        (lambda path: path.write_bytes(bytes(6_000_000)), "longer than"),
    ],
    ids=["empty", "missing", "nested", "large"],
)
def test_a_broken_mirror(headquarters: Path, running: Path, bundles: list[Path], what: Callable[[Path], None], said: str) -> None:
    path = metadata_of(headquarters) / "timestamp.json"
    good = path.read_bytes()
    what(path)
    refused(headquarters, running, said)
    path.write_bytes(good)
    recovers(headquarters, running, bundles[0])


def replaced(headquarters: Path, what: root_of_trust.Replaceable) -> None:
    """New keys by a root that two of three holders sign."""
    draft = root_of_trust.draft(headquarters, [what])
    for number in (1, 3):
        root_of_trust.sign(draft, headquarters / f"keys/root-{number}.pem")
    root_of_trust.publish(headquarters)
