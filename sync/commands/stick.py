"""`tillside sync export`, `tillside sync import` and `tillside headquarters import`: receipts by stick."""

from __future__ import annotations

from pathlib import Path

import click

from device import options
from sync.commands.options import central_store, headquarters_folder, log, url_of

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("export")
@options.settings_file
@click.option("--to", "place", type=_FOLDER, required=True, help="Where the stick is mounted.")
def sync_export(settings_file: Path, place: Path) -> None:
    """
    Write what waits onto a stick; nothing is freed before headquarters' answer is back.

    Example: tillside sync export --settings /etc/tillside/settings.toml --to /media/stick
    """
    from device import settings as device_settings
    from sync import courier
    from sync.ledger import Ledger

    settings = device_settings.read(settings_file)
    with Ledger(settings.sync_db) as ledger:
        written = courier.export(settings, ledger, place)
    print(f"{written.batches} batches of register {settings.device} are on the stick, {written.left} records wait for the next")
    if not written.signed:
        print(
            "they are not signed, for this register has no certificate: headquarters takes them in with --unsigned only; "
            "`tillside sync enrol` gets it one"
        )


@click.command("import")
@options.settings_file
@click.option("--from", "place", type=_FOLDER, required=True, help="Where the stick is mounted.")
def sync_import(settings_file: Path, place: Path) -> None:
    """
    Take in headquarters' answers from a stick, and the bundle beside them.

    Example: tillside sync import --settings /etc/tillside/settings.toml --from /media/stick
    """
    from device import settings as device_settings
    from device.errors import SyncError
    from sync import courier
    from sync.ledger import Ledger

    settings = device_settings.read(settings_file)
    with Ledger(settings.sync_db) as ledger:
        home = courier.bring_home(settings, ledger, place)
    print(f"{home.acknowledged} batches acknowledged by headquarters, {home.waiting} receipts wait here")
    if home.checked is not None:
        print(f"bundle {home.checked.identity or ''}: {home.checked.outcome}".replace(" :", ":"))
        if home.checked.trouble is not None:
            print(f"without the profiles of this store: {home.checked.trouble}")
    if home.unsigned:
        raise SyncError(f"{home.unsigned} files on the stick were passed over: headquarters did not sign them for this register")
    if home.refused:
        raise SyncError(f"headquarters refused {home.refused} receipts, they stay here: `tillside headquarters status` says why")


@click.command("import")
@headquarters_folder
@click.option("--from", "place", type=_FOLDER, required=True, help="Where the stick is mounted.")
@central_store
@click.option("--unsigned", is_flag=True, help="Believe the folders of registers that have no certificate.")
def headquarters_import(folder: Path, place: Path, central: str | None, unsigned: bool) -> None:
    """
    Take in the receipts on a stick, write the answers beside them, and the bundles for the way back.

    Example: tillside headquarters import --dir /srv/tillside --from /media/stick
    """
    from contextlib import closing

    from device.errors import SyncError
    from sync import publish, reception
    from sync.central import open_central
    from sync.central.alone import alone

    publish.published(folder)
    log()
    url = url_of(folder, central)
    with alone(url), closing(open_central(url, create=True)) as store:
        taken = reception.take_in(folder, store, url, place, unsigned=unsigned)
    print(f"{taken.batches} batches of {taken.registers} registers are in and answered: take the stick back")
    failures = [f"{len(taken.strange)} files were left out, {taken.strange[0]}"] if taken.strange else []
    if taken.damaged:
        failures.append(f"{taken.damaged} files were damaged or cut short and left out: their registers write them again")
    if failures:
        raise SyncError("\n".join(failures))
