"""What a till tells may hold a payment card's number in any field of text; no file of the register does."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from fakes.card_layouts import ISSUERS, LAYOUTS, drawn
from fakes.device_till import Checkout, receipts, rung

from device import packed, readonly
from device.adviser import Adviser
from device.domain import Minor, Phase, Tender
from device.journal import Journal


def test_every_issuer_in_every_layout_leaves_nothing_on_disk(
    tmp_path: Path, shop: Adviser, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Checkout(tmp_path, shop)
    told = list(drawn(len(ISSUERS) * len(LAYOUTS), seed=11))
    journal = Journal()
    for basket in range(0, len(told), 100):
        part = told[basket : basket + 100]
        lines = tuple(rung(number, "bread", name=text) for number, (_, text) in enumerate(part, 1))
        tenders = tuple(Tender(text, Minor(1)) for _, text in part[:5])
        name = f"B{basket}"
        counter.hear(name, 1, lines=lines, tenders=tenders, phase=Phase.TENDER)
        counter.hear(name, 2, lines=lines, tenders=tenders, phase=Phase.CLOSED)
        journal.say(name, f"till '{part[0][1]}' speaks on this wire too")
    assert len(receipts(tmp_path / "edge.db")) == len(told) // 100
    counter.edge.close()
    with closing(readonly.opened(tmp_path / "edge.db")) as db:
        bodies = b"".join(packed.unpack(body) for (body,) in db.execute("SELECT body FROM receipt"))
    assert b"[PAN]" in bodies, "the names are kept, but for that"
    # Receipts stand in the file packed: what they say is looked at apart from the bytes.
    files = bodies + b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [made for made, _ in told if made.encode() in files or made in caplog.text]
