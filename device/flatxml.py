"""Flat XML documents out of a stream of bytes, as a till tells them to cameras: `<x><field>text</field>..</x>`, over and over.

A stream of documents is no XML, least of all with a prolog before each, so it is cut at the bytes of the end mark. A start mark
inside a document means that the end of the one before was lost: that one is dropped and the new one read. Documents are at most
64 KiB; what is longer is dropped up to the next start mark.

A document is decoded by the encoding its prolog names, or the last prolog named; where the bytes do not fit it (programs on
Windows write `utf-8` over bytes of windows-1251), by the fallback. Only encodings that agree with ASCII are taken.

Fields are the children of the root, their text without tags, as `device.words.clean` leaves it; the first of a name counts. A
document that declares types or entities is refused before it is parsed, so that there is nothing to expand and nothing to fetch.
What expat does not take (a bare `&` in a name of goods, mostly) is read field by field, by what stands whole between `<x>` and
`</x>`; no part of such a document is guessed.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from device.words import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_DOCUMENT: Final = 64 * 1024
MAX_FIELDS: Final = 64
_MAX_PROLOG: Final = 512
_MAX_NOISE: Final = 64 * 1024
_TOO_LONG: Final = f"a document is longer than {MAX_DOCUMENT} bytes"

_ENCODINGS: Final = {
    name: name
    for name in (
        *("utf-8", "us-ascii", "koi8-r", "koi8-u", "gbk", "gb2312", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "cp949"),
        *(f"iso-8859-{part}" for part in range(1, 17) if part != 12),
        *(f"{family}{page}" for family in ("windows-", "cp") for page in range(1250, 1259)),
        *(f"{family}{page}" for family in ("cp", "ibm") for page in (437, 850, 852, 855, 857, 858, 860, 862, 866)),
    )
} | {"utf8": "utf-8", "ascii": "us-ascii", "dos-866": "cp866", "win-1251": "cp1251", "latin1": "iso-8859-1"}
_PROLOG: Final = re.compile(rb"""<\?xml[^<>?]{0,100}?encoding\s{0,8}=\s{0,8}["']([A-Za-z0-9._-]{1,20})["'][^<>?]{0,100}\?>""")
_FIELD: Final = re.compile(r"<([A-Za-z_][A-Za-z0-9_.-]{0,63})\s{0,8}>([^<]*)</\1\s{0,8}>")
_DECLARATION: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")


@dataclass(frozen=True, slots=True)
class Dropped:
    """So many bytes were left out, and why."""

    size: int
    why: str


class Documents:
    """Cuts what is fed; owns the unfinished document."""

    def __init__(self, root: str, fallback: str) -> None:
        """`fallback` decodes what is not in the encoding its prolog names; ValueError when it is none of those taken."""
        self._root = root
        self._fallback = encoding(fallback)
        self._encoding = "utf-8"
        start, end = re.escape(b"<" + root.encode()), re.escape(b"</" + root.encode() + b">")
        self._mark = re.compile(b"(" + start + rb"(?=[\s>/]))|(" + end + b")")
        self._keep = len(root) + 3
        self._held = bytearray()
        self._seen = 0  # of what is held, the marks up to here are known
        self._inside = False
        self._declared = False  # types, before the root

    def read(self, data: bytes, dropped: Callable[[int, str], None]) -> Iterator[dict[str, str]]:
        """Fields of every document that is complete now; bytes that were left out are told, and why."""
        for found in self.feed(data):
            if isinstance(found, Dropped):
                dropped(found.size, found.why)
            else:
                yield found

    def feed(self, data: bytes) -> Iterator[dict[str, str] | Dropped]:
        """Fields of every document that is complete now, and what was left out between them, in order."""
        held = self._held
        held += data
        done = 0
        # All marks first: what is searched cannot be cut at the same time.
        for mark in list(self._mark.finditer(held, self._seen)):
            if mark[1]:
                if self._inside:
                    self._prolog(bytes(held[done : mark.start()]))  # of the document that begins there
                    yield Dropped(mark.start() - done, "a document was cut off")
                else:
                    yield from self._between(bytes(held[done : mark.start()]))
                done, self._inside = mark.start(), True
            elif self._inside:
                whole = bytes(held[done : mark.end()])
                done, self._inside = mark.end(), False
                if len(whole) > MAX_DOCUMENT:
                    yield Dropped(len(whole), _TOO_LONG)
                else:
                    yield self._fields(whole)
        del held[:done]
        self._seen = max(int(self._inside), len(held) - self._keep)
        if self._inside and len(held) > MAX_DOCUMENT:
            self._prolog(bytes(held))
            self._inside = False
            yield Dropped(len(held), _TOO_LONG)
        elif not self._inside and len(held) > _MAX_NOISE:
            yield from self._between(bytes(held))
        else:
            return
        del held[:-_MAX_PROLOG]
        self._seen = len(held) - self._keep

    def _prolog(self, text: bytes) -> None:
        for prolog in _PROLOG.finditer(text):
            self._encoding = _ENCODINGS.get(prolog[1].decode().lower(), self._encoding)

    def _between(self, noise: bytes) -> Iterator[Dropped]:
        self._prolog(noise)
        self._declared = self._declared or _DECLARATION.search(noise) is not None
        rest = re.sub(rb"<\?xml[^<>]{0,200}\?>|\xef\xbb\xbf", b"", noise).strip(b" \t\r\n\x00")
        if rest:
            yield Dropped(len(rest), f"no <{self._root}> begins there")

    def _fields(self, document: bytes) -> dict[str, str] | Dropped:
        declared, self._declared = self._declared or _DECLARATION.search(document) is not None, False
        if declared:
            return Dropped(len(document), "a document declares types or entities")
        text = self._decoded(document)
        return _parsed(text) or {name: clean(_plain(value)) for name, value in reversed(_FIELD.findall(text)[:MAX_FIELDS])}

    def _decoded(self, document: bytes) -> str:
        for name in (self._encoding, self._fallback):
            try:
                return document.decode(name)
            except UnicodeDecodeError:
                continue
        return document.decode(self._encoding, "replace")


def encoding(name: str) -> str:
    """The name Python has for an encoding. ValueError when it is none of those that agree with ASCII."""
    found = _ENCODINGS.get(name.lower())
    if found is None:
        raise ValueError(f"unknown encoding '{name}' (for example utf-8, windows-1251, cp866)")
    return found


def _parsed(text: str) -> dict[str, str] | None:
    """Children of the root and their text; None when the document is not well-formed."""
    found: dict[str, str] = {}
    path: list[str] = []
    words: list[str] = []

    def start(name: str, _: object) -> None:
        path.append(name)
        if len(path) == 2:
            words.clear()

    def end(name: str) -> None:
        if len(path) == 2 and name not in found and len(found) < MAX_FIELDS:
            found[name] = clean("".join(words))
        path.pop()

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = words.append
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return None
    return found


def _plain(text: str) -> str:
    return _REFERENCE.sub(lambda reference: html.unescape(reference[0]), text)
