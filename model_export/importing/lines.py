"""Text files: how their beginning is decoded, and the way through one that holds a receipt on each line."""

from __future__ import annotations

import codecs
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from device.errors import HistoryError
from model_export.importing import guess
from model_export.importing.found import BytesReader, CutOffError, Found, Refusal, State
from model_export.importing.guess import Asked
from model_export.importing.packed import beginning, opened
from sync.central.past import PastReceipt


def decoded_beginning(path: Path, asked: Asked) -> tuple[str, str]:
    """Encoding, and what the file begins with; HistoryError when it cannot be read or says nothing."""
    try:
        sample = beginning(path, guess.SAMPLE_BYTES)
    except OSError as error:
        raise HistoryError(f"{path} cannot be read: {error.strerror}") from error
    if not sample.strip():
        raise HistoryError(f"{path} is empty: there is nothing to import")
    said = asked.encoding or guess.encoding(sample, whole=len(sample) < guess.SAMPLE_BYTES)
    try:
        encoding = codecs.lookup(said).name
        return encoding, sample.decode(encoding, "replace")
    except (LookupError, UnicodeError) as error:
        raise HistoryError(f"there is no encoding '{said}' of text: pass --encoding utf-8, cp1251 or another") from error


class LinesReader(BytesReader):
    """A line longer than `most_bytes` is refused and never held whole."""

    most_bytes: ClassVar[int]

    @abstractmethod
    def _receipt(self, raw: bytes, place: int) -> PastReceipt | Refusal | None:
        """Of a line, with its end where it has one; None: it says nothing. CutOffError where the file ends within it."""

    def read(self, since: State) -> Iterator[Found]:
        offset, place, most = since.resume, since.place, self.most_bytes
        self._state = since
        try:
            with opened(self.path) as file:
                file.seek(offset)
                while raw := file.readline(most + 1):
                    told: PastReceipt | Refusal | None
                    offset += len(raw)
                    ended = raw.endswith(b"\n")
                    if len(raw) > most and not ended:
                        told = Refusal(place, f"the line is longer than {most} bytes")
                        while not ended and (more := file.readline(most)):
                            offset += len(more)
                            ended = more.endswith(b"\n")
                    else:
                        told = self._receipt(raw, place)
                    self._state = State(offset, place + 1)
                    if told is not None:
                        yield Found(place, told)
                    place += 1
        except OSError as error:
            raise CutOffError(f"{self.path} cannot be read on from line {place}: {error.strerror}") from error
