"""Columns of text, or of values that a reader has, as columns of what a receipt holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import repeat
from typing import Any, Final

from device.domain import Unit
from model_export.importing import values
from model_export.importing.times import Times, clock_of
from model_export.importing.values import Memo, Unreadable
from sync.central.past import Mark

_UNITS: Final = {
    **dict.fromkeys(
        ["pcs", "pc", "pce", "piece", "pieces", "ea", "each", "stk", "st", "шт", "ea.", "шт.", "unit", "un"], Unit.PIECE.value
    ),
    **dict.fromkeys(["kg", "kgm", "kilogram", "кг", "кг."], Unit.KILOGRAM.value),
    **dict.fromkeys(["l", "ltr", "litre", "liter", "л", "л."], Unit.LITRE.value),
    **dict.fromkeys(["m", "mtr", "metre", "meter", "м", "м.", "пог.м"], Unit.METRE.value),
}
CODES: Final = ("receipt", "sku", "customer")
_TEXTS: Final = (*CODES, "store", "till", "line", "name", "category")
_MARKS: Final = ("void", "return", "training", "type", "kind")


class Converters:
    """From the values of a reader to those of a receipt, field by field; `amount` and `quantity` come as integers or None.

    `decimal_marks`: of amounts and of quantities. `whole`: the columns of a typed table that its reader has made whole numbers
    already, as far as they could be; None: a table of text. `decimals`: the codes that end with a nought behind the point, see
    `guess.decimal_codes`; `clock`: how times of day are written as numbers, see `guess.clock`.
    """

    def __init__(
        self,
        times: Times,
        decimal_marks: tuple[str, str],
        amount_digits: int,
        whole: frozenset[str] | None = None,
        decimals: frozenset[str] = frozenset(),
        clock: str | None = None,
    ) -> None:
        money_mark, quantity_mark = decimal_marks

        def number(told: Any, mark: str = money_mark) -> Decimal:
            # Only a person writes a fraction with a comma.
            return values.number(str(told), mark if isinstance(told, str) else ".")

        def thousandths(told: Any) -> int:
            return values.scaled(number(told, quantity_mark), 3)

        def money(told: Any) -> int:
            return values.scaled(number(told), amount_digits)

        convert: dict[str, Callable[[Any], Any]] = {
            "receipt": values.code,
            "sku": values.sku,
            "at": times,
            "store": values.public_text,
            "till": values.public_text,
            "line": values.text,
            "quantity": thousandths,
            "unit": lambda told: _UNITS.get(str(told).casefold(), Unit.PIECE.value),
            "amount": money,
            "price": lambda told: values.price(number(told), amount_digits),
            "name": values.public_text,
            "category": values.text,
            "customer": values.code,
            "consent": values.yes,
            "void": values.flag(Mark.VOID),
            "return": values.flag(Mark.RETURN),
            "training": values.flag(Mark.TRAINING),
            "type": values.sale_marks,
            "kind": values.kind_marks,
            "order_hint": lambda told: values.scaled(number(told), 0),
        }
        convert |= dict.fromkeys(whole or (), values.whole)
        convert |= {name: values.without_decimals(convert[name]) for name in decimals}
        self._amount_digits, self._clock = amount_digits, clock
        self._memos = {}
        for name, one in convert.items():
            nothing = values.NOTHING if name in _TEXTS else frozenset[str]()
            self._memos[name] = Memo(one, exact=whole is not None and name in CODES, nothing=nothing)

    def _column(self, name: str, told: Sequence[Any]) -> list[Any]:
        memo = self._memos[name]
        return [memo[value] for value in told]

    def _joined(self, dates: Sequence[Any], times: Sequence[Any] | None) -> list[Any]:
        """Date and time of day from columns of their own."""
        memo = self._memos["at"]
        if times is None:
            return [memo[date] for date in dates]
        # Exports of databases write a date as midnight.
        days = [str(date).strip().removesuffix("00:00:00").strip() if date else "" for date in dates]
        clocks = ["" if time is None else clock_of(str(time).strip(), self._clock) for time in times]
        return [memo[f"{day} {clock}".strip() if day else None] for day, clock in zip(days, clocks, strict=True)]

    def read(self, told: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """Columns as receipts want them: `at` from date and time, `amount` from prices, one `marks` for all that mark."""
        columns = {name: self._column(name.partition("+")[0], told[name]) for name in told if name not in {"date", "time"}}
        _join_numbers(columns)
        if "date" in told:
            columns["at"] = self._joined(told["date"], told.get("time"))
        self._price(columns)
        _mark(columns)
        return columns

    def _price(self, columns: dict[str, list[Any]]) -> None:
        """The amount of a line that tells none, from its price; without that one too it stays unknown."""
        prices = columns.pop("price", None)
        amounts = columns.get("amount", [])
        if prices is None or (amounts and None not in amounts):
            return
        quantities = columns.get("quantity") or repeat(1000)
        columns["amount"] = [
            self._amount(price, quantity) if amount is None else amount
            for amount, price, quantity in zip(amounts or repeat(None), prices, quantities, strict=False)
        ]

    def _amount(self, price: Any, quantity: Any) -> Any:
        if not isinstance(price, int):
            return price
        if isinstance(quantity, Unreadable):
            return None
        try:
            return values.cost(price, 1000 if quantity is None else quantity, self._amount_digits)
        except values.UnreadableError as error:
            return Unreadable(str(error), "")


def _join_numbers(columns: dict[str, list[Any]]) -> None:
    """One number of a receipt from all columns that tell it; where one of them says nothing, none."""
    parts = [columns.pop(name) for name in list(columns) if name.startswith("receipt")]
    columns["receipt"] = parts[0] if len(parts) == 1 else [_number(row) for row in zip(*parts, strict=True)]


def _number(parts: tuple[Any, ...]) -> Any:
    unreadable = next((part for part in parts if part.__class__ is Unreadable), None)
    return unreadable or (None if None in parts else "+".join(parts))


def _mark(columns: dict[str, list[Any]]) -> None:
    """One column of all marks, as whole numbers; a mark that cannot be read stands for the line."""
    told = [column for name in _MARKS if (column := columns.pop(name, None)) is not None]
    columns["marks"] = [_together(row) for row in zip(*told, strict=True)] if told else [0] * len(columns["receipt"])


def _together(row: tuple[Any, ...]) -> Any:
    marks = 0
    for mark in row:
        if mark.__class__ is Unreadable:
            return mark
        marks |= int(mark or 0)
    return marks
