"""One tap on the thank-you, all the way, through real programs: a till, the daemon, the monitor, the broker, headquarters."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import msgspec
from fakes.device_daemon import Register
from fakes.device_till import wire
from fakes.face_program import SLIP_SECONDS, Face
from fakes.headquarters import free_port, mosquitto, serving
from fakes.patience import until
from fakes.program import completed, tillside

from kiosk_ui.state import SECOND_TAP_MS
from sync import outbox, publish


def test_the_last_tap_of_a_shopper_arrives_at_headquarters_behind_its_receipt(tmp_path: Path) -> None:
    port = free_port()
    settings = f'[screens]\nrating = "faces"\n[sync]\nhost = "127.0.0.1"\nport = {port}\n'
    publish.init(tmp_path / "headquarters")
    with Register(tmp_path, extra=settings).start() as register, mosquitto(tmp_path / "broker", port):
        with register.till() as till, Face("customer", register.socket, tmp_path / "face.log") as face:
            face.until(connected=True, stage="idle")
            till.sendall(wire("a", 1, "bread"))
            face.until(stage="basket")
            assert face.tap("rate", 3) == (False, ""), "there is nothing to rate before it is over"
            # The thanks wait for nobody, so not for a busy machine either: then the next shopper is in time.
            kept = next(score for number in range(20) if (score := rate(register, till, face, f"a{number}")) is not None)
            assert kept == 3
            till.sendall(wire("b", 1, "tea"))
            face.until(stage="basket")
            assert face.tap("rate", 2) == (False, ""), "the next sale has begun"
        said = ratings(register)
        with serving(tmp_path / "headquarters", port):
            done = completed(tillside("sync", "run", "--settings", register.settings, "--once"))
            assert (done.returncode, done.stderr) == (0, "")
            told = completed(tillside("headquarters", "status", "--dir", tmp_path / "headquarters", "--json"))
        (at_headquarters,) = msgspec.json.decode(told.stdout)["registers"]
        whole = {"device": "register-1", "scale": "faces", "count": len(said), "total": sum(one.score for one in said)}
        assert (at_headquarters["ratings"], at_headquarters["gaps"]) == ([whole], [])
        assert at_headquarters["receipts"] == len(register.kept())


def rate(register: Register, till: socket.socket, face: Face, sale: str) -> int | None:
    """Two taps on the thanks for a sale, first sad and then glad: what is kept of them; None when they were over too soon."""
    till.sendall(wire(sale, 1, "bread") + wire(sale, 2, "bread", state="closed", paid=[{"means": "cash", "amount": 10000}]))
    face.until(stage="thanks")
    before = len(ratings(register))
    time.sleep(SLIP_SECONDS)
    if not face.tap("rate", 1)[0]:
        return None
    time.sleep(SECOND_TAP_MS / 1000)
    if not face.tap("rate", 3)[0]:
        return None
    until(lambda: [one.score for one in ratings(register)[before:]] == [3], what="the last tap", seen=lambda: ratings(register))
    return ratings(register)[-1].score


class Rated(msgspec.Struct):
    score: int


def ratings(register: Register) -> list[Rated]:
    """What waits for headquarters beside the receipts."""
    edge_db = register.state / "edge.db"
    return [
        msgspec.json.decode(entry.body, type=Rated)
        for epoch in outbox.epochs(edge_db)
        for entry in outbox.after(edge_db, epoch, 0)
        if entry.of is not None
    ]
