"""A file that holds no settings at all is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from device.errors import SettingsError
from device.settings import read


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no settings at .*none\.toml: write them"):
        read(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"store = ", b"\xff\xfe", b"[lane]\n[lane]"])
def test_what_is_not_toml_is_one_sentence_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "settings.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"settings\.toml: ") as wrong:
        read(tmp_path / "settings.toml")
    assert "\n" not in str(wrong.value)


def test_a_folder_in_place_of_the_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Is a directory"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xd1\x00 store", "byte 0 is no text in UTF-8: save the file as UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply to be settings"),
        (b"store = ", "Invalid value (at end of document)"),
        (b"store = " + b"9" * 5_000, "a number has more digits than anything has"),
    ],
)
def test_a_file_that_holds_no_settings_is_told_in_one_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError) as told:
        read(file)
    assert str(told.value) == f"{file}: {why}"


def test_the_mark_that_an_editor_puts_before_the_text_is_no_mistake(tmp_path: Path) -> None:
    text = 'store = "S1"\ndevice = "r1"\n[[lane]]\ntill = "7"\nsource = {kind = "replay", file = "x"}\n'
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8-sig")
    assert read(tmp_path / "settings.toml").device == "r1"


def test_what_is_far_too_long_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "settings.toml").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SettingsError, match="these are no settings"):
        read(tmp_path / "settings.toml")


def test_what_cannot_be_opened_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").symlink_to("settings.toml")
    with pytest.raises(SettingsError, match=r"settings\.toml cannot be read: Too many levels of symbolic links$"):
        read(tmp_path / "settings.toml")
