"""Rows as Qt sees them. A model is given the rows to show and applies the difference; it is never reset.

A reset costs half as much again and destroys the delegates, and with them a button that is being pressed. Rows in the
middle of the change are changed in place; rows come and go only at its edge. A field that takes time to show, such as a picture
that other threads draw meanwhile, is told of after all the others of all models.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QByteArray, QModelIndex, QObject, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk_ui.view import CardRow, LineRow, PaymentRow

    Row = CardRow | LineRow | PaymentRow

_FIRST_ROLE = Qt.ItemDataRole.UserRole + 1
_NOWHERE = QModelIndex()


class Rows(QAbstractListModel):
    """The only owner of the rows it shows. Each field of a row is a role, in camel case; the first field is the row's key."""

    def __init__(self, kind: type[Row], parent: QObject | None = None, *, last: str = "") -> None:
        super().__init__(parent)
        self._fields = [field.name for field in dataclasses.fields(kind)]
        self._rows: list[Row] = []
        self._last = last
        """The field whose changes wait for `show_last`."""
        self._waiting: list[int] = []

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:  # noqa: N802 Qt's name
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        place = role - _FIRST_ROLE
        if not (0 <= index.row() < len(self._rows) and 0 <= place < len(self._fields)):
            return None
        value = getattr(self._rows[index.row()], self._fields[place])
        return [list(one) for one in value] if isinstance(value, tuple) else value

    def roleNames(self) -> dict[int, QByteArray]:  # noqa: N802 Qt's name
        return {_FIRST_ROLE + place: QByteArray(_camel(name).encode()) for place, name in enumerate(self._fields)}

    def show(self, rows: Sequence[Row]) -> None:
        """Make the model hold exactly `rows`."""
        old, new = self._rows, list(rows)
        head = 0
        while head < min(len(old), len(new)) and self._key(old[head]) == self._key(new[head]):
            head += 1
        tail = 0
        while tail < min(len(old), len(new)) - head and self._key(old[-1 - tail]) == self._key(new[-1 - tail]):
            tail += 1
        keep = min(len(old), len(new)) - tail
        if len(old) - tail > keep:
            self.beginRemoveRows(_NOWHERE, keep, len(old) - tail - 1)
            del old[keep : len(old) - tail]
            self.endRemoveRows()
        elif len(new) - tail > keep:
            self.beginInsertRows(_NOWHERE, keep, len(new) - tail - 1)
            old[keep:keep] = new[keep : len(new) - tail]
            self.endInsertRows()
        for place, row in enumerate(new):
            self._change(place, row)

    def show_last(self) -> None:
        """Tell of the changes that `show` kept back."""
        for place in self._waiting:
            self._tell(place, (self._last,))
        self._waiting.clear()

    def _change(self, place: int, row: Row) -> None:
        before = self._rows[place]
        if before == row:
            return
        changed = [name for name in self._fields if getattr(before, name) != getattr(row, name)]
        self._rows[place] = row
        if self._last in changed:
            changed.remove(self._last)
            self._waiting.append(place)
        if changed:
            # No names at all would mean all of them.
            self._tell(place, changed)

    def _tell(self, place: int, changed: Sequence[str]) -> None:
        index = self.index(place)
        self.dataChanged.emit(index, index, [_FIRST_ROLE + self._fields.index(name) for name in changed])

    def _key(self, row: Row) -> object:
        return getattr(row, self._fields[0])


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
