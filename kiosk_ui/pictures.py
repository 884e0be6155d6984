"""Product pictures in the size they are shown, with their corners already rounded. The only reader of the pictures folder.

A picture is a file of the folder the snapshot names, called by its name alone: nothing else on the machine can be read this way.
SVG, PNG, JPEG and WebP are understood. What is missing, too large, a link or broken has no address, and the face draws its
placeholder instead. So it does for an SVG that draws another file (`image`), or parts of itself again (`use`, `pattern`,
`marker`, `mask`, entities): a kilobyte of those can ask for a billion shapes and hang the face. The cache is bounded.

A picture takes milliseconds to draw from its file. Those of a snapshot are begun, in threads, when it arrives, in the size
the pictures at the same places had; QML asks for them when all texts are laid out, and waits for what is not ready. That a file
is broken is known only then: what has an address by `likely_url` may be a mistake, which is corrected before the frame.
"""

from __future__ import annotations

import os
import re
import stat
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath
from PySide6.QtQuick import QQuickImageProvider

if TYPE_CHECKING:
    from collections.abc import Sequence

PROVIDER = "pictures"
KEPT_BYTES = 6 << 20
"""Of pictures made: six of a card on a screen of 1920x1080, what is shown and what was before.

Those of one snapshot are kept, however large."""

KNOWN = 640
"""Files of which is remembered whether they are pictures."""

LARGEST_FILE = 8_000_000
LARGEST_SIDE = 8192
_DECODE_MIB = 64
_THREADS = max(1, min(2, (os.cpu_count() or 1) - 1))
"""The face's own thread lays out texts meanwhile, and then helps."""

_REPEATS = re.compile(rb"<(?:[^\s<>/:]+:)?(?:use|pattern|marker|mask|image)\b|<!ENTITY", re.IGNORECASE)
_SUFFIXES = frozenset({".svg", ".png", ".jpg", ".jpeg", ".webp"})


@dataclass(frozen=True, slots=True)
class _Shape:
    """Pixels."""

    width: int
    height: int
    radius: int

    @property
    def bytes(self) -> int:
        return 4 * self.width * self.height


_ANY_SHAPE = _Shape(64, 64, 0)
"""Large enough to know a file for a picture."""


class Pictures:
    """Knows the folder, what of it can be shown, and the last pictures made. Owns the threads that draw them."""

    def __init__(self) -> None:
        QImageReader.setAllocationLimit(_DECODE_MIB)
        self._folder: Path | None = None
        self._folders = 0
        self._usable: OrderedDict[tuple[Path, int], bool] = OrderedDict()
        self._made: OrderedDict[tuple[Path, _Shape], Future[QImage]] = OrderedDict()
        self._threads = ThreadPoolExecutor(_THREADS, "pictures")
        self._expected: tuple[str | None, ...] = ()
        self._due: list[tuple[Path, _Shape]] = []
        self._shapes: dict[tuple[int, int], _Shape] = {}
        """How the picture at a place, of so many, was last asked for."""
        self._believed: dict[str, tuple[Path, int]] = {}
        """Whether these files are pictures nobody has asked yet."""

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def expect(self, folder: str | None, names: Sequence[str | None]) -> None:
        """These will be shown, in this order: begin with those not made yet."""
        self._enter(folder)
        self._expected = tuple(names)
        self._due = []
        for place, name in enumerate(names):
            shape = self._shapes.get((len(names), place))
            found = self._file(name) if name and shape else None
            if shape and found and self._usable.get(found, True):
                self._begin(found[0], shape)
                self._due.append((found[0], shape))

    def help_out(self) -> None:
        """Make, in this thread, those expected that no other has begun with; the others begin at the other end."""
        for key in reversed(self._due):
            future = self._made.get(key)
            if future is not None and future.cancel():
                self._made[key] = _done(_rounded(*key))
        self._due = []

    def url(self, folder: str | None, name: str | None) -> str:
        """The address QML loads, to be completed by `/<corner radius>/<width>x<height>`; empty when there is no such picture."""
        address = self.likely_url(folder, name)
        return "" if address and name and not self._can_be_shown(self._believed.pop(name, None), name) else address

    def likely_url(self, folder: str | None, name: str | None) -> str:
        """`url` without waiting: the file is there, and `mistaken` tells later whether it is a picture."""
        self._enter(folder)
        found = self._file(name) if name else None
        if found is None or not name or not self._usable.get(found, True):
            return ""
        if found not in self._usable:
            self._believed[name] = found
        # The number keeps apart equal names of two folders.
        return f"image://{PROVIDER}/{self._folders}/{quote(name, safe='')}"

    def mistaken(self) -> bool:
        """Whether an address given by `likely_url` since the last question leads to nothing that can be shown."""
        believed, self._believed = self._believed, {}
        return not all(self._can_be_shown(found, name) for name, found in believed.items())

    def make(self, name: str, size: QSize, radius: int) -> QImage:
        """The picture cropped to `size` pixels; transparent if it was taken away in the meantime."""
        shape = _Shape(size.width(), size.height(), radius)
        if name in self._expected:
            self._shapes[len(self._expected), self._expected.index(name)] = shape
        found = self._file(name)
        image = self._begin(found[0], shape).result() if found else QImage()
        return _transparent(shape) if image.isNull() else image

    def _enter(self, folder: str | None) -> None:
        if folder and self._folder != Path(folder):
            self._folder = Path(folder)
            self._folders += 1
            self._made.clear()
            self._believed.clear()

    def _file(self, name: str) -> tuple[Path, int] | None:
        """The file and when it was last written; None unless it lies in the folder itself."""
        if self._folder is None or Path(name).name != name or Path(name).suffix.lower() not in _SUFFIXES:
            return None
        path = self._folder / name
        try:
            facts = path.lstat()
        except (OSError, ValueError):
            # ValueError: a name with a zero byte
            return None
        return (path, facts.st_mtime_ns) if stat.S_ISREG(facts.st_mode) and facts.st_size <= LARGEST_FILE else None

    def _can_be_shown(self, found: tuple[Path, int] | None, name: str) -> bool:
        if found is None:
            return True
        if found not in self._usable:
            expected = self._expected
            known = self._shapes.get((len(expected), expected.index(name))) if name in expected else None
            self._usable[found] = not self._begin(found[0], known or _ANY_SHAPE).result().isNull()
            while len(self._usable) > KNOWN:
                self._usable.popitem(last=False)
        return self._usable[found]

    def _begin(self, path: Path, shape: _Shape) -> Future[QImage]:
        """The picture, or null if the file is none; perhaps still being made."""
        key = (path, shape)
        if key not in self._made:
            self._made[key] = self._threads.submit(_rounded, path, shape)
        self._made.move_to_end(key)
        room = KEPT_BYTES - sum(shape.bytes for _, shape in self._made)
        while room < 0 and len(self._made) > max(1, len(self._expected)):
            room += self._made.popitem(last=False)[0][1].bytes
        return self._made[key]


