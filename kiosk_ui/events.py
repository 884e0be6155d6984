"""What can happen to a face. Every event says when, in milliseconds of a clock that never goes back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from device.screen_link import FromDaemon, Snapshot


class Button(StrEnum):
    """What a finger can touch. All but the alternates and the ratings stand once on the face."""

    ACCEPT = "accept"
    DISMISS = "dismiss"
    OUT_OF_STOCK = "out_of_stock"
    LESS = "less"
    """Less like this; only where the shopper is known."""
    UNDO = "undo"
    ALTERNATE = "alternate"
    RATE = "rate"
    """Customer only."""


@dataclass(frozen=True, slots=True)
class Connected:
    at: int


@dataclass(frozen=True, slots=True)
class Disconnected:
    at: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """The process before this one was killed with that on the glass."""

    snapshot: Snapshot
    at: int


@dataclass(frozen=True, slots=True)
class Heard:
    """One word of the daemon, already checked for its form."""

    word: FromDaemon
    at: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """Nothing happened but time."""

    at: int


@dataclass(frozen=True, slots=True)
class FingerDown:
    button: Button
    at: int
    which: str = ""
    """Which alternate, or the score; the other buttons belong to the hero or to the undo that is offered."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """The finger left the button inside it, after a `FingerDown` on the same."""

    button: Button
    at: int


@dataclass(frozen=True, slots=True)
class FingerUp:
    """The finger is off the button, wherever it left it; after the `Tapped` it may have been."""

    button: Button
    at: int


@dataclass(frozen=True, slots=True)
class FrameShown:
    """A frame that shows the present state is on the glass."""

    at: int


Event = Connected | Disconnected | Remembered | Heard | Ticked | FingerDown | Tapped | FingerUp | FrameShown
