"""Sticks that somebody prepared: links, pipes, forged answers, hostile batches and names without end, and no harm done."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from fakes.enrolled import enrol
from fakes.stick_shop import Shop, refused, said
from fakes.ways import REGISTER

from sync import envelope, publish, seal, stick
from sync.central import open_central
from sync.commands.register import sync as register
from sync.identity import signed
from sync.identity.signed import Signer


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_links_pipes_and_folders_in_place_of_ours_are_passed_over(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.export()
    secret = tmp_path / "secret"
    secret.write_bytes(shop.batches[0].read_bytes())
    name, ours = shop.batches[0].name, shop.batches[0].parent
    shop.batches[0].unlink()
    monkeypatch.chdir(ours)  # the path of a socket is short
    (ours / name).symlink_to(secret)
    os.mkfifo(ours / f"000100-{'a' * 64}.batch")
    (ours / f"000101-{'b' * 64}.batch").mkdir()
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(f"000102-{'c' * 64}.batch")
    (ours / f"000103-{'d' * 64}.batch").write_bytes(bytes(2_000_000))
    (ours.parent / "register-2").symlink_to(ours, target_is_directory=True)
    (ours.parent / "..hidden").mkdir()
    (ours / "autorun.inf").write_text("[autorun]")
    assert "5 files were damaged" in refused(shop.take_in)
    assert len(shop.stored()) == 250
    assert {path.name for path in (shop.stick / "tillside/down").iterdir()} == {REGISTER}


def test_an_answer_is_never_written_through_a_link(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    shop.export()
    (shop.stick / "tillside/down").symlink_to(tmp_path / "etc", target_is_directory=True)
    assert "is a link" in refused(shop.take_in) or "cannot be written" in refused(shop.take_in)
    assert list((tmp_path / "etc").iterdir()) == []
    (shop.stick / "tillside/down").unlink()
    (shop.stick / "tillside/bundles").symlink_to(tmp_path / "etc", target_is_directory=True)
    assert "the bundles do not go onto the stick" in refused(shop.take_in)
    assert list((tmp_path / "etc").iterdir()) == []


def test_a_pipe_among_the_bundles_holds_up_nobody(shop: Shop) -> None:
    shop.take_in()
    timestamp = shop.stick / "tillside/bundles/metadata/timestamp.json"
    timestamp.unlink()
    os.mkfifo(timestamp)
    assert "bundle" not in shop.bring_home()


def forged(answers: Path, device: str, batch: bytes, sealer: seal.Sealer) -> None:
    header = envelope.unpack(batch).header
    answers.mkdir(parents=True, exist_ok=True)
    content = sealer.seal(device, envelope.acknowledge(batch, header))
    (answers / f"{envelope.fingerprint(batch)}.ack").write_bytes(content)


def test_a_forged_answer_frees_nothing(shop: Shop, tmp_path: Path) -> None:
    """Signed by another headquarters, signed for another register, and not signed at all."""
    shop.export()
    first, second, third = (signed.read(path.read_bytes()).payload for path in shop.batches)
    publish.init(tmp_path / "thief")
    answers = shop.stick / "tillside/down" / REGISTER
    forged(answers, REGISTER, first, seal.Sealer(tmp_path / "thief"))
    forged(answers, "register-2", second, seal.Sealer(shop.headquarters))
    (answers / f"{'e' * 64}.ack").write_bytes(envelope.acknowledge(third, envelope.unpack(third).header))
    (answers / f"{'f' * 64}.ack").write_bytes(b"\xff" * 9000)
    assert "4 files on the stick were passed over" in refused(shop.bring_home)
    assert shop.waiting() == 450
    shop.ends_well()


def test_what_a_hostile_register_signs_is_refused_as_over_any_other_way(shop: Shop, tmp_path: Path) -> None:
    """Another's batch under its own name, and a bomb: answered with a refusal, kept in quarantine, nothing of them counts."""
    shop.export()
    signer = Signer.of(enrol(shop.headquarters, tmp_path / "hostile", "register-2"))
    other = shop.stick / "tillside/up/register-2"
    other.mkdir()
    others = signed.read(shop.batches[0].read_bytes()).payload
    for number, content in enumerate((others, zstandard.compress(bytes(200_000_000))), 1):
        file = signer.signed(envelope.receipts_topic("register-2"), content)
        (other / f"{number:06}-{envelope.fingerprint(content)}.batch").write_bytes(file)
    shop.take_in()
    assert shop.stored() == shop.bodies
    with closing(open_central(f"sqlite:///{shop.headquarters / 'central.db'}")) as store:
        assert {batch.device for batch in store.quarantined()} == {"register-2"}
    shop.ends_well()


def test_a_stick_stuffed_with_names_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.export()
    monkeypatch.setattr(stick, "MAX_ENTRIES", 2)
    assert "holds more than 2 files" in refused(shop.take_in)
    assert "holds more than 2 files" in refused(shop.export)


def test_without_a_root_nothing_on_a_stick_is_believed(shop: Shop) -> None:
    shop.settings.write_text("\n".join(row for row in shop.settings.read_text().splitlines() if "root_file" not in row))
    assert "needs sync.root_file" in refused(shop.export)
    assert "receipts travel by stick" in refused(said, register, "run", "--once", "--settings", shop.settings)
