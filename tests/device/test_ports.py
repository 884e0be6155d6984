"""Two names of one line are found, and an item is never handed back over a line that belongs to something else."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from device import ports, settings
from device.errors import SettingsError


@pytest.fixture
def tty(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A device, and a link to it as udev makes them."""
    master, slave = pty.openpty()
    link = tmp_path / "usb-till"
    link.symlink_to(os.ttyname(slave))
    yield os.ttyname(slave), str(link)
    os.close(master)
    os.close(slave)


def parse(*lanes: dict[str, Any]) -> settings.Settings:
    known = [{"till": str(number), **lane} for number, lane in enumerate(lanes, 1)]
    return settings.parse({"store": "S1", "device": "r1", "lane": known})


def serial(port: str) -> dict[str, Any]:
    return {"kind": "serial", "port": port}


def hands(port: str) -> dict[str, Any]:
    return {"kind": "scanner", "port": port}


UDP: dict[str, Any] = {"kind": "udp", "port": 5000}


def test_a_device_by_any_of_its_names_is_one_line(tty: tuple[str, str], tmp_path: Path) -> None:
    device, link = tty
    names = [device, link, f"spy://{link}?file=/tmp/x", f"alt://{device}?class=PosixPollSerial"]
    assert len({ports.line(name) for name in names}) == 1
    assert ports.line(str(tmp_path / "a" / ".." / "none")) == ports.line(str(tmp_path / "none")) != ports.line(device)
    assert ports.line("/dev/null") != ports.line("/dev/zero")


def test_an_address_by_any_of_its_names_is_one_line() -> None:
    assert (
        len(
            {
                ports.line(name)
                for name in ("socket://LOCALHOST:7000", "rfc2217://127.0.0.1:7000?logging=debug", "socket://[::1]:7000")
            }
        )
        == 1
    )
    assert len({ports.line(name) for name in ("socket://server:7000", "socket://server:7001", "socket://other:7000")}) == 3


@pytest.mark.parametrize(
    "port", ["", "\0", "://", "socket://", "socket://h", "socket://h:x", "hwgrep://(", "loop://", "socket://[::1"]
)
def test_no_name_makes_it_stumble(port: str) -> None:
    assert ports.line(port) == ports.line(port)
    assert ports.line(port, search=True) == ports.line(port, search=True)


def refused(*lanes: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as error:
        parse(*lanes)
    assert "\n" not in str(error.value), "one sentence"
    return str(error.value)


def test_the_lane_s_own_port_is_refused(tty: tuple[str, str]) -> None:
    device, link = tty
    assert refused({"source": serial(device), "handback": hands(link)}) == (
        f"settings.toml: lane[0].handback.port '{link}' is the line of lane[0].source: "
        "name a port of its own, which only this till hears"
    )


def test_the_port_of_a_tap_or_of_another_lane_is_refused(tty: tuple[str, str]) -> None:
    device, link = tty
    tap = {"role": "identity", "source": serial(link)}
    assert "is the line of lane[0].tap[0].source:" in refused({"source": UDP, "tap": [tap], "handback": hands(device)})
    assert "is the line of lane[1].source:" in refused({"source": UDP, "handback": hands(device)}, {"source": serial(link)})
    both = [{"source": UDP, "handback": hands(device)}, {"source": UDP, "handback": hands(link)}]
    assert "lane[1].handback.port" in (told := refused(*both))
    assert "is the line of lane[0].handback:" in told


def test_the_address_that_a_lane_listens_to_is_refused() -> None:
    tcp = {"kind": "tcp", "host": "localhost", "port": 7000}
    for source in (serial("socket://127.0.0.1:7000"), tcp):
        assert "is the line of lane[0].source:" in refused({"source": source, "handback": hands("rfc2217://localhost:7000")})
    # Waiting at an address is no line yet.
    assert parse({"source": {**tcp, "listen": True}, "handback": hands("socket://localhost:7000")})


def test_a_port_of_its_own_is_taken_and_show_means_what_is_the_default(tty: tuple[str, str]) -> None:
    device, _ = tty
    known = parse(
        {"source": serial("/dev/none"), "handback": hands(device)},
        {"source": serial("/dev/none2")},
        {"source": UDP, "handback": {"kind": "show"}},
    )
    assert known.lane[1].handback == known.lane[2].handback == settings.ShowHandBack()
    told = refused({"source": UDP, "handback": {"kind": "show", "port": device}})
    assert told == "settings.toml: unknown key 'lane[0].handback.port'"
    assert refused({"source": UDP, "handback": {"kind": "shoe"}}).endswith("there are: show, scanner, mqtt")
