"""The units of the register's daemon and its nightly exchange: without fault, hardened, and the daemon works under them."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.device_daemon import Register
from fakes.device_face import face
from fakes.device_shop import write_shop
from fakes.device_till import wire
from fakes.patience import until
from fakes.program import TILLSIDE, completed, tillside
from fakes.user_manager import UserManager, unavailable

from device.screen_link import Stage
from device.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

UNITS = Path(__file__).parents[2] / "packaging" / "systemd"
DAEMON, SYNC, NIGHT = "tillside.service", "tillside-sync.service", "tillside-sync.timer"
INSTALLED = "/opt/tillside/bin/tillside"
EXPOSURE = 2.0
"""The most of systemd's points, of ten, that a unit may have."""

analyses = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="the Debian package systemd is not installed")


def words(unit: str) -> dict[str, list[str]]:
    """The settings of a unit, each with its values in order."""
    said: dict[str, list[str]] = {}
    for line in (UNITS / unit).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            said.setdefault(name, []).append(value)
    return said


@pytest.fixture
def laid_out(tmp_path: Path) -> list[Path]:
    """The units, with the program that is here."""
    units = [tmp_path / name for name in (DAEMON, SYNC, NIGHT)]
    for unit in units:
        unit.write_text((UNITS / unit.name).read_text().replace(INSTALLED, str(TILLSIDE)))
    return units


def verified(*units: Path) -> tuple[int, str]:
    done = completed(("systemd-analyze", "--man=no", "verify", *units), env={"PATH": os.environ["PATH"]})
    return done.returncode, done.stderr


@analyses
def test_systemd_finds_no_fault_with_the_units(laid_out: list[Path]) -> None:
    assert verified(*laid_out) == (0, "")
    # It does find one where there is one.
    laid_out[0].write_text(laid_out[0].read_text().replace("ProtectClock=yes", "ProtectClock=perhaps"))
    assert "perhaps" in verified(laid_out[0])[1]


def exposure(unit: Path) -> float:
    done = completed(("systemd-analyze", "security", "--offline=true", "--no-pager", unit), env={"PATH": os.environ["PATH"]})
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    return float(found[1])


@analyses
@pytest.mark.parametrize("unit", [DAEMON, SYNC])
def test_little_is_open_to_who_takes_a_program_over(unit: str, tmp_path: Path) -> None:
    assert exposure(UNITS / unit) <= EXPOSURE
    bare = tmp_path / unit
    bare.write_text(f"[Service]\nExecStart={TILLSIDE} run\n")
    assert exposure(bare) > EXPOSURE


def test_the_units_hold_what_the_daemon_writes_and_the_faces_ask_for() -> None:
    default = Settings(store="S1", device="S1-till-7", lane=())
    for unit in (DAEMON, SYNC):
        said = words(unit)
        assert [f"/var/lib/{name}" for name in said["StateDirectory"]] == [default.state_dir]
        assert said["User"] == said["Group"] == ["tillside"]
    said = words(DAEMON)
    assert [f"/run/{name}" for name in said["RuntimeDirectory"]] == [str(Path(default.screens_socket).parent)]
    # Who is in the group reaches the socket; nobody else sees it.
    assert said["RuntimeDirectoryMode"] == ["0750"]
    assert "u tillside " in (UNITS / "sysusers.conf").read_text()


@pytest.mark.parametrize("unit", [DAEMON, SYNC])
def test_the_command_of_a_unit_is_one_the_program_has(unit: str, tmp_path: Path) -> None:
    (command,) = words(unit)["ExecStart"]
    settings = tmp_path / "settings.toml"
    settings.write_text("lane = 7\n")
    program, *more = command.replace("/etc/tillside/settings.toml", str(settings)).split()
    assert program == INSTALLED
    done = completed(tillside(*more))
    # Its words were understood: it has looked into the settings.
    assert (done.returncode, done.stderr.startswith(f"tillside: {settings}: ")) == (1, True)


OF_THIS_TEST = """\
[Service]
WatchdogSec=2
TimeoutAbortSec=1
StandardOutput=append:{log}
StandardError=append:{log}
User=
Group=
SupplementaryGroups=
"""

MOUNTED = """\
ProtectSystem ProtectHome ProtectClock ProtectControlGroups ProtectHostname ProtectKernelLogs ProtectKernelModules
ProtectKernelTunables ProtectProc PrivateMounts PrivateTmp"""
"""What a manager that is not the machine's own cannot give: mounts. Calls, memory, rights and devices are as in a shop."""


@pytest.fixture
def register(tmp_path: Path, socket_path: Path) -> Iterator[tuple[UserManager, Register]]:
    if why := unavailable():
        pytest.skip(why)
    register = Register(tmp_path)
    register.state.mkdir()
    write_shop(register.state / "bundle.db")
    home = tmp_path / "home"
    units = home / ".config/systemd/user"
    drop_in = units / f"{DAEMON}.d"
    drop_in.mkdir(parents=True)
    text = (UNITS / DAEMON).read_text().replace(INSTALLED, str(TILLSIDE))
    (units / DAEMON).write_text(text.replace("/etc/tillside/settings.toml", str(register.settings)))
    off = "".join(f"{name}={'default' if name == 'ProtectProc' else 'no'}\n" for name in MOUNTED.split())
    (drop_in / "test.conf").write_text(OF_THIS_TEST.format(log=register.log) + off)
    runtime = socket_path.parent
    with UserManager(home, runtime, tmp_path / "systemd.log") as manager:
        yield manager, register


def running(manager: UserManager, register: Register, times: int) -> None:
    """Wait until it has said that it is ready so many times."""
    until(lambda: manager.show(DAEMON, "ActiveState") == "active", what="systemd to hear READY=1", seen=register.words)
    until(lambda: register.words().count("ready:") == times, what="the daemon to be ready", seen=register.words)


def test_under_its_unit_the_daemon_scores_and_comes_back_from_a_kill_and_a_hang(register: tuple[UserManager, Register]) -> None:
    manager, shop = register
    manager.control("start", DAEMON)
    running(manager, shop, 1)

    async def story(basket: str) -> None:
        async with face(shop.socket) as cashier:
            with shop.till() as till:
                till.sendall(wire(basket, 1, "bread"))
                await cashier.shows("butter", "cheese", "milk")
                till.sendall(wire(basket, 2, "bread", state="closed"))
                await cashier.shows(stage=Stage.THANKS)

    # Models are scored with no memory that is written and run, and with no call beyond those of a service.
    asyncio.run(story("a"))
    for number, signal in enumerate(("KILL", "STOP"), 1):
        manager.kill(DAEMON, signal)
        until(lambda times=str(number): manager.show(DAEMON, "NRestarts") == times, what=f"systemd to notice SIG{signal}")
        running(manager, shop, number + 1)
        asyncio.run(story(f"after {signal}"))
    assert len(shop.keeps(3)) == 3
    shop.socket.unlink()
    until(shop.socket.is_socket, what="the socket to be there again", seen=shop.words)
    asyncio.run(story("after all"))
    manager.control("stop", DAEMON)
    assert (manager.show(DAEMON, "Result"), "Traceback" in shop.words()) == ("success", False)
    assert not shop.socket.exists()
