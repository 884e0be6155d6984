"""A real PostgreSQL server on the loopback interface, with data of its own that vanish with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from fakes.headquarters import free_port


def program(name: str) -> Path | None:
    """Debian keeps the servers apart from PATH, one folder for each version."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = installed[-1] if installed else shutil.which(name)
    return Path(found) if found else None


class Server:
    """One server over one folder of data; it may be started again after a kill. `conf`: lines of a configuration file.

    `home`: where the folder is made; without it, among the temporary ones.
    """

    def __init__(self, conf: str = "", home: Path | None = None) -> None:
        initdb, server = program("initdb"), program("postgres")
        assert initdb is not None
        assert server is not None
        # Not below pytest's own folders: those are closed to the account that the server has to run under.
        self.folder = Path(tempfile.mkdtemp(prefix="tillside-postgresql-", dir=home))
        as_owner: list[str] = []
        if os.geteuid() == 0:
            # The server refuses to be root's; Debian's package brings an account for it.
            shutil.chown(self.folder, "postgres", "postgres")
            as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._port, data = free_port(), self.folder / "data"
        words = ["-D", data, "-U", "tillside", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run([*as_owner, initdb, *words], check=True, capture_output=True, cwd=self.folder)
        with (data / "postgresql.conf").open("a") as file:
            file.write(conf)
        known = ("listen_addresses=127.0.0.1", f"port={self._port}", f"unix_socket_directories={self.folder}")
        options = [word for setting in known for word in ("-c", setting)]
        self._command = [*as_owner, server, "-D", data, *options]
        self._running: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://tillside@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Returns once it accepts connections."""
        with (self.folder / "log").open("ab") as log:
            self._running = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=self.folder)
        _accepting(self._running, self.folder / "log", self._port)

    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def kill(self) -> None:
        """As a power cut would: every process of it, at once. Each of them leads a session of its own."""
        assert self._running is not None
        all_of_it = [*psutil.Process(self._running.pid).children(recursive=True), psutil.Process(self._running.pid)]
        for process in all_of_it:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._running.wait()
        psutil.wait_procs(all_of_it, 10)

    def end(self) -> None:
        """The fast way down: clients are sent away, memory and the data are given back."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGINT)
            self._running.wait(30)
        shutil.rmtree(self.folder)


@contextmanager
def postgresql(conf: str | None = None) -> Iterator[str]:
    """The address of its database; ready when entered and gone when left.

    `conf`: lines of a configuration file; without any the server need not survive a power cut.
    """
    server = Server("fsync = off\n" if conf is None else conf)
    try:
        server.start()
        yield server.url
    finally:
        server.end()


def _accepting(running: subprocess.Popen[bytes], log: Path, port: int) -> None:
    ready = program("pg_isready")
    assert ready is not None
    for _ in range(600):
        assert running.poll() is None, log.read_text()
        if subprocess.run([ready, "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL does not answer: {log.read_text()}")
