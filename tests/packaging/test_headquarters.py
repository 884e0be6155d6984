"""The shipped recipes of headquarters, run: their units' own commands, their broker's and their database's own configuration."""

from __future__ import annotations

import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import psycopg
import pytest
from fakes.enrolled_chain import Chain, shipped_chain_conf
from fakes.fleet import Fleet, fleet, names
from fakes.headquarters import free_port, mosquitto
from fakes.headquarters_batches import AT, delivered, payload
from fakes.patience import until
from fakes.postgresql import postgresql, program
from fakes.program import TILLSIDE, Program, completed, tillside
from fakes.units import commands

from sync import publish
from sync.central import Central, open_central
from sync.identity import authority as ca
from sync.identity import certificates
from sync.identity.authority import Authority
from sync.link import Broker

PACKAGING = Path(__file__).parents[2] / "packaging"
SHIPPED = PACKAGING / "headquarters"
INSTALLED = "/usr/local/bin/tillside"
UNITS = sorted(path.relative_to(SHIPPED) for path in SHIPPED.glob("*/*.service"))


@contextmanager
def broker(folder: Path, conf: Path, registers: int) -> Iterator[int]:
    """mosquitto as shipped, with a password for headquarters and for each register: its name and the word secret."""
    passwords = folder / "passwords"
    passwords.write_text("".join(f"{name}:{name} secret\n" for name in ("headquarters", *names(registers))))
    subprocess.run(["mosquitto_passwd", "-U", passwords], check=True, capture_output=True)
    for name in ("headquarters", *names(registers)):
        (folder / f"{name}.password").write_text(f"{name} secret\n")
    lines = (
        line for line in conf.read_text().splitlines() if not line.startswith(("listener", "persistence", "max_packet_size"))
    )
    text = "\n".join(lines).replace("/etc/mosquitto/tillside.passwd", str(passwords))
    text = text.replace("/etc/mosquitto/tillside.acl", str(PACKAGING / "mosquitto" / "one-store.acl"))
    port = free_port()
    # A broker started by root gives up its rights and could no longer read our folder.
    with mosquitto(folder / "broker", port, f"user root\n{text}\n"):
        yield port


def as_register(folder: Path, port: int, name: str) -> Broker:
    return Broker("127.0.0.1", port, name, str(folder / f"{name}.password"))


def certified(authority: Authority, folder: Path, port: int, name: str) -> Broker:
    """A register with a certificate of the authority's."""
    key = certificates.new_key()
    pem = folder / f"{name}.pem"
    made = authority.renew(name, certificates.request(name, key), datetime.now(UTC))
    pem.write_bytes(made + certificates.key_pem(key))
    return Broker("127.0.0.1", port, ca_file=str(authority.home / "ca.pem"), certificate_file=str(pem), key_file=str(pem))


def whole(store: Central, sent: Fleet, receipts: int) -> None:
    """Everything that the registers sold is there once, and nothing else."""
    assert [(one.device, one.receipts, one.waiting, one.quarantined) for one in store.registers()] == sorted(
        (one.device, receipts, 0, 0) for one in sent.registers
    )
    assert store.gaps() == []
    assert store.quarantined() == []
    assert {one.body(seq) for one in sent.registers for seq in range(1, receipts + 1)} == set(store.receipts())
    assert sum(1 for _ in store.receipts()) == receipts * len(sent.registers)
    assert sum(day.receipts for day in store.days()) == receipts * len(sent.registers)


def test_one_store_by_the_shipped_recipe(tmp_path: Path) -> None:
    folder, recipe = tmp_path / "srv", SHIPPED / "one-store"
    publish.init(folder)
    with broker(tmp_path, PACKAGING / "mosquitto" / "one-store.conf", 5) as port:
        http = free_port()
        (command,) = commands(
            recipe / "tillside-headquarters.service",
            recipe / "headquarters.env",
            {
                INSTALLED: TILLSIDE,
                "/srv/tillside": folder,
                "--port 1883": f"--port {port}",
                "/etc/tillside/headquarters.password": tmp_path / "headquarters.password",
                "--http-port 8090": f"--http-port {http}",
            },
        )
        with (
            Program(command, tmp_path / "serve.log") as server,
            fleet(lambda name: as_register(tmp_path, port, name), 5, 60, 25) as registers,
        ):
            server.says("headquarters is ready")
            until(lambda: registers.done, what="every receipt to be acknowledged", pause=registers.turn, seen=server.words)
            with urllib.request.urlopen(f"http://127.0.0.1:{http}/status?lang=ru") as answer:
                shown = answer.read().decode()
            assert all(one.device in shown for one in registers.registers)
            with urllib.request.urlopen(f"http://127.0.0.1:{http}/metadata/timestamp.json") as answer:
                assert b"timestamp" in answer.read()
            server.terminate()
            assert server.wait() == 0
        with closing(open_central(f"sqlite:///{folder / 'central.db'}")) as store:
            whole(store, registers, 60)


