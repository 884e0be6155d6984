"""What may be found after a power cut, by workload: opened with our own programs' code, held against what was promised.

`judge` answers "", "lost" (a promise is not kept) or "corrupt" (it cannot be opened, does not fit together, or holds what nobody
wrote), and why.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from fakes.headquarters import rating, receipt
from faults import workloads
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient import Updater

from device import packed
from device.bundle import Bundle
from device.errors import TillsideError
from device.slots import slots
from device.store import EdgeStore
from sync import offer, publish, root_of_trust
from sync.central.sqlite import Sqlite
from sync.downlink import Downlink
from sync.fetcher import Fetcher
from sync.ledger import Ledger

Promises = Sequence[Sequence[Any]]


class Verdict(NamedTuple):
    kind: str
    why: str = ""


GOOD = Verdict("")


class LostError(Exception):
    """A promise that is not kept."""


class CorruptError(Exception):
    """What was found cannot be."""


def judge(workload: str, state: Path, promises: Promises, material: Path) -> Verdict:
    return held(lambda: JUDGES[workload](state, promises, material))


def held(look: Callable[[], None]) -> Verdict:
    """What comes of a look."""
    try:
        look()
    except LostError as error:
        return Verdict("lost", str(error))
    except (CorruptError, RepositoryError, DownloadError, TillsideError, sqlite3.Error, OSError, AssertionError) as error:
        return Verdict("corrupt", f"{type(error).__name__}: {error}")
    return GOOD


def _edge(state: Path, promises: Promises, _: Path) -> None:
    path = state / "edge.db"
    if any(words[0] == "opened" for words in promises) and not path.exists():
        raise LostError("there is no edge database")
    with contextlib.closing(EdgeStore(path, "register-1")) as store:
        if any("damaged (" in told for told in store.told):
            raise CorruptError(store.told[0])
        sound(store._db)
        _receipts(store, promises)
        _rest(store, promises)


@functools.cache
def _written(number: int) -> bytes:
    return msgspec.json.encode(receipt(number, lines=workloads.lines_of(number)))


def sound(db: sqlite3.Connection) -> None:
    (found,) = db.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise CorruptError(found)


def _receipts(store: EdgeStore, promises: Promises) -> None:
    kept = {name: packed.unpack(body) for name, body in store._db.execute("SELECT receipt_id, body FROM receipt")}
    told = [int(words[1]) for words in promises if words[0] == "receipt"]
    for number in told:
        body = kept.get(f"register-1-{number}")
        if body is None:
            raise LostError(f"receipt {number} of {len(told)} is not there")
    for name, body in kept.items():
        number = int(name.rpartition("-")[2])
        if body != _written(number):
            raise CorruptError(f"receipt {number} is not as it was written")
    (outcomes,) = store._db.execute("SELECT count(*) FROM outcome").fetchone()
    if outcomes != len(kept):
        raise CorruptError(f"{len(kept)} receipts have {outcomes} outcomes")
    if told:
        # The till tells it again: it is the same sale, and the next one has a number of its own.
        again = told[-1] + 1
        sale = receipt(again, lines=workloads.lines_of(again))
        was = store.receipts()
        key = store.record(sale, b"told %d" % again)
        if (key is None) is not (sale.receipt_id in kept) or store.receipts() != was + (key is not None):
            raise CorruptError(f"receipt {again} told again is another sale")


def _rest(store: EdgeStore, promises: Promises) -> None:
    rated = dict(
        store._db.execute("SELECT receipt.receipt_id, rating.body FROM rating JOIN receipt ON receipt.seq = rating.receipt")
    )
    last: dict[int, list[int]] = {}
    for words in promises:
        if words[0] == "rating":
            last.setdefault(words[1], []).append(words[2])
    for number, scores in last.items():
        body = rated.get(f"register-1-{number}")
        if body is None or body not in {msgspec.json.encode(rating(number, score)) for score in (scores[-1], 7)}:
            raise LostError(f"the rating of receipt {number} is not {scores[-1]}")
    handed = {(basket, sku): settled for basket, sku, settled in store._db.execute("SELECT basket_id, sku, settled FROM handed")}
    day_over = {words[1] for words in promises if words[0] == "receipt"}
    for words in promises:
        if words[0] in {"handed", "settled"} and not day_over:
            raise AssertionError("a hand-over comes after a sale")
        if words[0] in {"handed", "settled"} and (words[1], words[2]) not in handed:
            raise LostError(f"{words[2]} handed on {words[1]} is forgotten")
        if words[0] == "settled" and not handed[words[1], words[2]]:
            raise LostError(f"{words[2]} on {words[1]} is open again")


def _ledger(state: Path, promises: Promises, _: Path) -> None:
    with Ledger(state / "sync.db") as book:
        sound(book._db)
        marks = [(words[1], words[2]) for words in promises if words[0] == "acknowledged"]
        acknowledged, refused = marks[-1] if marks else (0, 0)
        found = book.watermark(workloads.EPOCH)
        if found not in {acknowledged, acknowledged + 100}:
            raise (LostError if found < acknowledged else CorruptError)(f"the watermark is {found}, promised was {acknowledged}")
        if book.refusals() not in {refused, refused + 1}:
            raise LostError(f"{book.refusals()} refusals are known of {refused}")
        for words in promises:
            if words[0] == "floor" and book.floors().get(("timestamp", "keys"), 0) < words[1]:
                raise LostError(f"the floor {words[1]} is {book.floors()}")
            if words[0] == "failed" and not book.reverted(words[1]):
                raise LostError(f"bundle {words[1]} is wanted again")


def _bundles(state: Path, promises: Promises, material: Path) -> None:
    may = allowed(promises, "installed", material)
    bundle_db = state / "bundle.db"
    if may == {None} and slots(bundle_db).active is None:
        return
    found = slots(bundle_db).active
    if found is None and None not in may:
        raise LostError("no bundle is in use")
    if found is not None:
        with contextlib.closing(Bundle.open(bundle_db)) as bundle:
            if bundle.manifest.identity not in may:
                raise LostError(f"bundle {bundle.manifest.identity} is in use, not one of {may}")
    # Whatever is left of the metadata: the same repository is still trusted, and an older one is not.
    offered = max((words[1] for words in promises if words[0] == "offered"), default=1)
    with Ledger(state / "sync.db") as book:
        _refresh(state, material, offered, book)
        if any(words == ["installed", offered] for words in promises) and offered > 1:
            with contextlib.suppress(TillsideError, CorruptError):
                _refresh(state, material, offered - 1, book)
                raise LostError(f"repository {offered - 1} is trusted after {offered}")


def updater(down: Downlink) -> Updater:
    """What asks the repository, as `Downlink.check` makes it."""
    root = down._trusted.bootstrap()
    down._download.mkdir(parents=True, exist_ok=True)
    return down._updater(root, Fetcher(down._download, None))


def _refresh(state: Path, material: Path, number: int, book: Ledger) -> None:
    folder = material / f"headquarters-{number}"
    down = workloads.downlink(folder, state, book)
    try:
        updater(down).refresh()
    except RepositoryError as error:
        raise CorruptError(f"repository {number} is refused: {error}") from error
    down._trusted.hold_floors(down._url, datetime.now(UTC))


def _repository(state: Path, promises: Promises, material: Path) -> None:
    folder = state / "headquarters"
    if not any(words[0] == "published" for words in promises):
        if (folder / "root.json").exists():
            publish.published(folder)
        else:
            root_of_trust.init(folder)
        return
    if publish.published(folder) not in allowed(promises, "published", material):
        raise LostError(f"{publish.published(folder)} is published")
    register = state / "register"
    with Ledger(register / "sync.db") as book:
        down = workloads.downlink(folder, state, book)
        client = updater(down)
        client.refresh()
        target = client.get_targetinfo(offer.TARGET)
        if target is not None:
            client.download_target(target)
    publish.renew(folder, datetime.now(UTC) + timedelta(days=2))


def allowed(promises: Promises, done: str, material: Path) -> set[str | None]:
    """Identities that may be in use: the last one promised, and the one on offer after it."""
    identities = {int(number): name for number, name in json.loads((material / "identities.json").read_text()).items()}
    last = [words[1] for words in promises if words[0] == done]
    may = {identities[last[-1]] if last else None}
    if promises and promises[-1][0] == "offered":
        may.add(identities[promises[-1][1]])
    if done == "installed" and promises and promises[-1] == ["installed", 3]:
        may.add(identities[2])  # the revert behind it
    return may


def _central(state: Path, promises: Promises, _: Path) -> None:
    with contextlib.closing(Sqlite(state / "central.db", create=True)) as store:
        sound(store._db)
        kept = [msgspec.json.decode(body)["receipt_id"] for body in store.receipts()]
        promised = max((words[1] for words in promises if words[0] == "kept"), default=0)
        if len(kept) != len(set(kept)) or len(kept) % 10:
            raise CorruptError(f"{len(kept)} receipts are kept: a poll was torn")
        if len(kept) < promised:
            raise LostError(f"{len(kept)} receipts are kept of {promised}")
        marks = {store.watermark(register.device, register.epoch) for register in store.registers()}
        if kept and (store.gaps() or marks != {len(kept)}):
            raise CorruptError(f"{len(kept)} receipts are kept, answered for is {marks}, gaps {store.gaps()}")


JUDGES: dict[str, Callable[[Path, Promises, Path], None]] = {
    "edge": _edge,
    "edge_small": _edge,
    "edge_again": _edge,
    "edge_normal": _edge,
    "edge_off": _edge,
    "ledger": _ledger,
    "bundles": _bundles,
    "repository": _repository,
    "central": _central,
}
