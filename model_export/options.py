"""What the commands of this folder take as an answer; light, so that `--help` answers at once."""

from __future__ import annotations

import re
from typing import Final

import click

from device.errors import TrainingError

# What every random generator among the peers takes.
SEED: Final = click.IntRange(0, 2**32 - 1)


def check_currency(code: str) -> None:
    """TrainingError for what cannot be a currency of ISO 4217."""
    if not re.fullmatch("[A-Z]{3}", code):
        raise TrainingError(f"'{code}' is no currency: write three capital letters of ISO 4217, such as EUR")
