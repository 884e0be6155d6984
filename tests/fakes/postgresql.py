"""A real PostgreSQL server on the loopback interface, with data of its own that vanish with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes.headquarters import free_port


def program(name: str) -> Path | None:
    """Debian keeps the servers apart from PATH, one folder for each version."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = installed[-1] if installed else shutil.which(name)
    return Path(found) if found else None


@contextmanager
def postgresql(conf: str | None = None) -> Iterator[str]:
    """The address of its database; ready when entered and gone when left.

    `conf`: lines of a configuration file; without any the server need not survive a power cut.
    """
    initdb, server = program("initdb"), program("postgres")
    assert initdb is not None
    assert server is not None
    # Not below pytest's own folders: those are closed to the account that the server has to run under.
    folder = Path(tempfile.mkdtemp(prefix="tillside-postgresql-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:
        # The server refuses to be root's; Debian's package brings an account for it.
        shutil.chown(folder, "postgres", "postgres")
        as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    port, data = free_port(), folder / "data"
    words = ["-D", data, "-U", "tillside", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run([*as_owner, initdb, *words], check=True, capture_output=True, cwd=folder)
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder}
    with (data / "postgresql.conf").open("a") as file:
        file.write("fsync = off\n" if conf is None else conf)
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([*as_owner, server, "-D", data, *options], stdout=log, stderr=log, cwd=folder)
    try:
        _accepting(running, folder / "log", port)
        yield f"postgresql://tillside@127.0.0.1:{port}/postgres"
    finally:
        # The fast way down: clients are sent away, memory is given back.
        running.send_signal(signal.SIGINT)
        running.wait(30)
        shutil.rmtree(folder)


def _accepting(running: subprocess.Popen[bytes], log: Path, port: int) -> None:
    ready = program("pg_isready")
    assert ready is not None
    for _ in range(600):
        assert running.poll() is None, log.read_text()
        if subprocess.run([ready, "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL does not answer: {log.read_text()}")
