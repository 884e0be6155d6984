"""Campaigns as a bundle takes them: the file of `device.campaigns`, its pictures, and what the catalogue says of its items."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from device import campaigns
from device.errors import HistoryError
from device.pictures import harmless
from model_export.items import MOST_PICTURE_BYTES

if TYPE_CHECKING:
    from device.campaigns import Campaigns
    from device.catalogue import Item


@dataclass(frozen=True, slots=True)
class Running:
    text: bytes
    """The file."""
    pictures: Mapping[str, bytes]
    coupons: bool
    """It has some: a propensity has to be learnt."""


def read(path: Path, catalogue: Iterable[Item], segments: Collection[str]) -> Running:
    """SettingsError for the file itself; HistoryError that names everything that does not agree with catalogue and segments.

    `segments`: the names that profiles hold; none: nobody has been counted.
    """
    read_ = campaigns.read(path)
    pictures: dict[str, bytes] = {}
    wrong = list(_wrong(read_, {item.sku: item for item in catalogue}, segments))
    for name in sorted({one.picture for one in read_.campaign if one.picture is not None}):
        file = path.parent / name
        if file.is_file() and file.stat().st_size <= MOST_PICTURE_BYTES and harmless(content := file.read_bytes()):
            pictures[name] = content
        else:
            wrong.append(f"the picture {file} is missing, larger than {MOST_PICTURE_BYTES} bytes or no plain picture")
    if wrong:
        raise HistoryError("\n".join(f"{path}: {one}" for one in wrong))
    return Running(path.read_bytes(), pictures, any(one.coupon for one in read_.campaign))


def _wrong(running: Campaigns, items: Mapping[str, Item], segments: Collection[str]) -> Iterator[str]:
    for one in running.campaign:
        told = f"campaign '{one.name}'"
        for name in one.segments:
            if name not in segments:
                yield f"{told}: nobody is counted in segment '{name}': count it (`headquarters segments --keep`), give --segments"
        yield from (f"{told}: the catalogue has no item '{sku}'" for sku in sorted(one.skus) if sku not in items)
        for coupon in one.coupon:
            price = items[coupon.sku].price if coupon.sku in items else None
            if price is not None and coupon.price >= price:
                what = f"item '{coupon.sku}' costs {coupon.price} with code {coupon.code} and {price} without it"
                yield f"{told}: {what}: make it cheaper"
