"""`tillside sync`, the register's end, and `tillside headquarters`, the other."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from device import options

_FOLDER = click.option(
    "--dir", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Headquarters' folder."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
_CENTRAL = click.option("--central", help="URL of the central store.  [default: sqlite:///DIR/central.db]")


def _broker(command: Callable[..., None]) -> Callable[..., None]:
    """Where the broker is and who we are there: the fields of `sync.link.Broker`."""
    for choice in reversed(
        (
            click.option("--host", default="127.0.0.1", show_default=True, help="The broker."),
            click.option("--port", type=click.IntRange(1, 65535), default=1883, show_default=True, help="The broker's port."),
            click.option("--username", help="Our name at the broker."),
            click.option("--password-file", type=click.Path(), help="Holds our password there."),
            click.option("--ca-file", type=click.Path(), help="TLS, and whom to believe the broker's certificate."),
            click.option("--certificate-file", type=click.Path(), help="Our certificate."),
            click.option("--key-file", type=click.Path(), help="Its key."),
        )
    ):
        command = choice(command)
    return command


@click.group()
def sync() -> None:
    """The register's end: receipts up, bundles down."""


@sync.command("run")
@options.settings_file
@click.option("--once", is_flag=True, help="Send what waits, look for a bundle, and end.")
@click.option(
    "--patience-seconds", type=click.FloatRange(min=0.1), default=30.0, show_default=True,
    help="With --once: how long headquarters may stay silent.",
)  # fmt: skip
def sync_run(settings_file: Path, once: bool, patience_seconds: float) -> None:
    """
    Exchange with headquarters until stopped.

    With --once the status is 0 only when headquarters has answered for every receipt and the look for a bundle is finished.

    Example: tillside sync run --settings /etc/tillside/settings.toml --once
    """
    from device import settings as device_settings
    from sync.exchange import Exchange, wanted
    from sync.ledger import Ledger

    settings = device_settings.read(settings_file)
    wanted(settings)
    _log()
    with Ledger(settings.sync_db) as ledger:
        exchange = Exchange(settings, ledger)
        if not once:
            exchange.run(_until_stopped())
            return
        gone, checked = exchange.once(patience_seconds)
    print(f"{gone} receipts acknowledged by headquarters")
    if checked is None:
        print("no bundles: the settings name none in sync.bundles")
    else:
        print(f"bundle {checked.identity or ''}: {checked.outcome}".replace(" :", ":"))


@sync.command("status")
@options.settings_file
@_JSON
def sync_status(settings_file: Path, as_json: bool) -> None:
    """
    What waits here, since when, and which bundle is in use.

    Example: tillside sync status --settings /etc/tillside/settings.toml --json
    """
    from device import settings as device_settings
    from sync import report

    state = report.register(device_settings.read(settings_file))
    print(msgspec.json.encode(state).decode() if as_json else report.register_text(state))


@sync.command("revert")
@options.settings_file
def sync_revert(settings_file: Path) -> None:
    """
    Go back to the bundle before; the one in use now is not taken again.

    Example: tillside sync revert --settings /etc/tillside/settings.toml
    """
    from device import settings as device_settings
    from sync import activation
    from sync.ledger import Ledger

    settings = device_settings.read(settings_file)
    with Ledger(settings.sync_db) as ledger:
        bad = activation.slots(settings.bundle_db).active
        now = activation.revert(settings.bundle_db)
        if bad is not None:
            ledger.revert(bad)
    print(f"bundle {now.identity} is in use again, {bad} is left out")


@click.group()
def headquarters() -> None:
    """The other end: keeps receipts, signs and hands out bundles."""


@headquarters.command("init")
@_FOLDER
def headquarters_init(folder: Path) -> None:
    """
    Make the keys, the root of trust and an empty bundle repository.

    Example: tillside headquarters init --dir /srv/tillside
    """
    from sync import publish

    publish.init(folder)
    print(f"give {folder / 'root.json'} to every register; move {folder / 'keys' / 'root.pem'} off this machine")


