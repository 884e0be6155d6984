"""`tillside headquarters shopper link | merge | split | review`: which cards, phones and accounts are one person's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from device.errors import SyncError
from sync.commands.asking import KIND, keys_of, of_headquarters, people_of, typed_claim, typed_claims
from sync.commands.options import as_json, store, url_of


@click.command()
@of_headquarters
@as_json
def link(folder: Path | None, central: str | None, shopper_key: Path | None, as_json: bool) -> None:
    r"""
    Say that identities are one person's. Standard input has a line for each: KIND ID; the first is whose person it is.

    What another person has shown first stays theirs, and the status is 1.

    Example: printf 'card 4711\nphone 79160000017\n' | tillside headquarters shopper link --dir /srv/tillside
    """
    claims = typed_claims(keys_of(folder, shopper_key))
    with people_of(url_of(folder, central)) as people:
        made = people.link(claims, datetime.now(UTC))
    if made.person is None:
        raise SyncError("this shopper is to be forgotten and stays so until the next year's key: nothing was linked")
    if as_json:
        print(msgspec.json.encode(made._asdict()).decode())
    else:
        print(f"person {made.person}: {made.new} pseudonyms are new")
    if made.disputed:
        raise SyncError(
            f"the {' and the '.join(made.disputed)} is another person's, who showed it first, or this one has another: if both "
            "are one person, `shopper merge` them; if it was never theirs, `shopper split` it, then link again"
        )


@click.command()
@of_headquarters
@as_json
def merge(folder: Path | None, central: str | None, shopper_key: Path | None, as_json: bool) -> None:
    r"""
    Make two persons one: two lines of standard input, KIND ID, one of each.

    Example: printf 'card 4711\ncard 4712\n' | tillside headquarters shopper merge --dir /srv/tillside
    """
    claims = typed_claims(keys_of(folder, shopper_key))
    if len(claims) != 2:
        raise SyncError("two lines are wanted, KIND ID, one of each person")
    with people_of(url_of(folder, central)) as people:
        person = people.merge(*claims)
    print(msgspec.json.encode({"person": person}).decode() if as_json else f"both are person {person}")


@click.command()
@of_headquarters
@KIND
@as_json
def split(folder: Path | None, central: str | None, shopper_key: Path | None, kind: str, as_json: bool) -> None:
    """
    Take an identity away from its person; it is one of its own from then on.

    Example: tillside headquarters shopper split --kind phone --dir /srv/tillside < phone.txt
    """
    claim = typed_claim(keys_of(folder, shopper_key), kind)
    with people_of(url_of(folder, central)) as people:
        person = people.split(claim, datetime.now(UTC))
    print(msgspec.json.encode({"person": person}).decode() if as_json else f"it is person {person} now")


@click.command()
@store
@as_json
def review(folder: Path | None, central: str | None, as_json: bool) -> None:
    """
    Count every person's receipts anew: cards that many share, a canteen's say, are found, and nobody has a profile of them.

    Example: tillside headquarters shopper review --dir /srv/tillside
    """
    with people_of(url_of(folder, central)) as people:
        found = people.review()
    if as_json:
        print(msgspec.json.encode(found._asdict()).decode())
        return
    print(f"of {found.changed} persons something else was counted than before")
    for person in found.shared:
        print(f"person {person} has a card that many share: no profile is made of it")
