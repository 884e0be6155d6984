"""Printers sold in Brazil: Epson's letters with other lengths. What is not listed here is as with Epson.

| family   | printer | commands                                                                                              |
|----------|---------|-------------------------------------------------------------------------------------------------------|
| bematech | MP-4200 | bold `1B 45` / `1B 46`, italic `1B 34` / `1B 35`, condensed `1B 0F` / `12`, wide `0E` / `14`, all     |
|          |         | without argument; QR `1D 6B 51 n1 n2 n3 n4 nL nH` + data (some senders declare 3 too many); drawer    |
|          |         | also `1B 76 n`, `1B 80 n`; cut also `1B 77`; `1D F9 35 30` chooses this set, `1D F9 35 31` Epson's      |
| daruma   | DR700   | align `1B 6A n`; bar code `1B 62 type width height text` data `00`; bold `1B 45` / `1B 46`; drawer     |
|          |         | `1B 70` without argument; height `1B 77 n`; wide `0E` / `14`; QR `1B 81 nL nH size level` data,        |
|          |         | where n counts size and level                                                                         |
| elgin    | I9      | full cut `1B 77`; drawer `1B 76 n`; width `1B 57 n`, height `1B 64 n`; bold `1B 45` / `1B 46`; QR      |
|          |         | `1D 6F 00 size 00 type`, then `1D 6B 0B level mode ,` data `00`                                       |
| diebold  | IM453   | as Elgin; bar code `1B 7C type height width text n` + n bytes; drawer `1B 26 30 t1 t2`                |
| cmp      | CMP-20  | wide `0E` / `14`; height `1B 64 31` / `1B 64 30`                                                      |

`07` is a buzzer with all of them.
"""

from __future__ import annotations

from typing import Final

from device.printer.epson import CUT, DLE, EPSON, NONE, ONE
from device.printer.rules import UP_TO_NUL, Rule, Table, always, barcode, each, pages, qr, u16
from device.printer.tokens import Drawer, Token

_BUZZER: Final = {b"\x07": NONE}
_WIDE: Final = {b"\x0e": NONE, b"\x14": NONE}
_BOLD: Final = each(b"\x1b", b"EF", NONE)
_DRAWER: Final = always(Drawer())

_DARUMA_KINDS: Final = {
    1: "ean13",
    2: "ean13",
    3: "ean8",
    4: "itf",
    5: "code128",
    6: "code39",
    7: "code93",
    8: "upca",
    9: "codabar",
}


def _daruma_barcode(args: bytes, payload: bytes) -> Token:
    return barcode(_DARUMA_KINDS.get(args[0], f"type {args[0]}"), payload)


def _diebold_barcode(args: bytes, payload: bytes) -> Token:
    return barcode("code128" if args[0] == 0x33 else f"type {args[0]}", payload)


def _elgin_qr(_args: bytes, payload: bytes) -> Token:
    """Level, mode and a comma stand before the data."""
    return qr(b"", payload[3:])


_BEMATECH_ANYWHERE: Final = {
    **_BUZZER,
    **each(b"\x1d\xf95", b"1", Rule(table="epson")),
    **each(b"\x1d\xf95", b"0", Rule(table="base")),
    b"\x1dkQ": Rule(6, qr, size=lambda args: u16(args, 4), keep=True, plain=True),
}

BEMATECH_AS_EPSON: Final = Table({**EPSON.rules, **_BEMATECH_ANYWHERE})

BEMATECH: Final = Table(
    {
        **EPSON.rules,
        **_BEMATECH_ANYWHERE,
        **_WIDE,
        **_BOLD,
        **each(b"\x1b", b"45\x0f\x14", NONE),
        **each(b"", b"\x0f\x12", NONE),
        **each(b"\x1b", b"v\x80", Rule(1, _DRAWER)),
        **each(b"\x1b", b"w", CUT),
        # Width and height; a page of Epson's page mode it is not.
        b"\x1bW": ONE,
    }
)

DARUMA: Final = Table(
    {
        **{letters: rule for letters, rule in EPSON.rules.items() if letters not in DLE},
        **_BUZZER,
        **_WIDE,
        **_BOLD,
        **each(b"", b"\x0f\x12", NONE),
        b"\x1bj": Rule(1, usual=b"\x00\x01\x02012"),
        b"\x1bp": Rule(effect=_DRAWER),
        b"\x1bw": ONE,
        b"\x1bb": Rule(4, _daruma_barcode, text=UP_TO_NUL, keep=True),
        b"\x1b\x81": Rule(4, qr, size=lambda args: max(0, u16(args) - 2), keep=True),
    }
)

ELGIN: Final = Table(
    {
        **EPSON.rules,
        **_BUZZER,
        **_BOLD,
        b"\x1bw": CUT,
        b"\x1bv": Rule(1, _DRAWER),
        **each(b"\x1b", b"Wd", Rule(1, usual=b"\x00\x0101")),
        b"\x1do": Rule(4),
        b"\x1dk\x0b": Rule(effect=_elgin_qr, text=UP_TO_NUL, keep=True),
    }
)

DIEBOLD: Final = Table(
    {
        **ELGIN.rules,
        b"\x1b|": Rule(5, _diebold_barcode, size=lambda args: args[4], keep=True, plain=True),
        b"\x1b&": Rule(3, _DRAWER, valid=lambda args: args[0] in b"01"),
    }
)

CMP: Final = Table({**EPSON.rules, **_BUZZER, **_WIDE, b"\x1bd": Rule(1, usual=b"01")})

CODE_PAGES: Final = pages("2 cp850, 3 cp437, 4 cp860, 5 cp858, 6 cp866, 7 cp864, 8 utf-8")
"""`1B 74 n` with Bematech and, for text in Portuguese, with the others here."""
