"""The way that the settings name, opened: the one place on a register that knows how many there are."""

from __future__ import annotations

import secrets
from typing import Final

from device.errors import SettingsError, SyncError
from device.settings import Settings
from device.sync_settings import Sync
from sync import envelope, forget_list
from sync.carrier import Carrier
from sync.link import Broker, Link
from sync.post import Post

_PACKET_BYTES: Final = 16_384
"""Nothing headquarters says to a register is longer."""


def wanted(settings: Settings) -> Sync:
    if settings.sync is None:
        raise SettingsError("the settings have no [sync]: name the broker and the bundles of headquarters there")
    return settings.sync


def opened(settings: Settings) -> Carrier:
    """SyncError in one sentence when the other end is not there or does not let us in."""
    sync, device = wanted(settings), settings.device
    place = Broker(sync.host, sync.port, sync.username, sync.password_file, sync.ca_file, sync.certificate_file, sync.key_file)
    match sync.way:
        case "mqtt":
            topics = [envelope.acknowledgement_topic(device), envelope.bundle_topic(device), forget_list.page_topic(device)]
            # Not to be guessed: who connects under another's client id puts that one out.
            name = f"tillside-sync-{device}-{secrets.token_hex(8)}"
            return Link(place, name, topics, packet_bytes=_PACKET_BYTES).open()
        case "https":
            return Post(place, device).open()
        case "usb":
            raise SyncError(
                "receipts travel by stick, as sync.way says: `tillside sync export --to FOLDER`, then `tillside sync import`"
            )
