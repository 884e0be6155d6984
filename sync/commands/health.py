"""`tillside headquarters health`: what registers told of themselves."""

from __future__ import annotations

from pathlib import Path

import click

from sync.commands.options import as_json, central_store, headquarters_folder, url_of


@click.command("health")
@headquarters_folder
@central_store
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
    from sync.status_text import shown

    url = url_of(folder, central)
    open_central(url).close()
    for told in latest(url):
        if as_json:
            print(msgspec.json.encode({"device": told.device, "at": told.at, **msgspec.json.decode(told.body)}).decode())
            continue
        now = health.read(told.body.encode())
        tillside, python, sqlite, bundle = (
            shown(word, 60) for word in (now.tillside, now.python, now.sqlite, now.bundle or "none")
        )
        print(
            f"{shown(told.device, 64)} on {now.day}: tillside {tillside}, Python {python}, SQLite {sqlite}, bundle "
            f"{bundle}, {now.receipts_waiting} receipts wait, {now.refused} refused, "
            f"{now.edge_bytes / 1e6:.1f} MB kept, {now.free_bytes / 1e6:.0f} MB free"
        )
        for where, sentence in now.troubles.items():
            print(f"  {shown(where, 20)}: {shown(sentence, 200)}")
