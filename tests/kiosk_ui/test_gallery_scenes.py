"""The scenes of the gallery are all there is to see, and its pictures are chosen by their names. No Qt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from device.errors import SettingsError
from device.screen_link import FaceKind, ReasonKind, Stage, Verb
from kiosk_ui.gallery import goods
from kiosk_ui.gallery.plan import SIZES, THEMES, Picture, pictures, settings
from kiosk_ui.gallery.scenes import scenes
from kiosk_ui.reducer import reduce
from kiosk_ui.state import State, shown_stage, visible_cards


def played(scene, kind: FaceKind) -> State:
    state = State(kind, "gallery")
    for event in scene.story.events:
        state = reduce(state, event)
    return state


def of(name: str):
    return next(scene for scene in scenes() if scene.name == name)


@pytest.mark.parametrize("kind", list(FaceKind))
def test_every_stage_is_shown_by_some_scene(kind: FaceKind) -> None:
    shown = {shown_stage(played(scene, kind)) for scene in scenes() if kind in scene.faces}
    assert shown == set(Stage)


def test_every_reason_zero_to_three_suggestions_and_every_extreme_are_shown() -> None:
    states = [played(scene, FaceKind.CUSTOMER) for scene in scenes() if FaceKind.CUSTOMER in scene.faces]
    cards = [card for state in states for card in visible_cards(state)]
    lines = [line for state in states if state.snapshot for line in state.snapshot.lines]
    assert {len(visible_cards(state)) for state in states} == {0, 1, 2, 3}
    assert {card.reason.kind for card in cards} >= set(ReasonKind) - {ReasonKind.BEST_SELLER, ReasonKind.REGULAR}
    assert {0, 999_999_999} <= {card.price for card in cards}
    assert max(len(state.snapshot.lines) for state in states if state.snapshot) == 300
    assert {len(name) for name in goods.LONG.values()} == {120}
    assert goods.LONG in [card.names for card in cards]
    assert goods.LONG in [line.names for line in lines]
    assert {card.age_limit for card in cards} == {0, 18}
    assert any(card.sponsor for card in cards)
    assert any(card.old_price for card in cards)


def test_what_fingers_lead_to_is_shown_on_the_cashiers_face() -> None:
    def after(name: str) -> State:
        return played(of(name), FaceKind.CASHIER)

    assert after("pending").pending[0].late
    assert not after("accepting").pending[0].late
    assert after("refused").notice is not None
    assert after("undo").undo is not None
    assert after("age-asked").age_asked == "wine"
    assert after("less").pending[0].verb is Verb.LESS
    first, *others = visible_cards(after("regular"))
    assert first.reason.kind is ReasonKind.REGULAR
    # What was refused leaves at once.
    assert visible_cards(after("less")) == tuple(others)
    assert after("chosen").chosen == "chocolate"
    assert after("offline").absent


def test_the_pictures_of_products_are_there_and_one_is_broken() -> None:
    named = {card.picture for scene in scenes() if scene.sale for card in scene.sale.cards if card.picture}
    missing = {name for name in named if not (goods.PICTURES / name).is_file()}
    assert missing == {"none.svg"}
    assert "broken.png" in named


def test_every_scene_is_drawn_in_every_size_language_and_theme_under_a_name_of_its_own() -> None:
    drawn = [picture for some in pictures().values() for picture in some]
    names = [picture.name for picture in drawn]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    of_customer = sum(FaceKind.CUSTOMER in scene.faces for scene in scenes())
    of_cashier = sum(FaceKind.CASHIER in scene.faces for scene in scenes())
    languages = {setting.language for setting in settings()}
    per_scene = len(languages) * len(THEMES)
    assert len(names) == per_scene * (of_customer * len(SIZES[FaceKind.CUSTOMER]) + of_cashier * len(SIZES[FaceKind.CASHIER]))


def test_a_pattern_is_a_part_of_a_name_or_the_whole_of_it() -> None:
    def chosen(*only: str, **facts) -> list[Picture]:
        return [picture for some in pictures(only, **facts).values() for picture in some]

    assert [one.name for one in chosen("cashier-undo-1024x768-ru-light")] == ["cashier-undo-1024x768-ru-light"]
    assert {one.scene.name for one in chosen("-thanks-1")} == {"thanks"}
    assert {one.scene.name for one in chosen("customer-long-name*-1920x1080-*")} >= {"long-names", "long-name-alone"}
    assert {one.setting.language for one in chosen("payment", languages=["ru"])} == {"ru"}
    assert {one.setting.theme for one in chosen("payment", themes=["dark"])} == {"dark"}
    with pytest.raises(SettingsError, match="no picture is called like nonsense"):
        pictures(["nonsense"])


def test_a_scene_is_pure_data() -> None:
    for scene in scenes():
        for kind in scene.faces:
            assert played(scene, kind) == played(scene, kind)
    assert Path(goods.PICTURES).is_absolute()
