"""Every prefix and every damaged byte of every recording: `packaging/dev fuzz bytes DIALECT VALUES FILE...`.

All dialects where none or `all` is named; the dialect's own recordings where no file is. `VALUES` other values are put in the
place of each byte: all 255, or as many as are named, other ones at each place.

The recording is heard once, and before each byte the decoder's state is kept. From there, one copy hears only silence: that is
the prefix. Others hear another byte and what stands behind it, until they hold what the decoder held at that place itself, or
what a copy held there that has heard the rest: what they do from there on is known (`state.Keeper.likeness`). One that never
comes to hold anything known hears the recording to its end, and silence. None may raise, or hold `GROWN` bytes more than the
decoder ever did. At the end the decoder, after all its copies, must still tell what it told before. Exit status 1 with the
dialect, recording, place and value that broke a promise.
"""

from __future__ import annotations

import hashlib
import sys
import time
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fuzz.state import Keeper

from device.dialects import Decoder, decoder, names
from device.events import PosEvent
from device.replay import END
from device.sources.capture import read

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
RECORDINGS = Path(__file__).parents[1] / "device" / "recordings"
STOPS = (1, 16, 64, 256, 1024)
"""At the next multiples of these, behind a damaged byte, it is asked whether the damage is over: a field, a line, a message, a
receipt. Multiples, so that what two bytes of one message come to is compared at one place."""
GROWN = 64 * 1024


class BrokenError(AssertionError):
    """A promise, with what broke it."""


@dataclass(slots=True)
class Tried:
    prefixes: int = 0
    damages: int = 0
    known: int = 0
    """Damages after which the decoder came to hold what it holds without them, or after another one."""
    grown: int = 0
    """Bytes that a state after a damage had more than the largest without one."""


