"""Takes out what registers say of the list of the forgotten (`sync.forget_list`), and tells each what comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from device.errors import CentralError
from sync import envelope, forget_list
from sync.answering import AnsweringDoor
from sync.carrier import Door
from sync.central.forgetting import Forgetting, Listed, open_forgetting
from sync.forget_list import Page, Progress
from sync.identity.words import Tombstone


class ForgetDoor(AnsweringDoor):
    """`url`: of the central store, which is there; `most`: entries of a page. `renew`: a register's certificate, for its request.

    Only a door that lets nobody speak for an enrolled register may be given `renew`. A chain's registers say twice an hour how
    far they are: one connection serves them all, and is opened anew after trouble with it.
    """

    unreadable = forget_list.BadForgetError
    about = "the list of the forgotten"

    def __init__(
        self,
        door: Door,
        url: str,
        most: int = forget_list.WIRE_PAGE,
        renew: Callable[[str, str], str | None] = lambda _device, _request: None,
    ) -> None:
        super().__init__(door)
        self._renew = renew
        self._url = url
        self._most = most
        self._store: Forgetting | None = None

    def close(self) -> None:
        self._hang_up()
        super().close()

    def _device_of(self, topic: str) -> str | None:
        return forget_list.device_of(topic)

    def _answer_topic(self, device: str) -> str:
        return forget_list.page_topic(device)

    def _answered(self, device: str, payload: bytes) -> bytes:
        said = forget_list.read_progress(payload)
        try:
            listed = self._noted(device, said)
        except CentralError:
            self._hang_up()
            raise
        stones = [Tombstone(one.number, one.hash.hex(), one.lifted) for one in listed]
        certificate = None if said.request is None else self._renew(device, said.request)
        return msgspec.json.encode(Page(envelope.fingerprint(payload), said.listed, stones, certificate))

    def _noted(self, device: str, said: Progress) -> list[Listed]:
        if self._store is None:
            self._store = open_forgetting(self._url, prepared=True)
        # A clock that is ahead would have the last word for as long as it is.
        self._store.note_forgotten(device, said.forgotten, min(said.said_at, datetime.now(UTC)))
        return self._store.after(said.listed, self._most)

    def _hang_up(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
