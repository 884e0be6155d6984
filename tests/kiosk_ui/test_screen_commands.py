"""The face as a program: started, told what to do on standard input, ended by a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from fakes.daemon_link import DaemonLink
from fakes.shop_words import CARDS, card, snapshot

from kiosk_ui.commands import default_socket, screen, system_language
from kiosk_ui.formats import Language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = "from device.commands import main; main()"
BARE = {name: value for name, value in os.environ.items() if name not in {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}}


class Program:
    """One face in a process of its own."""

    def __init__(self, kind: str, socket: Path, *options: str) -> None:
        self.child = subprocess.Popen(
            [
                *(sys.executable, "-c", RUN, "screen", kind, "--socket", str(socket)),
                *("--headless", "--remote", "--language", "en", *options),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=BARE,
        )

    def ask(self, command: object) -> dict[str, Any]:
        line = command if isinstance(command, str) else json.dumps(command)
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def until(self, **facts: object) -> dict[str, Any]:
        for _ in range(200):
            state = self.ask({"state": True})
            if all(state[name] == value for name, value in facts.items()):
                return state
            time.sleep(0.02)
        raise AssertionError(state)

    def end(self) -> tuple[int, str]:
        _, errors = self.child.communicate(timeout=10)
        return self.child.returncode, errors


@pytest.fixture
def daemon(socket_path: Path) -> Iterator[DaemonLink]:
    with DaemonLink(socket_path) as link:
        link.greet_with(snapshot(3))
        yield link


def test_a_hand_on_the_cashier_face(daemon: DaemonLink, tmp_path: Path) -> None:
    face = Program("cashier", daemon.path)
    state = face.until(stage="basket")
    cards = ["1001", "1002", "1003"]
    assert state == {"stage": "basket", "seq": 3, "run": "run-a", "cards": cards, "connected": True, "total": "₽286.80"}
    time.sleep(0.35)
    assert face.ask({"tap": "undo"}) == {"tapped": "undo", "hit": False, "sku": ""}
    assert face.ask({"tap": "alternate"}) == {"tapped": "alternate", "hit": True, "sku": "1002"}
    assert face.ask({"tap": "accept"}) == {"tapped": "accept", "hit": False, "sku": "1002"}  # a slip: too soon
    time.sleep(0.35)
    assert face.ask({"tap": "accept"}) == {"tapped": "accept", "hit": True, "sku": "1002"}
    assert [act.suggestion_id for act in daemon.acts()] == ["s2"]
    picture = tmp_path / "face.png"
    assert face.ask({"grab": str(picture)}) == {"grabbed": str(picture)}
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "error" in face.ask({"grab": str(tmp_path / "none" / "face.png")})
    for nonsense in ("nonsense", "{}", '{"tap": "everything"}', '{"tap": "accept", "quit": true}', "[" * 3000, '{"quit": false}'):
        assert list(face.ask(nonsense)) == ["error"], nonsense
    assert list(face.ask("x" * 70_000)) == ["error"]
    daemon.say(snapshot(4, cards=CARDS[:1]))
    face.until(seq=4, cards=["1001"])
    assert face.ask({"quit": True}) == {"quit": True}
    assert face.end() == (0, "")


def test_the_end_of_standard_input_ends_nothing_and_sigterm_does(daemon: DaemonLink) -> None:
    face = Program("customer", daemon.path, "--theme", "dark", "--size", "1024x768")
    face.until(stage="basket")
    face.child.stdin.close()
    face.child.stdin = None
    daemon.say(snapshot(4, cards=(card(9),)))
    seen = time.monotonic() + 10
    while not any(getattr(word, "suggestion_ids", ()) == ("s9",) for word in list(daemon.heard.queue)):
        assert time.monotonic() < seen
        time.sleep(0.02)
    face.child.send_signal(signal.SIGTERM)
    assert face.end() == (0, "")


def test_sigterm_ends_a_face_soon_among_busy_neighbours(daemon: DaemonLink) -> None:
    face = Program("customer", daemon.path)
    face.until(stage="basket")
    neighbours = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(6)]
    try:
        face.child.send_signal(signal.SIGTERM)
        face.child.wait(2)
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()
    assert face.end() == (0, "")


def test_sigint_ends_a_face_that_has_no_daemon(socket_path: Path) -> None:
    face = Program("cashier", socket_path)
    assert face.ask({"state": True})["connected"] is False
    face.child.send_signal(signal.SIGINT)
    assert face.end() == (0, "")


@pytest.mark.parametrize(("language", "total"), [("ru", "286,80\u00a0₽"), ("en", "₽286.80")])
def test_a_face_speaks_the_language_its_command_line_names(daemon: DaemonLink, language: str, total: str) -> None:
    face = Program("cashier", daemon.path, "--language", language)
    face.until(stage="basket")
    assert face.ask({"state": True})["total"] == total
    face.ask({"quit": True})
    assert face.end() == (0, "")


@pytest.mark.parametrize("language", ["de", "RUSSIAN", "Language.RUSSIAN"])
def test_a_language_that_is_none_is_refused(language: str) -> None:
    done = CliRunner().invoke(screen, ["customer", "--language", language])
    assert done.exit_code == 2
    assert "'ru', 'en'" in done.output


def run(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, "screen", *words], capture_output=True, text=True, env=env or BARE, timeout=20, check=False
    )


def test_no_display_is_one_sentence() -> None:
    done = run("customer")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "--headless" in done.stderr


def test_a_display_that_nobody_serves_is_one_sentence() -> None:
    command = [sys.executable, "-c", RUN, "screen", "customer"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=BARE | {"DISPLAY": ":4711"}, check=False)
    assert done.returncode == 1
    assert done.stderr == "tillside: no X server answers at DISPLAY=:4711: start one, correct DISPLAY, or use --headless\n"


def test_missing_fonts_are_one_sentence(tmp_path: Path) -> None:
    done = run("customer", "--headless", "--fonts", str(tmp_path))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "fonts-inter" in done.stderr


@pytest.mark.parametrize("size", ["big", "10x10", "1024", "-5x5"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    done = CliRunner().invoke(screen, ["customer", "--size", size])
    assert done.exit_code == 2
    assert "1024x768" in done.output


@pytest.mark.parametrize("kind", ["customer", "cashier"])
def test_help_has_an_example(kind: str) -> None:
    done = CliRunner().invoke(screen, [kind, "--help"])
    assert done.exit_code == 0
    assert f"tillside screen {kind} --size" in done.output


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert str(default_socket()) == "/run/user/7/tillside/screens.sock"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert str(default_socket()) == "/run/tillside/screens.sock"
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    assert system_language() is Language.RUSSIAN
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert system_language() is Language.ENGLISH


def test_the_command_line_alone_imports_no_qt() -> None:
    code = "import sys, kiosk_ui.commands; print(any(name.startswith('PySide6') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_a_face_loads_nothing_heavy() -> None:
    code = "import sys, kiosk_ui.app; print(*sorted({name for name in sys.modules if name.startswith('PySide6.')}), *sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=BARE).stdout.split()
    )
    qt = {name for name in loaded if name.startswith("PySide6.Qt")}
    assert qt <= {f"PySide6.{name}" for name in ("QtCore", "QtGui", "QtQml", "QtQuick", "QtNetwork", "QtOpenGL")}
    for heavy in ("numpy", "onnxruntime", "PySide6.QtWidgets", "PySide6.QtTest", "asyncio", "hypothesis", "sqlite3"):
        assert heavy not in loaded


SIGNALS = """
import sys
from PySide6.QtCore import QAbstractListModel, QObject, Signal

class Bell(QObject):
    rung = Signal(bool)

class Rows(QAbstractListModel):
    def rowCount(self, parent=None):
        return 1
    def data(self, index, role=0):
        return None

bell, rows = Bell(), Rows()
bell.rung.connect(lambda value: None)
def work():
    bell.rung.emit(True)
    rows.beginResetModel()
    rows.endResetModel()
    rows.data(rows.index(0))
for _ in range(100):
    work()
before = sys.getrefcount(True), sys.getrefcount(None)
for _ in range(2000):
    work()
after = sys.getrefcount(True), sys.getrefcount(None)
print(*(late - early for early, late in zip(before, after)))
"""


def test_a_signal_loses_no_reference_to_true_or_none() -> None:
    # PySide6 6.12.0 on Python 3.11 loses one with every signal and dies after some 500: hence the child.
    done = subprocess.run([sys.executable, "-c", SIGNALS], capture_output=True, text=True, check=False, env=BARE)
    assert done.returncode == 0, done.stderr
    assert all(abs(int(drift)) < 20 for drift in done.stdout.split()), done.stdout
