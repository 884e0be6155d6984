"""The same page in a browser: headless Chromium with the customer's basket and three cards, spoken to over its debugging pipe.

`page.html` beside this file is drawn like the face: 1920x1080, six lines and a total, three cards with the same pictures.
Start: from exec to the second animation frame of the page. Change: from the line that is sent to the answer after two animation
frames, the second of which follows the first one's paint. Chromium's frames keep the step of 60 a second, a face's come when they
are due: this compares what a shopper waits for, not how much is drawn.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from faces_targets import Ledger
from fakes.chromium import Chromium

from device.screen_link import Snapshot
from model_export.sample.grocery import Good

PAGE = Path(__file__).with_name("page.html")
STARTS = 9
CHANGES = 300
MIB = 1024


class Browser(Chromium):
    """One page that says when it is ready, and how long that took from exec."""

    def __init__(self, program: str, profile: Path, page: str) -> None:
        began = time.perf_counter()
        super().__init__(program, profile, page, "--kiosk", "--disable-gpu", "--window-size=1920,1080")
        while not self._ready():
            time.sleep(0.005)
        self.start_ms = (time.perf_counter() - began) * 1000

    def _ready(self) -> bool:
        try:
            return self.run("window.ready === true") is True
        except RuntimeError:
            return False  # the empty page that stands there first has just gone

    def pss_mib(self) -> tuple[float, int]:
        """Of all its processes, and how many they are."""
        total = count = 0
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and _session_of(folder) == self.process.pid:
                rollup = (folder / "smaps_rollup").read_text()
                total += int(rollup.split("Pss:")[1].split()[0])
                count += 1
        return total / MIB, count


def _session_of(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rsplit(")", 1)[1].split()[3])
    except (OSError, IndexError):
        return 0


def compare(ledger: Ledger, folder: Path, first: Snapshot, sets: Sequence[tuple[Good, ...]]) -> None:
    program = shutil.which("chromium")
    if program is None:
        print("no browser to stand beside: the Debian package chromium is not installed")
        return
    page = folder / "page.html"
    page.write_text(PAGE.read_text())
    took = []
    for number in range(STARTS + 1):
        browser = Browser(program, folder / "profile", page.as_uri())
        browser.close()
        if number:  # the first makes a profile
            took.append(browser.start_ms)
    ledger.row("Chromium: exec to the second animation frame", took, "ms")
    browser = Browser(program, folder / "profile", page.as_uri())
    try:
        _changed(ledger, browser, first, sets)
    finally:
        browser.close()


def _changed(ledger: Ledger, browser: Browser, first: Snapshot, sets: Sequence[tuple[Good, ...]]) -> None:
    browser.run(f"show({_drawn(first, sets[0])})")
    time.sleep(1)
    pss, processes = browser.pss_mib()
    ledger.figure("Chromium: PSS of one page", pss, "MiB", said=f"{processes} processes")
    swaps, totals = [], []
    for number in range(CHANGES + 20):
        for kept, script in ((swaps, f"show({_drawn(first, sets[number % len(sets)])})"), (totals, f"total({10_000 + number})")):
            began = time.perf_counter()
            browser.run(script)
            kept.append((time.perf_counter() - began) * 1000)
            time.sleep(0.01)
    ledger.row("Chromium: 3 cards replaced, sent to acknowledged", swaps[20:], "ms")
    ledger.row("Chromium: total changed, sent to acknowledged", totals[20:], "ms")
    pss, processes = browser.pss_mib()
    ledger.figure("Chromium: PSS after all that", pss, "MiB", said=f"{processes} processes")


def _drawn(first: Snapshot, chosen: Sequence[Good]) -> str:
    """What the page is told: texts, since a browser would be sent no less."""
    word = {
        "total": f"{first.total / 100:.2f} ₽",
        "lines": [[line.names["en"], f"{line.amount / 100:.2f}"] for line in first.lines],
        "cards": [
            {"name": good.name_en, "price": f"{good.unit_price / 100:.2f} ₽", "reason": f"Goes with {good.short_en}",
             "picture": f"pictures/{good.picture}"}
            for good in chosen
        ],
    }  # fmt: skip
    return msgspec.json.encode(word).decode()
