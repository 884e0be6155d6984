"""Which reader a file is for: by what it begins with, else by its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from device.errors import HistoryError
from model_export.importing.baskets import Baskets
from model_export.importing.csv_file import CsvFile
from model_export.importing.jsonl import JsonLines
from model_export.importing.packed import opened
from model_export.importing.poslog import PosLog

if TYPE_CHECKING:
    from model_export.importing.found import Reader, Rules
    from model_export.importing.guess import Asked

_ENDINGS: Final = {".parquet": "parquet", ".xml": "poslog", ".jsonl": "jsonl", ".ndjson": "jsonl"}
"""All others: csv."""


def open_reader(path: Path, form: str, asked: Asked, rules: Rules) -> Reader:
    """A file in the form that is asked for, or `auto`; HistoryError when it cannot be read or its columns are in doubt."""
    if not path.is_file():
        raise HistoryError(f"there is no file {path}")
    match _form(path) if form == "auto" else form:
        case "parquet":
            from model_export.importing.parquet_file import ParquetFile  # noqa: PLC0415 - Arrow is large

            return ParquetFile(path, asked, rules)
        case "poslog":
            return PosLog(path, rules)
        case "jsonl":
            return JsonLines(path, rules, untimed=asked.untimed)
        case "baskets":
            return Baskets(path, asked, rules)
        case _:
            return CsvFile(path, asked, rules)


def _form(path: Path) -> str:
    """By what the file begins with, else by its name."""
    try:
        with opened(path) as file:
            head = file.read(512)
    except OSError as error:
        raise HistoryError(f"{path} cannot be read: {error.strerror}") from error
    if head.startswith(b"PAR1"):
        return "parquet"
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"")
    if text.startswith(b"<"):
        return "poslog"
    if text.startswith(b"{"):
        return "jsonl"
    return _ENDINGS.get(path.suffix.casefold(), "csv")
