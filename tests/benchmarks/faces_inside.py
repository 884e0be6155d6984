"""What is measured inside a face, by a program of its own: `faces_inside.py PART FOLDER NUMBER` prints one JSON object.

Snapshots go straight to the reducer, as the wire hands them over; a frame has come when the window says `frameSwapped`. Parts:
`price`, `press`, `motion` (NUMBER times), `soak` (NUMBER updates), `emits` (NUMBER signals). Who starts it sets Qt's environment.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path

import figures
import msgspec
from faces_outside import card, laid_out
from fakes.bell import ring
from PySide6.QtCore import QEventLoop, QPoint, QPointF, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from device.screen_link import Beat, FaceKind, Stage
from kiosk_ui.app import Options, Screen
from kiosk_ui.commands import DEBIAN_FONTS
from kiosk_ui.events import Connected, Heard
from kiosk_ui.face import clock
from kiosk_ui.formats import Language
from kiosk_ui.heap import keep_small
from kiosk_ui.remote import find_item

RESTS = 9
"""Times that a face is watched at rest, of five seconds each."""
SALE = 20
"""Changes of a basket in the soak until it is paid and the next begins."""


class Bench:
    """A face without a daemon: what one would say is handed over here."""

    def __init__(self, kind: FaceKind, folder: Path, size: tuple[int, int]) -> None:
        self.warnings: list[str] = []
        qInstallMessageHandler(self._warned)
        self.first, self.sets = laid_out(folder)
        self.screen = Screen(
            Options(
                kind, folder / "nobody", "", Language.ENGLISH, size, dark=False, fonts=DEBIAN_FONTS, inches=15.6, distance_mm=800
            )
        )
        self.screen.view.resize(*size)
        self.screen.view.setVisible(True)
        self.frames: list[float] = []
        self.worked = 0.0
        """Seconds of a processor this process has had when the last frame was swapped."""
        self._loop = QEventLoop()
        self.screen.view.frameSwapped.connect(self._swapped)
        self.seq = 1
        self.screen.face.happened(Connected(clock()))
        self.show()
        self.next_frame()

    def show(self, **facts: object) -> None:
        self.seq += 1
        self.screen.face.happened(Heard(msgspec.structs.replace(self.first, seq=self.seq, **facts), clock()))

    def cards(self, number: int) -> dict[str, object]:
        return {"cards": tuple(map(card, self.sets[number % len(self.sets)]))}

    def next_frame(self) -> float:
        """When it was swapped; a change has been made and asked for it."""
        before = len(self.frames)
        while len(self.frames) == before:
            self._loop.exec()
        return self.frames[-1]

    def rest(self, ms: int) -> None:
        """The event loop runs, and nothing is asked of it but a beat."""
        over = QEventLoop()
        QTimer.singleShot(ms, over.quit)
        over.exec()
        self.screen.face.happened(Heard(Beat(self.first.run, self.seq), clock()))

    def _swapped(self) -> None:
        self.frames.append(time.perf_counter())
        self.worked = time.process_time()
        self._loop.quit()

    def _warned(self, kind: QtMsgType, _context: object, message: str) -> None:
        if kind is not QtMsgType.QtDebugMsg:
            self.warnings.append(message)


def price(bench: Bench, number: int) -> dict[str, object]:
    took = []
    for turn in range(number + 30):
        began = time.perf_counter()
        bench.show(total=10_000 + turn)
        took.append((bench.next_frame() - began) * 1000)
        bench.rest(5)
    return {"ms": took[30:]}


def press(bench: Bench, number: int) -> dict[str, object]:
    """A finger comes down on each of the cashier's three buttons in turn and leaves beside it, so that nothing is acted on."""
    finger = QTest.createTouchDevice()
    took = []
    for turn in range(number + 10):
        bench.show()
        bench.rest(40)
        item = find_item(bench.screen.view.contentItem(), f"tap:{('accept', 'dismiss', 'out_of_stock')[turn % 3]}")
        assert item is not None
        at = item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()
        colour, began = item.property("color"), time.perf_counter()
        # Neither with the object's end nor in `commit` are events processed: the frame would be drawn before it is waited for.
        QTest.touchEvent(bench.screen.view, finger, False).press(0, at).commit(False)
        took.append((bench.next_frame() - began) * 1000)
        assert item.property("color") != colour
        away = QPoint(20, 300)
        QTest.touchEvent(bench.screen.view, finger).move(0, away).commit()
        QTest.touchEvent(bench.screen.view, finger).release(0, away).commit()
        bench.rest(20)
    return {"ms": took[10:]}


