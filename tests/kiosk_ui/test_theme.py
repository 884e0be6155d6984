"""Every colour and the smallest letters are computed from the tokens, in both themes."""

from __future__ import annotations

import pytest
from fakes.face_glass import contrast
from PySide6.QtCore import QObject, QSize
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


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("one", "other", "least"), PAIRS)
def test_contrast(theme, dark: bool, one: str, other: str, least: float) -> None:
    tokens, _ = theme
    tokens.setProperty("dark", dark)
    assert contrast(tokens.property(one), tokens.property(other)) >= least


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
