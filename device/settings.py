"""settings.toml, read once into frozen types and checked whole.

Every mistake is reported, together, each with its place: unknown keys (with the nearest known one), wrong types, wrong values.
Units stand in the names. The same file configures the daemon, the screens' defaults and the register's side of sync.
"""

from __future__ import annotations

import tomllib
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from device import hours, mistakes, ports
from device.errors import SettingsError
from device.place import beginning
from device.policy_settings import Policy, impossible
from device.sync_settings import Sync, unreachable

MAX_BYTES: Final = 1 << 20
Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]  # a day at most: `inf` is a number of TOML too
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class SerialSource(_Table, frozen=True, tag_field="kind", tag="serial"):
    """`port` is a device, better a /dev/serial/by-id name, or any URL of pyserial's serial_for_url."""

    port: str
    baud: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 9600
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O", "M", "S"] = "N"
    stopbits: Literal[1, 2] = 1


class TcpSource(_Table, frozen=True, tag_field="kind", tag="tcp"):
    """`listen`: wait for the till to connect; otherwise connect to it."""

    host: str
    port: Port
    listen: bool = False


class UdpSource(_Table, frozen=True, tag_field="kind", tag="udp"):
    """Datagrams to `host`, an address of this machine (0.0.0.0: any) or a multicast group."""

    port: Port
    host: str = "0.0.0.0"  # noqa: S104 - a till somewhere in the shop's network sends to this register
    sender: str | None = None
    """The only address listened to; None: any."""
    line_end: bool = True
    """A datagram ends a message: a line end is put behind one that has none. False for dialects without lines."""


class _Broker(_Table, frozen=True):
    """An MQTT 5 broker."""

    host: str
    port: Port = 1883
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    """Given: TLS, and the broker's certificate is checked against it."""
    certificate_file: str | None = None
    key_file: str | None = None

    @property
    def broker(self) -> MqttSource:
        """How it is reached."""
        return MqttSource(**{name: getattr(self, name) for name in _Broker.__struct_fields__})


class MqttSource(_Broker, frozen=True, tag_field="kind", tag="mqtt"):
    """`topic` defaults to `tillside/lane/v1/{store}/{till}/basket`, for the dialect `tillevents` to `.../event`."""

    topic: str | None = None
    client_id: str | None = None


class ReplaySource(_Table, frozen=True, tag_field="kind", tag="replay"):
    """A file of bytes as a till sent them, once through."""

    file: str
    pause_seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0


Source = SerialSource | TcpSource | UdpSource | MqttSource | ReplaySource


class Tap(_Table, frozen=True):
    """A second feed of a lane; `device/reconcile.py` says what each role is believed on."""

    role: Literal["identity", "truth", "replies"]
    """`replies`: the other direction of the lane's own line, for fiscal printers; it has no dialect of its own."""
    source: Source
    dialect: str = "scanner"
    options: dict[str, Any] = {}


class ShowHandBack(_Table, frozen=True, tag_field="kind", tag="show"):
    """The cashier scans the bar code that the screen shows; nothing is sent."""


class ScannerHandBack(_Table, frozen=True, tag_field="kind", tag="scanner"):
    """A second serial port that the till takes for a scanner's. See `device/handback`."""

    port: str
    baud: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 9600
    prefix: str = ""
    suffix: str = "\r"
    aim: bool = False
    """Whether the till's scanners send AIM identifiers."""
    seconds: Seconds = 5.0
    """How long the till has to show the item; also how long its wires have to become silent before it is sent."""


class MqttHandBack(_Broker, frozen=True, tag_field="kind", tag="mqtt"):
    """A till that takes commands, which `device/handback/ways.py` describes.

    `topic` defaults to `tillside/lane/v1/{store}/{till}/cmd`.
    """

    topic: str | None = None
    seconds: Seconds = 5.0


class TillProgram(_Broker, frozen=True):
    """A till whose own program shows the suggestions. See `device/tillprogram`."""


class Lane(_Table, frozen=True):
    till: Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"\A[^\s+#/]+\Z")]
    """The till's name; it becomes part of a topic."""
    source: Source
    dialect: str = "native"
    options: dict[str, Any] = {}
    """Of the dialect: its file in `device/dialects` describes them."""
    currency: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z")] = "RUB"
    """ISO 4217; the native dialect tells its own."""
    hears: str | None = None
    """The till's own name on the wire, where several speak on one; lanes with the same source share it. None: every till."""
    idle_seconds: Seconds | None = None
    """A sale that is not heard of for so long is over, for wires that tell no end. None: it waits."""
    match_seconds: Seconds = 5.0
    """How far a scan and its line may be apart."""
    tap: tuple[Tap, ...] = ()
    handback: ShowHandBack | ScannerHandBack | MqttHandBack = ShowHandBack()
    program: TillProgram | None = None
    """None: suggestions stand on the faces only."""


class Privacy(_Table, frozen=True):
    shopper_key_file: str | None = None
    """None: every basket is anonymous, and so while it cannot be read. A name without `/`: a credential from systemd."""
    retention_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 90
    """How long a receipt that headquarters has stays on the register."""


class Screens(_Table, frozen=True):
    """What the faces of all lanes do beside showing the sale."""

    rating: Literal["off", "faces", "ten"] = "off"
    """Asks the shopper with the thank-you how the visit was, on a customer monitor that can be touched."""
    hours: tuple[str, ...] = ()
    """When the shop is open, in its time zone: `mon-sat 08:00-22:00`; see `device/hours.py`. Empty: always."""


