"""`tillside headquarters`: keeps receipts, signs and hands out bundles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from device.options import Plugged
from sync.commands import bundles, enrol, health, leaving, quarantine, standing, stick
from sync.commands.options import as_json, central_store, doors, headquarters_folder, log, until_stopped, url_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sync.doors import Opened


@click.group(cls=Plugged, plugged="tillside.headquarters")
def headquarters() -> None:
    """The other end: keeps receipts, signs and hands out bundles."""


for _command in (
    bundles.init,
    bundles.publish,
    bundles.rollout,
    bundles.root,
    stick.headquarters_import,
    health.headquarters_health,
    *enrol.HEADQUARTERS,
    *leaving.HEADQUARTERS,
):
    headquarters.add_command(_command)


@headquarters.command("serve")
@headquarters_folder
@doors
@click.option("--http-host", default="127.0.0.1", show_default=True, help="Where registers reach the bundle repository.")
@click.option("--http-port", type=click.IntRange(0, 65535), help="Serve the bundle repository here; 0 takes a free port.")
@click.option(
    "--status-for", type=click.Choice(["this-machine", "everybody"]), default="this-machine", show_default=True,
    help="Who may see the page /status there.",
)  # fmt: skip
@central_store
@as_json
def headquarters_serve(
    folder: Path, http_host: str, http_port: int | None, status_for: str, central: str | None, as_json: bool, **ways: Any
) -> None:
    """
    Take in receipts and hand out bundles until stopped; the page /status shows every register, also on a phone.

    Example: tillside headquarters serve --dir /srv/tillside --http-host 0.0.0.0 --http-port 8090
    """
    from contextlib import ExitStack, closing

    from device.address import masked
    from sync import publish, serve, status_page
    from sync.central import open_central
    from sync.central.alone import alone

    url = url_of(folder, central)
    publish.published(folder)
    log()
    over = until_stopped()
    with ExitStack() as stack:
        stack.enter_context(alone(url))
        store = stack.enter_context(closing(open_central(url, create=True)))
        served = None
        if http_port is not None:
            pages = status_page.Pages(url, folder, everybody=status_for == "everybody")
            served = f"http://{http_host}:{stack.enter_context(serve.files(folder, http_host, http_port, pages))}"
        door, broker, https = stack.enter_context(_doors(url, publish.Newest(folder), **ways))
        ready = {"ready": True, "broker": broker, "https": https, "bundles": served, "central": masked(url)}
        if as_json:
            print(msgspec.json.encode(ready).decode(), flush=True)
        else:
            ways_in = ", ".join(f"{name} {place}" for name, place in (("broker", broker), ("https", https)) if place)
            print(f"headquarters is ready: {ways_in}, bundles {served or 'not served'}, central {masked(url)}", flush=True)
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
    from sync.central.alone import alone

    log()
    over = until_stopped()
    with ExitStack() as stack:
        stack.enter_context(alone(central))
        store = stack.enter_context(closing(open_central(central, create=True)))
        door, broker, https = stack.enter_context(_doors(central, lambda: None, **ways))
        ready = {"ready": True, "broker": broker, "https": https, "central": masked(central)}
        if as_json:
            print(msgspec.json.encode(ready).decode(), flush=True)
        else:
            ways_in = ", ".join(f"{name} {place}" for name, place in (("broker", broker), ("https", https)) if place)
            print(f"a worker of headquarters is ready: {ways_in}, central {masked(central)}", flush=True)
        serve.take_in(door, store, over.is_set)


for _command in (standing.status, standing.compare, quarantine.quarantine):
    headquarters.add_command(_command)


def _doors(
    central: str, newest: Callable[[], int | None], no_broker: bool, https_host: str, https_port: int | None, **at: Any
) -> AbstractContextManager[Opened]:
    """The options that `doors` adds, opened."""
    from sync.doors import opened
    from sync.link import Broker

    identity = (at["ca_file"], at["certificate_file"], at["key_file"])
    return opened(
        None if no_broker else Broker(**at), None if https_port is None else (https_host, https_port), identity, central, newest
    )
