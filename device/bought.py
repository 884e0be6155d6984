"""Whether a shopper ever bought an item: what the profile names, and a filter of all the rest in a few bytes. Pure.

A Bloom filter (Bloom, 1970): an item sets `k` of `m` bits, and was never bought when one of its bits is not set. So what was
bought is always found, and of what was not a share is taken for bought, about (1 - exp(-k n / m)) ** k with n items in it; the
error is a new item that is not offered as new. Bits: h1 + i h2 modulo m for i < k, with the two halves of the item's 64-bit
BLAKE2b as little-endian numbers (Kirsch and Mitzenmacher, 2006). The first byte is k, the others are the bits, lowest first.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass
from typing import Final

from device.domain import Sku

MOST_HASHES: Final = 4
_HALF: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Filter:
    content: bytes
    """Two bytes at least, of which the first is 1 to `MOST_HASHES`: see `sound`."""

    def __contains__(self, sku: object) -> bool:
        bits = self.content[1:]
        return all(bits[bit >> 3] >> (bit & 7) & 1 for bit in _bits(str(sku), self.content[0], 8 * len(bits)))


@dataclass(frozen=True, slots=True)
class Bought:
    """All that a profile says was bought."""

    named: frozenset[Sku]
    others: Container[Sku]

    def __contains__(self, sku: object) -> bool:
        return sku in self.named or sku in self.others


def packed(skus: Collection[Sku], most: int) -> bytes:
    """In so many bytes at most, one for each item where there is room; nothing where there is nothing, or no room."""
    size = min(len(skus), most - 1)
    if size < 1:
        return b""
    hashes = min(max(round(8 * size / len(skus) * math.log(2)), 1), MOST_HASHES)
    bits = bytearray(size)
    for sku in skus:
        for bit in _bits(sku, hashes, 8 * size):
            bits[bit >> 3] |= 1 << (bit & 7)
    return bytes((hashes, *bits))


def sound(content: bytes) -> bool:
    return len(content) > 1 and 1 <= content[0] <= MOST_HASHES


def _bits(sku: str, hashes: int, bits: int) -> Iterator[int]:
    told = int.from_bytes(hashlib.blake2b(sku.encode(), digest_size=8).digest(), "little")
    low, high = told % _HALF, told // _HALF
    return ((low + turn * high) % bits for turn in range(hashes))
