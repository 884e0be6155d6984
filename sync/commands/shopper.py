"""`tillside headquarters shopper`: what a shopper may ask of headquarters. Thin: words in, one call, sentences out."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from device.errors import CentralError, SyncError
from device.options import Plugged
from sync.commands import shopper_links
from sync.commands.asking import FILE, FOLDER, KIND, keys_of, of_headquarters, people_of, typed, typed_claim
from sync.commands.options import as_json, url_of

if TYPE_CHECKING:
    from device.shopper import Keyring
    from sync.central.people import Statement

_BUNDLE = click.option("--bundle", type=FILE, help="The bundle that registers have: the profile in it is told.")
_PROFILES = click.option(
    "--profiles", "by_store", type=FOLDER, help="The stores' profiles, where they travel beside the bundle. Needs --bundle."
)


def _beside(bundle: Path | None, by_store: Path | None) -> None:
    if by_store is not None and bundle is None:
        raise click.UsageError("--profiles travel beside a bundle: name it with --bundle")


@click.group(cls=Plugged, plugged="tillside.headquarters.shopper")
def shopper() -> None:
    """
    A shopper's request: what is kept, a copy of it, consent, erasure; and which cards and phones are one person's.

    The card is read from standard input, asked for without being shown where that is a terminal.

    Example: tillside headquarters shopper show --dir /srv/tillside < card.txt
    """


for _command in (shopper_links.link, shopper_links.merge, shopper_links.split, shopper_links.review):
    shopper.add_command(_command)


@shopper.command()
@of_headquarters
@KIND
@_BUNDLE
@_PROFILES
@as_json
def show(
    folder: Path | None,
    central: str | None,
    shopper_key: Path | None,
    kind: str,
    bundle: Path | None,
    by_store: Path | None,
    as_json: bool,
) -> None:
    """
    What is kept of a shopper: identities, consents with source and time, receipts, segments, profile with its reasons.

    Example: tillside headquarters shopper show --dir /srv/tillside --bundle today.bundle < card.txt
    """
    from sync import shoppers
    from sync.central import open_central

    _beside(bundle, by_store)
    claim, url = typed_claim(keys_of(folder, shopper_key), kind), url_of(folder, central)
    with people_of(url, create=False) as people, closing(open_central(url)) as central_store:
        held = people.held(claim)
        tokens = shoppers.held_tokens(held, claim)
        records = shoppers.Records(people, tokens)
        records.count()
        profile = None if bundle is None else shoppers.known(bundle, by_store, tokens, records.bought)
        refused = shoppers.refused_batches(central_store, tokens)
    if as_json:
        print(msgspec.json.encode(shoppers.summary(held, records.found, refused, profile)).decode())
        return
    for line in shoppers.lines(held, records.found, refused, profile, asked_bundle=bundle is not None):
        print(line)


@shopper.command()
@of_headquarters
@KIND
@_BUNDLE
@_PROFILES
@click.option("--out", type=FILE, required=True, help="The file to write: JSON, readable by its owner only.")
def export(
    folder: Path | None,
    central: str | None,
    shopper_key: Path | None,
    kind: str,
    bundle: Path | None,
    by_store: Path | None,
    out: Path,
) -> None:
    """
    A copy of everything that is kept of a shopper, and of nobody else, in one JSON file.

    Example: tillside headquarters shopper export --dir /srv/tillside --out anna.json < card.txt
    """
    from sync import shoppers
    from sync.central import open_central

    _beside(bundle, by_store)
    claim, url = typed_claim(keys_of(folder, shopper_key), kind), url_of(folder, central)
    with people_of(url, create=False) as people, closing(open_central(url)) as central_store:
        held = people.held(claim)
        tokens = shoppers.held_tokens(held, claim)
        counting, records = shoppers.Records(people, tokens), shoppers.Records(people, tokens)
        counting.count()
        profile = None if bundle is None else shoppers.known(bundle, by_store, tokens, counting.bought)
        refused = shoppers.refused_batches(central_store, tokens)
        shoppers.write(out, shoppers.summary(held, counting.found, refused, profile), records)
    found = records.found
    print(f"{out}: {found.receipts} receipts, {found.imported} imported ones, {len(held.said)} statements; only you can read it")


@shopper.command()
@of_headquarters
@KIND
@as_json
def forget(folder: Path | None, central: str | None, shopper_key: Path | None, kind: str, as_json: bool) -> None:
    """
    Erase a shopper under every identity: here now, on every register with its next visits (`headquarters forgotten`).

    Example: tillside headquarters shopper forget --dir /srv/tillside < card.txt
    """
    from sync.central.forgetting import open_forgetting

    claim = typed_claim(keys_of(folder, shopper_key), kind)
    with closing(open_forgetting(url_of(folder, central))) as opened:
        done = opened.forget([one.token for one in claim.shoppers], datetime.now(UTC))
    if as_json:
        print(msgspec.json.encode(done._asdict()).decode())
    else:
        print(
            f"forgotten here, with every identity and consent: {done.receipts} receipts and {done.past} imported ones are "
            "anonymous; train and publish a bundle, so that the profile goes too"
        )
    _clean(done.clean)


@shopper.command()
@of_headquarters
@KIND
@click.option("--import", "file", type=FILE, help="A file of consents, see sync/consents.py.")
@click.option("--purpose", type=click.Choice(["profiling", "history", "offers"]), help="What one shopper speaks of.")
@click.option("--yes/--no", "given", default=None, help="Agrees, or refuses or withdraws.")
@click.option("--at", help="When it was said: 2026-11-01T10:00:00+03:00.  [default: now]")
@click.option("--source", help="Where it was said: app, till, form.")
@click.option("--text", "version", help="Version of the text that was agreed to.")
@as_json
def consent(
    folder: Path | None, central: str | None, shopper_key: Path | None, kind: str, file: Path | None, as_json: bool, **said: Any
) -> None:
    """
    Keep what shoppers said: by file, or of one whose card is read from standard input. The latest word counts.

    Whoever says no to profiling leaves everything but what was said; registers learn of it as of erasure.

    Example: tillside headquarters shopper consent --dir /srv/tillside --import consents.csv
    """
    from sync import agreement, consents
    from sync.central.forgetting import open_forgetting

    single = (said["purpose"], said["given"], said["source"], said["version"])
    if (file is None) == (None in single) or (file is not None and any(word is not None for word in said.values())):
        raise click.UsageError("say --import FILE, or --purpose, --yes or --no, --source and --text of one shopper")
    now, keys, url = datetime.now(UTC), keys_of(folder, shopper_key), url_of(folder, central)
    one = _spoken(keys, now, kind, **said) if file is None else None
    with people_of(url) as people, closing(open_forgetting(url, prepared=True)) as opened:
        if one is not None:
            kept = agreement.keep_one(people, opened, one, now)
        elif file is not None:
            told = consents.read(file, keys, now)
            kept = agreement.keep(people, opened, told, now, lambda line: click.echo(f"line {line.line}: {line.why}", err=True))
    if as_json:
        print(msgspec.json.encode(kept._asdict()).decode())
    else:
        print(f"{kept.new} statements are new, {kept.known} were here or are older than what is")
        if kept.forgotten:
            print(f"{kept.forgotten} are of shoppers who are to be forgotten: they stay anonymous until the next year's key")
        if kept.withdrawn:
            print(f"{kept.withdrawn} pseudonyms were withdrawn: {kept.anonymous} receipts are anonymous; now train and publish")
    _clean(kept.clean)
    if kept.refused:
        raise SyncError(f"{kept.refused} lines were refused, the others are kept: correct these and import the file again")


def _spoken(keys: Keyring, now: datetime, kind: str, **said: Any) -> Statement:
    """What one shopper says whose card is read from standard input."""
    from sync import consents

    words = {"id": typed("card, phone or account"), "kind": kind, "given": "yes" if said["given"] else "no"}
    words |= {"purpose": said["purpose"], "source": said["source"], "version": said["version"]}
    try:
        return consents.statement({**words, "at": said["at"] or now.isoformat()}, keys, now)
    except ValueError as error:
        raise SyncError(f"this cannot be kept: {error}") from None


def _clean(clean: bool) -> None:
    if not clean:
        raise CentralError("a reader held the store, and its log still has what was erased: run the same once more")
