"""Sticks that are lost, pulled, full, read-only, forged or stuffed: one clear sentence, and nothing is lost or freed."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import zstandard
from fakes.enrolled import enrol
from fakes.headquarters import receipt, sell
from fakes.headquarters_bundle import write_bundle
from fakes.stick_shop import Shop, refused, said, told
from fakes.ways import REGISTER, usb_settings

from device import place
from device.settings import read
from device.slots import slots
from sync import durable, envelope, publish, seal, stick
from sync.central import open_central
from sync.commands.register import sync as register
from sync.envelope import Entry, Header
from sync.identity import signed
from sync.identity.signed import Signer


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_there_and_back(shop: Shop) -> None:
    assert shop.export() == "3 batches of register register-1 are on the stick, 0 records wait for the next\n"
    assert shop.waiting() == 450, "a batch on a stick frees nothing"
    status = said(register, "status", "--settings", shop.settings)
    assert "they go by stick, next start: by `tillside sync export`" in status
    assert "on sticks and not answered: 3 batches" in status
    assert shop.take_in() == "3 batches of 1 registers are in and answered: take the stick back\n"
    assert shop.waiting() == 450
    assert shop.bring_home() == "3 batches acknowledged by headquarters, 0 receipts wait here\nbundle: nothing published yet\n"
    assert (shop.waiting(), shop.stored()) == (0, shop.bodies)
    assert (shop.batches, shop.answers) == ([], [])
    assert shop.export() == "0 batches of register register-1 are on the stick, 0 records wait for the next\n"


def test_the_bundle_comes_down_on_the_same_stick(shop: Shop, tmp_path: Path) -> None:
    for seed in (1, 2):
        identity = write_bundle(tmp_path / f"{seed}.bundle", seed).identity
        publish.publish(shop.headquarters, tmp_path / f"{seed}.bundle")
        shop.take_in()
        assert f"bundle {identity}: installed" in shop.bring_home()
        assert slots(read(shop.settings).bundle_db).active == identity
        assert "up to date" in shop.bring_home()
    assert len(list((shop.stick / "tillside/bundles/targets").iterdir())) == 2


def test_a_lost_stick_loses_nothing_and_a_late_one_harms_nothing(shop: Shop, tmp_path: Path) -> None:
    """The first comes back after the second, and its batches were made under another bundle: both count."""
    shop.export()
    late = tmp_path / "late"
    shutil.move(shop.stick, late)
    shop.stick.mkdir()
    write_bundle(tmp_path / "1.bundle", 1)
    publish.publish(shop.headquarters, tmp_path / "1.bundle")
    shop.take_in()
    shop.bring_home()
    shop.bodies += sell(shop.state / "edge.db", range(450, 470))
    shop.export()
    second, shop.stick = shop.stick, late
    shop.take_in()
    shop.bring_home()
    assert shop.waiting() == 20
    shop.stick = second
    shop.ends_well()


def test_one_stick_for_all_registers_of_a_shop(shop: Shop, tmp_path: Path) -> None:
    others = []
    for number in (2, 3):
        state = tmp_path / f"register-{number}"
        sell(state / "edge.db", range(30 * number), device=f"register-{number}")
        path = usb_settings(state, shop.headquarters / "root.json")
        path.write_text(path.read_text().replace("register-1", f"register-{number}"))
        enrol(shop.headquarters, state, f"register-{number}")
        others.append(path)
        said(register, "export", "--settings", path, "--to", shop.stick)
    shop.export()
    assert "5 batches of 3 registers" in shop.take_in()
    assert "3 batches acknowledged" in shop.bring_home()
    assert [said(register, "import", "--settings", path, "--from", shop.stick).splitlines()[0] for path in others] == [
        "1 batches acknowledged by headquarters, 0 receipts wait here"
    ] * 2


def test_what_was_cut_short_is_told_left_out_and_written_again(shop: Shop) -> None:
    shop.export()
    shop.batches[1].write_bytes(shop.batches[1].read_bytes()[:1000])
    assert "1 files were damaged or cut short" in refused(shop.take_in)
    assert len(shop.stored()) == 250
    shop.bring_home()
    assert shop.waiting() == 250, "the first batch was answered in order, the third waits for the second"
    shop.ends_well()


def test_an_export_goes_on_where_it_was_interrupted(shop: Shop) -> None:
    shop.export()
    before = {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in shop.batches}
    gone, torn, _ = shop.batches
    gone.unlink()
    torn.write_bytes(b"torn")
    (torn.parent / "000009-x.batch.part").write_bytes(b"half")
    shop.export()
    after = {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in shop.batches if path.suffix == ".batch"}
    assert set(after) == set(before)
    assert sum(after[name] == before[name] for name in after) == 1, "the whole one was left alone, two were written"
    shop.ends_well()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_stick_takes_what_it_can_whole(shop: Shop, small: Path) -> None:
    roomy, shop.stick = shop.stick, small
    (small / "film.avi").write_bytes(bytes(56 * 1024))
    assert "takes no more (No space left on device)" in refused(shop.export)
    assert not list(small.rglob("*.part"))
    assert 0 < len(shop.batches) < 3
    (small / "film.avi").write_bytes(bytes(os.statvfs(small).f_bavail * os.statvfs(small).f_bsize + 56 * 1024))
    assert "cannot be written (No space left on device)" in refused(shop.take_in)
    assert shop.stored() == shop.bodies[: len(shop.stored())]
    shop.stick = roomy
    shop.ends_well()


def test_a_stick_that_became_read_only(shop: Shop, small: Path) -> None:
    roomy, shop.stick = shop.stick, small
    shop.export()
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    told = refused(shop.take_in)
    assert "cannot be written (Read-only file system): 0 batches are answered on it" in told
    assert shop.stored() == shop.bodies
    assert "0 batches acknowledged" in shop.bring_home()
    assert shop.waiting() == 450
    assert "3 batches of" in shop.export(), "all of it stands there already"
    shop.stick = roomy
    shop.ends_well()


class PulledError(OSError):
    def __init__(self) -> None:
        super().__init__(5, "Input/output error")


@pytest.mark.parametrize("after", range(7))
def test_pulled_while_it_is_written(shop: Shop, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """The n-th sync fails, as that of a device that is gone does, at either end."""
    for way in (shop.export, shop.take_in):
        left = iter(range(after))

        def settled(path: Path, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise PulledError
            place.settle(path)

        with monkeypatch.context() as pulled:
            pulled.setattr(durable, "settle", settled)
            why = told(way)
        assert "Input/output error" in why or (after >= 3 and not why)
        assert shop.waiting() == 450
    shop.ends_well()


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


def test_more_than_one_export_takes_goes_the_next_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.courier.MAX_BATCHES", 2)
    assert shop.export() == "2 batches of register register-1 are on the stick, 50 records wait for the next\n"
    shop.take_in()
    shop.bring_home()
    assert shop.waiting() == 50
    shop.ends_well()


def test_a_receipt_headquarters_refuses_stays_and_is_told(shop: Shop) -> None:
    """Another till counted under this one's name."""
    epoch = str(sqlite3.connect(shop.state / "edge.db").execute("SELECT epoch FROM identity").fetchone()[0])
    other = [Entry(seq, msgspec.json.encode(receipt(seq + 5000))) for seq in (7, 8)]
    content = envelope.pack(Header(envelope.VERSION, REGISTER, epoch, 7, 8, 2), other)
    theirs = shop.stick / "tillside/up" / REGISTER
    theirs.mkdir(parents=True)
    file = Signer.of(shop.home).signed(envelope.receipts_topic(REGISTER), content)
    (theirs / f"000001-{envelope.fingerprint(content)}.batch").write_bytes(file)
    shop.take_in()
    answers = []
    for _ in range(2):
        shop.export()
        shop.take_in()
        answers.append(told(shop.bring_home))
    assert answers[0] == ""
    assert "headquarters refused 2 receipts, they stay here" in answers[1]
    assert shop.waiting() == 0
    assert "refused by headquarters and kept here: 2" in said(register, "status", "--settings", shop.settings)


@pytest.mark.parametrize("command", ["export", "take_in", "bring_home"])
def test_no_stick_is_one_sentence(shop: Shop, command: str) -> None:
    shop.stick.rmdir()
    assert f"no stick at {shop.stick}" in refused(getattr(shop, command))


def test_without_a_root_nothing_on_a_stick_is_believed(shop: Shop) -> None:
    shop.settings.write_text("\n".join(row for row in shop.settings.read_text().splitlines() if "root_file" not in row))
    assert "needs sync.root_file" in refused(shop.export)
    assert "receipts travel by stick" in refused(said, register, "run", "--once", "--settings", shop.settings)
