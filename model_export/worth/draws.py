"""Which arm the key of an experiment draws, asked in the engine: the same HMAC-SHA256 as `device.arms` reckons on the register.

HMAC (RFC 2104) is two SHA-256, which DuckDB and PostgreSQL both have, under other names and types: each has its `_Dialect`. The
number that `device.arms` makes of the first 8 bytes d is `d * shares >> 64`; it is below an end exactly when d is below
`ceil(end * 2**64 / shares)`, and 16 hexadecimal digits compare as the numbers do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import ibis

if TYPE_CHECKING:
    from device.arms import Experiment

_BLOCK: Final = 64
"""Bytes that SHA-256 takes at a time: as long is the key made."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    utf8: Callable[[Any], Any]
    """Text to bytes."""
    joined: Callable[[Any, Any], Any]
    unhex: Callable[[Any], Any]
    """Hexadecimal digits to bytes."""
    sha256: Callable[[Any], Any]
    """Bytes to bytes."""
    hexadecimal: Callable[[Any], Any]


def _one(told: Any) -> None:
    """The shape of an engine's function of one value."""


def _two(told: Any, other: Any) -> None:
    """And of two."""


def _function(name: str, takes: tuple[str, ...], gives: str) -> Callable[..., Any]:
    """An engine's own function."""
    function: Callable[..., Any] = ibis.udf.scalar.builtin(_one if len(takes) == 1 else _two, name=name, signature=(takes, gives))
    return function


def _duckdb() -> _Dialect:
    sha256, unhex = _function("sha256", ("bytes",), "str"), _function("unhex", ("str",), "bytes")
    utf8, joined = _function("encode", ("str",), "bytes"), _function("concat", ("bytes", "bytes"), "bytes")
    lower_hex = _function("hex", ("bytes",), "str")
    return _Dialect(utf8, joined, unhex, lambda told: unhex(sha256(told)), lambda told: lower_hex(told).lower())


def _postgresql() -> _Dialect:
    decode, encode = _function("decode", ("str", "str"), "bytes"), _function("encode", ("bytes", "str"), "str")
    utf8, joined = _function("convert_to", ("str", "str"), "bytes"), _function("byteacat", ("bytes", "bytes"), "bytes")
    sha256 = _function("sha256", ("bytes",), "bytes")
    return _Dialect(
        lambda told: utf8(told, "UTF8"), joined, lambda told: decode(told, "hex"), sha256, lambda told: encode(told, "hex")
    )


_DIALECTS: Final = {"duckdb": _duckdb(), "postgres": _postgresql()}
"""By the engine's name in Ibis."""


def drawn(unit: Any, experiment: Experiment, backend: str) -> Any:
    """The place of the arm among the experiment's, -1 for no unit: an expression of text `unit`."""
    digits = hmac(unit, experiment.key, experiment.name, backend)
    ends = list(accumulate(arm.share for arm in experiment.arm))
    below = [f"{-(-(end << 64) // ends[-1]):016x}" for end in ends[:-1]]
    return ibis.cases((unit.isnull(), -1), *((digits < least, place) for place, least in enumerate(below)), else_=len(ends) - 1)


def hmac(unit: Any, key: str, name: str, backend: str) -> Any:
    """The first 16 hexadecimal digits of HMAC-SHA256(key, name NUL unit)."""
    secret = key.encode()
    if len(secret) > _BLOCK:
        secret = hashlib.sha256(secret).digest()
    secret = secret.ljust(_BLOCK, b"\0")
    inner = bytes(byte ^ 0x36 for byte in secret) + name.encode() + b"\0"
    outer = bytes(byte ^ 0x5C for byte in secret)
    say = _DIALECTS[backend]
    inside = say.sha256(say.joined(say.unhex(inner.hex()), say.utf8(unit)))
    return say.hexadecimal(say.sha256(say.joined(say.unhex(outer.hex()), inside))).substr(0, 16)
