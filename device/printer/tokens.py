"""What the stream to a receipt printer consists of. Emphasis, sizes, alignment and feeding leave no trace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A run of printed characters, decoded; never a part of a character."""

    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A tabulator or a jump to a column: what follows stands apart."""


@dataclass(frozen=True, slots=True)
class LineEnd:
    """What was printed so far is on paper. CR LF gives two of them, feeding several lines gives one."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The printer was initialised: code page and mode as switched on."""


@dataclass(frozen=True, slots=True)
class Selected:
    """Which device of a chain listens from here on: the printer, or only the customer display behind it."""

    printer: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """The paper was cut, fully or in part."""


@dataclass(frozen=True, slots=True)
class Drawer:
    """The cash drawer was opened."""


@dataclass(frozen=True, slots=True)
class CodePage:
    """The printer's own number of a code page; what it means differs from family to family."""

    number: int


@dataclass(frozen=True, slots=True)
class DoubleByte:
    """Two bytes a character, or one again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Barcode:
    kind: str
    """`ean13`, `ean8`, `upca`, `upce`, `code39`, `itf`, `codabar`, `code93`, `code128`, `gs1`, or `type N` for others."""
    data: str
    """As sent: a check digit that the printer adds is missing."""


@dataclass(frozen=True, slots=True)
class QrCode:
    data: str


@dataclass(frozen=True, slots=True)
class Image:
    """Dots, skipped. Other data for the printer alone, such as characters of the shop's own, is not counted here."""

    size: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A command that is in no table, or cut off; its letters were dropped."""

    size: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """A frame of another device on the same wire, dropped: a payment terminal's may hold a card number."""

    size: int


@dataclass(frozen=True, slots=True)
class Overlong:
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
