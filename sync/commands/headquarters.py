"""`tillside headquarters`: keeps receipts, signs and hands out bundles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from device.options import Plugged
from sync.commands import health, stick
from sync.commands.options import as_json, doors, log, until_stopped

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sync.doors import Opened

_FOLDER = click.option(
    "--dir", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Headquarters' folder."
)
_CENTRAL = click.option("--central", help="URL of the central store.  [default: sqlite:///DIR/central.db]")


@click.group(cls=Plugged, plugged="tillside.headquarters")
def headquarters() -> None:
    """The other end: keeps receipts, signs and hands out bundles."""


headquarters.add_command(stick.headquarters_import)
headquarters.add_command(health.headquarters_health)


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
@doors
@click.option("--http-host", default="127.0.0.1", show_default=True, help="Where registers reach the bundle repository.")
@click.option("--http-port", type=click.IntRange(0, 65535), help="Serve the bundle repository here; 0 takes a free port.")
@_CENTRAL
@as_json
def headquarters_serve(
    folder: Path, http_host: str, http_port: int | None, central: str | None, as_json: bool, **ways: Any
) -> None:
    """
    Take in receipts and hand out bundles until stopped.

    Example: tillside headquarters serve --dir /srv/tillside --http-host 0.0.0.0 --http-port 8090
    """
    from contextlib import ExitStack, closing

    from device.address import masked
    from sync import publish, serve
    from sync.central import open_central

    url = central or _central_of(folder)
    publish.published(folder)
    log()
    over = until_stopped()
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_central(url, create=True)))
        bundles = None
        if http_port is not None:
            bundles = f"http://{http_host}:{stack.enter_context(serve.files(folder, http_host, http_port))}"
        door, broker, https = stack.enter_context(_doors(url, **ways))
        ready = {"ready": True, "broker": broker, "https": https, "bundles": bundles, "central": masked(url)}
        if as_json:
            print(msgspec.json.encode(ready).decode(), flush=True)
        else:
            ways_in = ", ".join(f"{name} {place}" for name, place in (("broker", broker), ("https", https)) if place)
            print(f"headquarters is ready: {ways_in}, bundles {bundles or 'not served'}, central {masked(url)}", flush=True)
        serve.work(folder, door, store, over.is_set)


@headquarters.command("ingest")
@doors
@click.option("--central", required=True, help="URL of the central store: postgresql://user@host/database.")
@as_json
def headquarters_ingest(central: str, as_json: bool, **ways: Any) -> None:
    """
    Take in receipts until stopped, and nothing else: one more worker beside `serve`.

    Workers share the broker's subscription and a PostgreSQL; each may be started, stopped or killed at any time.

    Example: tillside headquarters ingest --central postgresql://tillside@db/chain --host broker.chain
    """
    from contextlib import ExitStack, closing

    from device.address import masked
    from sync import serve
    from sync.central import open_central

    log()
    over = until_stopped()
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_central(central, create=True)))
        door, broker, https = stack.enter_context(_doors(central, **ways))
        ready = {"ready": True, "broker": broker, "https": https, "central": masked(central)}
        if as_json:
            print(msgspec.json.encode(ready).decode(), flush=True)
        else:
            ways_in = ", ".join(f"{name} {place}" for name, place in (("broker", broker), ("https", https)) if place)
            print(f"a worker of headquarters is ready: {ways_in}, central {masked(central)}", flush=True)
        serve.take_in(door, store, over.is_set)


@headquarters.command("status")
@_FOLDER
@_CENTRAL
@as_json
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


def _doors(central: str, no_broker: bool, https_host: str, https_port: int | None, **at: Any) -> AbstractContextManager[Opened]:
    """The options that `doors` adds, opened."""
    from sync.doors import opened
    from sync.link import Broker

    identity = (at["ca_file"], at["certificate_file"], at["key_file"])
    return opened(
        None if no_broker else Broker(**at), None if https_port is None else (https_host, https_port), identity, central
    )


def _central_of(folder: Path) -> str:
    return f"sqlite:///{folder.resolve() / 'central.db'}"
