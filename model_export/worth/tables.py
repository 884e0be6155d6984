"""Tables of the page: on a phone each row is a card, whose cells say themselves what they are."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], kinds: Sequence[str]) -> str:
    """`rows` are HTML; `kinds`: n for numbers, range, picture, or nothing for words."""
    marks = [f' class="{kind}"' if kind else "" for kind in kinds]
    top = "".join(f"<th{mark}>{escape(head)}</th>" for mark, head in zip(marks, heads, strict=True))
    lines = []
    for row in rows:
        named = ("", *heads[1:])  # the first says itself what it is
        cells = zip(marks, named, row, strict=True)
        told = "".join(f'<td{mark} data-name="{escape(head)}">{cell}</td>' for mark, head, cell in cells)
        lines.append(f"<tr>{told}</tr>")
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
