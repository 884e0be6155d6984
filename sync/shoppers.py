"""What headquarters answers a shopper: all that is kept of them, readable or as a file, and nobody else's.

The store finds receipts by their bytes; whose each is, is decided here, of the record as it is decoded: a receipt that merely
mentions a pseudonym of the shopper somewhere is another's, and is not told. What cannot be decoded is counted.

The file is JSON, one object: `person`, `identities`, `consents`, `counted`, `profile`, `segments`, then `receipts` (each with
`rating`) and `imported`, record by record, so that its length is no matter of memory. It is readable by its owner only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from device import store_profiles
from device.bundle import Bundle
from device.domain import Pseudonym, Sku
from device.errors import SyncError
from device.place import settle
from sync.central import Central
from sync.central.forgetting import names
from sync.central.people import Claim, Held, PeopleOffice, Purpose, Said

_SHOWN: Final = 10
"""Items of a profile that are told."""


class Found(NamedTuple):
    """Of a shopper's receipts; times on the shop's clock, empty without any."""

    receipts: int
    imported: int
    rated: int
    first: str
    last: str
    unreadable: int
    """Records that mention the shopper and cannot be read: `forget` takes the mention out."""


class Habit(NamedTuple):
    """A line of a profile, and why it is there."""

    sku: Sku
    name: str
    share: float
    receipts: int
    """Receipts here that hold the item."""
    last: str


class Known(NamedTuple):
    """A profile as a register has it; `habits` largest first."""

    habits: tuple[Habit, ...]
    segments: tuple[str, ...]


def held_tokens(held: Held, claim: Claim) -> tuple[str, ...]:
    """Every pseudonym that something may be kept under."""
    own = held.person.pseudonyms if held.person is not None else ()
    return tuple(dict.fromkeys((*own, *(one.token for one in claim.shoppers))))


class Records:
    """Goes once over what is kept under some pseudonyms; what it saw is in `found`, and by item in `bought`."""

    def __init__(self, people: PeopleOffice, tokens: Sequence[str]) -> None:
        self._people = people
        self._tokens = tuple(tokens)
        self._times: list[str] = []
        self._count = {"receipts": 0, "imported": 0, "rated": 0, "unreadable": 0}
        self.bought: dict[str, tuple[int, str]] = {}

    @property
    def found(self) -> Found:
        first, last = (self._times[0], self._times[-1]) if self._times else ("", "")
        return Found(first=first, last=last, **self._count)

    def count(self) -> Found:
        for every in (self.receipts(), self.imported()):
            for _ in every:
                pass
        return self.found

    def receipts(self) -> Iterator[dict[str, Any]]:
        for body, rating in self._people.receipts(self._tokens):
            told = self._own(body)
            if told is None:
                continue
            self._count["receipts"] += 1
            self._saw(told, [line.get("sku") for line in told.get("lines", ()) if isinstance(line, dict)])
            if rating is not None:
                told["rating"] = msgspec.Raw(rating)
                self._count["rated"] += 1
            yield told

    def imported(self) -> Iterator[dict[str, Any]]:
        for body in self._people.past(self._tokens):
            told = self._own(body)
            if told is None:
                continue
            self._count["imported"] += 1
            self._saw(told, [line[0] for line in told.get("lines", ()) if isinstance(line, list) and line])
            yield told

    def _own(self, body: bytes) -> dict[str, Any] | None:
        try:
            told = msgspec.json.decode(body, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._count["unreadable"] += 1
            return None
        return told if told.get("shopper") in self._tokens else None

    def _saw(self, told: Mapping[str, Any], skus: Sequence[object]) -> None:
        at = str(told.get("local_time") or "")
        if at:
            self._times = [min(at, self._times[0]), max(at, self._times[-1])] if self._times else [at, at]
        for sku in {sku for sku in skus if isinstance(sku, str)}:
            times, last = self.bought.get(sku, (0, ""))
            self.bought[sku] = (times + 1, max(last, at))


def known(bundle_file: Path, by_store: Path | None, tokens: Sequence[str], bought: Mapping[str, tuple[int, str]]) -> Known | None:
    """The shopper's profile in a bundle or in the stores' files beside it; None when there is none."""
    with closing(Bundle.open(bundle_file)) as bundle:
        found = (store_profiles.profile(bundle, by_store, Pseudonym(token)) for token in tokens)
        profile = next((one for one in found if one is not None), None)
        if profile is None:
            return None
        told = []
        for sku, share in sorted(profile.history.items(), key=lambda pair: (-pair[1], pair[0])):
            item = bundle.catalogue.item(sku)
            name = next(iter(item.names.values()), sku) if item is not None and item.names else sku
            told.append(Habit(sku, name, share, *bought.get(sku, (0, ""))))
    return Known(tuple(told), profile.segments)


def refused_batches(central: Central, tokens: Sequence[str]) -> int:
    """How many batches in quarantine name the shopper. They hold others' receipts as well, so nothing of them is told."""
    kept = (central.payload(one.device, one.sha256) for one in central.quarantined() if one.sha256)
    return sum(payload is not None and names(payload, tokens) for payload in kept)


