"""Every dialect on one core: bytes and events a second, beside the line that brings them; memory after much noise.

The limit to stand beside is the medium: 960 bytes a second of a 9,600-baud line, 11,520 of 115,200 baud, 12.5 million of
100 Mbit/s. Time is that of the processor: what else runs on the machine is not the decoder's.

| row        | bytes                                                                                                        |
|------------|--------------------------------------------------------------------------------------------------------------|
| recording  | the dialect's own recordings, over and over                                                                  |
| never seen | the same with other names, codes and prices each time (`unseen`), so that no memory of what was read helps   |
| worst      | noise composed against this dialect: what looks like the beginning of something, again and again            |
| noise      | random bytes and patterns, in a process of its own                                                           |

`bench_dialects.py NAME MIB` takes one dialect (`all`: each) and another amount of noise.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import figures
from unseen import Unseen

from device.dialects import Decoder, decoder, names
from device.replay import END
from device.sources.capture import Chunk, read

ROUNDS = 200
ROUND_BYTES = 32_768
LINE = 9600 / 10
"""Bytes a second of the slowest line: start bit, eight data bits, stop bit."""
SILENCE_MS = 100
NOISE_MIB = 64
AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
RECORDINGS = Path(__file__).parents[1] / "device" / "recordings"
SEALED = {"shtrih"}
"""Dialects whose messages have a check."""
WORST: dict[str, list[bytes]] = {
    "dsslxml": [b"<transaction>", b"<transaction><a>", b"<transaction>" + b"<a>1</a>" * 500],
    "escpos": [b" 1.00\n", b"1 x 2 x 3 x 4 x\n", b"\x1dk\x02", b"TOTAL 1.00 CASH\n", b"\x1b", b"0 " * 500 + b"\n"],
    "linetext": [b" 1.00\n", b"1 x 2 x 3 x 4 x\n", b"TOTAL 1.00 CASH\n", b"\r", b"0 " * 500 + b"\n", b"a1 " * 300 + b"\n"],
    "native": [b"{", b'{"v":1,"lines":[', b'{"v":1}', b"{}\n"],
    "pole": [b"\x0c1.00", b"\x1f", b"\x1b", b"\x1f$\x01\x01" + b"1 x 2,00 " * 4, b"\x0b" + b"1 " * 20],
    "scanner": [
        b"01\r",
        b"]C1" + b"10A\x1d" * 100 + b"\r",
        b"0" * 512 + b"\r",
        b"]d201" + b"0" * 14 + b"30" * 200 + b"\r",
        b"4 " * 250 + b"\r",
    ],
    "setevents": [b"{", b'{"event":{', b'{"event":{}}', b'{"event":["'],
    "shtrih": [b"\x8f\x00\x1f", b"\x8f\x00\x1f\x02\xff", b"\x02\xff", b"\x02\x01", b"\x8f"],
    "tillevents": [b"{", b'{"event":"add","line":{', b'{"v":1}\n', b"{}\n"],
    "transactionblock": [b"<TransactionBlock>", b"<TransactionBlock><a>", b"<TransactionBlock>" + b"<a>1</a>" * 500],
}


def speed(name: str) -> None:
    for recording in sorted(path for path in (RECORDINGS / name).glob("*") if path.suffix in {".bin", ".capture"}):
        beside = recording.with_suffix(".toml")
        options = tomllib.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
        chunks = list(read(recording))
        times = max(1, ROUND_BYTES // sum(len(chunk.data) for chunk in chunks))
        _rounds(f"{name}, {recording.stem}", decoder(name, options), times, lambda _, chunks=chunks: chunks)
        if name not in SEALED:
            other = Unseen(recording)
            unseen = decoder(name, options)
            _rounds("  never seen", unseen, times, lambda number, chunks=chunks, other=other: _varied(chunks, other, number))
    for pattern in WORST[name]:
        pieces = pattern * (ROUND_BYTES // len(pattern))
        _rounds(f"  worst, {pattern[:12]!r} ..", decoder(name), 1, lambda _, pieces=pieces: [Chunk(None, pieces)], ROUNDS // 10)


def _varied(chunks: list[Chunk], other: Unseen, number: int) -> Iterator[Chunk]:
    """What the till says between two silences is varied as a whole, and cut as it was."""
    for burst in _bursts(chunks):
        said = other.vary(b"".join(chunk.data for chunk in burst if not chunk.reply), number)
        last = max((place for place, chunk in enumerate(burst) if not chunk.reply), default=0)
        for place, chunk in enumerate(burst):
            size = len(said) if place == last else len(chunk.data)
            yield chunk if chunk.reply else Chunk(chunk.t_ms, said[:size])
            said = said if chunk.reply else said[size:]


def _bursts(chunks: list[Chunk]) -> Iterator[list[Chunk]]:
    """Other prices take more places or fewer, and no silence may come to lie within what a till says at once."""
    burst: list[Chunk] = []
    for chunk in chunks:
        if burst and (chunk.t_ms or 0.0) - (burst[-1].t_ms or 0.0) >= SILENCE_MS:
            yield burst
            burst = []
        burst.append(chunk)
    yield burst


def _rounds(what: str, decode: Decoder, times: int, chunks: Callable[[int], Iterable[Chunk]], rounds: int = ROUNDS) -> None:
    reply = getattr(decode, "feed_reply", lambda _data, _at: [])
    bytes_a_second, events_a_second, number, at = [], [], count(), AT
    for _ in range(rounds):
        told = []
        for _ in range(times):
            told += [
                (reply if chunk.reply else decode.feed, chunk.data, at + timedelta(milliseconds=chunk.t_ms or 0.0))
                for chunk in chunks(next(number))
            ]
            at += 2 * END
            told.append((decode.feed, b"", at - END))
        started = time.process_time()
        events = sum(len(feed(data, now)) for feed, data, now in told)
        took = time.process_time() - started
        bytes_a_second.append(sum(len(data) for _, data, _ in told) / took / 1e6)
        events_a_second.append(events / took)
    figures.row(f"{what}: bytes", bytes_a_second, "MB/s")
    figures.row(f"{what}: events", events_a_second, "1/s")
    slowest = min(bytes_a_second) * 1e6
    figures.note(
        f"  slowest round {slowest / LINE:,.0f} times 9,600 baud, {slowest / 11_520:,.0f} times 115,200 baud, "
        f"{slowest / 12.5e6:.2f} times 100 Mbit/s"
    )


def noise(name: str, mebibytes: int) -> None:
    """In a process of its own, so that its peak is its own. Three seconds lie between pieces: in most dialects an end."""
    decode, chance = decoder(name), random.Random(1)
    patterns = [b"A" * 65_536, bytes(65_536), b"{[<\x1b\x02" * 13_107, b" 1.00\n" * 10_922]
    pieces = [chance.randbytes(65_536) for _ in range(12)] + patterns
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    for number in range(mebibytes * 16):
        decode.feed(pieces[number % len(pieces)], AT + 3 * timedelta(seconds=number))
    took = time.perf_counter() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    pace = f"{mebibytes / took:.1f} MiB/s"
    figures.note(f"{name}: {mebibytes} MiB of noise in {took:.0f} s ({pace}), {grown} KiB more memory at the peak")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--noise"]:
        noise(sys.argv[2], int(sys.argv[3]))
        sys.exit()
    chosen = names() if sys.argv[1:2] in ([], ["all"]) else sys.argv[1:2]
    mebibytes = int(sys.argv[2]) if len(sys.argv) > 2 else NOISE_MIB
    figures.load()
    for name in chosen:
        speed(name)
    sys.stdout.flush()
    for name in chosen:
        subprocess.run([sys.executable, __file__, "--noise", name, str(mebibytes)], check=True)
