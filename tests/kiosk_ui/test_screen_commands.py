"""The face as a program: started, told what to do on standard input, ended by a signal."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from fakes.daemon_link import DaemonLink
from fakes.face_program import BARE, SLIP_SECONDS, Face
from fakes.patience import until
from fakes.program import Program, completed, tillside
from fakes.shop_words import CARDS, card, snapshot

from device.screen_link import Painted
from kiosk_ui.commands import default_socket, screen, system_language
from kiosk_ui.formats import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def daemon(socket_path: Path) -> Iterator[DaemonLink]:
    with DaemonLink(socket_path) as link:
        link.greet_with(snapshot(3))
        yield link


@pytest.fixture
def face(tmp_path: Path, socket_path: Path) -> Iterator[Callable[..., Face]]:
    with contextlib.ExitStack() as running:
        yield lambda kind, *options: running.enter_context(Face(kind, socket_path, tmp_path / "log", *options))


def test_a_hand_on_the_cashier_face(daemon: DaemonLink, face: Callable[..., Face], tmp_path: Path) -> None:
    hand = face("cashier")
    state = hand.until(stage="basket", connected=True)
    cards = ["1001", "1002", "1003"]
    assert state == {"stage": "basket", "seq": 3, "run": "run-a", "cards": cards, "connected": True, "total": "₽286.80"}
    time.sleep(SLIP_SECONDS)
    assert hand.tap("undo") == (False, "")
    # Both in one go: the second finger comes down the moment the first is up, however slow the machine.
    alternate, slip = hand.ask({"tap": "alternate"}, {"tap": "accept"})
    assert alternate == {"tapped": "alternate", "hit": True, "sku": "1002"}
    assert slip == {"tapped": "accept", "hit": False, "sku": "1002"}
    time.sleep(SLIP_SECONDS)
    assert hand.tap("accept") == (True, "1002")
    acts = until(daemon.acts, what="the act")
    assert [act.suggestion_id for act in acts] == ["s2"]
    picture = tmp_path / "face.png"
    assert hand.ask({"grab": str(picture)}) == [{"grabbed": str(picture)}]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "error" in hand.ask({"grab": str(tmp_path / "none" / "face.png")})[0]
    for nonsense in ("nonsense", "{}", '{"tap": "everything"}', '{"tap": "accept", "quit": true}', "[" * 3000, '{"quit": false}'):
        assert list(hand.ask(nonsense)[0]) == ["error"], nonsense
    assert list(hand.ask("x" * 70_000)[0]) == ["error"]
    daemon.say(snapshot(4, cards=CARDS[:1]))
    hand.until(seq=4, cards=["1001"])
    assert hand.ask({"quit": True}) == [{"quit": True}]
    assert hand.status() == (0, "")


def test_the_end_of_standard_input_ends_nothing_and_sigterm_does(daemon: DaemonLink, face: Callable[..., Face]) -> None:
    shown = face("customer", "--theme", "dark", "--size", "1024x768")
    shown.until(stage="basket")
    shown.hush()
    daemon.say(snapshot(4, cards=(card(9),)))
    until(
        lambda: any(word.suggestion_ids == ("s9",) for word in daemon.of(Painted)),
        what="the new card on the glass",
        seen=lambda: daemon.of(Painted),
    )
    shown.terminate()
    assert shown.status() == (0, "")


def worked(program: Program) -> int:
    """Nanoseconds its main thread has had of a processor, which busy neighbours do not lengthen (proc_pid_schedstat)."""
    return int(Path(f"/proc/{program.pid}/schedstat").read_text().split()[0])


def test_sigterm_ends_a_face_with_little_work_so_that_a_busy_machine_ends_it_soon(
    daemon: DaemonLink, face: Callable[..., Face]
) -> None:
    shown = face("customer")
    shown.until(stage="basket")
    to_start = worked(shown)
    shown.terminate()
    # Left a zombie, so that its account can still be read.
    os.waitid(os.P_PID, shown.pid, os.WEXITED | os.WNOWAIT)
    to_end = worked(shown) - to_start
    assert shown.status() == (0, "")
    # 1 % of what it took to start; the interpreter's own way out takes 19 %.
    assert to_end < 0.06 * to_start


def test_sigint_ends_a_face_that_has_no_daemon(face: Callable[..., Face]) -> None:
    shown = face("cashier")
    assert shown.state()["connected"] is False
    shown.signal(signal.SIGINT)
    assert shown.status() == (0, "")


@pytest.mark.parametrize(("language", "total"), [("ru", "286,80\u00a0₽"), ("en", "₽286.80")])
def test_a_face_speaks_the_language_its_command_line_names(
    daemon: DaemonLink, face: Callable[..., Face], language: str, total: str
) -> None:
    shown = face("cashier", "--language", language)
    assert shown.until(stage="basket")["total"] == total
    shown.ask({"quit": True})
    assert shown.status() == (0, "")


@pytest.mark.parametrize("language", ["de", "RUSSIAN", "Language.RUSSIAN"])
def test_a_language_that_is_none_is_refused(language: str) -> None:
    done = CliRunner().invoke(screen, ["customer", "--language", language])
    assert done.exit_code == 2
    assert "'ru', 'en'" in done.output


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return completed(tillside("screen", *words), env=BARE | env)


def test_no_display_is_one_sentence() -> None:
    done = run("customer")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "--headless" in done.stderr


def test_a_display_that_nobody_serves_is_one_sentence() -> None:
    done = run("customer", DISPLAY=":4711")
    assert done.returncode == 1
    assert done.stderr == "tillside: no X server answers at DISPLAY=:4711: start one, correct DISPLAY, or use --headless\n"


def test_a_compositor_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = run("customer", QT_QPA_PLATFORM="wayland", XDG_RUNTIME_DIR=str(tmp_path), WAYLAND_DISPLAY="w-7")
    assert done.returncode == 1
    said = f"tillside: no Wayland compositor answers at {tmp_path}/w-7: start one, correct WAYLAND_DISPLAY, or use --headless\n"
    assert done.stderr == said


@pytest.mark.parametrize("wrong", [{"QT_QPA_PLATFORM": "nonsense"}, {"DISPLAY": "rubbish"}, {"DISPLAY": "127.0.0.1:4711"}])
def test_a_window_system_that_qt_cannot_use_is_one_sentence(wrong: dict[str, str]) -> None:
    done = run("customer", **wrong)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("tillside: Qt cannot open a window: ")
    assert "or use --headless" in done.stderr


def test_where_no_monitor_has_a_name_none_is_offered() -> None:
    done = run("cashier", "--headless", "--output", "HDMI-7")
    assert done.returncode == 1
    assert done.stderr == "tillside: there is no monitor HDMI-7: plug it in, or leave out --output, there is none with a name\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--size", "99999x600"), "100 to 16384 pixels"),
        (("--size", "000x600"), "100 to 16384 pixels"),
        (("--inches", "nan"), "is no number"),
        (("--distance", "nan"), "is no number"),
    ],
)
def test_a_measure_that_no_screen_has_is_refused(words: tuple[str, str], said: str) -> None:
    done = CliRunner().invoke(screen, ["customer", *words])
    assert done.exit_code == 2
    assert said in done.output


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
    assert f"Example: tillside screen {kind} --" in done.output


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
