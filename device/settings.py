"""settings.toml, read once into frozen types and checked whole.

Every mistake is reported, together, each with its place: unknown keys (with the nearest known one), wrong types, wrong values.
Units stand in the names. The same file configures the daemon, the screens' defaults and the register's side of sync.
"""

from __future__ import annotations

import difflib
import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from device.errors import SettingsError

Positive = Annotated[float, msgspec.Meta(gt=0)]
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


class MqttSource(_Table, frozen=True, tag_field="kind", tag="mqtt"):
    """MQTT 5. `topic` defaults to `tillside/lane/v1/{store}/{till}/basket`."""

    host: str
    port: Port = 1883
    topic: str | None = None
    client_id: str | None = None
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    """Given: TLS, and the broker's certificate is checked against it."""
    certificate_file: str | None = None
    key_file: str | None = None


class ReplaySource(_Table, frozen=True, tag_field="kind", tag="replay"):
    """A file of bytes as a till sent them, once through."""

    file: str
    pause_seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0


Source = SerialSource | TcpSource | MqttSource | ReplaySource


class Lane(_Table, frozen=True):
    till: str
    source: Source
    dialect: str = "native"


class Policy(_Table, frozen=True):
    """What may be shown. The rules and their order: `device.policy`."""

    cards: Annotated[int, msgspec.Meta(ge=1, le=4)] = 3
    reach: tuple[Literal["at_till", "fetch", "next_visit"], ...] = ("at_till", "fetch")
    """In the order of preference; what is not named is not shown."""
    needs: tuple[Literal["name", "price", "age_limit", "reach"], ...] = ("name", "price", "age_limit", "reach")
    """Facts without which an item is not shown."""
    age_restricted: bool = False
    """True: the shop opts in to suggestions of age-restricted goods."""
    refusals: Annotated[int, msgspec.Meta(ge=1)] = 2
    """After so many on one receipt nothing more is suggested."""
    relevance_floor: float = 0.0
    """A score must be above it. A score is about the probability that a receipt such as this one holds the item."""
    reach_bonus: Annotated[float, msgspec.Meta(ge=0)] = 0.02
    """Added to the score of the most preferred reach, half of it to the second."""


class Privacy(_Table, frozen=True):
    shopper_key_file: str | None = None
    """None: loyalty ids are dropped unread and every basket is anonymous."""


class Sync(_Table, frozen=True):
    """The register's side of the nightly exchange."""

    host: str
    port: Port = 1883
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    bundles: str | None = None
    """Where signed bundles come from: an http(s):// or file:// URL of the repository."""
    root_file: str | None = None
    """The root metadata that bundles are trusted by; given to the register when it is installed."""
    poll_seconds: Positive = 30.0
    """How often the long-running `tillside sync run` looks for new receipts and bundles."""


class Settings(_Table, frozen=True):
    store: str
    device: str
    """This register's name at headquarters: letters, digits, `-` and `_`."""
    lane: tuple[Lane, ...]
    state_dir: str = "/var/lib/tillside"
    """Holds edge.db, bundle.db, sync.db and the pictures."""
    screens_socket: str = "/run/tillside/screens.sock"
    timezone: str = "Europe/Moscow"
    best_sellers_file: str | None = None
    """Catalogue items as JSON lines, best first: served while there is no bundle. None: what the last bundle left behind."""
    policy: Policy = Policy()
    privacy: Privacy = Privacy()
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
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"no settings at {path}: write them (README, `Connect your till`) or name them with --settings"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    return parse(table, str(path))


def parse(table: dict[str, object], name: str = "settings.toml") -> Settings:
    mistakes = sorted(set(_unknown(table, msgspec.inspect.type_info(Settings), "")))
    known = _without_unknown(table, msgspec.inspect.type_info(Settings))
    settings, wrong = _convert(known)
    mistakes += wrong
    if settings is not None:
        mistakes += _beyond_types(settings)
    if mistakes:
        raise SettingsError("\n".join(f"{name}: {mistake}" for mistake in mistakes))
    assert settings is not None
    return settings


