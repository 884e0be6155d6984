"""Around the change of keys a shopper is known by whichever pseudonym has a profile; the version is kept beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from fakes.device_shop import REGULAR, adviser
from fakes.device_till import Checkout, receipts

from device.domain import Phase, Sku
from device.shopper import Key, Keyring, pseudonym

OLD, NEW = bytes([1]) * 32, bytes([2]) * 32
KEYS = Keyring((Key(2026, date(2026, 1, 1), OLD), Key(2027, date(2027, 1, 1), NEW)))


@pytest.mark.parametrize(
    ("day", "profile", "kept"),
    [
        (datetime(2026, 12, 20, 9, tzinfo=UTC), OLD, 2026),
        (datetime(2026, 12, 20, 9, tzinfo=UTC), NEW, 2027),  # the bundle came early
        (datetime(2027, 1, 20, 9, tzinfo=UTC), OLD, 2026),  # the bundle is late
        (datetime(2027, 1, 20, 9, tzinfo=UTC), NEW, 2027),
        (datetime(2027, 2, 20, 9, tzinfo=UTC), OLD, None),  # the old key is good no longer
        (datetime(2026, 11, 20, 9, tzinfo=UTC), NEW, None),
        (datetime(2027, 1, 20, 9, tzinfo=UTC), b"\3" * 32, None),  # no consent: no pseudonym is written
    ],
)
def test_the_pseudonym_with_a_profile_counts(tmp_path: Path, day: datetime, profile: bytes, kept: int | None) -> None:
    token = pseudonym(profile, REGULAR)
    assert token is not None
    counter = Checkout(tmp_path, adviser(tmp_path / "shop.bundle", profiles={token: {Sku("coffee"): 1.0}}))
    counter.lane._register.shopper_keys = KEYS
    counter.hear("a", 1, "bread", loyalty_id=REGULAR, at=day)
    counter.hear("a", 2, "bread", phase=Phase.CLOSED, at=day)
    (receipt,) = receipts(tmp_path / "edge.db")
    assert (receipt.shopper, receipt.shopper_key) == ((token, kept) if kept else (None, None))
    counter.edge.close()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("edge"))
    for form in (REGULAR, REGULAR.replace(" ", "")):
        assert form.encode() not in files, "the id itself is never kept"
    if kept is None:
        assert pseudonym(OLD, REGULAR).encode() not in files
        assert pseudonym(NEW, REGULAR).encode() not in files


@pytest.mark.parametrize(("profile", "reads"), [(OLD, 2), (NEW, 2), (b"\3" * 32, 0)])
def test_a_profile_is_read_once_for_a_sale_and_a_card(tmp_path: Path, profile: bytes, reads: int) -> None:
    """Two keys are good: the pseudonym that is found is read, and once more when it is taken; another costs nothing."""
    day = datetime(2027, 1, 20, 9, tzinfo=UTC)
    advice = adviser(tmp_path / "shop.bundle", profiles={pseudonym(profile, REGULAR): {Sku("coffee"): 1.0}})
    counter = Checkout(tmp_path, advice)
    counter.lane._register.shopper_keys = KEYS
    asked: list[str] = []
    advice.bundle._db.set_trace_callback(lambda query: asked.append(query) if "'profile'" in query else None)
    for number in range(1, 20):
        card = None if number % 5 == 0 else REGULAR
        counter.hear("a", number, *["bread"] * number, loyalty_id=card, at=day)
    assert len(asked) == reads
    counter.hear("a", 20, "bread", loyalty_id="another card", at=day)
    assert len(asked) == reads, "nobody knows the other card"
    counter.hear("a", 21, "bread", loyalty_id=REGULAR, at=day)
    assert len(asked) == 2 * reads, "another card was another shopper"
    counter.hear("a", 22, "bread", phase=Phase.CLOSED, at=day)
    counter.hear("b", 1, "bread", loyalty_id=REGULAR, at=day)
    assert len(asked) == 3 * reads, "and so is the next sale"


def test_a_receipt_of_before_there_were_versions_is_read(tmp_path: Path) -> None:
    counter = Checkout(tmp_path, adviser(tmp_path / "shop.bundle"))
    counter.hear("a", 1, "bread", phase=Phase.CLOSED)
    (receipt,) = receipts(tmp_path / "edge.db")
    told = msgspec.json.decode(msgspec.json.encode(receipt))
    del told["shopper_key"]
    assert msgspec.convert(told, type(receipt)) == receipt
    counter.edge.close()
