"""The same page in a browser: headless Chromium with the customer's basket and three cards, spoken to over its debugging pipe.

`page.html` beside this file is drawn like the face: 1920x1080, six lines and a total, three cards with the same pictures.
Start: from exec to the second animation frame of the page. Change: from the line that is sent to the answer after two animation
frames, the second of which follows the first one's paint. Chromium's frames keep the step of 60 a second, a face's come when they
are due: this compares what a shopper waits for, not how much is drawn.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from faces_targets import Ledger

from device.screen_link import Snapshot
from model_export.sample.grocery import Good

PAGE = Path(__file__).with_name("page.html")
STARTS = 9
CHANGES = 300
MIB = 1024


class Chromium:
    """One browser with one page, in a process group of its own. CDP messages end with a zero byte, to descriptor 3, from 4."""

    def __init__(self, program: str, profile: Path, page: str) -> None:
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        flags = ("--headless=new", "--kiosk", "--disable-gpu", "--no-sandbox", "--no-first-run", "--window-size=1920,1080")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "sh", program, *flags, "--disable-background-networking",
             "--remote-debugging-pipe", f"--user-data-dir={profile}", page],
            pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self._rest = b""
        self._number = 0
        self._session = ""
        while not (pages := [one for one in self._ask("Target.getTargets")["targetInfos"] if one["type"] == "page"]):
            time.sleep(0.005)
        attached = self._ask("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self._session = attached["sessionId"]
        while not self._ready():
            time.sleep(0.005)
        self.start_ms = (time.perf_counter() - began) * 1000

    def _ready(self) -> bool:
        try:
            return self.run("window.ready === true") is True
        except RuntimeError:
            return False  # the empty page that stands there first has just gone

    def run(self, script: str) -> Any:
        """The value a promise of the page comes to."""
        answer = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def pss_mib(self) -> tuple[float, int]:
        """Of all its processes, and how many they are."""
        total = count = 0
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and _session_of(folder) == self.process.pid:
                rollup = (folder / "smaps_rollup").read_text()
                total += int(rollup.split("Pss:")[1].split()[0])
                count += 1
        return total / MIB, count

    def close(self) -> None:
        """All of its processes, at once: its profile is thrown away."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        os.close(self._to)
        os.close(self._from)

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        word: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            word["sessionId"] = self._session
        os.write(self._to, msgspec.json.encode(word) + b"\0")
        while True:
            *words, self._rest = self._rest.split(b"\0")
            for word in map(msgspec.json.decode, words):
                if word.get("id") == self._number:
                    return word["result"] if "result" in word else _refused(word)
            data = os.read(self._from, 1 << 20)
            if not data:
                raise RuntimeError("Chromium went away")
            self._rest += data


def _refused(word: dict[str, Any]) -> dict[str, Any]:
    raise RuntimeError(word["error"]["message"])


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
        browser = Chromium(program, folder / "profile", page.as_uri())
        browser.close()
        if number:  # the first makes a profile
            took.append(browser.start_ms)
    ledger.row("Chromium: exec to the second animation frame", took, "ms")
    browser = Chromium(program, folder / "profile", page.as_uri())
    try:
        _changed(ledger, browser, first, sets)
    finally:
        browser.close()


def _changed(ledger: Ledger, browser: Chromium, first: Snapshot, sets: Sequence[tuple[Good, ...]]) -> None:
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
