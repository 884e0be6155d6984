"""The faces against the targets of their design, each figure with gate and stretch beside it, and a browser with the same page.

    bench_faces.py [start] [respawn] [change] [stock] [memory] [inside] [soak] [browser] [--raw FOLDER] [--updates N] [--emits N]
        [--starts N]

Without a part all run, but the soak is of 3,000 updates: `--updates 100000` is the whole one; and what takes seconds each
(starts, warm and cold, respawns, and a face through a sale for its memory) is done nine times: `--starts 300` is enough for a
p99. Of one run are what was lost of references, the soak's growth, and the memory of both faces after a thousand changes of each
kind. The window is in memory, the renderer that of a register without a graphics card, the pictures those of the sample grocery.
A frame counts when it is handed to the window system; a panel adds 8 to 25 ms. Raw samples are kept in the folder `--raw`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import figures
import msgspec
from faces_browser import compare
from faces_outside import changes, laid_out, memory, respawns, starts
from faces_stock import out_of_stock
from faces_targets import AT_REST, CPU, CPU_AT_REST, DRIFT, FRAMES, GROWTH, PRESS_P99, PRICE_P99, Ledger

PRICES, PRESSES, SLIDES = 1000, 400, 300
WARM_UP_SHARE = 0.2


def inside(part: str, folder: Path, number: int) -> dict:
    """What `faces_inside.py` measured."""
    place = Path(tempfile.mkdtemp(dir=folder))
    words = (sys.executable, str(Path(__file__).with_name("faces_inside.py")), part, str(place), str(number))
    qt = {"QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software", "QT_QPA_UPDATE_IDLE_TIME": "0"}
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False, env=os.environ | qt)
    if done.returncode:
        raise SystemExit(f"{part} ended with status {done.returncode}")
    said = msgspec.json.decode(done.stdout)
    for warning in set(said.get("warnings", ())):
        print(f"{part}: Qt warned: {warning}")
    return said


def insides(ledger: Ledger, folder: Path, emits: int) -> None:
    ledger.row("customer: a single price, change to swap", inside("price", folder, PRICES)["ms"], "ms", p99=PRICE_P99)
    ledger.row("cashier: touch press to pressed paint", inside("press", folder, PRESSES)["ms"], "ms", p99=PRESS_P99)
    moved = inside("motion", folder, SLIDES)
    ledger.row("customer: frames a second while cards slide in", moved["fps"], "fps", p50=FRAMES)
    ledger.row("customer: one core while cards slide in", moved["cpu"], "%", p50=CPU)
    ledger.row("customer: a slide lasts", moved["ms"], "ms")
    ledger.row("customer: frames at rest in 5 s but for a minute's step", moved["rest_frames"], "", max=AT_REST)
    ledger.row("customer: one core at rest, of 5 s", moved["rest_cpu"], "%", max=CPU_AT_REST)
    rung = inside("emits", folder, emits)
    worst = max(map(abs, rung["drift"]))
    ledger.figure(
        f"references lost over {rung['heard'][0] - 100} emits",
        worst,
        "",
        DRIFT,
        f"True {rung['drift'][0]}, None {rung['drift'][1]}",
    )


def soaked(ledger: Ledger, folder: Path, updates: int) -> None:
    said = inside("soak", folder, updates)
    rss = said["rss"]
    warm = rss[int(len(rss) * WARM_UP_SHARE) :]
    ledger.row(f"soak of {updates} updates: change to swap", said["ms"], "ms")
    ledger.row(f"soak of {updates} updates: RSS", rss, "MiB")
    # The mean of the last tenth: a single sample may catch a picture on its way.
    tail = warm[-max(1, len(warm) // 10) :]
    head = warm[: max(1, len(warm) // 10)]
    growth = sum(tail) / len(tail) - sum(head) / len(head)
    ledger.figure(
        f"soak of {updates} updates: RSS growth after warm-up", growth, "MiB", GROWTH, f"the first {WARM_UP_SHARE:.0%} warm it up"
    )
    # What is lost kills the interpreter. What is gained costs no memory: PySide counts None six times for each image painted on.
    true, none = said["drift"]
    ledger.figure(
        f"soak of {updates} updates: references lost", max(0, -true, -none), "", DRIFT, f"gained: True {true}, None {none}"
    )


def main() -> None:
    parts = ("start", "respawn", "change", "stock", "memory", "inside", "soak", "browser")
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("parts", nargs="*", choices=[*parts, []], help="all by default")
    words.add_argument("--raw", type=Path, default=Path(".bench"), help="folder for the samples")
    words.add_argument("--updates", type=int, default=3000, help="of the soak")
    words.add_argument("--starts", type=int, default=9, help="warm and cold each, respawns, sales of the memory")
    words.add_argument("--emits", type=int, default=1_000_000)
    chosen = words.parse_args()
    wanted = chosen.parts or parts
    figures.load()
    ledger = Ledger(chosen.raw)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, sets = laid_out(folder)
        if "start" in wanted:
            starts(ledger, folder, first, chosen.starts)
        if "respawn" in wanted:
            respawns(ledger, folder, first, chosen.starts)
        if "change" in wanted:
            changes(ledger, folder, first, sets, chosen.starts)
        if "stock" in wanted:
            out_of_stock(ledger, folder, first, sets)
        if "memory" in wanted:
            memory(ledger, folder, first, sets, chosen.starts)
        if "inside" in wanted:
            insides(ledger, folder, chosen.emits)
        if "soak" in wanted:
            soaked(ledger, folder, chosen.updates)
        if "browser" in wanted:
            compare(ledger, folder, first, sets)
    figures.load()


if __name__ == "__main__":
    main()
