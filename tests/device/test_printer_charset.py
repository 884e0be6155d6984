"""Text whose charset nobody announced is read as what it is, and what announces itself is believed."""

from __future__ import annotations

import pytest

from device.printer.charset import Guess
from device.printer.tokenizer import Tokenizer
from device.printer.tokens import Text


@pytest.mark.parametrize("charset", ["cp866", "cp1251", "utf-8"])
@pytest.mark.parametrize("text", ["КАССОВЫЙ ЧЕК", "Молоко 3,2% 930 мл  89.90", "ИТОГ", "Coca-Cola 0,5л напиток", "Чай №1 Лето"])
def test_russian_is_told_by_its_letters(charset: str, text: str) -> None:
    assert Guess().decode(text.encode(charset)) == text


@pytest.mark.parametrize("text", ["합계    40,700", "*파이썬 첫걸음 14,500", "신용카드 매출전표", "교환은 7일 이내"])
def test_korean_is_told_by_its_common_syllables(text: str) -> None:
    assert Guess().decode(text.encode("cp949")) == text


@pytest.mark.parametrize("text", ["Größe 42  1,20", "Café crème à la carte", "Piñata año", "Smörgås", "£1.15"])
def test_the_accents_of_latin_words_stay(text: str) -> None:
    assert Guess().decode(text.encode("cp437", "replace")) == text.encode("cp437", "replace").decode("cp437")


def test_a_line_across_the_paper_says_nothing_and_what_was_read_before_decides_a_doubt() -> None:
    guess = Guess()
    assert guess.decode(b"\xc4" * 32) == "─" * 32
    assert guess.decode("Булочная у дома".encode("cp1251")) == "Булочная у дома"
    assert guess.decode("ВАЗА".encode("cp1251")) == "ВАЗА", "two syllables of Hangul as well"


def test_what_is_announced_is_believed_but_the_page_that_printers_begin_with() -> None:
    milk = "МОЛОКО".encode("cp866")
    assert Tokenizer().feed(b"\x1b@\x1bt\x00" + milk + b"\n")[2] == Text("МОЛОКО")
    assert Tokenizer().feed(b"\x1b@\x1bt\x10" + milk + b"\n")[2] == Text(milk.decode("cp1252", "replace"))
    assert Tokenizer(charset="cp437").feed(milk + b"\n")[0] == Text(milk.decode("cp437"))
