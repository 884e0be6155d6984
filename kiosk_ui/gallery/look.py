"""What stands on a face, as plain values: every visible text, target and product picture with its place in the window.

Read from the live items, so it is what a shopper sees and not what a layout meant. All lengths are pixels of the window.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QRawFont
from PySide6.QtQml import QQmlExpression, qmlContext
from PySide6.QtQuick import QQuickItem

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

_TAIL = 0.24
"""How far letters hang below the line, over the pixel size."""
_HAT = 1.1
"""How high the letters with an accent stand, over the height of a capital."""

# What Python cannot be given as a property, because Qt registers no converter for it.
_MEASURES = "[effectiveHorizontalAlignment, verticalAlignment, fontInfo.pixelSize, topPadding, bottomPadding]"
_H_CENTRE, _RIGHT = 0x4, 0x2
_V_CENTRE, _BOTTOM = 0x80, 0x40

_BREAKS = re.compile(r"[ \n\t/–—-]+")
"""Where a line may end; a no-break space is none of them."""

_caps: dict[tuple[str, int, int], float] = {}
"""Height of a capital over the pixel size, by family, weight and style."""


class Box(NamedTuple):
    """Left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def cut_to(self, other: Box) -> Box:
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Box(x, y, max(0.0, min(self.right, other.right) - x), max(0.0, min(self.bottom, other.bottom) - y))

    def holds(self, other: Box, slack: float) -> bool:
        """Whether `other` sticks out by no more than `slack` at any side."""
        return (
            other.x >= self.x - slack
            and other.y >= self.y - slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def overlaps(self, other: Box, slack: float) -> bool:
        """Whether they share more than `slack` in both directions."""
        shared = self.cut_to(other)
        return shared.width > slack and shared.height > slack

    def away_from(self, other: Box) -> float:
        """The gap between two boxes beside or above each other; negative when they overlap."""
        across = max(self.x, other.x) - min(self.right, other.right)
        down = max(self.y, other.y) - min(self.bottom, other.bottom)
        return max(across, down)


@dataclass(frozen=True, slots=True)
class Words:
    """A text that can be seen.

    `box` is the room its lines take, `letters` that of their ink, from the capitals of the first to the tails of the last;
    `own` is its item, `sheet` the painted ground it stands on.
    """

    text: str
    box: Box
    letters: Box
    own: Box
    sheet: Box
    clip: Box
    """What the clipping items around it leave of the window."""
    truncated: bool
    broken: str
    """A word that is wider than its place and goes on in the next line."""
    scrolled: bool
    """It stands in a list that shows a part of its lines."""
    pixels: float
    """Size of its font."""
    capital: float
    """Height of its capital letters."""
    colour: tuple[int, int, int]
    faded: bool
    """It or what it stands on is drawn transparent, or its button is off."""
    kinds: frozenset[str]
    """QML types it is a part of, such as `Reason`."""
    card: str
    """The suggestion whose card it stands on."""
    target: str
    """The button it stands on."""


@dataclass(frozen=True, slots=True)
class Target:
    """A button; `name` is its object name without `tap:`."""

    name: str
    box: Box


@dataclass(frozen=True, slots=True)
class Photo:
    """A product's picture, or its placeholder where it has none."""

    box: Box
    shown: bool
    """There is a picture and it is drawn."""
    letter: str
    card: str


@dataclass(slots=True)
class Look:
    """Of one window."""

    window: Box
    words: list[Words] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    named: dict[str, Box] = field(default_factory=dict)
    """Places of the items with an object name, such as `total` and `lines`."""
    cards: dict[str, Box] = field(default_factory=dict)
    """By suggestion."""

    def forget(self) -> None:
        """Something lies over all of it."""
        for seen in (self.words, self.targets, self.photos, self.named, self.cards):
            seen.clear()


@dataclass(frozen=True, slots=True)
class _Around:
    """What the ancestors of an item say about it."""

    sheet: Box
    clip: Box
    scrolled: bool = False
    faded: bool = False
    kinds: frozenset[str] = frozenset()
    card: str = ""
    target: str = ""


def look_at(root: QQuickItem) -> Look:
    """Everything visible in the window of `root`."""
    window = Box(0, 0, root.width(), root.height())
    look = Look(window)
    _walk(root, _Around(window, window), look)
    return look


def _walk(item: QQuickItem, around: _Around, look: Look) -> None:
    if not item.isVisible() or item.opacity() == 0:
        return
    box, name = _box(item), item.objectName()
    if name:
        look.named.setdefault(name, box)
    if item.inherits("QQuickText"):
        if str(item.property("text")).strip():
            look.words.append(_words(item, box, around))
        return
    if _covers(item, box, look.window):
        look.forget()
    here = _below(item, name, box, around)
    if here.card != around.card:
        look.cards.setdefault(here.card, box)
    if name.startswith("tap:") and item.isEnabled():
        look.targets.append(Target(name.removeprefix("tap:"), box))
    if name == "picture":
        look.photos.append(_photo(item, box, here.card))
    for child in item.childItems():
        _walk(child, here, look)


def _below(item: QQuickItem, name: str, box: Box, around: _Around) -> _Around:
    kind = item.metaObject().className().partition("_")[0]
    facts = item.metaObject()
    is_card = facts.indexOfProperty("suggestionId") >= 0 and facts.indexOfProperty("price") >= 0
    painted = item.inherits("QQuickRectangle") and _alpha(item) > 0.5
    return _Around(
        sheet=box if painted else around.sheet,
        clip=around.clip.cut_to(box) if item.clip() else around.clip,
        scrolled=around.scrolled or item.inherits("QQuickFlickable"),
        faded=around.faded or item.opacity() < 1 or not item.isEnabled(),
        kinds=around.kinds | {kind},
        card=str(item.property("suggestionId")) if is_card else around.card,
        target=name.removeprefix("tap:") if name.startswith("tap:") else around.target,
    )


def _covers(item: QQuickItem, box: Box, window: Box) -> bool:
    """Whether nothing drawn before can be seen any more."""
    return item.inherits("QQuickRectangle") and item.opacity() == 1 and _alpha(item) == 1 and box.holds(window, 0)


def _alpha(item: QQuickItem) -> float:
    # A rectangle with a gradient keeps the white it was born with, which is as opaque.
    colour: QColor = item.property("color")
    return colour.alphaF()


def _words(item: QQuickItem, box: Box, around: _Around) -> Words:
    context = qmlContext(item)
    assert context is not None
    measures: Any = QQmlExpression(context, item, _MEASURES).evaluate()
    if isinstance(measures, tuple):  # with whether it was undefined, against what the types say
        measures = measures[0]
    across, down, pixels, above, below = (measures.property(place).toNumber() for place in range(5))
    width, height = float(item.property("contentWidth")), float(item.property("contentHeight"))
    spare, rest = box.width - width, box.height - height - above - below
    x = box.x + (spare / 2 if int(across) == _H_CENTRE else spare if int(across) == _RIGHT else 0)
    y = box.y + above + (rest / 2 if int(down) == _V_CENTRE else rest if int(down) == _BOTTOM else 0)
    colour: QColor = item.property("color")
    capital = pixels * _capital(item.property("font"))
    lines = max(1, int(item.property("lineCount")))
    first = box.y + item.baselineOffset()
    last = first + (lines - 1) * height / lines
    top = first - _HAT * capital
    return Words(
        text=str(item.property("text")),
        box=Box(x, y, width, height),
        letters=Box(x, top, width, last + _TAIL * pixels - top),
        own=box,
        sheet=around.sheet,
        clip=around.clip,
        truncated=bool(item.property("truncated")),
        broken=_broken(item, pixels),
        scrolled=around.scrolled,
        pixels=pixels,
        capital=capital,
        colour=(colour.red(), colour.green(), colour.blue()),
        faded=around.faded or item.opacity() < 1,
        kinds=around.kinds,
        card=around.card,
        target=around.target,
    )


def _broken(item: QQuickItem, pixels: float) -> str:
    if item.property("lineCount") < 2:
        return ""
    font = QFont(item.property("font"))
    font.setPixelSize(round(pixels))
    metrics = QFontMetricsF(font)
    words = _BREAKS.split(str(item.property("text")))
    return next((word for word in words if metrics.horizontalAdvance(word) > item.width() + 1), "")


def _capital(font: QFont) -> float:
    key = (font.family(), font.weight(), int(font.italic()))
    if key not in _caps:
        raw = QRawFont.fromFont(font)
        _caps[key] = raw.capHeight() / raw.pixelSize()
    return _caps[key]


def _photo(item: QQuickItem, box: Box, card: str) -> Photo:
    parts = [child for child in item.childItems() if child.isVisible()]
    image = next((child for child in parts if child.inherits("QQuickImage")), None)
    letters = [text for child in parts for text in child.childItems() if text.inherits("QQuickText") and text.isVisible()]
    return Photo(
        box=box,
        shown=image is not None and str(image.property("source").toString()) != "",
        letter=str(letters[0].property("text")) if letters else "",
        card=card,
    )


def _box(item: QQuickItem) -> Box:
    place = item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))
    return Box(place.x(), place.y(), place.width(), place.height())
