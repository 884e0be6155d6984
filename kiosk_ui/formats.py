"""Money, quantities and unit prices as a shopper reads them, in Russian, English and Arabic. Pure; no Qt, no machine's locale.

Amounts are integers of minor units, quantities integers of thousandths: nothing here is a float. A number never parts from its
sign or unit: thousands are grouped by U+202F, a sign or unit is tied by U+00A0. An unknown currency is written as its ISO code;
`XXX`, ISO's code for none, is not written.

Arabic is written with the digits 0 to 9 and `1,234.50`, as CLDR has it for the Emirates: the same digits as on the till, the
shelf label, the receipt and under the barcode, so that a price can be checked at a glance. An amount begins with U+200F: it runs
from right to left wherever it stands, the number before its sign, while the digits keep their own direction.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from device.amounts import decimals_of

NBSP = "\u00a0"
NARROW = "\u202f"
MINUS = "\u2212"
TIMES = "\u00d7"
RIGHT_TO_LEFT = "\u200f"
LEFT_TO_RIGHT = "\u200e"
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"


class Language(StrEnum):
    RUSSIAN = "ru"
    ENGLISH = "en"
    ARABIC = "ar"
    PSEUDO = "qps"
    """English made long and strange, to show where a translation would be cut and which words nobody can translate."""

    @property
    def of_data(self) -> Language:
        """In which names and numbers are written: the pseudo-locale has only words of its own."""
        return Language.ENGLISH if self is Language.PSEUDO else self

    @property
    def mirrored(self) -> bool:
        return self is Language.ARABIC


TRANSLATED = (Language.RUSSIAN, Language.ENGLISH, Language.ARABIC)
"""Those with a file of words in i18n."""

_SIGNS = {"RUB": "₽", "GBP": "£", "EUR": "€", "USD": "$", "KZT": "₸"}

# CLDR's Arabic names of the currencies of Arabic countries.
_ARABIC_SIGNS = {
    "AED": "د.إ", "BHD": "د.ب", "DZD": "د.ج", "EGP": "ج.م", "IQD": "د.ع", "JOD": "د.أ", "KWD": "د.ك", "LBP": "ل.ل",
    "LYD": "د.ل", "MAD": "د.م.", "OMR": "ر.ع.", "QAR": "ر.ق", "SAR": "ر.س", "TND": "د.ت",
}  # fmt: skip

_NO_CURRENCY = frozenset({"XXX", ""})

_UNITS = {
    Language.RUSSIAN: {"pcs": "шт", "kg": "кг", "l": "л", "m": "м", "g": "г", "ml": "мл", "cm": "см"},
    Language.ENGLISH: {"pcs": "pcs", "kg": "kg", "l": "l", "m": "m", "g": "g", "ml": "ml", "cm": "cm"},
    Language.ARABIC: {"pcs": "قطعة", "kg": "كغ", "l": "لتر", "m": "م", "g": "غ", "ml": "مل", "cm": "سم"},
}

# A thousandth of these has a name of its own, which reads better for less than one.
_SMALL = {"kg": "g", "l": "ml"}

_PER_HUNDRED_UP_TO = 250

LONGEST_NAME = 256
"""Signs of a name or sentence; more cannot be read from a screen, and would run over what stands beside it."""
LONGEST_SPONSOR = 64
"""Signs of who pays for a place: the label is never cut on a card, so it has to fit there."""

LONGEST_CODE = 24
"""Signs of a coupon's code, which stands on the same label."""

_BLANKS = re.compile(r"[ \t\r\n\v\f\x1c-\x1f\x85\u2028\u2029]+")
# Controls, and what turns the direction of all that follows: `\u202e` would show a name, or the price after it, backwards.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")

_CONTENT = re.compile(r"[\s,]+\d+(?:[.,]\d+)?\s?(?:г|кг|мл|л|шт|g|kg|ml|l|pcs|pk|غ|غم|كغ|كغم|جم|كجم|مل|ل|لتر)\.?$", re.IGNORECASE)

_MARKS = {
    Language.RUSSIAN: ("«", "»", "„", "“"),
    Language.ENGLISH: ("“", "”", "‘", "’"),
    Language.ARABIC: ("«", "»", "“", "”"),
}
_INNER = re.compile(r"[«“„\"]([^«»“”„\"]*)[»”“\"]")

_LOOSE_UNIT = re.compile(
    r"(?<=\d) (?=(?:%|‰|°|№|(?:г|кг|мл|л|шт|см|мм|м|Вт|g|kg|ml|l|pcs|cm|mm|m|oz|W|pk|غ|غم|كغ|كغم|جم|كجم|مل|ل|لتر|سم|م|قطعة)\b))",
    re.IGNORECASE,
)


def money(amount: int, currency: str, language: Language) -> str:
    """`amount` in minor units: `1 234,50 ₽`, `£1,234.50`, `CHF 12.00`; in Arabic the sign follows, to the left."""
    number = _decimal(abs(amount), decimals_of(currency), language)
    sign = _SIGNS.get(currency)
    minus = _minus(amount, language)
    if currency in _NO_CURRENCY:
        return f"{minus}{number}"
    if language is Language.RUSSIAN:
        return f"{minus}{number}{NBSP}{sign or currency}"
    if language is Language.ARABIC:
        return f"{RIGHT_TO_LEFT}{minus}{number}{NBSP}{_ARABIC_SIGNS.get(currency) or sign or currency}"
    return f"{minus}{sign}{number}" if sign else f"{minus}{currency}{NBSP}{number}"


