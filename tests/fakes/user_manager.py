"""systemd itself, as the manager of a user's units, on a machine that was not booted with it.

Nothing is imitated: it is Debian's systemd, in namespaces of its own for processes, mounts and control groups, so that it sees
none of the machine's programs and takes all of its own with it. Only what it looks for to know whether it is wanted is laid out:
`/run/systemd/system`, a home, a runtime directory. `unavailable()` says why it cannot be had here; root and a control group
hierarchy of version 2 are needed, which CI and a developer's machine have and some containers have not.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, Self

from fakes.patience import until
from fakes.program import Program, completed

SYSTEMD: Final = Path("/lib/systemd/systemd")

_INSIDE: Final = """
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
umount -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
"$@" & wait
"""
"""Not `exec`: as process 1 systemd would take itself for the manager of the machine."""


def unavailable() -> str:
    """Why no manager can be started here; empty if one can."""
    if os.getuid() != 0:
        return "only root may make the namespaces systemd needs"
    if not SYSTEMD.exists() or not shutil.which("unshare"):
        return "the Debian package systemd is not installed"
    if (groups := _control_groups()) is None or not os.access(groups, os.W_OK):
        return "there is no writable control group hierarchy of version 2"
    return ""


class UserManager:
    """`home` holds .config/systemd/user; `runtime` becomes XDG_RUNTIME_DIR and must be short: a socket's path has 108 bytes."""

    def __init__(self, home: Path, runtime: Path, log: Path, **environment: str) -> None:
        groups = _control_groups()
        assert groups is not None
        self._group = groups / f"tillside-test-{os.getpid()}-{runtime.name}"
        self._group.mkdir()
        runtime.chmod(0o700)
        self.environment = {
            name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "QT_QUICK_BACKEND", "COVERAGE_FILE"}
        } | {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "XDG_CONFIG_HOME": str(home / ".config")}
        isolated = ("unshare", "--mount", "--cgroup", "--pid", "--fork", "--kill-child", "--propagation", "private")
        joined = f'echo $$ > {self._group}/cgroup.procs && exec "$@"'
        words = ("sh", "-ec", joined, "sh", *isolated, "sh", "-ec", _INSIDE, "sh", SYSTEMD, "--user", "--log-target=console")
        self._program = Program(words, log, env=self.environment | environment)

    def __enter__(self) -> Self:
        try:
            until(lambda: self.show("default.target", "ActiveState") == "active", what="systemd")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._program.kill()
        # Deepest first; the kernel lets go of a group a moment after its last process.
        for folder, _folders, _files in os.walk(self._group, topdown=False):
            until(lambda here=Path(folder): _removed(here), what=f"the end of all in {folder}")

    def control(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`systemctl --user`, from outside; asked again where the manager hung up on it, as it now and then does."""

        def done() -> subprocess.CompletedProcess[str] | None:
            run = completed(("systemctl", "--user", *words), env=self.environment)
            return None if "Transport endpoint is not connected" in run.stderr else run

        run = until(done, what=f"systemctl {words}")
        assert run is not None
        return run

    def show(self, unit: str, fact: str) -> str:
        return self.control("show", "--value", "-p", fact, unit).stdout.strip()

    def kill(self, unit: str, signal: str) -> None:
        done = self.control("kill", f"--signal={signal}", unit)
        assert done.returncode == 0, done.stderr


def _control_groups() -> Path | None:
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(place)
    return None


def _removed(folder: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        try:
            folder.rmdir()
        except OSError:
            return False
    return True
