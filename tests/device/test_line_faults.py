"""What a serial line says about a wrong baud rate or parity."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from pathlib import Path

import pytest
import serial
from fakes.device_sources import listening, said
from hypothesis import given
from hypothesis import strategies as st

from device.sources.line_faults import WINDOW, LineFaults, mark_damage, parity_suspicion

TEXT = b"COFFEE 3,50 TOTAL 12.90 MILK X2 BREAD #17 THANK YOU & COME BACK! " * 8


def marked(data: bytes, damaged: set[int]) -> bytes:
    """As the kernel gives it with INPCK and PARMRK: termios(3)."""
    return b"".join(
        b"\xff\0" + bytes([byte]) if at in damaged else b"\xff\xff" if byte == 0xFF else bytes([byte])
        for at, byte in enumerate(data)
    )


@given(st.binary(max_size=200), st.sets(st.integers(0, 199)), st.integers(1, 9))
def test_marks_are_taken_out_however_the_bytes_come(data: bytes, damaged: set[int], size: int) -> None:
    wire, faults = marked(data, damaged), LineFaults()
    assert b"".join(faults.clean(wire[at : at + size]) for at in range(0, len(wire), size)) == data


def test_a_line_that_damages_bytes_is_told_and_a_good_one_is_not() -> None:
    faults = LineFaults()
    faults.clean(marked(TEXT[:WINDOW], set()))
    assert faults.suspicion() is None
    faults.clean(marked(TEXT[:WINDOW], set(range(0, WINDOW, 10))))
    assert faults.suspicion() == "26 of 256 bytes came damaged: baud rate or parity is wrong, or the cable picks up noise"
    assert faults.suspicion() is None, "it was told"


@pytest.mark.parametrize(("odd", "letter"), [(0, "E"), (1, "O")])
def test_seven_bits_with_parity_read_as_eight_are_recognised(odd: int, letter: str) -> None:
    sent = bytes(byte | ((byte.bit_count() + odd) & 1) << 7 for byte in TEXT)
    told = parity_suspicion(sent)
    assert told is not None
    assert f'parity = "{letter}"' in told


@pytest.mark.parametrize(
    "data", [TEXT, "Молоко 3,2% 89.90 ИТОГО".encode("cp866") * 20, bytes(500), b"\xff" * 500, b"\x55\xd5" * 200]
)
def test_text_of_eight_bits_and_patterns_are_not_suspected(data: bytes) -> None:
    assert parity_suspicion(data) is None


def test_every_byte_of_a_marked_terminal_arrives_as_it_was_sent() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    with serial.Serial(os.ttyname(slave), timeout=0.2) as port:
        assert mark_damage(port)
        os.write(master, bytes(range(256)) + b"\xff\0A")
        faults = LineFaults()
        read = b""
        while len(read) < 259:
            read += faults.clean(port.read(64))
    os.close(master)
    os.close(slave)
    assert read == bytes(range(256)) + b"\xff\0A"


def test_a_suspicion_is_in_the_journal(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    master, slave = pty.openpty()
    tty.setraw(slave)

    async def story() -> None:
        async with listening(kind="serial", port=os.ttyname(slave)) as read:
            first = asyncio.create_task(read(len(TEXT)))
            await said(caplog, "at 9600 baud")
            os.write(master, bytes(byte | (byte.bit_count() & 1) << 7 for byte in TEXT))
            await first
            assert 'set bytesize = 7 and parity = "E"' in await said(caplog, "even parity")

    asyncio.run(story())
    os.close(master)
    os.close(slave)
