"""What `tillside doctor` says of bundles: the one in use, its experiment, its trial, and which were gone back from, when and why.

Trials are noted by the daemon (`device.trials`), what was gone back from by the sync program, in the table `unwanted` of sync.db:
a bundle by its identity, a file that was fetched and failed here by its SHA-256.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from device import arms, readonly, trials
from device.adviser import Adviser, from_best_sellers
from device.bundle import Bundle
from device.catalogue import read_best_sellers
from device.errors import TillsideError
from device.scorer import prove
from device.slots import slots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from device.arms import Experiment
    from device.settings import Settings
    from device.slots import Slots

_TOLD: Final = 3
"""Of those that are not wanted, the last ones."""
_SHA256_DIGITS: Final = 64


class Check(NamedTuple):
    kind: Literal["ok", "note", "fault"]
    says: str
    about: str = "bundle"


class _Unwanted(NamedTuple):
    bundle: str
    why: str
    at: str


def checks(known: Settings) -> Iterator[Check]:
    bare = from_best_sellers((), known.store, known.policy)
    if not known.bundle_db.exists():
        yield Check("note", f"none at {known.bundle_db} yet: best-sellers or nothing will be shown until the nightly sync")
        yield from _experiment(bare, None, known.experiment_file)
    else:
        try:
            with contextlib.closing(Bundle.open(known.bundle_db)) as bundle:
                adviser = Adviser(prove(bundle), bundle.catalogue, known.store, known.policy, bundle)
                yield _in_use(bundle, adviser)
                yield from _experiment(adviser, bundle.experiment, known.experiment_file)
        except TillsideError as error:
            yield Check("fault", str(error))
            yield from _experiment(bare, None, known.experiment_file)
        yield from _trials(slots(known.bundle_db), trials.read(Path(known.state_dir)))
    if known.best_sellers_file is not None:
        yield _best_sellers(Path(known.best_sellers_file))
    try:
        yield from map(_gone_back_from, _unwanted(known.sync_db))
    except sqlite3.Error as error:
        yield Check("note", f"{known.sync_db} cannot be read, so that nobody knows what was gone back from: {error}")


def _in_use(bundle: Bundle, adviser: Adviser) -> Check:
    identity = bundle.manifest.identity
    if adviser.unheard:
        told = f"policy.pin or policy.ban names what {identity} does not know: {', '.join(adviser.unheard)}"
        return Check("fault", f"{told}: correct the sku, or take the entry out")
    if adviser.mute:
        told = f"{identity} is sound, but not one of its items may be shown"
        return Check("fault", f"{told}: complete the catalogue (name, price, age limit, reach), or change policy.needs")
    return Check("ok", f"{identity}, {bundle.vocabulary.items} items, proved by {len(bundle.golden)} golden baskets")


def _best_sellers(path: Path) -> Check:
    try:
        return Check("ok", f"{len(read_best_sellers(path))} in {path}", "best-sellers")
    except TillsideError as error:
        return Check("fault", f"{error}: correct best_sellers_file, or what it names", "best-sellers")


def _experiment(adviser: Adviser, brought: Experiment | None, named: str | None) -> Iterator[Check]:
    """What the register takes part in, or why it does not although it should."""
    try:
        if brought is None and named is None:
            return
        experiment = brought or arms.read(Path(named or ""))
        adviser.take_part(experiment)
    except TillsideError as error:
        step = "correct experiment_file and start the register anew, until then no sale stands in an arm"
        yield Check("fault", f"{'; '.join(str(error).splitlines())}: {step}", "experiment")
    else:
        source = "the bundle" if brought else named
        days = f"{experiment.first_day} to {experiment.last_day}"
        yield Check("ok", f"{experiment.name} of {source}, {len(experiment.arm)} arms, {days}", "experiment")


def _trials(held: Slots, known: dict[str, trials.Trial]) -> Iterator[Check]:
    for identity in held.in_turn:
        trial = known.get(identity, trials.NEVER_TRIED)
        died = f"the register died {trial.crashes} times soon after it took up bundle {identity}"
        if trial.failed and identity == held.active:
            instead = "the one before stands in" if held.previous is not None else "best-sellers stand in"
            yield Check("fault", f"{died}: {instead}; `tillside sync run` goes back from it for good, or publish another")
        elif trial.failed:
            yield Check("note", f"{died}: it stands in another slot and is not taken up")
        elif trial.steady and trial.crashes:
            yield Check("ok", f"{died}, and has passed its trial since")
        elif trial.crashes:
            left = trials.MOST_CRASHES - trial.crashes
            yield Check("note", f"{died}: {left} more, and the one before is taken; look into the journal for why it dies")
        elif trial.open:
            yield Check("ok", f"bundle {identity} is on trial: it is steady once `tillside run` has run with it for 10 minutes")


def _gone_back_from(one: _Unwanted) -> Check:
    if len(one.bundle) == _SHA256_DIGITS:
        return Check("note", f"what was fetched {one.at} does not pass here: {one.why}; it is fetched again a day later")
    return Check("note", f"bundle {one.bundle} was gone back from {one.at}: {one.why}; it is not taken again: publish another")


def _unwanted(sync_db: Path) -> list[_Unwanted]:
    """The last ones, newest first; none while the sync program has noted nothing."""
    if not sync_db.is_file():
        return []
    with contextlib.closing(readonly.opened(sync_db)) as db:
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'unwanted'").fetchone() is None:
            return []
        query = "SELECT bundle, why, at FROM unwanted ORDER BY at DESC, bundle LIMIT ?"
        return [_Unwanted(str(bundle), str(why), str(at)) for bundle, why, at in db.execute(query, (_TOLD,))]
