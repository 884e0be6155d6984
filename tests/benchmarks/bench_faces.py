"""The faces as a shopper and a cashier wait for them: from exec to the first picture, and from a line on the socket to the glass.

The daemon's end is played here; a face says `painted` when a frame with that snapshot was handed to the window system. Pictures
are those of the sample grocery, real SVG. The window is in memory, the renderer is that of a register without a graphics card.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import figures
import msgspec

from device.demo.programs import Program, tillside
from device.screen_link import BasketLine, Beat, Card, Painted, Reason, ReasonKind, Snapshot, Stage, decode_from_screen, encode
from model_export.sample.grocery import Good, goods
from model_export.sample.pictures import picture

STARTS = 15
CHANGES = 400
WARM_UP = 30
SIZES = {"customer": "1920x1080", "cashier": "1024x768"}


class Running:
    """A face in a process of its own, and the daemon's end of its socket."""

    def __init__(self, kind: str, folder: Path, first: Snapshot) -> None:
        self._rest = b""
        path = folder / f"{kind}.sock"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            server.settimeout(30)
            words = ("screen", kind, "--size", SIZES[kind], "--socket", str(path), "--headless", "--language", "en")
            began = time.perf_counter()
            self.program = Program(kind, tillside(*words), folder / f"{kind}.log")
            self._peer, _ = server.accept()
        self._peer.settimeout(30)
        self._peer.sendall(encode(first))
        self.painted(first.seq)
        self.start_ms = (time.perf_counter() - began) * 1000

    def painted(self, seq: int) -> None:
        while True:
            *lines, self._rest = (self._rest + self._peer.recv(65_536)).split(b"\n")
            if any(isinstance(word, Painted) and word.seq == seq for word in map(decode_from_screen, lines)):
                return

    def show(self, word: Snapshot) -> float:
        """Milliseconds until it is painted."""
        began = time.perf_counter()
        self._peer.sendall(encode(word))
        self.painted(word.seq)
        return (time.perf_counter() - began) * 1000

    def beat(self, word: Snapshot) -> None:
        self._peer.sendall(encode(Beat(word.run, word.seq)))

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
    return Snapshot("bench", 1, "1", Stage.BASKET, "RUB", 84_270, lines, cards, str(pictures))


def changes(face: Running, first: Snapshot, sets: Sequence[tuple[Good, ...]], kind: str) -> None:
    """One thing at a time, with a pause between in which the face is at rest."""
    seq = first.seq
    totals: list[float] = []
    for number in range(WARM_UP + CHANGES):
        seq += 1
        totals.append(face.show(msgspec.structs.replace(first, seq=seq, total=10_000 + number)))
        time.sleep(0.01)
    figures.row(f"{kind}: total changed, socket to painted", totals[WARM_UP:], "ms")
    for what, chosen in (("seen before", sets[:4]), ("never or long not seen", sets)):
        swaps: list[float] = []
        for number in range(WARM_UP + CHANGES):
            seq += 1
            cards = tuple(card(good) for good in chosen[number % len(chosen)])
            swaps.append(face.show(msgspec.structs.replace(first, seq=seq, cards=cards)))
            time.sleep(0.03)
        figures.row(f"{kind}: 3 cards replaced, pictures {what}", swaps[WARM_UP:], "ms")
    face.beat(first)


def main() -> None:
    figures.load()
    shelf = goods()
    sets = [tuple(shelf[place : place + 3]) for place in range(0, len(shelf) - 2, 3)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = folder / "pictures"
        pictures.mkdir()
        for good in shelf:
            (pictures / good.picture).write_text(picture(good))
        first = sale(pictures, shelf)
        for kind in SIZES:
            took = []
            for _ in range(STARTS):
                face = Running(kind, folder, first)
                took.append(face.start_ms)
                face.close()
            figures.row(f"{kind}: exec to a basket with 3 pictures painted", took, "ms")
        faces = {kind: Running(kind, folder, first) for kind in SIZES}
        for kind in sys.argv[1:] or SIZES:
            changes(faces[kind], first, sets, kind)
        for kind, face in faces.items():
            pid = face.program.process.pid
            rss, pss = figures.rss_mib(pid), figures.pss_mib(pid)
            figures.note(f"{kind + ': memory afterwards, both running':58} RSS {rss:6.1f}  PSS {pss:6.1f}  MiB")
        for face in faces.values():
            face.close()
    figures.load()


if __name__ == "__main__":
    main()
