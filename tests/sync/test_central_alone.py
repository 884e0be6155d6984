"""Who may read and who may write headquarters' files, and that two programs do not take receipts into one."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fakes.headquarters import free_port, mosquitto, serving
from fakes.program import completed, tillside

from device.errors import CentralError
from sync import publish, repository
from sync.central import open_central
from sync.central.alone import alone


def test_a_new_store_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "central.db"
    with closing(open_central(f"sqlite:///{path}", create=True)):
        files = list(tmp_path.glob("central.db*"))
        assert path.with_name("central.db-wal") in files
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    path.chmod(0o640)
    open_central(f"sqlite:///{path}", create=True).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640, "what its administrator has given stays given"


def test_one_program_at_a_time_takes_receipts_in(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'central.db'}"
    with alone(url):
        with pytest.raises(CentralError, match="another program takes receipts into"), alone(url):
            pass
        with alone(f"sqlite:///{tmp_path / 'other.db'}"), alone("postgresql://any/number"), alone("postgresql://any/number"):
            pass
    with alone(url):
        pass


def test_a_second_headquarters_on_one_folder_says_so_and_ends(tmp_path: Path) -> None:
    folder, stick = tmp_path / "headquarters", tmp_path / "stick"
    stick.mkdir()
    publish.init(folder)
    port = free_port()
    with mosquitto(tmp_path / "broker", port), serving(folder, port) as (first, _):
        for words in (
            ("serve", "--dir", folder, "--port", str(port)),
            ("import", "--dir", folder, "--from", stick),
            ("ingest", "--central", f"sqlite:///{folder / 'central.db'}", "--port", str(port)),
        ):
            done = completed(tillside("headquarters", *words))
            assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
            assert "another program takes receipts into" in done.stderr
        first.kill()
    assert completed(tillside("headquarters", "import", "--dir", folder, "--from", stick)).returncode == 0


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder that another user can reach."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can be two users")
def test_what_root_has_published_does_not_lock_out_the_service(anybodys: Path) -> None:
    folder = anybodys / "headquarters"
    publish.init(folder)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    with repository.publishing(folder), repository.locked(folder):
        pass  # as root, whose locks are its own files
    told = f"""
from pathlib import Path
from sync import repository
with repository.publishing(Path({str(folder)!r})), repository.locked(Path({str(folder)!r})):
    print("had its turn")
"""
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", sys.executable, "-c", told]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(Path(__file__).parents[2])}
    )
    if "Permission denied" in done.stderr and str(folder) not in done.stderr:
        pytest.skip("nobody else may read this interpreter")
    assert done.stdout == "had its turn\n", done.stderr
