"""Intervals as inline SVG: each a line about its estimate, zero dashed, filled where it is an effect. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

from model_export.worth.words import amount, local

if TYPE_CHECKING:
    from model_export.worth.guardrails import Compared

_WIDTH: Final = 330
_LEFT: Final = 114
_ROW: Final = 26
_COLOURS: Final = {"better": "#0b6e4f", "worse": "#a3160b", "none": "#6b7885"}
_SMALL: Final = (180, 30)


class Line(NamedTuple):
    """One interval with its name; `how`: better, worse or none."""

    name: str
    low: float
    middle: float
    high: float
    how: str


def kind(one: Compared, *, effect: bool | None = None) -> str:
    """better, worse or none. More seconds at the till are worse; of everything else, less is."""
    if not (one.effect if effect is None else effect):
        return "none"
    return "better" if (one.difference > 0) is (one.metric != "till") else "worse"


def intervals(rows: Sequence[tuple[str, Compared, bool]], currency: str, words: Mapping[str, str]) -> str:
    """Rows of name, difference and whether it is an effect, on one scale."""
    unit = rows[0][1].unit
    lines = [Line(name, one.low, one.difference, one.high, kind(one, effect=effect)) for name, one, effect in rows]
    return drawn(lines, lambda value: local(amount(value, unit, currency, sign=True), words))


def drawn(lines: Sequence[Line], say: Callable[[float], str]) -> str:
    """On one scale, whose ends are said; zero, be it where no interval ends, is a plain 0."""
    left = _LEFT if any(line.name for line in lines) else 20
    low, high = min(0.0, *(line.low for line in lines)), max(0.0, *(line.high for line in lines))

    def x(value: float) -> float:
        return left + (value - low) / ((high - low) or 1.0) * (_WIDTH - left - 20)

    height = _ROW * len(lines) + 34
    parts = [_zero(x(0), 4, height - 24)]
    for place, line in enumerate(lines):
        y = 16 + _ROW * place
        short = line.name if len(line.name) <= 15 else f"{line.name[:14]}…"
        parts.append(f'<text x="0" y="{y + 4}">{escape(short)}</text>')
        parts.append(_interval(x(line.low), x(line.middle), x(line.high), y, line.how))
    for at, anchor, value in ((x(low), "start", low), (x(high), "end", high)):
        parts.append(f'<text x="{at:.1f}" y="{height - 6}" text-anchor="{anchor}">{escape(say(value) if value else "0")}</text>')
    label = escape("; ".join(f"{line.name} {say(line.middle)}".strip() for line in lines))
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def small(one: Compared, currency: str, words: Mapping[str, str]) -> str:
    """One interval as wide as a cell of a table, without numbers: they stand beside it."""
    width, height = _SMALL
    low, high = min(0.0, one.low), max(0.0, one.high)

    def x(value: float) -> float:
        return 10 + (value - low) / ((high - low) or 1.0) * (width - 20)

    parts = (_zero(x(0), 2, height - 2), _interval(x(one.low), x(one.difference), x(one.high), height // 2, kind(one)))
    label = escape(local(amount(one.difference, one.unit, currency, sign=True), words))
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _zero(x: float, top: float, bottom: float) -> str:
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="#55626f" stroke-dasharray="4 3"/>'


def _interval(low: float, middle: float, high: float, y: float, how: str) -> str:
    colour = _COLOURS[how]
    fill = "#fff" if how == "none" else colour
    line = f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3" stroke-linecap="round"/>'
    return f'{line}<circle cx="{middle:.1f}" cy="{y}" r="6" fill="{fill}" stroke="{colour}" stroke-width="2"/>'
