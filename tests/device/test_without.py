"""What the settings name and cannot be used stops no till: it is told in the log, by the doctor and to headquarters."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.device_daemon import Register
from fakes.device_doctor import found, known
from fakes.device_face import face
from fakes.device_shop import KEY, REGULAR, STORE, write_shop
from fakes.device_till import wire
from fakes.device_without import taken_part
from fakes.experiments import text
from fakes.headquarters import free_port
from fakes.patience import until

from device import without
from device.settings import read
from device.shopper import pseudonym
from sync.health import seen
from sync.ledger import Ledger

UDP = {"kind": "udp", "port": 5000}


@pytest.mark.parametrize("spoilt", [text(name="own").replace("share", "shore"), "name = ", None])
def test_an_experiment_that_cannot_be_read_is_none_and_is_told(tmp_path: Path, spoilt: str | None) -> None:
    path = tmp_path / "own.toml"
    if spoilt is not None:
        path.write_text(spoilt)
    settings = known(tmp_path / "state", UDP, experiment_file=str(path), store=STORE)
    settings.bundle_db.parent.mkdir()
    for bundle in (False, True):
        if bundle:
            write_shop(settings.bundle_db)
        name, told = taken_part(settings)
        assert name is None
        assert told["experiment"].startswith(
            "the experiment is left out, no sale stands in an arm: correct experiment_file and start the register anew: "
        )
        assert str(path) in told["experiment"]
        (fault,) = found(settings, "experiment")
        assert (fault.kind, str(path) in fault.says, "correct experiment_file" in fault.says) == ("fault", True, True)
    with Ledger(settings.sync_db) as ledger:
        assert seen(settings, ledger, datetime.now(UTC), {"bundle": "none"}).troubles.keys() == {"experiment", "bundle"}
    write_shop(settings.bundle_db, experiment=text().encode())
    assert taken_part(settings) == ("spring", {}), "a bundle's own goes before it as ever"
    assert [finding.kind for finding in found(settings, "experiment")] == ["ok"]
    path.write_text(text(name="own"))
    write_shop(settings.bundle_db)
    assert taken_part(settings) == ("own", {})


def test_a_till_sells_with_everything_wrong_that_it_can_sell_without(tmp_path: Path) -> None:
    """And takes up the key, which needs no new start, once it is there."""
    key = tmp_path / "shopper.key"
    extra = (
        f'experiment_file = "{tmp_path}/none.toml"\nbest_sellers_file = "{tmp_path}/none.jsonl"\nbackup_dir = "{tmp_path}/log"\n'
        f'privacy = {{shopper_key_file = "{key}"}}'
    )
    with Register(tmp_path, extra=extra) as register:
        register.state.mkdir()
        register.start()
        with register.till() as till:
            till.sendall(wire("a", 1, "bread", state="closed", card=REGULAR))
            (anonymous,) = register.keeps(1)
            told = without.read(register.state)
            assert told.keys() == {"experiment", "privacy", "best-sellers"}
            assert told["privacy"].endswith("copy the chain's key there (mode 0600); until then every basket is anonymous")
            assert all(sentence in register.words() for sentence in told.values())
            settings = read(register.settings)
            assert {one.kind for about in told for one in found(settings, about)} == {"fault"}
            # A bundle makes best-sellers needless.
            write_shop(register.state / "bundle.db", profiles={pseudonym(KEY, REGULAR): {"coffee": 1.0}})
            key.touch(mode=0o600)
            key.write_text(KEY.hex())
            until(lambda: without.read(register.state).keys() == {"experiment"}, what="the key and the bundle are taken up")
            till.sendall(wire("b", 1, "bread", card=REGULAR))

            async def story() -> None:
                async with face(register.socket) as cashier:
                    await cashier.shows("coffee", "butter")

            asyncio.run(story())
            till.sendall(wire("b", 2, "bread", state="closed", card=REGULAR))
            receipts = register.keeps(2)
        assert (anonymous.shopper, anonymous.experiment, anonymous.arm) == (None, None, None)
        assert (receipts[1].shopper, receipts[1].arm) == (pseudonym(KEY, REGULAR), None)
        assert [outcome.sku for outcome in receipts[1].outcomes][:2] == ["coffee", "butter"]
        assert register.stop() == 0
        assert "Traceback" not in register.words()


def test_a_lane_that_cannot_be_listened_to_keeps_no_other_from_selling(tmp_path: Path) -> None:
    """Nor does a till's program whose password is not there. What is busy is heard as soon as it is free."""
    taken, free = free_port(), free_port()
    missing = f'host = "127.0.0.1"\nusername = "u"\npassword_file = "{tmp_path}/none"\n'
    lanes = (
        f'kind = "tcp"\nhost = "127.0.0.1"\nport = {free}\nlisten = true\n[lane.program]\n{missing}'
        f'[[lane]]\ntill = "8"\nsource = {{kind = "tcp", host = "127.0.0.1", port = {taken}, listen = true}}\n'
        f'[[lane]]\ntill = "9"\n[lane.source]\nkind = "mqtt"\n{missing}'
    )
    with Register(tmp_path, source=lanes) as register:
        with socket.create_server(("127.0.0.1", taken)):
            register.start()
            register.says(f"tillside: lane 8: cannot listen at 127.0.0.1:{taken}: ")
            for name in ("lane 9", "lane 7 program"):
                told = register.says(f"tillside: {name}: the broker's certificates or password cannot be used: ")
                assert f"{tmp_path}/none: No such file or directory" in told
            register.port = free
            with register.till() as till:
                till.sendall(wire("a", 1, "bread", state="closed"))
                register.keeps(1)
        register.port = taken
        with register.till() as till:
            till.sendall(wire("b", 1, "bread", state="closed"))
            assert [receipt.lane for receipt in register.keeps(2)] == ["7", "8"]
        assert register.stop() == 0
        assert "Traceback" not in register.words()


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b'{"experiment": 7}', b"[" * 100_000, b'{"a": "' + b"b" * 70_000 + b'"}']
)
def test_a_damaged_note_is_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / without.FILE).write_bytes(content)
    assert without.read(tmp_path) == {}
