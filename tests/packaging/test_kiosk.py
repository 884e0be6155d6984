"""The installed units under systemd: a killed face and a hung one come back by themselves, with what was on the glass."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes import own_mounts as mounts
from fakes.daemon_link import DaemonLink
from fakes.patience import until
from fakes.program import TILLSIDE, completed
from fakes.shop_words import snapshot
from fakes.user_manager import UserManager, unavailable

from device.screen_link import Beat, Painted
from device.settings import Settings
from kiosk_ui.remembered import recall

if TYPE_CHECKING:
    from collections.abc import Iterator

KIOSK = Path(__file__).parents[2] / "packaging" / "kiosk"
UNITS = ".config/systemd/user"


def install(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    chosen = ("--user", "till", "--program", str(TILLSIDE), "--root", str(root), *words)
    return completed((KIOSK / "install", *chosen))


def files(root: Path) -> dict[str, tuple[int, bytes]]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): (path.stat().st_mode & 0o777, path.read_bytes()) for path in found}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    done = install(tmp_path / "root", "--customer", "HDMI-1", "--cashier", "HDMI-2")
    assert (done.returncode, done.stderr) == (0, "")
    return tmp_path / "root" / "home" / "till"


def test_a_dry_run_says_what_the_run_does_and_does_nothing(tmp_path: Path) -> None:
    root = tmp_path / "root"
    words = ("--customer", "HDMI-1", "--cashier", "HDMI-2", "--touch", "HDMI-2")
    said = install(root, *words, "--dry-run").stdout
    assert not root.exists()
    assert install(root, *words).stdout == said
    assert said.count("written") == len(said.splitlines()) == 15


def test_a_second_run_changes_nothing_and_keeps_what_the_shop_chose(home: Path) -> None:
    root = home.parents[1]
    chosen = home / ".config/tillside/screen-customer.env"
    chosen.write_text("OPTIONS=--theme dark\n")
    before = files(root)
    said = install(root, "--customer", "DP-1", "--cashier", "HDMI-2").stdout
    assert files(root) == before
    assert {line.split()[0] for line in said.splitlines()} == {"unchanged", "kept"}
    # The other output is not in the file: that is said, and only there.
    differs = [line for line in said.splitlines() if "edit it" in line]
    assert len(differs) == 1
    assert f"{chosen} (other than these options" in differs[0]


def test_a_monitor_that_is_not_named_gets_no_face(home: Path) -> None:
    wants = home / UNITS / "tillside-screens.target.wants"
    assert {path.name for path in wants.iterdir()} == {"tillside-screen@customer.service", "tillside-screen@cashier.service"}
    install(home.parents[1], "--customer", "HDMI-1")
    assert {path.name for path in wants.iterdir()} == {"tillside-screen@customer.service"}


@pytest.mark.parametrize("session", ["x11", "weston"])
def test_nothing_is_left_to_fill_in(tmp_path: Path, session: str) -> None:
    assert install(tmp_path, "--customer", "HDMI-1", "--touch", "DSI-1", "--session", session).returncode == 0
    laid = files(tmp_path)
    for name, (_, content) in laid.items():
        if not name.endswith("kiosk.md"):
            assert b"@CUSTOMER" not in content
            assert b"@CASHIER" not in content
            assert not any(word in content for word in (b"@USER@", b"@PROGRAM@", b"@SESSION@", b"@TOUCH_OUTPUT@")), name
    options = laid["home/till/.config/tillside/screen-customer.env"][1]
    assert (b"--output HDMI-1" in options) == (session == "x11")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--root",), "--root needs a value"),
        (("--shout", "x"), "what is '--shout'?"),
        (("--customer", "a b"), "'a b' is no name"),
        (("--customer", "x|e", "--cashier", "y"), "'x|e' is no name"),
        ((), "name at least one output"),
        (("--customer", "HDMI-1", "--session", "kde"), "x11 or weston"),
        (("--customer", "HDMI-1", "--program", "tillside"), "whole path"),
        (("--customer", "HDMI-1", "--user", "root"), "other than root"),
        (("--customer", "HDMI-1", "--user", "../x"), "'../x' is no name of a user"),
        (("--customer", "--cashier", "HDMI-1"), "--customer needs a value"),
        (("--customer", "HDMI-1", "--cashier", "HDMI-1"), "would cover each other"),
    ],
)
def test_a_wrong_word_is_one_sentence_and_writes_nothing(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = install(tmp_path / "root", *words)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert not (tmp_path / "root").exists()


def test_a_user_who_is_not_there_and_a_program_that_is_not_are_one_sentence() -> None:
    words = (KIOSK / "install", "--customer", "HDMI-1", "--dry-run", "--user")
    done = completed((*words, "no-such-user", "--program", str(TILLSIDE)))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "install: there is no user 'no-such-user': adduser --disabled-password no-such-user\n"
    done = completed((*words, "nobody", "--program", "/no/tillside"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("install: there is no program /no/tillside: ")


@pytest.mark.skipif(mounts.unavailable() is not None, reason=str(mounts.unavailable()))
def test_all_that_is_made_in_a_users_home_is_the_users(tmp_path: Path) -> None:
    home, stubs = tmp_path / "till", tmp_path / "stubs"
    home.mkdir()
    for program in ("systemctl", "udevadm"):
        mounts.stub(stubs, program, "true")
    script = """echo "till:x:4711:4711::$1:/bin/sh" >/etc/passwd; echo till:x:4711: >/etc/group; shift; exec "$@" """
    words = (KIOSK / "install", "--user", "till", "--program", TILLSIDE, "--customer", "HDMI-1")
    done = mounts.apart(["/etc", "/usr/local"], script, home, *words, stubs=stubs, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert (home / ".config/tillside/screen-customer.env").is_file()
    assert {path.lstat().st_uid for path in home.rglob("*")} == {4711}


def test_the_faces_look_where_a_daemon_without_other_settings_listens(home: Path) -> None:
    default = Settings(store="S1", device="S1-till-7", lane=()).screens_socket
    for face in ("customer", "cashier"):
        assert f"--socket {default} " in (home / f".config/tillside/screen-{face}.env").read_text()


def test_the_packages_of_a_register_are_those_the_windows_are_tested_with() -> None:
    lists = re.findall(r"^(?:base|windows)=\(([^)]*)\)", (KIOSK.parent / "dev").read_text(), re.MULTILINE)
    needed = {name for names in lists for name in names.split()} - {"mosquitto"}
    assert len(lists) == 2
    assert needed <= set((KIOSK / "README.md").read_text().split())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="the Debian package systemd is not installed")
def test_systemd_finds_no_fault_with_the_units(home: Path, tmp_path: Path) -> None:
    units = [home / UNITS / name for name in ("tillside-screen@.service", "tillside-screens.target")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = completed(("systemd-analyze", "--user", "--man=no", "verify", *units), env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    # It does find one where there is one.
    units[0].write_text(units[0].read_text().replace("WatchdogSec=10", "WatchdogSec=soon"))
    assert "ignoring: soon" in completed(("systemd-analyze", "--user", "--man=no", "verify", units[0]), env=environment).stderr


def test_the_sessions_are_shell() -> None:
    for script in ("install", "faces", "session-x11", "session-weston", "map-touch", "profile.sh"):
        shell = "bash" if script == "install" else "sh"
        assert completed((shell, "-n", KIOSK / script)).stderr == ""


UNIT = "tillside-screen@customer.service"


@pytest.fixture
def shop(home: Path, socket_path: Path, tmp_path: Path) -> Iterator[tuple[UserManager, DaemonLink]]:
    """systemd with the installed units, their faces without a display, and the daemon's end of the socket."""
    if why := unavailable():
        pytest.skip(why)
    (home / ".config/tillside/screen-customer.env").write_text("OPTIONS=--headless --size 1024x600 --remote\n")
    # Shorter than in a shop, so that the test need not wait for ten seconds; what is written to standard input goes to --remote.
    commands = tmp_path / "commands"
    commands.touch()
    drop_in = home / UNITS / f"{UNIT}.d"
    drop_in.mkdir()
    log = tmp_path / "face.log"
    (drop_in / "test.conf").write_text(
        f"[Service]\nWatchdogSec=3\nStandardInput=file:{commands}\nStandardOutput=append:{log}\nStandardError=append:{log}\n"
    )
    runtime = socket_path.parent
    (runtime / "tillside").mkdir()
    with DaemonLink(runtime / "tillside" / "screens.sock") as daemon:
        daemon.greet_with(snapshot(3))
        with UserManager(home, runtime, tmp_path / "systemd.log") as manager:
            yield manager, daemon


