"""Every prefix of every recording, and every byte of it damaged once."""

from __future__ import annotations

import pytest
from fuzz import every_byte

from device.dialects import names


@pytest.mark.parametrize("dialect", names())
def test_no_prefix_and_no_damaged_byte_raises_or_grows(dialect: str) -> None:
    tried = [every_byte.every_byte(dialect, recording, 1) for recording in every_byte.recordings(dialect)]
    assert sum(tried) > 100
