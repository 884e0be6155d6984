"""Every letter the faces can show is in a font they brought with them."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtGui import QFont, QFontInfo, QRawFont, QTextLayout

from device.errors import SettingsError
from kiosk_ui.commands import DEBIAN_FONTS
from kiosk_ui.fonts import ARABIC, PACKAGES, load_fonts
from kiosk_ui.formats import TRANSLATED
from kiosk_ui.words import WORDS, stretched

INVISIBLE = "\u200e\u200f\u2068\u2069"
SAMPLES = {
    "rouble and tenge": "1\u202f234,50\u00a0₽ 12\u00a0₸ −0,842\u00a0кг × £$€ 72\u00a0%",
    "Russian": "Съешь же ещё этих мягких французских булок, да выпей чаю «ЁЖ „и“»",
    "Kazakh": "Әліппе ғұмыр қазақ ңәң өмір ұлт үй һәм іс",
    "Arabic": "نصٌّ حكيمٌ لهُ سِرٌّ قاطِعٌ وَذُو شَأنٍ عَظيمٍ مكتوبٌ على ثوبٍ أخضرَ ومُغلَّفٌ بجلدٍ أزرق ٠١٢٣ ،؛؟",
}


@pytest.fixture(scope="module", autouse=True)
def _fonts(qapp) -> None:
    load_fonts(DEBIAN_FONTS)


def used(text: str, font: QFont) -> tuple[set[str], list[int]]:
    """Families that draw `text`, and its glyphs; glyph 0 is the box for a letter no font has."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    layout.createLine().setLineWidth(100_000)
    layout.endLayout()
    runs = layout.glyphRuns()
    return {run.rawFont().familyName() for run in runs}, [glyph for run in runs for glyph in run.glyphIndexes()]


@pytest.mark.parametrize("family", ["Inter", "Inter Display", ARABIC])
@pytest.mark.parametrize("weight", [QFont.Weight.Normal, QFont.Weight.DemiBold, QFont.Weight.Bold])
def test_a_family_is_the_packaged_one(family: str, weight: QFont.Weight) -> None:
    font = QFont(family)
    font.setWeight(weight)
    assert QFontInfo(font).family() == family


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("family", ["Inter", "Inter Display"])
def test_no_letter_is_missing_and_none_comes_from_a_font_of_the_machine(family: str, sample: str) -> None:
    families, glyphs = used(SAMPLES[sample], QFont(family))
    assert families <= {family, ARABIC}
    assert len(glyphs) > 10
    assert 0 not in glyphs
    if sample == "Arabic":
        assert ARABIC in families


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_word_of_the_faces_can_be_written(language) -> None:
    have = [QRawFont.fromFont(QFont(family)) for family in ("Inter Display", ARABIC)]
    said = "".join("".join(node.itertext()) for node in ET.parse(WORDS / f"tillside_{language}.ts").iter("translation"))
    for sign in set(said + stretched(said)) - set(INVISIBLE + "\n"):
        assert any(font.supportsCharacter(ord(sign)) for font in have), f"U+{ord(sign):04X} {sign}"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_missing_font_names_its_package(tmp_path: Path, package) -> None:
    for other in PACKAGES:
        for name in other.files if other is not package else other.files[1:]:
            shutil.copy(DEBIAN_FONTS / other.place / name, tmp_path / name)
    with pytest.raises(SettingsError, match=f"install the Debian package {package.name} "):
        load_fonts(tmp_path)


def test_a_file_that_is_no_font_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / PACKAGES[0].files[0]).write_bytes(b"no font")
    with pytest.raises(SettingsError, match=PACKAGES[0].files[0]):
        load_fonts(tmp_path)
