"""A bar code scanner on RS-232 or USB-CDC, 9600 8N1 mostly (older ones 7E1, 7O1).

    [prefix] [symbology identifier] data [suffix]

| part       | what it may be                                                                                                 |
|------------|----------------------------------------------------------------------------------------------------------------|
| prefix     | what the shop has set; `02` (STX) is left off by itself                                                        |
| identifier | none, AIM (`]E0`, ISO/IEC 15424), one letter of Symbol or of Honeywell: option `code_id`                       |
| data       | see `device.codes`; `1D` is FNC1                                                                               |
| suffix     | CR, LF, CRLF, TAB or `03` (ETX); or 300 ms of silence                                                          |

| AIM                  | symbology                  | AIM                        | symbology                        |
|----------------------|----------------------------|----------------------------|----------------------------------|
| `]E0`, `]E3`, `]E4`  | EAN, UPC; add-on; EAN-8    | `]C1` `]e0` `]e1` `]e2`    | GS1-128, DataBar, Composite      |
| `]E1`, `]E2`         | an add-on alone: skipped   | `]d2` `]Q3` `]J1`          | GS1 DataMatrix, QR, DotCode      |
| `]I0`, `]I1`, `]I3`  | ITF                        | `]C0` `]A` `]d1` `]Q1`     | a shop's own text, or a code     |

Symbol: `A` UPC and EAN, `K` GS1-128, `D` Code 128, `B` Code 39. Honeywell: `c` UPC-A, `E` UPC-E, `d` EAN-13, `D` EAN-8,
`I` GS1-128, `w` DataMatrix, `y` DataBar (practice, not from a manual).

A scanner tells what an item is and nothing else: no void, no quantity key, no end. As a lane's only feed it needs `idle_seconds`.
Each code is an `ItemScanned`; a weight or price that the code carries comes with it. A serial number never does.
Limit: 512 bytes a code; the rest up to the next suffix is skipped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from device import codes
from device.dialects import DialectOptions, Skips
from device.events import ItemScanned, RungLine

if TYPE_CHECKING:
    from datetime import datetime

MAX_BYTES: Final = codes.MAX_TEXT
QUIET_SECONDS: Final = 0.3
_ENDS: Final = b"\r\n\t\x03"
_BEGIN: Final = b"\x02"
_PIECES: Final = re.compile(rb"[^\r\n\t\x02\x03]+|[\r\n\t\x02\x03]")
_LETTERS: Final = {"symbol": "AKDB", "honeywell": "cEdDIwy"}
_WITH_ADD_ON: Final = "]E3"
_ADD_ON_ALONE: Final = ("]E1", "]E2")


class Options(DialectOptions, frozen=True):
    code_id: Literal["aim", "none", "symbol", "honeywell"] = "aim"
    """Which identifier stands before the data. AIM is taken off whenever it is there, for `]` begins no code."""
    prefix: str = ""
    suffix: str = ""
    """Characters before CR or what else ends a code."""
    region: codes.Region = ""
    """Whose rules for weight and price in a number of the shop's own."""
    rcn: tuple[str, ...] = ()
    """Patterns of the shop's own, before the region's: see `device.codes`."""
    short: bool = False
    """6, 7 and 11 digits are UPC codes."""

    def __post_init__(self) -> None:
        codes.reading(self.region, self.rcn, short=self.short)


class Decoder:
    quiet_seconds = QUIET_SECONDS

    def __init__(self, options: Options | None = None) -> None:
        self.skips = Skips()
        self._options = options or Options()
        self._how = codes.reading(self._options.region, self._options.rcn, short=self._options.short)
        self._held = bytearray()
        self._over = 0
        self._last: datetime | None = None

    def feed(self, data: bytes, at: datetime) -> list[ItemScanned]:
        events: list[ItemScanned] = []
        silent = self._last is not None and (at - self._last).total_seconds() >= QUIET_SECONDS
        if silent or not data:
            self._conclude(events, self._last if silent and data and self._last is not None else at)
        for piece in _PIECES.findall(data):
            if piece[0] in _ENDS:
                self._conclude(events, at)
            elif piece == _BEGIN:
                self._drop(len(self._held) + self._over, "a code was cut off")
            else:
                kept = 0 if self._over else min(len(piece), MAX_BYTES - len(self._held))
                self._held += piece[:kept]
                self._over += len(piece) - kept
        if data:
            self._last = at
        return events

    def _conclude(self, events: list[ItemScanned], at: datetime) -> None:
        if self._over:
            self._drop(len(self._held) + self._over, f"a code is longer than {MAX_BYTES} bytes")
            return
        raw = bytes(self._held).strip(b"\x00 ")
        self._held.clear()
        if not raw:
            return
        text = raw.decode("ascii", errors="replace")
        code = self._read(text)
        if code is None:
            self.skips.add(len(raw), "not a code of goods")
            return
        line = RungLine(None, code.key, code.quantity, code.unit, code.amount, doubt=code.doubt)
        events.append(ItemScanned(at=at, line=line))

    def _read(self, text: str) -> codes.Code | None:
        text = text.removeprefix(self._options.prefix).removesuffix(self._options.suffix)
        if text.startswith("]"):
            identifier, text = text[:3], text[3:]
            if identifier in _ADD_ON_ALONE:
                return None
            if identifier == _WITH_ADD_ON:
                text = codes.without_add_on(text)
            # After ]E0 a scanner tells UPC-E in eight digits; ]E4 is EAN-8.
            return codes.read(text, self._how)
        letters = _LETTERS.get(self._options.code_id, "")
        return codes.read(text[1:] if text[:1] in letters and text[:1] else text, self._how)

    def _drop(self, size: int, why: str) -> None:
        if size:
            self.skips.add(size, why)
        self._held.clear()
        self._over = 0


def learn(raw: bytes, known: str) -> dict[str, str] | None:
    """The options of a scanner, from the bytes of one scan of a known EAN-13 or UPC-A; None when its digits are not in them."""
    text = raw.decode("ascii", errors="replace").strip("\r\n\t\x02\x03")
    place = text.find(known)
    if place < 0:
        return None
    before, after = text[:place], text[place + len(known) :]
    code_id = "none"
    if before[-3:-2] == "]":
        code_id, before = "aim", before[:-3]
    else:
        for name, letters in _LETTERS.items():
            if before[-1:] and before[-1] in letters:
                code_id, before = name, before[:-1]
                break
    return {"code_id": code_id, "prefix": before, "suffix": after}
