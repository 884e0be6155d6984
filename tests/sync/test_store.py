"""The commands of both ends as a store runs them, and what happens when something is missing or killed."""

from __future__ import annotations

import random
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec
import pytest
from click.testing import CliRunner
from fakes.headquarters import free_port, mosquitto, sell, serving, settings_file
from fakes.headquarters_bundle import write_bundle
from fakes.patience import until
from fakes.program import Program, completed, tillside

from device.bundle import Bundle
from device.errors import BundleError, TillsideError
from sync import publish
from sync.central import open_central
from sync.commands.headquarters import headquarters
from sync.commands.register import sync as register
from sync.link import Broker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    publish.init(tmp_path / "headquarters")
    return tmp_path / "headquarters"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return completed(tillside(*words))


def here(*words: str | Path) -> str:
    """The same command within this process: what it prints; what it refuses is raised."""
    group, *rest = map(str, words)
    command = {"sync": register, "headquarters": headquarters}[group]
    return CliRunner().invoke(command, rest, catch_exceptions=False).output


def refused(*words: str | Path) -> str:
    """What it says, in one line, before it ends with status 1."""
    with pytest.raises(TillsideError) as raised:
        here(*words)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def central(folder: Path) -> list[bytes]:
    store = open_central(f"sqlite:///{folder / 'central.db'}")
    kept = list(store.receipts())
    assert store.gaps() == []
    store.close()
    return kept


def syncing(settings: Path) -> Program:
    return Program(tillside("sync", "run", "--settings", settings), settings.with_name("sync.log"))


def test_a_store_from_first_key_to_live_bundle(broker: Broker, tmp_path: Path) -> None:
    folder, state = tmp_path / "headquarters", tmp_path / "register"
    assert "root.json" in here("headquarters", "init", "--dir", folder)
    assert {path.stat().st_mode & 0o777 for path in (folder / "keys").iterdir()} == {0o600}
    manifest = write_bundle(tmp_path / "one.bundle", 1)
    assert manifest.identity in here("headquarters", "publish", "--dir", folder, "--bundle", tmp_path / "one.bundle")
    bodies = sell(state / "edge.db", range(250))
    with serving(folder, broker.port, "--http-port", "0") as (server, ready):
        settings = settings_file(state, broker.port, str(ready["bundles"]), folder / "root.json")
        before = msgspec.json.decode(here("sync", "status", "--settings", settings, "--json"))
        assert (before["waiting"], before["bundle"]) == (250, None)
        done = run("sync", "run", "--settings", settings, "--once")
        assert (done.returncode, done.stderr) == (0, "")
        assert "250 receipts acknowledged" in done.stdout
        bodies += sell(state / "edge.db", range(250, 251))
        assert "1 receipts acknowledged" in here("sync", "run", "--settings", settings, "--once")
        after = msgspec.json.decode(here("sync", "status", "--settings", settings, "--json"))
        assert (after["waiting"], after["bundle"]) == (0, manifest.identity)
        at_headquarters = msgspec.json.decode(here("headquarters", "status", "--dir", folder, "--json"))
        server.terminate()
        assert server.wait() == 0
    assert central(folder) == bodies
    (register,) = at_headquarters["registers"]
    assert (register["receipts"], register["gaps"], register["bundle"]) == (251, [], manifest.identity)
    assert sum(day["receipts"] for day in at_headquarters["days"]) == 251
    assert Bundle.open(state / "bundle.db").manifest == manifest


def test_without_a_broker_one_sentence_and_nothing_lost(folder: Path, tmp_path: Path) -> None:
    bodies = sell(tmp_path / "edge.db", range(5))
    port = free_port()
    settings = settings_file(tmp_path, port, (folder / "repository").as_uri(), folder / "root.json")
    done = run("sync", "run", "--settings", settings, "--once")
    assert done.returncode == 1
    assert f"no broker answers at 127.0.0.1:{port}" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "no broker answers" in refused("headquarters", "serve", "--dir", folder, "--port", str(port))
    with mosquitto(tmp_path / "broker", port), serving(folder, port):
        here("sync", "run", "--settings", settings, "--once")
    assert central(folder) == bodies


def test_without_headquarters_it_gives_up_and_says_so(broker: Broker, tmp_path: Path) -> None:
    sell(tmp_path / "edge.db", range(5))
    settings = settings_file(tmp_path, broker.port)
    assert "5 receipts wait here" in refused("sync", "run", "--settings", settings, "--once", "--patience-seconds", "0.5")
    assert msgspec.json.decode(here("sync", "status", "--settings", settings, "--json"))["waiting"] == 5


def test_without_a_repository_receipts_still_go(broker: Broker, folder: Path, tmp_path: Path) -> None:
    bodies: list[bytes] = []
    with serving(folder, broker.port):
        for bundles in ("http://127.0.0.1:9/", "file:///nowhere/at/all"):
            bodies += sell(tmp_path / "edge.db", range(len(bodies), len(bodies) + 5))
            settings = settings_file(tmp_path, broker.port, bundles, folder / "root.json")
            assert "does not deliver" in refused("sync", "run", "--settings", settings, "--once")
            assert central(folder) == bodies


def test_settings_of_bundles_that_cannot_be_used_hold_up_no_receipt(broker: Broker, folder: Path, tmp_path: Path) -> None:
    bodies: list[bytes] = []
    with serving(folder, broker.port):
        for bundles, root, why in (("http://h/", None, "needs sync.root_file"), ("ftp://h/", folder, "is not a repository")):
            bodies += sell(tmp_path / "edge.db", range(len(bodies), len(bodies) + 3))
            settings = settings_file(tmp_path, broker.port, bundles, root)
            assert why in refused("sync", "run", "--settings", settings, "--once")
            assert central(folder) == bodies


