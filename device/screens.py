"""The daemon's end of the screen link: one Unix socket, every face of every lane. Words and their form: `device.screen_link`.

The loop that owns the baskets never waits for a screen. Each connection has a task of its own that sends the snapshot as it is
when the screen is ready for it: a slow screen misses intermediate snapshots and nothing else. What is not one of our words ends
the connection with a sentence; the others go on. A socket file that somebody takes away is made anew by `mend`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from typing import TYPE_CHECKING, Final

from device import place
from device.errors import ScreenLinkError, TillsideError
from device.screen_link import (
    BEAT_SECONDS,
    MAX_LINE,
    MAX_PATH_BYTES,
    VERSION,
    Acknowledgement,
    Act,
    Beat,
    FaceKind,
    FromDaemon,
    Hello,
    Painted,
    Rate,
    Refused,
    Verb,
    decode_from_screen,
    encode,
    encode_fitting,
)
from device.sources import now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from device.domain import LaneId
    from device.journal import Journal
    from device.lane import Lane

MAX_SCREENS: Final = 64
HELLO_SECONDS: Final = 5.0
STUCK_SECONDS: Final = 10.0
"""A screen that takes nothing for so long is cut off; it will connect again."""


class Screens:
    def __init__(self, lanes: Mapping[LaneId, Lane], run: str, journal: Journal) -> None:
        self._lanes = lanes
        self._run = run
        self._journal = journal
        self._connections: set[_Connection] = set()
        self._others: dict[LaneId, Callable[[], None]] = {}
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._file: tuple[int, int] | None = None

    async def open(self, path: Path) -> None:
        """Listen at `path`; TillsideError when another daemon does already."""
        try:
            listening = _listen(path)
        except OSError as error:
            why = error.strerror or f"{error}: at most {MAX_PATH_BYTES} bytes"
            step = "name another screens_socket, in a folder that this user may write to"
            raise TillsideError(f"screens_socket {path} cannot be opened ({why}): {step}") from error
        self._path, self._file = path, _file(path)
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=MAX_LINE)

    async def mend(self) -> None:
        """Make the socket's file anew if somebody took it away: who is connected stays so, others would find nothing."""
        if self._path is None or self._server is None or _file(self._path) == self._file:
            return
        try:
            former = self._server
            await self.open(self._path)
        except TillsideError as error:
            self._journal.say("screens.socket", f"the screens' socket {self._path} is no longer this daemon's: {error}")
        else:
            former.close()
            self._journal.say("screens.socket", f"the screens' socket {self._path} had been taken away: it is there again")

    def also(self, lane: LaneId, wake: Callable[[], None]) -> None:
        """Somebody else shows what the lane shows, and is woken when it has something new."""
        self._others[lane] = wake

    def changed(self, lane: LaneId) -> None:
        """The lane has something new to show."""
        if (wake := self._others.get(lane)) is not None:
            wake()
        for connection in self._connections:
            if connection.lane.name == lane:
                connection.wake()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            if self._path is not None and _file(self._path) == self._file:
                self._path.unlink(missing_ok=True)
        for connection in tuple(self._connections):
            connection.cut()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), HELLO_SECONDS)
            if not line:
                writer.close()
                return  # somebody looked whether a daemon is here, and went away
            hello = decode_from_screen(line)
            lane = self._lane_for(hello)
            assert isinstance(hello, Hello)
        except (ScreenLinkError, ValueError, TimeoutError, ConnectionError) as error:
            why = str(error) or "it said nothing"
            self._journal.say("screens.hello", f"a screen was turned away: {why}")
            with contextlib.suppress(ConnectionError):
                writer.write(encode(Refused(why)))
                writer.close()
            return
        connection = _Connection(lane, hello, self._run, writer)
        self._connections.add(connection)
        sending = asyncio.create_task(connection.send())
        try:
            while line := await reader.readline():
                await self._heard(connection, line)
                await asyncio.sleep(0)  # thousands of words may be here already, and the tills come in between
        except (ScreenLinkError, ValueError) as error:
            self._journal.say("screens.word", f"the {hello.face} face of lane {lane.name} was cut off: {error}")
        except ConnectionError:
            pass  # it went away: it will come back
        finally:
            self._connections.discard(connection)
            sending.cancel()
            connection.cut()

    def _lane_for(self, hello: object) -> Lane:
        if not isinstance(hello, Hello):
            raise ScreenLinkError("a screen has to say hello first")
        if hello.version != VERSION:
            raise ScreenLinkError(f"the screen speaks version {hello.version}, this daemon version {VERSION}: update both")
        if len(self._connections) >= MAX_SCREENS:
            raise ScreenLinkError(f"{MAX_SCREENS} screens are connected already")
        for name, lane in self._lanes.items():
            if hello.lane in {"", name}:
                return lane
        raise ScreenLinkError(f"there is no lane '{hello.lane}'; there are: {', '.join(self._lanes)}")

    async def _heard(self, connection: _Connection, line: bytes) -> None:
        word = decode_from_screen(line)
        match word:
            case Act() if connection.face is not FaceKind.CASHIER:
                connection.say(Acknowledgement(word.act_id, done=False, why="unknown"))
            case Act():
                connection.say(connection.lane.act(word))
                await self.answered(connection.lane, word)
            case Rate() if connection.face is not FaceKind.CUSTOMER:
                connection.say(Acknowledgement(word.act_id, done=False, why="unknown"))
            case Rate():
                # Only this connection waits for the disk.
                connection.say(await connection.lane.rate(word, now()))
                self.changed(connection.lane.name)
            case Painted():
                connection.lane.painted(word)
            case Hello():
                raise ScreenLinkError("a screen says hello once")

    async def answered(self, lane: Lane, act: Act) -> None:
        """The other face of the lane shows the answer too, and what is out of stock leaves every lane."""
        self.changed(lane.name)
        if act.verb in {Verb.OUT_OF_STOCK, Verb.UNDO}:
            await self._refresh_all_but(lane)

    async def _refresh_all_but(self, lane: Lane) -> None:
        for name, other in self._lanes.items():
            if other is not lane:
                # Scoring takes its time: the faces that wait already, and the tills, come in between.
                await asyncio.sleep(0)
                other.refresh()
                self.changed(name)


