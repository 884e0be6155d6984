"""`tillside headquarters health`: what registers told of themselves."""

from __future__ import annotations

from pathlib import Path

import click

from sync.commands.options import as_json


@click.command("health")
@click.option("--dir", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Headquarters' folder.")
@click.option("--central", help="URL of the central store.  [default: sqlite:///DIR/central.db]")
@as_json
def headquarters_health(folder: Path, central: str | None, as_json: bool) -> None:
    """
    How registers are whose shop lets them tell it: the last record of each.

    Example: tillside headquarters health --dir /srv/tillside
    """
    import msgspec

    from sync import health
    from sync.central import open_central
    from sync.central.health import latest

    url = central or f"sqlite:///{folder.resolve() / 'central.db'}"
    open_central(url).close()
    for told in latest(url):
        if as_json:
            print(msgspec.json.encode({"device": told.device, "at": told.at, **msgspec.json.decode(told.body)}).decode())
            continue
        now = health.read(told.body.encode())
        print(
            f"{told.device} on {now.day}: tillside {now.tillside}, Python {now.python}, SQLite {now.sqlite}, bundle "
            f"{now.bundle or 'none'}, {now.receipts_waiting} receipts wait, {now.refused} refused, "
            f"{now.edge_bytes / 1e6:.1f} MB kept, {now.free_bytes / 1e6:.0f} MB free"
        )
        for where, sentence in now.troubles.items():
            print(f"  {where}: {sentence}")
