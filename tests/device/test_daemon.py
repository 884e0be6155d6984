"""The register's process: what it says when it starts, what it shows, and what it keeps when it is killed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from click.testing import CliRunner
from fakes.device_daemon import Register
from fakes.device_face import face
from fakes.device_shop import ITEMS, KEY, REGULAR, contents, write_shop
from fakes.device_till import wire
from fakes.headquarters import free_port, mosquitto
from fakes.program import completed, tillside
from paho.mqtt import publish

from device.commands import run
from device.errors import TillsideError
from device.screen_link import FaceKind, Stage, Verb
from device.shopper import pseudonym
from device.store import EdgeStore


def test_without_a_bundle_and_best_sellers_it_shows_the_basket_and_is_silent(tmp_path: Path) -> None:
    with Register(tmp_path) as register:
        ready = register.start().says("ready:")
        assert ready.endswith(
            "1 lane(s), suggestions from nothing: no bundle and no best-sellers, the screens show the basket only"
        )
        assert "make one with `tillside train` or wait for the nightly sync" in register.words()
        with register.till() as till:
            till.sendall(wire("a", 1, "bread"))

            async def story() -> None:
                async with face(register.socket, FaceKind.CUSTOMER) as customer:
                    seen = await customer.shows(stage=Stage.BASKET)
                    assert (len(seen.lines), seen.lines[0].known, seen.cards) == (1, False, ())

            asyncio.run(story())
            till.sendall(wire("a", 2, "bread", state="closed"))
            (receipt,) = register.keeps(1)
            assert (receipt.bundle, receipt.lines[0].sku, receipt.outcomes) == (None, None, ())
        assert register.stop() == 0
        assert "Traceback" not in register.words()


def test_best_sellers_stand_in_until_a_bundle_goes_live_between_two_sales(tmp_path: Path) -> None:
    best = tmp_path / "best.jsonl"
    best.write_bytes(b"\n".join(msgspec.json.encode(item) for item in ITEMS))
    with Register(tmp_path, extra=f'best_sellers_file = "{best}"') as register:
        assert f"suggestions from {len(ITEMS)} best-sellers" in register.start().says("ready:")
        with register.till() as till:

            async def story() -> None:
                async with face(register.socket) as cashier:
                    till.sendall(wire("a", 1, "bread"))
                    await cashier.shows("milk", "butter", "tea")
                    first = write_shop(register.state / "bundle.db")
                    await asyncio.to_thread(register.says, f"bundle {first.identity} is live from the next sale on")
                    till.sendall(wire("a", 2, "bread", "tea"))
                    await cashier.shows("milk", "butter", "coffee")
                    till.sendall(wire("a", 3, "bread", "tea", state="closed"))
                    await cashier.shows(stage=Stage.THANKS)
                    till.sendall(wire("b", 1, "bread"))
                    await cashier.shows("butter", "cheese", "milk")
                    # One that does not answer as it should is not taken up.
                    good = contents().golden
                    write_shop(
                        register.state / "bundle.db",
                        answers=[msgspec.structs.replace(good[0], scores=[7.0] * 5)],
                        notes={"spoilt": "yes"},
                    )
                    told = await asyncio.to_thread(register.says, "is not answered as it was when the model was made")
                    assert f"going on with bundle {first.identity}" in told
                    till.sendall(wire("b", 2, "bread", state="closed") + wire("c", 1, "tea"))
                    await cashier.shows("honey", "milk")

            asyncio.run(story())
        one, two = register.keeps(2)
        assert (one.bundle, two.bundle is not None) == (None, True)
        assert sorted(path.name for path in (register.state / "pictures").iterdir()) == ["milk.png", "tea.png"]
        register.kill()
        (register.state / "bundle.db").unlink()
    with Register(tmp_path) as register:
        ready = register.start().says("ready:")
        assert ready.endswith("suggestions from 2 best-sellers"), "what the last bundle left behind"


def test_malformed_messages_are_told_once_and_harm_no_sale(tmp_path: Path) -> None:
    with Register(tmp_path) as register, register.start().till() as till:
        for number in range(40):
            till.sendall(b"\xff\x00 noise {{{ 4276000012345678\n" + b'{"v": 1, "card": "4276000012345678"}\n')
            till.sendall(wire(f"s{number}", 1, "bread", state="closed", card="4276000012345678"))
        assert len(register.keeps(40)) == 40
        told = [line for line in register.words().splitlines() if "skipped so far" in line]
        assert len(told) == 1
        assert told[0].startswith("tillside: lane 7: ")
        assert "4276" not in register.words()
        assert register.stop() == 0


def test_kill_9_and_restart_keep_every_sale_once(tmp_path: Path) -> None:
    write_shop(tmp_path / "bundle")
    with Register(tmp_path) as register:
        register.state.mkdir()
        (tmp_path / "bundle").rename(register.state / "bundle.db")
        for round_ in range(3):
            with register.start().till() as till:
                for number in range(10 * round_, 10 * round_ + 10):
                    till.sendall(wire(f"s{number}", 1, "bread") + wire(f"s{number}", 2, "bread", state="closed"))
                register.keeps(10 * round_ + 10)
                till.sendall(wire("cut", 1, "bread") + wire("cut", 2, "bread", state="closed")[:50])
                register.kill()
        kept = [receipt.basket_id for receipt in register.keeps(30)]
    assert sorted(set(kept) - {"cut"}) == sorted(f"s{number}" for number in range(30))
    assert len(kept) == len(set(kept))


def test_over_a_broker_kill_9_loses_no_sale_and_doubles_none(tmp_path: Path) -> None:
    port = free_port()
    source = f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {port}\n'
    topic = "tillside/lane/v1/S1/7/basket"
    with mosquitto(tmp_path / "broker", port), Register(tmp_path, source=source) as register:
        register.start().says("listening to")
        for round_ in range(3):
            sales = [
                {"topic": topic, "payload": wire(f"s{number}", 1, "bread", state="closed"), "qos": 1}
                for number in range(15 * round_, 15 * round_ + 15)
            ]
            publish.multiple(sales, "127.0.0.1", port)  # type: ignore[arg-type]
            register.keeps(15 * round_ + 1 + 5 * round_)
            register.kill()
            register.start()
        kept = [receipt.basket_id for receipt in register.keeps(45)]
        assert register.stop() == 0
    assert sorted(kept) == sorted(f"s{number}" for number in range(45))


def test_answers_and_consent_reach_the_receipt_through_the_whole_process(tmp_path: Path) -> None:
    (tmp_path / "shopper.key").touch(mode=0o600)
    (tmp_path / "shopper.key").write_text(KEY.hex())
    with Register(tmp_path, extra=f'privacy = {{shopper_key_file = "{tmp_path / "shopper.key"}"}}') as register:
        register.state.mkdir()
        me = pseudonym(KEY, REGULAR)
        made = write_shop(register.state / "bundle.db", profiles={me: {"coffee": 1.0}})
        assert f"suggestions from bundle {made.identity} (items kept back by rule: " in register.start().says("ready:")
        with register.till() as till:
            till.sendall(wire("a", 1, "bread", card=REGULAR))

            async def story() -> None:
                async with face(register.socket) as cashier:
                    seen = await cashier.shows("coffee", "butter")
                    assert seen.pictures == str(register.state / "pictures")
                    assert (await cashier.act(Verb.ACCEPT, seen, "butter")).done
                    assert (await cashier.act(Verb.DISMISS, await cashier.shows("coffee"), "coffee")).done

            asyncio.run(story())
            till.sendall(wire("a", 2, "bread", "butter", state="closed", card=REGULAR))
            (receipt,) = register.keeps(1)
        assert register.stop() == 0
        said = {o.sku: (o.answer, o.bought) for o in receipt.outcomes}
        assert (said["butter"], said["coffee"]) == (("taken", True), ("declined", False))  # type: ignore[index]
        assert (receipt.shopper, receipt.bundle) == (me, made.identity)
        everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert REGULAR.encode() not in everything


def test_out_of_the_shops_hours_both_faces_are_dark_until_the_till_is_used(tmp_path: Path) -> None:
    elsewhere = (datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(days=3)).strftime("%a").lower()

    async def story(register: Register) -> None:
        async with face(register.socket, FaceKind.CUSTOMER) as customer, face(register.socket) as cashier:
            for one in (customer, cashier):
                await one.shows(stage=Stage.CLOSED)
            with register.till() as till:
                till.sendall(wire("a", 1, "bread"))
                for one in (customer, cashier):
                    assert len((await one.shows(stage=Stage.BASKET)).lines) == 1

    with Register(tmp_path, extra=f'[screens]\nhours = ["{elsewhere} 08:00-09:00"]\n').start() as register:
        asyncio.run(story(register))


def test_a_replayed_recording_ends_the_process_with_success(tmp_path: Path) -> None:
    recording = Path(__file__).parent / "recordings" / "native" / "two_sales.bin"
    with Register(tmp_path, source=f'kind = "replay"\nfile = "{recording}"\n') as register:
        register.start()
        assert register.ended() == 0
        assert register.keeps(1)[0].basket_id == "20260504-7-1"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda r: r.settings.unlink(), "no settings at"),
        (
            lambda r: r.settings.write_text("store = 1\ndevise = 2"),
            "settings.toml: unknown key 'devise' (did you mean 'device'?)",
        ),
        (lambda r: r.settings.write_text(r.settings.read_text() + 'dialect = "x"'), "unknown key 'lane[0].source.dialect'"),
        (lambda r: EdgeStore(r.state / "edge.db", "register-9").close(), "belongs to register 'register-9'"),
    ],
)
def test_what_it_cannot_go_on_without_is_told_before_anything_is_served(
    tmp_path: Path, spoil: Callable[[Register], object], sentence: str
) -> None:
    register = Register(tmp_path)
    spoil(register)
    result = CliRunner().invoke(run, ["--settings", str(register.settings)])
    assert isinstance(result.exception, TillsideError)
    assert sentence in str(result.exception)
    assert not register.socket.exists()


def test_a_damaged_edge_database_is_told_kept_aside_and_stops_no_sale(tmp_path: Path) -> None:
    with Register(tmp_path) as register:
        register.state.mkdir()
        (register.state / "edge.db").write_bytes(b"garbage" * 999)
        register.start()
        assert "the edge database was damaged" in register.words()
        with register.till() as till:
            till.sendall(wire("a", 1, "bread", state="closed"))
            register.keeps(1)
        (kept,) = register.state.glob("edge.db.damaged-*")
        assert kept.read_bytes() == b"garbage" * 999


def test_what_it_cannot_go_on_without_is_one_sentence_and_status_1(tmp_path: Path) -> None:
    def told(register: Register) -> str:
        done = completed(tillside("run", "--settings", register.settings))
        assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (1, "", False)
        return done.stderr.splitlines()[-1]

    register = Register(tmp_path)
    with socket.create_server(("127.0.0.1", register.port)):
        assert told(register).startswith(f"tillside: lane 7: cannot listen at 127.0.0.1:{register.port}: ")
    register.settings.unlink()
    assert told(register).startswith(f"tillside: no settings at {register.settings}: write them")


def test_a_second_daemon_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with Register(tmp_path) as register:
        register.start()
        done = completed(tillside("run", "--settings", register.settings))
        assert (done.returncode, "another daemon writes" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
        with register.till() as till:
            till.sendall(wire("a", 1, "bread", state="closed"))
            assert len(register.keeps(1)) == 1
        assert register.stop() == 0
