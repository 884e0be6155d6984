r"""Recordings of a wire: the bytes as they came, when, and from which end. `listen --raw` writes them, `replay` reads them.

A capture is text, one JSON object for each read, so that it can be looked at, masked and cut with any editor:

    {"t_ms": 0, "hex": "1b40"}
    {"t_ms": 12, "dir": "dev>host", "hex": "06"}

| key  | meaning                                                                                                            |
|------|--------------------------------------------------------------------------------------------------------------------|
| t_ms | milliseconds from the beginning; left out: a second after the read before                                          |
| dir  | `host>dev`, the till speaks (also when left out), or `dev>host`, what it is connected to answers. An arrow `->` and |
|      | `kkt` for the device are understood                                                                               |
| hex  | the bytes, in pairs of digits, spaces between them allowed                                                         |

Other keys are ignored. A JSON array of such objects is read as well.

A `.jsonl` file of printed receipts, as they were typed or read off pictures, has one of these objects for each receipt:

    {"id": "000", "lines": ["MILK 1L        1.20", "TOTAL          1.20"]}
    {"text": "MILK 1L        1.20\nTOTAL          1.20"}

They are told in UTF-8, `APART` after one another, so that each is concluded by the silence behind it, as if it had come to a
printer or a recorder: dialect `linetext`. Any other file is read as the bare bytes the till sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import msgspec

from device.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_LINE: Final = 1 << 20
MAX_ARRAY: Final = 1 << 26
BARE_READ: Final = 4096
MOST_MS: Final = 1e12
"""Thirty years: further off there is soon no day any more."""
_STEP_MS: Final = 1000.0
APART: Final = timedelta(hours=2)
"""Longer than the longest silence within a receipt that any dialect may be told to wait for."""


class _Read(msgspec.Struct):
    hex: str
    t_ms: Annotated[float, msgspec.Meta(ge=-MOST_MS, le=MOST_MS)] | None = None
    dir: str = "host>dev"


class _Printed(msgspec.Struct):
    lines: list[str] = []
    text: str = ""

    def told(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines or self.text.splitlines()).encode()


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one read gave."""

    t_ms: float | None
    """From the beginning; None: the file does not say."""
    data: bytes
    reply: bool = False
    """From the device back to the till."""


def read(path: Path) -> Iterator[Chunk]:
    """Raise SourceError when the file cannot be read, or is a capture with a line that is none."""
    try:
        with path.open("rb") as file:
            start = file.read(64).lstrip()
            file.seek(0)
            if start.startswith(b"[") and path.suffix == ".json":
                yield from _chunks(path, msgspec.json.decode(file.read(MAX_ARRAY), type=list[_Read]))
            elif start.startswith(b"{") and path.suffix in {".jsonl", ".capture"} and b'"hex"' in file.readline(MAX_LINE):
                file.seek(0)
                lines = iter(lambda: file.readline(MAX_LINE), b"")
                yield from _chunks(path, (msgspec.json.decode(line, type=_Read) for line in lines if line.strip()))
            elif start.startswith(b"{") and path.suffix == ".jsonl" and _is_printed(_first(file)):
                for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b"")):
                    if line.strip():
                        yield Chunk(number * APART / timedelta(milliseconds=1), msgspec.json.decode(line, type=_Printed).told())
            else:
                file.seek(0)
                while data := file.read(BARE_READ):
                    yield Chunk(None, data)
    except OSError as error:
        why = error.strerror or "it is a pipe, which cannot be read twice: write it to a file first"
        raise SourceError(f"the recording {path} cannot be read: {why}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceError(f"the recording {path} is not a capture: {error}") from error


def write(chunk: Chunk) -> bytes:
    """One line of a capture."""
    told: dict[str, object] = {} if chunk.t_ms is None else {"t_ms": round(chunk.t_ms, 3)}
    return msgspec.json.encode({**told, **({"dir": "dev>host"} if chunk.reply else {}), "hex": chunk.data.hex()}) + b"\n"


def _first(file: BinaryIO) -> bytes:
    """The first line; the next that is read is again the first."""
    file.seek(0)
    line = file.readline(MAX_LINE)
    file.seek(0)
    return line


def _is_printed(line: bytes) -> bool:
    """A message of a dialect may have `lines` too, which are no texts."""
    try:
        return bool(msgspec.json.decode(line, type=_Printed).told())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _chunks(path: Path, reads: Iterator[_Read] | list[_Read]) -> Iterator[Chunk]:
    t_ms = -_STEP_MS
    for number, one in enumerate(reads, 1):
        t_ms = t_ms + _STEP_MS if one.t_ms is None else one.t_ms
        try:
            data = bytes.fromhex(one.hex)
        except ValueError as error:
            told = f"read {number} is not of pairs of hexadecimal digits"
            raise SourceError(f"the recording {path} is not a capture: {told}") from error
        yield Chunk(t_ms, data, reply=one.dir.replace("->", ">").startswith(("dev>", "kkt>")))
