"""The whole circle: a till on a pseudo-terminal or a broker, a daemon, receipts to headquarters, training, a bundle back.

Live without a restart, and nothing lost when programs are killed on the way.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from fakes import corner_shop
from fakes.face_program import SLIP_SECONDS
from fakes.patience import SECONDS
from fakes.program import completed

from device import packed
from device.demo.commands import LOCALES
from device.demo.faces import Eye
from device.demo.programs import Program, run, tillside
from device.demo.report import wait_for_receipt
from device.demo.scripts import ScriptLine
from device.demo.stage import Shop, Stage
from device.domain import Answer, Phase, Unit
from device.screen_link import Stage as Shown
from device.shopper import pseudonym, read_key, read_or_make_key
from kiosk_ui.formats import Language


def line(sku: str, *, code: str | None = None) -> ScriptLine:
    price = corner_shop.PRICES.get(sku, 100)
    return ScriptLine(sku, code or corner_shop.barcode(sku), f"{sku} of the house", 1000, price, price, Unit.PIECE)


@pytest.fixture(params=["serial", "mqtt"])
def store(tmp_path, request):
    receipts = corner_shop.write(tmp_path / "receipts")
    key = tmp_path / "shopper.key"
    read_or_make_key(key)
    train(tmp_path, receipts, tmp_path / "first.bundle")
    shop = Shop(receipts, "S1", "RUB", ("name", "price", "age_limit", "reach"))
    with Stage(tmp_path, shop, request.param, headless=True, locale="en", shopper_key=key) as stage:
        yield stage


def train(folder: Path, receipts: Path, out: Path, *more: str) -> None:
    (folder / "logs").mkdir(exist_ok=True)
    words = ("train", "--receipts", str(receipts), "--out", str(out), "--shopper-key", str(folder / "shopper.key"))
    run("training", tillside(*words, *more), folder / "logs" / "train.log")


def ring_up(stage: Stage, *skus: str, card: str | None = None):
    """A sale up to its last line; what is shown then."""
    stage.till.open(card)
    for sku in skus:
        stage.till.ring(line(sku))
    return stage.eye.wait(
        "the basket", lambda s: len(s.lines) == len(skus) and s.total == stage.till.total and s.stage is Shown.BASKET
    )


def close(stage: Stage):
    stage.till.tell("tender")
    stage.till.tell("closed")
    return wait_for_receipt(stage.edge_db, stage.till.basket_id)


def central_receipts(stage: Stage) -> list[str]:
    with contextlib.closing(sqlite3.connect(f"file:{stage.central_db}?mode=ro", uri=True)) as db:
        return [json.loads(packed.unpack(body))["receipt_id"] for (body,) in db.execute("SELECT body FROM receipt")]


def edge_receipts(stage: Stage) -> list[str]:
    with contextlib.closing(sqlite3.connect(f"file:{stage.edge_db}?mode=ro", uri=True)) as db:
        return [name for (name,) in db.execute("SELECT receipt_id FROM receipt ORDER BY seq")]


def test_the_circle_closes(store):
    # What goes together is suggested, on both faces, and the reason is the item that earned it.
    shown = ring_up(store, "milk", "pasta")
    assert shown.cards[0].sku == "sauce"
    assert shown.cards[0].reason.kind == "goes_with"
    assert shown.cards[0].price == corner_shop.PRICES["sauce"]

    # Said yes to on the cashier's own screen, rung up, bought.
    until_painted(store, "sauce")
    assert store.cashier.tap("accept") == "sauce"
    store.eye.wait("the acceptance", lambda s: any(c.sku == "sauce" and c.state == "taken" for c in s.cards))
    store.till.ring(line("sauce"))
    first = close(store)
    assert first.phase is Phase.CLOSED
    sauce = next(o for o in first.outcomes if o.sku == "sauce")
    assert (sauce.answer, sauce.bought, sauce.painted) == (Answer.TAKEN, True, True)
    assert store.eye.wait("thanks", lambda s: s.stage is Shown.THANKS).total == first.total

    # Another is refused and does not come back on this receipt; a line is voided and is not suggested either.
    shown = ring_up(store, "bread", "tea")
    assert shown.cards[0].sku == "biscuits"
    until_painted(store, "biscuits")
    assert store.cashier.tap("dismiss") == "biscuits"
    store.eye.wait("the refusal", lambda s: all(c.sku != "biscuits" for c in s.cards))
    store.till.ring(line("nobody-knows-it", code="4600000000001"))
    store.till.void(0)
    shown = store.eye.wait("two lines", lambda s: len(s.lines) == 2)
    assert not {"biscuits", "bread"} & {card.sku for card in shown.cards}
    second = close(store)
    assert [o.answer for o in second.outcomes if o.sku == "biscuits"] == [Answer.DECLINED]
    assert [drawn.sku for drawn in second.lines] == ["tea", None]

    # Receipts go up and are counted once, however often they are sent.
    store.sync()
    store.sync()
    assert sorted(central_receipts(store)) == sorted(edge_receipts(store)) == sorted([first.receipt_id, second.receipt_id])

    # The model comes back signed, and is live in the next sale of the very same process.
    before = store.daemon.process.pid
    more = ("--central", f"sqlite:///{store.central_db}", "--consent", "as-recorded")
    train(store.folder, store.shop.receipts, store.folder / "second.bundle", *more)
    store.publish(store.folder / "second.bundle")
    shown = ring_up(store, "milk")
    store.sync()
    store.daemon.wait_for("is live from the next sale on", SECONDS)
    assert close(store).bundle == first.bundle, "a sale ends with the model it began with"
    ring_up(store, "pasta")
    third = close(store)
    assert third.bundle != first.bundle
    assert store.daemon.process.pid == before
    assert store.daemon.alive()


def test_a_card_is_a_pseudonym_before_anything_is_kept(store):
    ring_up(store, "pasta", card=corner_shop.CARD)
    known = close(store)
    ring_up(store, "pasta", card="someone who never agreed")
    unknown = close(store)
    store.sync()
    key = read_key(store.folder / "shopper.key")
    assert known.shopper == pseudonym(key, corner_shop.CARD)
    assert unknown.shopper is None
    digits = corner_shop.CARD.encode()
    kept = [path for path in store.folder.rglob("*") if path.is_file() and "receipts" not in path.parts]
    assert any(path.name == "edge.db" for path in kept)
    for path in kept:
        content = path.read_bytes()
        assert digits not in content, path
        assert b"never agreed" not in content, path


def test_no_receipt_is_lost_when_programs_are_killed(store):
    receipts = []
    for number in range(3):
        ring_up(store, "milk", "pasta")
        receipts.append(close(store).receipt_id)
        store.daemon.process.send_signal(signal.SIGKILL)
        store.daemon.process.wait()
        # While nobody listens the till goes on; the native feed heals with the next whole state.
        store.daemon = Program("daemon", tillside("run", "--settings", str(store.settings)), store.logs / f"daemon-{number}.log")
        store._stack.callback(store.daemon.stop)
        store.daemon.wait_for("reading" if store.via == "serial" else "listening to", SECONDS)
        reconnect(store)
        store.sync() if number == 1 else None
    ring_up(store, "tea")
    receipts.append(close(store).receipt_id)
    store.sync()
    assert edge_receipts(store) == receipts
    assert sorted(central_receipts(store)) == sorted(receipts)


def reconnect(stage: Stage) -> None:
    settings = stage.settings.read_text(encoding="utf-8")
    path = Path(next(row for row in settings.splitlines() if row.startswith("screens_socket")).split('"')[1])
    stage.eye.close()
    stage.eye = Eye(path, "1")


def until_painted(stage: Stage, sku: str) -> None:
    """The face shows the item and its guard against slips of the finger has run out."""
    stage.cashier.wait(f"{sku} first", lambda state: state["cards"][:1] == [sku])
    time.sleep(SLIP_SECONDS)


@pytest.mark.parametrize(("via", "locale"), [("serial", "en"), ("mqtt", "ar")])
def test_the_demo_plays_sales_and_leaves_pictures(tmp_path, via, locale):
    out = tmp_path / "demo"
    receipts = corner_shop.write(tmp_path / "shop")
    words = (
        "demo",
        "--headless",
        "--sales",
        "3",
        "--json",
        "--via",
        via,
        "--locale",
        locale,
        "--line-seconds",
        "0.05",
        "--out",
        str(out),
        "--receipts",
        str(receipts),
    )
    done = completed(tillside(*words), seconds=10 * SECONDS)
    assert done.returncode == 0, done.stderr
    sales = [json.loads(row) for row in done.stdout.splitlines()]
    assert len(sales) == 3
    for sale in sales:
        assert {"receipt", "lines", "offered", "bought"} <= set(sale)
        assert sale["lines"]
        assert sale["total"] == sum(sold["amount"] for sold in sale["lines"])
    assert any(sale["offered"] for sale in sales)
    pictures = list((out / "pictures").glob("*.png"))
    assert {"customer", "cashier"} <= {path.stem.rpartition("-")[2] for path in pictures}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)
    with contextlib.closing(sqlite3.connect(out / "register" / "edge.db")) as db:
        kept = [name for (name,) in db.execute("SELECT receipt_id FROM receipt ORDER BY seq")]
        rated = [json.loads(body) for (body,) in db.execute("SELECT body FROM rating ORDER BY seq")]
    assert kept == [sale["receipt"] for sale in sales]
    # The first shopper always says how the visit was, by a touch on the monitor; what is told is what is kept.
    assert sales[0]["rated"] in {1, 2, 3}
    told = [(sale["receipt"], sale["rated"]) for sale in sales if sale["rated"] is not None]
    assert [(one["receipt_id"], one["score"]) for one in rated] == told


def test_the_demo_has_the_locales_of_the_screens() -> None:
    assert set(LOCALES) == set(Language)
    refused = completed(tillside("demo", "--locale", "de"))
    assert refused.returncode == 2
    assert all(f"'{locale}'" in refused.stderr for locale in Language)
