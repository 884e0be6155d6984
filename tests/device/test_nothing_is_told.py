"""What a model is run with tells nobody of it: no file of its maker's appears, and no network is looked for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from fakes.device_shop import contents
from fakes.program import tillside

from device.bundle import write

BASKET = b'{"items": ["bread"]}\n'


@pytest.mark.parametrize("said", [{}, {"ORT_DISABLE_TELEMETRY": "0"}], ids=["nothing said", "told to"])
def test_scoring_leaves_no_trace_of_telemetry(tmp_path: Path, said: dict[str, str]) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    for folder in (home, temporary):
        folder.mkdir()
    write(tmp_path / "bundle", contents())
    # Not what this test runs in: the library keeps silent on its own where it thinks that it is being tested.
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(temporary), **said}
    words = tillside("score", "--bundle", tmp_path / "bundle")
    done = subprocess.run(words, input=BASKET, capture_output=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert b"plums" in done.stdout
    assert [*home.rglob("*"), *temporary.rglob("*")] == []
