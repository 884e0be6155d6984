"""Every word of the faces exists in every language, and what is committed is what the sources say."""

from __future__ import annotations

import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QTranslator

from device.errors import SettingsError
from kiosk_ui.app import HERE
from kiosk_ui.formats import TRANSLATED, Language
from kiosk_ui.words import GROWTH_PERCENT, pseudo, stretched, words_of

PLURALS = {Language.RUSSIAN: 3, Language.ENGLISH: 2, Language.ARABIC: 6}
NUMBER_IN_THE_WORD = {Language.ARABIC: 3}
"""So many forms say none, one and two by themselves."""
BIN = Path(sys.executable).parent


def messages(file: Path) -> dict[tuple[str, str], ET.Element]:
    return {
        (context.findtext("name", ""), message.findtext("source", "")): message
        for context in ET.parse(file).getroot().iter("context")
        for message in context.iter("message")
    }


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """What the QML files ask for now."""
    file = tmp_path_factory.mktemp("words") / "fresh.ts"
    subprocess.run([BIN / "pyside6-lupdate", "-silent", HERE / "qml", "-ts", file], check=True)
    return set(messages(file))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_word_is_translated(fresh: set[tuple[str, str]], language: Language) -> None:
    found = messages(HERE / "i18n" / f"tillside_{language}.ts")
    assert len(fresh) > 50
    assert set(found) == fresh
    for (_, source), message in found.items():
        translation = message.find("translation")
        assert translation is not None
        assert translation.get("type") is None, source
        forms = [form.text or "" for form in translation] or [translation.text or ""]
        assert all(form.strip() for form in forms), source
        assert len(forms) == (PLURALS[language] if message.get("numerus") else 1), source
        for place, form in enumerate(forms):
            for mark in ("%1", "%2", "%n"):
                implied = mark == "%n" and place < NUMBER_IN_THE_WORD.get(language, 0)
                assert implied or (mark in form) == (mark in source), source


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_words_are_those_of_the_source(tmp_path: Path, language: Language) -> None:
    made = tmp_path / "made.qm"
    source = HERE / "i18n" / f"tillside_{language}.ts"
    subprocess.run([BIN / "pyside6-lrelease", "-silent", source, "-qm", made], check=True)
    assert made.read_bytes() == source.with_suffix(".qm").read_bytes()


@pytest.mark.parametrize(("language", "first", "last"), [("ru", "а", "я"), ("ar", "\u0621", "\u064a")])
def test_words_are_in_their_own_letters(language: str, first: str, last: str) -> None:
    for (_, source), message in messages(HERE / "i18n" / f"tillside_{language}.ts").items():
        said = "".join(message.find("translation").itertext())
        if source not in {"Tillside", "“%1”"}:
            assert any(first <= sign.lower() <= last for sign in said), source


def test_the_pseudo_locale_draws_every_word_out(fresh: set[tuple[str, str]], qapp) -> None:
    translator = QTranslator()
    words = words_of(Language.PSEUDO)
    assert translator.load(words)
    for context, source in fresh:
        said = translator.translate(context, source, None, 7 if "%n" in source else -1)
        assert said.startswith("["), source
        assert said.endswith("]"), source
        for mark in ("%1", "%2", "%n"):
            assert said.count(mark) == source.count(mark)
        letters = sum(sign.isalpha() for sign in source.replace("%n", ""))
        assert sum(sign.isalpha() for sign in said.replace("%n", "")) >= letters * (1 + GROWTH_PERCENT / 100) - 3, source


def test_the_pseudo_locale_counts_as_english_does(qapp) -> None:
    translator = QTranslator()
    words = words_of(Language.PSEUDO)
    assert translator.load(words)
    assert [translator.translate("BasketPanel", "%n item(s)", "", number) for number in (1, 2)] == ["[%n îîîţém]", "[%n îîîţémš]"]


def test_stretched_words_keep_their_places_and_signs() -> None:
    assert stretched("Goes with %1 and %2") == "[Ğöööéš ŵîîîţĥ %1 åååñð %2]".replace("ð", "đ")
    assert stretched("✓ %n") == "[✓ %n]"
    assert stretched("") == "[]"


@given(st.binary(max_size=400))
def test_what_is_no_compiled_words_never_crashes_the_maker_of_the_pseudo_locale(noise: bytes) -> None:
    whole = words_of(Language.ENGLISH)
    for bad in (noise, whole[:16] + noise, whole[: len(noise) * 17 % len(whole)]):
        with suppress(struct.error, IndexError, KeyError, UnicodeDecodeError):
            pseudo(bad)


def test_damaged_english_words_are_a_sentence_in_the_pseudo_locale(tmp_path: Path) -> None:
    (tmp_path / "tillside_en.qm").write_bytes(words_of(Language.ENGLISH)[:300])
    with pytest.raises(SettingsError, match="install tillside again"):
        words_of(Language.PSEUDO, tmp_path)


def test_what_qml_is_told_of_the_face_is_what_the_face_has() -> None:
    from kiosk_ui.face import Face  # noqa: PLC0415 needs the environment of conftest

    told = (HERE / "qml" / "Kiosk" / "Link" / "link.qmltypes").read_text()
    meta = Face.staticMetaObject
    own = range(meta.propertyOffset(), meta.propertyCount())
    for place in own:
        prop = meta.property(place)
        block = told.split(f'name: "{prop.name()}"')[1].split("}")[0]
        assert prop.typeName().rstrip("*") in block, prop.name()
    assert told.count("Property {") == len(own)


def test_no_component_draws_what_the_software_renderer_cannot() -> None:
    for file in (HERE / "qml").rglob("*.qml"):
        text = file.read_text()
        for word in ("ShaderEffect", "MultiEffect", "QtQuick.Effects", "QtQuick.Controls", "layer.enabled", "Particles"):
            assert word not in text, file.name
        assert len(text.splitlines()) <= 300, file.name


def test_every_component_is_named_in_the_module() -> None:
    folder = HERE / "qml" / "Kiosk"
    named = {line.split()[-1] for line in (folder / "qmldir").read_text().splitlines() if line.endswith(".qml")}
    assert named == {file.name for file in folder.glob("*.qml")}
