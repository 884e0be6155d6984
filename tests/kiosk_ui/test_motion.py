"""Frames are drawn when something changes, and only then."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.shop_words import card, snapshot

from device.screen_link import FaceKind, Stage
from kiosk_ui import pictures
from kiosk_ui.app import QML
from kiosk_ui.state import CHANGED_MS
from model_export.sample.grocery import goods
from model_export.sample.pictures import picture

if TYPE_CHECKING:
    from fakes.daemon_link import DaemonLink
    from fakes.face_glass import Glass
    from pytestqt.qtbot import QtBot

AT_REST_MS = 5000
"""As long as nothing may be drawn; some of the daemon's beats fall into it."""


def frames(face: Glass) -> list[int]:
    counted: list[int] = []
    face.screen.view.frameSwapped.connect(lambda: counted.append(face.state.snapshot.seq))
    return counted


@pytest.mark.parametrize("kind", list(FaceKind))
@pytest.mark.parametrize("stage", [Stage.BASKET, Stage.PAYMENT, Stage.CLOSED])
def test_a_face_at_rest_draws_no_frame(glass, daemon: DaemonLink, qtbot: QtBot, kind: FaceKind, stage: Stage) -> None:
    face = glass(kind, snapshot(1, stage=stage, cards=(card(1), card(2)) if stage is Stage.BASKET else ()))
    qtbot.wait(500)
    counted = frames(face)
    heard = face.state.heard_at
    qtbot.wait(AT_REST_MS)
    assert counted == []
    assert face.state.heard_at > heard, "the daemon was heard all the while"


def test_reduced_motion_costs_one_frame_a_change_and_motion_ends_by_itself(glass, daemon: DaemonLink, qtbot: QtBot) -> None:
    drawn = {}
    for still in (True, False):
        face = glass(FaceKind.CUSTOMER, still=still)
        qtbot.wait(400)
        counted = frames(face)
        daemon.say(snapshot(2, cards=(card(7), card(8), card(9))))
        face.shows(2)
        qtbot.wait(600)
        drawn[still] = len(counted)
        counted.clear()
        qtbot.wait(300)
        assert counted == []
        face.close()
        face.close = lambda: None
    # Pictures are made in threads of their own and need none here; a slide draws more than its first and last frame.
    assert drawn[True] <= 2 < drawn[False]


def test_cards_that_find_other_places_have_their_pictures_drawn_once(
    glass, daemon: DaemonLink, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    draw = pictures._rounded
    monkeypatch.setattr(pictures, "_rounded", lambda path, shape: made.append(path.stem) or draw(path, shape))
    for good in goods()[:3]:
        (tmp_path / good.picture).write_text(picture(good))
    cards = [card(number, picture=good.picture) for number, good in enumerate(goods()[:3], 1)]
    face = glass(FaceKind.CUSTOMER, snapshot(1, cards=tuple(cards), pictures=str(tmp_path)))
    assert len(made) == len(set(made)) == 3
    for seq, left in ((2, cards[:2]), (3, cards[1:2])):
        qtbot.wait(CHANGED_MS)
        made.clear()
        daemon.say(snapshot(seq, cards=tuple(left), pictures=str(tmp_path), gone=(cards[3 - seq].suggestion_id,)))
        face.shows(seq)
        assert sorted(made) == sorted(Path(str(one.picture)).stem for one in left)


def test_nothing_moves_for_longer_than_a_fifth_of_a_second(glass) -> None:
    theme = glass(FaceKind.CUSTOMER).screen.view.engine().singletonInstance("Kiosk", "Theme")
    assert 0 < theme.property("transition") <= 200
    for path in QML.rglob("*.qml"):
        durations = re.findall(r"duration:\s*(.+)", path.read_text())
        assert set(durations) <= {"Theme.transition"}, path
        assert "loops" not in path.read_text(), path


FORBIDDEN = ("ShaderEffect", "MultiEffect", "QtQuick.Effects", "Qt5Compat", "QtGraphicalEffects", "QtQuick.Particles", "layer.")


def test_the_software_renderer_can_draw_all_of_it() -> None:
    paths = list(Path(QML).rglob("*.qml"))
    assert len(paths) > 20
    for path in paths:
        assert not [word for word in FORBIDDEN if word in path.read_text()], path
