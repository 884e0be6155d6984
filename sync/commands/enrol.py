"""`tillside headquarters authority | enrol | revoke | identity | forget | forgotten | rekey | expire`, and `tillside sync enrol`.

Who is who between registers and headquarters, and what either end no longer keeps.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import click
import msgspec

from device import options
from device.errors import SyncError
from sync.commands.options import as_json, log, until_stopped

_FOLDER = click.option(
    "--dir", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Headquarters' folder."
)
_CENTRAL = click.option("--central", help="URL of the central store.  [default: sqlite:///DIR/central.db]")


@click.group()
def authority() -> None:
    """
    Headquarters' certificate authority.

    Example: tillside headquarters authority list --dir /srv/tillside
    """


@authority.command("init")
@_FOLDER
@click.option(
    "--name", "names", multiple=True, required=True, help="A host name or address of broker and headquarters; repeat it."
)
@click.option("--broker", help="HOST or HOST:PORT that registers find the broker at.  [default: the first name, 8883]")
@click.option("--bundles", help="Where registers fetch bundles: an http(s):// URL.")
def authority_init(folder: Path, names: tuple[str, ...], broker: str | None, bundles: str | None) -> None:
    """
    Make the authority, headquarters' own certificates, an empty list of the revoked, and the keys that make pseudonyms.

    Example: tillside headquarters authority init --dir /srv/tillside --name hq.chain --name 10.0.0.5
    """
    from sync.identity import authority as ca

    host, _, port = (broker or names[0]).rpartition(":") if broker and ":" in broker else (broker or names[0], "", "8883")
    if not port.isdigit() or not 0 < int(port) < 65536 or not all(name.isprintable() and name.strip() for name in (*names, host)):
        raise SyncError("write --broker as HOST or HOST:PORT and every --name as a host name or an address")
    ca.init(folder, ca.About(names, host, int(port), bundles), datetime.now(UTC))
    home = folder / "authority"
    print(f"the broker reads {home}/ca.pem, crl.pem and server.pem: packaging/mosquitto/chain.conf says how")
    print(
        f"headquarters itself takes --ca-file {home}/ca.pem and, for --certificate-file and --key-file, {home}/headquarters.pem"
    )


@authority.command("list")
@_FOLDER
@as_json
def authority_list(folder: Path, as_json: bool) -> None:
    """
    Every register that was enrolled: its certificate, its last visit, how far it has forgotten.

    Example: tillside headquarters authority list --dir /srv/tillside
    """
    from sync.identity.authority import Authority

    for holder in Authority(folder).holders():
        if as_json:
            print(msgspec.json.encode(holder._asdict()).decode())
        else:
            state = f"revoked {holder.revoked}" if holder.revoked else f"good until {holder.expires}"
            print(f"{holder.device}: {state}, last visit {holder.visited or 'never'}, has forgotten up to {holder.forgotten}")


@click.command()
@click.argument("device")
@_FOLDER
@click.option("--minutes", type=click.IntRange(1, 7 * 24 * 60), default=60, show_default=True, help="How long the code is good.")
@as_json
def enrol(device: str, folder: Path, minutes: int, as_json: bool) -> None:
    """
    Make a one-time code for a register; `headquarters serve --enrol-port` or `headquarters identity` answers it.

    Example: tillside headquarters enrol register-7 --dir /srv/tillside
    """
    from sync.identity.authority import Authority

    made = Authority(folder)
    text = made.new_code(device, datetime.now(UTC), timedelta(minutes=minutes))
    if as_json:
        print(msgspec.json.encode({"device": device, "code": text, "minutes": minutes}).decode())
        return
    print(text)
    click.echo(
        f"good once, for {minutes} minutes; on {device}: "
        f"tillside sync enrol --headquarters https://{made.about.names[0]}:PORT --code CODE",
        err=True,
    )  # fmt: skip


@click.command()
@click.argument("device")
@_FOLDER
def revoke(device: str, folder: Path) -> None:
    """
    Revoke a register's certificates: stolen, opened, retired.

    The broker learns of it when it is restarted, which also ends connections that stand; headquarters' own server at once.

    Example: tillside headquarters revoke register-7 --dir /srv/tillside
    """
    from sync.identity.authority import Authority

    made = Authority(folder)
    count = made.revoke(device, datetime.now(UTC))
    print(f"revoked {count} certificates of {device}; now restart the broker: it reads {made.home / 'crl.pem'} when it starts")


@click.command()
@_FOLDER
@click.option("--host", default="127.0.0.1", show_default=True, help="Where registers reach it.")
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0 takes a free port.")
@_CENTRAL
@click.option("--retention-days", type=click.IntRange(1, 36_500), help="Delete what is older, as `expire` does.  [default: keep]")
@as_json
def identity(folder: Path, host: str, port: int, central: str | None, retention_days: int | None, as_json: bool) -> None:
    """
    Enrol registers, renew their certificates, and tell them keys and forget lists, until stopped.

    Example: tillside headquarters identity --dir /srv/tillside --host 0.0.0.0 --port 8443
    """
    from sync.identity import desk

    log()
    over = until_stopped()
    with desk.open_for_registers(folder, host, port, central) as bound:
        ready = {"ready": True, "port": bound}
        print(msgspec.json.encode(ready).decode() if as_json else f"registers are served at {host}:{bound}", flush=True)
        desk.keep(folder, over, central, retention_days)


@click.command()
@_FOLDER
@_CENTRAL
@click.argument("tokens", nargs=-1)
@click.option("--id", "ids", multiple=True, help="A loyalty card, in place of a pseudonym; it is not kept.")
@as_json
def forget(folder: Path, central: str | None, tokens: tuple[str, ...], ids: tuple[str, ...], as_json: bool) -> None:
    """
    Forget shoppers: here now, on every register with its next visits; `headquarters forgotten` says who has not yet.

    Example: tillside headquarters forget --dir /srv/tillside --id 79160000017
    """
    from contextlib import closing

    from sync.central.forgetting import open_forgetting
    from sync.identity.authority import Authority

    at = datetime.now(UTC)
    keys = Authority(folder).keys(at) if ids else None
    names = [*tokens, *(token for one in ids for token in (keys.ever(one) if keys is not None else ()))]
    if not names:
        raise SyncError("name a pseudonym, or a card with --id that has a letter or a digit")
    with closing(open_forgetting(central or _central_of(folder))) as store:
        done, number = store.forget(names, at), store.latest()
    if as_json:
        print(msgspec.json.encode({**done._asdict(), "number": number}).decode())
    else:
        print(
            f"forgotten here: {done.receipts} receipts and {done.past} imported ones are anonymous, "
            f"{done.quarantined} refused batches are gone; registers learn of it as number {number}; "
            "train and publish a bundle, so that profiles go too"
        )
    if not done.clean:
        raise SyncError("a reader held the store, and its log still has what was erased: run the same once more")


@click.command()
@_FOLDER
@_CENTRAL
@click.option(
    "--ids", type=click.File(encoding="utf-8"), required=True, help="Cards of consenting shoppers, one a line; - reads them."
)
@as_json
def rekey(folder: Path, central: str | None, ids: TextIO, as_json: bool) -> None:
    """
    Give consenting shoppers their pseudonyms of this year's key, so that their histories go on. The cards are not kept.

    In January: then train and publish, before the old key is good no longer.

    Example: tillside headquarters rekey --dir /srv/tillside --ids consenting.txt
    """
    from contextlib import closing
    from itertools import islice

    from sync.central.forgetting import MAX_RENAMED, open_forgetting
    from sync.central.people import open_people
    from sync.identity.authority import Authority

    at, url = datetime.now(UTC), central or _central_of(folder)
    keys = Authority(folder).keys(at)
    changed = 0
    with closing(open_forgetting(url)) as store, closing(open_people(url, at, create=True)) as people:
        while page := list(islice(ids, MAX_RENAMED)):
            renamed = keys.renamed(page, at)
            people.rename(renamed.items())
            changed += store.rename(renamed)
    print(msgspec.json.encode({"renamed": changed}).decode() if as_json else f"{changed} receipts have this year's pseudonyms")


@click.command()
@_FOLDER
@_CENTRAL
@as_json
def forgotten(folder: Path, central: str | None, as_json: bool) -> None:
    """
    How far each register has forgotten; status 1 while one has not.

    Example: tillside headquarters forgotten --dir /srv/tillside
    """
    from contextlib import closing

    from sync.central.forgetting import open_forgetting
    from sync.identity.authority import Authority

    holders = Authority(folder).holders()
    with closing(open_forgetting(central or _central_of(folder))) as store:
        latest = store.latest()
    behind = [holder for holder in holders if holder.revoked is None and holder.forgotten < latest]
    if as_json:
        print(msgspec.json.encode({"latest": latest, "behind": {one.device: one.forgotten for one in behind}}).decode())
    else:
        print(f"the list ends at {latest}; {len(behind)} of {len(holders)} registers have not forgotten all of it")
        for one in behind:
            print(f"{one.device}: up to {one.forgotten}, last visit {one.visited or 'never'}")
    if behind:
        raise click.exceptions.Exit(1)


@click.command()
@_FOLDER
@_CENTRAL
@click.option("--days", type=click.IntRange(1, 36_500), required=True, help="What is older is deleted.")
@as_json
def expire(folder: Path, central: str | None, days: int, as_json: bool) -> None:
    """
    Delete receipts, ratings, imported receipts and refused batches older than so many days, and persons nothing is left of.

    Example: tillside headquarters expire --dir /srv/tillside --days 1095
    """
    from contextlib import closing

    from sync.central.forgetting import open_forgetting
    from sync.central.people import open_people

    at, url = datetime.now(UTC), central or _central_of(folder)
    with closing(open_forgetting(url)) as store, closing(open_people(url, at, create=True)) as people:
        gone = store.expire(at - timedelta(days=days))
        persons = people.expire(at - timedelta(days=days))
    if as_json:
        print(msgspec.json.encode({**gone._asdict(), "persons": persons}).decode())
    else:
        told = f"{gone.receipts} receipts, {gone.past} imported ones, {gone.quarantined} refused batches, {persons} persons"
        print(f"deleted {told} who neither bought nor said anything since")


@click.command("enrol")
@options.settings_file
@click.option("--headquarters", required=True, help="https://HOST:PORT that headquarters enrols registers at.")
@click.option("--code", "typed", help="What `tillside headquarters enrol` printed; without it, it is asked for and not shown.")
def sync_enrol(settings_file: Path, headquarters: str, typed: str | None) -> None:
    """
    Get this register its certificate, for a one-time code of headquarters.

    Example: tillside sync enrol --headquarters https://hq.chain:8443 --code ABCDE-...
    """
    from device import settings as device_settings
    from sync.identity import register, visits
    from sync.ledger import Ledger

    settings = device_settings.read(settings_file)
    with Ledger(settings.sync_db):  # one program at a time in the state folder
        if typed is None:
            typed = click.prompt("code", hide_input=True, err=True)
        done = register.enrol(visits.home(settings), settings.device, headquarters, typed)
    print(f"register {settings.device} has a certificate until {done.expires:%Y-%m-%d} and renews it by itself")
    print(f"put the lines of {done.settings} into {settings_file}, then: tillside sync run --settings {settings_file} --once")


def _central_of(folder: Path) -> str:
    return f"sqlite:///{folder.resolve() / 'central.db'}"


HEADQUARTERS = (authority, enrol, revoke, identity, forget, forgotten, rekey, expire)
"""What `tillside headquarters` has of them."""
