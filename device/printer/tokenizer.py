"""Reads the stream to a printer with the table of its family. Owns the unfinished command and the unfinished run of text.

The same tokens come of any split. Nothing is stored but an unfinished command, a payload that matters (`KEEP` bytes)
and the text since the last token (`MAX_LINE` bytes). A declared length, up to 4 GiB, is skipped as it comes; `cut_off` gives up
on the rest of it.

A command that is in no table loses its introducer and its letter; what follows is read as what it is, and control bytes that mean
nothing are dropped with it.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from typing import Final

from device.printer.charset import Guess
from device.printer.families import FAMILIES, codec, holds_ascii
from device.printer.rules import INTRODUCERS, End, Rule, Run
from device.printer.tokens import CodePage, DoubleByte, Foreign, Image, LineEnd, Overlong, Reset, Text, Token, Unknown

MAX_COMMAND: Final = 256 * 1024
MAX_LINE: Final = 4096
KEEP: Final = 8192
"""Bytes of a payload that are kept where it matters: the longest QR code has 7,089."""
_PRINTED: Final = re.compile(rb"[\x20-\x7e\x80-\xff]+")
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_UNKNOWN: Final = [Unknown(0), Unknown(1), Unknown(2)]
_MINDED: Final = frozenset({Reset, CodePage, DoubleByte})


class Tokenizer:
    def __init__(self, family: str = "epson", charset: str = "", kanji: str = "gb18030") -> None:
        """Where `charset` is empty it is as announced, or guessed where nothing is; `kanji` is the one after `1C 26`."""
        self._family = FAMILIES[family]
        self._told = charset
        self._kanji = codec(kanji)
        self._guess = Guess()
        self.odd = 0
        """Arguments that are unusual with this family so far."""
        self.stray = 0
        """Characters so far that were printed directly behind an unknown command: its arguments, most likely."""
        self._head = b""
        self._run = bytearray()
        self._line = 0
        self._lost = False
        self._lrc: int | None = None
        self._close()
        self._reset()

    def feed(self, data: bytes) -> list[Token]:
        tokens: list[Token] = []
        self._read(self._head + data, tokens)
        return tokens

    def cut_off(self) -> list[Token]:
        """Nothing more comes: the run of text, and what was unfinished."""
        tokens: list[Token] = []
        if self._rule is not None:
            self._flush(tokens)
            tokens.append(Unknown(len(self._kept) + 1))
        elif self._head:
            self._flush(tokens)
            tokens.append(Unknown(len(self._head)))
        self._flush(tokens)
        self._end_line(tokens)
        self._head = b""
        self._close()
        self._table = self._family.tables["base"]
        self._lrc = None
        return tokens

    def _reset(self) -> None:
        self._table = self._family.tables["base"]
        self._read_as(codec(self._told))
        self._double = False

    def _read_as(self, charset: str) -> None:
        """`charset`: empty where the text is to tell."""
        self._charset = charset
        self._ascii = bool(charset) and holds_ascii(charset)

    def _close(self) -> None:
        self._rule: Rule | None = None
        self._args = b""
        self._kept = bytearray()
        self._left = 0
        self._parts = 0
        self._part = bytearray()
        self._size = 0

    def _read(self, data: bytes, tokens: list[Token]) -> None:
        at, end = 0, len(data)
        while at < end:
            if self._rule is not None:
                at = self._payload(self._rule, data, at, tokens)
            elif self._lrc is not None:
                at += data[at] == self._lrc
                self._lrc = None
            elif self._table.text and (printed := _PRINTED.match(data, at)):
                self._print(printed.group())
                at = printed.end()
            elif (token := self._table.single.get(data[at])) is not None:
                self._lost = False
                self._tell(token, tokens)
                at += 1
            elif size := self._command(data, at, tokens):
                at += size
            else:
                break
        self._head = data[at:]

    def _command(self, data: bytes, at: int, tokens: list[Token]) -> int:
        """Read letters and arguments, and tell their size; 0 where more of them must come."""
        letters, rule = self._table.find(data, at)
        if rule is None:
            return self._unknown(data, at, letters, tokens) if letters else 0
        end = at + letters + rule.args
        if end > len(data):
            return 0
        args = data[at + letters : end]
        if rule.valid is not None and not rule.valid(args):
            return self._unknown(data, at, letters, tokens)
        self._lost = False
        if rule.usual and args[0] not in rule.usual:
            self.odd += 1
        if (text := rule.text) and (stop := text.stop.search(data, end, end + text.most + 1)):
            # Nearly every text comes whole too.
            whole = stop.group()[0] == text.mark
            self._done(rule, args, data[end : stop.start()], 0, tokens, whole=whole)
            return stop.start() + whole - at
        if not rule.bare:
            self._open(rule, args, tokens)
        elif rule.effect is not None:
            self._tell(rule.effect(args, b""), tokens)
        return letters + rule.args

    def _unknown(self, data: bytes, at: int, letters: int, tokens: list[Token]) -> int:
        """Drop the introducer and its letter, and whatever else begins nothing; the rest is read as what it is."""
        introduced = data[at] in INTRODUCERS
        size = 2 if introduced and letters > 1 and _PRINTED.match(data, at + 1) else 1
        if not self._lost or introduced:
            self._flush(tokens)
            tokens.append(_UNKNOWN[size])
        self._lost = True
        noise = self._table.noise.match(data, at + size)
        if noise is not None:
            tokens += [_UNKNOWN[1]] * len(noise[0])
            size += len(noise[0])
        return size

    def _print(self, run: bytes) -> None:
        if self._lost:
            self._lost = False
            self.stray += len(run)
        if (room := MAX_LINE - self._line) > 0:
            self._run += run[:room]
        self._line += len(run)

    def _flush(self, tokens: list[Token]) -> None:
        if self._run:
            tokens.append(Text(self._decode(bytes(self._run))))
            self._run.clear()

    def _decode(self, run: bytes) -> str:
        if self._double:
            return run.decode(self._kanji, "replace")
        if not self._charset:
            return self._guess.decode(run)
        # Python reads ASCII many times as fast as a code page.
        return run.decode("ascii") if self._ascii and run.isascii() else run.decode(self._charset, "replace")

    def _end_line(self, tokens: list[Token]) -> None:
        if self._line > MAX_LINE:
            tokens.append(Overlong(self._line - MAX_LINE))
        self._line = 0

    def _open(self, rule: Rule, args: bytes, tokens: list[Token]) -> None:
        self._rule, self._args = rule, args
        if rule.size is not None:
            self._left = rule.size(args)
            self._declared(self._left, tokens)
        elif rule.parts is not None:
            self._parts = rule.parts(args)
        elif rule.text is not None or rule.until is not None:
            return
        if not self._left and not self._parts:
            self._finish(tokens)

    def _declared(self, size: int, tokens: list[Token]) -> None:
        self._size += size
        if size > MAX_COMMAND:
            self._flush(tokens)
            tokens.append(Overlong(size - MAX_COMMAND))

    def _payload(self, rule: Rule, data: bytes, at: int, tokens: list[Token]) -> int:
        """Take as much of the payload as there is; where in the data it ended."""
        if rule.text is not None:
            return self._text(rule.text, data, at, tokens)
        if rule.until is not None:
            return self._until(rule, data, at, tokens)
        if self._parts and not self._left:
            self._part.append(data[at])
            at += 1
            if len(self._part) == rule.part_args:
                assert rule.part_size is not None
                self._left = rule.part_size(self._args, bytes(self._part))
                self._declared(self._left, tokens)
                self._part.clear()
                self._parts -= 1
        else:
            end = min(len(data), at + self._left)
            early = _CONTROL.search(data, at, end) if rule.plain else None
            if early is not None:
                self._left = end - at
                end = early.start()
            if rule.keep:
                self._kept += data[at : min(end, at + KEEP - len(self._kept))]
            self._left = 0 if early is not None else self._left - (end - at)
            at = end
        if not self._left and not self._parts:
            self._finish(tokens)
        return at

    def _text(self, run: Run, data: bytes, at: int, tokens: list[Token]) -> int:
        most = at + run.most - len(self._kept)
        stop = run.stop.search(data, at, most + 1)
        end = stop.start() if stop else min(most, len(data))
        self._kept += data[at:end]
        if end == len(data):
            return end
        whole = data[end] == run.mark
        self._finish(tokens, whole=whole)
        return end + whole

    def _until(self, rule: Rule, data: bytes, at: int, tokens: list[Token]) -> int:
        assert rule.until is not None
        while at < len(data):
            match rule.until(data[at], self._kept):
                case End.TAKEN:
                    at += 1
                    self._finish(tokens)
                    return at
                case End.BEFORE:
                    self._finish(tokens, whole=False)
                    return at
                case End.GO_ON:
                    self._kept.append(data[at])
                    at += 1
        return at

    def _finish(self, tokens: list[Token], *, whole: bool = True) -> None:
        rule, args, kept, size = self._rule, self._args, bytes(self._kept), self._size
        assert rule is not None
        self._close()
        self._done(rule, args, kept, size, tokens, whole=whole)

    def _done(self, rule: Rule, args: bytes, kept: bytes, size: int, tokens: list[Token], *, whole: bool) -> None:
        if rule.table:
            self._flush(tokens)
            self._table = self._family.tables[rule.table]
        token = Image(size) if rule.dots else rule.effect(args, kept) if rule.effect is not None else None
        if type(token) is Foreign:
            self._foreign(token, kept, tokens, whole=whole)
        else:
            self._tell(token, tokens)

    def _tell(self, token: Token | None, tokens: list[Token]) -> None:
        if token is None:
            return
        if self._run:
            self._flush(tokens)
        kind = type(token)
        if kind is LineEnd:
            self._end_line(tokens)
        elif kind in _MINDED:
            self._mind(token)
        tokens.append(token)

    def _foreign(self, token: Foreign, kept: bytes, tokens: list[Token], *, whole: bool) -> None:
        self._flush(tokens)
        tokens.append(token if whole else Unknown(token.size - 1))
        if whole:
            # A check byte may follow: the XOR of everything behind 02.
            self._lrc = reduce(xor, kept, 0x03)

    def _mind(self, token: Token) -> None:
        """What a token means for the text after it."""
        match token:
            case Reset():
                self._reset()
            case CodePage(number) if not self._told:
                page = codec(self._family.code_pages.get(number, "ascii"))
                # Page 0 is what printers begin with and programs send unasked: it says nothing.
                self._read_as(page if number else "")
            case DoubleByte(on) if not self._told:
                self._double = on
            case _:
                pass
