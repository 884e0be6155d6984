"""Colours: a named palette, and what light and shade make of a colour."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

PALETTE = {
    "white": "#fbfaf6",
    "cream": "#fbeecb",
    "silver": "#dfe4e8",
    "grey": "#b4bcc4",
    "charcoal": "#3b424b",
    "black": "#2a2523",
    "red": "#e0352f",
    "crimson": "#b81f3d",
    "coral": "#ff7e5f",
    "rose": "#f0597f",
    "pink": "#f79ab4",
    "peach": "#ffb98a",
    "orange": "#f98a1c",
    "amber": "#f6b02c",
    "gold": "#efc14a",
    "yellow": "#ffd93b",
    "mustard": "#d9a520",
    "honey": "#eea11c",
    "lime": "#a3cf3e",
    "green": "#3fa34d",
    "emerald": "#1fae6b",
    "forest": "#1f6b45",
    "olive": "#7d8a2e",
    "teal": "#17a398",
    "sky": "#6cbdf0",
    "blue": "#2473d3",
    "navy": "#22407f",
    "violet": "#8257c9",
    "plum": "#7c2f63",
    "tan": "#dd9f55",
    "wheat": "#e9c77d",
    "sand": "#e8c6a0",
    "speckled": "#e9dcc0",
    "brown": "#8a5230",
    "cocoa": "#6f4127",
    "dark": "#4a2b1c",
    "milk": "#9a6240",
    "nutty": "#834f2f",
    "rye": "#8d5730",
    "kraft": "#c99b66",
    "honeycomb": "#f2b632",
    "latte": "#d8b48a",
    "cola": "#4a2116",
    "kvass": "#8a4a1e",
    "tea": "#c9771f",
    "almond": "#e0a55c",
    "cherry": "#b0173a",
}


@dataclass(frozen=True, slots=True)
class Ink:
    """What one drawing is coloured with: its body, a second colour, and the emblem printed on it (may be empty)."""

    body: str
    accent: str
    mark: str = ""


def colour(name: str) -> str:
    """`#rrggbb` of a palette name; a value that is already one stays."""
    return name if name.startswith("#") else PALETTE[name]


def mix(one: str, other: str, share: float) -> str:
    """`share` of the other colour in the one, 0 to 1, channel by channel."""
    pairs = zip(_channels(colour(one)), _channels(colour(other)), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def light(name: str, amount: float) -> str:
    """Towards a warm white."""
    return mix(name, "#fffdf6", amount)


def shade(name: str, amount: float) -> str:
    """Darker by `amount`, 0 to 1, and richer, as a shaded side is; never towards grey."""
    red, green, blue = (channel / 255 for channel in _channels(colour(name)))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    deeper = colorsys.hsv_to_rgb(hue, min(1.0, saturation * (1 + 0.4 * amount)), value * (1 - 0.9 * amount))
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in deeper)


def bright(name: str) -> bool:
    """Whether dark print reads better on it than white."""
    red, green, blue = _channels(colour(name))
    return 0.299 * red + 0.587 * green + 0.114 * blue > 160


def _channels(value: str) -> tuple[int, int, int]:
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)
