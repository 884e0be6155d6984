"""What the commands about shoppers share: which store, which keys, and a shopper who is read from standard input.

A card, phone or account never stands on the command line, which other users of the machine see and the shell remembers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from device.errors import SyncError
from sync.commands.options import store

if TYPE_CHECKING:
    from device.shopper import Keyring
    from sync.central.people import Claim, PeopleOffice

FILE: Final = click.Path(path_type=Path, dir_okay=False)
FOLDER: Final = click.Path(path_type=Path, file_okay=False)
KIND: Final = click.option(
    "--kind",
    type=click.Choice(["card", "phone", "account"]),
    default="card",
    show_default=True,
    help="What is read from standard input.",
)
MAX_ID: Final = 200
"""Letters of a card, phone or account."""


def of_headquarters(command: Callable[..., None]) -> Callable[..., None]:
    """Which central store, and which keys make pseudonyms."""
    keys = click.option("--shopper-key", type=FILE, help="Key file.  [default: DIR/authority/shopper.keys]")
    return store(keys(command))


@contextmanager
def people_of(url: str, *, create: bool = True) -> Iterator[PeopleOffice]:
    from sync.central import open_central
    from sync.central.people import open_people

    open_central(url).close()  # it is not made here: a mistyped URL is no empty store
    with closing(open_people(url, datetime.now(UTC), create=create)) as people:
        yield people


def keys_of(folder: Path | None, shopper_key: Path | None) -> Keyring:
    from device.shopper import Keyring
    from sync.identity.authority import Authority

    if shopper_key is not None:
        return Keyring.read(shopper_key)
    if folder is None:
        raise click.UsageError("say which keys make pseudonyms: --dir of headquarters' folder, or --shopper-key")
    return Authority(folder).keys(datetime.now(UTC))


def typed(what: str) -> str:
    """The one line of standard input, that no other user of this machine sees."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True))
    line = _read(MAX_ID + 1)
    if len(line) > MAX_ID and not line.endswith("\n"):
        raise SyncError(f"a {what} has at most {MAX_ID} letters: put it alone on the first line of standard input")
    while more := _read(MAX_ID + 1):
        if more.strip():
            raise SyncError(f"more than one line stands on standard input: one {what} at a time")
    return line.strip()


def _read(most: int) -> str:
    """The next line of standard input, cut off behind so many letters."""
    try:
        line = sys.stdin.readline(most)
        line.encode()  # where the machine's own words are ASCII, what is no text comes as half letters
    except UnicodeError:
        # It would quote what was read.
        raise SyncError("standard input is no text of UTF-8: write letters and digits") from None
    return line


def _claim(keys: Keyring, kind: str, loyalty_id: str) -> Claim:
    from sync.central.people import Claim, Kind

    shoppers = keys.every(loyalty_id)
    if not shoppers:
        raise SyncError(f"no {kind} was read from standard input: put it there, alone on its line")
    return Claim(Kind(kind), shoppers)


def typed_claim(keys: Keyring, kind: str) -> Claim:
    return _claim(keys, kind, typed(kind))


def typed_claims(keys: Keyring) -> list[Claim]:
    from sync.central.people import Kind

    claims: list[Claim] = []
    while line := _read(MAX_ID + 1):
        kind, _, loyalty_id = line.strip().partition(" ")
        if kind not in set(Kind) or len(claims) >= len(Kind) or len(line) > MAX_ID:
            raise SyncError("write a line for each identity on standard input, card, phone or account and then its number")
        claims.append(_claim(keys, kind, loyalty_id))
    if not claims:
        raise SyncError("standard input is empty: write a line for each identity, such as card 4711")
    return claims
