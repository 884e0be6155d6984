"""When the shop is open, and when its day is over: days, nights and mistakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from device.errors import SettingsError
from device.hours import began, is_another_day, is_open, parsed
from device.settings import parse

MONDAY = datetime(2026, 5, 4)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def opened(*spans: str) -> set[str]:
    """The full hours of one week at which the shop is open."""
    hours = [MONDAY + timedelta(hours=hour) for hour in range(7 * 24)]
    return {f"{WEEK[at.weekday()]} {at.hour}" for at in hours if is_open(map(parsed, spans), at)}


def at(text: str) -> datetime:
    day, clock = text.split()
    hour, minute = map(int, clock.split(":"))
    return MONDAY + timedelta(days=WEEK.index(day), hours=hour, minutes=minute)


def test_without_hours_the_shop_is_always_open() -> None:
    assert len(opened()) == 168


def test_days_are_one_or_two_or_all() -> None:
    assert opened("wed 10:00-12:00") == {"wed 10", "wed 11"}
    assert opened("sat-mon 10:00-11:00") == {"sat 10", "sun 10", "mon 10"}
    assert opened("10:00-11:00") == {f"{day} 10" for day in WEEK}
    assert opened("mon-sun 00:00-24:00") == opened()


def test_spans_add_up() -> None:
    assert opened("mon 08:00-09:00", "mon 10:00-11:00") == {"mon 8", "mon 10"}


def test_a_night_belongs_to_the_day_it_began() -> None:
    assert opened("sun 23:00-01:00") == {"sun 23", "mon 0"}
    assert opened("fri-sat 22:00-02:00") == {"fri 22", "fri 23", "sat 0", "sat 1", "sat 22", "sat 23", "sun 0", "sun 1"}


def test_it_opens_with_the_minute_and_is_closed_with_the_minute() -> None:
    spans = [parsed("mon 08:30-22:15")]
    assert [is_open(spans, at(time)) for time in ("mon 08:29", "mon 08:30", "mon 22:14", "mon 22:15")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("whenever", "write them as 'mon-sat 08:00-22:00'"),
        ("mon 8-22", "write them as"),
        ("mon 08:00-22:00 ", None),
        ("MON-SAT 08:00-22:00", None),
        ("mon 08:60-22:00", "write them as"),
        ("mon 24:00-25:00", "from 00:00 to 24:00"),
        ("mon 08:00-24:01", "from 00:00 to 24:00"),
        ("mon 08:00-08:00", "opens and closes at once"),
        ("", "write them as"),
        ("mon ٠٨:00-22:00", "write them as"),
    ],
)
def test_hours_that_are_none_are_told_with_the_other_mistakes(text: str, why: str | None) -> None:
    table = {
        "store": "S1",
        "device": "d",
        "lane": [{"till": "1", "source": {"kind": "replay", "file": "x"}}],
        "screens": {"rating": "ten", "hours": [text]},
    }
    if why is None:
        assert parse(table).screens.hours == (text,)
        return
    with pytest.raises(SettingsError, match=rf"settings\.toml: screens\.hours: '{text}'.*{why}"):
        parse(table)


def test_an_unknown_scale_is_told_with_those_there_are() -> None:
    table = {"store": "S1", "device": "d", "lane": [], "screens": {"rating": "stars"}}
    with pytest.raises(SettingsError, match="rating"):
        parse(table)


@pytest.mark.parametrize(("days", "over"), [(1, True), (400, True), (0, False), (-1, False), (-2, True), (-4000, True)])
def test_a_day_is_over_on_a_later_one_or_for_a_clock_that_was_set_back_by_more_than_one(days: int, over: bool) -> None:
    assert is_another_day(MONDAY.date() + timedelta(days=days), MONDAY.date()) is over


@pytest.mark.parametrize("hour", [0, 1, 15, 24])
def test_a_day_whose_midnight_the_clock_strikes_twice_began_at_the_first(hour: int) -> None:
    """On the Azores the last hour of summer time goes from one midnight to the next."""
    midnight = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    local = (midnight + timedelta(hours=hour, minutes=30)).astimezone(ZoneInfo("Atlantic/Azores"))
    assert local.day == 25
    assert began(local) == midnight
