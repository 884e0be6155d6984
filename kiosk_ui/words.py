"""The words of the faces in one language: the compiled translations of i18n, and the pseudo-locale made of the English ones.

The pseudo-locale is made at every start, so there is no file of it to fall behind: each English text is put in brackets, its
letters are accented and each of its words is drawn out by two fifths. What is cut loses its closing bracket; what is read without
brackets cannot be translated. It is compiled words again and not a QTranslator of ours, because the thread that loads QML asks
for words while the main thread waits for it and holds Python.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTranslator
from PySide6.QtGui import QGuiApplication

from device.errors import SettingsError
from kiosk_ui.formats import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = Path(__file__).parent / "i18n"
GROWTH_PERCENT = 40

_PLACES = re.compile(r"(%\d|%n)")
_WORD = re.compile(r"\S+")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_ACCENTS = str.maketrans(
    "AaBbCcDdEeGgHhIiJjKkLlNnOoRrSsTtUuWwYyZz",
    "ÅåßþÇçÐđÉéĞğĤĥÎîĴĵĶķĻļÑñÖöŔŕŠšŢţÛûŴŵÝýŽž",
)

# The compiled form (qtbase, qtranslator.cpp): a magic number, then sections of one byte, a length and content; big-endian.
# Hashes are pairs of a hash and a place among the messages; a message is a run of tagged texts that an end closes.
_MAGIC = 16
_HASHES, _MESSAGES = 0x42, 0x69
_END, _TRANSLATION = 1, 3


def words_of(language: Language, folder: Path = WORDS) -> bytes:
    """The compiled translation, read whole: Qt would map the file, and an upgrade that writes it anew garbles a running face."""
    try:
        words = (folder / f"tillside_{language.of_data}.qm").read_bytes()
    except OSError as error:
        raise SettingsError(f"no words for language {language} in {folder}: install tillside again") from error
    if language is not Language.PSEUDO:
        return words
    try:
        return pseudo(words)
    except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
        raise SettingsError("the words of this language are damaged: install tillside again") from error


def translate(words: bytes) -> QTranslator:
    """Make the faces speak; `words` must live as long as the translator, which reads them in place."""
    translator = QTranslator()
    if not translator.load(words):
        raise SettingsError("the words of this language are damaged: install tillside again")
    QGuiApplication.installTranslator(translator)
    return translator


def pseudo(words: bytes) -> bytes:
    """Compiled words with every translation stretched; all else is as it was. What is no compiled words fails in many ways."""
    sections = dict(_sections(words))
    moved: dict[int, int] = {}
    messages = bytearray()
    for place, parts in _messages(sections.get(_MESSAGES, b"")):
        moved[place] = len(messages)
        for tag, content in parts:
            text = stretched(content.decode("utf-16-be")).encode("utf-16-be") if tag == _TRANSLATION else content
            messages += struct.pack(">BI", tag, len(text)) + text
        messages.append(_END)
    hashes = struct.iter_unpack(">II", sections.get(_HASHES, b""))
    sections[_HASHES] = b"".join(struct.pack(">II", key, moved[place]) for key, place in hashes)
    sections[_MESSAGES] = bytes(messages)
    return words[:_MAGIC] + b"".join(struct.pack(">BI", kind, len(content)) + content for kind, content in sections.items())


def stretched(text: str) -> str:
    """`[Ĝööđ…]`: its words two fifths longer, its places for numbers and names as they were."""
    return f"[{''.join(part if _PLACES.fullmatch(part) else _WORD.sub(_drawn_out, part) for part in _PLACES.split(text))}]"


def _drawn_out(found: re.Match[str]) -> str:
    word = found[0]
    letters = sum(sign.isalpha() for sign in word)
    more = -(-letters * GROWTH_PERCENT // 100)
    vowel = _VOWEL.search(word)
    at = vowel.start() if vowel else next((place for place, sign in enumerate(word) if sign.isalpha()), 0)
    return (word[: at + 1] + word[at : at + 1].lower() * more + word[at + 1 :]).translate(_ACCENTS)


def _sections(words: bytes) -> Iterator[tuple[int, bytes]]:
    at = _MAGIC
    while at < len(words):
        kind, length = struct.unpack_from(">BI", words, at)
        at += 5
        yield kind, words[at : at + length]
        at += length


def _messages(content: bytes) -> Iterator[tuple[int, list[tuple[int, bytes]]]]:
    at = 0
    while at < len(content):
        place, parts = at, list[tuple[int, bytes]]()
        while (tag := content[at]) != _END:
            (length,) = struct.unpack_from(">I", content, at + 1)
            parts.append((tag, content[at + 5 : at + 5 + length]))
            at += 5 + length
        at += 1
        yield place, parts
