"""What the stream to a receipt printer consists of. Emphasis, sizes, alignment and feeding leave no trace."""

from __future__ import annotations

import msgspec


class Text(msgspec.Struct, frozen=True, gc=False):
    """A run of printed characters, decoded; never a part of a character."""

    text: str


class Gap(msgspec.Struct, frozen=True, gc=False):
    """A tabulator or a jump to a column: what follows stands apart."""


class LineEnd(msgspec.Struct, frozen=True, gc=False):
    """What was printed so far is on paper. CR LF gives two of them, feeding several lines gives one."""


class Reset(msgspec.Struct, frozen=True, gc=False):
    """The printer was initialised: code page and mode as switched on."""


class Selected(msgspec.Struct, frozen=True, gc=False):
    """Which device of a chain listens from here on: the printer, or only the customer display behind it."""

    printer: bool


class Cut(msgspec.Struct, frozen=True, gc=False):
    """The paper was cut, fully or in part."""


class Drawer(msgspec.Struct, frozen=True, gc=False):
    """The cash drawer was opened."""


class CodePage(msgspec.Struct, frozen=True, gc=False):
    """The printer's own number of a code page; what it means differs from family to family."""

    number: int


class DoubleByte(msgspec.Struct, frozen=True, gc=False):
    """Two bytes a character, or one again."""

    on: bool


class Barcode(msgspec.Struct, frozen=True, gc=False):
    kind: str
    """`ean13`, `ean8`, `upca`, `upce`, `code39`, `itf`, `codabar`, `code93`, `code128`, `gs1`, or `type N` for others."""
    data: str
    """As sent: a check digit that the printer adds is missing."""


class QrCode(msgspec.Struct, frozen=True, gc=False):
    data: str


class Image(msgspec.Struct, frozen=True, gc=False):
    """Dots, skipped. Other data for the printer alone, such as characters of the shop's own, is not counted here."""

    size: int


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """A command that is in no table, or cut off; its letters were dropped."""

    size: int


class Foreign(msgspec.Struct, frozen=True, gc=False):
    """A frame of another device on the same wire, dropped: a payment terminal's may hold a card number."""

    size: int


class Overlong(msgspec.Struct, frozen=True, gc=False):
    """More was declared or sent than is taken: so many bytes of it are or will be dropped."""

    size: int


Token = (
    Text
    | Gap
    | LineEnd
    | Reset
    | Selected
    | Cut
    | Drawer
    | CodePage
    | DoubleByte
    | Barcode
    | QrCode
    | Image
    | Unknown
    | Foreign
    | Overlong
)