@headquarters.command("publish")
@_FOLDER
@click.option("--bundle", type=click.Path(dir_okay=False, path_type=Path), required=True, help="What `tillside train` wrote.")
def headquarters_publish(folder: Path, bundle: Path) -> None:
    """
    Prove a bundle, sign it, and make it the one registers fetch.

    Example: tillside headquarters publish --dir /srv/tillside --bundle grocery.bundle
    """
    from sync import publish

    print(f"published bundle {publish.publish(folder, bundle).identity}")


@headquarters.command("serve")
@_FOLDER
@_broker
@click.option("--http-host", default="127.0.0.1", show_default=True, help="Where registers reach the bundle repository.")
@click.option("--http-port", type=click.IntRange(0, 65535), help="Serve the bundle repository here; 0 takes a free port.")
@_CENTRAL
@_JSON
def headquarters_serve(
    folder: Path, http_host: str, http_port: int | None, central: str | None, as_json: bool, **at: Any
) -> None:
    """
    Take in receipts and hand out bundles until stopped.

    Example: tillside headquarters serve --dir /srv/tillside --http-host 0.0.0.0 --http-port 8090
    """
    from contextlib import ExitStack, closing

    from device.address import masked
    from sync import envelope, publish, serve
    from sync.central import open_central
    from sync.link import Broker, Link

    url = central or _central_of(folder)
    publish.published(folder)
    broker = Broker(**at)
    _log()
    over = _until_stopped()
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_central(url, create=True)))
        bundles = None
        if http_port is not None:
            bundles = f"http://{http_host}:{stack.enter_context(serve.files(folder, http_host, http_port))}"
        link = stack.enter_context(Link(broker, "", [envelope.EVERY_RECEIPTS_TOPIC], manual=True).open())
        ready = {"ready": True, "broker": str(broker), "bundles": bundles, "central": masked(url)}
        if as_json:
            print(msgspec.json.encode(ready).decode(), flush=True)
        else:
            print(f"headquarters is ready: broker {broker}, bundles {bundles or 'not served'}, central {masked(url)}", flush=True)
        serve.work(folder, link, store, over.is_set)


@headquarters.command("ingest")
@_broker
@click.option("--central", required=True, help="URL of the central store: postgresql://user@host/database.")
@_JSON
def headquarters_ingest(central: str, as_json: bool, **at: Any) -> None:
    """
    Take in receipts until stopped, and nothing else: one more worker beside `serve`.

    Workers share the broker's subscription and a PostgreSQL; each may be started, stopped or killed at any time.

    Example: tillside headquarters ingest --central postgresql://tillside@db/chain --host broker.chain
    """
    from contextlib import ExitStack, closing

    from device.address import masked
    from sync import envelope, serve
    from sync.central import open_central
    from sync.link import Broker, Link

    broker = Broker(**at)
    _log()
    over = _until_stopped()
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_central(central, create=True)))
        link = stack.enter_context(Link(broker, "", [envelope.EVERY_RECEIPTS_TOPIC], manual=True).open())
        ready = {"ready": True, "broker": str(broker), "central": masked(central)}
        if as_json:
            print(msgspec.json.encode(ready).decode(), flush=True)
        else:
            print(f"a worker of headquarters is ready: broker {broker}, central {masked(central)}", flush=True)
        serve.take_in(link, store, over.is_set)


@headquarters.command("status")
@_FOLDER
@_CENTRAL
@_JSON
def headquarters_status(folder: Path, central: str | None, as_json: bool) -> None:
    """
    Every register: receipts, last heard, gaps, bundle in use, ratings of visits; and the totals of each day.

    Example: tillside headquarters status --dir /srv/tillside
    """
    from contextlib import closing

    from sync import publish, report
    from sync.central import open_central

    published = publish.published(folder)
    with closing(open_central(central or _central_of(folder))) as store:
        state = report.headquarters(store, published)
    print(msgspec.json.encode(state).decode() if as_json else report.headquarters_text(state))


def _central_of(folder: Path) -> str:
    return f"sqlite:///{folder.resolve() / 'central.db'}"


def _log() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")


def _until_stopped() -> threading.Event:
    """Set by SIGTERM and Ctrl-C: what is under way is finished, then the program ends with status 0."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    return over
