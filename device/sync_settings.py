"""`[sync]`: the register's side of the nightly exchange. The table in `sync/README.md` says what each key is for."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Sync(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The register's side of the nightly exchange."""

    way: Literal["mqtt", "https", "usb"] = "mqtt"
    """How receipts travel. usb: by `tillside sync export` and `tillside sync import`."""
    host: str = ""
    """The broker; headquarters itself when the way is https. Not needed for usb."""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    bundles: str | None = None
    """Where signed bundles come from: an http(s):// or file:// URL of the repository."""
    root_file: str | None = None
    """The root metadata that bundles are trusted by; given to the register when it is installed."""
    headquarters: Annotated[str, msgspec.Meta(pattern=r"\Ahttps://[^/@\s]+\Z")] | None = None
    """Where certificates are renewed and pseudonym keys and forget lists come from: https://host:port; `sync enrol` writes it."""
    poll_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 30.0
    """How often the long-running `tillside sync run` looks for new receipts and bundles."""
    window_start: str | None = None
    """`HH:MM` on the shop's clock. With it `tillside sync run` exchanges once a night; without, all the time."""
    window_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 240
    """The starts of a chain's registers are spread over so long."""
    telemetry: bool = False
    """Tell headquarters once a day how this register is; never what was sold or to whom."""


def clock(text: str) -> time:
    """ValueError in one sentence for what is no `HH:MM`."""
    hour, colon, minute = text.partition(":")
    if not (colon and len(hour) == len(minute) == 2 and text.replace(":", "").isdecimal() and text.isascii()):
        raise ValueError(f"'{text}' is no time of day: write it as '01:30'")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f"'{text}' is no time of day: write it as '01:30'") from None


def unreachable(table: dict[str, Any]) -> Iterator[str]:
    """A sentence for each thing that has the right type and cannot work; values of a wrong type are told elsewhere."""
    way = table.get("way", "mqtt")
    if way in ("mqtt", "https") and table.get("host", "") == "":
        yield "missing key 'sync.host'"
    if way == "https":
        if "port" not in table:
            yield "sync.port: name it, https has none by itself; it is what headquarters was given as --https-port"
        if "username" in table:
            yield "sync.username would not be used: over https the register is who its certificate says"
        if "certificate_file" not in table and str(table.get("host")) not in _THIS_MACHINE:
            yield "sync.way 'https' needs 'sync.ca_file', 'sync.certificate_file' and 'sync.key_file' to any other machine"
    start = table.get("window_start")
    if isinstance(start, str):
        try:
            clock(start)
        except ValueError as error:
            yield f"sync.window_start: {error}"
