"""A register as the bundles see it: its state folder, and a look for a bundle as the sync program takes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tuf.api.metadata import Metadata  # type: ignore[attr-defined]

from device.bundle import Bundle
from sync import repository
from sync.downlink import Checked, Downlink
from sync.ledger import Ledger
from sync.repository import Signed

DEVICE, STORE = "register-1", "S1"


def check(
    headquarters: Path, state: Path, url: str | None = None, root: Path | None = None, *, device: str = DEVICE, store: str = STORE
) -> Checked:
    url = url or (headquarters / "repository").as_uri()
    with Ledger(state / "sync.db") as book:
        there = root or headquarters / "root.json"
        return Downlink(url, there, state, state / "bundle.db", book, device=device, store=store).check()


def in_use(state: Path) -> str:
    """Opened as the daemon opens it: verified."""
    return identity(state / "bundle.db")


def identity(bundle: Path) -> str:
    opened = Bundle.open(bundle)
    opened.close()
    return opened.manifest.identity


def resign(headquarters: Path, change: Callable[[Signed], None]) -> None:
    """What somebody who holds the keys below the root can do: change what is signed and sign all of it."""
    with repository.locked(headquarters):
        now = repository.signed(headquarters)
        change(now)
        repository.sign_anew(headquarters, now.targets)
        repository.sign_chain(headquarters, now)


def version(headquarters: Path, role: str) -> int:
    names = {path.name for path in (headquarters / "repository/metadata").glob(f"*{role}.json")}
    if role == "timestamp":
        return int(Metadata.from_file(str(headquarters / "repository/metadata/timestamp.json")).signed.version)
    return max(int(name.split(".")[0]) for name in names)
