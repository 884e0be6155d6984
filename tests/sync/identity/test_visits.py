"""What a register does over its certificate: renew it, until it is revoked or over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from fakes.enrolment import served

from device import settings as device_settings
from device.errors import SyncError
from sync.identity import certificates, register, visits
from sync.identity.authority import Authority
from sync.identity.words import Tombstone
from sync.ledger import Ledger


def test_a_certificate_is_renewed_over_itself_before_it_ends(tmp_path: Path) -> None:
    home, office = tmp_path / "home", tmp_path / "office"
    at = datetime.now(UTC)
    with served(office) as url:
        register.enrol(home, "register-1", url, Authority(office).new_code("register-1", at))
        first = (home / "register.pem").read_bytes()
        assert not register.visit(home, "register-1", url, 0, 0, at + timedelta(days=59)).renewed
        assert (home / "register.pem").read_bytes() == first
        assert register.visit(home, "register-1", url, 0, 0, at + timedelta(days=61)).renewed
        second = (home / "register.pem").read_bytes()
        one, two = (x509.load_pem_x509_certificate(pem) for pem in (first, second))
        assert one.public_key() != two.public_key(), "with a new key"
        assert Authority(office).holder(one) == Authority(office).holder(two) == "register-1"
        register.visit(home, "register-1", url, 0, 0, at)
        with pytest.raises(SyncError, match=r"was good until .* make a code"):
            register.visit(home, "register-1", url, 0, 0, at + timedelta(days=91))


def test_a_revoked_register_gets_nothing_more_at_once(tmp_path: Path) -> None:
    home, office = tmp_path / "home", tmp_path / "office"
    at = datetime.now(UTC)
    with served(office) as url:
        register.enrol(home, "register-1", url, Authority(office).new_code("register-1", at))
        register.visit(home, "register-1", url, 0, 0, at)
        assert Authority(office).revoke("register-1", at) == 1
        with pytest.raises(SyncError, match=r"does not accept this register's certificate|enrol anew"):
            register.visit(home, "register-1", url, 0, 0, at)
        with pytest.raises(SyncError, match="no register 'nobody' was ever enrolled"):
            Authority(office).revoke("nobody", at)


def test_a_long_running_sync_comes_back_with_its_new_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = tmp_path / "office"
    lines = f'store = "S1"\ndevice = "register-1"\nstate_dir = "{tmp_path}"\n'
    lines += '[[lane]]\ntill = "1"\nsource = { kind = "udp", port = 9 }\n'
    (tmp_path / "settings.toml").write_text(lines)
    known = device_settings.read(tmp_path / "settings.toml")
    with served(office) as url, Ledger(known.sync_db) as ledger:
        with monkeypatch.context() as shorter:
            shorter.setattr(certificates, "REGISTER_VALID", timedelta(days=20))
            code_text = Authority(office).new_code("register-1", datetime.now(UTC))
            register.enrol(visits.home(known), "register-1", url, code_text)
        assert visits.visit(known, url, ledger), "twenty days left: a new one"
        assert not visits.visit(known, url, ledger)
        expires = register.expires(visits.home(known))
        assert expires is not None
        assert expires - datetime.now(UTC) > timedelta(days=89)


class TombstoneOfBefore(msgspec.Struct, frozen=True, array_like=True):
    """As registers know it that are older than withdrawal."""

    number: int
    hash: str


def test_a_register_of_before_goes_on_forgetting_who_agreed_again() -> None:
    told = msgspec.json.encode([Tombstone(1, "a" * 64), Tombstone(2, "b" * 64, lifted=True)])
    known = msgspec.json.decode(told, type=list[TombstoneOfBefore])
    assert [(one.number, one.hash) for one in known] == [(1, "a" * 64), (2, "b" * 64)]
    assert msgspec.json.decode(b'[[1,"' + b"a" * 64 + b'"]]', type=list[Tombstone]) == [Tombstone(1, "a" * 64)]