def motion(bench: Bench, number: int) -> dict[str, object]:
    """Frames a second and share of one core while cards slide in; then how many frames a face at rest draws."""
    fps, cpu, longest = [], [], []
    for turn in range(number):
        bench.rest(400)
        bench.frames.clear()
        began, worked = time.perf_counter(), time.process_time()
        bench.show(**bench.cards(turn + 1))
        while time.perf_counter() - began < 0.3:
            bench.rest(10)
            if bench.frames and time.perf_counter() - bench.frames[-1] > 0.06:
                break
        lasted = bench.frames[-1] - began
        # On a machine that has no time for it a slide is one frame, its last.
        fps.append((len(bench.frames) - 1) / (bench.frames[-1] - bench.frames[0]) if len(bench.frames) > 1 else 1 / lasted)
        cpu.append(100 * (bench.worked - worked) / lasted)
        longest.append(1000 * lasted)
    bench.rest(1000)
    frames, busy = zip(*(_five_seconds(bench) for _ in range(RESTS)), strict=True)
    return {"fps": fps, "cpu": cpu, "ms": longest, "rest_frames": frames, "rest_cpu": busy}


def _five_seconds(bench: Bench) -> tuple[int, float]:
    """Frames drawn while nothing changes but that the daemon beats, and the share of one core.

    The step of a pixel that the face makes once a minute (`kiosk_ui.rest`) draws one that is meant; it is not counted.
    """
    face = bench.screen.face
    stood = face.property("driftX"), face.property("driftY")
    bench.frames.clear()
    worked = time.process_time()
    for _ in range(5):
        bench.rest(1000)
    meant = (face.property("driftX"), face.property("driftY")) != stood
    return len(bench.frames) - meant, 20 * (time.process_time() - worked)


def _rung_up(bench: Bench, update: int) -> None:
    match update % SALE:
        case 17:
            bench.show(stage=Stage.PAYMENT, cards=())
        case 18:
            bench.show(stage=Stage.THANKS, cards=())
        case 19:
            bench.show(stage=Stage.IDLE, cards=(), lines=(), total=0)
        case turn:
            bench.show(total=update, lines=bench.first.lines[: 1 + turn % 6], **bench.cards(update // 4))


def references() -> list[int]:
    """To True and to None, once nothing waits to be collected."""
    gc.collect()
    return [sys.getrefcount(True), sys.getrefcount(None)]


def soak(bench: Bench, number: int) -> dict[str, object]:
    """Sale after sale: lines and total change, in every fourth update all three cards, then it is paid and the next begins.

    Each update waits for its frame. What is kept of it is bounded, so that what grows is the face. The window is small: pixels
    cost time and leave nothing behind.
    """
    number -= number % SALE
    pid, rss, took = os.getpid(), [], []
    counts = references()
    for update in range(number):
        began = time.perf_counter()
        _rung_up(bench, update)
        swapped = bench.next_frame()
        if update % max(1, number // 2000) == 0:
            took.append((swapped - began) * 1000)
        if update % max(1, number // 400) == 0:
            rss.append(figures.rss_mib(pid))
        if update % max(10_000, number // 10) == 0:
            print(f"after {update} updates: RSS {figures.rss_mib(pid):.1f} MiB", file=sys.stderr, flush=True)
        if len(bench.frames) > 500:
            bench.frames.clear()
        # Between two sales, as it is at the end: what a basket holds is no drift.
        if update % SALE == SALE - 1 and update <= max(SALE, number // 10):
            counts = references()
    drift = [now - then for now, then in zip(references(), counts, strict=True)]
    return {"rss": rss, "ms": took, "drift": drift}


PARTS = {
    "price": (price, FaceKind.CUSTOMER, (1920, 1080)),
    "press": (press, FaceKind.CASHIER, (1024, 768)),
    "motion": (motion, FaceKind.CUSTOMER, (1920, 1080)),
    "soak": (soak, FaceKind.CUSTOMER, (1024, 600)),
}


def main() -> None:
    part, folder, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if part == "emits":
        print(msgspec.json.encode(ring(number)).decode())
        return
    keep_small()
    app = QGuiApplication(["bench"])
    measure, kind, size = PARTS[part]
    bench = Bench(kind, folder, size)
    said = measure(bench, number)
    bench.screen.close()
    app.processEvents()
    print(msgspec.json.encode(said | {"warnings": bench.warnings}).decode())
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
