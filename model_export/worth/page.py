"""The report as one HTML page without a script: tables, and intervals as inline SVG; fits a phone, and prints on A4 in black.

What the experiment decides by stands first and large; everything else is a question beside it, one row each. Green is an effect
for the better, red one for the worse, grey what cannot be told from zero; each is said in words too.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Final

from model_export.worth import candidate_page, guardrails, pictures
from model_export.worth.candidate_words import CANDIDATE
from model_export.worth.tables import table
from model_export.worth.words import WORDS, amount, day, lacking, local, probability, remark, usual

if TYPE_CHECKING:
    from model_export.worth.candidate import Candidate
    from model_export.worth.guardrails import Compared
    from model_export.worth.reading import Report

_ENDS: Final = {"value": "difference", "low": "low", "high": "high"}
_CSS: Final = """
:root{color-scheme:light;--ink:#16202a;--soft:#55626f;--line:#dde3e9;--good:#0b6e4f;--bad:#a3160b;--grey:#6b7885;--wash:#f5f7f9}
*{box-sizing:border-box}
body{font:16px/1.5 Inter,system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1.5rem 1.25rem 3rem;color:var(--ink);
background:#fff}
h1{font-size:1.9rem;line-height:1.15;letter-spacing:-.015em;margin:0 0 .4rem}
h2{font-size:1.2rem;letter-spacing:-.01em;margin:2.6rem 0 .4rem}h3{font-size:1rem;margin:0 0 .3rem}
p{margin:.3rem 0}.note,.lead{color:var(--soft)}.lead{font-size:1.05rem}.bad{color:var(--bad);font-weight:600}
table{border-collapse:collapse;width:100%;margin:.6rem 0}
th,td{padding:.5rem .8rem .5rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:middle}
th{font-weight:600;font-size:.85rem;line-height:1.3;color:var(--soft);vertical-align:bottom}th.range{text-align:right}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td:first-child{min-width:10.5rem}td.range{text-align:right;font-variant-numeric:tabular-nums}td.range span,.ends{
white-space:nowrap}
td.picture{width:9rem;min-width:6.5rem}td.picture svg{max-width:13rem}
.verdict{display:inline-block;border-radius:1rem;padding:.05rem .65rem;font-size:.85rem;line-height:1.35;font-weight:600;
border:1px solid;white-space:nowrap}small{color:var(--soft);white-space:nowrap}
.better{color:var(--good)}.worse{color:var(--bad)}.none{color:var(--grey);font-weight:400}
.hero{border:1px solid var(--line);border-left:6px solid var(--grey);border-radius:.6rem;background:var(--wash);
padding:1.1rem 1.4rem;margin:1.4rem 0;display:grid;grid-template-columns:minmax(15rem,1fr) minmax(15rem,1.1fr);gap:.4rem 2rem;
align-items:center}
.hero.better{border-left-color:var(--good)}.hero.worse{border-left-color:var(--bad)}.hero>*{color:var(--ink)}
.hero .big{font-size:2.3rem;line-height:1.1;font-weight:700;letter-spacing:-.02em;margin:.2rem 0;
font-variant-numeric:tabular-nums}
.hero.better .big{color:var(--good)}.hero.worse .big{color:var(--bad)}
.alarm{border:1px solid var(--bad);border-radius:.6rem;padding:.7rem 1rem;margin:1rem 0}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(19rem,100%),1fr));gap:1.4rem 2rem;margin:.8rem 0}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:1.4rem 2.4rem;margin:.8rem 0}
.pair section{min-width:0;break-inside:avoid}.pair td:first-child{min-width:0}.pair th.n{white-space:normal}
.pair small{font-size:.8rem}
.pair svg{max-width:22rem}
svg{display:block;width:100%;height:auto;max-width:30rem}svg text{font:13px Inter,system-ui,sans-serif;fill:var(--ink)}
ul{padding-left:1.2rem}li{margin:.3rem 0}
@media(max-width:44rem){body{font-size:15px;padding:1rem 1rem 2rem}h1{font-size:1.5rem}
.hero{grid-template-columns:minmax(0,1fr);padding:1rem}.hero .big{font-size:1.9rem}
table,tbody,tr,td{display:block}thead{display:none}td{border:0;padding:.1rem 0}
td.n,td.range{text-align:left;white-space:normal}td.picture{width:auto;padding:.3rem 0}
tr{border-bottom:1px solid var(--line);padding:.7rem 0}td:first-child{font-weight:600}
td:not([data-name=""])::before{content:attr(data-name) ": ";color:var(--soft);font-weight:400}}
@media print{body{max-width:none;padding:0;font-size:10pt}h1{font-size:18pt}h2{margin-top:1.6rem}
table,small,.verdict{font-size:8.5pt}th{font-size:7.5pt}th,td{padding:.3rem .5rem .3rem 0}td:first-child{min-width:30mm}
td.picture{width:22mm;min-width:18mm}.verdict{padding:0 .4rem}
.grid{grid-template-columns:repeat(3,minmax(0,1fr));gap:.8rem 1.2rem}
h2,h2+p{break-after:avoid}table,tr,svg,.hero,figure{break-inside:avoid}
.hero{background:#fff}}
@page{size:A4;margin:15mm}
figure{margin:0}
"""


def page(report: Report, language: str, candidate: Candidate | None = None) -> str:
    """`language`: a key of `words.WORDS`. `candidate`: a bundle that is not out yet."""
    words = WORDS[language]
    body = "\n".join(
        (
            *_head(report, words),
            *_alarms(report, words),
            *_decided(report, words),
            *_questions(report, words),
            *_parts(report, words),
            *(() if candidate is None else candidate_page.section(candidate, language)),
            *_rest(report, language),
            *(() if candidate is not None else (f'<p class="note">{escape(CANDIDATE[language]["no_candidate"])}</p>',)),
        )
    )
    title = escape(f"{words['title']}: {report.experiment}")
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    head = f'<!doctype html>\n<html lang="{language}"><head>{meta}<title>{title}</title><style>{_CSS}</style></head>'
    return f"{head}<body>\n{body}\n</body></html>\n"


def _head(report: Report, words: dict[str, str]) -> Iterator[str]:
    yield f"<h1>{escape(words['title'])}</h1>"
    when = words["until"].format(
        first=day(report.first_day, words), last=day(report.last_day, words), until=day(report.until, words)
    )
    yield f'<p class="lead">{words["experiment"]} <b>{escape(report.experiment)}</b>, {escape(when)}</p>'


def _alarms(report: Report, words: dict[str, str]) -> Iterator[str]:
    told = [
        words["stopped" if one.stopped else "to_stop"].format(
            arm=one.arm, day=day(one.day, words), why=guardrails.why(one, report.currency, words)
        )
        for one in report.guardrails
    ]
    if not report.sample_ratio_sound:
        told.insert(0, words["ratio"].format(told=words["ratio_bad"], p=local(probability(report.sample_ratio_p), words)))
    if told:
        yield '<div class="alarm">' + "".join(f'<p class="bad">{escape(one)}</p>' for one in told) + "</div>"


def _decided(report: Report, words: dict[str, str]) -> Iterator[str]:
    """What the experiment decides by, for each arm beside the control arm."""
    for one in report.compared:
        if one.metric != report.decides:
            continue
        low, high = (_said(value, one, report, words, sign=True) for value in (one.low, one.high))
        yield f'<section class="hero {pictures.kind(one)}"><div><p class="note">{escape(words["decides"])}</p>'
        yield f"<h3>{escape(words[one.metric])}{_arm_of(report, one)}</h3>"
        yield f'<p class="big">{_said(one.difference, one, report, words, sign=True)}</p>'
        yield f"<p>{escape(words['interval'])}: <span class=ends>{low} … {high}</span></p>{_so_far(one, report, words)}</div>"
        yield f"<div>{pictures.intervals([('', one, one.effect)], report.currency, words)}"
        values = [f"{escape(name)} {_said(value, one, report, words)}" for name, value in _sides(one, words)]
        yield f"<p>{' · '.join(values)}</p><p>{_verdict(one, words)}</p></div></section>"


def _so_far(one: Compared, report: Report, words: dict[str, str]) -> str:
    """What money per receipt comes to on the receipts of the arm that are compared: the interval holds as that of one does."""
    if one.unit != "money":
        return ""
    receipts = next(arm.compared for arm in report.arms if arm.name == one.arm)
    sums = {name: amount(receipts * getattr(one, of), "sum", report.currency, sign=True) for name, of in _ENDS.items()}
    ends = {name: local(told, words) for name, told in sums.items()}
    return f"<p>{escape(words['so_far'].format(receipts=_count(receipts), arm=one.arm, **ends))}</p>"


def _questions(report: Report, words: dict[str, str]) -> Iterator[str]:
    yield f"<h2>{words['differences']}</h2>"
    asked = [one for one in report.compared if one.metric != report.decides]
    if not report.compared:
        yield f"<p>{words['few']}</p>"
    elif asked:
        yield f'<p class="note">{escape(words["others" if report.decides else "all"])} {escape(words["adjusted"])}</p>'
        treated = report.arms[1].name if len(report.arms) == 2 else words["arm"]
        heads = (words["metric"], words["control"], treated, words["difference"], words["interval"], "", "")
        yield table(heads, [_question(one, report, words) for one in asked], ("", "n", "n", "n", "range", "picture", ""))
    if report.compared and (unknown := lacking((one.metric for one in report.compared), words)):
        yield f'<p class="note">{escape(unknown)}</p>'
    yield f"<h2>{words['arms']}</h2>"
    rows = [
        (
            escape(arm.name),
            local(f"{100 * arm.share:.1f} %", words),
            *(_count(n) for n in (arm.receipts, arm.compared)),
        )
        for arm in report.arms
    ]
    yield table((words["arm"], words["share"], words["receipts"], words["compared"]), rows, ("", "n", "n", "n"))
    if report.sample_ratio_sound:
        told = words["ratio"].format(told=words["ratio_ok"], p=local(probability(report.sample_ratio_p), words))
        yield f'<p class="note">{escape(told)}</p>'
    yield f'<p class="note">{escape(words["population"].format(population=words[report.population]))}</p>'


def _question(one: Compared, report: Report, words: dict[str, str]) -> tuple[str, ...]:
    low, high = (_said(value, one, report, words, sign=True) for value in (one.low, one.high))
    return (
        f"{escape(words[one.metric])}{_arm_of(report, one)}",
        _said(one.control, one, report, words),
        _said(one.treatment, one, report, words),
        _said(one.difference, one, report, words, sign=True),
        f"<span>{low} …</span> <span>{high}</span>",
        pictures.small(one, report.currency, words),
        f"{_verdict(one, words)}",
    )


def _verdict(one: Compared, words: dict[str, str]) -> str:
    p = local(probability(one.corrected), words)
    told = words[pictures.kind(one)]
    return f'<span class="verdict {pictures.kind(one)}">{told}</span> <small>{escape(words["corrected"])} {escape(p)}</small>'


def _parts(report: Report, words: dict[str, str]) -> Iterator[str]:
    for kind in ("store", "hour", "segment"):
        parts = [part for part in report.parts if part.kind == kind]
        if not parts:
            continue
        yield f'<h2>{words[f"by_{kind}"]}</h2><p class="note">{escape(words["parts"])}</p><div class="grid">'
        for metric, arm in dict.fromkeys((part.compared.metric, part.compared.arm) for part in parts):
            own = [part for part in parts if (part.compared.metric, part.compared.arm) == (metric, arm)]
            rows = [(words[part.name] if kind == "segment" else part.name, part.compared, part.effect) for part in own]
            yield f"<figure><h3>{escape(words[metric])}{_arm_of(report, own[0].compared)}</h3>"
            yield f"{pictures.intervals(rows, report.currency, words)}</figure>"
        yield "</div>"


def _rest(report: Report, language: str) -> Iterator[str]:
    words = WORDS[language]
    yield f'<h2>{words["usual"]}</h2><p class="note">{escape(words["usual_note"])}</p>'
    rows = [
        (
            escape(words.get(f"usual_{one.name}", one.name)),
            local(usual(one.name, one.value, report.currency), words),
            escape(words[f"how_{one.name}"]),
        )
        for one in report.usual
    ]
    yield table((words["metric"], "", words["how"]), rows, ("", "n", ""))
    yield f"<h2>{words['remarks']}</h2>"
    if report.remarks:
        told = (remark(one.rule, one.receipts, one.named, language) for one in report.remarks)
        yield "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in told) + "</ul>"
    else:
        yield f"<p>{words['clean']}</p>"


def _sides(one: Compared, words: dict[str, str]) -> tuple[tuple[str, float], ...]:
    return (words["control"], one.control), (one.arm, one.treatment)


def _count(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")


def _arm_of(report: Report, one: Compared) -> str:
    """Named only where there are several beside the control arm."""
    return f" ({escape(one.arm)})" if len(report.arms) > 2 else ""


def _said(value: float, one: Compared, report: Report, words: dict[str, str], *, sign: bool = False) -> str:
    return escape(local(amount(value, one.unit, report.currency, sign=sign), words))