@pytest.mark.parametrize("state", ["file", "file/below"])
def test_a_state_dir_that_is_no_folder_is_named_with_its_setting(tmp_path: Path, state: str) -> None:
    (tmp_path / "file").touch()
    settings = settings_file(tmp_path / "beside", 9)
    settings.write_text(settings.read_text().replace(f"{tmp_path / 'beside'}", f"{tmp_path / state}"))
    told = f"state_dir {tmp_path / state} cannot be used, {tmp_path / 'file'} is not a folder: move it away or correct state_dir"
    for words in (("run", "--once"), ("run",), ("revert",), ("export", "--to", tmp_path)):
        assert refused("sync", *words, "--settings", settings) == told
    done = run("run", "--settings", settings)
    assert (done.returncode, done.stderr) == (1, f"tillside: {told}\n")


def test_what_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    for words, sentence in (
        (("sync", "run", "--settings", tmp_path / "none.toml"), "no settings at"),
        (("sync", "run", "--settings", settings_file(tmp_path / "a", 9, "ftp://host/", folder)), "is not a repository"),
        (
            ("sync", "run", "--settings", settings_file(tmp_path / "u", 9, "https://u:s3cret@host/", folder)),
            "'https://u:***@host/' names a user",
        ),
        (("sync", "run", "--settings", settings_file(tmp_path / "b", 9, "http://host/")), "needs sync.root_file"),
        (("sync", "revert", "--settings", settings_file(tmp_path / "c", 9)), "no earlier bundle"),
        (("headquarters", "serve", "--dir", tmp_path / "none"), "headquarters init"),
        (("headquarters", "init", "--dir", folder), "initialised already"),
        (("headquarters", "publish", "--dir", folder, "--bundle", tmp_path / "none"), "no bundle at"),
        (("headquarters", "status", "--dir", folder), "no central store"),
        (("headquarters", "status", "--dir", folder, "--central", "mysql://x"), "names no central store"),
    ):
        assert sentence in refused(*words)


@pytest.mark.parametrize("group", [register, headquarters])
def test_every_command_shows_an_example(group: click.Group) -> None:
    for name in group.commands:
        done = CliRunner().invoke(group, [name, "--help"])
        assert f"Example: tillside {group.name} {name}" in done.output


def test_a_new_bundle_is_fetched_on_the_hint(broker: Broker, folder: Path, tmp_path: Path) -> None:
    """The register looks once an hour; the hint brings it at once. The hint goes to registers that have been heard."""
    identity = write_bundle(tmp_path / "1.bundle", 1).identity
    state = tmp_path / "register"
    sell(state / "edge.db", range(3))
    settings = settings_file(state, broker.port, (folder / "repository").as_uri(), folder / "root.json", poll=3600)

    def live() -> str | None:
        try:
            bundle = Bundle.open(state / "bundle.db")
        except BundleError:
            return None
        bundle.close()
        return bundle.manifest.identity

    with serving(folder, broker.port), syncing(settings):
        until(lambda: (folder / "central.db").exists() and len(central(folder)) == 3, what="three receipts at headquarters")
        assert live() is None
        publish.publish(folder, tmp_path / "1.bundle")
        until(lambda: live() == identity, what=f"bundle {identity} on the register", seen=live)


def test_with_a_night_window_it_exchanges_once_and_then_not_before_the_next(broker: Broker, folder: Path, tmp_path: Path) -> None:
    """It was off at its moment, so it catches up a second after it is started; what is sold afterwards waits for the night."""
    state = tmp_path / "register"
    settings = settings_file(state, broker.port)
    far = (datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(hours=12)).strftime("%H:%M")
    settings.write_text(settings.read_text() + f'window_start = "{far}"\nwindow_minutes = 1\n')
    bodies = sell(state / "edge.db", range(250))

    def status() -> dict[str, object]:
        said = msgspec.json.decode(here("sync", "status", "--settings", settings, "--json"))
        assert isinstance(said, dict)
        return said

    def in_hours(start: object) -> float:
        return (datetime.fromisoformat(str(start)) - datetime.now(UTC)).total_seconds() / 3600

    assert in_hours(status()["next_start"]) < 0.1
    with serving(folder, broker.port), syncing(settings) as program:
        until(lambda: 11.9 < in_hours(status()["next_start"]) < 12.1, what="the exchange to be over", seen=status)
        sell(state / "edge.db", range(250, 255))
        assert (status()["waiting"], central(folder)) == (5, bodies)
        program.terminate()
        assert program.wait() == 0, "it ends at once also while it waits for the night"
        assert (status()["waiting"], central(folder)) == (5, bodies)
        here("sync", "run", "--settings", settings, "--once")
        assert status()["waiting"] == 0


def test_killed_again_and_again_every_receipt_arrives_once(folder: Path, tmp_path: Path) -> None:
    """kill -9 of headquarters, the register's program and the broker in turn, while the register goes on selling."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    state, port = tmp_path / "register", free_port()
    settings = settings_file(state, port)
    bodies = sell(state / "edge.db", range(400))
    for victim in ("headquarters", "register", "broker"):
        with mosquitto(tmp_path / "broker", port) as broker, serving(folder, port) as (server, _), syncing(settings) as register:
            time.sleep(chance.uniform(0.2, 0.8))
            {"headquarters": server, "register": register, "broker": broker}[victim].kill()
            bodies += sell(state / "edge.db", range(len(bodies), len(bodies) + 150))
    with mosquitto(tmp_path / "broker", port), serving(folder, port):
        here("sync", "run", "--settings", settings, "--once")
    assert central(folder) == bodies
