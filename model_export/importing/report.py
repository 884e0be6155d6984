"""What an import did: counts, and why something was refused, with the first places of each reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from model_export.importing.found import Refusal, State
from model_export.whole import appears_whole
from sync.central.past import Kept, Mark, PastReceipt

MOST_EXAMPLES: Final = 100
"""Of one reason, in the report file."""
SHOWN: Final = 3
MOST_REASONS: Final = 200
USUAL_SHARE: Final = 0.05
"""Of receipts; when more are of wholesale size, the bounds are probably not this shop's."""
_SPOKEN: Final = {
    Mark.VOID: "voided",
    Mark.RETURN: "returned",
    Mark.TRAINING: "training sales",
    Mark.NOT_GOODS: "bags, deposits, services or gift cards",
    Mark.WHOLESALE: "wholesale-size",
}


class Example(msgspec.Struct, frozen=True):
    place: int
    what: str


class Reason(msgspec.Struct):
    receipts: int = 0
    lines: int = 0
    examples: list[Example] = []


class Report(msgspec.Struct):
    """Counts of one file; kept with each batch, so that an import that goes on reports the whole."""

    file: str
    new: int = 0
    known: int = 0
    renewed: int = 0
    replaced: int = 0
    lines: int = 0
    marked_receipts: dict[str, int] = {}
    marked_lines: dict[str, int] = {}
    refused: dict[str, Reason] = {}
    resumed: bool = False
    cut_off: str | None = None

    @property
    def kept(self) -> int:
        return self.new + self.known + self.replaced

    def count(self, receipt: PastReceipt) -> None:
        self.lines += len(receipt.lines)
        for mark in Mark(receipt.marks):
            self.marked_receipts[_SPOKEN[mark]] = self.marked_receipts.get(_SPOKEN[mark], 0) + 1
        for line in receipt.lines:
            if line.marks:
                for mark in Mark(line.marks):
                    self.marked_lines[_SPOKEN[mark]] = self.marked_lines.get(_SPOKEN[mark], 0) + 1

    def refuse(self, refusal: Refusal) -> None:
        why = refusal.why if refusal.why in self.refused or len(self.refused) < MOST_REASONS else "other reasons"
        reason = self.refused.setdefault(why, Reason())
        reason.receipts += refusal.receipt
        reason.lines += refusal.lines
        if len(reason.examples) < MOST_EXAMPLES:
            reason.examples.append(Example(refusal.place, refusal.what))

    def settle(self, kept: Kept) -> None:
        self.new += kept.new
        self.known += kept.known
        self.renewed += kept.renewed
        self.replaced += kept.replaced

    def told(self) -> Iterator[str]:
        """For a person."""
        renewed = f", {self.renewed} of these with other marks, names or consent now" if self.renewed else ""
        replaced = f", {self.replaced} replaced" if self.replaced else ""
        resumed = " (gone on where it stopped)" if self.resumed else ""
        yield f"{self.file}: {self.new} receipts are new, {self.known} were here already{renewed}{replaced}{resumed}"
        for of, marked in (("receipts", self.marked_receipts), ("lines", self.marked_lines)):
            if marked:
                yield f"  kept and left out of training, {of}: {', '.join(f'{count} {what}' for what, count in marked.items())}"
        large = self.marked_receipts.get(_SPOKEN[Mark.WHOLESALE], 0)
        if large > self.kept * USUAL_SHARE:
            yield "  that many are no exception: if these are ordinary sales, raise --wholesale-items and --wholesale-pieces"
        for why, reason in sorted(self.refused.items(), key=lambda pair: -pair[1].lines):
            count = f"{reason.receipts} receipts" if reason.receipts else f"{reason.lines} lines"
            places = "; ".join(f"line {one.place}" + (f" ({one.what})" if one.what else "") for one in reason.examples[:SHOWN])
            yield f"  refused {count}: {why}: {places}{', ...' if reason.lines > SHOWN else ''}"
        if self.cut_off is not None:
            yield f"  {self.cut_off}"


class Progress(msgspec.Struct, frozen=True):
    """What is kept in the central store beside a batch: from where to read on, and the report so far."""

    state: State
    report: Report


def write(path: Path, reports: Iterable[Report]) -> None:
    """JSON lines: a summary of each file, then its refusals with their places. The file appears whole or not at all.

    TrainingError when it cannot be written.
    """
    lines = []
    for report in reports:
        summary = {name: getattr(report, name) for name in ("file", "new", "known", "renewed", "replaced", "lines")}
        marked = {"marked_receipts": report.marked_receipts, "marked_lines": report.marked_lines}
        lines.append(msgspec.json.encode(summary | marked | {"cut_off": report.cut_off}))
        for why, reason in report.refused.items():
            counts = {"file": report.file, "refused": why, "receipts": reason.receipts, "lines": reason.lines}
            lines.append(msgspec.json.encode(counts | {"examples": reason.examples}))
    with appears_whole(path) as unfinished:
        unfinished.write_bytes(b"\n".join(lines) + b"\n")
