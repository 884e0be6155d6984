"""What a site may set of printed text: options, words and patterns of its own."""

from __future__ import annotations

import msgspec
import pytest
from fakes.printed_text import items, told, total

from device.printed import MAX_LINE, Layout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"patterns": ["(?P<item>.*"]}, "is no pattern of RE2: missing )"),
        ({"patterns": ["(?P<thing>.*)"]}, "has a group 'thing'; there are: item, code, qty"),
        ({"patterns": ["^TOTAL"]}, "names no group, such as"),
        ({"patterns": ["(?=a)(?P<item>b)"]}, "is no pattern of RE2"),
        ({"words": {"totals": ["SUM"]}}, "there is no 'totals'; there are: person"),
    ],
)
def test_an_option_that_cannot_work_is_told_with_what_would(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert(options, Layout)
    assert sentence in str(raised.value)


def test_a_pattern_that_other_engines_never_finish_is_a_pattern() -> None:
    layout = Layout(patterns=("^(?P<ignore>(a+)+)$", r"^(?P<item>(\w+\s?)+)\s(?P<amount>[\d.]+)$"))
    hostile = "a" * (MAX_LINE - 1) + "!"
    events, _ = told("\n".join([hostile] * 100) + "\nTEA 3.00", Layout(live=True, patterns=layout.patterns))
    assert items(events) == [("TEA", 1000, 300)]


def test_words_of_a_site_stand_in_place_of_the_default_ones() -> None:
    layout = Layout(words={"total": ["zwsum"]})
    events, _ = told("TEA  3.00\nZWSUM  3.00\nCASH  3.00", layout)
    assert (items(events), total(events)) == ([("TEA", 1000, 300)], 300)
