"""An enrolment server in this process, over an authority of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sync.identity import desk
from sync.identity.authority import About, init


@contextmanager
def served(folder: Path, names: tuple[str, ...] = ("127.0.0.1",)) -> Iterator[str]:
    if not (folder / "authority").exists():
        init(folder, About(names, "broker.chain", 8883, "https://hq.chain/bundles"), datetime.now(UTC))
    with desk.open_for_registers(folder, "127.0.0.1", 0, f"sqlite:///{folder / 'central.db'}") as port:
        yield f"https://127.0.0.1:{port}"
