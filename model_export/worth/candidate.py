"""A candidate before it is shipped: what it would have earned (`learning.outlook`), and the offline table (`promote`).

Both are asked of the central store's receipts, and either may lack what it needs: then the other stands alone, and why is said.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Final

import msgspec

from device.bundle import Bundle
from device.errors import HistoryError, TrainingError
from model_export import promote
from model_export.compare import ComparisonError
from model_export.learning import outlook
from model_export.learning.outlook import Outlook
from model_export.promote import Verdict
from model_export.registers import open_outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from device.policy_settings import Policy
    from model_export.training import Progress

LATEST: Final = 500
"""Receipts of each store at most, and how much worse the candidate may look by chance: as `tillside promote` has them."""
TOLERANCE: Final = 0.01


class Candidate(msgspec.Struct, frozen=True):
    outlook: Outlook
    offline: Verdict | None
    """None: there is nothing to compare by."""
    lacking: str = ""
    """Of the offline table: usable, later, popularity (see `compare`), or receipts; "" where there is one."""
    found: int = 0
    """Receipts that could be asked about, where these are too few."""
    cannot: str = ""
    """The same as a sentence."""


def look(
    url: str, bundle: Path, yesterday: Path | None, policy: Policy, seed: int, progress: Progress, *, seen: bool
) -> Candidate:
    """`yesterday`: the bundle that is out; without it popularity alone is compared with. `seen`: as `promote` has it."""
    with ExitStack() as opened:
        new = opened.enter_context(closing(Bundle.open(bundle)))
        old = None if yesterday is None else opened.enter_context(closing(Bundle.open(yesterday)))
        with closing(open_outcomes(url)) as store:
            told = outlook.look(store, new, policy, progress, seen=seen)
        try:
            history, first = promote.receipts(None, url), policy.card_first
            verdict = promote.judge(new, old, history, LATEST, TOLERANCE, seed, progress, seen=seen, card_first=first)
        except ComparisonError as error:
            return Candidate(told, None, error.lacking, error.found, str(error))
        except (HistoryError, TrainingError) as error:
            return Candidate(told, None, "receipts", 0, str(error))
    return Candidate(told, verdict)


def lines(told: Candidate) -> Iterator[str]:
    """For people."""
    yield from outlook.lines(told.outlook)
    yield ""
    if told.offline is None:
        yield f"there is no offline table: {told.cannot}"
    else:
        yield from promote.lines(told.offline)
