"""The circle behind mutual TLS and the shipped access list: a certificate names the register and opens its own topics only."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import ssl
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from fakes.certificates import Authority
from fakes.headquarters import free_port, mosquitto, serving
from fakes.headquarters import sell as record
from fakes.patience import SECONDS
from fakes.program import Program, completed, tillside
from paho.mqtt.enums import CallbackAPIVersion

from device import packed
from device.demo.report import wait_for_receipt

SHIPPED = Path(__file__).parents[2] / "packaging" / "mosquitto" / "one-store.acl"
TOPIC = "tillside/lane/v1/S1/1/basket"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[int]:
    certificate, key = authority.issue("broker")
    acl = tmp_path / "acl"
    # The two lines that the shipped list keeps ready for a till that speaks MQTT itself.
    ready = f"user till-1\ntopic write {TOPIC}\nuser register-1\ntopic read {TOPIC}\n"
    acl.write_text(f"{SHIPPED.read_text()}\n{ready}")
    port = free_port()
    lines = [
        "user root",  # started as root it would drop its rights before it reads the test's keys
        "allow_anonymous false",
        f"cafile {authority.ca}",
        f"certfile {certificate}",
        f"keyfile {key}",
        "require_certificate true",
        "use_identity_as_username true",
        f"acl_file {acl}",
    ]
    with mosquitto(tmp_path / "broker", port, "\n".join(lines) + "\n"):
        yield port


def settings(folder: Path, authority: Authority, port: int, name: str) -> Path:
    certificate, key = authority.issue(name)
    tls = f'ca_file = "{authority.ca}"\ncertificate_file = "{certificate}"\nkey_file = "{key}"\n'
    where = f'host = "127.0.0.1"\nport = {port}\n'
    state = folder / name
    state.mkdir()
    path = state / "settings.toml"
    path.write_text(
        f'store = "S1"\ndevice = "{name}"\nstate_dir = "{state}"\nscreens_socket = "{state}/s.sock"\n'
        f'[[lane]]\ntill = "1"\n[lane.source]\nkind = "mqtt"\n{where}{tls}[sync]\n{where}{tls}'
    )
    return path


def sell(authority: Authority, port: int, basket_id: str) -> None:
    certificate, key = authority.issue("till-1")
    till = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    till.tls_set(str(authority.ca), str(certificate), str(key), cert_reqs=ssl.CERT_REQUIRED)
    till.connect("127.0.0.1", port)
    till.loop_start()
    lines = [{"line_id": 1, "code": "4600000000001", "qty": 1000, "amount": 100}]
    for seq, state in enumerate(("open", "closed"), 1):
        message = {"v": 1, "basket_id": basket_id, "seq": seq, "state": state, "currency": "RUB", "lines": lines}
        till.publish(TOPIC, json.dumps(message), qos=1).wait_for_publish(SECONDS)
    till.disconnect()
    till.loop_stop()


def test_a_sale_travels_from_till_to_headquarters_behind_certificates(tmp_path: Path, authority: Authority, broker: int) -> None:
    config = settings(tmp_path, authority, broker, "register-1")
    with Program(tillside("run", "--settings", config), tmp_path / "daemon.log") as daemon:
        daemon.says("listening to")
        sell(authority, broker, "B1")
        receipt = wait_for_receipt(tmp_path / "register-1" / "edge.db", "B1", SECONDS)
    office = tmp_path / "office"
    completed(tillside("headquarters", "init", "--dir", office)).check_returncode()
    certificate, key = authority.issue("headquarters")
    tls = ("--ca-file", str(authority.ca), "--certificate-file", str(certificate), "--key-file", str(key))
    with serving(office, broker, *tls):
        done = completed(tillside("sync", "run", "--once", "--settings", config))
        assert done.returncode == 0, done.stderr
        # Another register with a certificate of its own cannot speak in this one's name: it is heard under its own.
        other = settings(tmp_path, authority, broker, "register-2")
        with Program(tillside("run", "--settings", other), tmp_path / "other.log") as daemon:
            daemon.says("listening to")
            sell(authority, broker, "B2")
    with contextlib.closing(sqlite3.connect(office / "central.db")) as db:
        kept = [json.loads(packed.unpack(body))["receipt_id"] for (body,) in db.execute("SELECT body FROM receipt")]
    assert kept == [receipt.receipt_id]
    with contextlib.closing(sqlite3.connect(tmp_path / "register-2" / "edge.db")) as db:
        assert db.execute("SELECT count(*) FROM receipt").fetchone() == (0,), "the list lets register-1 alone read this lane"


def test_without_a_certificate_nobody_gets_in_and_the_installer_is_told(
    tmp_path: Path, authority: Authority, broker: int
) -> None:
    config = settings(tmp_path, authority, broker, "register-1")
    record(config.parent / "edge.db", range(1))
    bare = config.read_text()
    config.write_text("\n".join(row for row in bare.splitlines() if not row.startswith(("certificate_file", "key_file"))))
    done = completed(tillside("sync", "run", "--once", "--settings", config))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert str(broker) in done.stderr
