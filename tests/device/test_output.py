"""What is printed on an output whose alphabet lacks a letter of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# As a command does it: the name of a file is told, in whatever bytes it has.
SAYS = r"from device.output import speak_up; speak_up(); print('молоко \udcff.bundle: 3 ₽')"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8:strict", "молоко \\udcff.bundle: 3 ₽\n".encode()),
        ("cp1251:strict", "молоко \\udcff.bundle: 3 \\u20bd\n".encode("cp1251")),
        ("ascii:strict", rb"\u043c\u043e\u043b\u043e\u043a\u043e \udcff.bundle: 3 \u20bd" + b"\n"),
        ("utf-8:surrogateescape", "молоко ".encode() + b"\xff" + ".bundle: 3 ₽\n".encode()),
    ],
)
def test_a_letter_that_an_output_lacks_is_told_by_its_number(encoding: str, said: bytes) -> None:
    env = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, env=env, check=False)
    assert done.stderr == b""
    assert done.stdout == said
