"""Files as they lie there or packed with gzip, read alike.

A place in a packed file is one of what is unpacked: going on there unpacks again what stands before, and keeps none of it.
"""

from __future__ import annotations

import errno
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, cast

from device.errors import HistoryError

_GZIP: Final = b"\x1f\x8b"
_ARCHIVE: Final = b"PK\x03\x04"
_OLD_SPREADSHEET: Final = b"\xd0\xcf\x11\xe0"
_PIECE: Final = 4_096


class _Unpacked(gzip.GzipFile):
    """What is damaged or cut off is an OSError that says so, as of any file that cannot be read on."""

    def read(self, size: int | None = -1) -> bytes:
        return _told(super().read, size)

    def read1(self, size: int = -1) -> bytes:
        return _told(super().read1, size)

    def readline(self, size: int | None = -1) -> bytes:
        return _told(super().readline, size)


def _told(read: Callable[..., bytes], size: int | None) -> bytes:
    try:
        return read(size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise OSError(errno.EIO, "what is packed in it is damaged or cut off") from error


def opened(path: Path) -> BinaryIO:
    """To read from its beginning; OSError. HistoryError: it is a spreadsheet or an archive."""
    with path.open("rb") as file:
        begins = file.read(4)
    if begins in {_ARCHIVE, _OLD_SPREADSHEET}:
        raise HistoryError(f"{path} is a spreadsheet or an archive: save it as CSV, or unpack it first")
    return cast(BinaryIO, _Unpacked(path)) if begins.startswith(_GZIP) else path.open("rb")


def beginning(path: Path, most: int) -> bytes:
    """At most so many bytes. What stands before a damaged place counts; OSError where nothing does."""
    text = b""
    with opened(path) as file:
        try:
            while len(text) < most and (more := file.read(min(_PIECE, most - len(text)))):
                text += more
        except OSError:
            if not text:
                raise
            # A letter may be cut in two.
            return text[: text.rfind(b"\n") + 1] or text
    return text
