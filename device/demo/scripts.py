"""Receipts to play, one JSON line each, as `tillside history sales` writes them: what a shopper really bought, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from device.domain import Unit
from device.errors import TillsideError
from device.place import beginning

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 64 * 1024 * 1024


class ScriptLine(msgspec.Struct, frozen=True):
    """Money in minor units, quantity in thousandths of the unit."""

    sku: str
    code: str
    name: str
    quantity: int
    amount: int
    price: int | None = None
    unit: Unit = Unit.PIECE


class Script(msgspec.Struct, frozen=True):
    receipt: str
    lines: list[ScriptLine]
    customer: str | None = None


def read(path: Path) -> list[Script]:
    """Raise TillsideError when the file cannot be read, is too long, is not of this form or holds no receipt."""
    try:
        text = beginning(path, MAX_BYTES + 1)
    except OSError as error:
        raise TillsideError(f"{path} cannot be read: {error.strerror}") from error
    if len(text) > MAX_BYTES:
        raise TillsideError(f"{path} holds more than {MAX_BYTES // 2**20} MiB of receipts to play: ask for fewer with --sales")
    try:
        scripts = [msgspec.json.decode(line, type=Script) for line in text.splitlines() if line.strip()]
    except msgspec.DecodeError as error:
        raise TillsideError(f"{path} holds something that is not a receipt to play: {error}") from error
    if not scripts:
        raise TillsideError(f"{path} holds no receipt to play: the last tenth of the receipts has none with two known items")
    return scripts
