"""Whether the number of an article can be believed."""

from __future__ import annotations


def doubt(code: str) -> str | None:
    """Why a code that should be an EAN or UPC is none; None where nothing speaks against it."""
    if not code or not code.isascii() or not code.isdigit():
        return None
    if len(code) not in {8, 12, 13, 14}:
        return f"no GTIN: {len(code)} digits"
    return None if check(code) else "the check digit does not fit"


def check(code: str) -> bool:
    """Modulo 10, weights 3 and 1 from the right."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(code))) % 10 == 0
