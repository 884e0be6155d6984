"""What stands in a bar code, against the vectors of GS1's own rules and codes that were really scanned."""

from __future__ import annotations

import itertools
import json
import random
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from hypothesis import given
from hypothesis import strategies as st

from device.codes import WRONG_CHECK, Code, check_digit, doubt, pattern, read, reading, without_add_on
from device.dialects import scanner
from device.domain import Minor, Thousandths, Unit

SHARED = Path(__file__).parents[3] / "shared" / "recordings"


def vectors(test: str) -> list[dict[str, Any]]:
    path = SHARED / "biip" / "vectors.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return [row["params"] | {"test": row["test"]} for row in rows if re.search(test, row["test"])]


def scanned(folder: str, file: str) -> list[dict[str, Any]]:
    path = SHARED / folder / file
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    return list(json.loads(text)) if file.endswith(".json") else [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("4601234567893", "04601234567893"),
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("04252614", "00042100005264"),
        ("460123456789312", "04601234567893"),
        ("4011", "4011"),
        ("94011", "94011"),
        ("\x1d010460043993125621JgXJ5.T\x1d93dGVz", "04600439931256"),
        ("00000046198488ABCDEFGABCDABCD", "00000046198488"),
    ],
)
def test_a_key_is_a_gtin_of_14_digits_or_the_number_that_was_typed(text: str, key: str) -> None:
    code = read(text)
    assert code is not None
    assert code == Code(key)


@pytest.mark.parametrize("text", ["4601234567890", "12345678"])
def test_a_check_digit_that_does_not_fit_is_told_and_never_repaired(text: str) -> None:
    assert read(text) == Code(text.zfill(14), doubt=WRONG_CHECK)
    assert doubt(text) == WRONG_CHECK


def test_what_is_no_gtin_is_said() -> None:
    assert doubt("1149990037") == "no GTIN: 10 digits"
    assert doubt("ABC") == "no GTIN: not all digits"
    assert doubt("4601234567893") is None


@pytest.mark.parametrize("text", ["", "AT+CSQ", "4111111111111111", "12345", "0" * 30, "x" * 600, "01123"])
def test_what_is_no_code_of_goods_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "short", [("425261", "00042100005264"), ("0425261", "00042100005264"), ("03600029145", "00036000291452")]
)
def test_short_codes_are_read_where_the_shop_says_so(short: tuple[str, str]) -> None:
    assert read(short[0]) is None
    assert read(short[0], reading(short=True)) == Code(short[1])


def test_a_shop_s_own_patterns_go_before_the_region_s() -> None:
    assert read("2201234012342", reading("ru")) == Code("02201234000004", Thousandths(1234), Unit.KILOGRAM)
    own = reading("ru", ("22 PPPPPPPVVVVV price 2",))
    code = read("2201234012342", own)
    assert code is not None
    assert (code.key, code.amount, code.unit) == ("02201234000004", 1234, Unit.PIECE)
    assert read("2201234012342") == Code("02201234012342"), "without rules the whole number is the key"


@pytest.mark.parametrize("text", ["", "22", "22 PPPPPPPPPPPP weight 3", "22 PPPPPPPVVVV weight 3", "22 PPPPPPPVVVVV size 3"])
def test_a_pattern_of_another_form_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="write prefixes, pattern, measure and decimals"):
        pattern(text)


def test_weight_price_and_count_of_an_element_string() -> None:
    assert read("01900123456789083103001750") == Code("90012345678908", Thousandths(1750), Unit.KILOGRAM)
    assert read("019001234567890839320401234") == Code("90012345678908", amount=Minor(1234))
    assert read("0104601234567893\x1d3012") == Code("04601234567893", Thousandths(12_000))
    assert read("0190012345678908393204055GBP") == Code("90012345678908"), "what stands first names the item"
    assert read("01921098765432133103000000") == Code("92109876543213"), "a weight of nothing was not weighed"


def test_an_element_without_its_value_costs_the_value_alone() -> None:
    assert read("010460123456789330\x1d392312") == Code("04601234567893", amount=Minor(1))


@pytest.mark.parametrize("case", vectors("as_gtin_14"), ids=lambda c: c["value"])
def test_vectors_of_gtin_and_upc(case: dict[str, str]) -> None:
    code = read(case["value"], reading(short=True))
    assert code is not None
    assert code.key == case["expected"]


@pytest.mark.parametrize("case", vectors("rcn/test_rules"), ids=lambda c: f"{c.get('rcn_region')} {c['value']}")
def test_vectors_of_numbers_with_a_measure(case: dict[str, Any]) -> None:
    named = {"DENMARK": "dk", "ESTONIA": "ee", "FINLAND": "fi", "GERMANY": "de", "GREAT_BRITAIN": "gb"}
    named |= {"LATVIA": "lv", "LITHUANIA": "lt", "NORWAY": "no", "SWEDEN": "se"}
    region: Any = named[case.get("rcn_region") or case["test"].rpartition("region_")[2].upper()]
    code = read(case["value"], reading(region))
    assert code is not None
    assert code.doubt is None
    if case.get("weight") is not None:
        assert (code.quantity, code.unit) == (Decimal(case["weight"]) * 1000, Unit.KILOGRAM)
    elif case.get("count") is not None:
        assert code.quantity == int(case["count"]) * 1000
    else:
        assert code.amount == (None if case["price"] is None else Decimal(case["price"]) * 100)


@pytest.mark.parametrize("case", scanned("chestny-znak__real-codes", "codes.json"), ids=lambda c: c["gtin14"])
def test_real_marking_codes_give_their_gtin_and_no_serial(case: dict[str, str]) -> None:
    assert read(bytes.fromhex(case["hex"]).decode("ascii")) == Code(case["gtin14"])


