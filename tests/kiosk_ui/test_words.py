"""Every word of the faces exists in every language, and what is committed is what the sources say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kiosk_ui.app import HERE
from kiosk_ui.formats import Language

PLURALS = {Language.RUSSIAN: 3, Language.ENGLISH: 2}
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


@pytest.mark.parametrize("language", list(Language))
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
        for form in forms:
            for mark in ("%1", "%2", "%n"):
                assert (mark in form) == (mark in source), source


@pytest.mark.parametrize("language", list(Language))
def test_the_compiled_words_are_those_of_the_source(tmp_path: Path, language: Language) -> None:
    made = tmp_path / "made.qm"
    source = HERE / "i18n" / f"tillside_{language}.ts"
    subprocess.run([BIN / "pyside6-lrelease", "-silent", source, "-qm", made], check=True)
    assert made.read_bytes() == source.with_suffix(".qm").read_bytes()


def test_russian_words_are_russian() -> None:
    for (_, source), message in messages(HERE / "i18n" / "tillside_ru.ts").items():
        said = "".join(message.find("translation").itertext())
        letters = [sign for sign in said if sign.isalpha()]
        if source not in {"Tillside", "“%1”"}:
            assert any("а" <= sign.lower() <= "я" for sign in letters), source


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
