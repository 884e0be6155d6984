"""The pictures: well-formed, small, and within what every SVG Tiny renderer paints."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from model_export.sample.art.ink import PALETTE, bright, light, mix, shade
from model_export.sample.art.shapes import SHAPES
from model_export.sample.art.sheet import Sheet
from model_export.sample.grocery import goods
from model_export.sample.pictures import picture

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "defs", "linearGradient", "radialGradient", "stop", "g", "path", "ellipse", "rect"}


@pytest.fixture(scope="module")
def drawn():
    return {good.sku: picture(good) for good in goods()}


def test_every_product_has_its_own_picture(drawn):
    assert len(drawn) == len(goods())
    assert len(set(drawn.values())) >= len(goods()) * 0.98


def test_pictures_hold_only_what_every_renderer_paints(drawn):
    for sku, text in drawn.items():
        root = ET.fromstring(text)
        names = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert names <= ALLOWED, (sku, names - ALLOWED)
        assert root.get("viewBox") == "0 0 480 480"
        assert "style" not in {key for element in root.iter() for key in element.attrib}


def test_the_ground_fills_the_picture_to_its_edge(drawn):
    for text in drawn.values():
        first = ET.fromstring(text).find(f"{SVG}rect")
        assert (first.get("x"), first.get("y"), first.get("width"), first.get("height")) == ("0", "0", "480", "480")


def test_every_gradient_used_is_defined_once(drawn):
    for text in drawn.values():
        defined = re.findall(r"<(?:linear|radial)Gradient id='(\w+)'", text)
        assert len(set(defined)) == len(defined)
        assert set(re.findall(r"url\(#(\w+)\)", text)) == set(defined)


def test_numbers_are_numbers(drawn):
    for text in drawn.values():
        assert "nan" not in text
        assert "None" not in text
        assert not re.search(r"\de-?\d", re.sub(r"#[0-9a-f]{6}", "", text))


def test_pictures_are_small(drawn):
    assert max(len(text.encode()) for text in drawn.values()) < 12_000


def test_products_of_one_shelf_look_different(drawn):
    looks = {}
    for good in goods():
        look = (good.category, good.draw)
        assert look not in looks, (good.name_en, looks[look])
        looks[look] = good.name_en


def test_every_shape_is_used():
    assert {good.draw.split(" ")[0] for good in goods()} == set(SHAPES)


def test_equal_gradients_are_written_once():
    sheet = Sheet()
    assert sheet.tube("red") == sheet.tube("red") != sheet.tube("blue")


def test_light_and_shade():
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
    for name in PALETTE:
        assert light(name, 0) == PALETTE[name]
        assert sum(bytes.fromhex(shade(name, 0.5)[1:])) < sum(bytes.fromhex(PALETTE[name][1:]))
    assert bright("cream")
    assert not bright("navy")
