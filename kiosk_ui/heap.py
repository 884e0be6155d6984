"""The memory of a face's process, as glibc hands it out (mallopt(3)). On another C library nothing is changed."""

from __future__ import annotations

import ctypes
from typing import Final

_M_ARENA_MAX: Final = -8
_M_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 1024 * 1024
"""Bytes: bitmaps of a whole screen are more, pictures of a card less, which the heap hands out faster."""


def keep_small() -> None:
    """One heap for all threads: glibc's default of one for each leaves 8 MiB of drawn pictures lying in the others.

    What is large comes and goes by itself: glibc would soon put it into the heap, whose holes take 3 to 10 MiB.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
