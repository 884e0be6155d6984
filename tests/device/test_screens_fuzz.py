"""What screens may say to the daemon, under fire: each sale and each other face stay as they were."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.device_face import face
from fakes.device_till import MORNING, RUN, Checkout
from hypothesis import given, settings
from hypothesis import strategies as st

from device.adviser import Adviser
from device.domain import Phase
from device.errors import ScreenLinkError
from device.journal import Journal
from device.rating import Scale
from device.screen_link import (
    MAX_PAINTED,
    Act,
    FaceKind,
    Hello,
    Painted,
    Rate,
    Snapshot,
    Verb,
    decode_from_screen,
    encode,
)
from device.screens import Screens


@given(st.binary(max_size=300))
def test_noise_is_one_named_error(noise: bytes) -> None:
    try:
        decode_from_screen(noise)
    except ScreenLinkError:
        return


@pytest.mark.parametrize(
    "word",
    [
        Act("x" * 129, Verb.ACCEPT, "s", 1),
        Act("x", Verb.ACCEPT, "s" * 129, 1),
        Rate("x" * 129, 5, 1),
        Painted("r", 1, ("s",) * (MAX_PAINTED + 1)),
        Painted("r", 1, ("s" * 129,)),
        Hello(2, FaceKind.CASHIER, "l" * 129),
    ],
    ids=lambda word: type(word).__name__,
)
def test_names_and_lists_longer_than_any_face_has_are_not_taken_in(word: Act | Rate | Painted | Hello) -> None:
    with pytest.raises(ScreenLinkError, match="not a word of a screen"):
        decode_from_screen(encode(word))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A counter with a sale open, in a shop that asks for ratings."""
    from fakes.device_shop import adviser  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("busy")
    counter = Checkout(folder, adviser(folder / "shop.bundle"), rating=Scale.TEN)
    counter.hear("a", 1, "bread", phase=Phase.CLOSED)
    counter.hear("b", 1, "bread")
    return counter


_number = st.one_of(st.integers(-3, 12), st.sampled_from([-(2**63), 2**63, 10**30]))
_name = st.one_of(st.sampled_from(["", RUN, "x-1"]), st.text(max_size=10))


@settings(deadline=None)
@given(
    st.one_of(
        st.builds(Act, _name, st.sampled_from(Verb), _name, _number, _name),
        st.builds(Painted, _name, _number, st.lists(_name, max_size=5).map(tuple)),
        st.builds(Rate, _name, _number, _number, _name),
    )
)
def test_a_word_about_nothing_that_is_shown_changes_nothing(busy: Checkout, word: Act | Painted | Rate) -> None:
    before = [busy.lane.snapshot(kind) for kind in FaceKind]
    match word:
        case Act():
            assert not busy.lane.act(word).done
        case Rate():
            assert not asyncio.run(busy.lane.rate(word, MORNING + timedelta(seconds=1))).done
        case Painted():
            busy.lane.painted(word)
    assert [busy.lane.snapshot(kind) for kind in FaceKind] == before
    assert busy.ratings() == {}


def damaged(chance: random.Random) -> bytes:
    """A line that once was a word, with up to three bytes changed, cut off or doubled."""
    words = (Act("x", Verb.DISMISS, "no such suggestion", 3, RUN), Rate("y", 7, 3, RUN), Painted(RUN, 3, ("z",)))
    line = bytearray(encode(chance.choice(words)))
    for _ in range(chance.randint(1, 3)):
        line[chance.randrange(len(line) - 1)] = chance.randrange(256)
    match chance.randrange(4):
        case 0:
            return bytes(line[: chance.randrange(len(line))]) + b"\n"
        case 1:
            return bytes(line) * 2
        case _:
            return bytes(line)


def test_damaged_lines_over_the_socket_change_no_sale_and_no_other_face(tmp_path: Path, counter: Checkout) -> None:
    chance = random.Random(17)

    async def story() -> None:
        counter.hear("a", 1, "bread")
        screens = Screens({counter.lane.name: counter.lane}, RUN, Journal())
        path = tmp_path / "s.sock"
        await screens.open(path)
        try:
            async with face(path) as other:
                before = await other.snapshot()
                for number in range(80):
                    async with face(path, chance.choice(list(FaceKind))) as spoilt:
                        await spoilt.snapshot()
                        spoilt.say_raw(damaged(chance))
                        # Nothing follows a word that is none; after one that is, this is answered.
                        spoilt.say_raw(encode(Act(f"last {number}", Verb.ACCEPT, "nothing", 0)) + b"no word\n")
                        while (word := await spoilt.word()) is not None:
                            assert not isinstance(word, Snapshot)
                        assert counter.lane.seq == before.seq
                counter.hear("a", 2, "bread", "tea")
                screens.changed(counter.lane.name)
                assert len((await other.snapshot(before.seq + 1)).lines) == 2
        finally:
            await screens.close()

    asyncio.run(story())


def test_a_face_that_answers_for_another_lane_is_told_that_nothing_is_known(tmp_path: Path, shop: Adviser) -> None:
    one, two = Checkout(tmp_path / "1", shop), Checkout(tmp_path / "2", shop, name="2")
    one.hear("a", 1, "bread")
    two.hear("a", 1, "bread")
    assert two.act(Verb.DISMISS, one.card_id("butter")).why == "unknown"
    assert "butter" in one.shown()
