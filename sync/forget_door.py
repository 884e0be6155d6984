"""Stands before headquarters' door and answers what registers say of the list of the forgotten (`sync.forget_list`).

What a register has said is committed, then it is told what comes next; while nothing can be written nobody hears.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import msgspec

from device.errors import CentralError, SyncError
from sync import envelope, forget_list
from sync.carrier import Door, Event, Message
from sync.central.forgetting import open_forgetting
from sync.forget_list import Page
from sync.identity.words import Tombstone

log = logging.getLogger("tillside.headquarters")


class ForgetDoor:
    """`url`: of the central store, which is there; `most`: entries of a page. `renew`: a register's certificate, for its request.

    Only a door that lets nobody speak for an enrolled register may be given `renew`.
    """

    def __init__(
        self,
        door: Door,
        url: str,
        most: int = forget_list.WIRE_PAGE,
        renew: Callable[[str, str], str | None] = lambda _device, _request: None,
    ) -> None:
        self._renew = renew
        self._door = door
        self._url = url
        self._most = most

    def next(self, seconds: float) -> Event | None:
        event = self._door.next(seconds)
        while isinstance(event, Message) and (device := forget_list.device_of(event.topic)) is not None:
            self._take(device, event)
            event = self._door.next(0)
        return event

    def publish(self, topic: str, payload: bytes) -> bool:
        return self._door.publish(topic, payload)

    def settle(self, message: Message) -> None:
        self._door.settle(message)

    def close(self) -> None:
        self._door.close()

    def _take(self, device: str, message: Message) -> None:
        try:
            page = self._answer(device, message.payload)
        except forget_list.BadForgetError as error:
            log.warning("passed over what register %s said: %s", device, error)
            self._door.publish(forget_list.page_topic(device), envelope.acknowledge(message.payload, None, str(error)))
        except (SyncError, CentralError) as error:
            log.error("%s; register %s was not told who is to be forgotten", error, device)  # noqa: TRY400 - a state, not a bug
        else:
            self._door.publish(forget_list.page_topic(device), msgspec.json.encode(page))
        self._door.settle(message)

    def _answer(self, device: str, payload: bytes) -> Page:
        said = forget_list.read_progress(payload)
        at = datetime.now(UTC)
        with closing(open_forgetting(self._url, prepared=True)) as store:
            # A clock that is ahead would have the last word for as long as it is.
            store.note_forgotten(device, said.forgotten, min(said.said_at, at))
            stones = [Tombstone(one.number, one.hash.hex(), one.lifted) for one in store.after(said.listed, self._most)]
        certificate = None if said.request is None else self._renew(device, said.request)
        return Page(envelope.fingerprint(payload), said.listed, stones, certificate)
