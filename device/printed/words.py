"""What a printed line is about, told by its words in nine languages: `words.toml`, beside this file.

A site names its own words of a role in `Layout.words`, and they stand in place of all the default ones of that role. Words are
compared without case, whole, spaces and punctuation between them counted as one space: `SUB-TOTAL :` is `sub total`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final


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
_NOT: Final = frozenset({"no", "not", "non", "не", "нет", "без", "kein", "keine", "sin", "sem", "sans", "senza"})
_RATE: Final = re.compile(r" \d+%")
_BETWEEN: Final = re.compile(r"[^\w%]+|(?<=\D)(?=\d)|(?<=\d)(?=[^\d%])")


def plain(text: str) -> str:
    """Words with one space between them and one at each end; numbers stand apart from the letters they touch."""
    return f" {' '.join(word for word in _BETWEEN.split(text.casefold().replace('ё', 'е')) if word)} "


class Words:
    """The words of one site."""

    def __init__(self, own: Mapping[str, Sequence[str]] | None = None) -> None:
        own = own or {}
        default = _default()
        # With the words that a match may begin with: nearly all lines have none of them, and need no search.
        self._roles: list[tuple[Role, frozenset[str], re.Pattern[str]]] = []
        self._vocabulary = set(default["around"])
        self._heading = set(own.get("heading", default["heading"]))
        for role in Role:
            if role is Role.HEADING:
                continue
            # A site's list stands in place of the default: it names every word of that role.
            told = own.get(role.value, default[role.value])
            words = sorted({plain(word).strip() for word in told} - {""}, key=len, reverse=True)
            if words:
                pattern = re.compile(f" (?:{'|'.join(re.escape(word) for word in words)})(?= )")
                self._roles.append((role, frozenset(word.split()[0] for word in words), pattern))
                self._vocabulary |= {part for word in words for part in word.split()}

    def role(self, text: str) -> Role | None:
        """None: a name, or nothing known. A word in the midst of others is part of a name: `GREETING CARD`."""
        words = plain(text)
        single = set(words.split())
        for role, first, pattern in self._roles:
            if single.isdisjoint(first):
                continue
            if (found := pattern.search(words)) and (role in _ANYWHERE or self._about(words, found)):
                # `TOTAL 0% SUPPLIES` is the part of one tax.
                part = role in {Role.TOTAL, Role.INCLUSIVE} and _RATE.match(words, found.end())
                return Role.SUBTOTAL if part else role
        return None

    def heading(self, text: str) -> bool:
        words = plain(text).split()
        known = sum(word in self._heading for word in words)
        return known > 1 and all(word in self._heading or word in self._vocabulary or len(word) < 3 for word in words)

    def bare(self, text: str) -> bool:
        """Whether every word of the line belongs to a role."""
        return not self._strange(plain(text))

    def _strange(self, words: str) -> list[str]:
        return [word for word in words.split() if len(word) > 2 and word.isalpha() and word not in self._vocabulary]

    def _about(self, words: str, found: re.Match[str]) -> bool:
        before = words[: found.start()]
        if self._strange(before) or _NOT & set(before.split()):
            return False
        return len(self._strange(words[found.end() :])) <= 1

    def without(self, role: Role, text: str) -> str:
        """What is left of a line when the words of a role are taken out of it."""
        found = next((pattern.search(plain(text)) for known, _, pattern in self._roles if known is role), None)
        if found is None:
            return text
        said = re.escape(found.group().strip()).replace(r"\ ", r"[\W_]+")
        return re.sub(rf"(?<!\w){said}(?!\w)", " ", text, count=1, flags=re.IGNORECASE)


def means(text: str) -> str | None:
    """`cash` or `card`, or None: a till's own word could be a name or a number."""
    words, default = set(plain(text).split()), _default()
    return next((name for name in ("card", "cash") if words & set(default[name])), None)


@cache
def _default() -> dict[str, list[str]]:
    """Words by role, of all languages."""
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        return {role: [word for words in languages.values() for word in words] for role, languages in tomllib.load(file).items()}
