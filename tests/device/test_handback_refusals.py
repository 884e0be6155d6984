"""What cannot be handed back to the till: items that somebody has to look at, lanes that would not show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.device_handback import BUTTER, ean, register
from fakes.device_shop import item

from device import settings
from device.catalogue import Kind
from device.errors import SettingsError
from device.handback.refusals import code_of
from device.wires import wires


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"barcodes": ()}, "it has no bar code"),
        ({"barcodes": ("4600000000001",)}, "it has no bar code"),
        ({"barcodes": (ean("1460123456789"),)}, "it has no bar code"),
        ({"barcodes": (ean("2123456"),)}, "its number is the shop's own and may hold a weight"),
        ({"barcodes": (ean("2123456").zfill(14),)}, "its number is the shop's own and may hold a weight"),
        ({"barcodes": (ean("041234567890"),)}, "its number is the shop's own and may hold a weight"),
        ({"barcodes": (ean("220123400000"),)}, "its number is the shop's own and may hold a weight"),
        ({"unit": "kg"}, "it is not sold by the piece"),
        ({"kind": Kind.GIFT_CARD}, "it is not sold by the piece"),
        ({"age_limit": 18}, "its buyer's age has to be looked at"),
        ({"age_limit": None}, "its buyer's age has to be looked at"),
        ({"marked": True}, "its own marking code has to be scanned"),
    ],
)
def test_what_must_not_be_rung_up_unseen_is_refused(facts: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        code_of(item("butter", **({"barcodes": (BUTTER,)} | facts)))
    assert code_of(item("butter", barcodes=(BUTTER,))) == BUTTER


def test_a_number_is_told_as_it_stands_on_the_pack() -> None:
    assert code_of(item("butter", barcodes=(BUTTER.zfill(14),))) == BUTTER
    assert code_of(item("butter", barcodes=(ean("4612345").zfill(14),))) == ean("4612345")


def test_a_lane_that_hears_a_scanner_only_cannot_hand_back(tmp_path: Path) -> None:
    shop = register(tmp_path, 'kind = "mqtt"\nhost = "127.0.0.1"')
    shop.settings.write_text(shop.settings.read_text().replace('till = "7"', 'till = "7"\ndialect = "scanner"'))
    with pytest.raises(SettingsError, match=r"lane\[0\].handback: a scanner does not show what the till rings up"):
        wires(settings.read(shop.settings).lane)
