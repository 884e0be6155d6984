"""The bundle a register suggests from: the active one, what stands in while there is none, and the one that follows it.

Owns which bundle is live, until the last sale that was begun with it has ended, and what of it is laid out as files in the state
folder: the pictures that screens read, and the best-sellers that stand in should no bundle open the next time.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from device import arms, readonly
from device.adviser import Adviser, from_best_sellers, from_bundle, read_best_sellers
from device.errors import BundleError
from device.pictures import harmless
from device.place import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.bundle import Bundle
    from device.journal import Journal
    from device.settings import Settings


class LiveBundle:
    def __init__(self, settings: Settings, journal: Journal) -> None:
        """Open the active bundle; where there is none that can be used, the journal says so and best-sellers stand in."""
        self._settings = settings
        self._journal = journal
        self._state = Path(settings.state_dir)
        self._seen: str | None = None
        self._retired: list[Adviser] = []
        named = settings.experiment_file
        self._experiment = None if named is None else arms.read(Path(named))
        self.adviser = self._first()

    @property
    def source(self) -> str:
        """What the suggestions come from, for the journal."""
        return _from_what(self.adviser)

    async def successor(self) -> Adviser | None:
        """The adviser of another bundle, once the nightly sync has made one the active one; the one before is kept for sales."""
        identity = await asyncio.to_thread(_active_identity, self._settings.bundle_db)
        if identity is None or identity == self._seen:
            return None
        self._seen = identity
        try:
            adviser = await asyncio.to_thread(self._opened)
        except BundleError as error:
            self._journal.tell(f"{error}; going on with {self.source}")
            return None
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

    def close(self) -> None:
        self.adviser.close()

    def _first(self) -> Adviser:
        try:
            return self._opened()
        except BundleError as error:
            self._journal.tell(str(error))
            return self._stand_in()

    def _opened(self) -> Adviser:
        """The active bundle, proved, with its pictures and best-sellers laid out beside it. Slow: not for the loop."""
        adviser = from_bundle(self._settings.bundle_db, self._settings.store, self._settings.policy)
        self._seen = adviser.identity
        assert adviser.bundle is not None
        if (experiment := adviser.bundle.experiment or self._experiment) is not None:
            adviser.take_part(experiment)
        try:
            _lay_out_pictures(adviser.bundle, self._state / "pictures")
            write_whole(self._state / "best_sellers.jsonl", b"\n".join(map(msgspec.json.encode, adviser.best_sellers())))
        except OSError as error:
            self._journal.tell(f"pictures and best-sellers of the bundle cannot be written: {error}; suggesting without")
        return adviser

    def _stand_in(self) -> Adviser:
        named = self._settings.best_sellers_file
        path = self._state / "best_sellers.jsonl" if named is None else Path(named)
        items = []
        if named is not None or path.exists():
            try:
                items = read_best_sellers(path)
            except BundleError as error:
                self._journal.tell(str(error))
        adviser = from_best_sellers(items, self._settings.store, self._settings.policy)
        if self._experiment is not None:
            adviser.take_part(self._experiment)
        return adviser


def _from_what(adviser: Adviser) -> str:
    if adviser.identity is not None:
        kept_back = ", ".join(f"{rule} {count}" for rule, count in adviser.standing.most_common())
        silent = "; NOTHING CAN BE SHOWN: mend the catalogue or the settings under [policy]" if adviser.mute else ""
        unheard = f"; pinned or banned and not in the catalogue: {', '.join(adviser.unheard)}" if adviser.unheard else ""
        told = f" (items kept back by rule: {kept_back}{silent})" if kept_back else ""
        return f"bundle {adviser.identity}{told}{unheard}"
    known = len(adviser.catalogue)
    return f"{known} best-sellers" if known else "nothing: no bundle and no best-sellers, the screens show the basket only"


def _active_identity(path: Path) -> str | None:
    """Which bundle is active, without opening it all; None while there is none or the file is being changed."""
    if not path.exists():
        return None
    try:
        with contextlib.closing(readonly.opened(path)) as db:
            row = db.execute("SELECT manifest FROM slot JOIN active USING (slot)").fetchone()
            return None if row is None else str(msgspec.json.decode(row[0])["identity"])
    except (sqlite3.Error, msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, RecursionError):
        return None  # unreadable is told when it is opened, and opening is tried when the identity can be read


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
