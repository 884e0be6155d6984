"""When registers begin at night, and how they come back after a failure."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from sync import night
from sync.night import Night
from sync.pause import Backoff, full_jitter

BERLIN = ZoneInfo("Europe/Berlin")
ONE_TO_FIVE = Night(time(1, 0), timedelta(hours=4), ZoneInfo("Europe/Moscow"))
NAMES = [f"S{store}-till-{till}" for store in range(1, 2001) for till in range(1, 11)]


def test_a_chain_is_spread_evenly_over_its_window() -> None:
    """Chi-square over 240 minutes, 20,000 registers: of 10,000 sets of names one passes 327 by chance (239 degrees)."""
    counts = [0] * 240
    for name in NAMES:
        counts[int(night.share(name) * 240)] += 1
    expected = len(NAMES) / 240
    assert sum((count - expected) ** 2 / expected for count in counts) < 327


def test_the_registers_of_one_shop_do_not_begin_together() -> None:
    shares = sorted(night.share(f"S1-till-{till}") for till in range(1, 11))
    assert min(after - before for before, after in pairwise(shares)) > 0.001


def test_a_registers_moment_is_the_same_every_night() -> None:
    starts = [night.start_on(ONE_TO_FIVE, "register-1", date(2026, 5, 1) + timedelta(days=day)) for day in range(30)]
    assert {(after - before) for before, after in pairwise(starts)} == {timedelta(days=1)}
    assert night.share("register-1") == 0.021206173709838794
    opens = datetime(2026, 4, 30, 22, 0, tzinfo=UTC)
    assert opens <= starts[0] < opens + ONE_TO_FIVE.length


@pytest.mark.parametrize("start", [time(0, 0), time(2, 30), time(3, 0), time(23, 30)])
@pytest.mark.parametrize("minutes", [1, 240, 1440])
def test_every_day_has_one_start_also_when_the_clocks_change(start: time, minutes: int) -> None:
    window = Night(start, timedelta(minutes=minutes), BERLIN)
    for name in NAMES[:20]:
        now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
        begun = []
        while now < datetime(2027, 1, 1, 12, 0, tzinfo=UTC):
            now = night.next_start(window, name, now)
            begun.append(now)
            assert night.last_start(window, name, now) == now
            assert night.last_start(window, name, now + timedelta(minutes=5)) == now
        assert len(begun) == 366
        gaps = {after - before for before, after in pairwise(begun)}
        assert gaps == {timedelta(hours=23), timedelta(hours=24), timedelta(hours=25)}


def test_a_start_in_the_hour_that_is_left_out_comes_after_it_and_one_in_the_doubled_hour_at_the_first() -> None:
    window = Night(time(2, 30), timedelta(minutes=1), BERLIN)
    spring = night.start_on(window, "register-1", date(2026, 3, 29))
    assert spring.replace(second=0, microsecond=0) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    autumn = night.start_on(window, "register-1", date(2026, 10, 25))
    assert autumn.replace(second=0, microsecond=0) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_once_a_night_and_not_again_before_the_next() -> None:
    begin = night.start_on(ONE_TO_FIVE, "register-1", date(2026, 5, 4))
    awake = begin - timedelta(hours=10)
    yesterday = begin - timedelta(hours=20)
    assert night.due(ONE_TO_FIVE, "register-1", begin - timedelta(seconds=1), yesterday, awake) == begin
    assert night.due(ONE_TO_FIVE, "register-1", begin + timedelta(hours=3), yesterday, awake) == begin
    done = begin + timedelta(minutes=2)
    assert night.due(ONE_TO_FIVE, "register-1", done, done, awake) == begin + timedelta(days=1)


def test_a_register_that_was_off_at_night_catches_up_within_half_an_hour() -> None:
    switched_on = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
    last_week = switched_on - timedelta(days=7)
    dues = [night.due(ONE_TO_FIVE, name, switched_on, last_week, switched_on) for name in NAMES[:500]]
    assert switched_on <= min(dues) < switched_on + timedelta(minutes=2)
    assert switched_on + timedelta(minutes=28) < max(dues) < switched_on + night.CATCH_UP
    assert night.due(ONE_TO_FIVE, "new", switched_on, None, switched_on) < switched_on + night.CATCH_UP


def test_a_clock_that_was_far_ahead_does_not_silence_a_register_for_years() -> None:
    now = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
    wrong = now + timedelta(days=4000)
    assert night.due(ONE_TO_FIVE, "register-1", now, wrong, now) < now + night.CATCH_UP


def test_pauses_grow_to_their_cap_and_are_spread_from_nothing() -> None:
    assert [full_jitter(tries, 1.0, 60.0, 1.0) for tries in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert full_jitter(10_000, 1.0, 60.0, 1.0) == 60
    assert full_jitter(5, 1.0, 60.0, 0.0) == 0


def test_two_registers_that_fail_together_do_not_come_back_together() -> None:
    random.seed(4)
    back = []
    for _ in range(1000):
        register = Backoff(1.0, 300.0)
        back.append(sum(register.failed() for _ in range(8)))
    in_any_second = max(sum(second <= moment < second + 1 for moment in back) for second in range(300))
    assert in_any_second < 30


def test_success_begins_anew() -> None:
    register = Backoff(1.0, 300.0)
    for _ in range(20):
        register.failed()
    register.over()
    assert register.failed() <= 1.0
