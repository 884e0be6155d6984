"""The part of the page about a candidate before it is shipped: what it would have earned, beside the offline table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Final

from model_export.compare import LEAST_QUESTIONS
from model_export.learning import off_policy
from model_export.worth import pictures
from model_export.worth.candidate_words import CANDIDATE
from model_export.worth.pictures import Line
from model_export.worth.tables import table
from model_export.worth.words import WORDS, day, local

if TYPE_CHECKING:
    from model_export.learning.off_policy import Estimate, Outcome
    from model_export.promote import Verdict
    from model_export.worth.candidate import Candidate

_SHORT: Final = {"doubly robust": "DR", "self-normalised": "SNIPS", "IPS": "IPS"}
"""What is read first stands first."""
_MOST_STORES: Final = 10


def section(told: Candidate, language: str) -> Iterator[str]:
    words = WORDS[language] | CANDIDATE[language]
    yield f"<h2>{escape(words['candidate'])}</h2>"
    lead = words["candidate_is"].format(candidate=told.outlook.candidate)
    yield f'<p class="note">{escape(lead)} <b>{escape(words["one_look"])}</b></p><div class="pair"><section>'
    yield from _outlook(told, language, words)
    yield "</section><section>"
    yield from _offline(told, words)
    yield "</section></div>"


def _outlook(told: Candidate, language: str, words: Mapping[str, str]) -> Iterator[str]:
    found = told.outlook.outcome
    yield f"<h3>{escape(words['outlook'])}</h3>"
    if found.lacking:
        yield f"<p><b>{escape(words['outlook_none'])}</b> {escape(off_policy.cannot(found.lacking, found, language))}</p>"
        return
    yield f'<p class="note">{escape(words["outlook_is"])}</p>'
    ordered = sorted(found.estimates, key=lambda one: list(_SHORT).index(one.how))
    rows = [
        (
            escape(words[f"how_{_SHORT[one.how]}"]),
            _with_range(_ends(one.candidate), ".2f", words),
            _with_range(_ends(one.today), ".2f", words),
            _with_range(_ends(one.difference), "+.2f", words),
        )
        for one in ordered
    ]
    yield table((words["estimate"], words["candidate_short"], words["then"], words["difference"]), rows, ("", "n", "n", "n"))
    lines = [Line(_SHORT[one.how], *_ends(one.difference), _kind(one.difference)) for one in ordered]
    yield pictures.drawn(lines, lambda value: local(f"{value:+.2f}", words))
    yield f"<p>{_verdict(lines[0], words)} <small>{escape(words['first'])}</small></p>"
    yield f'<p class="note">{escape(_support(told, found, words))}</p>'
    if told.outlook.seen:
        yield f'<p class="bad">{escape(words["flattered"])}</p>'


def _support(told: Candidate, found: Outcome, words: Mapping[str, str]) -> str:
    return (
        words["support"]
        .format(
            receipts=found.receipts,
            explored=found.explored,
            least=local(f"{100 * found.least_chance:.1f}", words),
            first=day(told.outlook.first_day, words),
            last=day(told.outlook.last_day, words),
            supported=f"{100 * found.supported:.0f}",
            differing=f"{100 * found.differing:.0f}",
            matched=found.matched,
            effective=f"{found.effective:.0f}",
        )
        .replace(" %", "\N{NO-BREAK SPACE}%")
    )


def _offline(told: Candidate, words: Mapping[str, str]) -> Iterator[str]:
    yield f"<h3>{escape(words['offline'])}</h3>"
    if told.offline is None:
        why = words[f"offline_{told.lacking}"].format(found=told.found, least=LEAST_QUESTIONS)
        yield f"<p><b>{escape(words['offline_none'])}</b> {escape(why)}</p>"
        return
    whole = told.offline.whole
    yield f'<p class="note">{escape(words["offline_is"].format(questions=whole.questions))}</p>'
    rows = [(escape(words["candidate_short"]), *(local(f"{one:.4f}", words) for one in (whole.gain, whole.hit)), "")]
    lines = []
    for name, one in whole.beside.items():
        value, low, high = one.difference
        figures = (local(f"{figure:.4f}", words) for figure in (one.gain, one.hit))
        rows.append((escape(words[f"beside_{name}"]), *figures, _with_range((low, value, high), "+.4f", words)))
        effect = "none" if low <= 0 <= high else "better" if low > 0 else "worse"
        lines.append(Line(words[f"beside_{name}"], low, value, high, effect))
    yield table((words["ranked_by"], "NDCG@10", "HR@4", words["better_by"]), rows, ("", "n", "n", "n"))
    yield pictures.drawn(lines, lambda value: local(f"{value:+.4f}", words))
    yield f"<p>{escape(_gate(told.offline, words))}</p>"
    if not told.offline.unseen:
        yield f'<p class="bad">{escape(words["flattered"])}</p>'


def _gate(verdict: Verdict, words: Mapping[str, str]) -> str:
    if verdict.accepted:
        return words["accepted"]
    stores = [place.name for place in verdict.stores if any(one.worse for one in place.beside.values())]
    where = [words["all_stores"]] if any(one.worse for one in verdict.whole.beside.values()) else []
    more = f" (+{len(stores) - _MOST_STORES})" if len(stores) > _MOST_STORES else ""
    where += [words["in_stores"].format(stores=", ".join(stores[:_MOST_STORES]) + more)] if stores else []
    return words["refused"].format(where=", ".join(where))


def _verdict(line: Line, words: Mapping[str, str]) -> str:
    told = words["outlook_same" if line.how == "none" else f"outlook_{line.how}"]
    return f'<span class="verdict {line.how}">{escape(told)}</span>'


def _kind(one: Estimate) -> str:
    return "none" if one.low <= 0 <= one.high else "better" if one.low > 0 else "worse"


def _ends(one: Estimate) -> tuple[float, float, float]:
    return one.low, one.value, one.high


def _with_range(ends: tuple[float, float, float], form: str, words: Mapping[str, str]) -> str:
    low, value, high = (local(f"{end:{form}}", words) for end in ends)
    return f"{value}<br><small>{low} … {high}</small>"
