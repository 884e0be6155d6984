"""The bars are read back here as a scanner does: from their widths alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_ui.barcode import bars, check_digit, modules, spoken

# GS1 General Specifications, figure 5.2.1.2-1: number set A as runs of space, bar, space, bar.
_RUNS = dict(zip(["3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112"], range(10), strict=True))
_FIRST = dict(
    zip(
        ["AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA"],
        range(10),
        strict=True,
    )
)


def _runs(pattern: str) -> str:
    found = []
    for place, module in enumerate(pattern):
        if place and module == pattern[place - 1]:
            found[-1] += 1
        else:
            found.append(1)
    return "".join(map(str, found))


def _read(drawn: str) -> str:
    assert (drawn[:3], drawn[45:50], drawn[-3:]) == ("101", "01010", "101")
    left = [drawn[3 + 7 * place : 10 + 7 * place] for place in range(6)]
    right = [drawn[50 + 7 * place : 57 + 7 * place] for place in range(6)]
    # Set A has an odd number of dark modules; set B is A read backwards with the colours exchanged.
    sets = "".join("A" if code.count("1") % 2 else "B" for code in left)
    digits = [_RUNS[_runs(code) if kind == "A" else _runs(code)[::-1]] for code, kind in zip(left, sets, strict=True)]
    digits += [_RUNS[_runs(code)] for code in right]
    return f"{_FIRST[sets]}" + "".join(map(str, digits))


@given(st.integers(0, 10**12 - 1))
def test_what_is_drawn_reads_back(number: int) -> None:
    code = f"{number:012}"
    code += str(check_digit(code))
    drawn = modules(code)
    assert len(drawn) == 95
    assert _read(drawn) == code


def test_bars_cover_exactly_the_dark_modules_and_mark_the_guards() -> None:
    code = "4006381333931"
    drawn = modules(code)
    dark = {first + step for first, width, _ in bars(code) for step in range(width)}
    assert dark == {place for place, module in enumerate(drawn) if module == "1"}
    assert {first for first, _, guard in bars(code) if guard} == {0, 2, 46, 48, 92, 94}


def test_a_short_code_has_its_own_form() -> None:
    assert len(modules("96385074")) == 67
    assert modules("036000291452") == modules("0036000291452")


@pytest.mark.parametrize("code", ["", "4006381333932", "400638133393", "12345", "40063813339３1", "abc", "0" * 5000])
def test_what_a_scanner_would_refuse_is_not_drawn(code: str) -> None:
    assert modules(code) == ""
    assert bars(code) == []


def test_digits_are_printed_in_groups() -> None:
    assert spoken("4006381333931").split() == ["4", "006381", "333931"]
    assert spoken("96385074").split() == ["9638", "5074"]
    assert spoken("PLU-12") == "PLU-12"
