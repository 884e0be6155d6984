"""A register whose till tells events over a broker and shows the suggestions itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes.device_daemon import Register
from fakes.device_handback import GOODS, SCORES, ean
from fakes.device_shop import item, write_shop

BEER = ean("460123456791")
SHOP = [*GOODS, item("beer", barcodes=(BEER,), age_limit=18)]
EARNED = {**SCORES, ("item=bread", "beer"): 0.9}


@contextmanager
def shop(folder: Path, port: int, *, policy: str = "", lane: str = "", program: bool = True) -> Iterator[Register]:
    """A register, not started, whose till tells events over the broker at this port and shows the suggestions itself."""
    source = f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {port}\n'
    beside = f'[lane.program]\nhost = "127.0.0.1"\nport = {port}\n' if program else ""
    with Register(folder, source=source, extra=policy) as made:
        made.settings.write_text(
            made.settings.read_text().replace('till = "7"', 'till = "7"\ndialect = "tillevents"') + beside + lane
        )
        made.state.mkdir()
        write_shop(made.state / "bundle.db", items=SHOP, scores=EARNED)
        yield made


def listening(made: Register) -> Register:
    """Started, and heard by the broker."""
    made.start()
    for topics in ("/event at", "/accept and"):
        made.says(topics)
    return made
