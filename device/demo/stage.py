"""The folder, the ports and the programs of the demo's store; ends everything it started."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from device import campaigns
from device.demo.broker import broker, listening
from device.demo.faces import Eye, Face
from device.demo.programs import PATIENCE_SECONDS, Program, free_port, run, tillside
from device.demo.till import MqttWire, SerialWire, Till, Wire
from device.passing import passing_folder
from device.rating import Scale

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from device.campaigns import Campaign, Coupon

DEVICE: Final = "demo-1"
TILL: Final = "1"
TIMEZONE: Final = "Europe/Moscow"
RATING: Final = Scale.FACES
"""How the thank-you asks for a rating."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What differs between the sample grocery and a folder of real receipts."""

    receipts: Path
    store: str
    currency: str
    needs: tuple[str, ...]
    """Facts that the folder has for its items; see `policy.needs` in the settings."""
    campaigns: Path | None = None
    """The file of what headquarters gives away; the till has the codes of it."""


@dataclass(slots=True)
class Stage:
    """Enter it to have a running store: broker, headquarters, daemon and two faces."""

    folder: Path
    shop: Shop
    via: Literal["serial", "mqtt"]
    headless: bool
    locale: str
    shopper_key: Path
    faces: bool = True
    """False: nobody sees anything but the eye."""
    policy: str = ""
    """Further lines of [policy] in the register's settings."""
    before_opening: Callable[[Stage], None] | None = None
    """Called when headquarters is there and before it publishes `first.bundle`."""
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    till: Till = field(init=False)
    eye: Eye = field(init=False)
    customer: Face = field(init=False)
    cashier: Face = field(init=False)
    daemon: Program = field(init=False)
    broker_port: int = field(init=False)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def settings(self) -> Path:
        return self.folder / "settings.toml"

    @property
    def edge_db(self) -> Path:
        return self.folder / "register" / "edge.db"

    @property
    def bundle_db(self) -> Path:
        return self.folder / "register" / "bundle.db"

    @property
    def central_db(self) -> Path:
        return self.folder / "headquarters" / "central.db"

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as started:
            self._start(started)
            self._stack = started.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, trace)

    def keep_consents(self, file: Path) -> None:
        """What shoppers agreed to, as a loyalty programme tells it."""
        words = ("headquarters", "shopper", "consent", "--dir", self._headquarters(), "--shopper-key", str(self.shopper_key))
        run("keeping consents", tillside(*words, "--import", str(file)), self._log("consents"))

    def publish(self, bundle: Path) -> None:
        """With the profiles of each store, where training has put some beside it."""
        beside = self.profiles_beside(bundle)
        words = ["--bundle", str(bundle), *(["--profiles", str(beside)] if beside.is_dir() else [])]
        run("publishing", tillside("headquarters", "publish", "--dir", self._headquarters(), *words), self._log("publish"))

    @staticmethod
    def profiles_beside(bundle: Path) -> Path:
        """The folder of the stores' profiles that belong to a bundle file."""
        return bundle.with_suffix(".by-store")

    def aimed(self) -> list[tuple[str, str]]:
        """Campaigns that are for some regulars only: the name, and for whom."""
        return [(one.name, " or ".join(map(repr, one.segments))) for one in self._running() if one.segments]

    def sync(self) -> None:
        """Receipts up, bundle down, once."""
        run("the nightly sync", tillside("sync", "run", "--once", "--settings", str(self.settings)), self._log("sync"))

    def beside(self, name: str, command: list[str]) -> Program:
        """A program that runs while the shop sells, and ends with it at the latest."""
        return self._program(self._stack, name, command)

    def _start(self, started: contextlib.ExitStack) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        (self.folder / "register").mkdir(exist_ok=True)
        self.broker_port = free_port()
        listening(self._program(started, "broker", broker(self.folder / "mosquitto.conf", self.broker_port)), self.broker_port)
        wire = self._wire(started)
        self.till = Till(wire, TILL, self.shop.currency, self._codes())
        self._head_office(started)
        if self.before_opening is not None:
            self.before_opening(self)
        socket_path = self._socket_path(started)
        self.settings.write_text(self._settings_text(wire, socket_path), encoding="utf-8")
        self.publish(self.folder / "first.bundle")
        self.sync()
        self.daemon = self._program(started, "daemon", tillside("run", "--settings", str(self.settings)))
        self.daemon.wait_for("ready:", PATIENCE_SECONDS)
        if self.faces:
            self.customer = self._face(started, "customer", "1920x1080" if self.headless else "1366x768", socket_path)
            self.cashier = self._face(started, "cashier", "1024x768", socket_path)
        self.eye = Eye(socket_path, TILL)
        started.callback(self._close_eye)
        if self.via == "serial":
            self.daemon.wait_for("reading", PATIENCE_SECONDS)
        else:
            self.daemon.wait_for("listening to", PATIENCE_SECONDS)
        for face in (self.customer, self.cashier) if self.faces else ():
            face.wait("that it is connected", lambda state: bool(state["connected"]))

    def _wire(self, started: contextlib.ExitStack) -> Wire:
        wire = SerialWire() if self.via == "serial" else MqttWire(self.broker_port, self._topic())
        started.callback(wire.close)
        return wire

    def _codes(self) -> dict[str, Coupon]:
        return {coupon.code: coupon for one in self._running() for coupon in one.coupon}

    def _running(self) -> tuple[Campaign, ...]:
        return () if self.shop.campaigns is None else campaigns.read(self.shop.campaigns).campaign

    def _topic(self) -> str:
        return f"tillside/lane/v1/{self.shop.store}/{TILL}/basket"

    def _headquarters(self) -> str:
        return str(self.folder / "headquarters")

    def _head_office(self, started: contextlib.ExitStack) -> None:
        run("founding headquarters", tillside("headquarters", "init", "--dir", self._headquarters()), self._log("init"))
        words = ("headquarters", "serve", "--dir", self._headquarters(), "--host", "127.0.0.1", "--port", str(self.broker_port))
        serving = self._program(started, "headquarters", tillside(*words))
        serving.wait_for("ready", PATIENCE_SECONDS)

    def _socket_path(self, started: contextlib.ExitStack) -> Path:
        # A Unix socket's path may have 107 bytes; the demo's folder may be anywhere.
        folder = started.enter_context(passing_folder("tillside-"))
        return Path(folder) / "screens.sock"

    def _settings_text(self, wire: Wire, socket_path: Path) -> str:
        if isinstance(wire, SerialWire):
            source = f'kind = "serial"\nport = "{wire.port}"\nbaud = 115200'
        else:
            source = f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {self.broker_port}'
        needs = ", ".join(f'"{fact}"' for fact in self.shop.needs)
        return f"""\
store = "{self.shop.store}"
device = "{DEVICE}"
timezone = "{TIMEZONE}"
state_dir = "{self.folder / "register"}"
screens_socket = "{socket_path}"

[[lane]]
till = "{TILL}"
dialect = "native"

[lane.source]
{source}

[screens]
rating = "{RATING}"

[policy]
needs = [{needs}]
{self.policy}

[privacy]
shopper_key_file = "{self.shopper_key}"

[sync]
host = "127.0.0.1"
port = {self.broker_port}
bundles = "{(Path(self._headquarters()) / "repository").as_uri()}"
root_file = "{Path(self._headquarters()) / "root.json"}"
"""

    def _face(self, started: contextlib.ExitStack, kind: str, size: str, socket_path: Path) -> Face:
        words = ["screen", kind, "--socket", str(socket_path), "--size", size, "--language", self.locale, "--remote"]
        command = tillside(*words, *(["--headless"] if self.headless else []))
        return Face(self._program(started, kind, command, talks=True))

    def _close_eye(self) -> None:
        self.eye.close()

    def _program(self, started: contextlib.ExitStack, name: str, command: list[str], *, talks: bool = False) -> Program:
        program = Program(name, command, self._log(name), {"PYTHONUNBUFFERED": "1"}, talks=talks)
        started.callback(program.stop)
        return program

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def display() -> bool:
    """Whether a window could be opened at all."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
