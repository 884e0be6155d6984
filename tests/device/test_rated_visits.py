"""How a visit was rated: kept with its receipt, the last word counts, and nothing waits for it."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from fakes.device_daemon import Register
from fakes.device_face import face
from fakes.device_shop import ITEMS
from fakes.device_till import MORNING, RUN, Checkout, wire
from fakes.headquarters import rating, receipt
from fakes.patience import until

from device.adviser import Adviser
from device.domain import Phase
from device.errors import StoreError
from device.rating import Rating, Scale
from device.screen_link import Acknowledgement, FaceKind, Rate, Stage, Verb
from device.store import EdgeStore


@pytest.fixture
def asked(tmp_path: Path, shop: Adviser) -> Checkout:
    """A counter whose shoppers are asked for a number, and whose first sale has just closed."""
    counter = Checkout(tmp_path, shop, rating=Scale.TEN)
    counter.hear("a", 1, "bread", phase=Phase.CLOSED)
    return counter


def test_the_customer_alone_is_asked_and_only_with_the_thanks(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop, rating=Scale.FACES)
    for seq, phase in enumerate((Phase.OPEN, Phase.TENDER, Phase.CLOSED), 1):
        counter.hear("a", seq, "bread", phase=phase)
        asked = counter.lane.snapshot(FaceKind.CUSTOMER).rating
        assert asked is (Scale.FACES if phase is Phase.CLOSED else None)
        assert counter.lane.snapshot(FaceKind.CASHIER).rating is None


def test_a_shop_that_does_not_ask_takes_no_answer(counter: Checkout) -> None:
    counter.hear("a", 1, "bread", phase=Phase.CLOSED)
    assert counter.lane.snapshot(FaceKind.CUSTOMER).rating is None
    assert (counter.rate(2).why, counter.ratings()) == ("closed", {})


def test_the_last_tap_counts_and_the_face_is_told_it(asked: Checkout) -> None:
    assert asked.rate(3).done
    seq = asked.lane.seq
    assert asked.rate(0).done
    assert asked.lane.seq == seq + 1
    assert asked.lane.snapshot(FaceKind.CUSTOMER).rated == 0
    assert asked.ratings() == {"a": 0}


def test_the_rating_names_its_receipt_and_nobody(asked: Checkout) -> None:
    asked.rate(7)
    with closing(sqlite3.connect(asked.path)) as db:
        (body,) = db.execute("SELECT body FROM rating").fetchone()
    assert set(Rating.__dataclass_fields__) == {"receipt_id", "store", "device", "lane", "scale", "score", "rated_at"}
    assert asked.receipt().receipt_id.encode() in body


def test_a_tap_after_the_next_sale_began_is_not_kept(asked: Checkout) -> None:
    asked.hear("b", 1, "tea")
    assert (asked.rate(5).why, asked.ratings()) == ("closed", {})


def test_a_finger_that_came_down_on_the_thanks_before_does_not_rate_this_sale(asked: Checkout) -> None:
    thanks = asked.lane.seq
    asked.hear("b", 1, "tea")
    asked.hear("b", 2, "tea", phase=Phase.CLOSED)
    assert (asked.rate(5, seq=thanks).why, asked.ratings()) == ("stale", {})
    assert asked.rate(5).done
    assert asked.ratings() == {"b": 5}


@pytest.mark.parametrize("score", [-1, 11, 10**6])
def test_what_is_not_on_the_scale_is_not_kept(asked: Checkout, score: int) -> None:
    assert (asked.rate(score).why, asked.ratings()) == ("unknown", {})


def test_a_finger_that_belongs_to_another_run_of_the_daemon_is_not_kept(asked: Checkout) -> None:
    assert (asked.rate(5, run="another").why, asked.ratings()) == ("closed", {})


@pytest.mark.parametrize("phase", [Phase.CANCELLED, Phase.SUSPENDED])
def test_only_a_visit_that_was_paid_is_rated(tmp_path: Path, shop: Adviser, phase: Phase) -> None:
    counter = Checkout(tmp_path, shop, rating=Scale.TEN)
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", phase=phase)
    assert counter.rate(5).why == "closed"


def test_a_closed_sale_that_is_told_again_changes_no_rating(asked: Checkout) -> None:
    asked.rate(9)
    asked.hear("a", 2, "bread", phase=Phase.CLOSED)
    assert (asked.lane.snapshot(FaceKind.CUSTOMER).rated, asked.ratings()) == (9, {"a": 9})


def test_a_sale_kept_before_a_restart_is_not_rated_when_it_is_told_again(tmp_path: Path, shop: Adviser, asked: Checkout) -> None:
    again = Checkout(tmp_path, shop, edge=asked.edge, rating=Scale.TEN)
    again.hear("a", 1, "bread", phase=Phase.CLOSED)
    assert again.lane.snapshot(FaceKind.CUSTOMER).stage is Stage.IDLE
    assert again.rate(5).why == "closed"


def test_a_sale_kept_before_that_the_disk_refused_ends_no_other_visit(tmp_path: Path, shop: Adviser, asked: Checkout) -> None:
    asked.edge.close()
    after = Checkout(tmp_path, shop, rating=Scale.TEN)
    with closing(sqlite3.connect(after.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        after.edge._db.execute("PRAGMA busy_timeout = 0")
        after.hear("a", 1, "bread", phase=Phase.CLOSED)  # told again after the restart, and nobody can look whether it is there
        after.hear("b", 1, "tea", phase=Phase.CLOSED)
        assert after.lane.holds_receipts
        other.execute("ROLLBACK")
    after.lane.write_held()
    assert not after.lane.holds_receipts
    assert after.rate(9).done, "the visit of the sale that has just closed"


def test_a_disk_that_is_full_keeps_no_rating_and_says_so(asked: Checkout) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        assert asked.rate(5) == Acknowledgement("act-1", done=False, why="disk")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert asked.lane.snapshot(FaceKind.CUSTOMER).rated is None
    # A file that failed is not looked at again at once.
    until(lambda: asked.rate(6).done, what="the disk to take a rating")
    assert asked.ratings() == {"a": 6}


def test_while_a_rating_waits_for_the_disk_the_next_sale_goes_on(asked: Checkout) -> None:
    async def story() -> Acknowledgement:
        with asked.edge._turn:  # the disk is busy
            kept = asyncio.create_task(asked.lane.rate(Rate("x", 8, asked.lane.seq, RUN), MORNING))
            await asyncio.sleep(0)
            asked.hear("b", 1, "bread")
            shown = asked.lane.snapshot(FaceKind.CUSTOMER)
            assert (shown.stage, len(shown.cards)) == (Stage.BASKET, 3)
            assert not kept.done()
        return await kept

    before = asked.lane.seq
    assert asyncio.run(story()).done
    assert asked.ratings() == {"a": 8}
    assert asked.lane.seq == before + 1, "the next sale's faces are told nothing of it"


def test_taps_are_kept_in_their_order(asked: Checkout) -> None:
    async def story() -> None:
        words = [Rate(f"x{score}", score, asked.lane.seq, RUN) for score in (1, 9, 4, 7, 2)]
        await asyncio.gather(*(asked.lane.rate(word, MORNING) for word in words))

    asyncio.run(story())
    assert asked.ratings() == {"a": 2}


def test_a_rating_takes_the_next_number_and_a_new_one_when_it_changes(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path / "edge.db", "register-1")
    keys = [store.record(receipt(1), b"1"), store.rate(rating(1, 3)), store.record(receipt(2), b"2"), store.rate(rating(1, 4))]
    keys += [store.record(receipt(3), b"3")]
    assert [key.seq for key in keys if key is not None] == [1, 2, 3, 4, 5]
    assert len({key.epoch for key in keys if key is not None}) == 1
    with pytest.raises(StoreError, match="receipt register-1-9 is not on disk yet: its rating is not kept either"):
        store.rate(rating(9, 3))
    key = store.record(receipt(4), b"4")
    assert key is not None
    assert key.seq == 6, "what was refused took no number"
    store.close()


def test_a_rating_goes_with_its_receipt(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path / "edge.db", "register-1")
    store.record(receipt(1), b"1")
    store.rate(rating(1, 3))
    store._db.execute("DELETE FROM receipt")
    assert store._db.execute("SELECT count(*) FROM rating").fetchone() == (0,)
    store.close()


def test_through_the_whole_process_a_tap_on_the_monitor_is_on_disk_when_it_is_acknowledged(tmp_path: Path) -> None:
    async def story(register: Register) -> None:
        with register.till() as till:
            async with face(register.socket, FaceKind.CUSTOMER) as customer, face(register.socket) as cashier:
                till.sendall(wire("a", 1, "bread", state="closed"))
                thanks = await customer.shows(stage=Stage.THANKS)
                assert thanks.rating is Scale.FACES
                await cashier.shows(stage=Stage.THANKS)
                assert (await cashier.rate(3, thanks)).why == "unknown"
                assert (await customer.rate(4, thanks)).why == "unknown"
                assert (await customer.rate(1, thanks)).done
                register.kill()
        with closing(sqlite3.connect(register.state / "edge.db")) as db:
            assert [msgspec.json.decode(body, type=Rating).score for (body,) in db.execute("SELECT body FROM rating")] == [1]

    with Register(tmp_path, extra='[screens]\nrating = "faces"\n').start() as register:
        asyncio.run(story(register))


def test_what_is_out_of_stock_leaves_both_faces_of_the_lane_and_stays_away_this_shift(tmp_path: Path) -> None:
    (tmp_path / "best.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, ITEMS)))

    async def sale(register: Register, number: str, *, without: str) -> None:
        with register.till() as till:
            async with face(register.socket, FaceKind.CUSTOMER) as customer, face(register.socket) as cashier:
                till.sendall(wire(number, 1, "bread"))
                for one in (customer, cashier):
                    shown = [card.sku for card in (await one.shows(stage=Stage.BASKET)).cards]
                    assert shown
                    assert without not in shown

    async def story(register: Register) -> None:
        with register.till() as till:
            async with face(register.socket, FaceKind.CUSTOMER) as customer, face(register.socket) as cashier:
                till.sendall(wire("a", 1, "bread"))
                seen = await cashier.shows("milk")
                await customer.shows("milk")
                assert (await cashier.act(Verb.OUT_OF_STOCK, seen, "milk")).done
                for one in (customer, cashier):
                    left = await one.snapshot(seen.seq + 1)
                    assert "milk" not in [card.sku for card in left.cards]
                    assert len(left.gone) == 1
                till.sendall(wire("a", 2, "bread", state="closed"))
                await customer.shows(stage=Stage.THANKS)
        await sale(register, "b", without="milk")

    with Register(tmp_path, extra=f'best_sellers_file = "{tmp_path}/best.jsonl"\n').start() as register:
        asyncio.run(story(register))
        register.kill()
        register.start()
        asyncio.run(sale(register, "c", without="milk"))


def test_the_hour_of_a_rating_is_when_it_was_given(asked: Checkout) -> None:
    asked.rate(5)
    with closing(sqlite3.connect(asked.path)) as db:
        (body,) = db.execute("SELECT body FROM rating").fetchone()
    assert (MORNING + timedelta(seconds=2)).isoformat().replace("+00:00", "Z").encode() in body
