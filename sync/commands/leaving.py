"""`tillside headquarters forget | forgotten | rekey | expire`: what neither end keeps any longer, and another year's key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import click
import msgspec

from device.errors import SyncError
from sync.commands.asking import MAX_ID, typed
from sync.commands.options import as_json, central_store, headquarters_folder, url_of


@click.command()
@headquarters_folder
@central_store
@click.argument("tokens", nargs=-1)
@click.option("--id", "card", metavar="-", help="-: a loyalty card, read from standard input; it is not kept.")
@as_json
def forget(folder: Path, central: str | None, tokens: tuple[str, ...], card: str | None, as_json: bool) -> None:
    """
    Forget shoppers: here now, on every register when it next exchanges; `headquarters forgotten` says who has not yet.

    Example: tillside headquarters forget --dir /srv/tillside --id - < card.txt
    """
    from contextlib import closing

    from sync.central.forgetting import open_forgetting
    from sync.identity.authority import Authority

    at = datetime.now(UTC)
    if card not in {None, "-"}:
        # It is not said again: this goes into logs.
        raise SyncError("others see a command line, and a shell keeps it: write --id - and put the card on standard input")
    found = Authority(folder).keys(at).ever(typed("card")) if card else ()
    if tokens and card and not found:
        raise SyncError("no card was read from standard input: write --id - and put the card there, alone on its line")
    names = [*tokens, *found]
    if not names:
        raise SyncError("name a pseudonym, or put a card that has a letter or a digit on standard input and write --id -")
    with closing(open_forgetting(url_of(folder, central))) as store:
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
@headquarters_folder
@central_store
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

    at, url = datetime.now(UTC), url_of(folder, central)
    keys = Authority(folder).keys(at)
    changed = 0
    with closing(open_forgetting(url)) as store, closing(open_people(url, at, create=True)) as people:
        cards = _cards(ids)
        while page := list(islice(cards, MAX_RENAMED)):
            renamed = keys.renamed(page, at)
            people.rename(renamed.items())
            changed += store.rename(renamed)
    print(msgspec.json.encode({"renamed": changed}).decode() if as_json else f"{changed} receipts have this year's pseudonyms")


def _cards(ids: TextIO) -> Iterator[str]:
    """Each line of a file of cards, none of which is told again."""
    try:
        while line := ids.readline(MAX_ID + 1):
            if len(line) > MAX_ID and not line.endswith("\n"):
                raise SyncError(f"a line of {ids.name} has more than {MAX_ID} letters: write one card a line")
            yield line
    except UnicodeError:
        raise SyncError(f"{ids.name} is not in UTF-8: save it as that, with one card a line") from None


@click.command()
@headquarters_folder
@central_store
@as_json
def forgotten(folder: Path, central: str | None, as_json: bool) -> None:
    """
    How far each register has forgotten; status 1 while one has not.

    Example: tillside headquarters forgotten --dir /srv/tillside
    """
    from sync.identity.progress import standing

    known = standing(folder, url_of(folder, central))
    behind = known.behind
    if as_json:
        told = {device: 0 if said is None else said.through for device, said in behind.items()}
        print(msgspec.json.encode({"latest": known.latest, "behind": told}).decode())
    else:
        print(f"the list ends at {known.latest}; {len(behind)} of {len(known.registers)} registers have not forgotten all of it")
        for device, said in behind.items():
            heard = "has said nothing" if said is None else f"up to {said.through}, said {said.said_at:%Y-%m-%d %H:%M} UTC"
            print(f"{device}: {heard}")
    if behind:
        raise click.exceptions.Exit(1)


@click.command()
@headquarters_folder
@central_store
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

    at, url = datetime.now(UTC), url_of(folder, central)
    with closing(open_forgetting(url)) as store, closing(open_people(url, at, create=True)) as people:
        gone = store.expire(at - timedelta(days=days))
        persons = people.expire(at - timedelta(days=days)).persons
    if as_json:
        print(msgspec.json.encode({**gone._asdict(), "persons": persons}).decode())
    else:
        told = f"{gone.receipts} receipts, {gone.past} imported ones, {gone.quarantined} refused batches, {persons} persons"
        print(f"deleted {told} who neither bought nor said anything since")


HEADQUARTERS = (forget, forgotten, rekey, expire)
"""What `tillside headquarters` has of them."""
