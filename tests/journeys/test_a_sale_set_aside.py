"""A sale that is set aside when the register is killed, and goes on when it is back, is one right receipt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.device_daemon import Register
from fakes.device_handback import BREAD, BUTTER, GOODS, SCORES
from fakes.device_shop import write_shop
from fakes.device_till import wire
from fakes.patience import until
from fakes.till_program import line

from device.domain import Phase

MILK = "4111111111111111"
"""What somebody scanned who took a payment card for a product: 16 digits that pass for a card's."""


def shop(folder: Path, dialect: str) -> Register:
    made = Register(folder)
    made.settings.write_text(made.settings.read_text().replace('till = "7"', f'till = "7"\ndialect = "{dialect}"'))
    made.state.mkdir()
    write_shop(made.state / "bundle.db", items=GOODS, scores=SCORES)
    return made


def document(event: str, operation: str, **fields: object) -> bytes:
    """As the dialect `dsslxml` has it."""
    told = {"operation_id": operation, "location": "7", "cashier": "Somebody", **fields}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
    start = f'<?xml version="1.0" encoding="utf-8"?><transaction><event_type>POSNG_{event}</event_type>'
    return f"{start}{inner}</transaction>\n".encode()


def position(operation: str, number: int, code: str, pieces: int = 1) -> bytes:
    facts = {"position": number, "barcode": code, "quantity": pieces, "price": f"{99.9 * pieces:.2f}", "text": f"No. {number}"}
    return document("POSITION_ADD", operation, **facts)


def sale(operation: str, *codes: str) -> bytes:
    rung = b"".join(position(operation, number, code) for number, code in enumerate(codes, 1))
    return document("RECEIPT_OPEN", operation) + rung


def on_disk(made: Register) -> list[object]:
    """The sales that are set aside."""
    file = made.state / "aside.json"
    return list(json.loads(file.read_bytes())["7"]) if file.exists() else []


@pytest.mark.parametrize("again", [False, True], ids=["lines are not told again", "lines are told again"])
def test_of_a_till_that_tells_one_thing_after_another(tmp_path: Path, again: bool) -> None:
    with shop(tmp_path, "dsslxml") as made:
        made.start()
        with made.till() as till:
            till.sendall(sale("A1", BREAD, BUTTER) + document("RECEIPT_DELAY", "A1"))
            till.sendall(sale("A2", BREAD) + document("RECEIPT_CLOSE", "A2"))
            assert [one.total for one in made.keeps(1)] == [9990]
            until(lambda: len(on_disk(made)) == 1, what="the sale to be on disk")  # all may have come at one blow
            made.kill()
        made.start()
        with made.till() as till:
            till.sendall(document("RECEIPT_DELAYED_RESTORE", "A1"))
            if again:
                till.sendall(position("A1", 1, BREAD) + position("A1", 2, BUTTER))
            till.sendall(position("A1", 3, BREAD, 2) + document("RECEIPT_CLOSE", "A1", price="399.60"))
            _, one = made.keeps(2)
        until(lambda: on_disk(made) == [], what="the sale to be taken off the disk")
        assert (one.phase, one.partial, one.total) == (Phase.CLOSED, False, 39960)
        assert [(rung.sku, rung.quantity) for rung in one.lines] == [("bread", 1000), ("butter", 1000), ("bread", 2000)]
        made.kill()
        made.start()  # what is over is not set aside any more
        with made.till() as till:
            till.sendall(document("RECEIPT_DELAYED_RESTORE", "A1") + position("A1", 1, BREAD))
            till.sendall(document("RECEIPT_CLOSE", "A1", price="99.90"))
            assert made.keeps(3)[-1].partial


def test_of_a_till_that_tells_whole_baskets(tmp_path: Path) -> None:
    with shop(tmp_path, "native") as made:
        made.start()
        with made.till() as till:
            lines = [line(1, BREAD), line(2, BUTTER)]
            till.sendall(wire("a", 1, lines=lines) + wire("a", 2, lines=lines, state="suspended"))
            till.sendall(wire("b", 1, lines=[line(1, BREAD)], state="closed"))
            made.keeps(1)
            made.kill()
        made.start()
        with made.till() as till:
            lines.append(line(3, BREAD, 2))
            till.sendall(wire("a", 3, lines=lines) + wire("a", 4, lines=lines, state="closed"))
            _, one = made.keeps(2)
        assert (one.basket_id, one.phase, one.partial, one.total) == ("a", Phase.CLOSED, False, 39960)


def test_no_card_number_is_written_with_it_and_a_spoilt_file_costs_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "state" / "aside.json"
    with shop(tmp_path, "dsslxml") as made:
        made.start()
        with made.till() as till:
            till.sendall(sale("A1", BREAD, MILK) + document("RECEIPT_DELAY", "A1"))
            until(file.exists, what="the sale to be on disk")
            assert [one["lines"]["2"]["code"] for one in json.loads(file.read_bytes())["7"]] == ["[PAN]"]
            made.kill()
        file.write_bytes(file.read_bytes()[:-20])
        made.start()
        made.says("sales that were set aside go on as partial ones")
        with made.till() as till:
            till.sendall(document("RECEIPT_DELAYED_RESTORE", "A1") + position("A1", 3, BREAD))
            till.sendall(document("RECEIPT_CLOSE", "A1", price="299.70"))
            assert made.keeps(1)[0].partial
