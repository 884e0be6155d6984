"""`tillside train`: what it says, and what it refuses to write."""

from __future__ import annotations

import json

import pytest
from fakes.training_command import run

from device.bundle import Bundle
from device.errors import HistoryError, TillsideError, TrainingError
from device.shopper import pseudonym, read_key
from model_export.commands import train


def test_train_says_what_it_made(shop, tmp_path):
    shop.write_lines(shop.folder, shop.sales(300))
    shop.write_goods(shop.folder, {"sku": ["bread", "butter"], "name": ["Bread", "Butter"], "reach": ["fetch", "at_till"]})
    out, key = tmp_path / "b", tmp_path / "key"
    done = run(train, "--receipts", shop.folder, "--out", out, "--shopper-key", key, "--json")
    facts = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (facts["items"], facts["receipts"], facts["bytes"]) == (14, 300, out.stat().st_size)
    assert "5 shoppers' histories go into the bundle" in done.stderr
    bundle = Bundle.open(out)
    assert bundle.catalogue.item("bread").names == {"": "Bread"}
    assert bundle.profile(pseudonym(read_key(key), "card 0"))
    bundle.close()
    said = run(train, "--receipts", shop.folder, "--out", out, "--shopper-key", key, "--consent", "none", "--until-share", "0.9")
    assert f"14 items and {facts['tokens']} tokens learnt from 270 receipts" in said.stdout.replace("\n", " ")
    assert "0 shoppers' histories go into the bundle (--consent none)" in said.stderr


@pytest.mark.parametrize("trouble", ["no folder", "one receipt", "truncated", "no out folder", "no items list"])
def test_train_writes_nothing_it_cannot_stand_by(shop, tmp_path, trouble):
    shop.write_lines(shop.folder, shop.sales(1 if trouble == "one receipt" else 300))
    path = shop.folder / "receipt_lines.parquet"
    out = tmp_path / "out" / "b"
    words = ["--receipts", shop.folder, "--out", out, "--shopper-key", tmp_path / "key"]
    if trouble != "no out folder":
        out.parent.mkdir()
    match trouble:
        case "no folder":
            path.unlink()
        case "truncated":
            path.write_bytes(path.read_bytes()[:1000])
        case "no items list":
            words += ["--items", tmp_path / "none.parquet"]
    with pytest.raises(TillsideError) as caught:
        run(train, *words)
    assert isinstance(caught.value, HistoryError | TrainingError)
    assert "\n" not in str(caught.value)
    assert not out.parent.exists() or list(out.parent.iterdir()) == []


def test_train_wants_to_know_where_the_receipts_are(tmp_path):
    done = run(train, "--out", tmp_path / "b")
    assert done.exit_code == 2
    assert "--receipts" in done.stderr
