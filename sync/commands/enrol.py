"""`tillside headquarters authority | enrol | revoke | identity`, and `tillside sync enrol`: who is who between both ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from device import options
from device.errors import SyncError
from sync.commands.options import as_json, central_store, headquarters_folder, log, until_stopped, url_of

_TLS_PORT = 8883
"""Registered for MQTT over TLS."""


@click.group()
def authority() -> None:
    """
    Headquarters' certificate authority.

    Example: tillside headquarters authority list --dir /srv/tillside
    """


@authority.command("init")
@headquarters_folder
@click.option(
    "--name", "names", multiple=True, required=True, help="A host name or address of broker and headquarters; repeat it."
)
@click.option(
    "--broker", help="HOST or HOST:PORT that registers find the broker at; IPv6 in brackets.  [default: the first name, 8883]"
)
@click.option("--bundles", help="Where registers fetch bundles: an http(s):// URL.")
def authority_init(folder: Path, names: tuple[str, ...], broker: str | None, bundles: str | None) -> None:
    """
    Make the authority, headquarters' own certificates, an empty list of the revoked, and the keys that make pseudonyms.

    Example: tillside headquarters authority init --dir /srv/tillside --name hq.chain --name 10.0.0.5
    """
    from sync.identity import authority as ca

    host, port = (names[0], _TLS_PORT) if broker is None else _place(broker)
    if not 0 < port < 65536 or not all(name.isprintable() and name.strip() for name in (*names, host)):
        raise SyncError("write --broker as HOST, HOST:PORT or [ADDRESS]:PORT and every --name as a host name or an address")
    ca.init(folder, ca.About(names, host, port, bundles), datetime.now(UTC))
    home = folder / "authority"
    print(f"the broker reads {home}/ca.pem, crl.pem and server.pem: packaging/mosquitto/chain.conf says how")
    print(
        f"headquarters itself takes --ca-file {home}/ca.pem and, for --certificate-file and --key-file, {home}/headquarters.pem"
    )


def _place(broker: str) -> tuple[str, int]:
    """Host and port; ("", 0) for what names neither. An address of IPv6 has a port only behind brackets (RFC 3986)."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?", broker)
    return ("", 0) if found is None else (found[1] or found[2], int(found[3] or _TLS_PORT))


@authority.command("list")
@headquarters_folder
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
@headquarters_folder
@click.option("--minutes", type=click.IntRange(1, 7 * 24 * 60), default=60, show_default=True, help="How long the code is good.")
@as_json
def enrol(device: str, folder: Path, minutes: int, as_json: bool) -> None:
    """
    Make a one-time code for a register; `headquarters identity` answers it and has to be running by then.

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
        f"good once, for {minutes} minutes; on {device}: tillside sync enrol --headquarters https://{made.about.names[0]}:PORT "
        "--code CODE, where PORT is the one of `tillside headquarters identity`",
        err=True,
    )  # fmt: skip


@click.command()
@click.argument("device")
@headquarters_folder
def revoke(device: str, folder: Path) -> None:
    """
    Revoke a register's certificates: stolen, opened, retired.

    The broker learns of it when it is restarted, which also ends connections that stand; headquarters' own server at once.

    Example: tillside headquarters revoke register-7 --dir /srv/tillside
    """
    from sync.identity.authority import Authority

    made = Authority(folder)
    count = made.revoke(device, datetime.now(UTC))
    print(
        f"revoked {count} certificates of {device}; now install {made.home / 'crl.pem'} where the broker reads it and restart "
        "the broker, as packaging/mosquitto/chain.conf says: it reads the list when it starts"
    )


@click.command()
@headquarters_folder
@click.option("--host", default="127.0.0.1", show_default=True, help="Where registers reach it.")
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0 takes a free port.")
@central_store
@click.option("--retention-days", type=click.IntRange(1, 36_500), help="Delete what is older, as `expire` does.  [default: keep]")
@as_json
def identity(folder: Path, host: str, port: int, central: str | None, retention_days: int | None, as_json: bool) -> None:
    """
    Enrol registers, renew their certificates, and tell them keys and forget lists, until stopped.

    Example: tillside headquarters identity --dir /srv/tillside --host 0.0.0.0 --port 8443
    """
    from sync.identity import desk

    log()
    over, url = until_stopped(), url_of(folder, central)
    with desk.open_for_registers(folder, host, port, url) as bound:
        ready = {"ready": True, "port": bound}
        print(msgspec.json.encode(ready).decode() if as_json else f"registers are served at {host}:{bound}", flush=True)
        desk.keep(folder, over, url, retention_days)


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
    print(
        f"put the lines of {done.settings} into {settings_file}, in place of the same keys there and below one [privacy] and one "
        f"[sync] each, then: tillside sync run --settings {settings_file} --once"
    )


HEADQUARTERS = (authority, enrol, revoke, identity)
"""What `tillside headquarters` has of them."""
