"""An import as a retailer runs it, and what is in the central store afterwards."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from device.errors import TillsideError
from model_export.importing.commands import import_history
from sync.central.past import PastReceipt, open_past


@dataclass
class Imported:
    output: str
    error: str | None
    """What the command ends with; None: status 0."""


class Import:
    """Files are written below `folder`; `run` is the command, `kept` the central store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "central.db"
        self.url = f"sqlite:///{self.database}"
        self.key = folder / "shopper.key"

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, path: Path, *words: str, yes: bool = True) -> Imported:
        words = ("--central", self.url, "--shopper-key", str(self.key), *(["--yes"] if yes else []), *words, str(path))
        done = CliRunner().invoke(import_history, words)
        error = None
        if isinstance(done.exception, TillsideError):
            error = str(done.exception)
            assert "\n" not in error
        elif done.exception is not None:
            assert isinstance(done.exception, SystemExit), done.exc_info
            error = done.stderr
        return Imported(done.stdout, error)

    def csv(self, content: str | bytes, *words: str) -> Imported:
        return self.run(self.file("sales.csv", content), *words)

    def kept(self) -> list[PastReceipt]:
        with closing(open_past(self.url)) as past:
            return list(past.receipts())

    def bytes_kept(self) -> bytes:
        """All that any file of the store holds."""
        return b"".join(path.read_bytes() for path in self.folder.glob("central.db*"))


@pytest.fixture
def importing(tmp_path: Path) -> Import:
    return Import(tmp_path)
