"""How a command table is written down: the letters of a command, and a `Rule` for what follows them.

    letters | args | payload                                  letters and args are in full in memory, the payload only if `keep`
            |      | `size(args)` bytes, or
            |      | as long as `until` says, or
            |      | `parts(args)` times `part_args` bytes and `part_size(args, them)` more

The longest letters in the table win: `1D 56 00` stands beside `1D 56`, whose rule counts the byte that chooses as an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from device.printer.tokens import Barcode, Foreign, QrCode, Token

MAX_UNTIL: Final = 255
MAX_FRAME: Final = 1024
MAX_TABS: Final = 32


class End(Enum):
    """What a byte means to a payload that has no length."""

    GO_ON = auto()
    TAKEN = auto()
    """The byte is its end mark."""
    BEFORE = auto()
    """It ended before: the byte is read as what it is."""


Effect = Callable[[bytes, bytes], Token | None]
Size = Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows the letters of a command, and what it amounts to."""

    args: int = 0
    effect: Effect | None = None
    """Of arguments and payload, as far as it was kept. None: nothing that counts here."""
    size: Size | None = None
    until: Callable[[int, bytearray], End] | None = None
    parts: Size | None = None
    part_args: int = 1
    part_size: Callable[[bytes, bytes], int] | None = None
    keep: bool = False
    """The payload matters; otherwise it goes by without being stored."""
    plain: bool = False
    """The payload is text: a control byte ends it early. Some senders declare more than they send."""
    dots: bool = False
    """The payload is an image, counted by its size."""
    valid: Callable[[bytes], bool] | None = None
    """False: these arguments make it another family's command, so it is unknown here."""
    usual: bytes = b""
    """First arguments met in practice; others are taken too, and counted against the family."""
    table: str = ""
    """What follows is read by this table of the family."""

    bare: bool = field(init=False)
    """Arguments alone, and nothing to be minded about them."""

    def __post_init__(self) -> None:
        bare = self.size is None and self.until is None and self.parts is None and self.valid is None and not self.table
        object.__setattr__(self, "bare", bare)


@dataclass(frozen=True)
class Table:
    """One set of commands by their letters."""

    rules: dict[bytes, Rule]
    text: bool = True
    """False: printable bytes are commands as well (raster rows)."""
    prefixes: frozenset[bytes] = field(init=False)
    sizes: dict[int, tuple[int, ...]] = field(init=False)
    """How many letters commands have that begin with this byte, the most first."""
    single: dict[int, Token] = field(init=False)
    """What commands of one byte amount to that begin no other one: the ends of lines, mostly."""

    def __post_init__(self) -> None:
        longer = {letters[:size] for letters in self.rules for size in range(1, len(letters))}
        object.__setattr__(self, "prefixes", frozenset(longer))
        leads = {letters[0] for letters in self.rules}
        sizes = {lead: {len(letters) for letters in self.rules if letters[0] == lead} for lead in leads}
        object.__setattr__(self, "sizes", {lead: tuple(sorted(found, reverse=True)) for lead, found in sizes.items()})
        alone = {lead: self.rules[bytes([lead])] for lead, found in sizes.items() if found == {1}}
        told = {lead: rule.effect(b"", b"") for lead, rule in alone.items() if rule.bare and not rule.args and rule.effect}
        object.__setattr__(self, "single", {lead: token for lead, token in told.items() if token is not None})

    def find(self, head: bytes, at: int = 0) -> tuple[int, Rule] | None:
        """How many letters of it, and their rule."""
        for size in self.sizes.get(head[at], ()):
            if (rule := self.rules.get(head[at : at + size])) and len(head) >= at + size:
                return size, rule
        return None


def each(lead: bytes, letters: bytes, rule: Rule) -> dict[bytes, Rule]:
    """The same rule for several letters behind one introducer."""
    return {lead + bytes([letter]): rule for letter in letters}


def always(token: Token) -> Effect:
    return lambda _args, _payload: token


def pages(text: str) -> dict[int, str]:
    """Numbers and names of code pages: `0 cp437, 2 cp850`."""
    return {int(number): name for number, name in (page.split() for page in text.split(","))}


def u16(args: bytes, at: int = 0) -> int:
    return int.from_bytes(args[at : at + 2], "little")


def until_nul(byte: int, kept: bytearray) -> End:
    """Text up to NUL; a control byte or too many of them end it as well, as they do in a printer."""
    if byte == 0:
        return End.TAKEN
    return End.BEFORE if byte < 0x20 or byte == 0x7F or len(kept) >= MAX_UNTIL else End.GO_ON


def until_rs(byte: int, kept: bytearray) -> End:
    """The same up to `1E`."""
    return End.TAKEN if byte == 0x1E else until_nul(byte or 1, kept)


def tab_stops(byte: int, kept: bytearray) -> End:
    """Columns in rising order up to NUL."""
    if byte == 0:
        return End.TAKEN
    return End.BEFORE if len(kept) >= MAX_TABS or (kept and byte <= kept[-1]) else End.GO_ON


def frame(byte: int, kept: bytearray) -> End:
    """Up to `03`. A payment terminal sends neither line ends nor ESC: those are the printer's, and the `02` was noise."""
    if byte == 0x03:
        return End.TAKEN
    return End.BEFORE if byte in b"\n\x1b" or len(kept) >= MAX_FRAME else End.GO_ON


def foreign(_args: bytes, payload: bytes) -> Token:
    return Foreign(len(payload) + 2)


def qr(_args: bytes, payload: bytes) -> Token:
    return QrCode(payload.decode("utf-8", "replace"))


KINDS: Final = {
    **dict(enumerate(("upca", "upce", "ean13", "ean8", "code39", "itf", "codabar"))),
    **dict(
        enumerate(("upca", "upce", "ean13", "ean8", "code39", "itf", "codabar", "code93", "code128", "gs1"), start=0x41),
    ),
}
"""Epson's numbers, in the old form (NUL at the end) and the new one (a length)."""


def barcode(kind: str, payload: bytes) -> Token:
    text = code128(payload) if kind == "code128" else payload.decode("latin-1")
    return Barcode(kind, text)


def code128(payload: bytes) -> str:
    """Without the marks that choose a code set: `{B` letters, `{C` a byte for each pair of digits, `{{` a brace."""
    text, pairs, at = "", False, 0
    while at < len(payload):
        byte = payload[at]
        if byte == 0x7B and at + 1 < len(payload):
            letter = chr(payload[at + 1])
            pairs = letter == "C" or (pairs and letter not in "AB")
            text += "{" * (letter == "{")
            at += 2
            continue
        text += f"{byte:02d}" if pairs else chr(byte)
        at += 1
    return text
