"""Rules of the policy that go by the clock: selling hours, and notices on their days in their stores."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fakes.device_shop import item
from fakes.policy_moments import AT, forbidding

from device.policy.rules import Moment, in_force
from device.policy_settings import Notice


@pytest.mark.parametrize(
    ("start", "end", "open_at"),
    [
        (None, None, range(24)),
        (8, 23, range(8, 23)),
        (8, None, range(8, 24)),
        (None, 6, range(6)),
        (22, 6, [*range(6), 22, 23]),
        (23, 0, [23]),
        (0, 24, range(24)),
    ],
)
def test_selling_hours_also_run_over_midnight(start: int | None, end: int | None, open_at: Any) -> None:
    one = item("x", sold_from=start, sold_until=end)
    assert [hour for hour in range(24) if not forbidding(one, Moment("S1", AT.day, hour))] == list(open_at)


@pytest.mark.parametrize(
    ("notice", "at", "holds"),
    [
        ({}, AT, True),
        ({"first_day": date(2026, 5, 4)}, AT, True),
        ({"first_day": date(2026, 5, 5)}, AT, False),
        ({"last_day": date(2026, 5, 4)}, AT, True),
        ({"last_day": date(2026, 5, 3)}, AT, False),
        ({"stores": ("S2", "S1")}, AT, True),
        ({"stores": ("S2",)}, AT, False),
        ({"from_hour": 12, "until_hour": 13}, AT, True),
        ({"from_hour": 13}, AT, False),
        ({"until_hour": 12}, AT, False),
        ({"from_hour": 22, "until_hour": 6}, Moment("S1", AT.day, 23), True),
        ({"from_hour": 22, "until_hour": 6}, Moment("S1", AT.day, 5), True),
        ({"from_hour": 22, "until_hour": 6}, AT, False),
    ],
)
def test_a_notice_holds_on_its_days_in_its_stores_at_its_hours(notice: dict[str, Any], at: Moment, holds: bool) -> None:
    assert in_force(Notice(sku="x", **notice), at) is holds
