"""Whoever holds a stick can write on it; what no register of ours has signed is left out, and everything else goes on."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from fakes.certificates import Authority as Foreign
from fakes.enrolled import enrol
from fakes.headquarters import sell
from fakes.stick_shop import Shop, refused, said
from fakes.ways import REGISTER, usb_settings

from sync import envelope, forget_list
from sync.central import open_central
from sync.central.forgetting import open_forgetting
from sync.commands.register import sync as register
from sync.identity import certificates, signed
from sync.identity.authority import Authority
from sync.identity.signed import Signer

TOPIC = envelope.receipts_topic(REGISTER)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def payload(path: Path) -> bytes:
    return signed.read(path.read_bytes()).payload


def again(shop: Shop, sign: Callable[[str, bytes], bytes]) -> None:
    """Every batch of the stick, signed by somebody else."""
    for path in shop.batches:
        path.write_bytes(sign(TOPIC, payload(path)))


def nothing_of_it(shop: Shop) -> bool:
    """Neither kept nor quarantined nor answered."""
    with closing(open_central(f"sqlite:///{shop.headquarters / 'central.db'}")) as store:
        return (list(store.receipts()), store.quarantined(), store.registers(), shop.answers) == ([], [], [], [])


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


def test_a_revoked_register_is_left_out_until_it_is_enrolled_anew(shop: Shop) -> None:
    shop.export()
    Authority(shop.headquarters).revoke(REGISTER, datetime.now(UTC))
    why = refused(shop.take_in)
    assert "4 files were left out, the certificate is revoked or not register 'register-1''s own: make a code with" in why
    assert nothing_of_it(shop)
    enrol(shop.headquarters, shop.state, REGISTER)
    assert "3 batches of 1 registers" in (shop.export(), shop.take_in())[1], "the same batches, signed anew"
    shop.ends_well()


def renewed(shop: Shop) -> bytes:
    for step in (shop.export, shop.take_in, shop.bring_home):
        step()
    return (shop.home / "register.pem").read_bytes()


@pytest.mark.parametrize("days", [61, 120, 179])
def test_a_certificate_is_renewed_by_stick_before_its_end_and_for_a_while_after(shop: Shop, days: int) -> None:
    shop.home = enrol(shop.headquarters, shop.state, REGISTER, datetime.now(UTC) - timedelta(days=days))
    first = (shop.home / "register.pem").read_bytes()
    second = renewed(shop)
    one, two = map(x509.load_pem_x509_certificate, (first, second))
    assert two.not_valid_after_utc > datetime.now(UTC) + timedelta(days=89)
    assert one.public_key() != two.public_key()
    assert not (shop.home / "renewing.key").exists()
    assert renewed(shop) == second, "good for long: it asks for no other"
    shop.ends_well()


def test_one_that_is_over_for_too_long_is_left_out(shop: Shop) -> None:
    shop.home = enrol(shop.headquarters, shop.state, REGISTER, datetime.now(UTC) - timedelta(days=181))
    shop.export()
    assert "files were left out, the certificate of register 'register-1' was good until" in refused(shop.take_in)
    assert nothing_of_it(shop)
    # And revoked while it was over already, it is no better than any other.
    shop.home = enrol(shop.headquarters, shop.state, REGISTER, datetime.now(UTC) - timedelta(days=100))
    Authority(shop.headquarters).revoke(REGISTER, datetime.now(UTC))
    shop.export()
    assert "is revoked" in refused(shop.take_in)


def test_an_answer_to_an_earlier_request_takes_nothing_away(shop: Shop, tmp_path: Path) -> None:
    shop.home = enrol(shop.headquarters, shop.state, REGISTER, datetime.now(UTC) - timedelta(days=70))
    shop.export()
    shop.take_in()
    shutil.copytree(shop.stick, tmp_path / "answers")
    shop.bring_home()
    kept = (shop.home / "register.pem").read_bytes()
    shop.stick = tmp_path / "answers"
    shop.bring_home()
    assert (shop.home / "register.pem").read_bytes() == kept


def unsigned(shop: Shop) -> str:
    return shop.take_in("--unsigned")


def test_a_register_without_a_certificate_is_taken_in_where_that_is_wanted_only(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    state = tmp_path / "bare"
    bodies = sell(state / "edge.db", range(10), device="register-2")
    settings = usb_settings(state, shop.headquarters / "root.json")
    settings.write_text(settings.read_text().replace("register-1", "register-2"))
    told = said(register, "export", "--settings", settings, "--to", shop.stick)
    assert "they are not signed, for this register has no certificate: headquarters takes them in with --unsigned only" in told
    why = refused(shop.take_in)
    assert "2 files were left out, register 'register-2' has no certificate: make a code with" in why
    assert "or believe the stick with --unsigned" in why
    assert nothing_of_it(shop)
    assert "1 batches of 1 registers" in unsigned(shop)
    assert shop.stored() == bodies
    assert "1 batches acknowledged" in said(register, "import", "--settings", settings, "--from", shop.stick)


def test_an_enrolled_register_does_not_become_another_by_leaving_its_certificate_out(shop: Shop) -> None:
    shop.export()
    again(shop, lambda _, content: content)
    for take_in in (shop.take_in, lambda: unsigned(shop)):
        assert "3 files were left out, register 'register-1' has a certificate and has not signed this" in refused(take_in)
    Authority(shop.headquarters).revoke(REGISTER, datetime.now(UTC))
    assert "left out" in refused(lambda: unsigned(shop))
    assert shop.stored() == []


def test_nobody_is_given_a_certificate_who_has_none(tmp_path: Path) -> None:
    """An unsigned word that is taken in asks for one in vain."""
    shop = Shop(tmp_path)
    folder = shop.stick / "tillside/up/register-9"
    folder.mkdir(parents=True)
    request = certificates.request("register-9", certificates.new_key()).decode()
    word = msgspec.json.encode(forget_list.Progress(0, 0, datetime.now(UTC), request))
    (folder / f"000001-{envelope.fingerprint(word)}.forgotten").write_bytes(word)
    unsigned(shop)
    (answer,) = (shop.stick / "tillside/down/register-9").glob("*.forget")
    assert b"CERTIFICATE" not in answer.read_bytes()
    assert not Authority(shop.headquarters).knows("register-9")


def test_a_certificate_that_cannot_be_read_is_one_sentence(shop: Shop) -> None:
    (shop.home / "register.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nhalf")
    assert "register.pem cannot be read" in refused(shop.export)
    assert "enrol the register anew" in refused(shop.export)
