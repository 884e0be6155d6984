r"""Epson's commands (ESC/POS), which most other printers imitate.

| form       | commands                                                                                                       |
|------------|----------------------------------------------------------------------------------------------------------------|
| one byte   | `09` tab, `0A` `0C` print, `0D` carriage return, `18` cancel, `00` nothing                                     |
| DLE        | `10 04 n`, `10 05 n`, `10 14 01 m t` drawer, `10 14 02` + 2, `10 14 07 n`; not verified: `10 04 07 a`,          |
|            | `10 04 08 a`, `10 14 08` + 7                                                                                   |
| ESC        | none: `@ 2 < L S v`, `0C` prints, `i m` cut; one: `! - a d e E G J M R t V { 3 r % SP ? T U u K`,                |
|            | `= n` listens: 1 printer, 2 display, 3 both; `$` `\` two; `p m t1 t2` drawer; `c x n`; `W` eight;               |
|            | `D n1..nk 00`; `( x pL pH` data                                                                                |
| ESC images | `* m nL nH` + n (m 0, 1) or 3n (m 20, 21) bytes; `& y c1 c2`, for each character `x` and x*y bytes              |
| GS         | one: `! B H h w f r b I a E T / "`; two: `L W P`, `$ \` (another line of a page); three: `^`; none: `c :`        |
| GS cut     | `V m` (m 00 01 30 31), otherwise `V m n`                                                                        |
| GS barcode | `k m` data `00` (m 0..6), `k m n` + n bytes (41..4F, and every other m, met on live tills)                      |
| GS data    | `( x pL pH` data; `8 L p1..p4` data; `v 0 m xL xH yL yH` + x*y bytes; `* x y` + 8xy bytes;                      |
|            | `g 0 m nL nH`, `z 0 t1 t2`                                                                                      |
| FS         | none: `& .` (two bytes a character, one); one: `C ! - W`; two: `S`, `p n m`; `( x pL pH` data;                  |
|            | `2 c1 c2` + 72 bytes; `q n`, for each image `xL xH yL yH` and 8xy bytes; `g 1`, `g 2` memory                     |

Arguments that make no sense (`1B 26 30 18 30`: characters from 18 to 30, 48 dots high) are another family's command.
"""

from __future__ import annotations

from typing import Final

from device.printer.rules import (
    FRAME,
    KINDS,
    UP_TO_NUL,
    Effect,
    Rule,
    Table,
    always,
    barcode,
    each,
    foreign,
    pages,
    qr,
    tab_stops,
    u16,
)
from device.printer.tokens import CodePage, Cut, DoubleByte, Drawer, Gap, LineEnd, Reset, Selected, Token

NONE: Final = Rule()
ONE: Final = Rule(1)
TWO: Final = Rule(2)
ON_OFF: Final = Rule(1, usual=b"\x00\x010123")
PRINT: Final = Rule(effect=always(LineEnd()))
FEED: Final = Rule(1, always(LineEnd()), usual=bytes(range(0x21)))
GAP: Final = Rule(2, always(Gap()))
CUT: Final = Rule(effect=always(Cut()))
TERMINAL: Final = Rule(text=FRAME, effect=foreign, keep=True)


def code_page(args: bytes, _payload: bytes) -> Token:
    return CodePage(args[-1])


def nul_barcode(kind: str) -> Rule:
    return Rule(effect=lambda _args, payload: barcode(kind, payload), text=UP_TO_NUL, keep=True)


def _counted_barcode(args: bytes, payload: bytes) -> Token:
    return barcode(KINDS.get(args[0], f"type {args[0]}"), payload)


def _image_size(args: bytes) -> int:
    return u16(args, 1) * (3 if args[0] in b"\x20\x21" else 1)


def _raster(args: bytes) -> int:
    return u16(args, 1) * u16(args, 3)


def _qr_or_nothing(_args: bytes, payload: bytes) -> Token | None:
    """`31 50 30` stores a QR code; other functions choose sizes, other symbols or print."""
    return qr(b"", payload[3:]) if payload[:3] == b"1P0" else None


def _selected(args: bytes, _payload: bytes) -> Token | None:
    """Bit 0 is the printer, bit 1 the display; other values say nothing."""
    return Selected(printer=args != b"\x02") if args in {b"\x01", b"\x02", b"\x03"} else None


def _kanji(on: bool) -> Effect:
    return always(DoubleByte(on))


COMMON: Final = {
    **each(b"", b"\x00\x18", NONE),
    b"\t": Rule(effect=always(Gap())),
    **each(b"", b"\n\x0c\r", PRINT),
    b"\x02": TERMINAL,
}

