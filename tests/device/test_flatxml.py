"""Documents cut out of a stream: the same however it is split, and nothing in them is expanded, fetched or guessed."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.flatxml import MAX_DOCUMENT, MAX_FIELDS, Documents, Dropped, encoding
from device.words import MAX_WORDS

WORDS = st.text(st.characters(codec="cp1251", categories=("L", "N", "P", "S", "Zs")), max_size=40)


def cut(*pieces: bytes) -> list[dict[str, str] | Dropped]:
    documents = Documents("x", "windows-1251")
    return [found for piece in pieces for found in documents.feed(piece)]


@settings(max_examples=80, deadline=None, database=None)
@given(st.lists(st.tuples(WORDS, st.sampled_from(["utf-8", "windows-1251"])), max_size=4), st.integers(1, 50))
def test_what_was_written_is_read_in_any_encoding_and_any_split(told: list[tuple[str, str]], size: int) -> None:
    stream = b"".join(
        f'<?xml version="1.0" encoding="{charset}"?>\n<x>\r\n<name>{escape(words)}</name></x>'.encode(charset)
        for words, charset in told
    )
    expected = [{"name": " ".join(words.split())} for words, _ in told]
    assert cut(*(stream[start : start + size] for start in range(0, len(stream), size))) == expected


def test_the_prolog_after_a_lost_tail_counts() -> None:
    told = '<?xml encoding="cp866"?><x><a>Хлеб</a></x>'.encode("cp866")
    for before in (b"<x><a>", b"<x><a>" + b"y" * 70_000):
        for size in (1000, 100_000):
            stream = before + told
            assert cut(*(stream[at : at + size] for at in range(0, len(stream), size)))[-1] == {"a": "Хлеб"}


def test_only_children_of_the_root_are_fields_and_the_first_of_a_name_counts() -> None:
    assert cut(b"<x a='1'><a>1</a><a>2</a><b><a>3</a></b><!-- <c>4</c> --><d><![CDATA[<5>]]></d></x>") == [
        {"a": "1", "b": "3", "d": "<5>"}
    ]


def test_names_that_only_begin_alike_are_no_marks() -> None:
    (dropped,) = cut(b"<xy><a>1</a></xy><x>")
    assert isinstance(dropped, Dropped)


def test_a_broken_document_gives_what_stands_whole_in_it() -> None:
    assert cut(b"<x><a>1 & 2</a><b>3<c>4</c><d>5</e></x>") == [{"a": "1 & 2", "c": "4"}]
    assert cut(b"<x><a>&lt;&#1046;&copy;&#99999999;</a><b></x>") == [{"a": "<Ж&copy;&#99999999;"}]


def test_fields_and_their_texts_are_bounded() -> None:
    (fields,) = cut(b"<x>" + b"".join(b"<a%d>%s</a%d>" % (n, b"y" * 500, n) for n in range(100)) + b"</x>")
    assert isinstance(fields, dict)
    assert (len(fields), {len(text) for text in fields.values()}) == (MAX_FIELDS, {MAX_WORDS})


@pytest.mark.parametrize(
    "declared", [b"<!DOCTYPE x>", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', b"<!doctype x>"]
)
def test_declarations_before_or_inside_a_document_refuse_it_and_only_it(declared: bytes) -> None:
    for told in (declared + b"<x><a>&a;</a></x>", b"<x>" + declared + b"<a>&a;</a></x>"):
        *refused, last = cut(told, b"<x><a>1</a></x>")
        assert {type(one) for one in refused} == {Dropped}
        assert last == {"a": "1"}


def test_a_document_may_have_the_longest_size_and_not_a_byte_more() -> None:
    for more, kind in ((0, dict), (1, Dropped)):
        told = b"<x><a>" + b"y" * (MAX_DOCUMENT - 14 + more) + b"</a></x>"
        for size in (len(told), 1000):
            assert [type(found) for found in cut(*(told[at : at + size] for at in range(0, len(told), size)))] == [kind]


@pytest.mark.parametrize("name", ["utf-16", "punycode", "unicode_escape", "rot13", "bz2", "", "x" * 100])
def test_only_encodings_that_agree_with_ascii_are_taken(name: str) -> None:
    with pytest.raises(ValueError, match="unknown encoding"):
        encoding(name)
    assert cut(f'<?xml version="1.0" encoding="{name}"?><x><a>1</a></x>'.encode())[-1] == {"a": "1"}
