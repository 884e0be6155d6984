"""Why people come to the sample grocery, read from missions.toml into tables by mission, hour, weekday, store and family.

A mission draws families, not products: which milk it is, is a matter of taste, shelf and price (`receipts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from model_export.sample.grocery import CLOSES, OPENS, goods

if TYPE_CHECKING:
    from numpy.typing import NDArray

STORES = ("S1", "S2", "S3")
_STORE_SIZE = (0.4, 0.32, 0.28)
_WEEK = (0.94, 0.93, 0.96, 1.0, 1.2, 1.22, 1.02)
"""How busy Monday to Sunday are, before each mission's own week."""


class _Mission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    weight: float
    hours: tuple[float, ...]
    week: tuple[float, ...]
    stores: tuple[float, float, float]
    browse: float
    families: dict[str, float]


class Follow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    when: str
    then: str
    chance: float


class _Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mission: tuple[_Mission, ...]
    follow: tuple[Follow, ...]
    more_pieces: dict[str, float]
    kilograms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """The missions as tables. M missions, F families, 14 opening hours."""

    names: tuple[str, ...]
    families: tuple[str, ...]
    traffic: NDArray[np.float64]
    """(7, M, stores, hours): how many receipts, relative to one another."""
    chances: NDArray[np.float64]
    """(M, F): the chance that a receipt holds the family because of the mission."""
    browsing: NDArray[np.float64]
    """(M, F): the chance that it does for no reason at all."""
    follows: tuple[Follow, ...]
    more_pieces: NDArray[np.float64]
    """(F,): mean pieces beyond the first."""
    kilograms: NDArray[np.float64]
    """(F,): median weight of what is weighed."""


@cache
def plan() -> Plan:
    page = msgspec.toml.decode((files("model_export.sample") / "missions.toml").read_bytes(), type=_Page)
    families = tuple(dict.fromkeys(good.family for good in goods()))
    popularity = dict.fromkeys(families, 0.0)
    for good in goods():
        if good.kind == "goods":
            popularity[good.family] += good.share
    liked = np.array([popularity[family] for family in families]) ** 0.8
    traffic = np.einsum(
        "w,m,mw,ms,s,mh->wmsh",
        np.array(_WEEK),
        np.array([mission.weight for mission in page.mission]),
        np.array([mission.week for mission in page.mission]),
        np.array([mission.stores for mission in page.mission]),
        np.array(_STORE_SIZE),
        np.array([_shares(mission.hours) for mission in page.mission]),
    )
    return Plan(
        names=tuple(mission.name for mission in page.mission),
        families=families,
        traffic=traffic,
        chances=np.array([[mission.families.get(family, 0.0) for family in families] for mission in page.mission]),
        browsing=np.array([mission.browse for mission in page.mission])[:, None] * (liked / liked.sum())[None, :],
        follows=page.follow,
        more_pieces=np.array([page.more_pieces.get(family, 0.06) for family in families]),
        kilograms=np.array([page.kilograms.get(family, 0.0) for family in families]),
    )


def _shares(hours: tuple[float, ...]) -> NDArray[np.float64]:
    assert len(hours) == CLOSES - OPENS
    return np.array(hours) / sum(hours)
