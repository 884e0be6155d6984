"""Whoever holds a stick can write on it; what no register of ours has signed is left out, and everything else goes on."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from fakes.certificates import Authority as Foreign
from fakes.enrolled import enrol
from fakes.headquarters import sell
from fakes.stick_shop import Shop, again, nothing_of_it, refused
from fakes.ways import REGISTER

from sync import envelope
from sync.central import open_central
from sync.central.forgetting import open_forgetting
from sync.identity import certificates, signed
from sync.identity.signed import Signer

TOPIC = envelope.receipts_topic(REGISTER)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_file_is_signed_and_read_whole(tmp_path: Path) -> None:
    signer = Signer.of(enrol(tmp_path / "hq", tmp_path / "register", REGISTER))
    assert signer is not None
    for content in (b"", b"\n", b"a\nb\n\n", bytes(range(256)), b"tillside-signed-v1 a b\n", b"x" * 5000):
        file = signer.signed(TOPIC, content)
        assert signed.read(file).payload == content
        assert signer.is_ours(file, TOPIC, content)
        assert not signer.is_ours(file, TOPIC, content + b" ")
        assert not signer.is_ours(file, envelope.health_topic(REGISTER), content)
    for strange in (
        b"",
        b"tillside-signed-v1 ",
        b"tillside-signed-v1 a\nb",
        b"tillside-signed-v1 a b\nc",
        b"tillside-signed-v1 " * 999,
    ):
        assert signed.read(strange) == (strange, None)


def test_the_key_of_another_register_speaks_for_that_one_only(shop: Shop, tmp_path: Path) -> None:
    shop.export()
    signer = Signer.of(enrol(shop.headquarters, tmp_path / "other", "register-2"))
    again(shop, signer.signed)
    assert "3 files were left out, the certificate is revoked or not register 'register-1''s own" in refused(shop.take_in)
    assert nothing_of_it(shop)
    # Its folder under another's name is no better: the name is signed.
    shutil.rmtree(shop.stick / "tillside")
    shop.export()
    shutil.copytree(shop.stick / "tillside/up" / REGISTER, shop.stick / "tillside/up/register-2")
    assert "left out, the certificate is revoked or not register 'register-2''s own" in refused(shop.take_in)
    assert shop.stored() == shop.bodies
    with closing(open_central(f"sqlite:///{shop.headquarters / 'central.db'}")) as store:
        assert [one.device for one in store.registers()] == [REGISTER]
        assert store.quarantined() == []
    shutil.rmtree(shop.stick / "tillside/up/register-2")
    shop.ends_well()


def test_a_word_of_one_kind_is_none_of_another(shop: Shop) -> None:
    """What a register said of itself is not passed off as a batch, nor the other way round."""
    shop.export()
    first, *_ = shop.batches
    first.rename(first.with_suffix(".health"))
    assert "1 files were left out, register 'register-1' has not signed this" in refused(shop.take_in)
    assert len(shop.stored()) == 250
    shop.ends_well()


def test_an_authority_of_their_own_signs_nobody_in(shop: Shop, tmp_path: Path) -> None:
    shop.export()
    stranger = Signer.of(enrol(tmp_path / "thief", tmp_path / "theirs", REGISTER))
    again(shop, stranger.signed)
    assert "3 files were left out, the certificate of register 'register-1' is another chain's" in refused(shop.take_in)
    certificate, key = Foreign(tmp_path).issue(REGISTER)
    (tmp_path / "theirs/identity/register.pem").write_bytes(certificate.read_bytes() + key.read_bytes())
    again(shop, Signer.of(tmp_path / "theirs/identity").signed)
    assert "another chain's" in refused(shop.take_in)
    assert nothing_of_it(shop)
    shop.ends_well()


def test_our_certificate_with_the_key_of_another_is_no_signature(shop: Shop, tmp_path: Path) -> None:
    """The certificate is no secret: every stick has it."""
    shop.export()
    ours = x509.load_pem_x509_certificate((shop.home / "register.pem").read_bytes())
    again(shop, Signer(ours, certificates.new_key()).signed)
    assert "3 files were left out, register 'register-1' has not signed this: write the stick again" in refused(shop.take_in)
    assert nothing_of_it(shop)
    shop.ends_well()


def words(path: Path) -> tuple[bytes, bytes, bytes]:
    """Certificate, signature, payload."""
    file = signed.read(path.read_bytes())
    assert file.signature is not None
    return *file.signature, file.payload


def joined(certificate: bytes, signature: bytes, content: bytes) -> bytes:
    return b"tillside-signed-v1 " + base64.b64encode(certificate) + b" " + base64.b64encode(signature) + b"\n" + content


@pytest.mark.parametrize(
    "spoil",
    [
        lambda certificate, signature, content: joined(certificate, signature[:-1], content),
        lambda certificate, signature, content: joined(certificate, b"", content),
        lambda certificate, signature, content: joined(certificate, signature[:-1] + bytes([signature[-1] ^ 1]), content),
        lambda certificate, signature, content: joined(certificate[:-1], signature, content),
        lambda certificate, signature, content: joined(b"", signature, content),
        lambda certificate, signature, content: joined(certificate, bytes(3000), content),
        lambda certificate, signature, content: content,
        lambda certificate, signature, content: joined(certificate, signature, content).replace(b" ", b"", 1),
        lambda certificate, signature, content: joined(certificate, signature, content)[:-1],
        lambda certificate, signature, content: joined(certificate, signature, content)[:500],
        lambda certificate, signature, content: b"",
    ],
)
def test_a_signature_that_is_cut_bent_or_gone_costs_that_file_alone(
    shop: Shop, spoil: Callable[[bytes, bytes, bytes], bytes]
) -> None:
    shop.export()
    first, *_ = shop.batches
    first.write_bytes(spoil(*words(first)))
    assert "1 files were" in refused(shop.take_in)
    assert len(shop.stored()) == 250
    shop.bring_home()
    assert shop.waiting() == 450, "those behind it wait for it"
    shop.ends_well()


def test_an_old_stick_played_again_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.export()
    shutil.copytree(shop.stick, tmp_path / "copy")
    shop.ends_well()
    shop.bodies += sell(shop.state / "edge.db", range(450, 470))
    shop.ends_well()
    mine, shop.stick = shop.stick, tmp_path / "copy"
    for _ in range(2):
        shop.take_in()
        assert shop.stored() == shop.bodies
    shop.bring_home()
    assert shop.waiting() == 0
    shop.stick = mine
    shop.ends_well()


def test_an_old_word_of_how_far_it_has_forgotten_does_not_come_back(shop: Shop, tmp_path: Path) -> None:
    url = f"sqlite:///{shop.headquarters / 'central.db'}"
    shop.export()
    shutil.copytree(shop.stick, tmp_path / "copy")
    shop.take_in()
    with closing(open_forgetting(url)) as store:
        store.forget(["c3" * 16], datetime.now(UTC))
    for _ in range(2):
        shop.export()
        shop.take_in()
        shop.bring_home()
    with closing(sqlite3.connect(shop.state / "edge.db")) as db, db:
        db.execute("UPDATE forgotten SET through = 1")  # as the daemon does
    shop.export()
    shop.take_in()
    with closing(open_forgetting(url)) as store:
        assert store.forgotten()[REGISTER].through == 1
    shop.stick = tmp_path / "copy"
    shop.take_in()
    with closing(open_forgetting(url)) as store:
        assert store.forgotten()[REGISTER].through == 1