ESC: Final = {
    b"\x1b@": Rule(effect=always(Reset())),
    **each(b"\x1b", b"2<LSv", NONE),
    b"\x1b\x0c": PRINT,
    **each(b"\x1b", b"im", CUT),
    **each(b"\x1b", b"!MRV{3r% ?TUu", ONE),
    **each(b"\x1b", b"-EG", ON_OFF),
    **each(b"\x1b", b"deJK", FEED),
    b"\x1b=": Rule(1, _selected),
    b"\x1ba": Rule(1, usual=b"\x00\x01\x02012"),
    b"\x1bt": Rule(1, code_page),
    **each(b"\x1b", b"$\\", GAP),
    b"\x1bp": Rule(3, always(Drawer()), usual=b"\x00\x0101"),
    b"\x1bc": Rule(2, usual=b"01345"),
    b"\x1bW": Rule(8),
    b"\x1bD": Rule(until=tab_stops, keep=True),
    b"\x1b(": Rule(3, size=lambda args: u16(args, 1)),
    b"\x1b*": Rule(3, size=_image_size, dots=True, valid=lambda args: args[0] in b"\x00\x01\x20\x21"),
    b"\x1b&": Rule(
        3,
        parts=lambda args: args[2] - args[1] + 1,
        part_size=lambda args, x: args[0] * x[0],
        valid=lambda args: 1 <= args[0] <= 6 and 0x20 <= args[1] <= args[2] <= 0x7E,
    ),
}

GS: Final = {
    **each(b"\x1d", b'!Hhwf/"TE', ONE),
    **each(b"\x1d", b"rIab", ONE),
    b"\x1dB": ON_OFF,
    **each(b"\x1d", b"LWP", TWO),
    # Another height on a page: another line.
    **each(b"\x1d", b"$\\", Rule(2, PRINT.effect)),
    b"\x1d^": Rule(3),
    **each(b"\x1d", b"c:", NONE),
    **each(b"\x1dV", b"\x00\x0101", CUT),
    b"\x1dV": Rule(2, always(Cut())),
    **{b"\x1dk" + bytes([m]): nul_barcode(KINDS[m]) for m in range(7)},
    b"\x1dk": Rule(2, _counted_barcode, size=lambda args: args[1], keep=True),
    b"\x1d(": Rule(3, size=lambda args: u16(args, 1)),
    b"\x1d(k": Rule(2, _qr_or_nothing, size=u16, keep=True),
    b"\x1d(L": Rule(2, size=u16, dots=True),
    b"\x1d8L": Rule(4, size=lambda args: int.from_bytes(args, "little"), dots=True),
    b"\x1dv0": Rule(5, size=_raster, dots=True),
    b"\x1d*": Rule(2, size=lambda args: 8 * args[0] * args[1], dots=True),
    b"\x1dg0": Rule(3),
    b"\x1dg2": Rule(3),
    b"\x1dz0": TWO,
}

FS: Final = {
    b"\x1c&": Rule(effect=_kanji(on=True)),
    b"\x1c.": Rule(effect=_kanji(on=False)),
    **each(b"\x1c", b"C!-W", ONE),
    **each(b"\x1c", b"Sp", TWO),
    b"\x1c(": Rule(3, size=lambda args: u16(args, 1)),
    b"\x1c2": Rule(2, size=lambda _args: 72),
    b"\x1cq": Rule(
        1,
        parts=lambda args: args[0],
        part_args=4,
        part_size=lambda _args, head: 8 * u16(head) * u16(head, 2),
        dots=True,
    ),
    b"\x1cg1": Rule(7, size=lambda args: u16(args, 5)),
    b"\x1cg2": Rule(7),
}

DLE: Final = {
    **each(b"\x10", b"\x04\x05", ONE),
    **each(b"\x10\x04", b"\x07\x08", ONE),
    b"\x10\x14\x01": Rule(2, always(Drawer())),
    b"\x10\x14\x02": TWO,
    b"\x10\x14\x07": ONE,
    b"\x10\x14\x08": Rule(7),
}

EPSON: Final = Table({**COMMON, **ESC, **GS, **FS, **DLE})

CODE_PAGES: Final = pages(
    """
    0 cp437, 1 katakana, 2 cp850, 3 cp860, 4 cp863, 5 cp865, 11 cp851, 12 cp853, 13 cp857, 14 cp737, 15 iso8859-7, 16 cp1252,
    17 cp866, 18 cp852, 19 cp858, 20 thai, 21 cp874, 26 cp874, 30 tcvn-3, 31 tcvn-3, 32 cp720, 33 cp775, 34 cp855, 35 cp861,
    36 cp862, 37 cp864, 38 cp869, 39 iso8859-2, 40 iso8859-15, 44 cp1125, 45 cp1250, 46 cp1251, 47 cp1253, 48 cp1254, 49 cp1255,
    50 cp1256, 51 cp1257, 52 cp1258, 53 kz1048, 73 cp1251
    """
)
"""`1B 74 n`; 73 is met on printers that imitate Epson's. A page that no codec reads gives ASCII and replacement marks."""
