"""What a killed face leaves to the next, and when that is drawn again."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from fakes.patience import until
from fakes.shop_words import snapshot
from hypothesis import given
from hypothesis import strategies as st

from device.screen_link import MAX_LINE, Beat, FaceKind, Stage, encode
from kiosk_ui.events import Connected, Disconnected, Heard, Remembered, Ticked
from kiosk_ui.reducer import reduce
from kiosk_ui.remembered import Memory, place, recall
from kiosk_ui.state import State, shown_snapshot, shown_stage

if TYPE_CHECKING:
    from pathlib import Path

    from device.screen_link import FromDaemon


def respawned(kind: FaceKind, *words: FromDaemon) -> State:
    state = reduce(State(kind, "x"), Remembered(snapshot(7), 0))
    state = reduce(state, Connected(1))
    for word in words:
        state = reduce(state, Heard(word, 2))
    return state


@pytest.mark.parametrize("kind", list(FaceKind))
def test_a_beat_of_that_very_snapshot_brings_it_back(kind: FaceKind) -> None:
    state = respawned(kind, Beat("run-a", 7))
    assert shown_snapshot(state) == snapshot(7)
    assert not state.first
    # From here on it is a snapshot like any other.
    state = reduce(state, Heard(snapshot(8, total=5), 3))
    assert shown_snapshot(state) == snapshot(8, total=5)


@pytest.mark.parametrize("kind", list(FaceKind))
@pytest.mark.parametrize("words", [(), (Beat("run-b", 7),), (Beat("run-a", 8),), (Beat("run-a", 6),)])
def test_without_that_word_nothing_of_it_is_drawn(kind: FaceKind, words: tuple[FromDaemon, ...]) -> None:
    state = respawned(kind, *words)
    for at in (3, 500, 5_000, 500_000):
        state = reduce(state, Ticked(at))
        assert shown_stage(state) is Stage.IDLE
        assert shown_snapshot(state) is None


@pytest.mark.parametrize("kind", list(FaceKind))
def test_a_snapshot_replaces_what_was_remembered_for_good(kind: FaceKind) -> None:
    state = respawned(kind, snapshot(9, stage=Stage.IDLE, lines=(), cards=()))
    state = reduce(reduce(state, Disconnected(3)), Connected(4))
    state = reduce(state, Heard(Beat("run-a", 7), 5))
    assert shown_snapshot(state) is None


def test_what_is_on_the_glass_is_kept_for_its_user_alone_and_forgotten_at_an_orderly_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "last.json"
    memory = Memory(path)
    memory.keep(snapshot(1))
    memory.keep(snapshot(2))
    until(lambda: recall(path) == snapshot(2), what="the last one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    memory.keep(snapshot(3, stage=Stage.IDLE))
    until(lambda: not path.exists(), what="no basket without a sale")
    memory.keep(snapshot(4))
    until(path.exists, what="the next sale")
    memory.close()
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_once_and_costs_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "last.json")
    memory.keep(snapshot(1))
    until(lambda: caplog.records, what="the sentence")
    memory.keep(snapshot(2))
    memory.keep(None)
    memory.close()
    assert {record.getMessage() for record in caplog.records} == {caplog.records[0].getMessage()}


@pytest.mark.parametrize(
    "left",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 9000,
        encode(Beat("run-a", 7)),
        encode(snapshot(1, stage=Stage.THANKS)),
        encode(snapshot(1)) + b" " * MAX_LINE,
    ],
)
def test_what_is_no_open_sale_is_no_memory(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "last.json"
    path.write_bytes(left)
    assert recall(path) is None


@given(st.binary(max_size=300))
def test_noise_is_no_memory(tmp_path_factory: pytest.TempPathFactory, left: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise"
    path.write_bytes(left)
    assert recall(path) is None


def test_no_runtime_directory_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert place(FaceKind.CUSTOMER, "1") is None
    assert recall(None) is None
    memory = Memory(None)
    memory.keep(snapshot(1))
    memory.close()


def test_lanes_and_faces_do_not_share_a_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    places = {str(place(face, lane)) for face in FaceKind for lane in ("", "1", "../1", "a/b")}
    assert len(places) == 8
    assert all(one.startswith("/run/user/7/tillside/last-") and one.count("/") == 5 for one in places)
