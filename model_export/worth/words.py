"""Amounts as people read them, and what the page says in each language."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "en": {
        "title": "What the suggestions earn",
        "experiment": "Experiment",
        "until": "{first} to {last}, receipts until {until}",
        "arms": "Arms",
        "arm": "Arm",
        "share": "Planned share",
        "receipts": "Receipts",
        "compared": "Compared",
        "population": "Compared are {population}.",
        "ratio": "Sample ratio: {told} (p = {p})",
        "ratio_ok": "as planned",
        "ratio_bad": "NOT as planned: do not believe what follows before it is known why",
        "differences": "Differences",
        "metric": "Metric",
        "control": "control",
        "difference": "Difference",
        "interval": "95 % interval, valid at every look",
        "effect": "effect",
        "none": "not distinguishable from zero",
        "few": "Too few receipts yet: intervals begin at 100 in each arm.",
        "by_store": "By store",
        "by_hour": "By hour",
        "by_segment": "By segment",
        "parts": "Intervals of one picture hold all at once; filled: an effect, corrected for many comparisons (q at most 5 %).",
        "usual": "Under their usual names",
        "usual_note": "These count every purchase that followed a suggestion, also what would have been bought anyway.",
        "how": "How it is computed",
        "remarks": "Left out, and what else to know",
        "clean": "Nothing was left out.",
        "conversion": "Receipts with an item of the first suggestions",
        "attach": "Items of the first suggestions on a receipt",
        "items": "Different items on a receipt",
        "receipt": "Mean receipt",
        "margin": "Margin of a receipt",
        "repeat": "Known shoppers who came again within 14 days",
        "till": "Time from first scan to payment",
        "rating": "Rating (NPS)",
        "seconds": "s",
    },
    "ru": {
        "title": "Что приносят подсказки",
        "experiment": "Эксперимент",
        "until": "с {first} по {last}, чеки по {until}",
        "arms": "Группы",
        "arm": "Группа",
        "share": "Доля по плану",
        "receipts": "Чеков",
        "compared": "Сравнивается",
        "population": "Сравниваются: {population}.",
        "ratio": "Соотношение групп: {told} (p = {p})",
        "ratio_ok": "как задумано",
        "ratio_bad": "НЕ как задумано: не верьте остальному, пока не найдена причина",
        "differences": "Разница",
        "metric": "Показатель",
        "control": "контроль",
        "difference": "Разница",
        "interval": "95 %-интервал, верен при каждом просмотре",
        "effect": "эффект",
        "none": "от нуля не отличить",
        "few": "Чеков пока мало: интервалы начинаются со 100 в каждой группе.",
        "by_store": "По магазинам",
        "by_hour": "По часам",
        "by_segment": "По сегментам",
        "parts": "Интервалы одной картинки верны все сразу; закрашено: эффект с поправкой на множество сравнений (q до 5 %).",
        "usual": "Под привычными именами",
        "usual_note": "Здесь считается всё, что куплено после подсказки, в том числе то, что купили бы и так.",
        "how": "Как считается",
        "remarks": "Что не учтено и что ещё нужно знать",
        "clean": "Ничего не исключено.",
        "conversion": "Чеки с товаром из первых подсказок",
        "attach": "Товаров из первых подсказок в чеке",
        "items": "Разных товаров в чеке",
        "receipt": "Средний чек",
        "margin": "Маржа чека",
        "repeat": "Известные покупатели, пришедшие снова за 14 дней",
        "till": "Время от первого скана до оплаты",
        "rating": "Оценка (NPS)",
        "seconds": "с",
    },
}
"""By language. Remarks, the population and how a figure is computed are said in English."""


def amount(value: float, unit: str, currency: str, *, sign: bool = False) -> str:
    """With the digits that its size deserves; a narrow no-break space between thousands."""
    plus = "+" if sign else ""
    if unit == "share":
        return f"{100 * value:{plus}.2f} %"
    if unit == "money":
        return f"{value / 100:{plus},.2f} {currency}".replace(",", " ")
    digits = {"seconds": 2, "points": 1}.get(unit, 3)
    return f"{value:{plus}.{digits}f}"
