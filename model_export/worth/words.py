"""Amounts as people read them, and what the page says in each language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from device.amounts import decimals_of, unit_of
from model_export.worth.metrics import METRICS

LEAST_P: Final = 0.001
WORDS: Final = {
    "en": {
        "decimal": ".",
        "day": "%Y-%m-%d",
        "title": "What the suggestions earn",
        "experiment": "Experiment",
        "until": "{first} to {last}, receipts until {until}",
        "arms": "Arms",
        "arm": "Arm",
        "share": "Planned share",
        "receipts": "Receipts",
        "compared": "Compared",
        "population": "Compared are {population}.",
        "ratio": "Sample ratio: {told} (p {p})",
        "ratio_ok": "as planned",
        "ratio_bad": "NOT as planned: do not believe what follows before it is known why",
        "stopped": "Arm {arm} was stopped and is compared until {day}. {why}",
        "to_stop": "Arm {arm} is beyond its guardrail: the next training stops it. {why}",
        "beyond": "{metric}: the difference to the control arm is between {low} and {high}, and {allowed} at worst is allowed.",
        "differences": "Differences",
        "metric": "Metric",
        "control": "control",
        "difference": "Difference",
        "interval": "95 % interval, valid at every look",
        "better": "effect, for the better",
        "worse": "effect, for the worse",
        "none": "not distinguishable from zero",
        "decides": "This is what the experiment decides by.",
        "others": "Further questions, corrected for being many (Holm): an effect only where p, corrected, is at most 5 %.",
        "all": "No metric was named to decide: all are corrected for being many (Holm), an effect only where p is at most 5 %.",
        "corrected": "p, corrected",
        "few": "Too few receipts yet: intervals begin at 100 in each arm.",
        "unknown": "Too little is known yet to compare, 100 in each arm at least: {metrics}.",
        "by_store": "By store",
        "by_hour": "By hour",
        "by_segment": "By segment",
        "adjusted": "Differences are adjusted for what was known before (store, hour, shopper): no plain subtraction of means.",
        "so_far": "On the {receipts} receipts of {arm} so far: {value} ({low} … {high}).",
        "parts": "Intervals of one picture hold all at once; dashed: zero; filled: an effect (q, corrected, at most 5 %). "
        "Of what has fewer than 100 in an arm there is none.",
        "known shoppers": "known shoppers",
        "strangers": "strangers",
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
        "till": "Seconds from first scan to payment",
        "rating": "Rating (NPS)",
        "suggested": "receipts on which something was suggested, or would have been",
        "every": "every receipt in an arm",
        "usual_exposure": "Exposure",
        "usual_answered": "Answered",
        "usual_by lot": "Explored",
        "usual_CTR": "CTR",
        "usual_conversion": "Conversion",
        "usual_mean check": "Mean check",
        "usual_repeat purchase": "Repeat purchase",
        "usual_novelty": "Novelty",
        "usual_regulars' taken": "Taken by regulars",
        "usual_new taken": "Something new, taken",
        "usual_missed taken": "Missed before, taken",
        "how_exposure": "receipts of arms that show suggestions on which a screen painted one / all of these with a suggestion",
        "how_answered": "receipts on which the cashier answered a suggestion, yes or no / receipts with a painted one; whether "
        "it was said aloud, nothing records",
        "how_by lot": "receipts on which a painted suggestion stood in its place by lot, to learn / receipts with a painted one",
        "how_CTR": "receipts with an accepted suggestion / receipts with a painted one",
        "how_conversion": "receipts that hold an item of the first suggestions / receipts with a painted one",
        "how_mean check": "mean total of receipts with a painted suggestion",
        "how_repeat purchase": "known shoppers' receipts with a painted suggestion, another within 14 days / all such",
        "how_novelty": "painted suggestions to known shoppers of what they had never bought / all of these",
        "how_regulars' taken": "painted suggestions to known shoppers that stand on the receipt / all of these",
        "how_new taken": "suggestions on the place for something new that stand on the receipt / all of these",
        "how_missed taken": "suggestions of what was out of stock before that stand on the receipt / all of these",
        "unreadable": "receipts that cannot be read",
        "unfinished": "sales that were cancelled, set aside, or have a total and no lines",
        "return": "returns",
        "partial": "receipts that were heard from their middle only",
        "wholesale": "receipts of wholesale size",
        "practice": "receipts rung up to practise",
        "untimed": "receipts without a time",
        "untimely": "receipts dated before 1970 or in the future",
        "undated": "receipts whose shop's time is more than 15 hours from UTC",
        "currency": "receipts in another currency",
        "twice": "receipts that came twice, under another key",
        "outlier": "receipts with no total, or one of more than 50 times the middle",
        "swapped": "receipts in another arm than the key draws for them on that day",
        "contradiction": "receipts of registers whose screens showed what they called ghosts",
        "clock": "a register's clock does not agree with other clocks, or its busy hours are an hour off (left out by hour)",
        "silent": "takes part and never sent a receipt that can be measured",
        "missing": "no receipt in an arm, on days on which others had one",
        "shut": "no receipt in an arm in any store, on days of the experiment",
        "gap": "receipts that were numbered and have not arrived",
    },
    "ru": {
        "decimal": ",",
        "day": "%d.%m.%Y",
        "title": "Что приносят подсказки",
        "experiment": "Эксперимент",
        "until": "с {first} по {last}, чеки по {until}",
        "arms": "Группы",
        "arm": "Группа",
        "share": "Доля по плану",
        "receipts": "Чеков",
        "compared": "Сравнивается",
        "population": "Сравниваются: {population}.",
        "ratio": "Соотношение групп: {told} (p {p})",
        "ratio_ok": "как задумано",
        "ratio_bad": "НЕ как задумано: не верьте остальному, пока не найдена причина",
        "stopped": "Группа {arm} остановлена и сравнивается до {day}. {why}",
        "to_stop": "Группа {arm} хуже допустимого: следующее обучение её остановит. {why}",
        "beyond": "{metric}: разница с контролем от {low} до {high}, а допустимо в худшем случае {allowed}.",
        "differences": "Разница",
        "metric": "Показатель",
        "control": "контроль",
        "difference": "Разница",
        "interval": "95 %-интервал, верен при каждом просмотре",
        "better": "эффект: лучше",
        "worse": "эффект: хуже",
        "none": "от нуля не отличить",
        "decides": "По этому показателю эксперимент решает.",
        "others": "Остальные вопросы, с поправкой на их число (Холм): эффект, только если p с поправкой до 5 %.",
        "all": "Решающий показатель не назван: все с поправкой на их число (Холм), эффект, только если p до 5 %.",
        "corrected": "p с поправкой",
        "few": "Чеков пока мало: интервалы начинаются со 100 в каждой группе.",
        "unknown": "Пока известно слишком мало, чтобы сравнить (нужно не меньше 100 в каждой группе): {metrics}.",
        "by_store": "По магазинам",
        "by_hour": "По часам",
        "by_segment": "По сегментам",
        "adjusted": "Разница с поправкой на известное заранее (магазин, час, покупатель): не просто среднее минус среднее.",
        "so_far": "На {receipts} чеках группы {arm} пока: {value} ({low} … {high}).",
        "parts": "Интервалы одной картинки верны все сразу; пунктир: ноль; закрашено: эффект с поправкой на их число (q до 5 %). "
        "Где в группе меньше 100, интервала нет.",
        "known shoppers": "известные",
        "strangers": "неизвестные",
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
        "till": "Секунд от первого скана до оплаты",
        "rating": "Оценка (NPS)",
        "suggested": "чеки, на которых подсказка была или была бы показана",
        "every": "все чеки групп",
        "usual_exposure": "Охват показом",
        "usual_answered": "Ответы кассира",
        "usual_by lot": "Жребий",
        "usual_CTR": "CTR",
        "usual_conversion": "Конверсия",
        "usual_mean check": "Средний чек",
        "usual_repeat purchase": "Повторная покупка",
        "usual_novelty": "Новизна",
        "usual_regulars' taken": "Взято постоянными",
        "usual_new taken": "Новое: взято",
        "usual_missed taken": "Не было раньше: взято",
        "how_exposure": "чеки групп с показом, на которых экран нарисовал подсказку / все такие чеки с подсказкой",
        "how_answered": "чеки, где кассир ответил на подсказку, да или нет / чеки с показанной; произнёс ли он её, не записывает "
        "ничто",
        "how_by lot": "чеки, где место показанной подсказке дал жребий, чтобы учиться / чеки с показанной",
        "how_CTR": "чеки с принятой подсказкой / чеки с показанной",
        "how_conversion": "чеки, где есть товар из первых подсказок / чеки с показанной",
        "how_mean check": "средняя сумма чеков с показанной подсказкой",
        "how_repeat purchase": "чеки известных покупателей с показанной подсказкой, после которых за 14 дней был другой / все",
        "how_novelty": "показанные известным покупателям подсказки того, чего они не покупали / все такие",
        "how_regulars' taken": "показанные известным покупателям подсказки, попавшие в чек / все такие",
        "how_new taken": "подсказки на месте для нового, попавшие в чек / все такие",
        "how_missed taken": "подсказки того, чего раньше не оказалось, попавшие в чек / все такие",
        "unreadable": "чеки, которые не читаются",
        "unfinished": "продажи отменённые, отложенные или с суммой без строк",
        "return": "возвраты",
        "partial": "чеки, услышанные с середины",
        "wholesale": "оптовые чеки",
        "practice": "учебные чеки",
        "untimed": "чеки без времени",
        "untimely": "чеки с датой до 1970 года или в будущем",
        "undated": "чеки, где время магазина дальше 15 часов от UTC",
        "currency": "чеки в другой валюте",
        "twice": "чеки, присланные дважды под другим ключом",
        "outlier": "чеки без суммы или с суммой больше 50 медиан",
        "swapped": "чеки не в той группе, которую даёт ключ на тот день",
        "contradiction": "чеки касс, чьи экраны показали то, что числится скрытым",
        "clock": "часы кассы расходятся с другими или её час пик сдвинут на час (не учтено по часам)",
        "silent": "участвует и не прислал ни одного годного чека",
        "missing": "нет чеков в группах за дни, когда у других они были",
        "shut": "нет чеков в группах ни у одного магазина за дни эксперимента",
        "gap": "чеки пронумерованы и не пришли",
    },
}
"""By language."""


def remark(rule: str, receipts: int, named: str, language: str = "en") -> str:
    """What is said of the data: how many receipts are left out, by which rule, and where."""
    told = WORDS[language][rule]
    return f"{f'{receipts} ' if receipts else ''}{told}{f': {named}' if named else ''}"


def lacking(compared: Iterable[str], words: Mapping[str, str]) -> str:
    """A sentence about the metrics that are not among these; "" where all are."""
    there = set(compared)
    names = [words[metric.name] for metric in METRICS if metric.name not in there]
    return words["unknown"].format(metrics="; ".join(names)) if names else ""


def local(told: str, words: Mapping[str, str]) -> str:
    """A number as the page's language writes it: with its decimal mark, and a minus as long as the plus."""
    return told.replace("-", "\N{MINUS SIGN}").replace(".", words["decimal"])


