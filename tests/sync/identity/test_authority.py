"""What headquarters' authority gives to whom, once and no more; clocks are given."""

from __future__ import annotations

import base64
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from device.errors import SyncError
from sync.commands.enrol import authority
from sync.identity import certificates, code
from sync.identity.authority import MAX_A_DAY, About, Authority, init
from sync.identity.server import server_context
from sync.identity.words import RefusedError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    init(folder, About(("127.0.0.1",), "broker.chain", 8883), NOW)
    return folder


def asked(name: str, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    return certificates.request(name, key or certificates.new_key())


def secret_of(authority: Authority, device: str, at: datetime = NOW) -> bytes:
    return code.read(authority.new_code(device, at), device).secret


def test_keys_of_the_authority_are_for_their_owner_only(office: Path) -> None:
    for name in ("ca.key", "headquarters.pem", "server.pem", "shopper.keys", "authority.db"):
        assert stat.S_IMODE((office / "authority" / name).stat().st_mode) == 0o600, name
    (office / "authority" / "ca.key").chmod(0o640)
    with pytest.raises(SyncError, match="can be read by others: chmod 600"):
        Authority(office).renew("register-1", asked("register-1"), NOW)
    with pytest.raises(SyncError, match="holds an authority already"):
        init(office, About(("x",), "x", 1), NOW)


@pytest.mark.parametrize("device", ["headquarters", "", "a" * 65, "r/1", "r+1", "r#", "r 1", "r\n", "é"])
def test_names_that_no_register_may_have_get_no_code(office: Path, device: str) -> None:
    with pytest.raises(SyncError, match=r"no register's name|own name"):
        Authority(office).new_code(device, NOW)


def test_a_slip_or_another_registers_code_is_told_before_anything_is_sent(office: Path) -> None:
    text = Authority(office).new_code("register-1", NOW)
    assert code.read(text, "register-1")
    wrong = ("B" if text[0] != "B" else "C") + text[1:]
    for typed, device in ((wrong, "register-1"), (text, "register-2"), (text[:-1], "register-1"), ("", "x"), ("é" * 40, "x")):
        with pytest.raises(SyncError, match=r"no code for register .* nothing was sent"):
            code.read(typed, device)


def test_a_code_is_used_once_and_by_one_key(office: Path) -> None:
    authority = Authority(office)
    secret, key = secret_of(authority, "register-1"), certificates.new_key()
    first = authority.admit("register-1", secret, asked("register-1", key), NOW)
    # The answer was lost on the way: the same key may ask again, and gets the same certificate.
    assert authority.admit("register-1", secret, asked("register-1", key), NOW) == first
    with pytest.raises(RefusedError, match="used already: make one with"):
        authority.admit("register-1", secret, asked("register-1"), NOW)


def test_a_code_expires(office: Path) -> None:
    authority = Authority(office)
    secret = secret_of(authority, "register-1")
    with pytest.raises(RefusedError, match="has expired: make one with"):
        authority.admit("register-1", secret, asked("register-1"), NOW + code.LIFE)
    assert authority.admit("register-1", secret, asked("register-1"), NOW + code.LIFE - timedelta(seconds=1))


def test_guesses_are_counted_and_kill_the_code(office: Path) -> None:
    authority = Authority(office)
    secret = secret_of(authority, "register-1")
    for _ in range(code.MAX_WRONG):
        with pytest.raises(RefusedError, match="not the code that waits"):
            Authority(office).admit("register-1", os.urandom(10), asked("register-1"), NOW)
    with pytest.raises(RefusedError, match="guessed at 5 times and is dead"):
        authority.admit("register-1", secret, asked("register-1"), NOW)
    assert authority.admit("register-1", secret_of(authority, "register-1"), asked("register-1"), NOW)


def test_a_code_is_for_its_register_only(office: Path) -> None:
    authority = Authority(office)
    secret = secret_of(authority, "register-1")
    with pytest.raises(RefusedError, match="no code waits for register 'register-2'"):
        authority.admit("register-2", secret, asked("register-2"), NOW)
    with pytest.raises(RefusedError, match="names 'headquarters', and 'register-1' asks"):
        authority.admit("register-1", secret, asked("headquarters"), NOW)


def test_requests_that_are_none_are_refused(office: Path) -> None:
    authority = Authority(office)
    secret = secret_of(authority, "register-1")
    weak = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(
        rsa.generate_private_key(65537, 2048), certificates.hashes.SHA256()
    )  # fmt: skip
    swapped = bytearray(asked("register-1"))
    swapped[200] = ord("A") if swapped[200] != ord("A") else ord("B")
    for content in (b"", b"garbage", weak.public_bytes(certificates.serialization.Encoding.PEM), bytes(swapped)):
        with pytest.raises(RefusedError, match="the request"):
            authority.admit("register-1", secret, content, NOW)
    assert authority.admit("register-1", secret, asked("register-1"), NOW), "a bad request uses no code up"


def test_enrolling_anew_revokes_what_the_name_had(office: Path) -> None:
    authority = Authority(office)
    old = authority.admit("register-1", secret_of(authority, "register-1"), asked("register-1"), NOW)
    new = authority.admit("register-1", secret_of(authority, "register-1"), asked("register-1"), NOW)
    holders = [authority.holder(x509.load_pem_x509_certificate(pem)) for pem in (old, new)]
    assert holders == [None, "register-1"]
    listed = x509.load_pem_x509_crl((office / "authority" / "crl.pem").read_bytes())
    assert [one.serial_number for one in listed] == [x509.load_pem_x509_certificate(old).serial_number]
    assert listed.is_signature_valid(certificates.public_of(authority.certificate))


def test_the_list_names_every_holder_once_with_its_latest_certificate(office: Path) -> None:
    authority = Authority(office)
    for name in ("register-2", "register-1"):
        authority.admit(name, secret_of(authority, name), asked(name), NOW)
    authority.renew("register-1", asked("register-1"), NOW + timedelta(days=70))
    authority.note_visit("register-1", 3, NOW)
    one, two = authority.holders()
    assert (one.device, one.expires[:10], one.forgotten) == ("register-1", "2026-11-08", 3)
    assert (two.device, two.visited, two.revoked) == ("register-2", None, None)


def test_headquarters_renews_its_own_certificates_in_time(office: Path) -> None:
    authority = Authority(office)
    before = (office / "authority" / "server.pem").read_bytes()
    assert not authority.renew_own(NOW + timedelta(days=366))
    assert authority.renew_own(NOW + timedelta(days=368))
    assert (office / "authority" / "server.pem").read_bytes() != before


def test_a_damaged_database_of_the_authority_is_one_sentence(office: Path) -> None:
    (office / "authority" / "authority.db").write_bytes(b"not a database" * 100)
    with pytest.raises(SyncError, match=r"authority's database .* cannot be used"):
        Authority(office).holders()
    with pytest.raises(SyncError, match="no authority in"):
        Authority(office / "elsewhere")


def test_a_register_is_not_given_certificates_without_end(office: Path) -> None:
    """Each would stand in the list that the broker reads, once it is revoked."""
    authority = Authority(office)
    secret = secret_of(authority, "register-1")
    assert authority.admit("register-1", secret, asked("register-1"), NOW)
    for _ in range(MAX_A_DAY - 1):
        authority.renew("register-1", asked("register-1"), NOW + timedelta(hours=1))
    with pytest.raises(RefusedError, match="48 certificates within a day"):
        authority.renew("register-1", asked("register-1"), NOW + timedelta(hours=2))
    assert authority.renew("register-2", asked("register-2"), NOW + timedelta(hours=2)), "another register is not meant"
    assert authority.renew("register-1", asked("register-1"), NOW + timedelta(days=1, hours=2))


def test_a_request_of_a_kind_that_nobody_here_knows_is_refused_and_uses_no_code_up(office: Path) -> None:
    authority = Authority(office)
    secret = secret_of(authority, "register-1")
    honest = x509.load_pem_x509_csr(asked("register-1")).public_bytes(certificates.serialization.Encoding.DER)
    p256, unknown = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d030177")
    assert p256 in honest
    content = base64.encodebytes(honest.replace(p256, unknown))
    request = b"-----BEGIN CERTIFICATE REQUEST-----\n" + content + b"-----END CERTIFICATE REQUEST-----\n"
    for refuses in (authority.renew, lambda name, pem, at: authority.admit(name, secret, pem, at)):
        with pytest.raises(RefusedError, match="the request of register 'register-1'"):
            refuses("register-1", request, NOW)
    assert authority.admit("register-1", secret, asked("register-1"), NOW)


@pytest.mark.parametrize(
    "left",
    [
        (),
        ("ca.key",),
        ("ca.key", "ca.pem"),
        ("ca.key", "ca.pem", "headquarters.pem"),
        ("ca.key", "ca.pem", "headquarters.pem", "server.pem"),
    ],
)
def test_making_an_authority_goes_on_where_it_was_cut_off(tmp_path: Path, left: tuple[str, ...]) -> None:
    about = About(("127.0.0.1",), "broker.chain", 8883)
    init(tmp_path, about, NOW)
    home = tmp_path / "authority"
    before = (home / "ca.pem").read_bytes()
    for path in home.iterdir():
        if path.name not in {*left, "about.json", "shopper.keys", "authority.db"}:
            path.unlink()
    init(tmp_path, about, NOW)
    assert ((home / "ca.pem").read_bytes() == before) == ("ca.pem" in left)
    server_context(home)
    authority = Authority(tmp_path)
    assert authority.admit("register-1", secret_of(authority, "register-1"), asked("register-1"), NOW)
    with pytest.raises(SyncError, match="holds an authority already"):
        init(tmp_path, about, NOW)


def test_a_code_that_waits_is_revoked_like_a_certificate(office: Path) -> None:
    authority = Authority(office)
    secret = secret_of(authority, "register-1")
    assert authority.revoke("register-1", NOW) == 0
    with pytest.raises(RefusedError, match="no code waits for register 'register-1'"):
        authority.admit("register-1", secret, asked("register-1"), NOW)
    with pytest.raises(SyncError, match="no register 'register-1' was ever enrolled"):
        authority.revoke("register-1", NOW)


def test_a_list_that_a_clock_ahead_made_is_good_once_the_clock_is_set(office: Path) -> None:
    authority = Authority(office)
    authority.admit("register-1", secret_of(authority, "register-1"), asked("register-1"), NOW)
    authority.revoke("register-1", NOW + timedelta(days=400))
    listed = x509.load_pem_x509_crl((office / "authority" / "crl.pem").read_bytes())
    assert listed.last_update_utc <= NOW


@pytest.mark.parametrize(
    ("broker", "place"),
    [
        ((), ("hq.chain", 8883)),
        (("--broker", "broker.chain"), ("broker.chain", 8883)),
        (("--broker", "broker.chain:1884"), ("broker.chain", 1884)),
        (("--broker", "[2001:db8::1]:1884"), ("2001:db8::1", 1884)),
        (("--broker", "[2001:db8::1]"), ("2001:db8::1", 8883)),
    ],
)
def test_registers_are_told_where_the_broker_is(tmp_path: Path, broker: tuple[str, ...], place: tuple[str, int]) -> None:
    command = ["init", "--dir", str(tmp_path), "--name", "hq.chain", *broker]
    assert CliRunner(catch_exceptions=False).invoke(authority, command).exit_code == 0
    about = Authority(tmp_path).about
    assert (about.broker_host, about.broker_port) == place


@pytest.mark.parametrize("broker", ["2001:db8::1", "hq.chain:", ":8883", "hq.chain:²", "hq.chain:0", "hq.chain:65536", "[]:1"])
def test_what_names_no_broker_is_one_sentence(tmp_path: Path, broker: str) -> None:
    with pytest.raises(SyncError, match="write --broker as HOST, HOST:PORT"):
        CliRunner(catch_exceptions=False).invoke(authority, ["init", "--dir", str(tmp_path), "--name", "h", "--broker", broker])
    assert not (tmp_path / "authority").exists()
