"""Stated probability against what was found, as a picture: one PNG, 1600 pixels wide, one curve for each thing asked.

A point is a tenth of the answers; its bar the 95 % interval of the share found. On the diagonal what is stated is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from model_export.evaluate.plots import GREEN, STYLE, save

if TYPE_CHECKING:
    from model_export.calibration import Group
    from model_export.evaluate import propensity
    from model_export.regulars import returns

_COLOURS: Final = (GREEN, "#c98a2b", "#5a6b8c")


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    groups: Sequence[Group]


def of_returns(found: returns.Found) -> tuple[Curve, ...]:
    return tuple(Curve(f"returns within {one.days} days, {one.shoppers:,} shoppers", one.reliability) for one in found.horizons)


def of_propensity(found: propensity.Found) -> tuple[Curve, ...]:
    return (Curve(f"bought without help, {found.answers:,} answers", found.reliability),)


def draw(curves: Sequence[Curve], path: Path) -> Path:
    import matplotlib as mpl  # noqa: PLC0415  # half a second, and only here
    from matplotlib.figure import Figure as Picture  # noqa: PLC0415

    with mpl.rc_context(cast("Any", STYLE)):
        picture = Picture(figsize=(10, 8), layout="constrained")
        axes = picture.subplots()
        most = max((max(group.stated, group.found) for one in curves for group in one.groups), default=1.0)
        axes.plot([0, 1.05 * most], [0, 1.05 * most], color="#9aa5b1", linewidth=1)
        for colour, one in zip(_COLOURS, curves, strict=False):
            found = np.array([group.found for group in one.groups])
            low, high = np.array([group.interval() for group in one.groups]).reshape(-1, 2).T
            bars = [np.maximum(found - low, 0), np.maximum(high - found, 0)]
            stated = [group.stated for group in one.groups]
            axes.errorbar(stated, found, yerr=bars, fmt="-o", color=colour, linewidth=2, label=one.name)
        axes.set_xlabel("probability stated, mean of a tenth")
        axes.set_ylabel("share found, with 95 % interval")
        axes.set_title("Reliability on later receipts")
        axes.grid(color="#e4e7eb")
        picture.legend(frameon=False, loc="outside lower center")
        save(picture, path)
    return path
