"""The bundle a register suggests from: the active one, what stands in while there is none, and the one that follows it.

Owns which bundle is live, until the last sale that was begun with it has ended, its trial (`device.trials`), and what of it is
laid out as files in the state folder: the pictures that screens read, and the best-sellers that stand in should no bundle open
the next time. Where the active bundle does not open, or the daemon has died with it too often, the one before is taken.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from device import arms, trials
from device.adviser import Adviser, from_best_sellers, from_bundle
from device.catalogue import read_best_sellers
from device.errors import BundleError, SettingsError
from device.pictures import harmless
from device.place import write_whole
from device.slots import Slots, slot_of, slots
from device.trials import Trials

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.arms import Experiment
    from device.bundle import Bundle
    from device.journal import Journal
    from device.settings import Settings
    from device.without import Without


class LiveBundle:
    def __init__(self, settings: Settings, journal: Journal, without: Without) -> None:
        """Open the active bundle; where there is none that can be used, the journal says so and best-sellers stand in."""
        self._settings = settings
        self._journal = journal
        self._without = without
        self._state = Path(settings.state_dir)
        self._seen = Slots()
        self._retired: list[Adviser] = []
        self._trials = Trials(self._state, slots(settings.bundle_db).in_turn)
        self._steady_at = 0.0
        self._experiment: Experiment | None = None
        self._unreadable = ""
        if settings.experiment_file is not None:
            try:
                self._experiment = arms.read(Path(settings.experiment_file))
            except SettingsError as error:
                self._unreadable = f"correct experiment_file and start the register anew: {error}"
        self.adviser = self._first()

    @property
    def source(self) -> str:
        """What the suggestions come from, for the journal."""
        return _from_what(self.adviser)

    async def successor(self) -> Adviser | None:
        """The adviser of another bundle, once the nightly sync has made one the active one; the one before is kept for sales."""
        self._pass_trial()
        held = await asyncio.to_thread(slots, self._settings.bundle_db)
        identity = held.active
        if identity is None or (identity, held.slot) == (self._seen.active, self._seen.slot):
            return None
        self._seen = held
        if identity == self.adviser.identity:
            return None  # the sync program has gone back to what is live here already
        if (why := self._condemned(identity)) is not None:
            self._journal.tell(f"{why}; going on with {self.source}")
            return None
        try:
            adviser = await asyncio.to_thread(self._opened, identity)
        except BundleError as error:
            self._journal.tell(f"{error}; going on with {self.source}")
            return None
        if self.adviser.identity is not None:
            self._trials.end(self.adviser.identity)
        self._retired.append(self.adviser)
        self.adviser = adviser
        self._journal.tell(f"bundle {identity} is live from the next sale on")
        return adviser

    def retire(self, in_use: Callable[[Adviser], bool]) -> None:
        """Close what no sale is advised by any more."""
        for old in tuple(self._retired):
            if not in_use(old):
                old.close()
                self._retired.remove(old)

    def end_well(self) -> None:
        """The daemon ends, and not because of the bundle."""
        if self.adviser.identity is not None:
            self._trials.end(self.adviser.identity)

    def close(self) -> None:
        self.adviser.close()

    def _first(self) -> Adviser:
        held = slots(self._settings.bundle_db)
        self._seen = held
        # Where not even an identity can be read, opening tells what is wrong.
        for identity in held.in_turn if held.active is not None else (None,):
            why = None if identity is None else self._condemned(identity)
            if why is None:
                try:
                    return self._opened(identity)
                except BundleError as error:
                    why = str(error)
            self._journal.tell(why)
        return self._stand_in()

    def _condemned(self, identity: str) -> str | None:
        trial = self._trials.of(identity)
        return f"the register died {trial.crashes} times soon after it took up bundle {identity}" if trial.failed else None

    def _pass_trial(self) -> None:
        identity = self.adviser.identity
        if identity is not None and time.monotonic() >= self._steady_at:
            self._trials.pass_(identity)

    def _opened(self, identity: str | None) -> Adviser:
        """That bundle (None: the active one), proved, its pictures and best-sellers laid out. Slow: not for the loop."""
        if identity is not None:
            self._trials.begin(identity)
        slot = None if identity is None else slot_of(self._settings.bundle_db, identity)
        try:
            adviser = from_bundle(self._settings.bundle_db, self._settings.store, self._settings.policy, slot)
        except BundleError:
            if identity is not None:
                self._trials.end(identity)
            raise
        self._steady_at = time.monotonic() + trials.STEADY_SECONDS
        assert adviser.bundle is not None
        self._take_part(adviser, adviser.bundle.experiment)
        self._without.mended("best-sellers")
        try:
            _lay_out_pictures(adviser.bundle, self._state / "pictures")
            write_whole(self._state / "best_sellers.jsonl", b"\n".join(map(msgspec.json.encode, adviser.best_sellers())))
        except OSError as error:
            self._journal.tell(f"pictures and best-sellers of the bundle cannot be written: {error}; suggesting without")
        adviser.bundle.at_hand()
        return adviser

    def _stand_in(self) -> Adviser:
        named = self._settings.best_sellers_file
        path = self._state / "best_sellers.jsonl" if named is None else Path(named)
        items = []
        if named is not None or path.exists():
            try:
                items = read_best_sellers(path)
                self._without.mended("best-sellers")
            except BundleError as error:
                self._without.say("best-sellers", str(error))
        adviser = from_best_sellers(items, self._settings.store, self._settings.policy)
        self._take_part(adviser, None)
        return adviser

    def _take_part(self, adviser: Adviser, brought: Experiment | None) -> None:
        """In the bundle's experiment, else in that of the settings; in none where an arm names a model that is not there.

        A half of an experiment is none.
        """
        experiment = brought or self._experiment
        why = "" if brought else self._unreadable
        if experiment is not None:
            try:
                adviser.take_part(experiment)
            except BundleError as error:
                why = f"{experiment.name}: {error}"
        if why:
            self._without.say("experiment", f"the experiment is left out, no sale stands in an arm: {why}")
        else:
            self._without.mended("experiment")


def _from_what(adviser: Adviser) -> str:
    if adviser.identity is not None:
        kept_back = ", ".join(f"{rule} {count}" for rule, count in adviser.standing.most_common())
        silent = "; NOTHING CAN BE SHOWN: mend the catalogue or the settings under [policy]" if adviser.mute else ""
        unheard = f"; pinned or banned and not in the catalogue: {', '.join(adviser.unheard)}" if adviser.unheard else ""
        told = f" (items kept back by rule: {kept_back}{silent})" if kept_back else ""
        return f"bundle {adviser.identity}{told}{unheard}"
    known = len(adviser.catalogue)
    return f"{known} best-sellers" if known else "nothing: no bundle and no best-sellers, the screens show the basket only"


def _lay_out_pictures(bundle: Bundle, folder: Path) -> None:
    """Screens read pictures as files."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = set(bundle.picture_names())
    for name in wanted:
        content = bundle.picture(name)
        path = folder / name
        if content is not None and harmless(content) and not (path.is_file() and path.read_bytes() == content):
            write_whole(path, content)
    for stale in folder.iterdir():
        if stale.name not in wanted:
            stale.unlink(missing_ok=True)
