"""The report as one HTML page without a script: tables, and intervals as inline SVG; fits a phone, and prints on A4 in black."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from model_export.worth.words import WORDS, amount, remark

if TYPE_CHECKING:
    from model_export.worth.guardrails import Compared
    from model_export.worth.reading import Report

_CSS: Final = """
:root{color-scheme:light}*{box-sizing:border-box}
body{font:16px/1.5 Inter,system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1c2733;background:#fff}
h1{font-size:1.6rem;line-height:1.2;margin:.2rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .2rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{padding:.35rem .6rem .35rem 0;border-bottom:1px solid #d5dce3;text-align:left;vertical-align:top}
th{font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
svg{display:block;width:100%;height:auto;max-width:30rem}.bad{color:#a3160b;font-weight:600}.note{color:#4d5b69}
svg text{font:13px Inter,system-ui,sans-serif;fill:#1c2733}
@media(max-width:40rem){body{font-size:15px}table.wide,table.wide tbody,table.wide tr,table.wide td{display:block}
table.wide thead{display:none}table.wide td{border:0;padding:.1rem 0;text-align:left;white-space:normal}
table.wide tr{border-bottom:1px solid #d5dce3;padding:.5rem 0}
table.wide td:not([data-name=""])::before{content:attr(data-name) ": ";color:#4d5b69}}
@media print{body{max-width:none;padding:0;font-size:11pt}h2{break-after:avoid}tr,svg{break-inside:avoid}}
@page{size:A4;margin:15mm}
"""


def page(report: Report, language: str) -> str:
    """`language`: a key of `words.WORDS`."""
    words = WORDS[language]
    body = "\n".join(
        (
            *_head(report, words),
            *_guardrails(report, words),
            *_differences(report, words),
            *_parts(report, words),
            *_rest(report, language),
        )
    )
    title = escape(f"{words['title']}: {report.experiment}")
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    head = f'<!doctype html>\n<html lang="{language}"><head>{meta}<title>{title}</title><style>{_CSS}</style></head>'
    return f"{head}<body>\n{body}\n</body></html>\n"


def _head(report: Report, words: dict[str, str]) -> Iterator[str]:
    yield f"<h1>{escape(words['title'])}</h1>"
    when = words["until"].format(first=report.first_day, last=report.last_day, until=report.until or "-")
    yield f"<p>{words['experiment']} <b>{escape(report.experiment)}</b>, {escape(when)}</p>"
    yield f"<h2>{words['arms']}</h2>"
    rows = [(escape(arm.name), f"{100 * arm.share:.1f} %", str(arm.receipts), str(arm.compared)) for arm in report.arms]
    yield _table((words["arm"], words["share"], words["receipts"], words["compared"]), rows)
    told = words["ratio_ok" if report.sample_ratio_sound else "ratio_bad"]
    kind = "note" if report.sample_ratio_sound else "bad"
    yield f'<p class="{kind}">{escape(words["ratio"].format(told=told, p=f"{report.sample_ratio_p:.3g}"))}</p>'
    yield f'<p class="note">{escape(words["population"].format(population=words[report.population]))}</p>'


def _guardrails(report: Report, words: dict[str, str]) -> Iterator[str]:
    for one in report.guardrails:
        told = words["stopped" if one.stopped else "to_stop"].format(arm=one.arm, day=one.day, why=one.why)
        yield f'<p class="bad">{escape(told)}</p>'


def _differences(report: Report, words: dict[str, str]) -> Iterator[str]:
    yield f"<h2>{words['differences']}</h2>"
    if not report.compared:
        yield f"<p>{words['few']}</p>"
        return
    rows = [
        (
            f"{escape(words[one.metric])}{_arm_of(report, one)}",
            _said(one.control, one, report),
            _said(one.treatment, one, report),
            _said(one.difference, one, report, sign=True),
            f"{_said(one.low, one, report, sign=True)} … {_said(one.high, one, report, sign=True)}",
            f"<b>{words['effect']}</b>" if one.effect else words["none"],
        )
        for one in report.compared
    ]
    treated = report.arms[1].name if len(report.arms) == 2 else words["arm"]
    heads = (words["metric"], words["control"], treated, words["difference"], words["interval"], "")
    yield _table(heads, rows)
    for one in report.compared:
        yield f"<h3>{escape(words[one.metric])}{_arm_of(report, one)}</h3>"
        yield _intervals([("", one, one.effect)], report)


def _parts(report: Report, words: dict[str, str]) -> Iterator[str]:
    for kind in ("store", "hour", "segment"):
        parts = [part for part in report.parts if part.kind == kind]
        if not parts:
            continue
        yield f'<h2>{words[f"by_{kind}"]}</h2><p class="note">{escape(words["parts"])}</p>'
        for metric, arm in dict.fromkeys((part.compared.metric, part.compared.arm) for part in parts):
            own = [part for part in parts if (part.compared.metric, part.compared.arm) == (metric, arm)]
            yield f"<h3>{escape(words[metric])}{_arm_of(report, own[0].compared)}</h3>"
            yield _intervals([(part.name, part.compared, part.effect) for part in own], report)


def _rest(report: Report, language: str) -> Iterator[str]:
    words = WORDS[language]
    yield f'<h2>{words["usual"]}</h2><p class="note">{escape(words["usual_note"])}</p>'
    rows = [
        (
            escape(one.name),
            "-" if one.value is None else _usual(one.name, one.value, report.currency),
            escape(words[f"how_{one.name}"]),
        )
        for one in report.usual
    ]
    yield _table((words["metric"], "", words["how"]), rows)
    yield f"<h2>{words['remarks']}</h2>"
    if report.remarks:
        told = (remark(one.rule, one.receipts, one.named, language) for one in report.remarks)
        yield "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in told) + "</ul>"
    else:
        yield f"<p>{words['clean']}</p>"


def _usual(name: str, value: float, currency: str) -> str:
    return amount(value, "money" if name == "mean check" else "share", currency)


def _arm_of(report: Report, one: Compared) -> str:
    """Named only where there are several beside the control arm."""
    return f" ({escape(one.arm)})" if len(report.arms) > 2 else ""


def _said(value: float, one: Compared, report: Report, *, sign: bool = False) -> str:
    return escape(amount(value, one.unit, report.currency, sign=sign))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first and the last column are words, those between them numbers. `rows` are HTML."""
    kinds = ["", *[' class="n"'] * (len(heads) - 2), ""]
    top = "".join(f"<th{kind}>{escape(head)}</th>" for kind, head in zip(kinds, heads, strict=True))
    lines = []
    for row in rows:
        cells = zip(kinds, heads, row, strict=True)
        told = "".join(f'<td{kind} data-name="{escape(head)}">{cell}</td>' for kind, head, cell in cells)
        lines.append(f"<tr>{told}</tr>")
    return f'<table class="wide"><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


_WIDTH: Final = 400
_LEFT: Final = 110
_ROW: Final = 26


def _intervals(rows: Sequence[tuple[str, Compared, bool]], report: Report) -> str:
    """Each interval as a line about its estimate, zero as a dashed line; one scale for all rows of a picture."""
    left = _LEFT if any(name for name, _, _ in rows) else 20
    low, high = min(0.0, *(one.low for _, one, _ in rows)), max(0.0, *(one.high for _, one, _ in rows))
    wide = (high - low) or 1.0

    def x(value: float) -> float:
        return left + (value - low) / wide * (_WIDTH - left - 20)

    height = _ROW * len(rows) + 34
    zero = f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="4" y2="{height - 24}" stroke="#4d5b69" stroke-dasharray="4 3"/>'
    parts = [zero]
    for place, (name, one, effect) in enumerate(rows):
        y = 16 + _ROW * place
        colour = "#0b6e4f" if effect else "#6b7885"
        parts.append(f'<text x="0" y="{y + 4}">{escape(name)}</text>')
        parts.append(f'<line x1="{x(one.low):.1f}" x2="{x(one.high):.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>')
        fill = colour if effect else "#fff"
        parts.append(f'<circle cx="{x(one.difference):.1f}" cy="{y}" r="6" fill="{fill}" stroke="{colour}" stroke-width="2"/>')
    unit = rows[0][1].unit
    ends = ((x(low), "start", low), (x(high), "end", high))
    for at, anchor, value in ends:
        told = escape(amount(value, unit, report.currency, sign=True))
        parts.append(f'<text x="{at:.1f}" y="{height - 6}" text-anchor="{anchor}">{told}</text>')
    label = escape(
        "; ".join(f"{name} {amount(one.difference, unit, report.currency, sign=True)}".strip() for name, one, _ in rows)
    )
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
