"""The wire to a face under fire: damaged, oversized, stale, doubled and outlandish words leave the glass as it was."""

from __future__ import annotations

from fakes.face_states import after, ids
from fakes.shop_words import CARDS, card, snapshot
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from device.errors import ScreenLinkError
from device.rating import Scale
from device.screen_link import (
    Acknowledgement,
    BasketLine,
    Beat,
    Card,
    FaceKind,
    FromDaemon,
    PaymentLine,
    Reason,
    ReasonKind,
    Snapshot,
    Stage,
    decode_from_daemon,
    encode,
)
from kiosk_ui.events import Button, Connected, Disconnected, FingerDown, FingerUp, FrameShown, Heard, Tapped, Ticked
from kiosk_ui.formats import Language
from kiosk_ui.lines import LineReader
from kiosk_ui.reducer import reduce
from kiosk_ui.state import State, next_wake, shown_stage, visible_cards
from kiosk_ui.view import View, view_of

LIMIT = 20_000
"""Of a line; the face's own is larger and only takes longer to fill."""


def heard(kind: FaceKind, stream: bytes, size: int = 4096) -> State:
    """What a face makes of these bytes, in pieces of that size, a millisecond each."""
    reader, state = LineReader(LIMIT), reduce(State(kind, "x"), Connected(0))
    pieces = (stream[start : start + size] for start in range(0, len(stream), size))
    for at, piece in enumerate(pieces, 1):
        for line in reader.feed(piece):
            try:
                state = reduce(state, Heard(decode_from_daemon(line), at))
            except ScreenLinkError:
                continue
    return state


def glass(state: State) -> View:
    return view_of(state, Language.RUSSIAN, lambda folder, name: name or "")


def is_no_word(line: bytes) -> bool:
    try:
        decode_from_daemon(line)
    except ScreenLinkError:
        return True
    return False


_noise = st.one_of(
    st.binary(max_size=200).map(lambda data: data.replace(b"\n", b" ")).filter(is_no_word),
    st.sampled_from([b"", b"{}", b"null", b"[" * 5000, b"\xff\xfe", b"x" * (LIMIT + 1), b'{"type":"snapshot","run":1}']),
    st.sampled_from([b'{"type":"act","act_id":"a","verb":"accept","suggestion_id":"s1","seq":1}', b'{"type":"hello"}']),
)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(FaceKind), st.lists(st.tuples(_noise, st.integers(0, 10**6)), max_size=8), st.integers(1, 4096))
def test_what_is_no_word_leaves_the_glass_as_it_was(kind: FaceKind, noise: list[tuple[bytes, int]], size: int) -> None:
    good = [encode(word) for word in (snapshot(1), snapshot(2, total=77), Beat("run-a", 2), snapshot(3, cards=CARDS[:2]))]
    lines = list(good)
    for line, place in noise:
        lines.insert(place % (len(lines) + 1), line + b"\n")
    assert glass(heard(kind, b"".join(lines), size)) == glass(heard(kind, b"".join(good)))


@given(st.sampled_from(FaceKind), st.lists(st.integers(0, 3), max_size=12))
def test_doubled_and_overtaken_words_leave_the_glass_as_it_was(kind: FaceKind, repeats: list[int]) -> None:
    words = [snapshot(seq, total=seq, cards=CARDS[: seq % 4]) for seq in range(1, 5)]
    state = after(State(kind, "x"), Connected(0), *(Heard(word, at) for at, word in enumerate(words)))
    again = after(state, *(Heard(words[number], 10) for number in repeats))
    assert glass(again) == glass(state)
    assert (again.snapshot, again.dropped) == (state.snapshot, state.dropped + len(repeats))


