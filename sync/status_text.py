"""The status of headquarters for a terminal of 80 columns. Pure.

Names come from registers, and from whoever wrote to the broker: what could move a cursor or turn the direction of writing is
not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from device.amounts import decimals_of, written
from device.words import clean
from sync.central import Compared
from sync.status import HeadquartersState, Reason, RegisterAtHeadquarters, Standing

COLUMNS: Final = 80
MOST: Final = 50
"""Registers that are shown unless all are asked for."""
_MARK: Final = {Standing.ALARM: "!", Standing.LATE: "*", Standing.BEHIND: "-", Standing.WELL: " "}
_HEADING: Final = f"  {'REGISTER':20} {'STORE':9} {'LAST HEARD, UTC':16} {'RECEIPTS':>9} {'WAIT':>7} {'MISSING':>9}"


def text(state: HeadquartersState, most: int | None = MOST) -> str:
    """`most`: how many registers, and batches in quarantine, are shown; None: all."""
    lines = [f"bundle published: {shown(state.published or 'none', 40)}"]
    if not state.registers:
        return "\n".join([*lines, "no register has been heard yet"])
    counts = ", ".join(f"{count} {standing}" for standing, count in state.standings.items())
    lines += [f"{len(state.registers)} registers: {counts}", _HEADING]
    for register in state.registers[:most]:
        lines += _register(register)
    if (more := len(state.registers[most:] if most is not None else [])) > 0:
        lines.append(f"and {more} registers more, none worse: --all shows them")
    lines += [line for one in state.compared for line in _folded(comparison(one), "")]
    for batch in state.quarantine[:most]:
        name = batch.sha256[:12] or "no room"
        told = f"refused from {shown(batch.device, 64)} at {batch.at}, {batch.times} times ({name}): {shown(batch.why, 400)}"
        lines += _folded(told, "")
    if most is not None and len(state.quarantine) > most:
        lines.append(f"and {len(state.quarantine) - most} batches more in quarantine: `headquarters quarantine list`")
    return "\n".join(lines)


def comparison(one: Compared) -> str:
    said = "agree" if one.agrees else "differ"
    decimals = decimals_of(one.currency)
    return (
        f"{shown(one.device, 64)} on {one.day}: headquarters has {one.receipts} receipts, {written(one.total, decimals)} "
        f"{shown(one.currency, 8)}; the till says {one.till_receipts}, {written(one.till_total, decimals)}: they {said}"
    )


def shown(words: str, width: int) -> str:
    """What may be printed of somebody's words, cut to a width."""
    plain = "".join(char for char in clean(words) if char.isprintable())
    return plain if len(plain) <= width else plain[: width - 1] + "…"


def _register(register: RegisterAtHeadquarters) -> Iterator[str]:
    heard = register.last_heard[:16].replace("T", " ")
    yield (
        f"{_MARK[register.standing]} {shown(register.device, 20):20} {shown(register.store, 9):9} {heard:16} "
        f"{register.receipts:>9} {register.waiting:>7} {register.missing:>9}"
    )
    for reason in register.reasons:
        yield from _folded(_because(reason, register), "    ")
    for said in register.ratings:
        mean = said.total / said.count
        yield from _folded(f"{said.count} visits rated on the scale '{said.scale}', {mean:.1f} on average", "    ")


def _because(reason: Reason, register: RegisterAtHeadquarters) -> str:
    match reason:
        case Reason.QUARANTINE:
            return f"{register.quarantined} batches in quarantine: `headquarters quarantine list`"
        case Reason.DIFFERS:
            return "a day differs from the till's own report, see below"
        case Reason.SILENT:
            return f"silent for {register.silent_days} days"
        case Reason.GAPS:
            ranges = ", ".join(f"{gap.lo}-{gap.hi} of {gap.epoch[:8]}" for gap in register.gaps)
            return f"missing: {ranges}" + (", and more" if _unnamed(register) else "")
        case Reason.WAITING:
            return f"{register.waiting} records waited there when it was last heard"
        case Reason.BUNDLE:
            days = f", {register.bundle_days} days older than the published one" if register.bundle_days else ""
            return f"bundle {shown(register.bundle or 'none', 40)} (behind){days}"


def _unnamed(register: RegisterAtHeadquarters) -> bool:
    return sum(gap.hi - gap.lo + 1 for gap in register.gaps) < register.missing


def _folded(sentence: str, indent: str) -> list[str]:
    return wrap(sentence, COLUMNS, initial_indent=indent, subsequent_indent=indent + "  ")
