"""What may be a product picture: plain drawings, and nothing that refers to anything else."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from device.pictures import MAX_SVG_BYTES, harmless
from model_export.sample.folder import write

PLAIN = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480">%s</svg>'
GRADIENT = (
    b'<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient>'
    b'<linearGradient id="b" href="#a"/></defs><rect width="9" height="9" fill="url(#b)"/>'
)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN % b"",
        PLAIN % GRADIENT,
        b'<?xml version="1.0"?>' + PLAIN % b"<path d='M0 0'/>",
        b"\x89PNG\r\n\x1a\n...",
        b"\xff\xd8\xff...",
    ],
)
def test_a_plain_picture_is_let_through(content: bytes) -> None:
    assert harmless(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<html></html>",
        PLAIN % b'<use href="#a"/>',
        PLAIN % b'<image xlink:href="/etc/passwd"/>',
        PLAIN % b'<IMAGE href="../x.png"/>',
        PLAIN % b"<svg:script>1</svg:script>",
        PLAIN % b"<style>@import url(x)</style>",
        PLAIN % b'<rect fill="url(file:///x)"/>',
        PLAIN % b'<linearGradient href="http://elsewhere"/>',
        b'<!DOCTYPE svg [<!ENTITY x "y">]>' + PLAIN % b"",
        gzip.compress(PLAIN % b"", mtime=0),
        PLAIN % (b" " * MAX_SVG_BYTES),
    ],
)
def test_what_refers_to_something_or_is_packed_or_huge_is_not(content: bytes) -> None:
    assert not harmless(content)


def test_every_picture_of_the_sample_grocery_is_let_through(tmp_path: Path) -> None:
    write(tmp_path / "shop", receipts=50, until=date(2026, 5, 4))
    pictures = list((tmp_path / "shop" / "pictures").iterdir())
    assert len(pictures) > 200
    assert all(harmless(path.read_bytes()) for path in pictures)