def painted(daemon: DaemonLink) -> int:
    """How often the basket came to the glass."""
    return sum(bool(word.suggestion_ids) for word in daemon.of(Painted))


def test_a_killed_face_and_a_hung_one_come_back_with_the_basket(
    shop: tuple[UserManager, DaemonLink], socket_path: Path, tmp_path: Path
) -> None:
    manager, daemon = shop
    # Returns when the unit is ready, which it is after its first frame.
    started = manager.control("start", UNIT)
    assert (started.returncode, started.stderr) == (0, ""), (tmp_path / "face.log").read_text()
    assert manager.show(UNIT, "ActiveState") == "active"
    until(lambda: painted(daemon) == 1, what="the basket")
    kept = socket_path.parent / "tillside" / "last-customer-.json"
    until(lambda: recall(kept) == snapshot(3), what="the snapshot that is kept")

    # The first word to the next process says only that this snapshot still stands.
    daemon.greet_with(Beat("run-a", 3))
    manager.kill(UNIT, "KILL")
    until(lambda: painted(daemon) == 2, what="the basket after a kill", seen=lambda: manager.show(UNIT, "SubState"))
    assert daemon.of(Painted)[0] == next(word for word in daemon.of(Painted)[1:] if word.suggestion_ids)
    until(lambda: manager.show(UNIT, "NRestarts") == "1", what="a restart that is counted")

    # The whole process stands still: it cannot even abort.
    manager.kill(UNIT, "STOP")
    until(lambda: painted(daemon) == 3, what="the basket after a standstill", seen=lambda: manager.show(UNIT, "SubState"))
    until(lambda: manager.show(UNIT, "NRestarts") == "2", what="a second restart")

    # The thread that draws waits for something that never comes: a picture is to be saved to a pipe that nobody reads.
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "commands").write_text(f'{{"grab": "{tmp_path}/pipe.png"}}\n')
    manager.kill(UNIT, "KILL")
    until(lambda: manager.show(UNIT, "NRestarts") == "4", what="a fourth restart", seen=(tmp_path / "face.log").read_text)
    assert "in _grab" in (tmp_path / "face.log").read_text(), "the log does not say where it hung"
    assert manager.control("stop", UNIT).returncode == 0
