"""A profile is small, says the same after packing, and of damaged bytes makes one sentence."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import numpy as np
import pytest
from fakes.regulars import regular, rhythm
from hypothesis import given, settings
from hypothesis import strategies as st

from device.bought import Bought
from device.domain import Pseudonym, Sku
from device.due import added, due
from device.errors import BundleError
from device.profiles import MAX_BYTES, MOST_RECURRING, ROW, Profile, other, pack, pack_other, unpack
from device.rhythm import FEATURES, Rhythm, Usual

SEEN = datetime(2026, 5, 1, 18)


def test_what_was_packed_comes_back():
    told = regular(
        {"coffee": 0, "100101": 3}, seen=SEEN, shares={"coffee": 0.5, "100101": 0.25, "tea": 0.1}, unwanted=("beer", "7")
    )
    back = unpack(pack(told))
    assert (back.history, back.unwanted) == (told.history, told.unwanted)
    assert back.recurring.skus == told.recurring.skus
    assert (back.recurring.seen, back.recurring.visits, back.recurring.halved) == (told.recurring.seen, 12, (3.0, 8.0))
    assert back.recurring.rows.tobytes() == told.recurring.rows.tobytes()
    assert unpack(pack(Profile())) == Profile()


@pytest.mark.parametrize("sku", ["007", "0", "12", "460000000000", "9" * 30, "-5", "1e3", " 7", "٣", "1_0"])
def test_a_number_is_told_as_one_only_where_nothing_is_lost(sku):
    assert unpack(pack(Profile({Sku(sku): 0.5}))).history == {sku: 0.5}


@pytest.mark.parametrize(
    "make", [lambda n: f"{100_000 + n}", lambda n: f"{4_600_000_000_000 + n}", lambda n: f"{n:064d}", lambda n: "ё" * 30 + str(n)]
)
def test_no_profile_is_larger_than_it_may_be(make):
    names = [make(n) for n in range(100)]
    shares = {name: 1 / (place + 1) for place, name in enumerate(names)}
    whole = regular(dict.fromkeys(names[:40], 1.0), seen=SEEN, shares=shares, unwanted=tuple(names[90:]))
    content = pack(whole)
    assert MAX_BYTES - 90 < len(content) <= MAX_BYTES
    back = unpack(content)
    kept = len(back.recurring.skus)
    assert 0 < kept <= MOST_RECURRING
    assert back.recurring.skus == whole.recurring.skus[:kept]
    assert back.unwanted == whole.unwanted[: len(back.unwanted)]
    assert back.unwanted
    # What is left out has the smallest shares.
    others = [name for name in names if name not in back.recurring.skus]
    assert [sku for sku in back.history if sku in others] == others[: len(back.history) - kept]
    if len(names[0]) == 6:
        assert (kept, len(back.history)) == (20, 79)


def test_the_same_facts_are_the_same_bytes_in_whatever_order_they_come():
    """Who did not come takes no room in a nightly difference."""
    shares = {"coffee": 0.5, **{f"tea {n}": 0.25 for n in range(100)}}
    backwards = dict(reversed(shares.items()))
    assert list(backwards) != list(shares)
    assert pack(regular({"coffee": 2}, seen=SEEN, shares=shares)) == pack(regular({"coffee": 2}, seen=SEEN, shares=backwards))


def test_another_pseudonym_points_at_the_first():
    assert other(pack_other(Pseudonym("a" * 32))) == "a" * 32
    assert other(pack(regular({"coffee": 2}, seen=SEEN))) is None
    assert other(b"\xc1") is None


def altered(**fields: object) -> bytes:
    return msgspec.msgpack.encode(msgspec.msgpack.decode(pack(regular({"coffee": 2, "tea": 1}, seen=SEEN))) | fields)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (altered(v=1), "is of version 1, this program reads version 2"),
        (altered(v=3), "is of version 3"),
        (altered(s=b"\0"), "tells 2 items and numbers of others"),
        (altered(r=b"\0" * 17), "tells 2 items and numbers of others"),
        (altered(r=b"\0" * 54), "tells 2 items and numbers of others"),
        (altered(r=b"\0" * 36), "a past that cannot be"),
        (altered(r=b"\xff" * 36), "a past that cannot be"),
        (altered(t=None), "a past that cannot be"),
        (altered(t=(-1, 3, 1.0, 1.0)), "a past that cannot be"),
        (altered(t=(1, 0, 1.0, 1.0)), "a past that cannot be"),
        (altered(t=(1, 3, float("nan"), 1.0)), "a past that cannot be"),
        (altered(t=(1, 3, -1.0, 1.0)), "a past that cannot be"),
        (altered(i=[1.5, "tea"]), "cannot be read"),
        (altered(z="x" * 2000), "more than 1024"),
        (msgspec.msgpack.encode([("coffee", 5000)]), "cannot be read"),
        (b"", "cannot be read"),
    ],
)
def test_bad_content_is_one_sentence(content, why):
    with pytest.raises(BundleError, match=why) as error:
        unpack(content)
    assert "\n" not in str(error.value)


def test_what_a_later_version_adds_is_passed_over():
    assert unpack(altered(later=["champions"])).history == {"coffee": 0.5, "tea": 0.5}


@settings(max_examples=300, deadline=None, database=None)
@given(st.data())
def test_damaged_bytes_are_refused_or_reckoned_with(data):
    whole = bytearray(pack(regular({"coffee": 2, "tea": 1}, seen=SEEN, unwanted=("beer",))))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        profile = unpack(bytes(whole))
    except BundleError:
        return
    stated = due(profile, rhythm("coffee", "tea"), SEEN)
    assert all(0 <= one <= 1 for one in stated.values())


def test_what_is_due_is_reckoned_days_after_the_bundle_was_made():
    whose, learnt = regular({"coffee": 7, "tea": 0, "beer": 3}, seen=SEEN), rhythm("coffee", "tea")
    # 1 / (1 + exp(-2 ln(days / 7))) = days ** 2 / (days ** 2 + 49)
    for days in (0, 1, 7, 30):
        stated = due(whose, learnt, SEEN + timedelta(days=days))
        assert set(stated) == {"coffee", "tea"}, "beer has no rhythm in this bundle"
        since = {"coffee": days + 7, "tea": max(days, 0.5)}
        for sku, far in since.items():
            assert stated[sku] == pytest.approx(far**2 / (far**2 + 49), abs=2e-3)


def test_a_clock_that_stands_before_the_last_visit_counts_no_day():
    whose, learnt = regular({"coffee": 7}, seen=SEEN), rhythm("coffee")
    assert due(whose, learnt, SEEN - timedelta(days=400)) == due(whose, learnt, SEEN)
    assert 0.999 < due(whose, learnt, datetime(9999, 1, 1))["coffee"] <= 1


def test_what_is_due_adds_its_worth():
    whose = regular({"coffee": 7}, seen=SEEN)
    assert added(whose, rhythm("coffee", worth=0.25), SEEN) == {"coffee": pytest.approx(0.125, abs=1e-3)}
    assert added(whose, None, SEEN) == {}
    assert added(Profile({Sku("coffee"): 1.0}), rhythm("coffee"), SEEN) == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"bias": float("nan")},
        {"weights": (1.0,)},
        {"weights": (float("inf"),) * len(FEATURES)},
        {"worth": -1.0},
        {"items": {"coffee": Usual(0.0, float("nan"), 0.0)}},
        {"items": {"coffee": Usual(0.0, -1.0, 0.0)}},
    ],
)
def test_a_rhythm_with_impossible_numbers_is_not_sound(changed):
    assert rhythm("coffee").sound
    assert Rhythm(0.0, (0.0,) * len(FEATURES), 0.0, {}).sound
    assert not msgspec.structs.replace(rhythm("coffee"), **changed).sound


def test_a_row_is_what_the_table_says():
    assert ROW.itemsize == 18
    assert np.zeros(1, ROW)["by_days"].shape == (1, 2)


def test_what_was_missed_travels_and_is_bounded():
    days = {Sku(f"4600000000{number:03}"): 739_000 + number for number in range(12)}
    told = unpack(pack(Profile({Sku("milk"): 0.5}, missed=days))).missed
    assert list(told.items()) == list(days.items())[:8]
    long = {Sku("x" * 100 + str(number)): 1 for number in range(8)}
    assert len(unpack(pack(Profile(missed=long))).missed) == 1
    assert unpack(pack(Profile({Sku("milk"): 0.5}))).missed == {}


def test_no_profile_is_too_large_whatever_was_missed():
    shares = {Sku(f"4600000{number:06}"): 0.5 for number in range(64)}
    missed = {Sku(f"4700000{number:06}"): 739_000 for number in range(8)}
    unwanted = tuple(Sku(f"4800000{number:06}") for number in range(50))
    told = Profile(shares, unwanted=unwanted, missed=missed, segments=tuple("abcdefgh"), offers=True)
    assert 900 < len(pack(told)) <= MAX_BYTES
    assert unpack(pack(told)).missed == missed


def test_what_was_bought_is_always_known_to_be_and_what_was_not_nearly_always():
    skus = [Sku(f"{number}") for number in range(300)]
    shares = {sku: 0.5 - place / 1000 for place, sku in enumerate(skus[:64])}
    for most, wrong in ((150, 0.05), (300, 0.25)):
        content = pack(Profile(shares, others=frozenset(skus[:most])))
        assert len(content) <= MAX_BYTES
        profile = unpack(content)
        known = Bought(frozenset(profile.history), profile.others)
        assert all(sku in known for sku in skus[:most])
        others = [f"new {number}" for number in range(2000)]
        assert np.mean([sku in known for sku in others]) < wrong


def test_a_profile_that_names_all_that_was_bought_has_no_filter():
    shares = {Sku("milk"): 0.5, Sku("tea"): 0.1}
    assert pack(Profile(shares, others=tuple(shares))) == pack(Profile(shares))
    assert unpack(pack(Profile(shares))).others == frozenset()


def test_the_filter_takes_no_room_from_shares_that_have_it():
    shares = {Sku(f"46000000{number:05}"): 0.5 - number / 1000 for number in range(64)}
    others = [*shares, *(Sku(f"47000000{number:05}") for number in range(100))]
    content = pack(Profile(shares, others=others))
    told = unpack(content)
    assert len(content) <= MAX_BYTES
    assert len(told.history) == 64
    assert np.mean([f"new {number}" in told.others for number in range(2000)]) < 0.05
    assert all(sku in told.history or sku in told.others for sku in others)


@pytest.mark.parametrize("content", [b"\x00\x01", b"\x05\x01", b"\x01"])
def test_a_filter_that_is_none_is_refused(content):
    told = msgspec.msgpack.decode(pack(Profile({Sku("milk"): 0.5})))
    with pytest.raises(BundleError, match="a filter that is none"):
        unpack(msgspec.msgpack.encode(told | {"b": content}))
