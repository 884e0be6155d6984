"""Every colour and the smallest letters are computed from the tokens, in both themes."""

from __future__ import annotations

import pytest
from fakes.colour_sight import Sight, difference
from fakes.face_glass import contrast
from PySide6.QtCore import QObject, QSize
from PySide6.QtGui import QColor
from PySide6.QtQml import QQmlEngine

from kiosk_ui.app import QML


@pytest.fixture
def theme(qapp):
    engine = QQmlEngine()
    engine.addImportPath(str(QML))
    theme = engine.singletonInstance("Kiosk", "Theme")
    assert isinstance(theme, QObject)
    return theme, engine


# Prices and names are read in shop light: 7. Other text: 4.5. Outlines and the dot: 3 (WCAG 2.2, 1.4.3 and 1.4.11).
PAIRS = [
    ("ink", "card", 7), ("ink", "paper", 7), ("ink", "pressed", 7), ("reduced", "card", 7), ("brandInk", "brand", 7),
    ("brandInk", "brandDeep", 7), ("brandInk", "brandGlow", 7), ("scriptInk", "script", 7), ("acceptInk", "accept", 7),
    ("acceptInk", "acceptPressed", 7), ("mintInk", "mint", 7), ("warnInk", "warn", 4.5), ("warnInk", "pressed", 4.5),
    ("ink2", "card", 4.5), ("ink2", "paper", 4.5), ("brandInk2", "brand", 4.5), ("brandInk2", "brandGlow", 4.5),
    ("brandInk2", "brandDeep", 4.5), ("outline", "card", 3), ("outline", "paper", 3), ("brandDot", "brand", 3),
    ("accept", "paper", 3), ("warnInk", "card", 3),
]  # fmt: skip


# What a colour means is told beside another that means something else: these stay apart for every eye. Distances in CIELAB.
MEANINGS = [
    ("reduced", "ink", 20), ("accept", "card", 20), ("accept", "warn", 20), ("warn", "card", 20), ("warn", "mint", 20),
    ("mint", "accept", 20), ("warn", "pressed", 20), ("accept", "acceptPressed", 10), ("pressed", "card", 10),
]  # fmt: skip


@pytest.mark.parametrize("colour_blind", [False, True])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("one", "other", "least"), PAIRS)
def test_contrast(theme, dark: bool, colour_blind: bool, one: str, other: str, least: float) -> None:
    tokens, _ = theme
    tokens.setProperty("dark", dark)
    tokens.setProperty("colourBlind", colour_blind)
    assert contrast(tokens.property(one), tokens.property(other)) >= least


@pytest.mark.parametrize("sight", list(Sight))
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("one", "other", "least"), MEANINGS)
def test_meanings_stay_apart_for_the_colour_blind(theme, dark: bool, sight: Sight, one: str, other: str, least: float) -> None:
    tokens, _ = theme
    tokens.setProperty("dark", dark)
    tokens.setProperty("colourBlind", True)
    assert difference(tokens.property(one), tokens.property(other), sight) >= least


def test_the_brands_own_colours_are_why_there_is_another_palette(theme) -> None:
    tokens, _ = theme
    tokens.setProperty("dark", False)
    tokens.setProperty("colourBlind", False)
    assert difference(tokens.property("warn"), tokens.property("mint"), Sight.PROTANOPIA) < 5


def test_simulated_sight_keeps_greys_and_confuses_what_it_should() -> None:
    grey, red, green = QColor("#808080"), QColor("#C00000"), QColor("#4A5800")
    for sight in Sight:
        assert difference(grey, QColor("#818181"), sight) < 1
    assert difference(red, green, Sight.NORMAL) > 60
    assert difference(red, green, Sight.DEUTERANOPIA) < difference(red, green, Sight.NORMAL) / 3


@pytest.mark.parametrize("dark", [False, True])
def test_the_letter_of_a_placeholder_is_seen(theme, dark: bool) -> None:
    tokens, _ = theme
    tokens.setProperty("dark", dark)
    grounds, letters = tokens.property("grounds"), tokens.property("letters")
    assert len(grounds) == len(letters) == 8
    for ground, letter in zip(grounds, letters, strict=True):
        assert contrast(ground, letter) >= 4.5


@pytest.mark.parametrize(
    ("size", "inches", "distance", "least"),
    [((1920, 1080), 15.6, 800, 28.5), ((1920, 1080), 21.5, 1000, 25.8), ((1024, 768), 15, 600, 12.9)],
)
def test_the_smallest_type_is_16_minutes_of_arc(theme, size, inches: float, distance: float, least: float) -> None:
    tokens, _ = theme
    tokens.setProperty("screen", QSize(*size))
    tokens.setProperty("inches", inches)
    tokens.setProperty("distance", distance)
    assert least - 0.3 <= tokens.property("smallestType") <= least + 1.2
