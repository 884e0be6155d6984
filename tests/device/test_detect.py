"""Which dialect a wire speaks, found from its bytes, and the settings that come of it."""

from __future__ import annotations

import asyncio
import os
import pty
import random
import re
import tomllib
import tty
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.headquarters import free_port
from fakes.program import Program, completed, tillside
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects import names, wrong
from device.errors import SourceError
from device.installer import survey
from device.installer.detect import guesses, legible
from device.installer.survey import RECOGNISED, Heard, fragment, settings_of
from device.sources.capture import read

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
RECORDINGS = Path(__file__).parent / "recordings"


def arrived(recording: Path) -> list[tuple[bytes, datetime]]:
    return [(c.data, AT + timedelta(milliseconds=c.t_ms or 0.0)) for c in read(recording) if not c.reply]


@pytest.mark.parametrize(
    ("dialect", "recording"),
    [(name, path) for name in names() for path in sorted((RECORDINGS / name).glob("*")) if path.suffix in {".bin", ".capture"}],
    ids=lambda value: getattr(value, "stem", value),
)
def test_the_dialect_of_every_recording_is_found(dialect: str, recording: Path) -> None:
    best = guesses(arrived(recording))[0]
    assert best.dialect == dialect
    assert best.items > 0
    assert best.score > 2 * RECOGNISED


@pytest.mark.parametrize(("stem", "option"), [("composed_cp866", ("charset", "cp866")), ("composed_vt100", ("profile", "vt100"))])
def test_the_options_of_a_display_are_found(stem: str, option: tuple[str, str]) -> None:
    (recording,) = (path for path in (RECORDINGS / "pole").glob(f"{stem}.*") if path.suffix in {".bin", ".capture"})
    assert guesses(arrived(recording))[0].options.get(option[0]) == option[1]


def test_a_display_that_is_cleared_by_a_form_feed_is_no_printer() -> None:
    rows = (
        ("МОЛОКО 3.2%", "1 x 89.90      89.90"),
        ("ХЛЕБ РЖАНОЙ", "1 x 54.00      54.00"),
        ("ИТОГО", "143.90"),
        ("СДАЧА", "6.10"),
    )
    screens = ["".join(row.ljust(20) for row in rows_).encode("cp866") for rows_ in rows] * 2
    told = guesses([(b"\x0c" + screen, AT + timedelta(seconds=number)) for number, screen in enumerate(screens)])
    assert (told[0].dialect, told[0].options.get("charset")) == ("pole", "cp866")


def test_a_sign_between_lines_is_found_and_told_as_settings_of_the_register() -> None:
    best = guesses(arrived(RECORDINGS / "linetext" / "composed_zanthus.capture"))[0]
    assert best.options == {"delimiters": ["|"], "live": True}
    assert best.seen[0] == "7891000100103 LEITE UHT 1L 918"
    table = tomllib.loads(fragment(Heard({"kind": "tcp", "listen": 38800}, 1, [best], None)))
    assert table["lane"][0]["options"] == best.options
    assert not wrong("linetext", table["lane"][0]["options"])


@pytest.mark.parametrize("sign", [";", "~", "#"])
def test_other_signs_between_lines_are_found(sign: str) -> None:
    told = arrived(RECORDINGS / "linetext" / "composed_zanthus.capture")
    best = guesses([(data.replace(b"|", sign.encode()), at) for data, at in told])[0]
    assert (best.dialect, best.options["delimiters"]) == ("linetext", [sign])


def test_where_lines_end_no_sign_in_them_is_an_end() -> None:
    lines = b"COLA | CAN         1.50\r\nCHIPS | BIG        2.25\r\nTOTAL | DUE        3.75\r\nCASH | EUR         5.00\r\n"
    best = next(guess for guess in guesses([(lines * 3, AT)]) if guess.dialect == "linetext")
    assert "delimiters" not in best.options


def test_noise_is_nothing() -> None:
    noise = random.Random(1).randbytes(3000)
    assert all(guess.score < 0.1 for guess in guesses([(noise, AT)]))
    assert all(guess.score == 0 for guess in guesses([]))


@pytest.mark.parametrize("kind", [bytes(range(256)), b"\x00\x80\xfe\xff", bytes(range(128)), b"abc xyz.,\n"])
def test_no_noise_is_recognised(kind: bytes) -> None:
    for seed in range(5):
        noise = bytes(random.Random(seed).choices(kind, k=1000))
        assert guesses([(noise, AT)])[0].score < RECOGNISED


@settings(max_examples=10, deadline=None, database=None)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_whatever_comes_there_is_a_guess_of_every_dialect(pieces: list[bytes]) -> None:
    found = guesses([(piece, AT) for piece in pieces])
    assert sorted(guess.dialect for guess in found) == names()
    assert all(0 <= guess.score <= 1 for guess in found)


