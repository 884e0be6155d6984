"""What a printed line is about, told by its words in nine languages: `words.toml`, beside this file.

A site names its own words of a role in `Layout.words`, and they stand in place of all the default ones of that role. Words are
compared without case, whole, spaces and punctuation between them counted as one space: `SUB-TOTAL :` is `sub total`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final


class Role(StrEnum):
    """In the order in which they are looked for: the first that has a word in the line is what the line is about."""

    PERSON = "person"
    """A cashier, a member, a card, a telephone: the line is dropped unread."""
    SUMMARY = "summary"
    """A tax table begins: nothing behind it belongs to the sale."""
    IGNORE = "ignore"
    CANCEL = "cancel"
    """The whole receipt was cancelled."""
    SLIP = "slip"
    """Of a card slip: no sale, unless there are items on the same paper."""
    REPORT = "report"
    """No sale: a copy, a report, money in or out of the drawer."""
    RETURN = "return"
    CHANGE = "change"
    ROUNDED = "rounded"
    """The total behind the rounding."""
    ROUNDING = "rounding"
    COUNT = "count"
    """How many items there are."""
    SERVICE = "service"
    SUBTOTAL = "subtotal"
    EXCLUSIVE = "exclusive"
    """A sum before tax."""
    INCLUSIVE = "inclusive"
    """A sum with tax."""
    TAX = "tax"
    DISCOUNT = "discount"
    FINAL = "final"
    """What is to be paid, said with more than the bare word total."""
    TENDER = "tender"
    TOTAL = "total"
    VOID = "void"
    HEADING = "heading"
    """Of the columns of items: told by its words together, and only of a line without an amount."""


_ANYWHERE: Final = frozenset({Role.PERSON, Role.SUMMARY, Role.VOID, Role.CANCEL})
_ARTICLES: Final = frozenset({"a", "an", "one", "un", "una", "une", "ein", "eine", "uma", "um"})
"""`A FINAL ITEM` is goods, whatever its words are elsewhere."""
_NOT: Final = frozenset({"no", "not", "non", "не", "нет", "без", "kein", "keine", "sin", "sem", "sans", "senza"})
_RATE: Final = re.compile(r"\d+%")
_ENDS: Final = ""
_WORD: Final = re.compile(r"[^\W\d_]+|\d+%?")


def plain(text: str) -> list[str]:
    """The words of a line; numbers stand apart from the letters they touch."""
    return _WORD.findall(text.casefold().replace("ё", "е"))


class Words:
    """The words of one site."""

    def __init__(self, own: Mapping[str, Sequence[str]] | None = None) -> None:
        own = own or {}
        default = _default()
        self._order = list(Role)
        self._heading = set(own.get("heading", default["heading"]))
        self._vocabulary = set(default["around"])
        # A tree of words; where a phrase ends, the places of its roles in the order.
        self._phrases: dict[str, Any] = {}
        for order, role in enumerate(self._order):
            if role is Role.HEADING:
                continue
            # A site's list stands in place of the default: it names every word of that role.
            for told in own.get(role.value, default[role.value]):
                if phrase := plain(told):
                    self._vocabulary.update(phrase)
                    branch = self._phrases
                    for word in phrase:
                        branch = branch.setdefault(word, {})
                    branch.setdefault(_ENDS, []).append(order)
        self.first = frozenset(self._phrases)
        """The words that phrases begin with: a line without any of them has no role."""

    def role(self, words: list[str]) -> Role | None:
        """Of a `plain` line. None: a name, or nothing known. A word in the midst of others is part of a name: `GREETING CARD`."""
        if self.first.isdisjoint(words):
            return None
        best: tuple[int, int] | None = None
        for start, end, order in self._found(words):
            if (best is None or order < best[0]) and (self._order[order] in _ANYWHERE or self._about(words, start, end)):
                best = order, end
        if best is None:
            return None
        role = self._order[best[0]]
        # `TOTAL 0% SUPPLIES` is the part of one tax.
        part = role in {Role.TOTAL, Role.INCLUSIVE} and words[best[1] : best[1] + 1] and _RATE.fullmatch(words[best[1]])
        return Role.SUBTOTAL if part else role

    def _found(self, words: list[str]) -> Iterator[tuple[int, int, int]]:
        """Where phrases stand: start, end, and the place of the role in the order."""
        for start, word in enumerate(words):
            if word not in self._phrases:
                continue
            branch: Any = self._phrases
            for end in range(start, len(words)):
                branch = branch.get(words[end])
                if branch is None:
                    break
                for order in branch.get(_ENDS, ()):
                    yield start, end + 1, order

    def heading(self, words: list[str]) -> bool:
        """Whether the line names the columns of items."""
        known = sum(map(self._heading.__contains__, words))
        return (known > 1 or known == len(words) > 0) and all(word in self._heading or not self._strange(word) for word in words)

    def bare(self, words: list[str]) -> bool:
        """Whether every word of the line belongs to a role."""
        return not any(map(self._strange, words))

    def label(self, words: list[str]) -> bool:
        """Whether the line has a word and all of them belong to roles: `AMOUNT  3.77`."""
        words = [word for word in words if word.isalpha()]
        known = bool(words) and self._vocabulary.issuperset(words)
        return known and max(map(len, words)) > 2 and words[0] not in _ARTICLES

    def without(self, role: Role, text: str) -> str:
        """What is left of a line when the words of a role are taken out of it."""
        words = plain(text)
        places = [(start, end) for start, end, order in self._found(words) if self._order[order] is role]
        if not places:
            return text
        start, end = min(places, key=lambda place: (place[0], -place[1]))
        said = r"[\W_]+".join(map(re.escape, words[start:end]))
        return re.sub(rf"(?<!\w){said}(?!\w)", " ", text, count=1, flags=re.IGNORECASE)

    def _about(self, words: list[str], start: int, end: int) -> bool:
        """Whether a line is about the words at these places: nothing strange before them, hardly anything behind."""
        before = words[:start]
        if any(map(self._strange, before)) or _NOT.intersection(before):
            return False
        return sum(map(self._strange, words[end:])) <= 1

    def _strange(self, word: str) -> bool:
        return len(word) > 2 and word not in self._vocabulary and word.isalpha()


def means(text: str) -> str | None:
    """`cash` or `card`, or None: a till's own word could be a name or a number."""
    words, default = set(plain(text)), _default()
    return next((name for name in ("card", "cash") if words & set(default[name])), None)


def listed(section: str) -> list[str]:
    """What the table holds under a name, of all languages."""
    return _default()[section]


@cache
def _default() -> dict[str, list[str]]:
    """Words by role, of all languages."""
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        return {role: [word for words in languages.values() for word in words] for role, languages in tomllib.load(file).items()}
