"""A till that speaks the native dialect: over a pseudo-terminal, which a daemon cannot tell from a serial port, or over MQTT."""

from __future__ import annotations

import os
import tty
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from device.demo.programs import PATIENCE_SECONDS
from device.errors import TillsideError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from device.campaigns import Coupon
    from device.demo.scripts import ScriptLine


class Wire(Protocol):
    def send(self, message: bytes) -> None: ...

    def close(self) -> None: ...


class SerialWire:
    """One end of a pseudo-terminal; `port` is the other, for the daemon."""

    def __init__(self) -> None:
        try:
            self._ours, self._theirs = os.openpty()
        except OSError as error:
            what = "mount devpts at /dev/pts, or use --via mqtt"
            raise TillsideError(f"no pseudo-terminal can be made here ({error}): {what}") from error
        # As a serial port would be: no echo, no line editing, no translation of line ends.
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)

    def send(self, message: bytes) -> None:
        rest = message + b"\n"
        while rest:
            rest = rest[os.write(self._ours, rest) :]

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._theirs)


class MqttWire:
    """Retained QoS 1 messages on the lane's own topic."""

    def __init__(self, port: int, topic: str) -> None:
        self._topic = topic
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="demo-till", protocol=paho.MQTTv5)
        try:
            self._client.connect("127.0.0.1", port)
        except OSError as error:
            raise TillsideError(f"the demo's broker at port {port} does not answer: {error}") from error
        self._client.loop_start()

    def send(self, message: bytes) -> None:
        self._client.publish(self._topic, message, qos=1, retain=True).wait_for_publish(PATIENCE_SECONDS)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@dataclass(slots=True)
class _Rung:
    line: ScriptLine
    void: bool = False


@dataclass(slots=True)
class Till:
    """Tells its whole basket after every key, as the native dialect wants it."""

    wire: Wire
    name: str
    currency: str
    codes: Mapping[str, Coupon] = field(default_factory=dict)
    """What the till charges for whom it is told a code: headquarters' campaigns, as any till is given them."""
    basket_id: str = ""
    _seq: int = 0
    _sales: int = 0
    _card: str | None = None
    _rung: list[_Rung] = field(default_factory=list)

    def open(self, card: str | None) -> None:
        self._sales += 1
        self.basket_id = f"{datetime.now(UTC):%Y%m%d%H%M%S}-{self.name}-{self._sales}"
        self._seq, self._card = 0, card
        self._rung.clear()

    def ring(self, line: ScriptLine, code: str | None = None) -> None:
        """`code`: of a coupon; the price is then the till's own matter."""
        self._rung.append(_Rung(line if code is None else self._reduced(line, code)))
        self.tell("open")

    def _reduced(self, line: ScriptLine, code: str) -> ScriptLine:
        """TillsideError: no such code, or of another item."""
        coupon = self.codes.get(code)
        if coupon is None or coupon.sku != line.sku:
            raise TillsideError(f"the till knows no code {code} for item {line.sku}")
        return msgspec.structs.replace(line, price=coupon.price, amount=coupon.price * line.quantity // 1000)

    def void(self, index: int) -> ScriptLine:
        self._rung[index].void = True
        self.tell("open")
        return self._rung[index].line

    @property
    def lines(self) -> list[ScriptLine]:
        return [rung.line for rung in self._rung if not rung.void]

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    def tell(self, state: str) -> None:
        self._seq += 1
        lines = [
            {
                "line_id": number,
                "code": rung.line.code,
                "name": rung.line.name,
                "qty": rung.line.quantity,
                "unit": rung.line.unit,
                "price": rung.line.price,
                "amount": rung.line.amount,
                "void": rung.void,
            }
            for number, rung in enumerate(self._rung, 1)
        ]
        message = {
            "v": 1,
            "till": self.name,
            "basket_id": self.basket_id,
            "seq": self._seq,
            "ts": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "state": state,
            "currency": self.currency,
            "total": self.total,
            "card": self._card,
            "lines": lines,
        }
        self.wire.send(msgspec.json.encode(message))
