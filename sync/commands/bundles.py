"""`tillside headquarters` for the bundles: the root of trust, publishing, and who gets what first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from device.options import Measure
from sync.commands.options import headquarters_folder

_ROOT_KEYS = click.option("--root-keys", type=click.IntRange(1, 16), default=1, show_default=True, help="How many root keys.")
_THRESHOLD = click.option(
    "--threshold", type=click.IntRange(1, 16), default=1, show_default=True, help="How many of them a root needs to be signed by."
)


@click.command("init")
@headquarters_folder
@_ROOT_KEYS
@_THRESHOLD
def init(folder: Path, root_keys: int, threshold: int) -> None:
    """
    Make the keys, the root of trust and an empty bundle repository.

    Example: tillside headquarters init --dir /srv/tillside --root-keys 3 --threshold 2
    """
    from sync import root_of_trust

    made = root_of_trust.init(folder, keys=root_keys, threshold=threshold)
    away = ", ".join(map(str, made))
    print(f"give {folder / 'root.json'} to every register; move {away} off this machine, each to a medium of its own")


@click.command("publish")
@headquarters_folder
@click.option("--bundle", type=click.Path(dir_okay=False, path_type=Path), help="What `tillside train` wrote.")
@click.option("--profiles", type=click.Path(file_okay=False, path_type=Path), help="The folder of `train --profiles-by-store`.")
@click.option("--share", type=Measure(0, 100), help="For so many per cent of the registers first.")
@click.option("--store", "stores", multiple=True, help="Only for this store; may be given more than once.")
def publish(folder: Path, bundle: Path | None, profiles: Path | None, share: float | None, stores: tuple[str, ...]) -> None:
    """
    Prove a bundle, sign it, and make it the one registers fetch; with --profiles each store's profiles beside it.

    With --share it is a candidate: raise its share with `rollout --share`, or take it back with `rollout --halt`.

    Example: tillside headquarters publish --dir /srv/tillside --bundle grocery.bundle --share 5
    """
    from sync import publish as publishing
    from sync import root_of_trust

    if bundle is not None:
        part = _share(100.0 if share is None else share)
        manifest = publishing.publish(folder, bundle, share=part, stores=stores, profiles=profiles)
        print(f"published bundle {manifest.identity}{'' if share is None else f' for {share:g} % of the registers'}")
    elif profiles is None or share is not None or stores:
        raise click.UsageError("name the bundle with --bundle; only --profiles may be published without one")
    if profiles is not None:
        count = publishing.publish_profiles(folder, profiles) if bundle is None else publishing.stores_with_profiles(folder)
        print(f"published the profiles of {count} stores")
    if (warning := root_of_trust.warning(folder)) is not None:
        print(warning)


@click.command("rollout")
@headquarters_folder
@click.option("--share", type=Measure(0, 100), help="Offer the candidate to so many per cent; 100: to everybody.")
@click.option("--halt", is_flag=True, help="Withdraw the candidate: registers that have it go back by themselves.")
def rollout(folder: Path, share: float | None, halt: bool) -> None:
    """
    Raise or withdraw the candidate; with neither, tell how far it is.

    Example: tillside headquarters rollout --dir /srv/tillside --share 100
    """
    from sync import publish as publishing

    if halt and share is not None:
        raise click.UsageError("--share and --halt exclude each other")
    if halt:
        print(f"withdrew bundle {publishing.halt(folder).identity}: registers that have it go back to the one before")
    elif share is not None:
        told = publishing.roll_out(folder, _share(share))
        print(f"bundle {told.identity} is for {share:g} % of the registers")
    else:
        now = publishing.offers(folder)
        candidate = now.candidate
        print(f"everybody: {now.everybody.identity if now.everybody else 'none'}")
        print("candidate: none" if candidate is None else f"candidate: {candidate.identity} for {candidate.share / 100:g} %")


@click.group("root")
def root() -> None:
    """
    Replace keys: a lost or stolen one, or a root that is about to expire. Draft, sign with enough keys, publish.

    Example: tillside headquarters root draft --dir /srv/tillside --replace online
    """


@root.command("draft")
@headquarters_folder
@click.option(
    "--replace", multiple=True, type=click.Choice(["online", "targets", "root"]),
    help="New keys for snapshot and timestamp; for targets as well; for the root. None: a new date of expiry only.",
)  # fmt: skip
@_ROOT_KEYS
@_THRESHOLD
def root_draft(folder: Path, replace: tuple[Any, ...], root_keys: int, threshold: int) -> None:
    """
    Write the next root, unsigned, and the keys that are new in it.

    Example: tillside headquarters root draft --dir /srv/tillside --replace online
    """
    from sync import root_of_trust

    path = root_of_trust.draft(folder, replace, keys=root_keys, threshold=threshold)
    print(f"wrote {path}, signed {root_of_trust.signatures(folder)}: sign it with `headquarters root sign`, then `root publish`")


@root.command("sign")
@click.option("--draft", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The draft, wherever it is now.")
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A private key of the root.")
def root_sign(draft: Path, key: Path) -> None:
    """
    Add the signature of one key to a draft; headquarters' folder is not needed for that.

    Example: tillside headquarters root sign --draft /media/safe/root.next.json --key /media/safe/root-1.pem
    """
    from sync import root_of_trust

    root_of_trust.sign(draft, key)
    print(f"signed {draft}")


@root.command("publish")
@headquarters_folder
def root_publish(folder: Path) -> None:
    """
    Take the draft into force and sign everything below it anew.

    Example: tillside headquarters root publish --dir /srv/tillside
    """
    from sync import root_of_trust

    print(f"root {root_of_trust.publish(folder)} is in force; registers follow by themselves")


def _share(per_cent: float) -> int:
    """In ten-thousandths; what is more than none is never rounded to none."""
    return max(round(per_cent * 100), 1 if per_cent else 0)
