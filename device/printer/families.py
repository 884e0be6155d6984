"""The families of printers that a lane may have: their tables and their numbers of code pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from device.printer import brazil, epson, star
from device.printer.rules import Table


@dataclass(frozen=True)
class Family:
    """Tables by name; `base` is read from switching on, others are chosen by a command."""

    tables: dict[str, Table]
    code_pages: dict[int, str]


FAMILIES: Final = {
    "epson": Family({"base": epson.EPSON}, epson.CODE_PAGES),
    "star": Family({"base": star.STAR, "raster": star.RASTER}, star.CODE_PAGES),
    "bematech": Family({"base": brazil.BEMATECH, "epson": brazil.BEMATECH_AS_EPSON}, brazil.CODE_PAGES),
    "daruma": Family({"base": brazil.DARUMA}, {**epson.CODE_PAGES, **brazil.CODE_PAGES}),
    "elgin": Family({"base": brazil.ELGIN}, {**epson.CODE_PAGES, **brazil.CODE_PAGES}),
    "diebold": Family({"base": brazil.DIEBOLD}, {**epson.CODE_PAGES, **brazil.CODE_PAGES}),
    "cmp": Family({"base": brazil.CMP}, epson.CODE_PAGES),
}


def codec(name: str) -> str:
    """For a code page that nobody reads ASCII: amounts and digits are read and nothing is invented. An empty name stays."""
    return name if not name or readable(name) else "ascii"


def readable(charset: str) -> bool:
    """Python reads it, and printed ASCII is itself in it."""
    try:
        return _ASCII.decode(charset) == _ASCII.decode("ascii")
    except (LookupError, UnicodeError):
        return False


@cache
def holds_ascii(charset: str) -> bool:
    """All of printed ASCII is itself in it."""
    return _PRINTED.decode(charset, "replace") == _PRINTED.decode("ascii")


_PRINTED: Final = bytes(range(0x20, 0x7F))
_ASCII: Final = bytes(range(0x20, 0x5C)) + bytes(range(0x5D, 0x7E))
"""But the backslash and the tilde, which are money and a line above in Japan."""
