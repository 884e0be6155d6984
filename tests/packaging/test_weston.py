"""The Wayland session as installed, weston on a virtual X server: systemd starts the face, which takes all of its output.

weston's own backend without a monitor will not do: version 10 never tells a client there that its frame was shown.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from fakes.daemon_link import DaemonLink
from fakes.patience import until
from fakes.program import TILLSIDE, Program, completed
from fakes.shop_words import snapshot
from fakes.user_manager import UserManager, unavailable

from device.screen_link import Painted

KIOSK = Path(__file__).parents[2] / "packaging" / "kiosk"
FACE = "tillside-screen@customer.service"
OUTPUT = "screen0"
"""What weston calls its window on an X server."""


def asks_again(folder: Path) -> Path:
    """`systemctl` for a manager that lives in a namespace of its own, which now and then hangs up on who asks from outside."""
    told = shutil.which("systemctl")
    folder.mkdir()
    tool = folder / "systemctl"
    tool.write_text(
        f"""#!/bin/sh
until said=$({told} "$@" 2>&1); do
  case $said in *"endpoint is not connected"*) sleep 0.1 ;; *) echo "$said" >&2; exit 1 ;; esac
done
"""
    )
    tool.chmod(0o755)
    return folder


def session(root: Path, socket: Path) -> Path:
    """The home of a register with that session; where its scripts are is another place, and its face tells what it says."""
    words = ("--user", "till", "--program", str(TILLSIDE), "--root", str(root), "--customer", OUTPUT, "--session", "weston")
    assert completed((KIOSK / "install", *words)).returncode == 0
    home = root / "home/till"
    settings = home / ".config/tillside/weston.ini"
    faces = root / "usr/local/lib/tillside/faces"
    settings.write_text(settings.read_text().replace("path=/usr/local/lib/tillside/faces", f"path={faces}"))
    assert str(faces) in settings.read_text()
    (home / ".config/tillside/screen-customer.env").write_text(f"OPTIONS=--language en --socket {socket}\n")
    drop_in = home / ".config/systemd/user/tillside-screen@.service.d/told.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(f"[Service]\nEnvironment=WAYLAND_DEBUG=1\nStandardError=file:{root / 'face.log'}\n")
    return home


@pytest.mark.skipif(not (shutil.which("weston") and shutil.which("Xvfb")), reason="weston and xvfb are not installed")
@pytest.mark.skipif(bool(unavailable()), reason=unavailable())
def test_the_wayland_session_starts_the_face_on_its_output_and_ends_with_it(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path / "root"
    runtime = tmp_path_factory.mktemp("w")
    home = session(root, runtime / "screens.sock")
    with (
        DaemonLink(runtime / "screens.sock") as daemon,
        UserManager(home, runtime, tmp_path / "systemd.log") as manager,
    ):
        daemon.greet_with(snapshot(1))
        script = root / "usr/local/lib/tillside/session-weston"
        found = f"{asks_again(tmp_path / 'bin')}:{manager.environment['PATH']}"
        display = Program(("Xvfb", "-displayfd", "1", "-nolisten", "tcp"), tmp_path / "x.log", talks=True)
        environment = manager.environment | {"PATH": found, "DISPLAY": f":{display.line().decode().strip()}"}
        backend = ("--backend=x11-backend.so", "--use-pixman")
        with display, Program((script, *backend), tmp_path / "weston.log", env=environment) as weston:
            until(lambda: daemon.of(Painted), what="the face", seen=weston.words)
            # What face and compositor said to each other.
            told = (root / "face.log").read_text()
            assert 'set_app_id("tillside-customer")' in told
            width, height = re.findall(r"wl_output@\d+\.mode\(\d+, (\d+), (\d+),", told)[-1]
            assert f".configure({width}, {height}, array" in told, "all of its output"
            daemon.say(snapshot(2, total=5))
            until(lambda: any(word.seq == 2 for word in daemon.of(Painted)), what="the next snapshot", seen=weston.words)
            manager.control("stop", "tillside-screens.target")
            assert weston.wait() == 0, "with the faces the session ends, and the machine logs in anew"
