"""Any damage to any format ends in refusals or in one sentence: never in a traceback, nor in what no till could have sold."""

from __future__ import annotations

import io
import json
import random
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from device.errors import HistoryError
from model_export.importing.forms import open_reader
from model_export.importing.found import MOST_TEXT, Refusal, Rules, State
from model_export.importing.guess import Asked

RULES = Rules(name_shopper=lambda _: None, latest=datetime(2026, 12, 31), currency="EUR")
ROUNDS = 120
SPLICES = (
    b"\x00",
    b"\xff\xfe",
    b'"',
    b"\n",
    b"\r",
    b"<",
    b"&",
    b"]]>",
    b"{",
    b"9" * 40,
    b"-",
    b",,,,",
    b"\xed\xa0\x80",
    b"<!DOCTYPE x",
)
TIME = "2026-03-02T09:30:00"


def parquet() -> bytes:
    file = io.BytesIO()
    columns = {"receipt_id": ["1", "1", "2"] * 50, "sku": ["milk", "bread", "ham"] * 50, "quantity": [1.0, 2.0, 0.5] * 50}
    at = pa.array([datetime(2026, 3, 2, 9, 30)] * 150, pa.timestamp("us"))
    pq.write_table(pa.table({**columns, "at": at}), file, compression="none")
    return file.getvalue()


def csv() -> bytes:
    rows = (f'{number},{TIME},sku {number},1,"a ""{number}"""' for number in range(30))
    return ("receipt_id,at,sku,quantity,name\n" + "\n".join(rows) + "\n").encode()


def jsonl() -> bytes:
    sales = ({"receipt": str(number), "at": TIME, "lines": [{"sku": "a", "quantity": 1.5, "amount": 9}]} for number in range(30))
    return b"".join(json.dumps(sale).encode() + b"\n" for sale in sales)


def poslog() -> bytes:
    sale = (
        "<Transaction><SequenceNumber>{}</SequenceNumber><BeginDateTime>" + TIME + "</BeginDateTime><RetailTransaction>"
        "<LineItem><Sale><ItemID>a</ItemID><Quantity>1</Quantity></Sale></LineItem></RetailTransaction></Transaction>\n"
    )
    return ("<POSLog>" + "".join(sale.format(number) for number in range(30)) + "</POSLog>").encode()


def damaged(content: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(content))
        match chance.randrange(4):
            case 0:
                content = content[:place]
            case 1:
                content = content[:place] + chance.choice(SPLICES) + content[place:]
            case 2:
                content = content[:place] + chance.randbytes(3) + content[place + 3 :]
            case _:
                content = content[:place] + content[place + chance.randrange(200) :]
        content = content or b"\n"
    return content


@pytest.mark.parametrize("form", [parquet, csv, jsonl, poslog])
def test_damage_is_refused_and_what_is_kept_is_possible(tmp_path: Path, form):
    chance = random.Random(form.__name__)
    whole = form()
    path = tmp_path / "file"
    kept = 0
    for _ in range(ROUNDS):
        path.write_bytes(damaged(whole, chance))
        with suppress(HistoryError):
            for one in open_reader(path, form.__name__, Asked(), RULES).read(State()):
                assert one.place >= 1
                if isinstance(one.told, Refusal):
                    continue
                kept += 1
                assert one.told.local_time < "2026-12-32"
                for line in one.told.lines:
                    assert 0 < len(line.sku) <= MOST_TEXT
                    assert abs(line.quantity) <= 10**12
    assert kept


def test_times_beyond_any_calendar_are_refused_by_their_row(tmp_path: Path):
    path = tmp_path / "file.parquet"
    at = pa.array([1772443800_000_000, 2**62, -(2**62)], pa.int64()).cast(pa.timestamp("us"))
    pq.write_table(pa.table({"receipt_id": ["1", "2", "3"], "sku": ["a", "a", "a"], "at": at}), path)
    found = list(open_reader(path, "auto", Asked(), replace(RULES)).read(State()))
    assert [isinstance(one.told, Refusal) for one in found] == [False, True, True]
    assert found[1].told.why == "the time cannot be read"
