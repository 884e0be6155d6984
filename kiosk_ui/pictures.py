"""Product pictures in the size they are shown, with their corners already rounded. The only reader of the pictures folder.

A picture is a file of the folder the snapshot names, called by its name alone: nothing else on the machine can be read this way.
SVG, PNG, JPEG and WebP are understood. What is missing, too large or broken has no address, and the
face draws its placeholder instead. The cache is bounded; pictures are decoded on the thread that draws, which the sizes
here allow.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from urllib.parse import quote, unquote

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath
from PySide6.QtQuick import QQuickImageProvider

PROVIDER = "pictures"
KEPT = 24
LARGEST_FILE = 8_000_000
LARGEST_SIDE = 8192
_DECODE_MIB = 64
_SUFFIXES = frozenset({".svg", ".png", ".jpg", ".jpeg", ".webp"})


class Pictures:
    """Knows the folder, what of it can be shown, and the last pictures made."""

    def __init__(self) -> None:
        QImageReader.setAllocationLimit(_DECODE_MIB)
        self._folder: Path | None = None
        self._folders = 0
        self._usable: OrderedDict[tuple[Path, int], bool] = OrderedDict()
        self._made: OrderedDict[tuple[Path, int, int, int], QImage] = OrderedDict()

    def url(self, folder: str | None, name: str | None) -> str:
        """The address QML loads, to be completed by `/<corner radius>`; empty when there is no such picture."""
        if not folder or not name:
            return ""
        if self._folder != Path(folder):
            self._folder = Path(folder)
            self._folders += 1
            self._made.clear()
        path = self._file(name)
        if path is None or not self._can_be_shown(path):
            return ""
        # The number keeps apart equal names of two folders.
        return f"image://{PROVIDER}/{self._folders}/{quote(name, safe='')}"

    def make(self, name: str, size: QSize, radius: int) -> QImage:
        """The picture cropped to `size` pixels; transparent if it was taken away in the meantime."""
        path = self._file(name)
        key = (path or Path(), size.width(), size.height(), radius)
        if (kept := self._made.get(key)) is not None:
            self._made.move_to_end(key)
            return kept
        made = _rounded(_decoded(path, size) if path else QImage(), size, radius)
        self._made[key] = made
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return made

    def _file(self, name: str) -> Path | None:
        if self._folder is None or Path(name).name != name or Path(name).suffix.lower() not in _SUFFIXES:
            return None
        path = self._folder / name
        try:
            inside = path.resolve(strict=True).parent == self._folder.resolve(strict=True)
            fits = path.stat().st_size <= LARGEST_FILE
        except (OSError, ValueError):
            # ValueError: a name with a zero byte
            return None
        return path if inside and fits and path.is_file() else None

    def _can_be_shown(self, path: Path) -> bool:
        try:
            key = (path, path.stat().st_mtime_ns)
        except OSError:
            return False
        if key not in self._usable:
            self._usable[key] = not _decoded(path, QSize(64, 64)).isNull()
            while len(self._usable) > 40 * KEPT:
                self._usable.popitem(last=False)
        return self._usable[key]


class PictureProvider(QQuickImageProvider):
    """What QML asks: `<folder number>/<file name>/<corner radius>`."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._pictures = pictures

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:  # noqa: N802, N803, A002 Qt's names
        _, name, radius = id.split("/")
        image = self._pictures.make(unquote(name), requestedSize.expandedTo(QSize(1, 1)), int(radius))
        size.setWidth(image.width())
        size.setHeight(image.height())
        return image


def _decoded(path: Path, size: QSize) -> QImage:
    """Decoded no larger than needed to cover `size`; null if it cannot be."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    whole = reader.size()
    if not whole.isValid() or whole.isEmpty() or max(whole.width(), whole.height()) > LARGEST_SIDE:
        return QImage()
    reader.setScaledSize(whole.scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding).expandedTo(QSize(1, 1)))
    return reader.read()


def _rounded(image: QImage, size: QSize, radius: int) -> QImage:
    made = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    if image.isNull():
        return made
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = QPainterPath()
    shape.addRoundedRect(0, 0, size.width(), size.height(), radius, radius)
    painter.setClipPath(shape)
    painter.drawImage((size.width() - image.width()) // 2, (size.height() - image.height()) // 2, image)
    painter.end()
    return made