class PictureProvider(QQuickImageProvider):
    """What QML asks: `<folder number>/<file name>/<corner radius>/<width>x<height>`."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._pictures = pictures

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:  # noqa: N802, N803, A002, ARG002 as Qt has it
        _, name, radius, asked = id.split("/")
        image = self._pictures.make(unquote(name), QSize(*map(int, asked.split("x"))), int(radius))
        size.setWidth(image.width())
        size.setHeight(image.height())
        return image


def _done(image: QImage) -> Future[QImage]:
    future: Future[QImage] = Future()
    future.set_result(image)
    return future


def _rounded(path: Path, shape: _Shape) -> QImage:
    """Null if the file cannot be read as a picture."""
    image = _decoded(path, QSize(shape.width, shape.height))
    if image.isNull():
        return image
    middle = QRect((image.width() - shape.width + 1) // 2, (image.height() - shape.height + 1) // 2, shape.width, shape.height)
    made = image if middle == image.rect() else image.copy(middle)
    made.convertTo(QImage.Format.Format_ARGB32_Premultiplied)
    # What is outside the round corners is taken away: a painter that draws the whole through them takes four times as long.
    corners = QPainterPath()
    corners.addRect(0, 0, shape.width, shape.height)
    corners.addRoundedRect(0, 0, shape.width, shape.height, shape.radius, shape.radius)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    painter.fillPath(corners, Qt.GlobalColor.black)
    painter.end()
    return made


def _decoded(path: Path, size: QSize) -> QImage:
    """Decoded no larger than needed to cover `size`; null if it cannot be."""
    reader = QImageReader(str(path))
    if bytes(reader.format().data()).startswith(b"svg") and not _draws_once(path):
        return QImage()
    reader.setAutoTransform(True)
    whole = reader.size()
    if not whole.isValid() or whole.isEmpty() or max(whole.width(), whole.height()) > LARGEST_SIDE:
        return QImage()
    reader.setScaledSize(whole.scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding).expandedTo(QSize(1, 1)))
    return reader.read()


def _draws_once(path: Path) -> bool:
    """Whether an SVG takes no longer than its length tells. Compressed, or in UTF-16, it cannot be seen."""
    try:
        text = path.read_bytes()
    except OSError:
        return False
    return b"<svg" in text and b"\0" not in text and _REPEATS.search(text) is None


def _transparent(shape: _Shape) -> QImage:
    made = QImage(shape.width, shape.height, QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    return made
