"""Codes as tills send them: whether one can be trusted."""

from __future__ import annotations

from typing import Final

_LENGTHS: Final = {8, 12, 13, 14}


def doubt(code: str) -> str | None:
    """Why a code is not a GTIN to be trusted; None when it is one, or none at all."""
    if not code:
        return None
    if not (code.isascii() and code.isdigit()):
        return "no GTIN: not all digits"
    if len(code) not in _LENGTHS:
        return f"no GTIN: {len(code)} digits"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(code[:-1])))
    return None if (total + int(code[-1])) % 10 == 0 else "the check digit does not fit"