@given(st.sampled_from(FaceKind), st.text(max_size=5), st.integers(-(2**40), 2**40), st.booleans())
def test_words_of_another_run_and_unasked_answers_leave_the_glass_as_it_was(
    kind: FaceKind, run: str, seq: int, done: bool
) -> None:
    assume(run != "run-a")
    state = after(State(kind, "x"), Connected(0), Heard(snapshot(5), 0))
    strange = (snapshot(seq, run=run), Beat(run, seq), Acknowledgement(run, done=done, why=run))
    assert glass(after(state, *(Heard(word, 10) for word in strange))) == glass(state)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_snapshot_is_refused_or_read_and_never_breaks_the_face(data: st.DataObject) -> None:
    line = bytearray(encode(snapshot(5, payments=(PaymentLine("cash", 5),), rating=Scale.TEN, stage=Stage.THANKS)))
    for _ in range(data.draw(st.integers(1, 4))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    glass(heard(FaceKind.CUSTOMER, bytes(line) + b"\n"))


_number = st.one_of(st.integers(-3, 3), st.sampled_from([999_999_999, -(2**63), 2**63 - 1, 1000, 12345]))
_text = st.one_of(st.text(max_size=6), st.sampled_from(["Ж" * 120, "\u202e\u0000", "4006381333931", "%1 <b>&amp;", "кг"]))
_names = st.dictionaries(st.sampled_from(["", "ru", "en", "ar", "xx"]), _text, max_size=3)
_units = st.sampled_from(["pcs", "kg", "l", "m", "", "парсек"])
_snapshots = st.builds(
    Snapshot,
    run=st.just("run-a"),
    seq=st.just(9),
    lane=_text,
    stage=st.sampled_from(Stage),
    currency=st.one_of(st.sampled_from(["RUB", "GBP", "JPY", "KWD", ""]), _text),
    total=_number,
    lines=st.lists(st.builds(BasketLine, _number, _names, _number, _units, _number, st.none() | _number), max_size=3).map(tuple),
    omitted=st.integers(0, 900),
    cards=st.lists(
        st.builds(
            Card,
            suggestion_id=_text,
            sku=_text,
            names=_names,
            price=st.none() | _number,
            reason=st.builds(Reason, st.sampled_from(ReasonKind), st.lists(_names, max_size=3).map(tuple)),
            old_price=st.none() | _number,
            unit=_units,
            net=st.none() | _number,
            net_unit=st.none() | _units,
            picture=st.none() | _text,
            pitch=_names,
            sponsor=st.none() | _text,
            age_limit=_number,
            barcode=st.none() | _text,
            state=st.sampled_from(["offered", "taken"]),
        ),
        max_size=5,
    ).map(tuple),
    undo=st.none() | _text,
    stale_days=_number,
    payments=st.lists(st.builds(PaymentLine, _text, st.none() | _number), max_size=3).map(tuple),
    change=st.none() | _number,
    rating=st.none() | st.sampled_from(Scale),
    rated=st.none() | _number,
)


@settings(deadline=None)
@given(st.sampled_from(FaceKind), st.sampled_from(Language), _snapshots)
def test_whatever_a_snapshot_says_it_can_be_drawn_and_touched(kind: FaceKind, language: Language, word: Snapshot) -> None:
    state = after(State(kind, "x"), Connected(0), Heard(word, 0), FrameShown(1))
    view_of(state, language, lambda folder, name: name or "")
    for number, button in enumerate(Button):
        at = 1000 * (number + 1)
        state = after(
            state, Heard(Beat("run-a", 9), at), FingerDown(button, at, "1"), Tapped(button, at + 50), FingerUp(button, at + 51)
        )
        view_of(state, language, lambda folder, name: name or "")


_words = st.one_of(
    st.builds(
        snapshot,
        st.integers(0, 6),
        run=st.sampled_from(["run-a", "run-b"]),
        stage=st.sampled_from(Stage),
        cards=st.lists(st.integers(1, 6), unique=True, max_size=5).map(lambda numbers: tuple(map(card, numbers))),
    ),
    st.builds(Beat, st.sampled_from(["run-a", "run-b"]), st.integers(0, 6)),
)


@given(
    st.sampled_from(FaceKind), st.lists(st.tuples(st.integers(0, 2500), st.one_of(_words, st.booleans(), st.none())), max_size=40)
)
def test_whatever_comes_the_glass_shows_only_what_may_be_shown(
    kind: FaceKind, script: list[tuple[int, FromDaemon | bool | None]]
) -> None:
    state, at = State(kind, "x"), 0
    for wait, what in script:
        at += wait
        match what:
            case None:
                state = reduce(state, Ticked(at))
            case bool():
                state = reduce(state, Connected(at) if what else Disconnected(at))
            case _:
                before = state.snapshot
                state = reduce(state, Heard(what, at))
                if isinstance(what, Snapshot) and before is not None and before.run == what.run and what.seq < before.seq:
                    assert state.snapshot is before
        cards: tuple[Card, ...] = visible_cards(state)
        assert len(cards) <= 3
        assert len(set(ids(state))) == len(cards)
        if shown_stage(state) is not Stage.BASKET:
            assert not cards
        wake = next_wake(state)
        assert wake is None or wake > at
