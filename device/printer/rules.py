"""How a command table is written down: the letters of a command, and a `Rule` for what follows them.

    letters | args | payload                                  letters and args are in full in memory, the payload only if `keep`
            |      | `size(args)` bytes, or
            |      | `text` up to a byte that ends it, or as long as `until` says, or
            |      | `parts(args)` times `part_args` bytes and `part_size(args, them)` more

The longest letters in the table win: `1D 56 00` stands beside `1D 56`, whose rule counts the byte that chooses as an argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from device.printer.tokens import Barcode, Foreign, QrCode, Token

MAX_UNTIL: Final = 255
MAX_FRAME: Final = 1024
MAX_TABS: Final = 32
INTRODUCERS: Final = b"\x1b\x1d\x1c\x10"
CONTROL: Final = bytes(range(0x20)) + b"\x7f"
"""Bytes that are not printed."""


class End(Enum):
    """What a byte means to a payload that has no length."""

    GO_ON = auto()
    TAKEN = auto()
    """The byte is its end mark."""
    BEFORE = auto()
    """It ended before: the byte is read as what it is."""


@dataclass(frozen=True, slots=True)
class Run:
    """Text up to a byte that ends it."""

    stop: re.Pattern[bytes]
    mark: int
    """The byte that ends it properly and belongs to it. Where another one stops it, or there are too many, it ended before."""
    most: int


Effect = Callable[[bytes, bytes], Token | None]
Size = Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows the letters of a command, and what it amounts to."""

    args: int = 0
    effect: Effect | None = None
    """Of arguments and payload, as far as it was kept. None: nothing that counts here."""
    size: Size | None = None
    text: Run | None = None
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
        bare = all(one is None for one in (self.size, self.text, self.until, self.parts, self.valid)) and not self.table
        object.__setattr__(self, "bare", bare)


@dataclass(frozen=True)
class Table:
    """One set of commands by their letters."""

    rules: dict[bytes, Rule]
    text: bool = True
    """False: printable bytes are commands as well (raster rows)."""
    prefixes: frozenset[bytes] = field(init=False)
    """What more letters of a command must follow."""
    single: dict[int, Token] = field(init=False)
    """What commands of one byte amount to that begin no other one: the ends of lines, mostly."""
    noise: re.Pattern[bytes] = field(init=False)
    """Introducers before a byte that is neither a letter of theirs nor printed: each alone is an unknown command."""

    def __post_init__(self) -> None:
        longer = {letters[:size] for letters in self.rules for size in range(1, len(letters))}
        object.__setattr__(self, "prefixes", frozenset(longer))
        alone = {letters[0]: rule for letters, rule in self.rules.items() if len(letters) == 1 and letters not in longer}
        told = {lead: rule.effect(b"", b"") for lead, rule in alone.items() if rule.bare and not rule.args and rule.effect}
        object.__setattr__(self, "single", {lead: token for lead, token in told.items() if token is not None})
        object.__setattr__(self, "noise", re.compile(b"(?:" + b"|".join(map(self._meant_for_nothing, INTRODUCERS)) + b")+"))

    def _meant_for_nothing(self, lead: int) -> bytes:
        """The pattern of an introducer that begins no command here, whatever is behind the byte that follows it."""
        letters = {letters[1] if len(letters) > 1 else -1 for letters in self.rules if letters[0] == lead}
        others = bytes(sorted(set(CONTROL) - letters)) if letters and -1 not in letters else b""
        return re.escape(bytes([lead])) + (b"(?=[" + re.escape(others) + b"])" if others else b"(?!)")

    def find(self, data: bytes, at: int) -> tuple[int, Rule | None]:
        """How many letters the command that begins there has, and its rule, None for an unknown one; 0 where more must follow."""
        rules, prefixes = self.rules, self.prefixes
        size, word = 1, data[at : at + 1]
        while word in prefixes:
            size += 1
            word = data[at : at + size]
            if len(word) < size:
                return 0, None
        # Nearly always the longest is the command.
        if (rule := rules.get(word)) is not None:
            return size, rule
        for letters in range(size - 1, 0, -1):
            if (rule := rules.get(data[at : at + letters])) is not None:
                return letters, rule
        return size, None


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


# A control byte or too many of them end a text as well, as they do in a printer.
UP_TO_NUL: Final = Run(re.compile(rb"[\x00-\x1f\x7f]"), 0x00, MAX_UNTIL)
UP_TO_RS: Final = Run(UP_TO_NUL.stop, 0x1E, MAX_UNTIL)
# A payment terminal sends neither line ends nor ESC: those are the printer's, and the `02` was noise.
FRAME: Final = Run(re.compile(rb"[\x03\n\x1b]"), 0x03, MAX_FRAME)


def tab_stops(byte: int, kept: bytearray) -> End:
    """Columns in rising order up to NUL."""
    if byte == 0:
        return End.TAKEN
    return End.BEFORE if len(kept) >= MAX_TABS or (kept and byte <= kept[-1]) else End.GO_ON


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