class _Connection:
    """One screen: what it was last sent, and the words that wait for it."""

    def __init__(self, lane: Lane, hello: Hello, run: str, writer: asyncio.StreamWriter) -> None:
        self.lane = lane
        self.face = hello.face
        self._run = run
        self._writer = writer
        self._sent = -1
        self._words: deque[FromDaemon] = deque(maxlen=64)
        self._awake = asyncio.Event()
        self._awake.set()

    def wake(self) -> None:
        self._awake.set()

    def say(self, word: FromDaemon) -> None:
        self._words.append(word)
        self._awake.set()

    def cut(self) -> None:
        # Not close(): that would wait for a screen that takes nothing.
        self._writer.transport.abort()

    async def send(self) -> None:
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), BEAT_SECONDS)
                self._awake.clear()
                self._writer.write(b"".join(map(encode_fitting, self._due())))
                await asyncio.wait_for(self._writer.drain(), STUCK_SECONDS)
        except (ConnectionError, TimeoutError):
            self.cut()

    def _due(self) -> list[FromDaemon]:
        """What it has not been told, acknowledgements first; a beat when that is nothing."""
        words = list(self._words)
        self._words.clear()
        if self._sent != self.lane.seq:
            self._sent = self.lane.seq
            words.append(self.lane.snapshot(self.face))
        return words or [Beat(self._run, self.lane.seq)]


def _listen(path: Path) -> socket.socket:
    if (other := place.no_folder(path.parent)) is not None:
        raise TillsideError(f"screens_socket {path} cannot be opened, {other} is not a folder: name another screens_socket")
    path.parent.mkdir(parents=True, exist_ok=True)
    if _answers(path):
        raise TillsideError(f"another daemon serves {path}: stop it first, or give this one its own screens_socket")
    if path.exists() and not path.is_socket():
        raise TillsideError(f"{path} is there and is no socket: name another screens_socket")
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(path))
        path.chmod(0o660)
    except OSError:
        listening.close()
        raise
    return listening


def _file(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None: none."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _answers(path: Path) -> bool:
    """Whether somebody listens there. A socket file alone is left over from a daemon that was killed."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except BlockingIOError:
            return True  # so many wait there that one more would have to
        except OSError:
            return False
    return True
