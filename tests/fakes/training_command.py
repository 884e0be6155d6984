"""A command run in this process."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner


def run(command, *words: str | Path):
    return CliRunner(catch_exceptions=False).invoke(command, [str(word) for word in words])
