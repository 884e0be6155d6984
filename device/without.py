"""What the settings name, cannot be used, and a till can sell without: the register goes on, and says so until it is mended.

Owns `without.json` in the state folder: by what it is about, the sentence that was logged. Every daemon writes it anew, and the
nightly sync tells it to headquarters among the troubles of the register (`sync.health`). `tillside doctor` looks at the files
itself, and so sees at once that one is mended.

| about        | what cannot be used                               | meanwhile                                                 |
|--------------|---------------------------------------------------|-----------------------------------------------------------|
| experiment   | `experiment_file`, or an arm's model is not there | suggestions as if none ran, receipts that stand in no arm |
| privacy      | `[privacy] shopper_key_file`                      | every basket is anonymous; keys read before stay      |
| best-sellers | `best_sellers_file`, while there is no bundle     | nothing is suggested                                      |

A register stops only for what it cannot sell without: settings that are wrong in themselves, its database, the socket of its
screens, or its only till. What the file holds is no fact and is read as nothing when it is damaged.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from device.place import beginning, write_whole
from device.scrub import scrub

if TYPE_CHECKING:
    from pathlib import Path

    from device.journal import Journal

FILE: Final = "without.json"
MAX_BYTES: Final = 64 * 1024
MAX_SENTENCE: Final = 1000
_told = msgspec.json.Decoder(dict[str, Annotated[str, msgspec.Meta(max_length=MAX_SENTENCE)]])


class Without:
    """Any thread may call any method."""

    def __init__(self, state: Path, journal: Journal) -> None:
        """What an earlier daemon went without is forgotten."""
        self._path = state / FILE
        self._journal = journal
        self._turn = threading.Lock()
        self._now: dict[str, str] = {}
        self._note()

    def say(self, about: str, sentence: str) -> None:
        """`sentence` may have several lines, as the mistakes of a file have."""
        sentence = scrub("; ".join(sentence.splitlines()))[:MAX_SENTENCE]
        self._journal.say(f"without {about}", sentence, level=logging.ERROR)
        with self._turn:
            if self._now.get(about) != sentence:
                self._now[about] = sentence
                self._note()

    def mended(self, about: str) -> None:
        with self._turn:
            if self._now.pop(about, None) is not None:
                self._note()

    def _note(self) -> None:
        with contextlib.suppress(OSError):  # it is only looked at; a full disk is told elsewhere
            write_whole(self._path, msgspec.json.encode(self._now))


def read(state: Path) -> dict[str, str]:
    """By what it is about: what the daemon that was started last goes without."""
    try:
        content = beginning(state / FILE, MAX_BYTES + 1)
        return _told.decode(content) if len(content) <= MAX_BYTES else {}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
