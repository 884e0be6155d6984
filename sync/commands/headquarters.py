"""`tillside headquarters`: keeps receipts, signs and hands out bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from sync.commands.enrol import HEADQUARTERS
from sync.commands.options import as_json, broker, log, until_stopped

_FOLDER = click.option(
    "--dir", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Headquarters' folder."
)
_CENTRAL = click.option("--central", help="URL of the central store.  [default: sqlite:///DIR/central.db]")


@click.group()
def headquarters() -> None:
    """The other end: keeps receipts, signs and hands out bundles."""


for _command in HEADQUARTERS:
    headquarters.add_command(_command)


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
@broker
@click.option("--http-host", default="127.0.0.1", show_default=True, help="Where registers reach the bundle repository.")
@click.option("--http-port", type=click.IntRange(0, 65535), help="Serve the bundle repository here; 0 takes a free port.")
@_CENTRAL
@as_json
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
    log()
    over = until_stopped()
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
@broker
@click.option("--central", required=True, help="URL of the central store: postgresql://user@host/database.")
@as_json
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
    log()
    over = until_stopped()
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


def _central_of(folder: Path) -> str:
    return f"sqlite:///{folder.resolve() / 'central.db'}"
