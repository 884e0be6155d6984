"""A chain's receipts as plain arrays, one element a receipt: as chains are played, and what the engine's answers are held to."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from device.arms import Experiment
from model_export.worth.judging import NONE
from model_export.worth.measuring import COLUMNS, MEASURED, code

HEADS = ("store", "device", "arm", "shopper", "day", "hour", "offset", "closed_s", "shown_in_ghosts", "drawn")
_UNIX = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Times are the shop's, `day` a proleptic ordinal, money is in minor units, NaN is not known, NONE is nobody or no arm."""

    stores: tuple[str, ...]
    devices: tuple[str, ...]
    arms: tuple[str, ...]
    currency: str
    store: NDArray[np.int64]
    device: NDArray[np.int64]
    arm: NDArray[np.int64]
    shopper: NDArray[np.int64]
    day: NDArray[np.int64]
    hour: NDArray[np.int64]
    offset: NDArray[np.int64]
    closed_s: NDArray[np.int64]
    shown_in_ghosts: NDArray[np.int64]
    drawn: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.store)

    def where(self, chosen: NDArray[np.bool_]) -> Columns:
        heads = {name: getattr(self, name)[chosen] for name in HEADS}
        values = {name: column[chosen] for name, column in self.values.items()}
        return Columns(self.stores, self.devices, self.arms, self.currency, **heads, values=values)


def rows_of(columns: Columns, tested: Experiment | None, seed: int = 1) -> pa.Table:
    """As measured rows: ids, and pseudonyms where shoppers are drawn, are such that the key draws the arm that `drawn` says."""
    chance = random.Random(seed)
    by_shopper = tested is not None and tested.unit == "shopper"

    def name_for(arm: int) -> str:
        while True:
            name = uuid.UUID(int=chance.getrandbits(128)).hex
            if arm < 0 or tested is None or tested.draw(name) is tested.arm[arm]:
                return name

    shoppers: dict[int, str] = {}
    for shopper, arm in zip(columns.shopper.tolist(), columns.drawn.tolist(), strict=True):
        if shopper >= 0 and (shopper not in shoppers or arm >= 0):
            shoppers.setdefault(shopper, "") if arm < 0 else None
            if not shoppers.get(shopper):
                shoppers[shopper] = name_for(arm) if by_shopper and arm >= 0 else ""
    shoppers = {shopper: name or name_for(-1) for shopper, name in shoppers.items()}
    names = [None if one < 0 else shoppers[one] for one in columns.shopper.tolist()]
    receipts = [name_for(-1 if by_shopper else arm) for arm in columns.drawn.tolist()]
    utc_day = columns.closed_s // 86_400 + _UNIX
    nth = np.arange(len(columns))
    in_arm = columns.arm >= 0
    made = {
        "utc_day": utc_day,
        "nth": nth,
        "rule": [None] * len(columns),
        "receipt": receipts,
        "identity": [code(name) for name in receipts],
        "store": np.array(columns.stores, object)[columns.store],
        "device": np.array(columns.devices, object)[columns.device],
        "currency": [columns.currency] * len(columns),
        "experiment": [tested.name if one and tested else None for one in in_arm.tolist()],
        "arm": [columns.arms[arm] if arm >= 0 else None for arm in columns.arm.tolist()],
        "shopper": names,
        "shopper_code": [None if name is None else code(name) for name in names],
        "day": columns.day,
        "hour": columns.hour,
        "ahead": columns.offset,
        "closed_s": columns.closed_s,
        "lied": columns.shown_in_ghosts,
        **{name: columns.values[name] for name in MEASURED},
    }
    kinds = {"string": pa.string(), "int32": pa.int32(), "int64": pa.int64(), "float64": pa.float64()}
    arrays = [pa.array(made[name], kinds[kind], from_pandas=True) for name, kind in COLUMNS.items()]
    return pa.table(arrays, names=list(COLUMNS))


def columns_of(rows: pa.Table, tested: Experiment | None) -> tuple[Columns, dict[str, int]]:
    """Measured rows as arrays, and how many are left out by which rule, worked out one by one."""
    arms = () if tested is None else tuple(arm.name for arm in tested.arm)
    left_out: dict[str, int] = {}
    seen: set[str] = set()
    kept = []
    for row in sorted(rows.to_pylist(), key=lambda row: (row["utc_day"], row["nth"])):
        rule = row["rule"] or ("twice" if row["receipt"] in seen else None)
        if rule:
            left_out[rule] = left_out.get(rule, 0) + 1
            continue
        seen.add(row["receipt"])
        kept.append(row)
    currencies = [row["currency"] for row in kept]
    main = max(dict.fromkeys(currencies), key=currencies.count, default="")
    others = sum(one != main for one in currencies)
    left_out |= {"currency": others} if others else {}
    kept = [row for row in kept if row["currency"] == main]
    stores, devices, shoppers = ({}, {}, {})

    def place(names: dict[str, int], name: str | None) -> int:
        return NONE if name is None else names.setdefault(name, len(names))

    heads: dict[str, list[int]] = {name: [] for name in HEADS}
    for row in kept:
        arm = drawn = NONE
        if tested is not None and row["experiment"] == tested.name and row["arm"] in arms:
            arm = arms.index(row["arm"])
            unit = row["receipt"] if tested.unit == "receipt" else row["shopper"]
            on_its_day = tested.first_day.toordinal() <= row["day"] <= tested.last_day.toordinal()
            drawn = tested.arm.index(tested.draw(unit)) if unit is not None and on_its_day else NONE
        told = (
            place(stores, row["store"]),
            place(devices, row["device"]),
            arm,
            place(shoppers, row["shopper"]),
            row["day"],
            row["hour"],
            row["ahead"],
            row["closed_s"],
            row["lied"],
            drawn,
        )
        for column, value in zip(heads.values(), told, strict=True):
            column.append(value)
    values = {name: np.array([np.nan if row[name] is None else row[name] for row in kept], np.float64) for name in MEASURED}
    arrays = {name: np.array(column, np.int64) for name, column in heads.items()}
    return Columns(tuple(stores), tuple(devices), arms, main, **arrays, values=values), left_out
