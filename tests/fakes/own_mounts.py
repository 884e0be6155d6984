"""Programs that change a machine, in mounts of their own: what they write into the system's folders is seen by nobody else."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOUNT = 'set -e; for place in {places}; do mount -t tmpfs none "$place"; done; '


@cache
def unavailable() -> str | None:
    """Why there are no mounts of one's own here; None: there are."""
    done = subprocess.run(("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"), capture_output=True, check=False)
    return None if done.returncode == 0 else "mounts of one's own need root"


def apart(
    empty: Sequence[str], script: str, *words: str | Path, stubs: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """A shell script where these folders are empty, and `stubs` comes first on PATH."""
    whole = _MOUNT.format(places=" ".join(empty)) + script
    command = ("unshare", "--mount", "sh", "-c", whole, "sh", *map(str, words))
    path = {"PATH": f"{stubs}:{env['PATH']}"}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env={**env, **path})


def stub(folder: Path, name: str, script: str) -> None:
    """A program in place of the machine's own."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
