"""`tillside headquarters forget`: a card is typed, never written where other users and the shell's history see it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.stick_shop import Shop

from device.errors import SyncError
from device.shopper import tombstone
from sync.central import open_central
from sync.central.forgetting import open_forgetting
from sync.commands.headquarters import headquarters
from sync.identity.authority import Authority

CARD = "7916 0000 017"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = Shop(tmp_path).headquarters
    open_central(url(folder), create=True).close()
    return folder


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'central.db'}"


def forget(folder: Path, *words: str, typed: str = "") -> str:
    command = ["forget", "--dir", str(folder), *words]
    return CliRunner(catch_exceptions=False).invoke(headquarters, command, input=typed).output


def hashes(folder: Path) -> set[bytes]:
    with closing(open_forgetting(url(folder))) as store:
        return {one.hash for one in store.after(0, 100)}


def test_a_card_is_read_from_standard_input_and_goes_by_every_years_key(office: Path) -> None:
    said = forget(office, "--id", "-", typed=f"{CARD}\n")
    assert "forgotten here" in said
    assert CARD not in said
    keys = Authority(office).keys(datetime.now(UTC))
    assert hashes(office) == {tombstone(token) for token in keys.ever(CARD)}
    assert "forgotten here" in forget(office, "c3" * 16)
    assert tombstone("c3" * 16) in hashes(office)


def test_a_card_on_the_command_line_is_refused_in_a_sentence_that_does_not_repeat_it(office: Path) -> None:
    with pytest.raises(SyncError, match="write --id - and put the card on standard input") as refused:
        forget(office, "--id", CARD)
    assert CARD not in str(refused.value)
    assert hashes(office) == set()


@pytest.mark.parametrize(
    ("typed", "why"),
    [(b"\xe9\xff4711\n", "no text of UTF-8"), (b" " * 50 + b"1" * 180 + b"\n", "at most 200"), (b"1" * 201, "at most 200")],
)
def test_what_is_cut_off_or_no_text_is_nobodys_card(office: Path, typed: bytes, why: str) -> None:
    command = ["forget", "--dir", str(office), "--id", "-"]
    with pytest.raises(SyncError, match=why) as refused:
        CliRunner(catch_exceptions=False).invoke(headquarters, command, input=typed)
    assert "4711" not in str(refused.value)
    assert hashes(office) == set()
    assert "forgotten here" in forget(office, "--id", "-", typed="1" * 200 + "\n\n")


@pytest.mark.parametrize("words", [(), ("--id", "-")])
@pytest.mark.parametrize("typed", ["", "\n", " - \n"])
def test_nobody_is_one_sentence(office: Path, words: tuple[str, ...], typed: str) -> None:
    with pytest.raises(SyncError, match="name a pseudonym, or put a card"):
        forget(office, *words, typed=typed)
    assert hashes(office) == set()


@pytest.mark.parametrize("between", ["\n", "\n\n", "\n ", "\n" * 1000])
def test_of_two_cards_none_is_forgotten(office: Path, between: str) -> None:
    with pytest.raises(SyncError, match="one card at a time"):
        forget(office, "--id", "-", typed=f"{CARD}{between}{CARD}0\n")
    with pytest.raises(SyncError, match="no card was read"):
        forget(office, "c3" * 16, "--id", "-", typed="\n")
    assert hashes(office) == set()
