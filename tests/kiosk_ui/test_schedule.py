"""What a face does by the clock on the wall and while the shop is closed."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from fakes.patience import until
from fakes.program import Program, tillside
from fakes.shop_words import snapshot

from device.hours import parsed
from device.screen_link import FaceKind, Painted, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.daemon_link import DaemonLink

CLOSED = {"stage": Stage.CLOSED, "cards": (), "lines": (), "total": 0}


@pytest.mark.parametrize("kind", list(FaceKind))
def test_a_closed_shop_is_black_to_the_last_pixel(glass, daemon: DaemonLink, kind: FaceKind) -> None:
    face = glass(kind)
    daemon.say(snapshot(2, **CLOSED))
    face.shows(2)
    picture = face.picture()
    colours = {picture.pixel(x, y) & 0xFFFFFF for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
    assert colours == {0}
    daemon.say(snapshot(3))
    face.shows(3)
    assert face.picture() != picture


def test_the_theme_darkens_and_lightens_by_the_clock(glass, qapp) -> None:
    from kiosk_ui.evening import Evening  # noqa: PLC0415 not before the environment is set

    face = glass(FaceKind.CUSTOMER)
    theme = face.screen.view.engine().singletonInstance("Kiosk", "Theme")
    now = [datetime(2026, 3, 2, 19, 59, tzinfo=UTC)]
    evening = Evening((parsed("20:00-07:00"),), theme, lambda: now[0])
    seen = []
    for hour, minute in ((19, 59), (20, 0), (23, 59), (0, 0), (6, 59), (7, 0)):
        now[0] = now[0].replace(hour=hour, minute=minute)
        evening.look()
        seen.append(theme.property("dark"))
    assert seen == [False, True, True, True, True, False]
    evening.close()


def test_the_monitors_go_off_when_the_shop_closes_and_on_when_it_opens(
    daemon: DaemonLink, socket_path: Path, tmp_path: Path
) -> None:
    # The virtual X server has no monitor to switch: what is asked of xset is written down instead.
    asked = tmp_path / "asked"
    tool = tmp_path / "bin" / "xset"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    environment = os.environ | {"PATH": f"{tool.parent}:{os.environ['PATH']}"}
    daemon.greet_with(snapshot(1))
    words = ("screen", "customer", "--headless", "--monitor-off", "--socket", socket_path)
    with Program(tillside(*words), tmp_path / "face.log", env=environment) as face:
        for seq, facts in ((2, CLOSED), (3, CLOSED), (4, {}), (5, CLOSED)):
            until(lambda seq=seq: any(word.seq == seq - 1 for word in daemon.of(Painted)), what=f"snapshot {seq - 1}")
            daemon.say(snapshot(seq, **facts))
        until(lambda: asked.exists() and len(asked.read_text().splitlines()) == 3, what="three words to xset")
        face.terminate()
        assert (face.wait(), face.words()) == (0, "")
    assert asked.read_text().splitlines() == ["dpms force off", "dpms force on", "dpms force off"]


def test_hours_that_are_none_are_one_sentence(tmp_path: Path) -> None:
    with Program(tillside("screen", "customer", "--headless", "--dark-hours", "late"), tmp_path / "log") as face:
        assert face.wait() == 2
        assert "'late' is no opening hours" in face.words()


def test_without_xset_monitor_off_is_one_sentence(tmp_path: Path, socket_path: Path) -> None:
    words = tillside("screen", "customer", "--headless", "--monitor-off", "--socket", socket_path)
    with Program(("env", f"PATH={tmp_path}", *words), tmp_path / "log") as face:
        assert face.wait() == 1
        assert face.words() == "tillside: --monitor-off needs xset: install the Debian package x11-xserver-utils\n"
