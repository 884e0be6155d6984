"""`tillside headquarters segments`, and what it reads of registers."""

from __future__ import annotations

import json

import msgspec
import pytest
from click.testing import CliRunner
from fakes.segmented import LAST, RULES, TOMORROW, name_shopper, sold, write_folder

from device.commands import tillside
from device.domain import Kind, LaneId, Line, Minor, Phase, Pseudonym, Receipt, Sku, Thousandths, Unit
from model_export.marks import WHOLESALE_PIECES
from model_export.regulars import events
from model_export.regulars.rfm import Segment


class Central:
    """The part of a central store that is read."""

    def __init__(self, receipts: list[bytes]) -> None:
        self._receipts = receipts

    def receipts(self):
        return iter(self._receipts)

    def close(self) -> None:
        pass


def test_registers_tell_closed_sales_with_a_shopper_only(receipt_of):
    raw = [
        receipt_of(seq=1, shopper="aa" * 16, total=500),
        receipt_of(seq=2, shopper=None, total=600),
        receipt_of(seq=3, shopper="aa" * 16, total=700, kind=Kind.RETURN),
        receipt_of(seq=4, shopper="bb" * 16, total=800, phase=Phase.CANCELLED),
        receipt_of(seq=5, shopper="bb" * 16, total=900_000, pieces=WHOLESALE_PIECES + 1),
        b"{broken",
    ]
    arriving = events.Events("sqlite:///none", TOMORROW, name_shopper)
    rows = list(arriving._of_registers(Central(raw), lambda name: name))
    assert rows == [("aa" * 16, "r1", rows[0][2], "S1", "", 500), ("aa" * 16, "r1", rows[0][2], "S1", "milk", 0)]
    assert arriving.remarks == ("1 receipts of the central store cannot be read and are left out",)


@pytest.fixture
def receipt_of():
    def write(
        *, seq: int, shopper: str | None, total: int, phase: Phase = Phase.CLOSED, kind: Kind = Kind.SALE, pieces: int = 1
    ) -> bytes:
        line = Line(1, "1", Sku("milk"), Thousandths(1000 * pieces), Unit.PIECE, Minor(total + 50))
        told = Receipt(
            f"r{seq}", "S1", "till-1", LaneId("1"), phase, f"b{seq}", LAST, LAST, LAST.isoformat(), "RUB", Minor(total),
            (line,), (), shopper=None if shopper is None else Pseudonym(shopper), kind=kind,
        )  # fmt: skip
        return msgspec.json.encode(told)

    return write


def test_the_command_tells_eleven_segments_and_those_by_rule(tmp_path):
    folder = write_folder(tmp_path / "shop", sold())
    (tmp_path / "segments.toml").write_text(RULES)
    asked = ["headquarters", "segments", "--receipts", str(folder)]
    ran = CliRunner().invoke(tillside, [*asked, "--rules", str(tmp_path / "segments.toml"), "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert [row["segment"] for row in told[:11]] == [str(segment) for segment in Segment]
    assert [row["segment"] for row in told[11:]] == [
        "morning coffee",
        "night of S2",
        "small and seldom",
        "never milk",
        "slipping",
    ]
    assert sum(row["shoppers"] for row in told[:11]) == len({row[1] for row in sold()})
    assert all(row["shoppers"] for row in told[11:])
    plain = CliRunner().invoke(tillside, [*asked, "--keep", str(tmp_path / "kept"), "--shopper-key", str(tmp_path / "key")])
    assert plain.exit_code == 0, plain.output
    assert "cannot lose" in plain.stdout
    (file,) = (tmp_path / "kept").iterdir()
    assert not any(b"card 1" in content for content in (file.read_bytes(),)), "no loyalty id is kept"
    assert CliRunner().invoke(tillside, ["headquarters", "segments"]).exit_code == 2


def test_headquarters_keeps_its_own_commands():
    listed = CliRunner().invoke(tillside, ["headquarters", "--help"]).output
    assert "publish" in listed
    assert "segments" in listed
