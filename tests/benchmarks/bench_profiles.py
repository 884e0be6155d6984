"""Profiles: built a second and peak memory as their number grows, size and nightly difference of a bundle, look-up on a register.

    packaging/dev bench profiles                 10,000 and 100,000 shoppers
    packaging/dev bench profiles --most 1000000  and a million: half an hour to an hour
    packaging/dev bench profiles --look-ups-only

Shoppers are drawn from a hat: 25 visits each on average of 6 items, most of them among a dozen favourites of 5,000. They come as
a stream, so that the memory told is that of building and writing, in a process of its own for each size. A night later one in
twenty has come again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import figures
import numpy as np
import synthetic
import zstandard

from device.bundle import Bundle, Contents, write
from device.domain import Pseudonym, Sku
from device.due import due
from device.rhythm import FEATURES, Rhythm, Usual
from device.shopper import pseudonym
from model_export.regulars.past import Usuals
from model_export.regulars.people import Regular
from model_export.regulars.profiles import Shop, packed, profiles
from sync import activation, delta

ITEMS = 5_000
SIZES = (10_000, 100_000, 1_000_000)
LOOK_UPS = 10_000
HELD = 200_000
CAME_AGAIN = 20
NOW = np.datetime64("2026-05-04T12:00", "us")
KEY = bytes(range(32))


def shop() -> Shop:
    skus = tuple(Sku(synthetic.sku(n)) for n in range(ITEMS))
    chance = np.random.default_rng(1)
    usual = Usuals(chance.uniform(1, 4, ITEMS), chance.uniform(0.1, 0.9, ITEMS), chance.uniform(0.0001, 0.01, ITEMS))
    weights = tuple(np.random.default_rng(2).normal(0, 0.2, len(FEATURES)).tolist())
    items = {
        str(sku): Usual(*(round(float(one[n]), 5) for one in (usual.gap, usual.again, usual.share))) for n, sku in enumerate(skus)
    }
    return Shop(skus, np.ones(ITEMS, bool), 0.95, usual, Rhythm(-2.0, weights, 0.2, items))


def token(number: int) -> Pseudonym:
    return Pseudonym(pseudonym(KEY, str(number)) or "")


def stream(count: int, night: int) -> Iterator[Regular]:
    """The same shoppers each night; one in `CAME_AGAIN` of them with one visit more."""
    for number in range(count):
        chance = np.random.default_rng((7, number))
        visits = int(chance.geometric(1 / 25)) + 2
        favourites = (ITEMS * chance.random(12) ** 3).astype(np.int32)
        days = np.sort(chance.integers(0, 180 * 1440, visits))
        visits += bool(night and number % CAME_AGAIN == 0)
        days = np.append(days, 181 * 1440)[:visits]
        items = [
            np.unique(np.where(chance.random(6) < 0.7, chance.choice(favourites, 6), chance.integers(0, ITEMS, 6))) for _ in days
        ]
        at = NOW - np.timedelta64(182, "D") + days.astype("timedelta64[m]")
        sizes = np.array([len(one) for one in items])
        yield Regular((token(number),), at, sizes, np.concatenate(items).astype(np.int32))


def rows(count: int, night: int, same: Shop) -> Iterator[tuple[Pseudonym, bytes]]:
    for regular, profile in profiles(stream(count, night), same):
        yield from packed(regular, profile)


def contents(told: Iterator[tuple[Pseudonym, bytes]], base: Bundle, rhythm: Rhythm, made_at: str) -> Contents:
    goods = list(base.catalogue)
    return Contents(
        base.model,
        base.vocabulary,
        goods,
        base.golden,
        base.best_sellers,
        told,
        {},
        made_at,
        "RUB",
        1,
        "",
        0.95,
        {},
        rhythm=rhythm,
    )


def child(base: Path, out: Path, count: int, night: int) -> None:
    """Build and write; told on standard output as JSON."""
    same = shop()
    floor = figures.peak_mib()
    drawn = time.process_time()
    for _ in stream(min(count, 20_000), night):
        pass
    hat = (time.process_time() - drawn) * count / min(count, 20_000)
    began, wall = time.process_time(), time.perf_counter()
    total = sum(len(content) for _, content in rows(count, night, same))
    built, wall = time.process_time() - began - hat, time.perf_counter() - wall
    peak = figures.peak_mib()
    with closing(Bundle.open(base)) as opened:
        assert same.rhythm is not None
        write(out, contents(rows(count, night, same), opened, same.rhythm, f"2026-05-0{4 + night}T02:00:00Z"))
    whole = figures.peak_mib()
    told = {"built": built, "wall": wall, "bytes": total, "floor": floor, "peak": peak, "writing": whole}
    print(json.dumps(told))


def growth(folder: Path, base: Path, most: int) -> None:
    before = None
    for count in (size for size in SIZES if size <= most):
        out = folder / f"{count}.bundle"
        words = [sys.executable, __file__, "--child", str(base), str(out), str(count), "0"]
        began = time.perf_counter()
        told = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
        grown = "" if before is None else f", {told['peak'] - before:+.0f} MiB by building ten times as many"
        before = told["peak"]
        figures.note(
            f"{count:>9,} profiles: {count / told['built']:,.0f} a second of processor, {told['bytes'] / count:.0f} bytes each; "
            f"peak {told['peak']:.0f} MiB ({told['floor']:.0f} before it began), with writing "
            f"{told['writing']:.0f}{grown}"
        )
        packed_size = folder / "packed.zst"
        with out.open("rb") as plain, packed_size.open("wb") as sink:
            zstandard.ZstdCompressor(level=10).copy_stream(plain, sink)
        took = time.perf_counter() - began
        figures.note(
            f"{'':9} bundle {out.stat().st_size / 1e6:.1f} MB, on the way {packed_size.stat().st_size / 1e6:.1f} MB; "
            f"{took:.0f} s on the clock, with a second pass that only builds"
        )
        night(folder, base, out, count)


def night(folder: Path, base: Path, today: Path, count: int) -> None:
    """What one in twenty who came again costs on the way."""
    with closing(Bundle.open(today)) as bundle:
        size = delta.measure(today, bundle.manifest.identity).size
    if size > delta.MAX_CONTENT_BYTES:
        figures.note(f"{'':9} content {size / 1e6:.0f} MB: too large for a difference, the whole is fetched each night")
        return
    tomorrow = folder / "tomorrow.bundle"
    words = [sys.executable, __file__, "--child", str(base), str(tomorrow), str(count), "1"]
    subprocess.run(words, capture_output=True, check=True)
    names = []
    for path in (today, tomorrow):
        with closing(Bundle.open(path)) as bundle:
            names.append(bundle.manifest.identity)
    began = time.process_time()
    made = delta.make(delta.whole(today, names[0]), delta.whole(tomorrow, names[1]))
    changed = count // CAME_AGAIN
    figures.note(
        f"{'':9} nightly difference {len(made) / 1e6:.2f} MB, {len(made) / changed:.0f} bytes for each of {changed:,} changed, "
        f"made in {time.process_time() - began:.1f} s of processor"
    )


class Timed:
    """Milliseconds of each time it was entered: on the clock, of processor, and on the clock less the wait for a processor.

    The last is what a register waits for, whose tills share it with nobody: the work, and the disk.
    """

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.processor: list[float] = []
        self.unhindered: list[float] = []
        self._began = (0, 0, 0)
        self._queue = os.open("/proc/thread-self/schedstat", os.O_RDONLY)

    def __enter__(self) -> None:
        self._began = (self._waited(), time.thread_time_ns(), time.perf_counter_ns())

    def __exit__(self, *_: object) -> None:
        wall, processor = time.perf_counter_ns(), time.thread_time_ns()
        waited, began_processor, began = self._began
        self.wall.append((wall - began) / 1e6)
        self.processor.append((processor - began_processor) / 1e6)
        self.unhindered.append((wall - began - (self._waited() - waited)) / 1e6)

    def _waited(self) -> int:
        return int(os.pread(self._queue, 100, 0).split()[1])

    def rows(self, what: str) -> None:
        figures.row(what, self.wall, "ms")
        figures.row("  less the wait for a processor", self.unhindered, "ms")
        figures.row("  of processor", self.processor, "ms")


def look_ups(folder: Path, base: Path) -> None:
    """In `bundle.db`, as a register looks them up."""
    path, same = folder / "bundle.db", shop()
    # What a look-up costs depends on how many there are and how large, not on how many differ.
    different = [content for _, content in rows(SIZES[0], 0, same)]
    held = ((token(number), different[number % len(different)]) for number in range(HELD))
    with closing(Bundle.open(base)) as opened:
        assert same.rhythm is not None
        written = write(folder / "held.bundle", contents(held, opened, same.rhythm, "2026-05-04T02:00:00Z"))
    activation.put(folder / "held.bundle", path, written)
    chance = np.random.default_rng(3)
    now = datetime(2026, 5, 8, 18)
    began = time.perf_counter()
    with closing(Bundle.open(path)) as bundle:
        bundle.at_hand()
        figures.note(f"opened and verified with {HELD:,} profiles in {time.perf_counter() - began:.2f} s")
        warm, reckoned, nobody = Timed(), Timed(), Timed()
        for number in chance.integers(0, HELD, LOOK_UPS).tolist():
            whose, stranger = token(number), token(HELD + number)
            with warm:
                profile = bundle.profile(whose)
            assert profile is not None
            with reckoned:
                due(profile, same.rhythm, now)
            with nobody:
                found = bundle.profile(stranger)
            assert found is None
        cold, colder, disk = from_disk(bundle, path)
    figures.load()
    for what, timed in (
        (f"look-up among {HELD:,}, in memory", warm),
        (f"look-up among {HELD:,}, from disk", cold),
        ("the same when the program has no page of it either", colder),
        ("4 KiB of the same file from disk, and nothing else", disk),
        (f"look-up of a stranger among {HELD:,}", nobody),
        ("what is due, of a profile", reckoned),
    ):
        timed.rows(what)


def from_disk(bundle: Bundle, path: Path) -> tuple[Timed, Timed, Timed]:
    """Look-ups while the kernel has no page of the file, each on a page that was not asked for before; the disk beside them."""
    told = (Timed(), Timed(), Timed())
    cold, colder, disk = told
    by_name = sorted(map(token, range(HELD)))
    chance = np.random.default_rng(5)
    descriptor = os.open(path, os.O_RDONLY)
    pages = os.fstat(descriptor).st_size // 4096
    # Five profiles are a page: of twenty that stand side by side one is asked for, and later another.
    places = (chance.permutation(HELD // 20)[:LOOK_UPS] * 20).tolist()
    for first in places:
        forget(descriptor)
        with cold:
            bundle.profile(by_name[first])
        forget(descriptor)
        offset = int(chance.integers(pages)) * 4096
        with disk:
            os.pread(descriptor, 4096, offset)
    for first in places:
        forget(descriptor)
        bundle._db.execute("PRAGMA shrink_memory")
        with colder:
            bundle.profile(by_name[first + 10])
    os.close(descriptor)
    return told


def forget(descriptor: int) -> None:
    """The kernel, all of the file."""
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--most", type=int, default=100_000)
    asked.add_argument("--look-ups-only", action="store_true")
    asked.add_argument("--child", nargs=4)
    chosen = asked.parse_args()
    if chosen.child:
        base, out, count, which = chosen.child
        child(Path(base), Path(out), int(count), int(which))
        return
    figures.load()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = synthetic.bundle(folder / "base.bundle", 200)
        if not chosen.look_ups_only:
            growth(folder, base, chosen.most)
        look_ups(folder, base)


if __name__ == "__main__":
    main()
