"""Baskets as JSON lines in, suggestions out: what `tillside score` answers."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec
from fakes.device_shop import KEY, REGULAR, write_shop

from device.bundle import Bundle
from device.score import Scoring
from device.shopper import pseudonym


def asked(**facts: object) -> bytes:
    return msgspec.json.encode({"items": ["bread"], "at": "2026-05-04T10:00:00", "store": "S1", **facts})


def test_a_profile_that_cannot_be_read_costs_its_line_and_not_those_after_it(tmp_path: Path) -> None:
    token = pseudonym(KEY, REGULAR)
    assert token is not None
    write_shop(tmp_path / "shop", rows=[(token, b"\xc1 is no MessagePack")])
    with closing(Bundle.open(tmp_path / "shop")) as bundle:
        scoring = Scoring(bundle, 2, None, KEY)
        damaged = scoring.answer(asked(customer=REGULAR))
        assert damaged.suggestions == []
        assert "a profile in the bundle cannot be read" in damaged.error
        assert scoring.answer(asked()).error == ""
        assert len(scoring.answer(asked()).suggestions) == 2
