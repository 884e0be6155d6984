"""What is one word or one sentence holds no end of a line, not even at its end: it would be another topic, or a line of a log."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from device import nativeform, settings
from device.machine import Heard

LANE = {"till": "7", "currency": "RUB", "source": {"kind": "tcp", "host": "h", "port": 1}}


@pytest.mark.parametrize(
    ("kind", "good", "field"),
    [
        (settings.Lane, LANE, "till"),
        (settings.Lane, LANE, "currency"),
        (settings.Sync, {"headquarters": "https://headquarters.example:8443"}, "headquarters"),
        (Heard, {"why_skipped": "a line is longer than 10 bytes"}, "why_skipped"),
    ],
)
def test_a_line_that_ends_is_none(kind: Any, good: dict[str, Any], field: str) -> None:
    assert getattr(msgspec.convert(good, kind), field) == good[field]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(good | {field: f"{good[field]}\n"}, kind)


def test_nor_is_a_currency_of_a_till() -> None:
    assert msgspec.json.decode(b'"RUB"', type=nativeform.Currency) == "RUB"
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'"RUB\\n"', type=nativeform.Currency)
