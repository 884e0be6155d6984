"""Two reports that say the same: numbers but for the rounding of sums, parts and remarks in any order."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from model_export.worth.reading import Report


def same(one: Report, other: Report) -> None:
    _same(_keyed(one), _keyed(other), "")


def _keyed(report: Report) -> dict[str, Any]:
    told = msgspec.to_builtins(report)
    told["compared"] = {(part["metric"], part["arm"]): part for part in told["compared"]}
    told["parts"] = {
        (part["kind"], part["name"], part["compared"]["metric"], part["compared"]["arm"]): part for part in told["parts"]
    }
    told["remarks"] = sorted((part["rule"], part["receipts"], sorted(part["named"].split(", "))) for part in told["remarks"])
    return told


def _same(one: Any, other: Any, where: str) -> None:
    assert type(one) is type(other), where
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            _same(one[key], other[key], f"{where} {key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), where
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            _same(mine, theirs, f"{where} {place}")
    elif isinstance(one, float):
        assert math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-9), f"{where}: {one} {other}"
    else:
        assert one == other, f"{where}: {one} {other}"
