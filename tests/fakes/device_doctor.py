"""Settings that a doctor looks at, and what it finds about one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from device import settings
from device.doctor import Finding, findings


def known(folder: Path, *sources: dict[str, Any], **more: Any) -> settings.Settings:
    """A register with its state in the folder, and a lane for each source."""
    lanes = [{"till": str(number), "source": source} for number, source in enumerate(sources, 1)]
    table: dict[str, Any] = {"store": "S1", "device": "r1", "state_dir": str(folder), "lane": lanes}
    return settings.parse(table | {"screens_socket": str(folder / "screens.sock")} | more)


def found(known_: settings.Settings, about: str) -> list[Finding]:
    """What the doctor says about one thing."""
    return [finding for finding in findings(known_) if finding.about == about]
