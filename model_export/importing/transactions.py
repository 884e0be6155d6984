"""The transactions of a POSLog out of expat, one at a time, with bounds on all that a hostile file could ask for.

A document type is refused, and with it every entity; depth, elements of one transaction, text and tags are bounded. Names lose
their prefixes: whatever namespace a till's maker chose, the words are the same.

Each transaction comes with the state from which to go on behind it: the first byte of its end tag, the encoding, and the names
of the elements around it, which are told to a new parser before it reads on there.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any, Final
from xml.parsers import expat

from model_export.importing.found import State

TRANSACTION: Final = "Transaction"
MOST_DEPTH: Final = 64
MOST_ELEMENTS: Final = 500_000
"""Of one transaction: some 50 for each of `found.MOST_LINES` lines."""
MOST_TEXT: Final = 16_384
MOST_WEIGHT: Final = 32 * 1024 * 1024
"""Characters of one transaction."""
MOST_TOKEN_BYTES: Final = 4 * 1024 * 1024
_NAME: Final = re.compile(r"[A-Za-z_][\w.:-]{0,99}")


class HostileError(ValueError):
    """The file asks for more than a log of sales can need."""


class Element:
    """A name without its prefix, attributes, the text in it, and what it holds."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes = name, attributes
        self.text = ""
        self.children: list[Element] = []

    def first(self, *path: str) -> Element | None:
        """The first element on this path of names from here, directly below one another."""
        here: Element | None = self
        for name in path:
            here = next((child for child in here.children if child.name == name), None) if here is not None else None
        return here

    def said(self, *path: str) -> str | None:
        there = self.first(*path)
        return there.text.strip() or None if there is not None else None

    def below(self, name: str) -> Iterator[Element]:
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.below(name)

    def flagged(self, name: str) -> bool:
        return self.attributes.get(name, "").strip().casefold() in {"true", "1"}


class Transactions:
    """expat with bounds: transactions as they end, each with its line and the state behind it."""

    def __init__(self, since: State, *, wide: bool) -> None:
        self._wide, self._fed = wide, 0
        self.done: deque[tuple[Element, int, State]] = deque()
        self.seen = since.resume > 0
        self._encoding, _, around = since.prefix.partition("|")
        self._around = around.split("/") if around else []
        self._open: list[Element] = []
        self._elements = 0
        self._weight = 0
        self._began = 0
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = MOST_TEXT
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._document_type
        prefix = b""
        if since.resume:
            declared = f'<?xml version="1.0" encoding="{self._encoding}"?>' if self._encoding else ""
            prefix = (declared + "".join(f"<{name}>" for name in self._around)).encode("ascii")
            self._around.clear()
            parser.Parse(prefix)
            self._fed = len(prefix)
        self._offset = since.resume - len(prefix)
        self._line = since.place - 1 if since.resume else 0

    @property
    def line(self) -> int:
        return self._line + self._parser.CurrentLineNumber

    def feed(self, block: bytes, *, last: bool = False) -> None:
        self._parser.Parse(block, last)
        self._fed += len(block)
        if self._fed - self._parser.CurrentByteIndex > MOST_TOKEN_BYTES:
            raise HostileError(f"a tag, comment or text is longer than {MOST_TOKEN_BYTES} bytes")

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._encoding = encoding or ""

    def _document_type(self, *_: Any) -> None:
        raise HostileError("a document type is declared, and entities with it: a POSLog has none, export it without")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._around) + len(self._open) >= MOST_DEPTH:
            raise HostileError(f"elements stand within each other more than {MOST_DEPTH} deep")
        plain = name.rpartition(":")[2]
        if not self._open:
            if plain != TRANSACTION:
                self._around.append(name)
                return
            self._began, self._elements, self._weight = self.line, 0, 0
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise HostileError(f"a transaction holds more than {MOST_ELEMENTS} elements")
        told = sum(map(len, attributes.values()))
        self._weight += told
        if told > MOST_TEXT:
            raise HostileError(f"the attributes of an element are longer than {MOST_TEXT} characters")
        element = Element(plain, {key.rpartition(":")[2]: value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _name: str) -> None:
        if not self._open:
            self._around.pop()
            return
        element = self._open.pop()
        if self._open:
            return
        self.seen = True
        self._elements = 0
        self.done.append((element, self._began, self._state()))

    def _text(self, text: str) -> None:
        if self._open:
            element = self._open[-1]
            element.text += text
            self._weight += len(text)
            if self._weight > MOST_WEIGHT:
                raise HostileError(f"a transaction holds more than {MOST_WEIGHT} characters")
            if len(element.text) > MOST_TEXT:
                raise HostileError(f"the text of an element is longer than {MOST_TEXT} characters")

    def _state(self) -> State:
        # Two bytes a character cannot be begun in the middle, nor names that XML allows and ASCII lacks: read from the beginning.
        if self._wide or not all(map(_NAME.fullmatch, self._around)):
            return State(0, self.line)
        # The first byte of the end tag, or the one behind a transaction that is empty.
        return State(self._offset + self._parser.CurrentByteIndex, self.line, prefix=f"{self._encoding}|{'/'.join(self._around)}")
