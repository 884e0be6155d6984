"""The faces as the gallery draws them: no rule broken in the hard scenes, still at rest, read in the right order from afar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from kept_pictures import pixels, same_picture

from device.screen_link import FaceKind
from kiosk_ui.commands import DEBIAN_FONTS
from kiosk_ui.gallery.checks import shifts
from kiosk_ui.gallery.ink import contrast
from kiosk_ui.gallery.plan import SIZES, THEMES, settings
from kiosk_ui.gallery.scenes import STILL, scenes
from kiosk_ui.gallery.studio import Studio, complaints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from kiosk_ui.gallery.look import Box
    from kiosk_ui.gallery.plan import Setting

HARD = {
    FaceKind.CUSTOMER: (
        "everything",
        "long-names",
        "price-highest",
        "total-highest",
        "payment-highest",
        "lines-300",
        "payment-part",
        "rating-ten",
    ),
    FaceKind.CASHIER: (
        "everything",
        "long-names",
        "price-highest",
        "undo-long",
        "age-asked",
        "refused-stale",
        "taken",
        "closed",
    ),
}
"""What is longest, highest, most, or most in one place; `tillside screen gallery --check` asks the same of every scene."""


def scene(name: str):
    return next(one for one in scenes() if one.name == name)


def one_of(kind: FaceKind, size: tuple[int, int], theme: str = "light", language: str = "ru") -> Setting:
    return next(
        setting
        for setting in settings()
        if (setting.kind, setting.size, setting.theme, setting.language) == (kind, size, theme, language)
    )


def some_settings() -> list[Setting]:
    """Every size of each face, every language and every theme, not each with each: they are dealt out in turn."""
    dealt = []
    languages = list(dict.fromkeys(setting.language for setting in settings()))
    for kind in FaceKind:
        turns = max(len(SIZES[kind]), len(languages), len(THEMES))
        for turn in range(turns):
            facts = (kind, SIZES[kind][turn % len(SIZES[kind])], THEMES[turn % len(THEMES)], languages[turn % len(languages)])
            dealt.append(one_of(*facts))
    return dealt


@pytest.fixture
def studio(qapp, qtlog) -> Iterator[Studio]:
    opened: list[Studio] = []

    def open_(setting: Setting) -> Studio:
        opened.append(Studio(setting, DEBIAN_FONTS))
        return opened[-1]

    with complaints() as heard:
        yield open_
        for one in opened:
            one.close()
    assert heard == [], "QML warned"


@pytest.mark.parametrize("setting", some_settings(), ids=lambda setting: f"{setting.kind}-{setting.name}")
def test_no_rule_of_the_screens_is_broken_where_it_is_hardest_to_keep(studio, setting: Setting) -> None:
    face = studio(setting)
    found = {name: face.flaws(face.play(scene(name))) for name in (*HARD[setting.kind], STILL[3])}
    assert {name: flaws for name, flaws in found.items() if flaws} == {}


def test_the_settings_of_the_tests_hold_every_size_language_and_theme() -> None:
    for kind in FaceKind:
        mine = [setting for setting in some_settings() if setting.kind is kind]
        every = [setting for setting in settings() if setting.kind is kind]
        for fact in ("size", "language", "theme"):
            assert {getattr(one, fact) for one in mine} == {getattr(one, fact) for one in every}


@pytest.mark.parametrize("left_handed", [False, True])
def test_accept_stands_at_the_bottom_edge_on_the_side_of_the_thumb(studio, left_handed: bool) -> None:
    face = studio(one_of(FaceKind.CASHIER, (1024, 768)))
    face.play(scene("left-handed" if left_handed else "suggestions-3"))
    look = face.look()
    boxes = {target.name: target.box for target in look.targets}
    accept, others = boxes["accept"], [boxes["dismiss"], boxes["out_of_stock"]]
    assert accept.bottom >= 0.95 * look.window.height
    if left_handed:
        assert accept.right < min(box.x for box in others)
        assert accept.x < 0.05 * look.window.width
    else:
        assert accept.x > max(box.right for box in others)
        assert accept.right > 0.95 * look.window.width


def test_a_hero_is_at_most_twelve_words_besides_its_buttons(studio) -> None:
    face = studio(one_of(FaceKind.CASHIER, (1024, 768)))
    for name in ("suggestions-3", "chosen", "sponsored", "age-restricted"):
        face.play(scene(name))
        look = face.look()
        hero = next(iter(look.cards))
        said = " ".join(one.text for one in look.words if one.card == hero and one.target == "" and "Picture" not in one.kinds)
        assert len(re.findall(r"[^\W\d]{3,}", said)) <= 12, said


@pytest.mark.parametrize("kind", list(FaceKind))
def test_nought_to_three_suggestions_move_neither_basket_nor_total(studio, kind: FaceKind) -> None:
    for size in SIZES[kind]:
        face = studio(one_of(kind, size))
        looks = {}
        for name in STILL:
            face.play(scene(name))
            looks[name] = face.look()
        assert list(shifts(looks)) == []
        assert "total" in looks[STILL[0]].named or size == (1024, 200)


def test_a_scene_is_the_same_bytes_twice_in_a_row_and_the_same_picture_whatever_was_drawn_before(studio) -> None:
    for kind in FaceKind:
        face = studio(one_of(kind, SIZES[kind][0]))
        before = face.play(scene("everything"))
        assert face.resting
        for name in ("idle", "price-highest", "thanks"):
            face.play(scene(name))
            assert face.resting
        # Letters above 64 pixels are drawn as outlines, whose edges may be some shades off after others.
        assert same_picture(face.play(scene("everything")), before)
        again = studio(one_of(kind, SIZES[kind][0]))
        assert same_picture(again.play(scene("everything")), before)
        assert not same_picture(again.play(scene("payment")), before)


def test_a_missing_and_a_broken_picture_leave_no_hole(studio) -> None:
    for kind in FaceKind:
        for theme in ("light", "dark"):
            face = studio(one_of(kind, SIZES[kind][0], theme))
            for name in ("no-picture", "broken-picture"):
                image = face.play(scene(name))
                bare = [photo for photo in face.look().photos if not photo.shown]
                assert len(bare) >= 2
                grounds = {colour_at(image, photo.box, 0.08) for photo in bare}
                sheet = colour_of(face.theme.property("card"))
                assert sheet not in grounds
                if name == "no-picture":
                    assert len(grounds) == 2, "two departments look alike"
                for photo in bare:
                    assert len(photo.letter) == 1
                    assert contrast(colour_at(image, photo.box, 0.08), darkest_or_lightest(image, photo.box)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["suggestions-3", "suggestions-2", "suggestions-1"])
def test_through_a_blur_of_8_pixels_picture_and_price_are_found_and_the_eye_goes_from_name_to_price_to_reason(
    studio, name: str, theme: str
) -> None:
    face = studio(one_of(FaceKind.CUSTOMER, (1920, 1080), theme))
    image = face.play(scene(name))
    look = face.look()
    seen = blurred(image, 8)
    for card, sheet in look.cards.items():
        own = [one for one in look.words if one.card == card and "Picture" not in one.kinds]
        price = max(own, key=lambda one: one.pixels)
        title = max((one for one in own if one is not price), key=lambda one: one.pixels)
        assert any(sign.isdigit() for sign in price.text)
        rest = [stands_out(seen, one.box) for one in own if one not in {price, title}]
        assert stands_out(seen, price.box) >= 3
        assert stands_out(seen, price.box) > stands_out(seen, title.box) > max(rest)
        photo = next(photo for photo in look.photos if photo.card == card)
        assert stands_out(seen, photo.box) >= 1.5
        assert photo.box.width * photo.box.height >= 0.15 * sheet.width * sheet.height


def blurred(image: QImage, sigma: int) -> NDArray[np.float64]:
    """Relative luminance of every pixel after a Gaussian blur."""
    share = pixels(image) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    light = linear @ np.array([0.2126, 0.7152, 0.0722])
    reach = np.arange(-3 * sigma, 3 * sigma + 1)
    kernel = np.exp(-(reach**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    padded = np.pad(light, 3 * sigma, mode="edge")
    for axis in (0, 1):
        padded = np.apply_along_axis(lambda line: np.convolve(line, kernel, "valid"), axis, padded)
    return padded


def stands_out(seen: NDArray[np.float64], box: Box) -> float:
    """The contrast left inside a place."""
    part = seen[round(box.y) : round(box.bottom), round(box.x) : round(box.right)]
    return float((part.max() + 0.05) / (part.min() + 0.05))


def colour_of(colour) -> tuple[int, int, int]:
    return (colour.red(), colour.green(), colour.blue())


def colour_at(image: QImage, box: Box, share: float) -> tuple[int, int, int]:
    """Where the ground of a placeholder shows: half-way down, at `share` of its width."""
    return colour_of(image.pixelColor(round(box.x + share * box.width), round(box.y + box.height / 2)))


def darkest_or_lightest(image: QImage, box: Box) -> tuple[int, int, int]:
    """The colour of the letter: that which differs most from the ground around it."""
    ground = colour_at(image, box, 0.08)
    part = pixels(image)[round(box.y) : round(box.bottom), round(box.x) : round(box.right)].reshape(-1, 3)
    inside = part[np.abs(part.astype(int) - np.array(ground)).sum(axis=1).argmax()]
    return (int(inside[0]), int(inside[1]), int(inside[2]))
