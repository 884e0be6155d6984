"""One lane's connection to the program of its till. Owns what that was told last, and what of this sale it was offered.

paho's thread speaks to the broker; the loop's tasks here publish in threads of their own, and never more than `MAX_UNDER_WAY`
that the broker has not taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from device.dialects import Skips
from device.domain import Phase
from device.errors import SourceError
from device.screen_link import Acknowledgement, Act, FaceKind, Painted
from device.settings import MqttSource
from device.sources import pauses
from device.sources.mqtt import Session, Will
from device.tillprogram import words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from device.domain import Basket
    from device.journal import Journal
    from device.lane import Lane
    from device.settings import Lane as LaneSettings
    from device.settings import TillProgram

MAX_UNDER_WAY: Final = 4
MAX_PACKET_BYTES: Final = 64 * 1024
SESSION_SECONDS: Final = 60
"""What a till says while this register is away for longer is of no use any more."""
OFFER_SECONDS: Final = 60
ASK_SECONDS: Final = 2
ASKED: Final = 3
MAX_OFFERED: Final = 512
MAX_MARK_BYTES: Final = 256
"""Of the correlation data of an accept."""
_ANSWERS: Final = re.compile(r"accept/[A-Za-z0-9._-]{1,64}")
"""A till decides where it hears its answer, and not what else is told for it."""
_WITH_WILL: Final = 4


def events_of(lane: LaneSettings, prefix: str) -> str | None:
    """The topic on which the till is heard to answer when it is asked for its whole sale; None: it cannot tell it there."""
    if lane.dialect != "tillevents" or not isinstance(lane.source, MqttSource):
        return None
    return lane.source.topic or f"{prefix}/event"


class Program:
    """`wake` whenever the lane has something new to show; `run` until it is cancelled."""

    def __init__(
        self,
        how: TillProgram,
        lane: Lane,
        prefix: str,
        answered: Callable[[Lane, Act], Awaitable[None]],
        journal: Journal,
        events: str | None,
    ) -> None:
        """`prefix`: of the topics; `answered`: tells whoever else shows the lane; `events`: see `events_of`."""
        self.skips = Skips()
        """What was heard and left, and why."""
        self._how = how
        self._lane = lane
        self._prefix = prefix
        self._answered = answered
        self._journal = journal
        self._events = events
        self._name = f"lane {lane.name} program"
        self._awake = asyncio.Event()
        self._told: words.Offer | None = None
        """None: the till has to be told anew."""
        self._offered: dict[str, None] = {}
        self._receipt = ""
        self._run = ""
        self._asked = ("", 0)
        """For which sale, and how often."""
        self._ask_at = 0.0

    def wake(self) -> None:
        self._awake.set()

    async def run(self, client_id: str) -> None:
        """Until it is cancelled; a broker that is away, or a certificate that is none, is waited for: the faces go on."""
        topics = (f"{self._prefix}/accept", f"{self._prefix}/status")
        session = _Session(self._how, topics, self._name, self._journal, self._awake)
        will = (f"{self._prefix}/offer", words.nothing(self._lane.name))
        client = await self._begun(session, client_id, will)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._tell(client, session))
                both.create_task(self._hear(client, session))
        finally:
            # With its will: what the till shows is taken down.
            client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=_WITH_WILL))
            client.loop_stop()

    async def _begun(self, session: _Session, client_id: str, will: Will) -> paho.Client:
        waits = pauses()
        while True:
            try:
                return session.begin(client_id, SESSION_SECONDS, MAX_PACKET_BYTES, will)
            except SourceError as error:
                self._journal.say(f"{self._name}.broker", f"{self._name}: {error}: correct lane.program; trying again")
            await asyncio.sleep(next(waits))

    async def _tell(self, client: paho.Client, session: _Session) -> None:
        connection = 0
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), ASK_SECONDS if self._missing() is not None else None)
            self._awake.clear()
            if session.connection != connection:
                connection, self._told = session.connection, None
            if not session.up or session.under_way >= MAX_UNDER_WAY:
                continue  # it is woken when that is over
            if (basket := self._missing()) is not None and asyncio.get_running_loop().time() >= self._ask_at:
                await self._ask(client, session, basket)
            offer = self._offer()
            if offer != self._told:
                self._told = offer
                await self._publish(client, session, "offer", msgspec.json.encode(offer), _properties(OFFER_SECONDS))

    def _offer(self) -> words.Offer:
        latest, lane = self._lane.latest, self._lane
        cashier = lane.snapshot(FaceKind.CASHIER)
        basket_id = None if latest is None else latest.basket.basket_id
        made = words.offer(lane.name, basket_id, cashier, lane.snapshot(FaceKind.CUSTOMER), lane.catalogue)
        self._run = cashier.run
        if latest is not None and latest.receipt_id != self._receipt:
            self._receipt = latest.receipt_id
            self._offered.clear()
        self._offered.update(dict.fromkeys(one.suggestion_id for one in made.offers))
        while len(self._offered) > MAX_OFFERED:
            del self._offered[next(iter(self._offered))]
        return made

    def _missing(self) -> Basket | None:
        """The sale at hand, where something of it is missing and the till can be asked for it."""
        latest = self._lane.latest
        if self._events is None or latest is None or not latest.basket.partial:
            return None
        asked, times = self._asked
        over = latest.basket.phase not in {Phase.OPEN, Phase.TENDER} or (asked == latest.basket.basket_id and times >= ASKED)
        return None if over else latest.basket

    async def _ask(self, client: paho.Client, session: _Session, basket: Basket) -> None:
        name = uuid.uuid4().hex
        asked, times = self._asked
        self._asked = basket.basket_id, times + 1 if asked == basket.basket_id else 1
        self._ask_at = asyncio.get_running_loop().time() + ASK_SECONDS
        properties = _properties(ASK_SECONDS, self._events, name.encode())
        await self._publish(client, session, "cmd", words.state_wanted(name, basket.basket_id), properties)

    async def _publish(self, client: paho.Client, session: _Session, topic: str, payload: bytes, properties: Properties) -> None:
        session.under_way += 1
        await asyncio.to_thread(client.publish, f"{self._prefix}/{topic}", payload, 1, properties=properties)

    async def _hear(self, client: paho.Client, session: _Session) -> None:
        while True:
            message, _, connection = await session.messages.get()
            session.taken(message)
            if message.topic.endswith("/status"):
                self._status(bytes(message.payload))
            else:
                await self._take(client, session, message)
            if connection == session.connection:
                client.ack(message.mid, message.qos)

    def _status(self, payload: bytes) -> None:
        match payload:
            case b"online":
                self._told = None  # it may have lost what it was told
                self._awake.set()
            case b"offline":
                self._journal.say(f"{self._name}.offline", f"{self._name}: the till's program is gone; it shows nothing")
            case _:
                self._leave(len(payload), "a status is neither online nor offline")

    async def _take(self, client: paho.Client, session: _Session, message: paho.MQTTMessage) -> None:
        if message.retain:
            self._leave(len(message.payload), "an accept was retained: publish it without")
            return
        try:
            told = words.read(bytes(message.payload))
        except ValueError as error:
            self._leave(len(message.payload), str(error))
            return
        said = await self._act(told)
        wanted: str | None = getattr(message.properties, "ResponseTopic", None)
        mark: bytes = getattr(message.properties, "CorrelationData", b"")
        if wanted is None or message.qos == 0:
            return
        where = wanted.removeprefix(f"{self._prefix}/")
        if where == wanted or _ANSWERS.fullmatch(where) is None or len(mark) > MAX_MARK_BYTES:
            self._leave(
                len(message.payload), "an accept wants its answer elsewhere than below its /accept/, or with too long a mark"
            )
            return
        await self._publish(client, session, where, words.answer(told.id, said), _properties(OFFER_SECONDS, None, mark))

    async def _act(self, told: words.Accept) -> Acknowledgement:
        if told.suggestion_id not in self._offered:
            return Acknowledgement(told.id, done=False, why="unknown")
        lane = self._lane
        lane.painted(Painted(self._run, lane.seq, (told.suggestion_id,)))
        if told.verb is None:
            return Acknowledgement(told.id, done=True)
        # Under a name that no face gives: what a till calls its acts is its own, and it may begin anew with each sale.
        act = Act(f"till/{self._receipt}/{told.id}", told.verb, told.suggestion_id, lane.seq, self._run)
        said = lane.act(act)
        await self._answered(lane, act)
        return said

    def _leave(self, size: int, why: str) -> None:
        self.skips.add(size, why)
        told = f"{self._name}: {why}; {self.skips.messages} messages ({self.skips.bytes} bytes) left so far"
        self._journal.say(f"{self._name}.left", told)


def _properties(seconds: int, answer_to: str | None = None, mark: bytes = b"") -> Properties:
    """Whoever has not heard it after so long will not."""
    made = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    made.MessageExpiryInterval = seconds
    if answer_to is not None:
        made.ResponseTopic = answer_to
    if mark:
        made.CorrelationData = mark
    return made


class _Session(Session):
    """Knows beside what is heard what the broker has not taken yet. `up` and `under_way` are the loop's."""

    def __init__(self, how: TillProgram, topics: Sequence[str], name: str, journal: Journal, awake: asyncio.Event) -> None:
        super().__init__(how.broker, topics, name, journal, "lane.program")
        self._awake = awake
        self.up = False
        self.under_way = 0

    def on_subscribe(self, *told: Any) -> None:
        super().on_subscribe(*told)
        self._loop.call_soon_threadsafe(self._turn, 0, True)

    def on_publish(self, *told: Any) -> None:
        reason = told[3]
        if reason.is_failure:
            why = f"the broker at {self._place} does not take what this register tells the till's program ({reason})"
            self._say("write", f"{why}: let it write /offer, /cmd and /accept/+ in the broker's access list")
        self._loop.call_soon_threadsafe(self._turn, -1, True)

    def on_disconnect(self, *told: Any) -> None:
        super().on_disconnect(*told)
        self._loop.call_soon_threadsafe(self._turn, 0, False)

    def _turn(self, under_way: int, up: bool) -> None:
        self.under_way, self.up = self.under_way + under_way, up
        self._awake.set()
