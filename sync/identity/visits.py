"""The register's visits to headquarters: one each time `sync run` looks for what is new, and every hour of a long-running one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from device.settings import Settings
from sync import ledger
from sync.identity import forgotten, register
from sync.ledger import Ledger

VISIT_SECONDS: Final = 3600.0
_MOST_PAGES: Final = 100


def home(settings: Settings) -> Path:
    return Path(settings.state_dir) / "identity"


def visit(settings: Settings, url: str, book: Ledger) -> bool:
    """True when the certificate is another now: connections are to be opened anew.

    SyncError: nothing came of it; SettingsError: what came are no keys, or there is no room for them.
    """
    renewed = False
    for _ in range(_MOST_PAGES):
        listed = book.listed()
        done = forgotten.through(settings.edge_db, settings.bundle_db, book.tombstones(), listed)
        news = register.visit(home(settings), settings.device, url, listed, done, datetime.now(UTC))
        renewed |= news.renewed
        if news.tombstones or news.lifted:
            book.list_tombstones(news.tombstones, news.lifted)
        if not news.more:
            break
    book.note(ledger.VISITED, url)
    return renewed
