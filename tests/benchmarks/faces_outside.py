"""A face as a program, and the daemon's end of its socket: what is measured from outside."""

from __future__ import annotations

import socket
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import figures
import msgspec
from faces_targets import CARDS_P50, CARDS_P99, COLD, PSS_BOTH, PSS_ONE, RESPAWN, START, Ledger
from fakes.daemon_link import DaemonLink
from fakes.program import TILLSIDE, completed
from fakes.user_manager import UserManager, unavailable

from device.demo.programs import Program, tillside
from device.screen_link import (
    BasketLine,
    Beat,
    Card,
    FromDaemon,
    FromScreen,
    Painted,
    Reason,
    ReasonKind,
    Snapshot,
    Stage,
    decode_from_screen,
    encode,
)
from kiosk_ui.state import THANKS_MS
from model_export.sample.grocery import Good, goods
from model_export.sample.pictures import picture

CHANGES = 1000
WARM_UP = 30
SIZES = {"customer": "1920x1080", "cashier": "1024x768"}
INSTALL = Path(__file__).parents[2] / "packaging" / "kiosk" / "install"
DROP_CACHES = Path("/proc/sys/vm/drop_caches")


class Running:
    """A face in a process of its own, and the daemon's end of its socket."""

    def __init__(self, kind: str, folder: Path, first: Snapshot, *, remote: bool = False) -> None:
        self._rest = b""
        path = folder / f"{kind}.sock"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            server.settimeout(60)
            words = ("screen", kind, "--size", SIZES[kind], "--socket", str(path), "--headless", "--language", "en")
            words += ("--remote",) if remote else ()
            began = time.perf_counter()
            self.program = Program(kind, tillside(*words), folder / f"{kind}.log", talks=remote)
            self._peer, _ = server.accept()
        self._peer.settimeout(60)
        self.told(first)
        self.painted(first.seq)
        self.start_ms = (time.perf_counter() - began) * 1000
        self.start_worked_ms = figures.worked_ms(self.program.process.pid)

    def painted(self, seq: int) -> Painted:
        return self.says(lambda word: isinstance(word, Painted) and word.seq == seq)

    def says(self, wanted: Callable[[FromScreen], bool]) -> Any:
        """The next word that is wanted; others are passed over."""
        while True:
            *lines, self._rest = (self._rest + self._peer.recv(65_536)).split(b"\n")
            for word in map(decode_from_screen, lines):
                if wanted(word):
                    return word

    def told(self, *words: FromDaemon) -> None:
        self._peer.sendall(b"".join(map(encode, words)))

    def show(self, word: Snapshot) -> float:
        """Milliseconds until it is painted."""
        began = time.perf_counter()
        self.told(word)
        self.painted(word.seq)
        return (time.perf_counter() - began) * 1000

    def command(self, line: bytes) -> None:
        """To the remote control; its answers stay unread, for there is room for thousands."""
        assert self.program.process.stdin is not None
        self.program.process.stdin.write(line)
        self.program.process.stdin.flush()

    def beat(self, word: Snapshot) -> None:
        self.told(Beat(word.run, word.seq))

    def close(self) -> None:
        self.program.stop()
        self._peer.close()


def card(good: Good) -> Card:
    words = {"ru": good.short_ru, "en": good.short_en}
    return Card(
        suggestion_id=good.sku,
        sku=good.sku,
        names={"ru": good.name_ru, "en": good.name_en},
        price=good.unit_price,
        reason=Reason(ReasonKind.GOES_WITH, (words,), (words,)),
        unit=good.unit,
        net=good.net,
        net_unit=good.net_unit,
        picture=good.picture,
        department=good.department,
        barcode=good.barcode,
    )


def sale(pictures: Path, shelf: Sequence[Good]) -> Snapshot:
    lines = tuple(
        BasketLine(number, {"en": good.name_en}, 1000, good.unit, good.unit_price, good.unit_price)
        for number, good in enumerate(shelf[-6:])
    )
    cards = tuple(card(good) for good in shelf[:3])
    return Snapshot("bench", 1, "1", Stage.BASKET, "RUB", 84_270, lines=lines, cards=cards, pictures=str(pictures))


def laid_out(folder: Path) -> tuple[Snapshot, list[tuple[Good, ...]]]:
    """A basket with three cards, and the sets of three that may replace them; the pictures are drawn into `folder`."""
    shelf = goods()
    pictures = folder / "pictures"
    pictures.mkdir()
    for good in shelf:
        (pictures / good.picture).write_text(picture(good))
    return sale(pictures, shelf), [tuple(shelf[place : place + 3]) for place in range(0, len(shelf) - 2, 3)]


def starts(ledger: Ledger, folder: Path, first: Snapshot, number: int) -> None:
    for kind in SIZES:
        warm, worked = zip(*[_start(kind, folder, first) for _ in range(number + 1)][1:], strict=True)
        ledger.row(f"{kind}: exec to a basket with 3 pictures painted, warm", warm, "ms", p50=START)
        ledger.row(f"{kind}: processor time of that start", worked, "ms")
    cold = []
    for _ in range(number):
        try:
            DROP_CACHES.write_text("1")
        except OSError as error:
            print(f"cold starts were not measured: the page cache cannot be dropped here ({error})")
            return
        cold.append(_start("customer", folder, first)[0])
    ledger.row("customer: the same, cold page cache", cold, "ms", max=COLD)


