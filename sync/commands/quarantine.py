"""`tillside headquarters quarantine`: what headquarters refused, and what becomes of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from sync.commands.options import as_json, store, url_of

if TYPE_CHECKING:
    from sync.central import Quarantined

_WHICH = click.argument("batches", nargs=-1, metavar="[BATCH]...")
_OF = click.option("--device", help="Every batch of this register.")
_SHORTEST = 4
_SHOWN = 3
"""Records of a batch that `show` prints."""


@click.group()
def quarantine() -> None:
    """
    Batches that could not be kept: what is in them, why, and what to do. BATCH: the first digits of its SHA-256.

    Equal batches of several registers have one name, and are meant together.

    Example: tillside headquarters quarantine list --dir /srv/tillside
    """


@quarantine.command("list")
@store
@as_json
def quarantine_list(folder: Path | None, central: str | None, as_json: bool) -> None:
    """
    Every batch in quarantine, oldest first.

    Example: tillside headquarters quarantine list --dir /srv/tillside
    """
    from contextlib import closing

    from sync import status_text
    from sync.central import open_central

    with closing(open_central(url_of(folder, central))) as opened:
        kept = opened.quarantined()
    if as_json:
        print(msgspec.json.encode([one._asdict() for one in kept]).decode())
        return
    for one in kept:
        name = one.sha256[:12] or "no room"
        print(f"{name:12} {status_text.shown(one.device, 24):24} {one.at[:16]} {one.times:>4} times {one.size:>8} B")
        print(f"             {status_text.shown(one.why, 400)}")
    if not kept:
        print("nothing is in quarantine")


@quarantine.command("show")
@store
@click.argument("batch")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write its bytes here, as they came.")
def quarantine_show(folder: Path | None, central: str | None, batch: str, out: Path | None) -> None:
    """
    What is in a batch, as far as it can be read, and why it was refused.

    Example: tillside headquarters quarantine show 3f9a --dir /srv/tillside --out batch.zst
    """
    from contextlib import closing

    from device.errors import SyncError
    from sync import envelope, status_text
    from sync.central import open_central

    with closing(open_central(url_of(folder, central))) as opened:
        chosen = _chosen(opened.quarantined(), [batch], None)
        payload = opened.payload(chosen[0].device, chosen[0].sha256) or b""
    for one in chosen:
        print(f"{one.sha256} from {status_text.shown(one.device, 64)}, {one.size} B, {one.times} times, last at {one.at}")
        print(status_text.shown(one.why, 400))
    if out is not None:
        try:
            out.write_bytes(payload)
        except OSError as error:
            raise SyncError(f"{out} cannot be written: {error.strerror}") from error
    try:
        read = envelope.unpack(payload)
    except envelope.BadBatchError as error:
        print(f"it cannot be read: {status_text.shown(str(error), 400)}")
        return
    print(msgspec.json.encode(read.header).decode())
    for entry in read.entries[:_SHOWN]:
        # msgspec writes control characters as escapes, and the body of an entry it has read is JSON.
        print(f"{entry.seq}: {msgspec.json.format(entry.body, indent=0).decode()}")
    if len(read.entries) > _SHOWN:
        print(f"and {len(read.entries) - _SHOWN} records more")


@quarantine.command("retry")
@store
@_WHICH
@_OF
def quarantine_retry(folder: Path | None, central: str | None, batches: tuple[str, ...], device: str | None) -> None:
    """
    Try to keep batches once more, for instance after an update; what is kept now leaves quarantine.

    The register keeps what was refused all the same. The status is 1 when any is refused again.

    Example: tillside headquarters quarantine retry --device S1-till-7 --dir /srv/tillside
    """
    from contextlib import closing
    from datetime import datetime

    from sync import envelope, ingest, status_text
    from sync.central import open_central

    url = url_of(folder, central)
    open_central(url).close()
    refused = 0
    with closing(open_central(url, create=True)) as opened:
        for one in _chosen(opened.quarantined(), batches, device):
            payload = opened.payload(one.device, one.sha256)
            delivery = None if payload is None else ingest.read(envelope.receipts_topic(one.device), payload)
            if delivery is None or not one.sha256:
                print(f"{one.sha256[:12] or 'no room'}: nothing to try, its bytes are not here")
                refused += 1
                continue
            (verdict,) = opened.ingest([delivery], datetime.fromisoformat(one.at))
            if verdict.refused is not None:
                print(f"{one.sha256[:12]}: refused again: {status_text.shown(verdict.refused, 400)}")
                refused += 1
                continue
            opened.drop(one.device, one.sha256)
            print(f"{one.sha256[:12]}: {verdict.new} records kept, {verdict.known} were here")
    sys.exit(refused > 0)


@quarantine.command("drop")
@store
@_WHICH
@_OF
def quarantine_drop(folder: Path | None, central: str | None, batches: tuple[str, ...], device: str | None) -> None:
    """
    Take batches out of quarantine for good.

    The register keeps its receipts; here their numbers stay missing.

    Example: tillside headquarters quarantine drop 3f9a 77b0 --dir /srv/tillside
    """
    from contextlib import closing

    from sync.central import open_central

    url = url_of(folder, central)
    open_central(url).close()
    with closing(open_central(url, create=True)) as opened:
        dropped = sum(opened.drop(one.device, one.sha256) for one in _chosen(opened.quarantined(), batches, device))
    print(f"{dropped} batches dropped")


def _chosen(kept: Iterable[Quarantined], batches: Iterable[str], device: str | None) -> list[Quarantined]:
    """Each once; CentralError for a word that names no batch, or several. Of one that several registers sent, each of theirs."""
    from device.errors import CentralError

    kept = list(kept)
    chosen = {(one.device, one.sha256): one for one in kept if device is not None and one.device == device}
    for word in batches:
        fitting = [one for one in kept if len(word) >= _SHORTEST and one.sha256.startswith(word.lower())]
        different = len({one.sha256 for one in fitting})
        if different != 1:
            found = "none" if not fitting else str(different)
            raise CentralError(f"'{word}' names {found} of the batches in quarantine: take more digits from `quarantine list`")
        chosen.update(((one.device, one.sha256), one) for one in fitting)
    if not chosen:
        raise CentralError("no batch is named: say which by the first digits that `quarantine list` shows, or --device")
    return list(chosen.values())
