"""Every dialect on one core: bytes and events a second, beside the line that brings them; memory after much noise.

The limit to stand beside is the medium: 960 bytes a second of a 9,600-baud line, 11,520 of 115,200 baud, 12.5 million of
100 Mbit/s. The bytes are the dialect's own recordings, over and over. `bench_dialects.py NAME MIB` takes one dialect and another
amount of noise; 1024 MiB take up to half an hour.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import figures

from device.dialects import decoder, names
from device.replay import END
from device.sources.capture import Chunk, read

ROUNDS = 200
ROUND_BYTES = 32_768
LINE = 9600 / 10
"""Bytes a second of the slowest line: start bit, eight data bits, stop bit."""
NOISE_MIB = 64
AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
RECORDINGS = Path(__file__).parents[1] / "device" / "recordings"


def speed(name: str) -> None:
    for recording in sorted(path for path in (RECORDINGS / name).glob("*") if path.suffix in {".bin", ".capture"}):
        beside = recording.with_suffix(".toml")
        decode = decoder(name, tomllib.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {})
        reply = getattr(decode, "feed_reply", None)
        chunks = list(read(recording))
        times = max(1, ROUND_BYTES // sum(len(chunk.data) for chunk in chunks))
        bytes_a_second, events_a_second, at = [], [], AT
        for _ in range(ROUNDS):
            events = size = 0
            started = time.perf_counter()
            for _ in range(times):
                for chunk in chunks:
                    now = at + timedelta(milliseconds=chunk.t_ms or 0.0)
                    events += len(_fed(decode, reply, chunk, now))
                    size += len(chunk.data)
                at += 2 * END
                events += len(decode.feed(b"", at - END))
            took = time.perf_counter() - started
            bytes_a_second.append(size / took / 1e6)
            events_a_second.append(events / took)
        figures.row(f"{name}, {recording.stem}: bytes", bytes_a_second, "MB/s")
        figures.row(f"{name}, {recording.stem}: events", events_a_second, "1/s")
        slowest = min(bytes_a_second) * 1e6
        figures.note(
            f"  slowest round {slowest / LINE:,.0f} times 9,600 baud, {slowest / 11_520:,.0f} times 115,200 baud, "
            f"{slowest / 12.5e6:.2f} times 100 Mbit/s"
        )


def _fed(decode, reply, chunk: Chunk, at: datetime) -> list[object]:
    if not chunk.reply:
        return decode.feed(chunk.data, at)
    return [] if reply is None else reply(chunk.data, at)


def noise(name: str, mebibytes: int) -> None:
    """In a process of its own, so that its peak is its own."""
    decode, chance = decoder(name), random.Random(1)
    patterns = [b"A" * 65_536, bytes(65_536), b"{[<\x1b\x02" * 13_107, b" 1.00\n" * 10_922]
    pieces = [chance.randbytes(65_536) for _ in range(12)] + patterns
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    for number in range(mebibytes * 16):
        decode.feed(pieces[number % len(pieces)], AT + timedelta(seconds=number))
    took = time.perf_counter() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    pace = f"{mebibytes / took:.1f} MiB/s"
    figures.note(f"{name}: {mebibytes} MiB of noise in {took:.0f} s ({pace}), {grown} KiB more memory at the peak")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--noise"]:
        noise(sys.argv[2], int(sys.argv[3]))
        sys.exit()
    chosen = sys.argv[1:2] or names()
    mebibytes = int(sys.argv[2]) if len(sys.argv) > 2 else NOISE_MIB
    figures.load()
    for name in chosen:
        speed(name)
    sys.stdout.flush()
    for name in chosen:
        subprocess.run([sys.executable, __file__, "--noise", name, str(mebibytes)], check=True)
