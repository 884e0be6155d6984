"""What the pixels of a picture say of its texts: that they can be told from their ground, and that nothing lies over them.

Contrast is WCAG 2.2's ratio of relative luminances. The ground of a text is the colour most frequent in its box but its own.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk_ui.gallery.look import Box, Look

LEAST = 4.5
_ROWS = 24
_NEAR = 64
"""How far a channel may be from the text's colour to count as ink: thin strokes of small type never cover a pixel whole."""

Colour = tuple[int, int, int]


class Pixels:
    """The colours of a picture, by place."""

    def __init__(self, image: QImage) -> None:
        self._image = image.convertToFormat(QImage.Format.Format_RGB32)
        self._rows = memoryview(self._image.constBits()).cast("I")
        self._stride = self._image.bytesPerLine() // 4

    def within(self, box: Box) -> Counter[int]:
        """How often each colour stands in a box, as 0xffrrggbb; of a high box not every row is looked at."""
        left, right = max(0, round(box.x)), min(self._image.width(), round(box.right))
        top, bottom = max(0, round(box.y)), min(self._image.height(), round(box.bottom))
        found: Counter[int] = Counter()
        for y in range(top, bottom, max(1, (bottom - top) // _ROWS)):
            found.update(self._rows[y * self._stride + left : y * self._stride + right])
        return found


def faint(look: Look, pixels: Pixels) -> Iterator[str]:
    """Texts whose contrast is too low, and texts something lies over. What is switched off or scrolls away may be faint."""
    for one in look.words:
        seen = one.box.cut_to(one.clip)
        if one.faded or (one.scrolled and seen.height < one.box.height) or seen.width < 1 or seen.height < 1:
            continue
        found = pixels.within(seen)
        ground = _ground(found, one.colour)
        told = contrast(one.colour, ground) if ground else 1.0
        if told < LEAST:
            yield f"“{one.text[:40]}” has a contrast of {told:.1f} to its ground where {LEAST} are needed"
        elif not one.scrolled and not any(_near(_split(colour), one.colour) for colour in found):
            yield f"“{one.text[:40]}” is covered by something"


def _ground(found: Counter[int], ink: Colour) -> Colour | None:
    """The most frequent colour that is not the ink; those of a gradient count together. None when there is nothing but ink."""
    shades: Counter[int] = Counter()
    for colour, times in found.items():
        if not _near(_split(colour), ink):
            shades[colour & 0xF8F8F8] += times
    return _split(shades.most_common(1)[0][0]) if shades else None


def contrast(one: Colour, other: Colour) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: Colour) -> float:
    """Relative luminance of sRGB, 0 to 1."""
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _split(colour: int) -> Colour:
    return (colour >> 16 & 0xFF, colour >> 8 & 0xFF, colour & 0xFF)


def _near(one: Colour, other: Colour) -> bool:
    return all(abs(mine - theirs) <= _NEAR for mine, theirs in zip(one, other, strict=True))