def said_row(said: Said) -> dict[str, object]:
    return {**said._asdict(), "at": said.at.isoformat()}


def summary(held: Held, found: Found, refused: int, profile: Known | None) -> dict[str, object]:
    """All but the records themselves, as JSON has it."""
    person = held.person
    return {
        "person": None if person is None else person.id,
        "identities": [{**one._asdict(), "since": one.since.isoformat()} for one in held.identities],
        "holds": sorted(person.consents) if person is not None else [],
        "consents": [said_row(one) for one in held.said],
        "shared_card": held.counted.shared,
        "counted": {**found._asdict(), "refused_batches": refused},
        "profile": None if profile is None else [one._asdict() for one in profile.habits],
        "segments": None if profile is None else list(profile.segments),
    }


def lines(held: Held, found: Found, refused: int, profile: Known | None, *, asked_bundle: bool) -> Iterator[str]:
    """The same to be read."""
    if held.person is None and not held.said and not (found.receipts or found.imported or found.unreadable or refused):
        yield "nothing is kept of this shopper"
        return
    yield from _identities(held)
    yield from _consents(held)
    period = f" from {found.first[:10]} to {found.last[:10]}" if found.first else ""
    yield f"{found.receipts} receipts of registers and {found.imported} imported ones{period}, {found.rated} of them rated"
    if found.unreadable:
        yield f"{found.unreadable} records mention this shopper and cannot be read: `shopper forget` takes the mention out"
    if refused:
        yield f"{refused} refused batches name this shopper among others: `shopper forget` deletes them"
    yield from _profile(profile, asked_bundle=asked_bundle)


def _identities(held: Held) -> Iterator[str]:
    if held.person is None:
        yield "no identity is kept: this shopper never agreed, or withdrew"
    for one in held.identities:
        disputed = f"; {one.disputes} others claimed it too" if one.disputes else ""
        yield f"{one.kind}: known since {one.since:%Y-%m-%d} under {len(one.tokens)} pseudonyms{disputed}"


def _consents(held: Held) -> Iterator[str]:
    consents = frozenset[Purpose]() if held.person is None else held.person.consents
    for purpose in Purpose:
        words = [one for one in held.said if one.purpose is purpose]
        yield f"{purpose}: {'yes' if purpose in consents else 'no'}{'' if words else ', nothing was said'}"
        for said in words:
            what = "agreed" if said.given else "refused or withdrew"
            yield f"  {what} on {said.at:%Y-%m-%d %H:%M} UTC, by {said.source}, text {said.version}"
    if held.counted.shared:
        yield "a card that many share: no profile is made of it"


def _profile(profile: Known | None, *, asked_bundle: bool) -> Iterator[str]:
    if not asked_bundle:
        yield "profile: name the bundle that registers have with --bundle, and it is told"
    elif profile is None:
        yield "profile: none"
    else:
        yield f"segments: {', '.join(profile.segments) or 'none'}"
        yield f"profile: {len(profile.habits)} items" + (", the first of them:" if len(profile.habits) > _SHOWN else "")
        for habit in profile.habits[:_SHOWN]:
            yield f"  {habit.name}: {habit.share:.0%} of recent visits, because of {habit.receipts} receipts{_last(habit)}"


def write(out: Path, told: Mapping[str, object], records: Records) -> None:
    """A new file, whole or not at all. SyncError: it could not be written, or is there already."""
    if out.exists():
        raise SyncError(f"{out} is there already and stays as it is: name another file")
    unfinished = out.with_name(f"{out.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(told)[:-1])
            for name, every in (("receipts", records.receipts()), ("imported", records.imported())):
                file.write(f',"{name}":['.encode())
                _write_all(file, every)
                file.write(b"]")
            file.write(b"}\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(out)
        settle(out.parent)
    except OSError as error:
        raise SyncError(f"{out} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _last(habit: Habit) -> str:
    return f", last on {habit.last[:10]}" if habit.last else ""


def _write_all(file: BinaryIO, every: Iterator[dict[str, Any]]) -> None:
    for place, told in enumerate(every):
        file.write(b"," if place else b"")
        file.write(msgspec.json.encode(told))