def _convert(table: dict[str, object]) -> tuple[Settings | None, list[str]]:
    """msgspec stops at the first mistake; converting field by field finds one in each."""
    mistakes = []
    for field in msgspec.structs.fields(Settings):
        if field.name not in table:
            if field.required:
                mistakes.append(f"missing key '{field.name}'")
            continue
        value = table[field.name]
        # A list of tables is converted table by table, so that every lane tells its own mistake.
        parts = list(enumerate(value)) if field.name == "lane" and isinstance(value, list) else [(None, value)]
        for index, part in parts:
            try:
                msgspec.convert(part, Lane if index is not None else field.type, strict=True)
            except msgspec.ValidationError as error:
                place = field.name if index is None else f"{field.name}[{index}]"
                mistakes.append(f"in '{place}': {_plain(error)}")
    return (None, mistakes) if mistakes else (msgspec.convert(table, Settings), [])


def _plain(error: msgspec.ValidationError) -> str:
    return str(error).replace("`$.", "`").replace(" - at `$`", "")


def _beyond_types(settings: Settings) -> list[str]:
    mistakes = []
    if not settings.lane:
        mistakes.append("no [[lane]]: name at least one till")
    tills = [lane.till for lane in settings.lane]
    mistakes += [
        f"lane.till '{till}' stands twice: every lane needs its own" for till in sorted({t for t in tills if tills.count(t) > 1})
    ]
    for key, value in (("device", settings.device), ("store", settings.store)):
        if not value or not value.isascii() or not value.replace("-", "").replace("_", "").isalnum():
            mistakes.append(f"{key} '{value}': use letters, digits, '-' and '_' only, it becomes part of a topic")
    if settings.timezone not in zoneinfo.available_timezones():
        near = difflib.get_close_matches(settings.timezone, zoneinfo.available_timezones(), 1)
        mistakes.append(f"timezone '{settings.timezone}' is not known" + (f" (did you mean '{near[0]}'?)" if near else ""))
    return mistakes


def _structs(info: msgspec.inspect.Type) -> list[msgspec.inspect.StructType]:
    match info:
        case msgspec.inspect.StructType():
            return [info]
        case msgspec.inspect.UnionType():
            return [struct for kind in info.types for struct in _structs(kind)]
        case _:
            return []


def _fields(table: dict[str, object], info: msgspec.inspect.Type) -> dict[str, msgspec.inspect.Type] | None:
    """The fields a table may have; for a tagged union those of the kind it names."""
    structs = _structs(info)
    chosen = [s for s in structs if s.tag_field is not None and table.get(s.tag_field) == s.tag] or structs
    if not chosen:
        return None
    fields = {field.name: field.type for struct in chosen for field in struct.fields}
    return fields | {str(s.tag_field): msgspec.inspect.StrType() for s in chosen if s.tag_field}


def _unknown(value: object, info: msgspec.inspect.Type, place: str) -> list[str]:
    if isinstance(value, list):
        item = getattr(info, "item_type", msgspec.inspect.AnyType())
        return [m for index, part in enumerate(value) for m in _unknown(part, item, f"{place[:-1]}[{index}].")]
    if not isinstance(value, dict) or (fields := _fields(value, info)) is None:
        return []
    mistakes = []
    for key, part in value.items():
        if key in fields:
            mistakes += _unknown(part, fields[key], f"{place}{key}.")
        else:
            near = difflib.get_close_matches(key, fields, 1)
            mistakes.append(f"unknown key '{place}{key}'" + (f" (did you mean '{place}{near[0]}'?)" if near else ""))
    return mistakes


def _without_unknown(value: object, info: msgspec.inspect.Type) -> dict[str, object]:
    assert isinstance(value, dict)
    fields = _fields(value, info) or {}
    return {key: _strip(part, fields[key]) for key, part in value.items() if key in fields}


def _strip(value: object, info: msgspec.inspect.Type) -> object:
    if isinstance(value, list):
        item = getattr(info, "item_type", msgspec.inspect.AnyType())
        return [_strip(part, item) for part in value]
    if isinstance(value, dict) and _fields(value, info) is not None:
        return _without_unknown(value, info)
    return value
