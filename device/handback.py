"""Gives an item that the shopper said yes to back to the till, where a shop wants that. Off by default.

By default nothing is sent: the cashier's screen shows the item's bar code, to be scanned like any other. With `[lane.handback]`
the register rings it up itself, once for each yes:

| kind      | what is sent                                                                                                     |
|-----------|------------------------------------------------------------------------------------------------------------------|
| `scanner` | the bar code on a second serial port, as a scanner would: prefix, `]E0` if `aim`, digits, suffix                 |
| `mqtt`    | `{"v":1,"cmd":"add","code":"..","id":".."}` to `tillside/lane/v1/{store}/{till}/cmd`, MQTT 5, QoS 1, with a       |
|           | response topic and the id as correlation data; for a till that cooperates                                        |

It has succeeded only when the till's own feed shows the item within `seconds`; otherwise the journal says so and the card
stays, to be scanned. **Never twice**: a till that was slow would sell the item twice. Nothing is sent before the lane's wire
has been silent for 300 ms, so that it does not fall into a scan. Refused are items without a bar code, by weight, with a number
of the shop's own, marked ones (their code is unique to the pack), of an age limit above 0 or none known, and everything once
the sale is not open.

The loop that owns the basket never waits: a task of its own does, and what may block runs in a thread.
"""

from __future__ import annotations

import asyncio
import termios
import uuid
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from device.catalogue import Item, Kind
from device.codes import doubt
from device.domain import Unit
from device.errors import SourceError
from device.settings import MqttHandBack, MqttSource, ScannerHandBack

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.domain import Sku
    from device.journal import Journal
    from device.lane import Lane

IDLE_SECONDS: Final = 0.3
LOOK_SECONDS: Final = 0.05
SEND_SECONDS: Final = 3.0


def code_of(item: Item) -> str:
    """The bar code to ring it up by, as a scanner tells it. Raise ValueError with the reason why it must not be."""
    if item.kind is not Kind.GOODS or item.unit != Unit.PIECE:
        raise ValueError("it is not sold by the piece")
    if item.age_limit is None or item.age_limit > 0:
        raise ValueError("its buyer's age has to be looked at")
    if item.marked:
        raise ValueError("its own marking code has to be scanned")
    codes = [scanned for code in item.barcodes if doubt(code) is None and (scanned := _as_scanned(code)) is not None]
    if not codes:
        raise ValueError("it has no bar code")
    common = [code for code in codes if not code.startswith(("0", "2") if len(code) == 8 else ("02", "04", "2"))]
    if not common:
        raise ValueError("its number is the shop's own and may hold a weight")
    return common[0]


def _as_scanned(code: str) -> str | None:
    """The EAN-13 or EAN-8 of a GTIN; None for the number of an outer pack, which is not the item."""
    gtin = code.zfill(14)
    if gtin[0] != "0":
        return None
    return gtin[6:] if gtin.startswith("000000") else gtin[1:]


class Hand:
    """One lane's. `silent_for()`: seconds since the last byte on the lane's own wire."""

    def __init__(
        self, how: ScannerHandBack | MqttHandBack, lane: Lane, topic: str, silent_for: Callable[[], float], journal: Journal
    ) -> None:
        self._how = how
        self._lane = lane
        self._topic = topic
        self._silent_for = silent_for
        self._journal = journal

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            while not self._lane.accepted:  # noqa: ASYNC110 - a finger on a screen, seldom
                await asyncio.sleep(LOOK_SECONDS)
            await self._give(self._lane.accepted[0])

    async def _give(self, sku: Sku) -> None:
        about = f"lane {self._lane.name}: {sku}"
        item = self._lane.catalogue.item(sku)
        try:
            code = code_of(item) if item is not None else ""
        except ValueError as reason:
            self._settle(sku, f"{about} is not handed to the till: {reason}; the cashier scans it")
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + self._how.seconds
        while self._silent_for() < IDLE_SECONDS:  # bytes come at any moment, and each begins the wait anew
            if loop.time() > until:
                self._settle(sku, f"{about} is not handed to the till: its wire is never silent; the cashier scans it")
                return
            await asyncio.sleep(LOOK_SECONDS)
        if sku not in self._lane.accepted:
            return  # taken back meanwhile
        self._lane.accepted.remove(sku)
        if not code or not self._lane.waits_for(sku):
            return  # rung up by hand, or the sale is over
        if sku in self._lane.handed:
            self._journal.say(f"{self._lane.name}.handback.{sku}", f"{about} was sent once on this receipt: the cashier scans it")
            return
        self._lane.handed.add(sku)
        try:
            await asyncio.to_thread(self._send, code)
        except (OSError, SourceError, ValueError, termios.error) as error:
            told = f"{about} cannot be handed to the till ({error}); the cashier scans it"
            self._journal.say(f"{self._lane.name}.handback", told)
            return
        await self._watch(sku, about)

    async def _watch(self, sku: Sku, about: str) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._how.seconds
        while loop.time() < until:
            if not self._lane.waits_for(sku):
                self._journal.tell(f"{about} was handed to the till" if self._lane.shows(sku) else f"{about}: the sale is over")
                return
            await asyncio.sleep(LOOK_SECONDS)
        told = f"{about} was sent to the till, which does not show it after {self._how.seconds:g} s: look there, then scan it"
        self._journal.say(f"{self._lane.name}.handback", told)

    def _settle(self, sku: Sku, sentence: str) -> None:
        if sku in self._lane.accepted:
            self._lane.accepted.remove(sku)
        self._journal.say(f"{self._lane.name}.handback.{sku}", sentence)

    def _send(self, code: str) -> None:
        """Blocks; once."""
        match self._how:
            case ScannerHandBack():
                _scan(self._how, code)
            case MqttHandBack():
                _publish(self._how, self._topic, code)
            case _:
                assert_never(self._how)


def _scan(how: ScannerHandBack, code: str) -> None:
    import serial  # noqa: PLC0415 - only where a lane hands back

    told = f"{how.prefix}{']E0' if how.aim else ''}{code}{how.suffix}".encode()
    port = serial.serial_for_url(how.port, baudrate=how.baud, write_timeout=SEND_SECONDS, do_not_open=True)
    if "://" not in how.port:
        port.exclusive = True
    with port:
        port.write(told)
        port.flush()


def _publish(how: MqttHandBack, topic: str, code: str) -> None:
    from device.sources import mqtt  # noqa: PLC0415 - only where a lane hands back

    fields = {name: getattr(how, name) for name in how.__struct_fields__ if name not in {"seconds", "topic"}}
    name = uuid.uuid4().hex
    order = msgspec.json.encode({"v": 1, "cmd": "add", "code": code, "id": name})
    mqtt.publish_once(MqttSource(**fields), how.topic or topic, order, name, SEND_SECONDS)
