"""The two ways to a till that takes items: as a scanner, and as commands over MQTT. Everything here blocks.

A way is opened first, so that nothing but the write itself lies between the decision to send and the first byte; it is written to
once, and closed.

The command is MQTT 5, QoS 1, not retained, with a response topic (the command's own and `/answer`) and `id` as correlation data:

    {"v":1,"cmd":"add","code":"4601234567893","id":"..32 hexadecimal digits..","sale":"20261122-7-153",
     "until":"2026-11-22T10:15:08.250Z"}

| field | meaning                                                                                                         |
|-------|-----------------------------------------------------------------------------------------------------------------|
| v     | 1                                                                                                               |
| cmd   | `add`: ring up one piece                                                                                        |
| code  | the bar code, 8 or 13 digits                                                                                    |
| id    | of this command: an `id` that was obeyed before is a repetition and must not be obeyed again                    |
| sale  | the sale it is for, as the till's feed names it (native dialect: `basket_id`; where a feed numbers no sales, the |
|       | register's own name of it). Another sale at hand: it must not be obeyed                                         |
| until | UTC, RFC 3339, `seconds` of the settings after it was sent. Later it must not be obeyed                         |

The message expiry interval is the same time in whole seconds, rounded up: a broker that holds the command for a till which is
away drops it, so that it can reach no later sale.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol, assert_never

import msgspec

from device.settings import MqttHandBack, ScannerHandBack

if TYPE_CHECKING:
    from device.sources.mqtt import Publisher

ANSWER_SECONDS: Final = 3.0
"""How long a port may take to take the code, and a broker to answer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the till is to ring up, and for which of its sales."""

    code: str
    sale: str


class Way(Protocol):
    """Open. Methods raise OSError, SourceError, ValueError or termios.error."""

    def write(self, order: Order) -> None:
        """Once."""

    def close(self) -> None: ...


def opened(how: ScannerHandBack | MqttHandBack, topic: str) -> Way:
    """Raise OSError, SourceError, ValueError or re.error. `topic`: where the settings name none."""
    match how:
        case ScannerHandBack():
            return _Scanner(how)
        case MqttHandBack():
            return _Commands(how, how.topic or topic)
        case _:
            assert_never(how)


class _Scanner:
    def __init__(self, how: ScannerHandBack) -> None:
        import serial  # noqa: PLC0415 - only where a lane hands back

        self._how = how
        self._port = serial.serial_for_url(how.port, baudrate=how.baud, write_timeout=ANSWER_SECONDS, do_not_open=True)
        if "://" not in how.port:
            self._port.exclusive = True
        self._port.open()

    def write(self, order: Order) -> None:
        how = self._how
        self._port.write(f"{how.prefix}{']E0' if how.aim else ''}{order.code}{how.suffix}".encode())
        self._port.flush()

    def close(self) -> None:
        self._port.close()


class _Commands:
    def __init__(self, how: MqttHandBack, topic: str) -> None:
        from device.sources import mqtt  # noqa: PLC0415 - only where a lane hands back

        self._topic = topic
        self._seconds = how.seconds
        self._name = uuid.uuid4().hex
        self._broker: Publisher = mqtt.Publisher(how.broker, self._name, ANSWER_SECONDS)

    def write(self, order: Order) -> None:
        until = datetime.now(UTC) + timedelta(seconds=self._seconds)
        told = {
            "v": 1,
            "cmd": "add",
            "code": order.code,
            "id": self._name,
            "sale": order.sale,
            "until": until.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        self._broker.publish(self._topic, msgspec.json.encode(told), math.ceil(self._seconds))

    def close(self) -> None:
        self._broker.close()
