"""Bundles down: publishing and fetching one of 10 MB, whole and as a difference, over HTTP and from files.

Beside each stands what it cannot be faster than: the same bytes copied with fsync, or downloaded with the standard library.
Fetching means metadata, bytes, hashes, unpacking, the proof in a child process, the other slot written and read back, the flip,
the notes. The table is int8, as a trained one is; of its rows 2 % are others in the next bundle, as after a day with a warm
start.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import figures
import numpy as np
from fakes.headquarters_bundle import write_bundle

from device.slots import slots
from sync import activation, offer, publish, serve
from sync.downlink import Downlink, Outcome
from sync.ledger import Ledger
from sync.proof import prove_apart

RUNS = 10
ROWS, WIDTH = 20_000, 500


def bundles(folder: Path, count: int) -> list[Path]:
    """Each with 2 % of the rows of the one before replaced."""
    random = np.random.default_rng(20260504)
    table = np.clip(random.standard_normal((ROWS, WIDTH)) * 20, -127, 127).astype(np.int8)
    made = []
    for number in range(count):
        changed = random.choice(ROWS, ROWS // 50, replace=False)
        table[changed] = np.clip(random.standard_normal((len(changed), WIDTH)) * 20, -127, 127).astype(np.int8)
        made.append(folder / f"{number}.bundle")
        write_bundle(made[-1], number, pictures={"table.png": table.tobytes()})
    return made


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def fetching(folder: Path, url: str, made: list[Path], headquarters: Path, what: str) -> None:
    """Each bundle after the one before it, by a register that has that one."""
    state = folder / "register"
    samples, lengths, limits = [], [], []
    with Ledger(state / "sync.db") as book:
        for bundle in made:
            publish.publish(headquarters, bundle)
            held = slots(state / "bundle.db").active
            root = headquarters / "root.json"
            down = Downlink(url, root, state, state / "bundle.db", book, device="register-1", store="S1")
            took = timed(lambda down=down: installed(down))
            if held is None:
                continue
            deltas = list(targets(headquarters).glob(f"*.{offer.delta_name(held, identity(bundle))}"))
            target = deltas[0] if deltas else newest(headquarters)
            samples.append(took)
            lengths.append(target.stat().st_size)
            limits.append(timed(lambda target=target: download(f"{url}/targets/{target.name}", folder / "limit")))
    figures.note(f"{what}: {sum(lengths) / len(lengths) / 1e6:.2f} MB on the way")
    figures.row(f"{what}: verified, proved, in use", samples, "ms")
    figures.row("  the same bytes by urllib, to a file with fsync", limits, "ms")
    shutil.rmtree(state)


def installed(down: Downlink) -> None:
    assert down.check().outcome is Outcome.INSTALLED


def identity(bundle: Path) -> str:
    held = slots(bundle).active
    assert held is not None
    return held


def targets(headquarters: Path) -> Path:
    return headquarters / "repository/targets"


def newest(headquarters: Path) -> Path:
    return max(targets(headquarters).glob("*.bundle.db.zst"), key=lambda path: path.stat().st_mtime_ns)


def download(url: str, to: Path) -> None:
    with urllib.request.urlopen(url) as source, to.open("wb") as sink:
        shutil.copyfileobj(source, sink, 256 * 1024)
        sink.flush()
        os.fsync(sink.fileno())


def copied(path: Path, to: Path) -> None:
    download(path.as_uri(), to)


def publishing(folder: Path, made: list[Path]) -> None:
    headquarters = folder / "publishing"
    publish.init(headquarters)
    first = [timed(lambda: publish.publish(headquarters, made[0]))]
    samples = [timed(lambda bundle=bundle: publish.publish(headquarters, bundle)) for bundle in made[1:5]]
    figures.row("publish 10 MB, nothing to differ from", first, "ms")
    figures.row("publish 10 MB with up to three differences", samples, "ms")
    figures.row("  the file copied with fsync", [timed(lambda: copied(made[0], folder / "copy")) for _ in range(RUNS)], "ms")
    figures.row("  the proof alone", [timed(lambda: prove_apart(made[0])) for _ in range(RUNS)], "ms")
    publish.publish(headquarters, made[5], share=100)
    raising = [timed(lambda part=part: publish.roll_out(headquarters, part)) for part in range(200, 4000, 200)]
    figures.row("raise the share", raising, "ms")


def going_back(folder: Path, made: list[Path]) -> None:
    db = folder / "back" / "bundle.db"
    for bundle in made[:2]:
        activation.install(bundle, db, identity(bundle))
    figures.row("go back to the bundle before", [timed(lambda: activation.revert(db)) for _ in range(RUNS)], "ms")


if __name__ == "__main__":
    figures.load()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = bundles(folder, RUNS + 1)
        publishing(folder, made)
        for bases, told in ((0, "the whole"), (1, "the difference")):
            publish._MOST_BASES = bases
            headquarters = folder / f"headquarters-{bases}"
            publish.init(headquarters)
            with serve.files(headquarters, "127.0.0.1", 0) as port:
                fetching(folder, f"http://127.0.0.1:{port}", made, headquarters, f"{told} over HTTP")
            headquarters = folder / f"headquarters-{bases}-files"
            publish.init(headquarters)
            fetching(folder, (headquarters / "repository").as_uri(), made, headquarters, f"{told} from files")
        going_back(folder, made)
