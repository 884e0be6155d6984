"""A shopper's profile as a bundle keeps it: shares of items in ten-thousandths, largest first; 64 items take some 600 bytes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from device.domain import Sku
from device.errors import BundleError


def pack(shares: Mapping[Sku, float]) -> bytes:
    top = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
    return msgspec.msgpack.encode([(sku, round(share * 10_000)) for sku, share in top])


def unpack(content: bytes) -> dict[Sku, float]:
    try:
        return {sku: share / 10_000 for sku, share in msgspec.msgpack.decode(content, type=list[tuple[Sku, int]])}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"a profile in the bundle cannot be read: {error}") from error