def per_unit(unit: str, language: Language) -> str:
    """What a price is for, to follow it: `/кг`. A piece goes without saying."""
    return "" if unit == "pcs" else f"/{_unit(unit, language)}"


def quantity(thousandths: int, unit: str, language: Language) -> str:
    """`2 шт`, `0,842 кг`. A broken weight has three decimals, as on a scale; pieces as many as they need."""
    number = _decimal(abs(thousandths), 3, language)
    if unit == "pcs" or thousandths % 1000 == 0:
        number = number.rstrip("0").rstrip(",.") if thousandths % 1000 else number[:-4]
    return f"{_minus(thousandths, language)}{number}{NBSP}{_unit(unit, language)}"


def line_detail(thousandths: int, unit: str, price: int | None, currency: str, language: Language) -> str:
    """The small line under a basket line's name: `2 шт × 94,90 ₽`; without a price the quantity alone."""
    amount = quantity(thousandths, unit, language)
    if price is None:
        return amount
    return f"{amount} {TIMES}{NBSP}{money(price, currency, language)}"


def net_content(thousandths: int, unit: str, language: Language) -> str:
    """What one piece holds: `90 г`, `1,5 л`, `10 шт`."""
    if unit in _SMALL and 0 < thousandths < 1000:
        return f"{thousandths}{NBSP}{_unit(_SMALL[unit], language)}"
    number = _decimal(thousandths, 3, language).rstrip("0").rstrip(",.")
    return f"{number}{NBSP}{_unit(unit, language)}"


def unit_price(price: int, net: int, net_unit: str, currency: str, language: Language) -> str:
    """Price of a kilogram, litre, metre or piece; of 100 g or 100 ml for packs up to 250. Rounded half up to a minor unit.

    `net` thousandths of `net_unit` cost `price` minor units, so one unit costs price * 1000 / net.
    """
    if net_unit in _SMALL and net <= _PER_HUNDRED_UP_TO:
        per, of = 100, f"100{NBSP}{_unit(_SMALL[net_unit], language)}"
    else:
        per, of = 1000, "pc" if (net_unit, language.of_data) == ("pcs", Language.ENGLISH) else _unit(net_unit, language)
    amount = (2 * price * per + net) // (2 * net)
    return f"{money(amount, currency, language)}/{of}"


def unit_line(price: int | None, net: int | None, net_unit: str | None, currency: str, language: Language) -> str:
    """`90 г · 144,33 ₽/100 г`; shorter by what is not known, empty when nothing is."""
    if net is None or net <= 0 or not net_unit:
        return ""
    content = net_content(net, net_unit, language)
    # One piece of one piece says nothing; nor does the price of what costs nothing.
    if net_unit == "pcs" and net == 1000:
        return ""
    if not price or net == 1000:
        return content
    return f"{content} · {unit_price(price, net, net_unit, currency, language)}"


def name_in(names: dict[str, str], language: Language) -> str:
    """The name in the screen's language, else the one meant for every language, else any; empty when there is none."""
    chosen = (names.get(language.of_data), names.get(""), *names.values())
    return tied(next((name for text in chosen if text and (name := plain(text))), ""))


def plain(text: str, longest: int = LONGEST_NAME) -> str:
    """Data as one line that can be drawn: no breaks, no controls, no direction of its own, and no longer than can be read."""
    # What is cut off below is not looked at: a name may be a megabyte.
    seen = _UNSEEN.sub("", _BLANKS.sub(" ", text[: 4 * longest]))
    text = _BLANKS.sub(" ", seen).strip()
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def short_name(names: dict[str, str], language: Language) -> str:
    """The name without what the pack holds, for mention in a sentence: `Капучино 300 мл` becomes `Капучино`."""
    name = name_in(names, language)
    return _CONTENT.sub("", name) or name


def quoted(name: str, language: Language) -> str:
    """A full name inside a sentence: `«Сыр „Бри“»`, `“Cheese ‘Brie’”`. Marks inside become those of the second order."""
    opening, closing, inner_opening, inner_closing = _MARKS[language.of_data]
    inside = _INNER.sub(lambda found: f"{inner_opening}{found[1]}{inner_closing}", name)
    return f"{opening}{inside}{closing}"


def isolated(name: str, language: Language) -> str:
    """Data inside a sentence of the faces: where either runs from right to left, neither disturbs the other's direction."""
    foreign = language.mirrored or any(unicodedata.bidirectional(sign) in {"R", "AL"} for sign in name)
    return f"{ISOLATE}{name}{END_OF_ISOLATE}" if name and foreign else name


def tied(text: str) -> str:
    """A figure in a product's name keeps its sign: the space in `72 %` and `300 мл` becomes a no-break one."""
    return _LOOSE_UNIT.sub(NBSP, text)


def initial(name: str) -> str:
    """The letter that stands in for a missing picture."""
    return next((sign.upper() for sign in name if sign.isalnum()), "•")


def _unit(unit: str, language: Language) -> str:
    return _UNITS[language.of_data].get(unit, unit)


def _minus(amount: int, language: Language) -> str:
    # Between Arabic words a sign would be drawn behind its number.
    return "" if amount >= 0 else f"{LEFT_TO_RIGHT}{MINUS}" if language is Language.ARABIC else MINUS


def _decimal(amount: int, digits: int, language: Language) -> str:
    whole, part = divmod(amount, 10**digits)
    if language is Language.RUSSIAN:
        text, point = f"{whole:,}".replace(",", NARROW), ","
    else:
        text, point = f"{whole:,}", "."
    return f"{text}{point}{part:0{digits}}" if digits else text
