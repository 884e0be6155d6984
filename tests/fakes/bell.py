"""Signals as the faces emit them, many times over, and what that costs the interpreter's references to True and None."""

from __future__ import annotations

import sys

from PySide6.QtCore import QAbstractListModel, QObject, Signal


class Bell(QObject):
    rung = Signal(bool)


class Rows(QAbstractListModel):
    def rowCount(self, parent=None) -> int:  # noqa: N802 Qt's name
        return 1

    def data(self, index, role=0) -> None:
        return None


def ring(times: int) -> dict[str, list[int]]:
    """By how much the counts of True and None have drifted after so many emits, model resets and answers of None."""
    bell, rows = Bell(), Rows()
    heard = [0]

    def hear(_value: bool) -> None:
        heard[0] += 1

    bell.rung.connect(hear)

    def once() -> None:
        bell.rung.emit(True)
        rows.beginResetModel()
        rows.endResetModel()
        rows.data(rows.index(0))

    for _ in range(100):
        once()
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(times):
        once()
    after = sys.getrefcount(True), sys.getrefcount(None)
    return {"drift": [late - early for early, late in zip(before, after, strict=True)], "heard": heard}
