"""`tillside sync`: receipts up, bundles down."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from device import options
from sync.commands import stick
from sync.commands.enrol import sync_enrol
from sync.commands.options import as_json, log, until_stopped


@click.group()
def sync() -> None:
    """The register's end: receipts up, bundles down."""


sync.add_command(sync_enrol)
sync.add_command(stick.sync_export)
sync.add_command(stick.sync_import)


@sync.command("run")
@options.settings_file
@click.option("--once", is_flag=True, help="Send what waits, look for a bundle, and end.")
@click.option(
    "--patience-seconds", type=options.Measure(min=0.1), default=30.0, show_default=True,
    help="With --once: how long headquarters may stay silent.",
)  # fmt: skip
def sync_run(settings_file: Path, once: bool, patience_seconds: float) -> None:
    """
    Exchange with headquarters until stopped.

    With --once the status is 0 only when headquarters has answered for every receipt and the look for a bundle is finished.

    Example: tillside sync run --settings /etc/tillside/settings.toml --once
    """
    from device import settings as device_settings
    from device.errors import SyncError
    from sync.exchange import Exchange
    from sync.ledger import Ledger
    from sync.ways import wanted

    settings = device_settings.read(settings_file)
    wanted(settings)
    log()
    with Ledger(settings.sync_db) as ledger:
        exchange = Exchange(settings, ledger)
        if not once:
            if exchange.no_way_down:
                raise SyncError(exchange.no_way_down)
            exchange.run(until_stopped())
            return
        gone, checked = exchange.once(patience_seconds)
    print(f"{gone} receipts acknowledged by headquarters")
    if checked is None:
        print("no bundles: the settings name none in sync.bundles")
    else:
        print(f"bundle {checked.identity or ''}: {checked.outcome}".replace(" :", ":"))
        if checked.trouble is not None:
            print(f"without the profiles of this store: {checked.trouble}")


@sync.command("status")
@options.settings_file
@as_json
def sync_status(settings_file: Path, as_json: bool) -> None:
    """
    What waits here of each kind, since when, which way it goes and when; and which bundle is in use.

    Example: tillside sync status --settings /etc/tillside/settings.toml --json
    """
    from datetime import UTC, datetime

    from device import settings as device_settings
    from sync import report

    state = report.register(device_settings.read(settings_file), datetime.now(UTC))
    print(msgspec.json.encode(state).decode() if as_json else report.register_text(state))


@sync.command("revert")
@options.settings_file
def sync_revert(settings_file: Path) -> None:
    """
    Go back to the bundle before; the one in use now is not taken again.

    Example: tillside sync revert --settings /etc/tillside/settings.toml
    """
    from device import settings as device_settings
    from device.slots import slots
    from sync import activation
    from sync.ledger import Ledger

    settings = device_settings.read(settings_file)
    with Ledger(settings.sync_db) as ledger:
        held = slots(settings.bundle_db)
        if held.active is not None and held.previous is not None:
            # First: cut off in between it is not installed again before it is gone back from.
            ledger.revert(activation.left_by_going_back(held.active, held.previous), "by hand, `tillside sync revert`")
        now = activation.revert(settings.bundle_db)
    print(f"bundle {now.identity} is in use again, {held.active} is left out")