@pytest.mark.parametrize("right", ["Молоко 3,2% 0,9 л", "MILK 3.2%", "Яйцо С1 10шт", "Brötchen"])
def test_a_name_read_in_the_wrong_character_set_is_less_legible(right: str) -> None:
    assert legible(right) > 0.9
    for charset, other in (("cp866", "cp1251"), ("cp1251", "cp866"), ("utf-8", "cp866"), ("cp1252", "cp866")):
        try:
            misread = right.encode(charset).decode(other)
        except UnicodeError:
            continue
        assert misread == right or legible(misread) < legible(right)


def test_a_serial_line_is_tried_as_it_was_named_first_and_never_twice() -> None:
    tried = list(settings_of({"kind": "serial", "port": "/dev/x", "baud": 19200}))
    assert tried[0] == {"kind": "serial", "port": "/dev/x", "baud": 19200}
    kinds = [(t["baud"], t.get("bytesize", 8), t.get("parity", "N")) for t in tried]
    assert len(kinds) == len(set(kinds)) == 28
    assert list(settings_of({"kind": "udp", "port": 5})) == [{"kind": "udp", "port": 5}]


def test_the_settings_of_a_guess_are_toml_that_the_register_reads() -> None:
    guess = guesses(arrived(RECORDINGS / "native" / "two_sales.bin"))[0]
    table: dict[str, Any] = tomllib.loads(fragment(Heard({"kind": "serial", "port": "/dev/x", "baud": 9600}, 1, [guess], None)))
    assert table["lane"] == [{"till": "1", "dialect": "native", "source": {"kind": "serial", "port": "/dev/x", "baud": 9600}}]


@pytest.fixture
def till() -> Iterator[tuple[int, str]]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_a_live_port_is_found_out(till: tuple[int, str], tmp_path: Path) -> None:
    master, port = till
    with Program(tillside("listen", "--serial", port, "--detect", "--seconds", "60"), tmp_path / "log") as program:
        program.says("at 9600 baud")
        os.write(master, (RECORDINGS / "native" / "two_sales.bin").read_bytes()[:4000])
        program.says("likeliest native")
        assert program.process.wait() == 0
        assert 'dialect = "native"' in program.words()


def detected(*words: str) -> tuple[str, list[str]]:
    """The sentence with which it ends and the settings that it heard, where it finds nothing: no settings are printed."""
    ended = completed(tillside("listen", *words, "--detect"))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Traceback" not in ended.stderr
    *heard, last = ended.stderr.splitlines()
    return last, [line for line in heard if " bytes, " in line]


def test_of_a_port_that_is_not_there_no_setting_is_tried() -> None:
    told, heard = detected("--serial", "/dev/nope")
    assert told.startswith("tillside: /dev/nope is not there (ports on this machine: ")
    assert told.endswith("): plug it in or name another")
    assert heard == []


def test_of_what_is_no_port_no_setting_is_tried(tmp_path: Path) -> None:
    (tmp_path / "port").write_bytes(b"")
    told, heard = detected("--serial", str(tmp_path / "port"))
    assert told.startswith(f"tillside: {tmp_path / 'port'} cannot be opened (")
    assert heard == []


def test_silence_ends_with_what_to_look_at(till: tuple[int, str]) -> None:
    """The time is that of the whole, and the first settings have it."""
    told, heard = detected("--serial", till[1], "--seconds", "3")
    assert told.startswith(f"tillside: nothing was said on {till[1]} in 3 s: ring something up")
    assert [line.partition(" at ")[2] for line in heard] == [
        "9600 baud 8N1: 0 bytes, silence",
        "19200 baud 8N1: 0 bytes, silence",
    ]
    port = str(free_port())
    told, heard = detected("--udp", port, "--seconds", "0.2")
    assert told.startswith(f"tillside: nothing was said on udp {port} in 0 s: ring something up")
    assert len(heard) == 1


def test_noise_ends_with_what_to_do(till: tuple[int, str], tmp_path: Path) -> None:
    master, port = till
    listen = tillside("listen", "--serial", port, "--detect", "--seconds", "3")
    with Program(listen, tmp_path / "log", talks=True) as program:
        program.says("at 9600 baud")
        os.write(master, random.Random(1).randbytes(1000))
        assert program.process.wait() == 1
        assert program.process.stdout is not None
        assert program.process.stdout.read() == b""
        told = program.words().splitlines()[-1]
    # How many depends on how long the machine takes to tell what was heard.
    assert re.sub(r"\([0-9]+ of", "(N of", told) == (
        f"tillside: nothing was recognised in up to 1000 bytes of {port} (N of 28 settings were tried): ring up several items "
        "while it listens with --seconds 140, or record it with --raw FILE instead of --detect"
    )


def test_the_whole_is_shared_out_over_all_settings(till: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[float] = []

    async def hear(source: dict[str, Any], seconds: float) -> Heard:
        heard.append(seconds)
        return Heard(source, 0, [], None)

    monkeypatch.setattr(survey, "_hear", hear)
    with pytest.raises(SourceError, match="in 560 s"):
        asyncio.run(survey.survey({"kind": "serial", "port": till[1], "baud": 9600}, 560))
    assert len(heard) == 28
    # Nobody heard anything in no time: each leaves its share to those that follow.
    assert heard[0] == pytest.approx(20, abs=1)
    assert heard[-1] <= 560
