"""The one-time code, and everything that is not to be had for it. The server is real; clocks of the authority are given."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fakes.enrolment import served

from device import settings as device_settings
from device.errors import SyncError
from device.shopper import Keyring
from sync.identity import certificates, code, desk, register, words
from sync.identity.authority import MAX_A_DAY, About, Authority, init
from sync.identity.server import server_context
from sync.identity.words import Asking, RefusedError

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


def test_a_register_is_enrolled_and_its_key_never_left_it(tmp_path: Path) -> None:
    home, office = tmp_path / "register" / "identity", tmp_path / "office"
    with served(office) as url:
        (office / "root.json").write_text('{"signed": {}}')
        text = Authority(office).new_code("register-1", datetime.now(UTC))
        done = register.enrol(home, "register-1", url, text.lower().replace("-", " "))
    pem = home / "register.pem"
    certificate = x509.load_pem_x509_certificate(pem.read_bytes())
    assert certificates.name_of(certificate) == "register-1"
    assert timedelta(days=89) < done.expires - datetime.now(UTC) <= timedelta(days=90)
    private = pem.read_bytes().split(b"-----BEGIN PRIVATE KEY-----")[1].split(b"-----")[0].strip()
    for path in office.rglob("*"):
        assert not path.is_file() or private not in path.read_bytes(), path
    assert not (home / "enrolling.key").exists()
    for name in ("register.pem", "shopper.keys"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    # What the authority keeps of the code enrols nobody: not the code, not its secret.
    kept = (office / "authority" / "authority.db").read_bytes()
    for form in (text.encode(), text.replace("-", "").encode(), code.read(text, "register-1").secret):
        assert form not in kept
    assert Keyring.read(home / "shopper.keys").keys == Keyring.read(office / "authority" / "shopper.keys").keys
    # The lines it was given are settings that can be read.
    lines = 'store = "S1"\ndevice = "register-1"\n[[lane]]\ntill = "1"\nsource = { kind = "udp", port = 9 }\n'
    (tmp_path / "settings.toml").write_text(lines + done.settings.read_text())
    known = device_settings.read(tmp_path / "settings.toml")
    assert known.sync is not None
    assert (known.sync.host, known.sync.port, known.sync.headquarters) == ("broker.chain", 8883, url)


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


def test_who_stands_in_between_is_found_out_and_told_nothing(tmp_path: Path) -> None:
    """A headquarters with an authority of its own answers at the address; it hears neither name, code nor request."""
    honest, rogue = tmp_path / "honest", tmp_path / "rogue"
    init(honest, About(("127.0.0.1",), "b", 1), datetime.now(UTC))
    text = Authority(honest).new_code("register-1", datetime.now(UTC))
    with served(rogue) as url:
        with pytest.raises(SyncError, match="not the headquarters that made this code; nothing was told to them"):
            register.enrol(tmp_path / "home", "register-1", url, text)
        assert not (tmp_path / "home").exists()
        # It hands out the honest authority's certificate, which it can get like everybody: its own does not hold.
        ca = (honest / "authority" / "ca.pem").read_bytes()
        server = (rogue / "authority" / "server.pem").read_bytes()
        (rogue / "authority" / "ca.pem").write_bytes(ca)
    (rogue / "authority" / "crl.pem").write_bytes((honest / "authority" / "crl.pem").read_bytes())
    with desk.server.serving(rogue, "127.0.0.1", 0, lambda: pytest.fail("nobody gets so far")) as port:
        assert (rogue / "authority" / "server.pem").read_bytes() == server
        with pytest.raises(SyncError, match="not the headquarters that the authority vouches for"):
            register.enrol(tmp_path / "home", "register-1", f"https://127.0.0.1:{port}", text)


def test_a_server_of_another_name_is_not_believed(tmp_path: Path) -> None:
    with served(tmp_path / "office", ("hq.chain",)) as url:
        text = Authority(tmp_path / "office").new_code("register-1", datetime.now(UTC))
        with pytest.raises(SyncError, match="vouches for"):
            register.enrol(tmp_path / "home", "register-1", url, text)


def test_a_stranger_at_the_server_gets_a_refusal_and_no_word_of_ours(tmp_path: Path) -> None:
    office = tmp_path / "office"
    with served(office) as url:
        port = int(url.rpartition(":")[2])
        context = ssl.create_default_context(cafile=str(office / "authority" / "ca.pem"))

        def said(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
            with closing(http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)) as line:
                line.request(method, path, body, headers)
                answer = line.getresponse()
                return answer.status, answer.read()

        assert said("GET", "/v1/ca")[0] == 200
        for path in ("/", "/authority/ca.key", "/../authority/ca.key", "/v1/visit"):
            assert said("GET", path)[0] == 404
        status, body = said("POST", "/v1/visit", msgspec.json.encode(words.Visit()))
        assert (status, b"keys" in body) == (403, False)
        for hostile in (b"", b"{", b"[" * 10_000, b"\xff", b'{"device": "../x", "secret": "", "request": ""}'):
            assert said("POST", "/v1/enrol", hostile)[0] == 400
        assert said("POST", "/v1/enrol", b"", **{"Content-Length": "99999999999"})[0] == 403
        guess = msgspec.json.encode(Asking("register-1", "00" * 10, "x"))
        assert b"no code waits" in said("POST", "/v1/enrol", guess)[1]
        # Silent and half-spoken connections do not keep others out.
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        assert said("GET", "/v1/ca")[0] == 200
        for line in idle:
            line.close()


def test_whoever_drips_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.server, "LONGEST_SECONDS", 0.2)
    with served(tmp_path / "office") as url, socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 30) as line:
        line.sendall(b"\x16\x03")  # the beginning of a handshake
        assert line.recv(1) == b""


def test_what_headquarters_answers_is_not_believed_blindly(tmp_path: Path) -> None:
    """A certificate for another key or name, or of another authority, is no certificate."""
    key, authority_key, at = certificates.new_key(), certificates.new_key(), datetime.now(UTC)
    authority = certificates.new_authority(authority_key, at)
    other_key = certificates.new_key()
    stranger = certificates.new_authority(other_key, at)
    public = key.public_key()
    good = certificates.client(authority, authority_key, "r", public, at, timedelta(days=1))
    for bad in (
        certificates.client(authority, authority_key, "s", public, at, timedelta(days=1)),
        certificates.client(authority, authority_key, "r", other_key.public_key(), at, timedelta(days=1)),
        certificates.client(stranger, other_key, "r", public, at, timedelta(days=1)),
    ):
        with pytest.raises(SyncError, match="headquarters answered with a certificate"):
            register._mine(certificates.pem(bad).decode(), "r", key, authority)
    assert register._mine(certificates.pem(good).decode(), "r", key, authority) == good


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


def test_of_two_who_use_one_code_at_the_same_time_one_is_enrolled(tmp_path: Path) -> None:
    office = tmp_path / "office"
    with served(office) as url:
        text = Authority(office).new_code("register-1", datetime.now(UTC))
        homes = [tmp_path / f"home-{number}" for number in range(6)]

        def enrol(home: Path) -> str:
            try:
                register.enrol(home, "register-1", url, text)
            except SyncError as error:
                return str(error)
            return "enrolled"

        with ThreadPoolExecutor(len(homes)) as pool:
            said = sorted(pool.map(enrol, homes))
    assert said.count("enrolled") == 1
    assert {word for word in said if word != "enrolled"} == {
        "the code for register 'register-1' was used already: make one with `tillside headquarters enrol register-1`"
    }
    assert sum((home / "register.pem").exists() for home in homes) == 1
    assert len([one for one in Authority(office).holders() if one.revoked is None]) == 1


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


def test_a_number_too_long_for_a_length_is_refused_like_any_other(tmp_path: Path) -> None:
    office = tmp_path / "office"
    with served(office) as url:
        context = ssl.create_default_context(cafile=str(office / "authority" / "ca.pem"))
        with closing(http.client.HTTPSConnection("127.0.0.1", int(url.rpartition(":")[2]), context=context, timeout=20)) as line:
            line.request("POST", "/v1/enrol", headers={"Content-Length": "9" * 5000})
            assert line.getresponse().status == 403


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
