"""What a face does while nothing happens: it wanders, so that no panel burns in; between sales it turns slides and dims. Pure.

Everything that stands still moves by whole pixels, one a minute along each axis, at most four to each side; the two axes turn at
different times, so that the way is long before it repeats. A slide stands for ten seconds; after two minutes without a sale the
face is dimmed until the next begins. Time is counted from the face's first event.
"""

from __future__ import annotations

from dataclasses import dataclass

ORBIT_MS = 60_000
SLIDE_MS = 10_000
DIM_MS = 120_000
REACH = 4
"""Pixels to each side."""


@dataclass(frozen=True, slots=True)
class Rest:
    began: int | None = None
    """The first event of this face, in milliseconds."""
    idle_since: int | None = None
    """When the last sale went; None while one is open."""
    steps: int = 0
    """Minutes since it began."""
    slides: int = 0
    """How often the slide has turned since the last sale."""
    dimmed: bool = False


FRESH = Rest()


def rested(rest: Rest, at: int, *, idle: bool) -> Rest:
    """`idle`: no sale is on the glass."""
    began = at if rest.began is None else rest.began
    since = (at if rest.idle_since is None else rest.idle_since) if idle else None
    after = Rest(
        began,
        since,
        steps=(at - began) // ORBIT_MS,
        slides=0 if since is None else (at - since) // SLIDE_MS,
        dimmed=since is not None and at - since >= DIM_MS,
    )
    return rest if after == rest else after


def wakes(rest: Rest) -> list[int]:
    """When it next changes by itself."""
    if rest.began is None:
        return []
    due = [rest.began + (rest.steps + 1) * ORBIT_MS]
    if rest.idle_since is not None:
        due.append(rest.idle_since + (rest.slides + 1) * SLIDE_MS)
        if not rest.dimmed:
            due.append(rest.idle_since + DIM_MS)
    return due


def drift(steps: int) -> tuple[int, int]:
    """Where the face stands after so many steps, in pixels right and down of where it began."""
    return _swing(steps, REACH), _swing(steps, REACH - 1)


def _swing(steps: int, reach: int) -> int:
    """0, 1 ... reach ... 0 ... -reach ... 0 and so on, one a step."""
    turn = steps % (4 * reach)
    return turn if turn <= reach else 2 * reach - turn if turn <= 3 * reach else turn - 4 * reach
