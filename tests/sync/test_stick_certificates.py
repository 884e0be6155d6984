"""Certificates by stick: renewed before their end and for a while after; what is signed with a revoked one is left out."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from fakes.enrolled import enrol
from fakes.stick_shop import Shop, nothing_of_it, refused
from fakes.ways import REGISTER

from sync.identity.authority import Authority


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


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
