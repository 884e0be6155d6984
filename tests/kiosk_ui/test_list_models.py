"""What a model tells QML of a change, and in which order."""

from __future__ import annotations

import pytest

from kiosk_ui.list_models import Rows
from kiosk_ui.view import PaymentRow

pytestmark = pytest.mark.usefixtures("qapp")


def told(rows: Rows) -> list[tuple[int, list[str]]]:
    """Row and names of fields, as they come."""
    names, heard = {role: bytes(name.data()).decode() for role, name in rows.roleNames().items()}, []
    rows.dataChanged.connect(lambda first, _last, roles: heard.append((first.row(), [names[role] for role in roles])))
    return heard


def test_only_what_changed_is_told() -> None:
    rows = Rows(PaymentRow)
    rows.show([PaymentRow(0, "cash", "1"), PaymentRow(1, "card", "2")])
    heard = told(rows)
    rows.show([PaymentRow(0, "cash", "1"), PaymentRow(1, "bonus", "3")])
    assert heard == [(1, ["means", "amount"])]


def test_the_last_field_is_told_after_the_others_of_all_rows() -> None:
    rows = Rows(PaymentRow, last="means")
    rows.show([PaymentRow(0, "cash", "1"), PaymentRow(1, "card", "2"), PaymentRow(2, "card", "2")])
    heard = told(rows)
    rows.show([PaymentRow(0, "card", "2"), PaymentRow(1, "cash", "1"), PaymentRow(2, "bonus", "2")])
    assert heard == [(0, ["amount"]), (1, ["amount"])]
    rows.show_last()
    assert heard[2:] == [(0, ["means"]), (1, ["means"]), (2, ["means"])]
    rows.show_last()
    assert len(heard) == 5
