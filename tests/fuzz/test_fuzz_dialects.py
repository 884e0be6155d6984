"""The fuzzer, for some seconds each dialect: that it runs, and that it finds nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from device.dialects import names
from device.sources.capture import read

SECONDS = 4
RECORDINGS = Path(__file__).parents[1] / "device" / "recordings"


@pytest.mark.parametrize("dialect", names())
def test_no_input_of_a_few_seconds_breaks_a_promise(dialect: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for recording in sorted((RECORDINGS / dialect).glob("*")):
        if recording.suffix in {".bin", ".capture"}:
            whole = b"".join(chunk.data for chunk in read(recording) if not chunk.reply)
            (corpus / recording.name).write_bytes(b"\x03" + whole)
    done = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("dialects.py")),
            dialect,
            f"-max_total_time={SECONDS}",
            "-timeout=10",
            "-rss_limit_mb=1024",
            "-max_len=8192",
            str(corpus),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "DONE" in done.stderr, done.stderr[-1000:]
