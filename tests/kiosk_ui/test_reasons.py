"""Why an item is suggested, in a sentence that is right and a chip that can be read."""

from __future__ import annotations

import pytest
from fakes.face_glass import texts
from fakes.shop_words import LONG, card, snapshot

from device.screen_link import FaceKind, Reason, ReasonKind
from kiosk_ui.formats import Language

BREAD = ({"ru": "Батон нарезной 400 г", "en": "Sliced loaf 400 g"}, {"ru": "батону", "en": "bread"})
MILK = ({"ru": "Молоко «Утро» 3,2 %", "en": "Milk 3.2 %"}, {"ru": "молоку", "en": "milk"})
TIGHT = ({"ru": "Молоко 2,5%1л"}, {"ru": "молоку 2,5%1л"})
HUGE = ({"ru": LONG, "en": LONG}, {"ru": "самому длинному из всех слов", "en": "by far the longest of all words"})


def because(*named: tuple[dict[str, str], dict[str, str]], words: bool = True) -> Reason:
    return Reason(ReasonKind.GOES_WITH, tuple(one for one, _ in named), tuple(one for _, one in named) if words else ())


@pytest.mark.parametrize(
    ("language", "reason", "chip", "sentence"),
    [
        ("ru", because(BREAD), "К батону", "«К батону хорошо подойдёт. Добавить?»"),
        ("ru", because(BREAD, MILK), "К батону и молоку", "«Хорошо подойдёт к батону и молоку. Добавить?»"),
        ("en", because(BREAD, MILK), "Goes with bread and milk", "“It goes well with bread and milk. Shall I add it?”"),
        ("ru", because(TIGHT, BREAD), "К молоку 2,5%1л и батону", "«Хорошо подойдёт к молоку 2,5%1л и батону. Добавить?»"),
        ("ru", because(BREAD, words=False), "К «Батон нарезной»", "«К «Батон нарезной» хорошо подойдёт. Добавить?»"),
        ("en", because(BREAD, words=False), "Goes with “Sliced loaf”", "“It goes well with “Sliced loaf”. Shall I add it?”"),
    ],
)
def test_a_reason_names_items_in_words_that_fit_its_sentence(glass, language: str, reason: Reason, chip, sentence) -> None:
    for kind in FaceKind:
        face = glass(kind, snapshot(1, cards=(card(1, reason=reason),)), language=Language(language))
        said = [text.property("text") for text in texts(face.screen.view.contentItem())]
        assert chip in said
        if kind is FaceKind.CASHIER:
            assert sentence in said
        face.close()
        face.close = lambda: None


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1024, 768), (1024, 600)])
def test_a_chip_names_two_whole_or_only_the_first(glass, size) -> None:
    for kind in FaceKind:
        cards = (card(1, reason=because(MILK, HUGE)), card(2, reason=because(HUGE, MILK)), card(3, reason=because(MILK, BREAD)))
        face = glass(kind, snapshot(1, cards=cards), size=size)
        chips = [
            text for text in texts(face.screen.view.contentItem()) if text.property("text").startswith(("Goes with", "With"))
        ]
        assert chips
        for chip in chips:
            named = chip.property("text")
            if chip.property("truncated"):
                assert named.startswith("With by far"), named
        first = next(chip for chip in chips if chip.property("text").startswith("Goes with milk"))
        assert not first.property("truncated")
        face.close()
        face.close = lambda: None
