"""Beside a till's program on a real X server: its window keeps the keyboard, and the scanner types into it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.face_program import SLIP_SECONDS
from fakes.patience import until
from fakes.program import Program, completed, tillside
from fakes.shop_words import snapshot

from device.screen_link import FaceKind, Painted, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.daemon_link import DaemonLink

NEEDED = ("Xvfb", "xdotool", "xev", "xprop", "xwininfo")
CODE = "4607001771234"
pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in NEEDED), reason="xvfb, xdotool and x11-utils are not installed"
)


class Display:
    """A virtual X server, and a hand on its keyboard and its glass."""

    def __init__(self, tmp_path: Path) -> None:
        self._folder = tmp_path
        # Its own choice of a free number, and nobody else's: another test may run beside this one.
        self._server = Program(
            ("Xvfb", "-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"), tmp_path / "x.log", talks=True
        )
        self.name = f":{self._server.line().decode().strip()}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_QPA")} | {
            "DISPLAY": self.name,
            "QT_QPA_PLATFORM": "xcb",
        }
        self._programs = [self._server]

    def manage(self, manager: str) -> None:
        """A window that is there before its manager loses the keyboard when that takes over."""
        self.run(manager, "--sm-disable")
        until(lambda: "window id" in self._root("_NET_CLIENT_LIST"), what=manager)

    def run(self, *words: str | Path, log: str = "other.log") -> Program:
        self._programs.append(Program(words, self._folder / log, env=self.environment))
        return self._programs[-1]

    def do(self, *words: str) -> str:
        done: subprocess.CompletedProcess[str] = completed(("xdotool", *words), env=self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def shows(self, window: str) -> bool:
        return "IsViewable" in completed(("xwininfo", "-id", window), env=self.environment).stdout

    def _root(self, told: str) -> str:
        return completed(("xprop", "-root", told), env=self.environment).stdout

    def close(self) -> None:
        for program in reversed(self._programs):
            program.kill()
            program.end()


@pytest.fixture(params=["", pytest.param("openbox", marks=pytest.mark.skipif(not shutil.which("openbox"), reason="no openbox"))])
def display(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Display]:
    display = Display(tmp_path)
    try:
        if request.param:
            display.manage(request.param)
        yield display
    finally:
        display.close()


def till(display: Display) -> tuple[Program, str]:
    """The till's program: a window that has the keyboard and writes down each key."""
    program = display.run(
        "xev", "-name", "till", "-geometry", "1024x768+0+0", "-event", "keyboard", "-event", "focus", log="till.log"
    )
    window = until(lambda: display.do("search", "--sync", "--name", "^till$"), what="the till's window")
    # Asked again: a manager that is just taking over may miss the first time a window is to be shown.
    until(lambda: display.do("windowmap", window) == "" and display.shows(window), what="its glass")
    until(lambda: display.do("windowfocus", window, "getwindowfocus") == window, what="its keyboard")
    return program, window


def typed(program: Program) -> str:
    """What was typed into it so far."""
    return "".join(re.findall(r"KeyPress event.*?keysym 0x[0-9a-f]+, (\w+)\)", program.words(), re.DOTALL))


@pytest.mark.parametrize("kind", list(FaceKind))
def test_the_scanner_types_into_the_tills_window_whatever_the_face_does(
    display: Display, daemon: DaemonLink, socket_path: Path, kind: FaceKind
) -> None:
    program, window = till(display)
    daemon.greet_with(snapshot(1))
    face = display.run(*tillside("screen", kind, "--socket", socket_path, "--language", "en"), log="face.log")
    until(lambda: daemon.of(Painted), what="the face", seen=face.words)
    # It covers the till's window: the finger below lands on the face.
    shown = display.do("search", "--onlyvisible", "--name", "^Tillside$")
    assert display.shows(shown)
    assert display.do("getwindowgeometry", shown).splitlines()[1:] == ["  Position: 0,0 (screen: 0)", "  Geometry: 1024x768"]
    assert display.do("getwindowfocus") == window
    display.do("type", "--delay", "1", CODE)
    until(lambda: typed(program) == CODE, what="the code", seen=lambda: typed(program))

    # Snapshots and fingers change nothing of that.
    daemon.say(snapshot(2, total=5))
    until(lambda: any(word.seq == 2 for word in daemon.of(Painted)), what="the next snapshot")
    until(lambda: display.do("mousemove", "900", "700", "sleep", f"{SLIP_SECONDS}", "click", "1") == "", what="a click")
    if kind is FaceKind.CASHIER:
        until(lambda: [act.verb for act in daemon.acts()] == [Verb.ACCEPT], what="the act", seen=daemon.acts)
    assert display.do("getwindowfocus") == window
    display.do("type", "--delay", "1", CODE)
    until(lambda: typed(program) == 2 * CODE, what="the code again", seen=lambda: typed(program))
    assert "FocusOut" not in program.words().split(CODE[0])[-1]
    face.terminate()
    assert (face.wait(), face.words()) == (0, "")


def test_a_face_takes_the_whole_of_the_monitor_it_belongs_to_and_no_other(
    display: Display, daemon: DaemonLink, socket_path: Path
) -> None:
    common = ("screen", "customer", "--socket", str(socket_path), "--language", "en", "--output")
    missing = display.run(*tillside(*common, "HDMI-7"), log="missing.log")
    assert missing.wait() == 1
    assert missing.words() == "tillside: there is no monitor HDMI-7: plug it in, or name one of screen with --output\n"
    daemon.greet_with(snapshot(1))
    face = display.run(*tillside(*common, "screen"), log="face.log")
    until(lambda: daemon.of(Painted), what="the face", seen=face.words)
    shown = display.do("search", "--onlyvisible", "--name", "^Tillside$")
    assert "1024x768" in display.do("getwindowgeometry", shown)


@pytest.mark.parametrize("display", [""], indirect=True)
@pytest.mark.parametrize(
    ("dock", "place", "size"), [("bottom", "0,568", "1024x200"), ("left", "0,0", "360x768"), ("right", "664,0", "360x768")]
)
def test_a_docked_face_leaves_the_till_its_keyboard_and_the_rest_of_the_screen(
    display: Display, daemon: DaemonLink, socket_path: Path, dock: str, place: str, size: str
) -> None:
    program, window = till(display)
    daemon.greet_with(snapshot(1))
    face = display.run(
        *tillside("screen", "cashier", "--socket", socket_path, "--language", "en", "--dock", dock), log="face.log"
    )
    until(lambda: daemon.of(Painted), what="the face", seen=face.words)
    shown = display.do("search", "--onlyvisible", "--name", "^Tillside$")
    where = display.do("getwindowgeometry", shown).splitlines()[1:]
    assert where == [f"  Position: {place} (screen: 0)", f"  Geometry: {size}"]
    assert display.do("getwindowfocus") == window
    display.do("type", "--delay", "1", CODE)
    until(lambda: typed(program) == CODE, what="the code", seen=lambda: typed(program))
    face.terminate()
    assert (face.wait(), face.words()) == (0, "")
