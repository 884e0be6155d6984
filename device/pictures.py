"""What a product picture may be: PNG, JPEG, WebP, or a plain SVG drawing. Pure.

An SVG is a program of sorts. One that refers to anything (other files, parts of itself that repeat a thousandfold, scripts,
styles from elsewhere) or is packed may freeze a screen, fill its memory or show a file of this machine. So only drawings that
refer to nothing but their own gradients are let through; asked when a bundle is made and again when a register lays pictures out.
"""

from __future__ import annotations

import re
from typing import Final

MAX_SVG_BYTES: Final = 256 * 1024
_RASTER: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_FORBIDDEN: Final = re.compile(
    rb"<\s*(?:[a-z]+:)?(?:use|image|script|style|foreignobject|iframe|a|animate\w*|set|tspan|text|filter|pattern|mask|marker)\b"
    rb"|<!doctype|<!entity|<\?xml-stylesheet|@import"
    # A gradient may take its stops over from another by `#name`; everything else that is referred to is elsewhere.
    rb"|href\s*=\s*[\"'](?!#)|url\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)


def harmless(content: bytes) -> bool:
    if content.startswith(_RASTER):
        return True
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<") and b"<svg" in head and len(content) <= MAX_SVG_BYTES and _FORBIDDEN.search(content) is None
