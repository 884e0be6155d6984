"""Pseudonyms and the key that makes them."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from fakes.device_shop import KEY

from device.errors import SettingsError
from device.shopper import (
    KEY_BYTES,
    MAX_KEYS,
    Key,
    Keyring,
    default_key_file,
    erased,
    key_file,
    pseudonym,
    read_key,
    read_or_make_key,
    tombstone,
    write_keys,
)

MANY, ROUNDS = 8, 20


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


def test_nobody_waits_at_a_pipe_in_place_of_the_key(tmp_path: Path) -> None:
    """The daemon looks at the key while it sells."""
    os.mkfifo(tmp_path / "key", 0o600)
    with pytest.raises(SettingsError, match="it is not a file"):
        Keyring.read(tmp_path / "key")


def test_a_key_file_of_any_size_is_read_no_further_than_keys_go(tmp_path: Path) -> None:
    with (tmp_path / "key").open("wb") as file:
        file.truncate(1 << 40)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(SettingsError, match="holds no key of a chain"):
        Keyring.read(tmp_path / "key")
    most = "\n".join(f"{version} {1900 + version}-01-01 {'ab' * 32}" for version in range(MAX_KEYS))
    (tmp_path / "key").write_text(f"# version, first day (UTC), key\n{most}\n")
    assert len(Keyring.read(tmp_path / "key").keys) == MAX_KEYS


def test_a_persons_own_key_follows_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_key_file() == tmp_path / "tillside" / "shopper.key"


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def ring(*years: int) -> Keyring:
    return Keyring(tuple(Key(year, date(year, 1, 1), bytes([year % 256]) * 32) for year in years))


@pytest.mark.parametrize(
    ("day", "versions"),
    [
        ("2026-06-01", [2026]),
        ("2026-12-01", [2026]),
        ("2026-12-02", [2026, 2027]),
        ("2026-12-31T23:59:59", [2026, 2027]),
        ("2027-01-01", [2027, 2026]),
        ("2027-01-30T23:59:59", [2027, 2026]),
        ("2027-01-31", [2027]),
        ("2025-01-01", [2026]),
    ],
)
def test_both_keys_are_good_for_thirty_days_around_the_change(day: str, versions: list[int]) -> None:
    assert [key.version for key in ring(2026, 2027).valid(at(day))] == versions


def test_the_change_is_at_midnight_in_utc_wherever_the_shop_is() -> None:
    moscow = datetime(2027, 1, 1, 2, 0, tzinfo=timezone(timedelta(hours=3)))
    assert [key.version for key in ring(2026, 2027).valid(moscow)] == [2026, 2027]


def test_registers_are_told_the_next_key_in_time_and_never_an_old_one() -> None:
    keys = ring(2025, 2026, 2027)
    told = {day: [key.version for key in keys.for_registers(at(day)).keys] for day in ("2026-06-01", "2026-11-03", "2027-02-01")}
    assert told == {"2026-06-01": [2026], "2026-11-03": [2026, 2027], "2027-02-01": [2027]}


def test_headquarters_makes_a_key_for_each_year_before_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "shopper.keys"
    first = Keyring.open_or_make(path, at("2026-06-01"))
    assert [key.version for key in first.keys] == [2026]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring.open_or_make(path, at("2026-11-01")) == first
    second = Keyring.open_or_make(path, at("2026-11-02T12:00:00"))
    assert [key.version for key in second.keys] == [2026, 2027]
    assert second.keys[0] == first.keys[0]
    assert Keyring.open_or_make(path, at("2026-12-31")) == Keyring.read(path) == second


@pytest.mark.parametrize("known", [True, False])
def test_whoever_comes_second_has_the_key_of_the_first(tmp_path: Path, known: bool) -> None:
    """At the change of the year the server and a command may make the next key in the same moment."""
    path = tmp_path / "shopper.keys"
    at_once = threading.Barrier(MANY)

    def made(_: int) -> Keyring:
        at_once.wait()
        return Keyring.open_or_make(path, at("2026-12-20"))

    with ThreadPoolExecutor(MANY) as processes:
        for _ in range(ROUNDS):
            path.unlink(missing_ok=True)
            if known:
                Keyring.open_or_make(path, at("2026-06-01"))
            assert set(processes.map(made, range(MANY))) == {Keyring.read(path)}
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_that_another_is_making_is_read_whole(tmp_path: Path) -> None:
    at_once = threading.Barrier(MANY)

    def made(path: Path) -> bytes:
        at_once.wait()
        return read_or_make_key(path)

    with ThreadPoolExecutor(MANY) as processes:
        for number in range(ROUNDS):
            path = tmp_path / f"{number}.key"
            assert set(processes.map(made, [path] * MANY)) == {read_key(path)}
    assert len(list(tmp_path.iterdir())) == ROUNDS


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no shopper keys can be made at .*/none/shopper\.keys: there is no such folder"):
        Keyring.open_or_make(tmp_path / "none" / "shopper.keys", at("2026-12-20"))


def test_a_file_of_one_key_goes_on_as_version_zero(tmp_path: Path) -> None:
    path = tmp_path / "shopper.key"
    key = read_or_make_key(path)
    keys = Keyring.open_or_make(path, at("2026-12-20"))
    assert [one.version for one in keys.keys] == [0, 2027]
    assert keys.keys[0].secret == key
    assert keys.shoppers("17", at("2026-12-20"))[0] == (pseudonym(key, "17"), 0)


def test_a_card_may_be_one_of_two_pseudonyms_around_the_change_and_is_nobody_without_a_digit() -> None:
    keys = ring(2026, 2027)
    known = keys.shoppers("+7 916 17", at("2027-01-05"))
    assert known == tuple((pseudonym(key.secret, "791617"), key.version) for key in reversed(keys.keys))
    assert keys.shoppers(" - ", at("2027-01-05")) == ()
    assert set(keys.ever("791617")) == {shopper.token for shopper in known}


@pytest.mark.parametrize(
    "content",
    ["", "# nothing", "2026 2026-01-01", f"2026 yesterday {'ab' * 32}", f"x 2026-01-01 {'ab' * 32}",
     f"2026 2026-01-01 {'ab' * 31}",
     f"2026 2026-01-01 {'ab' * 32}\n2026 2027-01-01 {'cd' * 32}", f"-1 2026-01-01 {'ab' * 32}", "1 2 3 4"],
)  # fmt: skip
def test_what_is_no_file_of_keys_is_refused_without_quoting_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "shopper.keys"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError) as refused:
        Keyring.read(path)
    assert str(path) in str(refused.value)
    assert "ab" * 31 not in str(refused.value)
    with pytest.raises(SettingsError, match="told keys that are none"):
        write_keys(path, content)
    assert path.read_text() == content


def test_a_register_takes_up_keys_whole_and_says_whether_they_are_new(tmp_path: Path) -> None:
    path = tmp_path / "shopper.keys"
    assert write_keys(path, ring(2026).text())
    assert not write_keys(path, ring(2026).text())
    assert write_keys(path, ring(2026, 2027).text())
    assert Keyring.read(path) == ring(2026, 2027)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="can be read by others"):
        Keyring.read(path)


def test_a_bare_name_is_a_credential_of_the_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/tillside.service")
    assert key_file("shopper.keys") == Path("/run/credentials/tillside.service/shopper.keys")
    assert key_file("/etc/shopper.keys") == Path("/etc/shopper.keys")


def test_what_is_erased_is_the_same_on_both_ends_and_names_nobody() -> None:
    token = "a1" * 16
    body = f'{{"receipt_id":"x","shopper":"{token}","shopper_key":2026,"store":"S {token}x"}}'.encode()
    assert erased(body, token) == f'{{"receipt_id":"x","shopper":null,"shopper_key":2026,"store":"S {token}x"}}'.encode()
    assert tombstone(token) == hashlib.sha256(token.encode()).digest()
