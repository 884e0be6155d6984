"""Pseudonyms and the key that makes them."""

from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

import pytest
from fakes.device_shop import KEY

from device.errors import SettingsError
from device.shopper import KEY_BYTES, default_key_file, pseudonym, read_key, read_or_make_key


def test_a_pseudonym_is_the_start_of_a_keyed_hash() -> None:
    expected = hmac.new(KEY, b"79160000017", hashlib.sha256).hexdigest()[:32]
    assert pseudonym(KEY, "+7 (916) 000-00-17") == expected


@pytest.mark.parametrize("written", ["AB 17", "ab-17", " Ab17 ", "AB.17"])
def test_case_and_punctuation_make_no_other_shopper(written: str) -> None:
    assert pseudonym(KEY, written) == pseudonym(KEY, "ab17")


def test_another_id_or_another_key_is_another_shopper() -> None:
    assert len({pseudonym(KEY, "17"), pseudonym(KEY, "71"), pseudonym(KEY[::-1], "17")}) == 3


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "shopper.key"
    key = read_or_make_key(path)
    assert len(key) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_or_make_key(path) == read_key(path) == key


def test_a_missing_key_says_where_it_has_to_be(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no shopper key at .*shopper\.key: copy the chain's key there \(mode 0600\)"):
        read_key(tmp_path / "shopper.key")


@pytest.mark.parametrize("content", [b"", b"ab" * 31, b"not a key at all", b"\xff\xfe" * 40, b"zz" * 32])
def test_what_is_not_a_whole_key_is_refused_without_quoting_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "shopper.key"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        read_key(path)
    assert str(path) in str(refused.value)
    assert content.decode("latin-1") not in str(refused.value) or not content


def test_a_folder_in_place_of_the_key_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_key(tmp_path)


def test_a_persons_own_key_follows_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_key_file() == tmp_path / "tillside" / "shopper.key"
