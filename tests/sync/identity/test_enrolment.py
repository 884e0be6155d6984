"""A register enrols for a one-time code at a real server, and what is not to be had for it."""

from __future__ import annotations

import http.client
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
from fakes.enrolment import served

from device import settings as device_settings
from device.errors import SyncError
from device.shopper import Keyring
from sync.identity import certificates, code, desk, register, words
from sync.identity.authority import About, Authority, init
from sync.identity.words import Asking


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


def test_a_number_too_long_for_a_length_is_refused_like_any_other(tmp_path: Path) -> None:
    office = tmp_path / "office"
    with served(office) as url:
        context = ssl.create_default_context(cafile=str(office / "authority" / "ca.pem"))
        with closing(http.client.HTTPSConnection("127.0.0.1", int(url.rpartition(":")[2]), context=context, timeout=20)) as line:
            line.request("POST", "/v1/enrol", headers={"Content-Length": "9" * 5000})
            assert line.getresponse().status == 403


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
