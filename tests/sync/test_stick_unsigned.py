"""Registers without a certificate on a stick: taken in where that is wanted, and only those that never had one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from fakes.headquarters import sell
from fakes.stick_shop import Shop, again, nothing_of_it, refused, said
from fakes.ways import REGISTER, usb_settings

from sync import envelope, forget_list
from sync.commands.register import sync as register
from sync.identity import certificates
from sync.identity.authority import Authority


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


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
