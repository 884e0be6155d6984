"""The shipped broker configuration: a register neither reads nor writes another's topics, shown by what is delivered."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS

from device.errors import SyncError
from sync import envelope
from sync.carrier import Message
from sync.link import Broker, Link

SHIPPED = Path(__file__).parents[2] / "packaging" / "mosquitto"
NAMES = ("headquarters", "register-1", "register-2")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Broker]:
    """The shipped files with another port and other places."""
    passwords = tmp_path / "passwords"
    for name in NAMES:
        create = [] if passwords.exists() else ["-c"]
        subprocess.run(
            ["mosquitto_passwd", "-b", *create, str(passwords), name, f"{name} secret"], check=True, capture_output=True
        )
        (tmp_path / f"{name}.password").write_text(f"{name} secret\n")
    port = free_port()
    conf = "\n".join(
        line
        for line in (SHIPPED / "one-store.conf").read_text().splitlines()
        if not line.startswith(("listener", "persistence", "max_packet_size"))
    )
    conf = conf.replace("/etc/mosquitto/tillside.passwd", str(passwords)).replace(
        "/etc/mosquitto/tillside.acl", str(SHIPPED / "one-store.acl")
    )
    # A broker started by root gives up its rights and could no longer read our folder.
    with mosquitto(tmp_path / "broker", port, f"user root\n{conf}\n"):
        yield Broker("127.0.0.1", port, "headquarters", str(tmp_path / "headquarters.password"))


def named(store: Broker, name: str) -> Broker:
    assert store.password_file is not None
    return replace(store, username=name, password_file=str(Path(store.password_file).with_name(f"{name}.password")))


def delivered(link: Link, last: bytes) -> list[bytes]:
    """Payloads up to the control message that is allowed and sent last."""
    payloads: list[bytes] = []
    while last not in payloads:
        event = link.next(SECONDS)
        assert event is not None, "the control message did not arrive"
        if isinstance(event, Message):
            payloads.append(event.payload)
    return payloads


def test_a_register_writes_under_its_own_name_only(store: Broker) -> None:
    with (
        Link(store, "hq", [envelope.EVERY_RECEIPTS_TOPIC]).open() as headquarters,
        Link(named(store, "register-1"), "r1", [envelope.acknowledgement_topic("register-1")]).open() as register,
    ):
        register.publish(envelope.receipts_topic("register-2"), b"forged")
        register.publish(envelope.acknowledgement_topic("register-1"), b"forged")
        register.publish(envelope.receipts_topic("register-1"), b"own")
        assert delivered(headquarters, b"own") == [b"own"]


def test_a_register_hears_what_is_meant_for_it_only(store: Broker) -> None:
    with (
        Link(store, "hq", [envelope.EVERY_RECEIPTS_TOPIC]).open() as headquarters,
        Link(named(store, "register-1"), "r1", ["#", "tillside/sync/v1/+/down/ack"]).open() as register,
    ):
        headquarters.publish(envelope.acknowledgement_topic("register-2"), b"for the other")
        headquarters.publish(envelope.acknowledgement_topic("register-1"), b"for you")
        assert set(delivered(register, b"for you")) == {b"for you"}


def test_a_wrong_password_is_one_sentence(store: Broker) -> None:
    with pytest.raises(SyncError, match="does not let us in"):
        Link(replace(store, username="register-1"), "r1", ["x"]).open()