def day(told: str, words: Mapping[str, str]) -> str:
    """A day of ISO 8601 as the page's language writes it; "" is a dash."""
    return date.fromisoformat(told).strftime(words["day"]) if told else "-"


def amount(value: float, unit: str, currency: str, *, sign: bool = False) -> str:
    """With the digits that its size deserves; a space between thousands. `currency` "": none is known."""
    plus = "+" if sign else ""
    if unit == "share":
        return f"{100 * value:{plus}.2f} %"
    if unit in {"money", "sum"}:
        digits = decimals_of(currency) if unit == "money" else 0  # of a sum over many receipts nobody reads minor units
        return f"{value / unit_of(currency):{plus},.{digits}f}".replace(",", " ") + (currency and f" {currency}")
    digits = {"seconds": 2, "points": 1}.get(unit, 3)
    return f"{value:{plus}.{digits}f}"


def probability(value: float) -> str:
    """A p or q behind its sign; what is smaller than `LEAST_P` is not told to the last digit."""
    return f"= {value:.2g}" if value >= LEAST_P else f"< {LEAST_P:g}"


def usual(name: str, value: float | None, currency: str) -> str:
    """A figure under its usual name; None where there is nothing to tell it from."""
    return "-" if value is None else amount(value, "money" if name == "mean check" else "share", currency)