class Heard:
    """One recording as its decoder hears it, and what is kept of that before each byte."""

    def __init__(self, dialect: str, recording: Path) -> None:
        self._dialect, self._recording = dialect, recording
        self._own = options(recording)
        self._data, self._replies, self._times = _bytes(recording)
        self.size = len(self._data)
        decode = decoder(dialect, self._own)
        self._keeper = Keeper(decode)
        self._states = [self._keeper.snapshot(decode)]
        self._known = {(0, _short(self._keeper.likeness(decode)))}
        for place in range(self.size):
            self._hear(decode, place, place + 1)
            self._states.append(self._keeper.snapshot(decode))
            self._known.add((place + 1, _short(self._keeper.likeness(decode))))
        self._largest = max(map(len, self._states))

    def cut(self, place: int) -> None:
        """An end before a byte. Raise BrokenError."""
        try:
            self._conclude(self._keeper.restored(self._states[place]))
        except Exception as error:
            raise self._broken(f"an end before byte {place}", error) from error

    def damaged(self, place: int, value: int, tried: Tried) -> None:
        """Another value in the place of a byte. Raise BrokenError."""
        try:
            decode = self._keeper.restored(self._states[place])
            self._hear(decode, place, place + 1, bytes([value]))
            known = self._goes_on(decode, place + 1)
            size = 0 if known else len(self._keeper.snapshot(decode)) - self._largest
        except Exception as error:
            raise self._broken(f"byte {place} as {value:02x}", error) from error
        if size > GROWN:
            raise self._broken(f"byte {place} as {value:02x}", MemoryError(f"it holds {size} bytes more than without it"))
        tried.damages += 1
        tried.known += known
        tried.grown = max(tried.grown, size)

    def byte(self, place: int) -> int:
        return self._data[place]

    def told(self) -> list[PosEvent]:
        """Of the state before the first byte, after whatever the copies did."""
        decode, events = self._keeper.restored(self._states[0]), []
        for place in range(self.size):
            events += self._hear(decode, place, place + 1)
        return events + self._conclude(decode)

    def _goes_on(self, decode: Decoder, place: int) -> bool:
        """Whether it came to hold what is known. If not, all of the rest was heard, and what it held on the way is known now."""
        met = []
        for stop in STOPS:
            until = min(self.size, -(-place // stop) * stop)
            self._hear(decode, place, until)
            place = until
            held = place, _short(self._keeper.likeness(decode))
            if known := held in self._known:
                break
            met.append(held)
        else:
            self._hear(decode, place, self.size)
            self._conclude(decode)
        self._known.update(met)
        return known

    def _hear(self, decode: Decoder, start: int, end: int, instead: bytes = b"") -> list[PosEvent]:
        """So many bytes of the recording, each read of the wire by itself."""
        events: list[PosEvent] = []
        while start < end:
            reply, at = self._replies[start], self._times[start]
            until = start + 1
            while until < end and self._times[until] == at and self._replies[until] == reply:
                until += 1
            feed = getattr(decode, "feed_reply", None) if reply else decode.feed
            if feed is not None:
                events += feed(instead or self._data[start:until], at)
            start = until
        return events

    def _conclude(self, decode: Decoder) -> list[PosEvent]:
        return decode.feed(b"", (self._times[-1] if self._times else AT) + END)

    def _broken(self, put: str, error: Exception) -> BrokenError:
        return BrokenError(f"{self._dialect}, {self._recording.name}: {put}: {error!r}")


def _short(likeness: bytes) -> bytes:
    return hashlib.blake2b(likeness, digest_size=16).digest()


def _bytes(recording: Path) -> tuple[bytes, list[bool], list[datetime]]:
    """Of each byte also whether it is a reply, and when it came."""
    data, replies, times = bytearray(), [], []
    for chunk in read(recording):
        data += chunk.data
        replies += [chunk.reply] * len(chunk.data)
        times += [AT + timedelta(milliseconds=chunk.t_ms or 0.0)] * len(chunk.data)
    return bytes(data), replies, times


def recordings(dialect: str) -> list[Path]:
    return sorted(path for path in (RECORDINGS / dialect).glob("*") if path.suffix in {".bin", ".capture"})


def options(recording: Path) -> dict[str, object]:
    beside = recording.with_suffix(".toml")
    return tomllib.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}


def every_byte(dialect: str, recording: Path, values: int) -> Tried:
    """What was heard. Raise BrokenError."""
    heard, tried = Heard(dialect, recording), Tried()
    for place in range(heard.size):
        heard.cut(place)
        tried.prefixes += 1
        for step in range(values):
            heard.damaged(place, heard.byte(place) ^ (1 + (place * 37 + step) % 255), tried)
    if [repr(event) for event in heard.told()] != [
        repr(event) for event in fed(decoder(dialect, options(recording)), recording, 1)
    ]:
        raise BrokenError(f"{dialect}, {recording.name}: a copy shares what changes with the decoder it was made from")
    return tried


def fed(decode: Decoder, recording: Path, size: int, at: datetime = AT) -> list[PosEvent]:
    """All events of a recording in pieces of so many bytes, and what the silence after it concludes."""
    events, time = [], at
    for chunk in read(recording):
        time = at + timedelta(milliseconds=chunk.t_ms or 0.0)
        feed = getattr(decode, "feed_reply", None) if chunk.reply else decode.feed
        if feed is not None:
            for start in range(0, len(chunk.data), size):
                events += feed(chunk.data[start : start + size], time)
    return events + decode.feed(b"", time + END)


def main(chosen: str = "all", values: str = "255", *files: str) -> int:
    for dialect in names() if chosen == "all" else [chosen]:
        for recording in map(Path, files or recordings(dialect)):
            started = time.process_time()
            try:
                tried = every_byte(dialect, recording, int(values))
            except BrokenError as broken:
                print(broken)
                return 1
            spent = time.process_time() - started
            print(
                f"{dialect}, {recording.name}: {tried.prefixes:,} prefixes, {tried.damages:,} damaged bytes, {tried.known:,} of "
                f"them over or known before the end; {tried.grown:,} bytes grown at most; {spent:.0f} s of processor",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