KILOGRAM = Unit.KILOGRAM
MEASURED = {
    # 3102: 17.50 and 122.33 kg; 3103: 1.750 and 12.233 kg
    "0190012345678908310200175013100312": (17_500, KILOGRAM, None),
    "0190012345678908310200175017100312": (17_500, KILOGRAM, None),
    "0191234567980129310201223315991231": (122_330, KILOGRAM, None),
    "01900123456789083103001750": (1_750, KILOGRAM, None),
    "01988987654321063103001750": (1_750, KILOGRAM, None),
    "01988987654321061599123131030017501012A\x1d422123\x1d21123456\x1d423012345678901": (1_750, KILOGRAM, None),
    "0190012345678908310301223315991231": (12_233, KILOGRAM, None),
    # 3202: 1.50, 17.50, 99.99 and 123.45 pounds; 3203: 32.767 pounds
    "01906141410000153202000150": (680, KILOGRAM, None),
    "0190012345678908320200175011100312": (7_938, KILOGRAM, None),
    "0190012345678908320200175013100312": (7_938, KILOGRAM, None),
    "01900123456789083202009999": (45_355, KILOGRAM, None),
    "0198898765432106320201234515991231": (55_996, KILOGRAM, None),
    "01900123456789083203032767": (14_863, KILOGRAM, None),
    # 3932: 12.34 of currency 040
    "019001234567890839320401234": (1000, Unit.PIECE, 1234),
}
"""Quantities in thousandths and amounts in hundredths that the recorded codes carry, worked out by hand. The one 392n among them
has more than its fifteen digits."""


@pytest.mark.parametrize(
    ("text", "amount"),
    [("01900123456789083922795", 795), ("019001234567890839201234", 123_400), ("019001234567890839231995", 200)],
)
def test_a_price_without_a_currency(text: str, amount: int) -> None:
    assert read(text) == Code("90012345678908", amount=Minor(amount))


def test_add_ons_spoil_no_code_of_which_the_scanner_says_that_it_has_one() -> None:
    chance = random.Random(6)
    lost = 0
    for begin, size in itertools.product(("49", "6"), (2, 5)):
        for _ in range(1000):
            body = f"{begin}{chance.randrange(10**10):010}"
            main, add_on = body + str(check_digit(body)), f"{chance.randrange(10**size):0{size}}"
            assert without_add_on(main + add_on) == main
            lost += read(main + add_on) is None
    # This one would be a card.
    scanned = scanner.Decoder().feed(b"]E3491012345678200003\r491012345678200003\r", datetime(2026, 5, 4, tzinfo=UTC))
    assert [event.line.code for event in scanned] == ["04910123456782"]
    assert 0 < lost < 800, "what is told without its symbology may be a card, and a tenth of those that begin as one are"
    assert without_add_on("4601234567890" + "12") == "460123456789012", "its check digit does not fit"


@pytest.mark.parametrize("case", scanned("zxing-cpp__zxing-cpp", "expected_texts.jsonl"), ids=lambda c: f"{c['set']} {c['file']}")
def test_scanned_codes(case: dict[str, str]) -> None:
    text = bytes.fromhex(case["hex"]).decode("latin-1")
    code = read(text)
    kind = case["set"].partition("-")[0]
    if kind in {"ean13", "ean8", "upca", "upce"}:
        assert code is not None
        main = text[:13] if "extension" in case["set"] else text
        assert without_add_on(text) == main
        assert code == Code(main.zfill(14))
        assert doubt(code.key) is None
    elif text.startswith("01") and doubt(text[2:16]) is None:
        assert code is not None
        assert code.key == text[2:16]
        quantity, unit, amount = MEASURED.get(text, (1000, Unit.PIECE, None))
        assert (code.quantity, code.unit, code.amount) == (quantity, unit, amount)
    else:
        assert code is None or doubt(code.key) is None


def test_codes_with_measures_and_add_ons_were_among_those_scanned() -> None:
    cases = scanned("zxing-cpp__zxing-cpp", "expected_texts.jsonl")
    if not cases:
        pytest.skip("../shared/recordings/zxing-cpp__zxing-cpp is not here")
    texts = {bytes.fromhex(case["hex"]).decode("latin-1") for case in cases}
    assert set(MEASURED) <= texts
    assert {text[13:] for text in texts if text.startswith("9780735200449")} == {"51299"}
    assert sum("extension" in case["set"] for case in cases) == 5


def test_lengths_of_application_identifiers_agree_with_the_syntax_dictionary() -> None:
    path = SHARED / "gs1__gs1-syntax-dictionary" / "gs1-syntax-dictionary.txt"
    if not path.exists():
        pytest.skip("../shared/recordings/gs1__gs1-syntax-dictionary is not here")
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"\d{2,4}(-\d{2,4})? ", line)]
    assert len(lines) > 100
    wrong = []
    for line in lines:
        spec = next(word for word in line[1:] if re.match(r"[NXYZ]", word))
        fixed = re.fullmatch(r"N(\d+)(?:,.*)?", spec)
        rest = [word for word in line[line.index(spec) + 1 :] if re.match(r"\[?[NXYZ]", word)]
        if fixed is None or rest or "-" in line[0]:
            continue
        ai = GS1ApplicationIdentifier.extract(line[0])
        if ai.format != f"N{len(line[0])}+N{fixed[1]}":
            wrong.append((line[0], spec, ai.format))
    assert wrong == []


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=80))
def test_any_text_is_read_or_is_none(text: str) -> None:
    for how in (reading(), reading("de"), reading("ru", short=True)):
        code = read(text, how)
        assert code is None or code.quantity > 0
