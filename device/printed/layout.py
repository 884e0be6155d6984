"""What a site may set of printed text, and its own patterns.

Patterns are regular expressions of RE2, whose time grows with the line and never faster, whatever the pattern: one that came
from a settings file cannot stop the lane. The price is that RE2 knows no look-around and no references back. What a line holds
is told by the names of the groups:

| group                                      | meaning                                                                |
|--------------------------------------------|------------------------------------------------------------------------|
| `item`, `code`, `qty`, `price`, `amount`   | an item, on one line, or its name and its figures on two               |
| `void`                                     | with an item: it is taken off; alone: the next or latest one           |
| `discount`, `subtotal`, `total`, `tax`,    | the line is that; its amount is in `amount` or in the group itself     |
| `rounding`, `tender`, `change`             |                                                                        |
| `cancel`                                   | the sale is cancelled                                                  |
| `ignore`                                   | the line is dropped                                                    |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
import re2

from device.amounts import product
from device.domain import Minor
from device.events import ONE
from device.printed import numbers
from device.printed.lines import Form, Reading, believed, minor, thousandths, tidy, unit_after
from device.printed.words import Role

MAX_PATTERNS: Final = 50
MAX_PATTERN: Final = 500
_PROGRAM: Final = 1 << 20
_ROLES: Final = {
    "cancel": Role.CANCEL,
    "tender": Role.TENDER,
    "change": Role.CHANGE,
    "total": Role.TOTAL,
    "subtotal": Role.SUBTOTAL,
    "discount": Role.DISCOUNT,
    "tax": Role.TAX,
    "rounding": Role.ROUNDING,
}
_ITEM: Final = ("item", "code", "qty", "price", "amount")
GROUPS: Final = (*_ITEM, "void", "ignore", *_ROLES)

_Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PATTERN)]


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one site prints. Every option has a default that reads the common receipt."""

    live: bool = False
    """Lines come while the goods are rung up: events at once. Otherwise a receipt is concluded, and checked, at its end."""
    names: Literal["auto", "before", "after"] = "auto"
    """Where the name of an item stands whose figures are on a line of their own. Live, auto means before."""
    decimals: Annotated[int, msgspec.Meta(ge=0, le=3)] = 2
    """Digits of the minor unit of the currency: 2 for most, 0 for won and yen."""
    decimal_mark: Literal["auto", ".", ","] = "auto"
    """auto: the last separator of an amount, where as many digits follow it as the currency has decimals."""
    match_case: bool = False
    """Of patterns. Words are always compared without case."""
    words: dict[str, list[str]] = {}
    """Words by role, such as `{"total": ["ИТОГ"]}`, in place of the default ones of that role."""
    ignore: Annotated[tuple[_Pattern, ...], msgspec.Meta(max_length=MAX_PATTERNS)] = ()
    """Lines in which one of these is found are dropped."""
    patterns: Annotated[tuple[_Pattern, ...], msgspec.Meta(max_length=MAX_PATTERNS)] = ()
    """In place of the words: the first that is found tells what the line is, and a line without any is nothing."""

    def __post_init__(self) -> None:
        """Raise ValueError for what the types cannot tell."""
        if unknown := sorted(set(self.words) - {role.value for role in Role}):
            raise ValueError(f"words: there is no '{unknown[0]}'; there are: {', '.join(role.value for role in Role)}")
        for place, texts in (("ignore", self.ignore), ("patterns", self.patterns)):
            for text in texts:
                groups = set(compiled(text, place, match_case=self.match_case).groupindex)
                if unknown := sorted(groups - set(GROUPS)):
                    raise ValueError(f"{place}: '{text}' has a group '{unknown[0]}'; there are: {', '.join(GROUPS)}")
                if place == "patterns" and not groups:
                    raise ValueError(f"{place}: '{text}' names no group, such as (?P<item>...); there are: {', '.join(GROUPS)}")


def compiled(text: str, place: str, *, match_case: bool = False) -> Any:
    """Raise ValueError, naming the place, for what is no pattern."""
    try:
        return re2.compile(text, _options(1, match_case=match_case))
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"{place}: '{text}' is no pattern of RE2: {why}") from error


def _options(patterns: int, *, match_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = match_case
    options.max_mem = patterns * _PROGRAM
    return options


class Search:
    """Several patterns looked for at once: most lines have none of them, and RE2 reads a line but once to tell so."""

    def __init__(self, texts: Sequence[str], place: str, *, match_case: bool) -> None:
        """Raise ValueError, naming the place, for what is no pattern."""
        self.patterns = [compiled(text, place, match_case=match_case) for text in texts]
        self._set = re2.Set.SearchSet(_options(len(texts), match_case=match_case))
        for text in texts:
            self._set.Add(text)
        if texts:
            self._set.Compile()

    def __deepcopy__(self, memo: object) -> Search:
        return self  # nothing of it changes, and RE2's sets cannot be copied

    def found(self, line: bytes) -> Sequence[int]:
        """The places of those that are found in a line of UTF-8, in any order."""
        return (self._set.Match(line) or ()) if self.patterns else ()


class Patterns:
    """The compiled patterns of a layout."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._ignore = Search(layout.ignore, "ignore", match_case=layout.match_case)
        self._lines = Search(layout.patterns, "patterns", match_case=layout.match_case)
        self._groups = [pattern.groupindex for pattern in self._lines.patterns]

    def __bool__(self) -> bool:
        return bool(self._groups)

    def drops(self, line: str) -> bool:
        return bool(self._ignore.patterns and self._ignore.found(line.encode(errors="replace")))

    def read(self, line: str) -> Reading | None:
        """None: the line is nothing."""
        told = line.encode(errors="replace")
        if not (places := self._lines.found(told)):
            return None
        first = min(places)
        found = self._lines.patterns[first].search(told)
        groups = self._groups[first].items()
        said = {name: group.decode("utf-8", "replace") for name, place in groups if (group := found[place]) is not None}
        if "ignore" in said:
            return None
        amount = self._money(said.get("amount", ""))
        for name, role in _ROLES.items():
            if name in said:
                amount = amount if amount is not None else self._money(said[name])
                return Reading(Form.FULL if amount is not None else Form.TEXT, role, amount, amounts=int(amount is not None))
        return self._item(said, amount)

    def _item(self, said: dict[str, str], amount: Minor | None) -> Reading:
        name = tidy(said.get("item", ""))
        qty = said.get("qty", "")
        told = numbers.alone(qty, 3, self._layout.decimal_mark)
        quantity = thousandths(abs(told[0].value)) if told else None
        price = self._money(said.get("price", ""))
        if amount is None and price is not None and name:
            # A till that tells price and quantity only: the amount is their product.
            amount = product(price, quantity or ONE)
        if amount is not None:
            form = Form.FULL if name else Form.DETAIL
        elif price is not None:
            form, quantity = Form.MULTIPLY, quantity or ONE
        else:
            form = Form.TEXT
        void = "void" in said
        return Reading(
            form,
            Role.VOID if void else None,
            amount,
            name,
            believed(said.get("code", "")),
            quantity,
            unit_after(qty, told[0] if told else None),
            price,
            void=void,
        )

    def _money(self, text: str) -> Minor | None:
        found = numbers.alone(text, self._layout.decimals, self._layout.decimal_mark)
        return minor(found[-1].value, self._layout.decimals) if found else None
