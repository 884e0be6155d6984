"""`tillside headquarters shopper`: what a shopper may ask of headquarters, and who is who.

A card, phone or account is read from standard input and never from the command line, which other users of the machine see and the
shell remembers. Thin: words in, one call, sentences out; the clock is read here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from device.errors import CentralError, SyncError
from sync.commands.options import as_json, store, url_of

if TYPE_CHECKING:
    from device.shopper import Keyring
    from sync.central.people import Claim, PeopleOffice

_MAX_ID = 200
_PAGE = 500
"""Statements of one transaction."""
_KINDS = click.Choice(["card", "phone", "account"])
_FILE = click.Path(path_type=Path, dir_okay=False)
_KIND = click.option("--kind", type=_KINDS, default="card", show_default=True, help="What is read from standard input.")
_BUNDLE = click.option("--bundle", type=_FILE, help="The bundle that registers have: the profile in it is told.")


def _of_headquarters(command: Callable[..., None]) -> Callable[..., None]:
    """Which central store, and which keys make pseudonyms."""
    keys = click.option("--shopper-key", type=_FILE, help="Key file.  [default: DIR/authority/shopper.keys]")
    return store(keys(command))


@click.group()
def shopper() -> None:
    """
    A shopper's request: what is kept, a copy of it, consent, erasure; and which cards and phones are one person's.

    The card is read from standard input, asked for without being shown where that is a terminal.

    Example: tillside headquarters shopper show --dir /srv/tillside < card.txt
    """


@shopper.command()
@_of_headquarters
@_KIND
@_BUNDLE
@as_json
def show(folder: Path | None, central: str | None, shopper_key: Path | None, kind: str, bundle: Path | None, as_json: bool) -> None:
    """
    What is kept of a shopper: identities, consents with source and time, receipts, profile with its reasons.

    Example: tillside headquarters shopper show --dir /srv/tillside --bundle today.bundle < card.txt
    """
    from sync import shoppers

    claim = _one(_keys(folder, shopper_key), kind)
    with _people(url_of(folder, central), create=False) as people:
        held = people.held(claim)
        tokens = shoppers.held_tokens(held, claim)
        records = shoppers.Records(people, tokens)
        records.count()
        profile = None if bundle is None else shoppers.habits(bundle, tokens, records.bought)
    if as_json:
        print(msgspec.json.encode(shoppers.summary(held, records.found, profile)).decode())
        return
    for line in shoppers.lines(held, records.found, profile, asked_bundle=bundle is not None):
        print(line)


@shopper.command()
@_of_headquarters
@_KIND
@_BUNDLE
@click.option("--out", type=_FILE, required=True, help="The file to write: JSON, readable by its owner only.")
def export(folder: Path | None, central: str | None, shopper_key: Path | None, kind: str, bundle: Path | None, out: Path) -> None:
    """
    A copy of everything that is kept of a shopper, and of nobody else, in one JSON file.

    Example: tillside headquarters shopper export --dir /srv/tillside --out anna.json < card.txt
    """
    from sync import shoppers

    claim = _one(_keys(folder, shopper_key), kind)
    with _people(url_of(folder, central), create=False) as people:
        held = people.held(claim)
        tokens = shoppers.held_tokens(held, claim)
        counting, records = shoppers.Records(people, tokens), shoppers.Records(people, tokens)
        counting.count()
        profile = None if bundle is None else shoppers.habits(bundle, tokens, counting.bought)
        shoppers.write(out, shoppers.summary(held, counting.found, profile), records)
    found = records.found
    print(f"{out}: {found.receipts} receipts, {found.imported} imported ones, {len(held.said)} statements; only you can read it")


@shopper.command()
@_of_headquarters
@_KIND
@as_json
def forget(folder: Path | None, central: str | None, shopper_key: Path | None, kind: str, as_json: bool) -> None:
    """
    Erase a shopper under every identity: here now, on every register with its next visits (`headquarters forgotten`).

    Example: tillside headquarters shopper forget --dir /srv/tillside < card.txt
    """
    from sync.central.forgetting import open_forgetting

    claim = _one(_keys(folder, shopper_key), kind)
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
@_of_headquarters
@_KIND
@click.option("--import", "file", type=_FILE, help="A file of consents, see sync/consents.py.")
@click.option("--purpose", type=click.Choice(["profiling", "history", "offers"]), help="What one shopper speaks of.")
@click.option("--yes/--no", "given", default=None, help="Agrees, or refuses or withdraws.")
@click.option("--at", help="When it was said: 2026-11-01T10:00:00+03:00.  [default: now]")
@click.option("--source", help="Where it was said: app, till, form.")
@click.option("--text", "version", help="Version of the text that was agreed to.")
@as_json
def consent(
    folder: Path | None,
    central: str | None,
    shopper_key: Path | None,
    kind: str,
    file: Path | None,
    purpose: str | None,
    given: bool | None,
    at: str | None,
    source: str | None,
    version: str | None,
    as_json: bool,
) -> None:
    """
    Keep what shoppers said: by file, or of one whose card is read from standard input. The latest word counts.

    Whoever says no to profiling leaves everything but what was said; registers learn of it as of erasure.

    Example: tillside headquarters shopper consent --dir /srv/tillside --import consents.csv
    """
    from sync import consents, shoppers
    from sync.central.forgetting import open_forgetting
    from sync.central.people import Consented, Statement

    single = (purpose, given, source, version)
    if (file is None) == (None in single) or (file is not None and any(word is not None for word in (*single, at))):
        raise click.UsageError("say --import FILE, or --purpose, --yes or --no, --source and --text of one shopper")
    now, keys, url = datetime.now(UTC), _keys(folder, shopper_key), url_of(folder, central)
    told: Iterator[Statement | consents.Refused]
    if file is not None:
        told = consents.read(file, keys, now)
    else:
        words = {"id": _typed("card, phone or account"), "kind": kind, "purpose": purpose or "", "source": source or ""}
        words |= {"given": "yes" if given else "no", "at": at or now.isoformat(), "version": version or ""}
        try:
            told = iter([consents.statement(words, keys, now)])
        except ValueError as error:
            raise SyncError(f"this cannot be kept: {error}") from None
    new, known, forgotten, refused = 0, 0, 0, 0
    good: list[Statement] = []
    with _people(url) as people, closing(open_forgetting(url, prepared=True)) as opened:
        while page := list(islice(told, _PAGE)):
            good = [one for one in page if isinstance(one, Statement)]
            for one in page:
                if isinstance(one, consents.Refused):
                    refused += 1
                    click.echo(f"line {one.line}: {one.why}", err=True)
            kept = people.say(good, now) if good else Consented(0, 0, 0)
            new, known, forgotten = new + kept.new, known + kept.known, forgotten + kept.forgotten
        gone, done = shoppers.take_out_withdrawn(people, opened, now)
        if file is None and not gone and shoppers.left(people, good):
            tokens = [shopper.token for one in good for shopper in one.claim.shoppers]
            gone, done = len(tokens), opened.forget(tokens, now, words=False)
    facts = {"new": new, "known": known, "forgotten": forgotten, "refused": refused, "withdrawn": gone}
    if as_json:
        print(msgspec.json.encode(facts).decode())
    else:
        print(f"{new} statements are new, {known} were here or are older than what is")
        if forgotten:
            print(f"{forgotten} are of shoppers who are to be forgotten: they stay anonymous until the next year's key")
        if gone:
            print(f"{gone} pseudonyms were withdrawn: {done.receipts + done.past} receipts are anonymous; now train and publish")
    _clean(done.clean)
    if refused:
        raise SyncError(f"{refused} lines were refused, the others are kept: correct these and import the file again")


@shopper.command()
@_of_headquarters
@as_json
def link(folder: Path | None, central: str | None, shopper_key: Path | None, as_json: bool) -> None:
    """
    Say that identities are one person's. Standard input has a line for each: KIND ID; the first is whose person it is.

    What another person has shown first stays theirs, and the status is 1.

    Example: printf 'card 4711\\nphone 79160000017\\n' | tillside headquarters shopper link --dir /srv/tillside
    """
    claims = _several(_keys(folder, shopper_key))
    with _people(url_of(folder, central)) as people:
        made = people.link(claims, datetime.now(UTC))
    if made.person is None:
        raise SyncError("this shopper is to be forgotten and stays so until the next year's key: nothing was linked")
    if as_json:
        print(msgspec.json.encode(made._asdict()).decode())
    else:
        print(f"person {made.person}: {made.new} pseudonyms are new")
    if made.disputed:
        raise SyncError(
            f"the {' and the '.join(made.disputed)} is another person's, who showed it first, or this one has another: if both are "
            "one person, `shopper merge` them; if it was never theirs, `shopper split` it, then link again"
        )


@shopper.command()
@_of_headquarters
@as_json
def merge(folder: Path | None, central: str | None, shopper_key: Path | None, as_json: bool) -> None:
    """
    Make two persons one: two lines of standard input, KIND ID, one of each.

    Example: printf 'card 4711\\ncard 4712\\n' | tillside headquarters shopper merge --dir /srv/tillside
    """
    claims = _several(_keys(folder, shopper_key))
    if len(claims) != 2:
        raise SyncError("two lines are wanted, KIND ID, one of each person")
    with _people(url_of(folder, central)) as people:
        person = people.merge(*claims)
    print(msgspec.json.encode({"person": person}).decode() if as_json else f"both are person {person}")


@shopper.command()
@_of_headquarters
@_KIND
@as_json
def split(folder: Path | None, central: str | None, shopper_key: Path | None, kind: str, as_json: bool) -> None:
    """
    Take an identity away from its person; it is one of its own from then on.

    Example: tillside headquarters shopper split --kind phone --dir /srv/tillside < phone.txt
    """
    claim = _one(_keys(folder, shopper_key), kind)
    with _people(url_of(folder, central)) as people:
        person = people.split(claim, datetime.now(UTC))
    print(msgspec.json.encode({"person": person}).decode() if as_json else f"it is person {person} now")


@shopper.command()
@store
@as_json
def review(folder: Path | None, central: str | None, as_json: bool) -> None:
    """
    Count every person's receipts anew: cards that many share, a canteen's say, are found, and nobody has a profile of them.

    Example: tillside headquarters shopper review --dir /srv/tillside
    """
    with _people(url_of(folder, central)) as people:
        found = people.review()
    if as_json:
        print(msgspec.json.encode(found._asdict()).decode())
        return
    print(f"of {found.changed} persons something else was counted than before")
    for person in found.shared:
        print(f"person {person} has a card that many share: no profile is made of it")


@contextmanager
def _people(url: str, *, create: bool = True) -> Iterator[PeopleOffice]:
    from sync.central import open_central
    from sync.central.people import open_people

    open_central(url).close()  # it is not made here: a mistyped URL is no empty store
    with closing(open_people(url, datetime.now(UTC), create=create)) as people:
        yield people


def _keys(folder: Path | None, shopper_key: Path | None) -> Keyring:
    from device.shopper import Keyring
    from sync.identity.authority import Authority

    if shopper_key is not None:
        return Keyring.read(shopper_key)
    if folder is None:
        raise click.UsageError("say which keys make pseudonyms: --dir of headquarters' folder, or --shopper-key")
    return Authority(folder).keys(datetime.now(UTC))


def _typed(what: str) -> str:
    """One line of standard input, that no other user of this machine sees."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True))
    line = sys.stdin.readline(_MAX_ID + 1)
    if len(line.strip()) >= _MAX_ID:
        raise SyncError(f"a {what} has at most {_MAX_ID} letters: put it alone on the first line of standard input")
    return line.strip()


def _claim(keys: Keyring, kind: str, loyalty_id: str) -> Claim:
    from sync.central.people import Claim, Kind

    shoppers = keys.every(loyalty_id)
    if not shoppers:
        raise SyncError(f"no {kind} was read from standard input: put it there, alone on its line")
    return Claim(Kind(kind), shoppers)


def _one(keys: Keyring, kind: str) -> Claim:
    return _claim(keys, kind, _typed(kind))


def _several(keys: Keyring) -> list[Claim]:
    from sync.central.people import Kind

    claims = list[Claim]()
    while line := sys.stdin.readline(_MAX_ID + 1):
        kind, _, loyalty_id = line.strip().partition(" ")
        if kind not in set(Kind) or len(claims) >= len(Kind) or len(line) > _MAX_ID:
            raise SyncError("write a line for each identity on standard input, card, phone or account and then its number")
        claims.append(_claim(keys, kind, loyalty_id))
    if not claims:
        raise SyncError("standard input is empty: write a line for each identity, such as card 4711")
    return claims


def _clean(clean: bool) -> None:
    if not clean:
        raise CentralError("a reader held the store, and its log still has what was erased: run the same once more")
