"""Every prefix of every recording, and every byte of it damaged once; and that what is built to find a fault does find it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from fuzz import every_byte
from fuzz.state import Keeper

from device.dialects import decoder, names, native
from device.events import BasketState


@pytest.mark.parametrize("dialect", names())
def test_no_prefix_and_no_damaged_byte_raises_or_grows(dialect: str) -> None:
    tried = [every_byte.every_byte(dialect, recording, 1) for recording in every_byte.recordings(dialect)]
    assert sum(one.prefixes for one in tried) > 100
    assert sum(one.prefixes for one in tried) == sum(one.damages for one in tried)


@pytest.mark.parametrize("dialect", names())
def test_a_restored_state_is_like_the_one_it_was_taken_of_and_no_other_is(dialect: str) -> None:
    recording = every_byte.recordings(dialect)[0]
    heard = every_byte.Heard(dialect, recording)
    decode = decoder(dialect, every_byte.options(recording))
    keeper = Keeper(decode)
    before = keeper.likeness(decode)
    for place in range(min(heard.size, 300)):
        decode.feed(bytes([heard.byte(place)]), every_byte.AT)
        likeness = keeper.likeness(decode)
        copied = keeper.restored(keeper.snapshot(decode))
        assert keeper.likeness(copied) == likeness
        copied.feed(b"\x7e", every_byte.AT)
        assert keeper.likeness(decode) == likeness, "what a copy hears is not heard by the decoder"
    assert likeness != before


class Planted(native.Decoder):
    """Notices a `~` in what it hears, and falls over it so many bytes later, when every damage is long over."""

    def __init__(self, options: native.Options | None = None) -> None:
        super().__init__(options)
        self.counts = {"since": 0}

    def feed(self, data: bytes, at: datetime) -> list[BasketState]:
        if b"~" in data or self.counts["since"]:
            self.counts["since"] += len(data)
        if self.counts["since"] > 1200:
            raise IndexError("planted")
        return super().feed(data, at)


def test_a_fault_that_shows_only_long_after_the_damage_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "Decoder", Planted)
    recording = every_byte.recordings("native")[0]
    heard, tried = every_byte.Heard("native", recording), every_byte.Tried()
    heard.damaged(0, ord("}"), tried)
    with pytest.raises(every_byte.BrokenError, match=r"byte 0 as 7e: IndexError\('planted'\)"):
        heard.damaged(0, ord("~"), tried)


class Hoarder(native.Decoder):
    """Keeps all that it hears after a `~`."""

    kept = b""

    def feed(self, data: bytes, at: datetime) -> list[BasketState]:
        if b"~" in data or self.kept:
            self.kept += data * 100
        return super().feed(data, at)


def test_a_state_that_grows_after_a_damage_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "Decoder", Hoarder)
    heard = every_byte.Heard("native", every_byte.recordings("native")[0])
    with pytest.raises(every_byte.BrokenError, match="bytes more than without it"):
        heard.damaged(3, ord("~"), every_byte.Tried())


class Sharer(native.Decoder):
    """What one of all its copies hears, the others have heard."""

    shared: dict[str, int] = {}  # noqa: RUF012 - the fault that is to be found

    def feed(self, data: bytes, at: datetime) -> list[BasketState]:
        if b"~" in data:
            self.shared["since"] = 1
        return [] if self.shared else super().feed(data, at)


def test_a_copy_that_changes_the_decoder_it_was_made_from_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(native, "Decoder", Sharer)
    recording = tmp_path / "one.bin"
    recording.write_bytes(every_byte.recordings("native")[0].read_bytes()[:400])
    Sharer.shared = {}
    plain = every_byte.Heard("native", recording).told()
    assert plain
    heard = every_byte.Heard("native", recording)
    heard.damaged(3, ord("~"), every_byte.Tried())
    assert heard.told() != plain
    Sharer.shared = {}
