"""What the commands of this folder take as an answer; light, so that `--help` answers at once."""

from __future__ import annotations

import math
import re
from typing import Any, Final

import click

from device.errors import TrainingError

# What every random generator among the peers takes.
SEED: Final = click.IntRange(0, 2**32 - 1)


class Share(click.FloatRange):
    """A share between bounds; NaN, which compares with neither, is refused too."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        share = super().convert(value, param, ctx)
        if math.isnan(share):
            self.fail(f"{value} is no number from {self.min:g} to {self.max:g}.", param, ctx)
        return share


def check_currency(code: str) -> None:
    """TrainingError for what cannot be a currency of ISO 4217."""
    if not re.fullmatch("[A-Z]{3}", code):
        raise TrainingError(f"'{code}' is no currency: write three capital letters of ISO 4217, such as EUR")
