"""Sticks that are lost, pulled, full or read-only: one clear sentence, and nothing is lost or freed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from fakes.enrolled import enrol
from fakes.headquarters import receipt, sell
from fakes.headquarters_bundle import write_bundle
from fakes.stick_shop import Shop, refused, said, told
from fakes.ways import REGISTER, usb_settings

from device import place, store_profiles
from device.domain import Pseudonym
from device.manifest import joined_identity
from device.settings import read
from device.slots import slots
from sync import durable, envelope, offer, publish
from sync.commands.register import sync as register
from sync.envelope import Entry, Header
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


def test_a_stick_carries_the_profiles_of_its_own_registers_stores_only(shop: Shop, tmp_path: Path) -> None:
    identity = write_bundle(tmp_path / "1.bundle", 1).identity
    own = read(shop.settings).store
    folder = tmp_path / "by-store"
    folder.mkdir()
    made = {
        store: store_profiles.write(folder / f"{number}.profiles", store, "2026-06-01T03:00:00Z", [(Pseudonym(name * 32), b"x")])
        for number, (store, name) in enumerate({own: "a", "another": "b"}.items())
    }
    publish.publish(shop.headquarters, tmp_path / "1.bundle", profiles=folder)
    shop.export()
    shop.take_in()
    carried = [path.name[65:] for path in (shop.stick / "tillside/bundles/targets").iterdir()]
    assert sorted(carried) == sorted([offer.profiles_name(own), "bundle.db.zst"])
    assert f"bundle {joined_identity(identity, made[own].identity)}: installed" in shop.bring_home()
    assert b"a" * 32 in read(shop.settings).bundle_db.read_bytes()
    another = usb_settings(tmp_path / "other", shop.headquarters / "root.json")
    another.write_text(another.read_text().replace(f'store = "{own}"', 'store = "another"'))
    ended = said(register, "import", "--settings", another, "--from", shop.stick)
    assert f"bundle {identity}: installed\nwithout the profiles of this store: " in ended


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
