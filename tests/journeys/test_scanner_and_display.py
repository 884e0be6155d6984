"""A till nobody documented: a scanner says what the items are, a customer display what becomes of them."""

from __future__ import annotations

import os
import pty
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from biip.checksums import gs1_standard_check_digit
from fakes.device_daemon import Register
from fakes.device_shop import item, write_shop

from device.domain import Phase, Unit

PAUSE_SECONDS = 0.25
"""Between two things a cashier does: longer than a display needs to settle."""


def ean(digits: str) -> str:
    return f"{digits}{gs1_standard_check_digit(digits)}"


MILK, BREAD, CHEESE = ean("460123456789"), ean("460123456790"), ean("460123456791")
APPLES = ean("220123400000")
GOODS = [
    item("milk", names={"ru": "Молоко пастеризованное 3,2 %"}, price=8990, barcodes=(MILK,)),
    item("bread", names={"ru": "Хлеб ржаной заварной"}, price=5400, barcodes=(BREAD,)),
    item("cheese", names={"ru": "Сыр Тильзитер 45 %"}, price=24_990, barcodes=(CHEESE,)),
    item("apples", names={"ru": "Яблоки сезонные"}, price=12_900, unit="kg", barcodes=(APPLES,)),
]


@pytest.fixture
def ports() -> Iterator[tuple[tuple[int, str], tuple[int, str]]]:
    pairs = [pty.openpty() for _ in range(2)]
    for _, slave in pairs:
        tty.setraw(slave)
    first, second = ((master, os.ttyname(slave)) for master, slave in pairs)
    yield first, second
    for pair in pairs:
        for end in pair:
            os.close(end)


def screen(top: str, below: str = "", figure: str = "") -> bytes:
    """What a till paints: clear, then both rows by the cursor."""
    rows = (top[:20], below[: 20 - len(figure)].ljust(20 - len(figure)) + figure)
    return b"\x0c" + b"".join(b"\x1f\x24\x01" + bytes((number,)) + row.encode("cp866") for number, row in enumerate(rows, 1))


def test_a_sale_with_a_void_a_quantity_and_a_weighed_item(tmp_path: Path, ports: tuple[tuple[int, str], tuple[int, str]]) -> None:
    (display, display_port), (scanner, scanner_port) = ports
    (tmp_path / "state").mkdir()
    write_shop(tmp_path / "state" / "bundle.db", items=GOODS, scores={("item=milk", "cheese"): 0.4})
    lane = (
        f'kind = "serial"\nport = "{display_port}"\n'
        '[[lane.tap]]\nrole = "identity"\noptions = {region = "ru"}\n'
        f'source = {{kind = "serial", port = "{scanner_port}"}}\n'
    )

    def paint(top: str, below: str = "", figure: str = "") -> None:
        os.write(display, screen(top, below, figure))
        time.sleep(PAUSE_SECONDS)

    def scan(code: str) -> None:
        os.write(scanner, code.encode() + b"\r\n")
        time.sleep(PAUSE_SECONDS)

    with Register(tmp_path, source=lane) as register:
        text = register.settings.read_text(encoding="utf-8")
        register.settings.write_text(
            text.replace('till = "7"\n', 'till = "7"\ndialect = "pole"\noptions = {charset = "cp866"}\n'), encoding="utf-8"
        )
        register.start()
        register.says(f"reading {display_port}")
        register.says(f"reading {scanner_port}")
        paint("ДОБРО ПОЖАЛОВАТЬ")
        scan(MILK)
        paint("МОЛОКО ПАСТ. 3.2 0.9Л", "1 x 89.90", "89.90")
        paint("МОЛОКО ПАСТ. 3.2 0.9Л", "2 x 89.90", "179.80")
        scan(ean("220123400842"))
        paint("ЯБЛ.СЕЗОН.", "0.842*129.00", "108.62")
        scan(BREAD)
        paint("ХЛЕБ РЖ.ЗАВ.", "1 x 54.00", "54.00")
        paint("СТОРНО ХЛЕБ РЖ.ЗАВ.", "", "-54.00")
        paint("ПАКЕТ МАЙКА", "1 x 7.00", "7.00")
        paint("ИТОГО", "", "295.42")
        paint("К ОПЛАТЕ 295.42", "НАЛИЧНЫЕ", "300.00")
        paint("СДАЧА 4.58", "СПАСИБО!")
        paint("ДОБРО ПОЖАЛОВАТЬ")
        (receipt,) = register.keeps(1)
        assert register.stop() == 0
        assert "Traceback" not in register.words()
    assert (receipt.phase, receipt.total, receipt.partial, receipt.currency) == (Phase.CLOSED, 29_542, False, "RUB")
    told = [(line.sku, line.quantity, line.unit, line.amount) for line in receipt.lines]
    assert told == [
        ("milk", 2000, Unit.PIECE, 17_980),
        ("apples", 842, Unit.KILOGRAM, 10_862),
        (None, 1000, Unit.PIECE, 700),
    ]
    assert receipt.lines[2].name == "ПАКЕТ МАЙКА", "what nobody scanned and no name tells stays an unknown line"
    assert [outcome.sku for outcome in receipt.outcomes] == ["cheese"]
