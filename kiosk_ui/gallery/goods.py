"""The products of the scenes: what a small shop sells, and what nobody should have to show. Data; no Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from device.screen_link import BasketLine, Card, PaymentLine, Reason, ReasonKind

PICTURES = Path(__file__).parent / "goods"
"""Folder of the pictures; `broken.png` is none."""

CURRENCY = "RUB"
HIGHEST_PRICE = 999_999_999
"""9,999,999.99"""

LONG = {
    "ru": "Набор подарочный «Семейный вечер»: печенье сливочное с миндалём и мёдом, "
    "чай чёрный листовой, варенье, крем-мёд, 1,25 кг",
    "en": "Gift set “A family evening”: butter biscuits with almonds and honey, "
    "black leaf tea, strawberry jam, creams, and 1.25 kg",
    "ar": "مجموعة هدايا «أمسية عائلية»: بسكويت بالزبدة مع اللوز والعسل، "
    "شاي أسود حلو، مربى الفراولة، كريمة الفانيليا، الوزن 1.25 كغ",
}
"""A name of 120 characters in each language."""

_CAPPUCCINO = {"ru": "Капучино, 300 мл", "en": "Cappuccino, 300 ml", "ar": "كابتشينو، 300 مل"}
_BANANAS = {"ru": "Бананы, весовые", "en": "Bananas, by weight", "ar": "موز بالوزن"}
_MILK = {"ru": "Молоко 3,2 %, 930 мл", "en": "Milk 3.2 %, 930 ml", "ar": "حليب 3.2 %، 930 مل"}
_BAGUETTE = {"ru": "Багет французский, 250 г", "en": "French baguette, 250 g", "ar": "خبز باغيت فرنسي، 250 غ"}

CAPPUCCINO = BasketLine(1, _CAPPUCCINO, 1000, "pcs", 18990, 18990)
BANANAS = BasketLine(2, _BANANAS, 842, "kg", 13464, 15990)
MILK = BasketLine(3, _MILK, 2000, "pcs", 20980, 10490)
BAGUETTE = BasketLine(4, _BAGUETTE, 1000, "pcs", 7490, 7490)
BASKET = (CAPPUCCINO, BANANAS, MILK, BAGUETTE)


def total(lines: tuple[BasketLine, ...]) -> int:
    """What these lines cost, in minor units."""
    return sum(line.amount for line in lines)


PAID_IN_PART = (PaymentLine("bonus", 12000), PaymentLine("cash", 20000))
CHANGE = 39076
PAID_IN_CASH = (PaymentLine("cash", total(BASKET) + CHANGE),)


_GOES_WITH_COFFEE = Reason(
    ReasonKind.GOES_WITH,
    (_CAPPUCCINO,),
    ({"ru": "капучино", "en": "cappuccino", "ar": "الكابتشينو"},),
)
_GOES_WITH_TWO = Reason(
    ReasonKind.GOES_WITH,
    (_BAGUETTE, _BANANAS),
    ({"ru": "багету", "en": "baguette", "ar": "الباغيت"}, {"ru": "бананам", "en": "bananas", "ar": "الموز"}),
)


def _card(name: str, names: dict[str, str], price: int | None, reason: Reason, **facts: Any) -> Card:
    return Card(suggestion_id=name, sku=name, names=names, price=price, reason=reason, **facts)


CROISSANT = _card(
    "croissant",
    {"ru": "Круассан сливочный, 70 г", "en": "Butter croissant, 70 g", "ar": "كرواسون بالزبدة، 70 غ"},
    8990,
    _GOES_WITH_COFFEE,
    net=70,
    net_unit="kg",
    picture="croissant.svg",
    department="bakery",
    pitch={"ru": "К кофе — тёплый круассан?", "en": "A warm croissant with your coffee?", "ar": "كرواسون دافئ مع القهوة؟"},
    barcode="2000001202012",
)
BRIE = _card(
    "brie",
    {"ru": "Сыр «Бри» сливочный, 125 г", "en": "Creamy brie, 125 g", "ar": "جبن بري كريمي، 125 غ"},
    28990,
    _GOES_WITH_TWO,
    net=125,
    net_unit="kg",
    picture="brie.svg",
    department="cheese",
    pitch={"ru": "Нежный бри к багету?", "en": "A mild brie with the baguette?", "ar": "جبن بري مع الباغيت؟"},
    barcode="2000001102015",
)
CHOCOLATE = _card(
    "chocolate",
    {"ru": "Шоколад горький 72 %, 90 г", "en": "Dark chocolate 72 %, 90 g", "ar": "شوكولاتة داكنة 72 %، 90 غ"},
    14990,
    Reason(ReasonKind.POPULAR_NOW),
    net=90,
    net_unit="kg",
    picture="chocolate.svg",
    department="sweets",
    barcode="2000002101024",
)
OLIVES = _card(
    "olives",
    {"ru": "Оливки без косточек, 300 г", "en": "Pitted olives, 300 g", "ar": "زيتون منزوع النوى، 300 غ"},
    16990,
    Reason(ReasonKind.PAIRS_WELL),
    net=300,
    net_unit="kg",
    department="preserves",
)
BANANAS_MORE = _card(
    "bananas",
    _BANANAS,
    15990,
    Reason(ReasonKind.POPULAR_HERE),
    unit="kg",
    picture="bananas.svg",
    department="fruit",
)
WINE = _card(
    "wine",
    {"ru": "Вино красное сухое, 0,75 л", "en": "Red dry wine, 0.75 l", "ar": "نبيذ أحمر جاف، 0.75 ل"},
    59990,
    Reason(ReasonKind.PAIRS_WELL),
    net=750,
    net_unit="l",
    picture="wine.svg",
    department="wine",
    age_limit=18,
)
"""Only where the shop has opted in."""

ADVERTISER = "ООО «Молочный край»"
CARDS = (CROISSANT, BRIE, CHOCOLATE)
