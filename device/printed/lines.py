"""One printed line: its role, its amount, and what of an item it holds. No memory of the lines about it.

| form       | example                                       | what it gives                                     |
|------------|-----------------------------------------------|---------------------------------------------------|
| `TEXT`     | `WHITE CABLE TIE 5*250`                       | a name, perhaps with a code                       |
| `FULL`     | `2 COFFEE 5.00`, `MILK 1.5% 0.420 kg @ 2.99 1.26` | a whole item                                  |
| `DETAIL`   | `9072317   1 X 3.90   3.90`, `1 PC * 9.000 0.00 9.00` | an item whose name stands on a line of its own |
| `AMOUNT`   | `            3.55`                            | an amount alone                                   |
| `MULTIPLY` | `@2 X RM 1.75`, `2 x 1.50`                    | quantity and price of an item whose amount is elsewhere |

The amount is the last number of the line that is written as money, with no more than a tax letter or two behind it. Quantity and
price are two numbers before it that multiply to it; two that do not are left alone. A number that touches a letter (`1.5L`,
`100PCS`) is part of the name.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

import msgspec
from msgspec.structs import replace

from device.amounts import LIMIT
from device.domain import Minor, Thousandths, Unit
from device.events import ONE
from device.printed import numbers
from device.printed.numbers import FINE, Number
from device.printed.words import Role, Words, plain

MAX_NAME: Final = 256
_TAIL: Final = re.compile(r"\s*\)?\s*(?:[^\W\d_]{0,3}[*#=]?\d?-?)(?:\s+[^\W\d_]{1,3})?\s*[*.]?\s*$")
_UNITS: Final = {
    Unit.KILOGRAM: {"kg", "кг", "kilo", "kgs"},
    Unit.LITRE: {"l", "л", "ltr", "lt", "litre", "liter"},
    Unit.METRE: {"m", "м", "mtr"},
}
_MEASURE: Final = {word for words in _UNITS.values() for word in words} | {"g", "г", "gr", "ml", "мл", "cm", "mm", "oz", "lb"}
_OF_ITEMS: Final = frozenset({None, Role.VOID})
_HEADLINES: Final = frozenset({Role.REPORT, Role.SLIP, Role.RETURN, Role.CANCEL})
_NO_NAME: Final = _MEASURE | {
    *("pc", "pcs", "pce", "ea", "uni", "unit", "units", "set", "nos", "pkt", "pkts", "box", "btl", "qty", "no", "disc", "rm"),
    *("шт", "уп", "st", "stk", "stck", "ud", "uds", "un", "und", "pz"),
    *("x", "х", "s", "sr", "z", "zrl", "t", "d", "c", "a", "b", "в", "e"),
}
_CODE: Final = re.compile(r"(?<![\w.,])\*?(\d{15}|\d{12,14}|\d{8})(?![\w.,])")
_LONG: Final = re.compile(r"\d{8}")
# A pattern that begins with one of some characters is found several times as fast as one that begins with a look behind itself
# or with a choice: so the looks behind stand after the first character here.
# The shop's own number, where it opens a line of figures: `9072317   1 X 3.90   3.90`.
_FIRST: Final = re.compile(r"\s*\*?(\d{4,14})(?=\s)")
_SKU: Final = re.compile(r"(?=(?:[A-Z/-]*\d){3})[A-Z0-9][A-Z0-9/-]{3,17}")
_ANY_CODE: Final = re.compile(r"[A-Za-z0-9._/-]{1,32}")
_INDEX: Final = re.compile(r"^\s*(?:\d{1,3}\s*[.)]|0\d\d)\s+(?=\D|\d{5})")
_LEADING: Final = re.compile(r"^\s*(\d{1,2})(\s*[xX×*хХ](?=\s))?\s+(?=\D)")
_MAY_BE_SECRET: Final = re.compile(r"[*•xX#\d][*•xX#\d +()-]{2}")
_SECRET: Final = re.compile(r"(?<![*•xX#])[*•xX#]{3,}+(?:[\s*•-]*+\d)+|(?:\+?\d[ ()-]{0,2}){9,}\d")
_MAY_BE_STAMP: Final = re.compile(r"[:./-]\d\d?(?:(?<=:..)|[./-]\d)")
_STAMP: Final = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b")
_NOTE: Final = re.compile(r"\s*\[[^\]]*\]\s*")
_DIGIT: Final = re.compile(r"\d")
_ANY: Final = re.compile(r"\w")
_COLUMN: Final = re.compile(r"(?:^|\s\s|[xX×*@=хХ]\s?)$")
_PERCENT: Final = re.compile(r"\d+(?:[.,]\d+)?\s*%")
# A column of tax between name and amount.
_RATE: Final = re.compile(r"\s(?:(?<!\s.)\s+(?:\d{1,2}(?:[.,]\d+)?\s*%|\*?[A-Z]{1,2}\d?)|\*[A-Z]{1,2})\s*$", re.DOTALL)
_APART: Final = re.compile(r"\s[\s*]")
_TIMES: Final = re.compile(r"[xX×*@хХ](?<![^\W\d_].)\s*@?\s*$")
_FIGURES: Final = re.compile(r"\s*\d[\d.,]*\s*[xX×*@хХ]\s*\d")
_UNIT: Final = [FINE, FINE // 10, FINE // 100, FINE // 1000]
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


class Form(Enum):
    TEXT = auto()
    FULL = auto()
    DETAIL = auto()
    AMOUNT = auto()
    MULTIPLY = auto()


class Reading(msgspec.Struct, frozen=True, gc=False):
    form: Form
    role: Role | None = None
    amount: Minor | None = None
    name: str = ""
    code: str = ""
    quantity: Thousandths | None = None
    """None: the line does not say."""
    unit: Unit = Unit.PIECE
    price: Minor | None = None
    leading: int | None = None
    """A small number before the name: a quantity or the number of the line, the other lines tell which. Of a heading: 1 where its
    first column is the quantity."""
    amounts: int = 0
    """How many numbers are written as money; of a label without any, whether it holds another number."""
    void: bool = False


def read(text: str, words: Words, decimals: int = 2, mark: str = "auto") -> Reading:
    told = plain(text)
    role = words.role(told)
    if role is Role.PERSON or ("[" in text and _NOTE.fullmatch(text)):
        return Reading(Form.TEXT, role)
    line, found = text, []
    if _DIGIT.search(text) and (role is not None or not (_MAY_BE_STAMP.search(text) and _STAMP.search(text))):
        line = numbers.clean(text)
        found = numbers.numbers(line, decimals, mark)
    total, before = _amount(line, found, decimals)
    if total is None and not found and (role is None or role is Role.COUNT or len(text.split()) > 2) and words.heading(told):
        return Reading(Form.TEXT, Role.HEADING, leading=int(words.role(plain(text.split(maxsplit=1)[0])) is Role.COUNT))
    if total is None or (before and role in _OF_ITEMS and _TIMES.search(line[: total.start])):
        return _without_amount(line, found, role, decimals, words)
    if (role in _HEADLINES and not words.bare(told)) or (role is Role.DISCOUNT and _FIGURES.match(line)):
        role = None  # `COPY PAPER 12.00`, `2 X 5.51 (DISC: 1.53) 7.96`
    if role is None and not before and total.value > 0 and words.label(told):
        role = Role.SUBTOTAL
    if role is None or role is Role.VOID:
        return _item(line, total, before, role, decimals, words)
    # `QTY: 3   ROUNDING  0.02`: of two columns the one that stands before the amount is meant.
    beside = [number for number in before if not _PERCENT.match(line, number.start)]
    nearer = words.role(plain(line[beside[-1].end : total.start])) if beside else None
    money = 1 if nearer else sum(number.money for number in found)
    if role is Role.TENDER and not nearer and not words.bare(told):
        # `CASH BOX 12.00`: among the items it is one of them.
        return replace(_item(line, total, before, None, decimals, words), role=role, amounts=money)
    return Reading(Form.FULL, nearer or role, minor(total.value, decimals), amounts=money)


def _item(line: str, total: Number, before: list[Number], role: Role | None, decimals: int, words: Words) -> Reading:
    pair = numbers.product(before, total.value, _unit(decimals))
    head = line[: total.start]
    quantity, price, unit = None, None, Unit.PIECE
    if pair is not None:
        quantity, price = thousandths(abs(pair[0].value)), minor(abs(pair[1].value), decimals)
        unit = unit_after(line, pair[0])
    name, code, leading = _name(head, before, pair, words if role is Role.VOID else None)
    if pair and _SKU.fullmatch(name):
        name, code = "", code or name
    if pair and not name and not code and (own := _FIRST.match(line)) and own.end() <= pair[0].start:
        code = own[1]
    if leading and quantity is None and name and (times := _LEADING.match(line)) and times[2]:
        quantity, leading = Thousandths(leading * ONE), None
        price = _minor(numbers.rounded(total.value * ONE, quantity * _unit(decimals))) if quantity else None
    form = Form.FULL if name else Form.DETAIL if code or before or _ANY.search(head) else Form.AMOUNT
    amount = minor(total.value, decimals)
    return Reading(form, role, amount, name, code, quantity, unit, price, leading, 1, void=role is Role.VOID)


def minor(value: int, decimals: int) -> Minor | None:
    """Of ten-thousandths, rounded half up to a minor unit: a price may have more places than the currency."""
    return _minor(numbers.rounded(value, _unit(decimals)))


def _minor(amount: int) -> Minor | None:
    return Minor(amount) if abs(amount) <= LIMIT else None


def _unit(decimals: int) -> int:
    """A minor unit in ten-thousandths."""
    return _UNIT[decimals]


def thousandths(value: int) -> Thousandths | None:
    """Of ten-thousandths, rounded half up; None beyond what is believed of a quantity."""
    quantity = numbers.rounded(value, FINE // ONE)
    return Thousandths(quantity) if abs(quantity) <= LIMIT else None


def _amount(line: str, found: list[Number], decimals: int) -> tuple[Number | None, list[Number]]:
    for position in range(len(found) - 1, -1, -1):
        number = found[position]
        tail = line[number.end :]
        if tail and (" ".join(plain(tail)) in _MEASURE or not _TAIL.fullmatch(tail)):
            return None, found
        if number.money and (decimals or _stands_as_amount(line, number)):
            return number, found[:position]
        if number.value and position < len(found) - 1:
            return None, found
    return None, found


def _stands_as_amount(line: str, number: Number) -> bool:
    """Where the currency has no decimals every number could be money: one with thousands, or in the last column, is."""
    digits = line[number.start : number.end]
    return "," in digits or "." in digits or line[: number.start].endswith("  ") or not line[: number.start].strip()


def _without_amount(line: str, found: list[Number], role: Role | None, decimals: int, words: Words) -> Reading:
    name, code, leading = _name(line, [], None, words if role is Role.VOID else None)
    if len(found) > 1 and role in _OF_ITEMS and _TIMES.search(line[: found[-1].start]):
        quantity, price = found[-2:]
        told = thousandths(abs(quantity.value)), unit_after(line, quantity), minor(abs(price.value), decimals)
        if told[0] is not None and _NO_NAME.issuperset(plain(line[quantity.end : price.start])) and not _speaks(line):
            return Reading(Form.MULTIPLY, role, None, "", code, *told, void=role is Role.VOID)
    digits = bool(_DIGIT.search(_PERCENT.sub("", line) if "%" in line else line))
    return Reading(Form.TEXT, role, None, name, code, leading=leading, amounts=int(digits), void=role is Role.VOID)


def unit_after(line: str, quantity: Number | None) -> Unit:
    """As told behind a quantity."""
    if quantity is None:
        return Unit.PIECE
    if told := plain(line[quantity.end : quantity.end + 8]):
        for unit, words in _UNITS.items():
            if told[0] in words:
                return unit
    # Scales print grams: three places without a unit are a weight.
    return Unit.KILOGRAM if quantity.places == 3 and quantity.value % FINE else Unit.PIECE


def _name(head: str, before: list[Number], pair: tuple[Number, Number] | None, void: Words | None) -> tuple[str, str, int | None]:
    """Name, code and leading number of what stands before the amount."""
    code = _CODE.search(head) if _LONG.search(head) else None
    # The columns behind the name are cut off, from the right, as long as they are numbers.
    cut = len(head)
    for number in reversed(before):
        # `1.5L` and the 5 of `MI PERISA 5   3.65` are of the name; a column stands two spaces apart, or multiplies.
        of_name = (pair is None or number.end <= pair[0].start) and (
            head[number.end : number.end + 1].isalpha() or not _COLUMN.search(head, max(0, number.start - 2), number.start)
        )
        if of_name or number.end > cut or not _NO_NAME.issuperset(plain(head[number.end : cut])):
            break
        cut = number.start
    words = head[:cut]
    if pair is not None and not _speaks(words):
        # `2 x 1.50 COFFEE 3.00`: the name stands between.
        words = head[max(pair[0].end, pair[1].end) :]
    if code:
        words = _CODE.sub(" ", words)
    words = words.rstrip()
    if _APART.search(words):
        words = _RATE.sub("", words)
    leading = None
    if index := _INDEX.match(words):
        words = words[index.end() :]
    if (told := _LEADING.match(words)) and _speaks(words[told.end() :]):
        leading = int(told[1])
        words = words[told.end() :]
    if void is not None:
        words = void.without(Role.VOID, words)
    name = tidy(words)
    return name if _speaks(name) else "", code[1] if code else "", leading


def _speaks(text: str) -> bool:
    """Whether there is anything in it that could be a word of a name."""
    folded = text.casefold()
    first = _WORD.search(folded)
    return first is not None and (first[0] not in _NO_NAME or not _NO_NAME.issuperset(_WORD.findall(folded)))


def believed(code: str) -> str:
    """A code as sent, or nothing where it could be the number of a card."""
    found = _ANY_CODE.fullmatch(code.strip())
    return found[0] if found and not (found[0].isdigit() and len(found[0]) > 15) else ""


def tidy(words: str) -> str:
    """A name fit for an event: nothing in it that could be the number of a card or a telephone."""
    if _MAY_BE_SECRET.search(words):
        words = _SECRET.sub(" ", words)
    return " ".join(words.split()).strip(" \t-:*=@#.,;|_")[:MAX_NAME]
