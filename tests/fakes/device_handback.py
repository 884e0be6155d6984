"""A register that hands accepted items back to its till, and what comes out where the till listens."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from biip.checksums import gs1_standard_check_digit
from fakes.device_daemon import Register
from fakes.device_face import face
from fakes.device_shop import adviser, item, write_shop
from fakes.device_till import Checkout, rung

from device.domain import Line, Minor, Sku, Thousandths, Unit
from device.screen_link import Verb


def ean(digits: str) -> str:
    """The digits with their check digit."""
    return f"{digits}{gs1_standard_check_digit(digits)}"


BREAD, BUTTER = ean("460123456789"), ean("460123456790")
GOODS = [item("bread", barcodes=(BREAD,)), item("butter", barcodes=(BUTTER,))]
SCORES = {("item=bread", "butter"): 0.4}


def heard(end: int) -> bytes:
    """What has come out of this end so far."""
    try:
        return os.read(end, 1000)
    except BlockingIOError:
        return b""


def register(folder: Path, handback: str) -> Register:
    """Its lane hands back as these settings say."""
    made = Register(folder)
    made.settings.write_text(made.settings.read_text() + f"[lane.handback]\n{handback}\n")
    made.state.mkdir()
    write_shop(made.state / "bundle.db", items=GOODS, scores=SCORES)
    return made


def accepted(folder: Path) -> Checkout:
    """A counter without a daemon, where butter has been accepted on the open sale `a`."""
    counter = Checkout(folder, adviser(folder / "shop.bundle", items=GOODS, scores=SCORES))
    counter.hear("a", 1, lines=(rung(1, "bread", code=BREAD),))
    counter.tap(Verb.ACCEPT, "butter")
    return counter


def accept(shop: Register) -> None:
    """The cashier says yes to butter."""

    async def story() -> None:
        async with face(shop.socket) as cashier:
            assert (await cashier.act(Verb.ACCEPT, await cashier.shows("butter"), "butter")).done

    asyncio.run(story())


def line(code: str, number: int = 1) -> dict[str, Any]:
    """As the native dialect tells it."""
    return {"line_id": number, "code": code, "qty": 1000, "unit": "pcs", "price": 9990, "amount": 9990}


def basket_line(number: int, sku: str | None, pieces: int = 1, name: str | None = None) -> Line:
    """As it stands in a basket."""
    known = None if sku is None else Sku(sku)
    return Line(number, sku or "", known, Thousandths(1000 * pieces), Unit.PIECE, Minor(9990 * pieces), Minor(9990), name)
