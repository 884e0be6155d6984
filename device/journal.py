"""What the installer reads: one sentence for each thing that happened, and no flood.

No card number is among it, whatever a till called itself. The same thing said again within a minute is counted instead, and the
count is told with the next sentence.
"""

from __future__ import annotations

import logging
import time
from typing import Final

from device.scrub import scrub

QUIET_SECONDS: Final = 60.0
MAX_KEYS: Final = 1000

_log = logging.getLogger("tillside")


class Journal:
    """Say things once a minute per key; `key` names the thing, not the wording."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[float, int]] = {}

    def say(self, key: str, sentence: str, *, level: int = logging.WARNING) -> None:
        now = time.monotonic()
        last, held_back = self._said.get(key, (-QUIET_SECONDS, 0))
        if now - last < QUIET_SECONDS:
            self._said[key] = (last, held_back + 1)
            return
        if len(self._said) >= MAX_KEYS:
            self._said.clear()
        self._said[key] = (now, 0)
        _log.log(level, "%s%s", scrub(sentence), f" ({held_back} more like it before)" if held_back else "")

    def tell(self, sentence: str) -> None:
        """Something that happens seldom and is no fault: always said."""
        _log.info("%s", scrub(sentence))


def start(*, verbose: bool = False) -> None:
    """Sentences go to standard error, where systemd's journal adds time and unit."""
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, format="tillside: %(message)s")
    logging.getLogger("tuf").setLevel(logging.WARNING)