def _start(kind: str, folder: Path, first: Snapshot) -> tuple[float, float]:
    face = Running(kind, folder, first)
    face.close()
    return face.start_ms, face.start_worked_ms


def respawns(ledger: Ledger, folder: Path, first: Snapshot, times: int) -> None:
    """Under systemd itself, with the units as installed: their second of RestartSec is in it."""
    if why := unavailable():
        print(f"respawns were not measured: {why}")
        return
    unit = "tillside-screen@customer.service"
    words = ("--user", "till", "--program", str(TILLSIDE), "--customer", "any", "--root", str(folder / "root"))
    completed((INSTALL, *words))
    home = folder / "root/home/till"
    (home / ".config/tillside/screen-customer.env").write_text("OPTIONS=--headless --size 1920x1080\n")
    runtime = folder / "run"
    (runtime / "tillside").mkdir(parents=True)
    took = []
    with DaemonLink(runtime / "tillside" / "screens.sock") as daemon:
        daemon.greet_with(first)
        with UserManager(home, runtime, folder / "systemd.log") as manager:
            manager.control("start", unit)
            for number in range(times):
                _wait_for_paint(daemon, number + 1)
                began = time.perf_counter()
                manager.kill(unit, "KILL")
                _wait_for_paint(daemon, number + 2)
                took.append((time.perf_counter() - began) * 1000)
            manager.control("stop", unit)
    ledger.row("customer: kill -9 to the last basket visible, under systemd", took, "ms", max=RESPAWN)


def _wait_for_paint(daemon: DaemonLink, times: int) -> None:
    end = time.monotonic() + 60
    while len(daemon.of(Painted)) < times:
        if time.monotonic() > end:
            raise TimeoutError(f"paint {times} of the basket did not come within a minute")
        time.sleep(0.001)


def memory(ledger: Ledger, folder: Path, first: Snapshot, sets: Sequence[tuple[Good, ...]], times: int) -> None:
    """One face alone through the stages of a sale, `times` processes one after the other, a second at rest in each stage.

    Between sales once more after many sets of cards.
    """
    over = {"stage": Stage.IDLE, "cards": (), "lines": (), "total": 0}
    many = [("", {"cards": tuple(map(card, chosen))}) for chosen in sets]
    stages = [
        ("with 3 cards", {}),
        ("paying", {"stage": Stage.PAYMENT, "cards": ()}),
        ("thanking", {"stage": Stage.THANKS, "cards": ()}),
        ("between sales", over),
        *many,
        ("with 3 cards, after many others", {}),
        ("between sales, after many cards", over),
    ]
    for kind in SIZES:
        shares = defaultdict[str, list[float]](list)
        for _ in range(times):
            face = Running(kind, folder, first)
            for number, (what, facts) in enumerate(stages):
                word = msgspec.structs.replace(first, seq=first.seq + 1 + number, **facts)
                face.show(word)
                if what:
                    for _ in range(2 + THANKS_MS // 1000 if facts is over else 1):
                        face.beat(word)
                        time.sleep(1)
                    shares[what].append(figures.pss_mib(face.program.process.pid))
            face.close()
        for what, samples in shares.items():
            ledger.row(f"{kind}: PSS {what}", samples, "MiB", max=PSS_ONE)


def changes(ledger: Ledger, folder: Path, first: Snapshot, sets: Sequence[tuple[Good, ...]], times: int) -> None:
    """One thing at a time, with a pause between in which the face is at rest; then the memory of both faces.

    Three sets of pictures are as many as a face keeps on a screen of that size.
    """
    for kind in SIZES:
        alone = []
        for _ in range(times):
            face = Running(kind, folder, first)
            time.sleep(1)
            alone.append(figures.pss_mib(face.program.process.pid))
            face.close()
        said = "other programs of this Python share with it"
        ledger.row(f"{kind}: PSS, this face alone", alone, "MiB", said=said, max=PSS_ONE)
    faces = {kind: Running(kind, folder, first) for kind in SIZES}
    for kind, face in faces.items():
        seq = first.seq
        for what, chosen in (
            ("total changed", ()),
            ("3 cards replaced, pictures seen before", sets[:3]),
            ("3 cards replaced, pictures new", sets),
        ):
            took = []
            worked = figures.worked_ms(face.program.process.pid)
            for number in range(WARM_UP + CHANGES):
                seq += 1
                facts = {"cards": tuple(map(card, chosen[number % len(chosen)]))} if chosen else {"total": 10_000 + number}
                took.append(face.show(msgspec.structs.replace(first, seq=seq, **facts)))
                time.sleep(0.01)
            worked = (figures.worked_ms(face.program.process.pid) - worked) / len(took)
            limits = {"p50": CARDS_P50, "p99": CARDS_P99} if chosen else {"p50": None}
            ledger.row(f"{kind}: {what}, socket to painted", took[WARM_UP:], "ms", **limits)
            ledger.figure(f"{kind}: {what}, processor time of one", worked, "ms", said="with the slide after it")
        face.beat(first)
    shares = {kind: figures.pss_mib(face.program.process.pid) for kind, face in faces.items()}
    for kind, share in shares.items():
        ledger.figure(f"{kind}: PSS after all that, both faces running", share, "MiB", PSS_ONE)
    ledger.figure("PSS of both faces", sum(shares.values()), "MiB", PSS_BOTH)
    for face in faces.values():
        face.close()