class Settings(_Table, frozen=True):
    store: str
    device: str
    """This register's name at headquarters: letters, digits, `-` and `_`."""
    lane: tuple[Lane, ...]
    state_dir: str = "/var/lib/tillside"
    """Holds edge.db, bundle.db, sync.db and the pictures."""
    backup_dir: str | None = None
    """On another disk: the last two nights' copies of edge.db."""
    screens_socket: str = "/run/tillside/screens.sock"
    timezone: str = "Europe/Moscow"
    best_sellers_file: str | None = None
    """Catalogue items as JSON lines, best first: served while there is no bundle. None: what the last bundle left behind."""
    experiment_file: str | None = None
    """For this register, see `device/arms.py`; a bundle's goes before it. Unreadable, it is left out: `device/without.py`."""
    policy: Policy = Policy()
    privacy: Privacy = Privacy()
    screens: Screens = Screens()
    sync: Sync | None = None

    @property
    def edge_db(self) -> Path:
        return Path(self.state_dir) / "edge.db"

    @property
    def bundle_db(self) -> Path:
        return Path(self.state_dir) / "bundle.db"

    @property
    def sync_db(self) -> Path:
        return Path(self.state_dir) / "sync.db"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


def read(path: Path) -> Settings:
    """Raise SettingsError that names every mistake, one a line."""
    try:
        content = beginning(path, MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise SettingsError(f"{path}: longer than {MAX_BYTES} bytes, these are no settings: name another file")
        # Editors of other systems put a mark of the encoding before the first letter.
        table = tomllib.loads(content.decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"no settings at {path}: write them (README, `Connect your till`) or name them with --settings"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: byte {error.start} is no text in UTF-8: save the file as UTF-8") from error
    except RecursionError:
        raise SettingsError(f"{path}: nested too deeply to be settings") from None
    except OSError as error:
        raise SettingsError(f"the settings {path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from error
    except ValueError as error:
        raise SettingsError(f"{path}: a number has more digits than anything has") from error
    return parse(table, str(path))


def parse(table: dict[str, object], name: str = "settings.toml") -> Settings:
    """Raise SettingsError that names every mistake, one a line."""
    if found := sorted({*mistakes.find(table, Settings), *_nonsense(table)}):
        raise SettingsError("\n".join(f"{name}: {mistake}" for mistake in found))
    return msgspec.convert(table, Settings)


def _nonsense(table: dict[str, object]) -> Iterator[str]:
    """What has the right type and cannot work. Values of a wrong type are told elsewhere and passed over here."""
    for key in ("device", "store"):
        value = table.get(key)
        if isinstance(value, str) and not (value.isascii() and value.replace("-", "").replace("_", "").isalnum()):
            yield f"{key} '{value}': use letters, digits, '-' and '_' only, it becomes part of a topic"
    if isinstance(zone := table.get("timezone"), str) and zone not in zoneinfo.available_timezones():
        yield f"timezone '{zone}' is not known{mistakes.nearest(zone, zoneinfo.available_timezones())}"
    lanes = [lane for lane in told if isinstance(lane, dict)] if isinstance(told := table.get("lane"), list) else []
    if table.get("lane") == []:
        yield "no [[lane]]: name at least one till"
    tills = [str(lane.get("till")) for lane in lanes]
    twice = sorted({till for till in tills if tills.count(till) > 1})
    yield from (f"lane.till '{till}' stands twice: every lane needs its own" for till in twice)
    for number, lane in enumerate(lanes):
        yield from _deaf(lane, f"lane[{number}]")
    yield from ports.taken(lanes)
    if isinstance(screens := table.get("screens"), dict) and isinstance(screens.get("hours"), list):
        yield from (
            f"screens.hours: {told}" for span in screens["hours"] if isinstance(span, str) and (told := hours.mistake(span))
        )
    sync = table.get("sync")
    if isinstance(sync, dict):
        yield from _unusable(sync, "sync")
        yield from unreachable(sync)
    if isinstance(table.get("policy"), dict):
        yield from impossible(table["policy"])


def _deaf(lane: Any, name: str) -> Iterator[str]:
    """Of a lane: sources that could not be opened, its own and those of its taps."""
    taps = lane.get("tap")
    for other in ("handback", "program"):
        if isinstance(lane.get(other), dict):
            yield from _unusable(lane[other], f"{name}.{other}")
    feeds = [(lane, name), *((tap, f"{name}.tap[{at}]") for at, tap in enumerate(taps if isinstance(taps, list) else []))]
    for feed, place in feeds:
        if isinstance(feed, dict) and isinstance(feed.get("source"), dict):
            yield from _unusable(feed["source"], f"{place}.source")


def _unusable(place: Any, name: str) -> Iterator[str]:
    """Of a broker or a host: what would only fail once it is tried, or would quietly not be used."""
    host = place.get("host")
    if isinstance(host, str):
        try:
            host.encode("idna")
        except UnicodeError:
            yield f"{name}.host '{host}' is not the name of a host"
    topic = place.get("topic")
    if isinstance(topic, str) and (not topic or set(topic) & set("+#\0")):
        yield f"{name}.topic '{topic}': name one topic, without wildcards"
    if "ca_file" not in place and ("certificate_file" in place or "key_file" in place):
        yield f"{name}: a certificate without '{name}.ca_file' would not be used: name whom to believe the broker's"
    if ("certificate_file" in place) != ("key_file" in place):
        yield f"{name}: 'certificate_file' and 'key_file' belong together"
    if "password_file" in place and "username" not in place:
        yield f"{name}: 'password_file' without 'username' would not be used"
