"""A file into the central store, a batch at a time; batch, place to go on from and report so far are one transaction.

A source is known by its size, the time of its last change, its first megabyte and what was asked: a file that changed, or that is
read in another way, is read from its beginning, and what is here already is recognised.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from device.errors import HistoryError
from model_export.importing import found
from model_export.importing.found import CutOffError, Found, Reader, Refusal, State
from model_export.importing.report import Progress, Report
from sync.central.past import Kept, Past, PastReceipt

BATCH_RECEIPTS: Final = 2_000
BATCH_LINES: Final = 40_000
_HEAD: Final = 1024 * 1024


def source_of(path: Path, asked: bytes) -> str:
    """The name under which an unfinished import of this file is remembered."""
    try:
        stat = path.stat()
        with path.open("rb") as file:
            head = hashlib.sha256(file.read(_HEAD))
    except OSError as error:
        raise HistoryError(f"{path} cannot be read: {error.strerror}") from error
    head.update(msgspec.json.encode((stat.st_size, stat.st_mtime_ns)) + asked)
    return head.hexdigest()


def load(reader: Reader, past: Past | None, source: str, progress: Callable[[int], None], *, replace: bool) -> Report:
    """Read it all and keep what is whole. Without a store everything is read and nothing kept.

    A damaged file keeps what stands before the damage and says so in `cut_off`. CentralError: the last batch was not kept, and a
    later run goes on from the one before.
    """
    loading = _Loading(reader, past, source, replace=replace, progress=progress)
    try:
        for one in reader.read(loading.since):
            loading.take(one)
    except CutOffError as error:
        loading.report.cut_off = str(error)
    loading.flush(finished=True)
    return loading.report


class _Loading:
    def __init__(self, reader: Reader, past: Past | None, source: str, *, replace: bool, progress: Callable[[int], None]) -> None:
        self._progress = progress
        self._reader, self._past, self._source, self._replace = reader, past, source, replace
        self._batch: list[Found] = []
        self._lines = 0
        known = None if past is None else past.state(source)
        before = Progress(State(), Report(reader.path.name)) if known is None else msgspec.json.decode(known, type=Progress)
        self.since, self.report = before.state, before.report
        self.report.resumed = known is not None
        self._told = self.since.told

    def take(self, one: Found) -> None:
        if isinstance(one.told, Refusal):
            if not one.told.receipt:
                if one.place <= self.since.told:
                    return  # counted before the import stopped
                self._told = max(self._told, one.place)
            self.report.refuse(one.told)
            self._lines += 1
        else:
            self._batch.append(one)
            self._lines += len(one.told.lines)
        if len(self._batch) >= BATCH_RECEIPTS or self._lines >= BATCH_LINES:
            self.flush(finished=False)

    def flush(self, *, finished: bool) -> None:
        receipts = [one.told for one in self._batch if isinstance(one.told, PastReceipt)]
        if self._past is None:
            self._count(receipts)
            self.report.new += len(receipts)
        else:
            state = msgspec.structs.replace(self._reader.state(), told=self._told)

            def settled(kept: Kept) -> bytes | None:
                self.report.settle(kept)
                refused = set(kept.conflicts)
                self._count(receipt for place, receipt in enumerate(receipts) if place not in refused)
                for place in kept.conflicts:
                    one, receipt = self._batch[place], receipts[place]
                    lines = len(receipt.lines)
                    self.report.refuse(Refusal(one.place, found.CONFLICT, found.clipped(receipt.number), lines))
                return None if finished else msgspec.json.encode(Progress(state, self.report))

            self._past.keep(receipts, self._source, settled, replace=self._replace)
        self._batch.clear()
        self._lines = 0
        self._progress(self._reader.state().resume)

    def _count(self, receipts: Iterable[PastReceipt]) -> None:
        for receipt in receipts:
            self.report.count(receipt)
