"""Star's line mode: the same introducers as Epson's with other lengths, so it is a table of its own.

| form   | commands                                                                                                       |
|--------|----------------------------------------------------------------------------------------------------------------|
| none   | `1B` + `@ 4 5 E F M P : g p 0 1 2 z 0E 14` and `0E 14 0F 12` sizes; drawers `07`, also `1A` `1C` `19`             |
| one    | `1B 64 n` **cut**, `1B 61 n` **feed n lines**; `1B` + `W h - _ R / SP l Q C N J I 3`, `1B 43 00 n`;              |
|        | `1B 1E 46 n`, `1B 1E 72 n`, `1B 1D 74 n` code page, `1B 1D 61 n` align                                          |
| two    | `1B 69 n1 n2` size; `1B 1D 41 nL nH`, `1B 1D 52 nL nH` column; `1B 07 n1 n2` pulse; `1B 1C 70 n m` logo          |
| bar    | `1B 62 n1 n2 n3 n4` data `1E`; QR `1B 1D 79 44 31 m nL nH` data, then `1B 1D 79 50` prints                       |
| images | `1B 4B nL nH` + n, `1B 4C nL nH` + n, `1B 58 nL nH` + 3n bytes; `1B 2A 72 41` .. `1B 2A 72 42` raster,           |
|        | whose rows are `62 nL nH` or `6B nL nH` + n bytes (not verified on a device)                                    |
"""

from __future__ import annotations

from typing import Final

from device.printer.epson import COMMON, CUT, FEED, GAP, NONE, ON_OFF, ONE, PRINT, TWO, code_page
from device.printer.rules import UP_TO_NUL, UP_TO_RS, Rule, Table, always, barcode, each, pages, qr, tab_stops, u16
from device.printer.tokens import Drawer, Reset, Token

KINDS: Final = ("upce", "upca", "ean8", "ean13", "code39", "itf", "code128", "code93", "codabar")
_DRAWER: Final = Rule(effect=always(Drawer()))


def _barcode(args: bytes, payload: bytes) -> Token:
    kind = args[0] - 0x30 if args[0] >= 0x30 else args[0]
    return barcode(KINDS[kind] if kind < len(KINDS) else f"type {args[0]}", payload)


_RASTER_COMMANDS: Final = {
    b"\x1b*rA": Rule(table="raster"),
    b"\x1b*rB": Rule(table="base"),
    b"\x1b*rC": NONE,
    b"\x1b*rR": Rule(text=UP_TO_NUL),
    **each(b"\x1b*r", b"PEFDQmTKYVel", Rule(text=UP_TO_NUL)),
}

RASTER: Final = Table(
    {
        **_RASTER_COMMANDS,
        **each(b"", b"bk", Rule(2, size=u16, dots=True)),
        **each(b"", b"\x00\x04\x0a\x0c\x0d", NONE),
        b"\x1b@": Rule(effect=always(Reset()), table="base"),
        b"\x1bd": Rule(1, CUT.effect),
        b"\x07": _DRAWER,
    },
    text=False,
)

STAR: Final = Table(
    {
        **COMMON,
        b"\x1b@": Rule(effect=always(Reset())),
        **each(b"", b"\x07\x1a\x1c", _DRAWER),
        b"\x19": _DRAWER,
        **each(b"", b"\x0e\x14\x0f\x12", NONE),
        **each(b"\x1b", b"45EFMP:gp012z\x0e\x14", NONE),
        b"\x1bd": Rule(1, CUT.effect, usual=b"\x00\x01\x02\x030123"),
        b"\x1ba": FEED,
        **each(b"\x1b", b"W-_", ON_OFF),
        **each(b"\x1b", b"hR/ lQCNI3", ONE),
        b"\x1bJ": Rule(1, PRINT.effect),
        b"\x1bC\x00": ONE,
        b"\x1bD": Rule(until=tab_stops, keep=True),
        **each(b"\x1b\x1e", b"Fr", ONE),
        **each(b"\x1b\x1d", b"a", ONE),
        b"\x1b\x1dt": Rule(1, code_page),
        b"\x1bi": TWO,
        **each(b"\x1b\x1d", b"AR", GAP),
        b"\x1b\x07": TWO,
        b"\x1b\x1cp": TWO,
        **each(b"\x1b\x1d", b"bc", TWO),
        b"\x1bb": Rule(4, _barcode, text=UP_TO_RS, keep=True),
        b"\x1b\x1dyS": TWO,
        b"\x1b\x1dyD1": Rule(3, qr, size=lambda args: u16(args, 1), keep=True),
        b"\x1b\x1dyD2": Rule(2, qr, size=u16, keep=True),
        b"\x1b\x1dyP": NONE,
        b"\x1b\x1dyI": NONE,
        **each(b"\x1b", b"KL", Rule(2, size=u16, dots=True)),
        b"\x1bX": Rule(2, size=lambda args: 3 * u16(args), dots=True),
        **_RASTER_COMMANDS,
    }
)

CODE_PAGES: Final = pages(
    """
    0 cp437, 1 cp437, 2 katakana, 3 cp437, 4 cp858, 5 cp852, 6 cp860, 7 cp861, 8 cp863, 9 cp865, 10 cp866, 11 cp855, 12 cp857,
    13 cp862, 14 cp864, 15 cp737, 16 cp851, 17 cp869, 18 iso8859-7, 19 cp772, 20 cp774, 21 cp874, 32 cp1252, 33 cp1250, 34 cp1251
    """
)
"""`1B 1D 74 n`."""
