"""Experiments as files: one in the middle of the shop's year, changed as a test wants it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from device.arms import Experiment, parse

EXPERIMENT: Final[dict[str, Any]] = {"name": "spring", "key": "0123456789abcdef" * 3}


def text(
    *,
    name: str = "spring",
    unit: str = "receipt",
    shares: Sequence[int] = (1, 1),
    stores: Sequence[str] = (),
    policy: str = "",
    receipts: int = 20_000,
    days: tuple[str, str] = ("2026-05-01", "2026-06-30"),
    decides: str = "",
    stopped: tuple[str, str] = ("", ""),
) -> str:
    """The first arm shows nothing; `policy` is the second one's own. A third and later ones show two cards and more."""
    lines = [
        f'name = "{name}"',
        f'key = "{EXPERIMENT["key"]}"',
        f'unit = "{unit}"',
        f"first_day = {days[0]}",
        f"last_day = {days[1]}",
        f"stores = {list(stores)}",
        f"receipts = {receipts}",
    ]
    lines += [f'decides = "{decides}"'] if decides else []
    names = ("control", "treatment", "third", "fourth")
    for number, share in enumerate(shares):
        lines += ["[[arm]]", f'name = "{names[number]}"', f"share = {share}"]
        if number == 0:
            lines.append("faces = []")
        if number == 1 and policy:
            lines.append(f"policy = {policy}")
        if number > 1:
            lines.append(f"policy = {{cards = {number}}}")
    if stopped[0]:
        lines += ["[[stopped]]", f'arm = "{stopped[0]}"', f"day = {stopped[1]}", 'why = "till: too slow"']
    return "\n".join(lines) + "\n"


def experiment(**changes: Any) -> Experiment:
    return parse(text(**changes).encode(), "experiment.toml")
