"""Every central store: once, whole batches, conflicts and poison aside, gaps and totals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import msgspec
import pytest
import zstandard
from fakes.headquarters import rating, receipt
from fakes.headquarters_batches import AT, EPOCH, bodies, delivered, payload

from device.errors import CentralError
from sync import envelope
from sync.central import Central, Span, open_central
from sync.envelope import Entry, Header


def test_a_batch_twice_is_kept_once_and_answered_twice(store: Central) -> None:
    first, again = store.ingest([delivered(payload(1, 3)), delivered(payload(1, 3))], AT)
    (later,) = store.ingest([delivered(payload(1, 3))], AT)
    assert (first.new, again.known, later.known) == (3, 3, 3)
    assert not any(verdict.refused for verdict in (first, again, later))
    assert list(store.receipts()) == bodies(1, 2, 3)


@pytest.mark.parametrize("pack", [bytes, zstandard.compress])
def test_a_refused_batch_is_kept_without_card_numbers(store: Central, pack: Callable[[bytes], bytes]) -> None:
    poison = pack(b'{"header": "none", "name": "CARD 4111 1111 1111 1111 12/30 OK"}')
    (verdict,) = store.ingest([delivered(poison)], AT)
    assert verdict.refused
    (kept,) = store.quarantined()
    assert kept.sha256 == envelope.fingerprint(poison)
    held = store.payload(kept.device, kept.sha256) or b""
    inside = held if pack is bytes else zstandard.decompress(held)
    assert inside == b'{"header": "none", "name": "CARD [PAN] 12/30 OK"}'


def test_what_is_said_of_a_refused_batch_holds_no_card_number(store: Central) -> None:
    other = receipt(1, "4111111111111111")
    entries = [Entry(1, msgspec.json.encode(other))]
    store.ingest([delivered(envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 1, 1, 1), entries))], AT)
    (kept,) = store.quarantined()
    assert "names register '[PAN]'" in kept.why
    assert b"4111111111111111" not in (envelope.plain(store.payload(kept.device, kept.sha256) or b"") or b"")


def test_batches_cut_otherwise_after_a_restart_overlap_without_harm(store: Central) -> None:
    store.ingest([delivered(payload(1, 3)), delivered(payload(1, 5)), delivered(payload(4, 6))], AT)
    assert list(store.receipts()) == bodies(1, 2, 3, 4, 5, 6)
    assert store.watermark("register-1", EPOCH) == 6


def test_the_same_key_with_other_content_is_a_conflict_and_nothing_of_the_batch_is_kept(store: Central) -> None:
    store.ingest([delivered(payload(1, 3))], AT)
    (verdict,) = store.ingest([delivered(payload(3, 5, lines=4))], AT)
    assert verdict.refused is not None
    assert "record 3" in verdict.refused
    assert list(store.receipts()) == bodies(1, 2, 3)
    assert store.watermark("register-1", EPOCH) == 3
    assert [store.payload(batch.device, batch.sha256) for batch in store.quarantined()] == [payload(3, 5, lines=4)]


def test_one_poison_batch_does_not_hold_up_the_others(store: Central) -> None:
    good, poison, other = store.ingest(
        [delivered(payload(1, 2)), delivered(b"poison"), delivered(payload(1, 2, "register-2"), "register-2")], AT
    )
    assert (good.new, other.new) == (2, 2)
    assert poison.refused is not None
    store.ingest([delivered(b"poison")], AT)
    (kept,) = store.quarantined()
    assert (kept.device, store.payload(kept.device, kept.sha256), kept.times) == ("register-1", b"poison", 2)


def test_a_batch_in_the_name_of_another_register_is_refused(store: Central) -> None:
    (verdict,) = store.ingest([delivered(payload(1, 2, "register-2"), "register-1")], AT)
    assert verdict.refused is not None
    assert list(store.receipts()) == []
    assert [batch.device for batch in store.quarantined()] == ["register-1"]


def test_gaps_are_ranges_nobody_answered_for(store: Central) -> None:
    store.ingest([delivered(payload(4, 6)), delivered(payload(9, 9))], AT)
    assert store.gaps() == [Span("register-1", EPOCH, 1, 3), Span("register-1", EPOCH, 7, 8)]
    assert store.watermark("register-1", EPOCH) == 0
    store.ingest([delivered(payload(7, 8)), delivered(payload(1, 3))], AT)
    assert store.gaps() == []
    assert store.watermark("register-1", EPOCH) == 9


def test_a_number_that_was_never_given_out_is_no_gap(store: Central) -> None:
    entries = [Entry(seq, body) for seq, body in zip((2, 5), bodies(2, 5), strict=True)]
    store.ingest([delivered(envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 1, 5, 2), entries))], AT)
    assert store.gaps() == []


def test_another_epoch_counts_anew(store: Central) -> None:
    store.ingest([delivered(payload(1, 2)), delivered(payload(1, 2, epoch="b" * 32))], AT)
    assert len(list(store.receipts())) == 4
    assert store.gaps() == []


def test_receipts_come_in_the_order_of_time_over_all_registers(store: Central) -> None:
    store.ingest([delivered(payload(2, 2, "register-2"), "register-2"), delivered(payload(1, 3))], AT)
    expected = [*bodies(1, 2), *bodies(2, device="register-2"), *bodies(3)]
    assert list(store.receipts()) == expected


def test_days_are_the_shops_days_and_compare_with_the_tills_report(store: Central) -> None:
    store.ingest([delivered(payload(1, 2)), delivered(payload(600, 602))], AT)
    (first, second) = store.days()
    assert (first.day, first.receipts, first.total) == ("2026-05-04", 2, 2 * 29970)
    assert (second.day, second.receipts, second.currency) == ("2026-05-05", 3, "RUB")


def test_registers_tell_when_they_were_last_heard_and_what_they_use(store: Central) -> None:
    store.ingest([delivered(payload(1, 2))], AT)
    (register,) = store.registers()
    assert register.last_heard == "2026-05-05T01:00:00+00:00"
    assert (register.store, register.epoch, register.bundle, register.receipts) == ("S1", EPOCH, "b1", 2)


def test_reading_does_not_see_or_stop_what_is_written_meanwhile(store: Central) -> None:
    store.ingest([delivered(payload(1, 3))], AT)
    reading = store.receipts()
    assert next(reading) == bodies(1)[0]
    store.ingest([delivered(payload(4, 5))], AT)
    assert list(reading) == bodies(2, 3)
    assert list(store.receipts()) == bodies(1, 2, 3, 4, 5)


def test_who_only_reads_makes_and_changes_nothing(url: str) -> None:
    with pytest.raises(CentralError, match="no central store"):
        open_central(url)
    with closing(open_central(url, create=True)) as store:
        store.ingest([delivered(payload(1, 3))], AT)
    with closing(open_central(url)) as reading:
        assert list(reading.receipts()) == bodies(1, 2, 3)
        with pytest.raises(CentralError, match=r"read-?only"):
            reading.ingest([delivered(payload(4, 5))], AT)
        assert list(reading.receipts()) == bodies(1, 2, 3)


def test_a_nul_where_a_database_keeps_text_refuses_its_batch_and_no_other(store: Central) -> None:
    named = [Entry(seq, bodies(seq)[0].replace(b'"S1"', b'"S\\u00001"')) for seq in (1, 2)]
    poison = envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 1, 2, 2), named)
    refused, good = store.ingest([delivered(poison), delivered(payload(1, 2, "register-2"), "register-2")], AT)
    assert refused.refused is not None
    assert "NUL" in refused.refused
    assert good.new == 2


def test_what_was_refused_is_counted_however_often_it_comes(store: Central) -> None:
    for _ in range(3):
        store.ingest([delivered(b"poison\0")], AT)
    store.ingest([delivered(payload(1, 2, "register\0two"), "register-1")], AT)
    assert sorted(batch.times for batch in store.quarantined()) == [1, 3]


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:secret@host.invalid/db", "postgresql://u:se@cr/secret@host", "mysql://host/db?user=u&password=secret&ssl=1"],
)
def test_a_password_in_an_address_is_not_shown(url: str) -> None:
    with pytest.raises(CentralError, match=r"\*\*\*") as caught:
        open_central(url)
    assert "secret" not in str(caught.value)
    assert "u" in str(caught.value)
    assert "host" in str(caught.value)


def test_ratings_come_as_the_register_wrote_them_and_each_receipt_once(store: Central) -> None:
    first, second = (msgspec.json.encode(rating(1, score)) for score in (3, 9))
    entries = [Entry(1, msgspec.json.encode(receipt(1))), Entry(2, first, 1), Entry(3, second, 1)]
    content = envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 1, 3, 3), entries)
    store.ingest([delivered(content)], AT)
    assert list(store.rated()) == [second]
