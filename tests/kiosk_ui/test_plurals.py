"""Counts in Russian words: as they change on a running face, and while an upgrade writes its words anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.daemon_link import DaemonLink
from fakes.face_glass import Glass, texts
from fakes.shop_words import snapshot
from PySide6.QtGui import QGuiApplication

from device.errors import SettingsError
from device.screen_link import BasketLine, FaceKind
from kiosk_ui.formats import Language
from kiosk_ui.words import WORDS, translate, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

ITEMS = {
    1: "1 позиция", 2: "2 позиции", 3: "3 позиции", 4: "4 позиции", 5: "5 позиций", 6: "6 позиций", 11: "11 позиций",
    12: "12 позиций", 14: "14 позиций", 21: "21 позиция", 22: "22 позиции", 25: "25 позиций", 101: "101 позиция",
    112: "112 позиций",
}  # fmt: skip


@pytest.mark.parametrize("kind", list(FaceKind))
def test_the_word_follows_the_number_with_every_line(qtbot: QtBot, socket_path: Path, kind: FaceKind) -> None:
    lines = tuple(BasketLine(number, {"": f"Товар {number}"}, 1000, "pcs", 100) for number in range(1, 113))
    with DaemonLink(socket_path) as daemon:
        daemon.greet_with(snapshot(1, lines=()))
        face = Glass(qtbot, socket_path, kind, Language.RUSSIAN)
        try:
            face.shows(1)
            for seq, number in enumerate((*range(1, 7), *ITEMS, *reversed(ITEMS)), start=2):
                daemon.say(snapshot(seq, lines=lines[:number]))
                face.shows(seq)
                shown = [text.property("text") for text in texts(face.screen.view.contentItem())]
                assert ITEMS[number] in shown, (number, shown)
        finally:
            face.close()


def test_words_written_anew_under_a_running_face_do_not_change_what_it_says(tmp_path: Path, qapp) -> None:
    file = tmp_path / "tillside_ru.qm"
    whole = (WORDS / file.name).read_bytes()
    file.write_bytes(whole)
    words = words_of(Language.RUSSIAN, tmp_path)
    translator = translate(words)
    try:
        for rewritten in (whole[:100] + whole[86:], b""):
            file.write_bytes(rewritten)
            said = [translator.translate("BasketPanel", "%n item(s)", "", number) for number in (1, 4, 12, 21)]
            assert said == ["%n позиция", "%n позиции", "%n позиций", "%n позиция"]
    finally:
        QGuiApplication.removeTranslator(translator)


@pytest.mark.parametrize("content", [None, b"", b"no words"])
def test_missing_or_damaged_words_are_a_sentence(tmp_path: Path, qapp, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "tillside_ru.qm").write_bytes(content)
    with pytest.raises(SettingsError, match="install tillside again"):
        translate(words_of(Language.RUSSIAN, tmp_path))