def test_a_chain_by_the_shipped_recipe_with_a_worker_killed_at_work(tmp_path: Path) -> None:
    if program("postgres") is None:
        pytest.skip("PostgreSQL is not here: packaging/dev test installs it")
    count, receipts = 200, 20
    folder, recipe = tmp_path / "srv", SHIPPED / "chain"
    publish.init(folder)
    with ExitStack() as stack:
        address = urlsplit(stack.enter_context(postgresql((recipe / "postgresql.conf").read_text())))
        port = free_port()
        ca.init(folder, ca.About(("127.0.0.1",), "127.0.0.1", port), datetime.now(UTC))
        authority = Authority(folder)
        stack.enter_context(mosquitto(tmp_path / "broker", port, shipped_chain_conf(tmp_path, authority.home)))
        psql = program("psql")
        assert psql is not None
        done = completed([psql, "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--file={recipe / 'setup.sql'}", address.geturl()])
        assert done.returncode == 0, done.stderr
        places = {
            INSTALLED: TILLSIDE,
            "127.0.0.1:5432": f"127.0.0.1:{address.port}",
            "--port 8883": f"--port {port}",
            "/etc/tillside/ca.pem": authority.home / "ca.pem",
            "/etc/tillside/headquarters.pem": authority.home / "headquarters.pem",
        }
        (serve,) = commands(
            recipe / "tillside-headquarters.service",
            recipe / "chain.env",
            places | {"/srv/tillside": folder, "--http-port 8090": f"--http-port {free_port()}"},
        )
        (ingest,) = commands(recipe / "tillside-ingest@.service", recipe / "chain.env", places)
        central = f"postgresql://tillside_hq@127.0.0.1:{address.port}/chain"
        assert central in serve
        assert central in ingest
        (enrols,) = commands(
            recipe / "tillside-identity.service",
            recipe / "chain.env",
            places | {"/srv/tillside": folder, "--host 0.0.0.0 --port 8443": f"--host 127.0.0.1 --port {(door := free_port())}"},
        )
        headquarters = stack.enter_context(Program(serve, tmp_path / "serve.log"))
        workers = [stack.enter_context(Program(ingest, tmp_path / f"ingest-{number}.log")) for number in (1, 2)]
        headquarters.says("headquarters is ready")
        for worker in workers:
            worker.says("a worker of headquarters is ready")
        stack.enter_context(Program(enrols, tmp_path / "identity.log")).says("registers are served")
        enrolled = Chain(tmp_path, folder, port, door).enrol("register-1")
        registers = stack.enter_context(
            fleet(
                lambda name: enrolled if name == "register-1" else certified(authority, tmp_path, port, name),
                count, receipts, 5,
            )
        )  # fmt: skip
        half = count * receipts // 3
        until(lambda: registers.acknowledged >= half, what="a third to be acknowledged", pause=registers.turn)
        assert not registers.done
        workers[0].kill()
        stack.enter_context(Program(ingest, tmp_path / "ingest-1.log"))
        until(lambda: registers.done, what="every receipt to be acknowledged", pause=registers.turn, seen=headquarters.words)
        reader = f"postgresql://tillside_reader@127.0.0.1:{address.port}/chain"
        with closing(open_central(reader)) as store:
            whole(store, registers, receipts)
        status = completed(tillside("headquarters", "status", "--central", reader, "--json"))
        assert msgspec.json.decode(status.stdout)["standings"] == {"alarm": 0, "late": 0, "behind": 0, "well": count}
        with psycopg.connect(reader) as db, pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("DELETE FROM tillside.receipt")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="the Debian package systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=str)
def test_systemd_understands_each_unit(tmp_path: Path, unit: Path) -> None:
    copy = tmp_path / unit.name.replace("@", "@1")
    copy.write_text((SHIPPED / unit).read_text().replace(INSTALLED, str(TILLSIDE)))
    done = completed(("systemd-analyze", "--man=no", "verify", copy))
    own = [line for line in done.stderr.splitlines() if copy.name in line]
    assert own == []


def test_the_nightly_unit_trains_on_what_was_sold_and_publishes(tmp_path: Path) -> None:
    folder = tmp_path / "srv"
    publish.init(folder)
    with closing(open_central(f"sqlite:///{folder / 'central.db'}", create=True)) as store:
        for device in names(4):
            store.ingest([delivered(payload(lo, lo + 99, device), device) for lo in range(1, 301, 100)], AT)
    train, sign = commands(
        SHIPPED / "one-store" / "tillside-nightly.service", None, {INSTALLED: TILLSIDE, "/srv/tillside": folder}
    )
    for command in (train, sign):
        done = completed(command)
        assert done.returncode == 0, done.stderr
    assert publish.published(folder) is not None
