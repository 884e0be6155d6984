"""The daemon as a process: full disks, broken connections, a second daemon, the end."""

from __future__ import annotations

import os
import sqlite3
import time

import pytest
from fakes.device_daemon import Register
from fakes.device_shop import write_shop
from fakes.device_till import receipts, wire
from fakes.headquarters import free_port, mosquitto
from fakes.program import completed, tillside
from paho.mqtt import publish

from device.daemon import WATCH_SECONDS


def flipped(path):  # one bit of one byte of the manifest
    raw = bytearray(path.read_bytes())
    raw[raw.index(b'"made_at"') + 3] ^= 0x80
    path.write_bytes(raw)


def test_after_a_damaged_bundle_the_next_good_one_still_goes_live(tmp_path):
    with Register(tmp_path) as register:
        register.start()
        write_shop(tmp_path / "n")
        flipped(tmp_path / "n")
        (tmp_path / "n").rename(register.state / "bundle.db")
        # Time to look at it twice: it cannot even be told apart, so nothing is said.
        time.sleep(2.5 * WATCH_SECONDS)
        made = write_shop(register.state / "bundle.db", notes={"n": "2"})
        register.says(f"bundle {made.identity} is live")


def test_receipts_that_were_held_are_written_before_the_process_ends(tmp_path):
    with Register(tmp_path) as register:
        with register.start().till() as till:
            till.sendall(wire("a", 1, "bread", state="closed"))
            register.keeps(1)
            lock = sqlite3.connect(register.state / "edge.db", isolation_level=None)
            lock.execute("BEGIN IMMEDIATE")
            till.sendall(wire("b", 1, "bread", state="closed"))
            register.says("held in memory")
            lock.execute("ROLLBACK")
            lock.close()
            register.stop()
        assert [r.basket_id for r in receipts(register.state / "edge.db")] == ["a", "b"]


def test_it_is_told_when_the_disk_has_taken_what_it_refused(tmp_path):
    with Register(tmp_path) as register, register.start().till() as till:
        lock = sqlite3.connect(register.state / "edge.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        till.sendall(wire("a", 1, "bread", state="closed"))
        register.says("1 receipts are held in memory and tried again")
        lock.execute("ROLLBACK")
        lock.close()
        register.says("lane 7: 1 receipts that the disk had refused are kept now")
        register.keeps(1)


def test_a_message_whose_receipt_is_only_held_is_not_acknowledged(tmp_path):
    port = free_port()
    source = f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {port}\n'
    with mosquitto(tmp_path / "b", port), Register(tmp_path, source=source) as register:
        register.start().says("listening")
        lock = sqlite3.connect(register.state / "edge.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        sale = wire("b", 1, "bread", state="closed")
        publish.single("tillside/lane/v1/S1/7/basket", sale, 1, False, "127.0.0.1", port)
        register.says("held in memory")
        # Time to do wrong: a slow machine may prove less here, and never fails.
        time.sleep(0.5)
        register.kill()
        lock.execute("ROLLBACK")
        lock.close()
        assert [r.basket_id for r in register.start().keeps(1)] == ["b"]


def test_a_connection_that_broke_inside_a_message_costs_that_message_only(tmp_path):
    with Register(tmp_path) as register:
        with register.start().till() as till:
            till.sendall(wire("a", 1, "bread")[:40])
        with register.till() as till:
            till.sendall(wire("b", 1, "bread", state="closed"))
            till.sendall(wire("c", 1, "bread", state="closed"))
            assert [r.basket_id for r in register.keeps(2)] == ["b", "c"]


def test_two_daemons_do_not_share_a_state_dir(tmp_path):
    with Register(tmp_path) as register:
        register.start()
        (tmp_path / "other").mkdir()
        other = Register(tmp_path / "other")
        other.settings.write_text(other.settings.read_text().replace(str(other.state), str(register.state)))
        assert completed(tillside("run", "--settings", other.settings)).returncode == 1


def test_sigterm_with_a_till_connected_leaves_no_traceback(tmp_path):
    with Register(tmp_path) as register:
        with register.start().till() as till:
            till.sendall(wire("a", 1, "bread", state="closed"))
            register.keeps(1)
            assert register.stop() == 0
        assert "Traceback" not in register.words()


def test_a_picture_name_no_file_can_have_is_left_out(tmp_path):
    with Register(tmp_path) as register:
        register.state.mkdir()
        write_shop(register.state / "bundle.db", pictures={"a\0b.png": b"x"})
        register.start()


@pytest.mark.parametrize("name", ["aside.json", "held.json", "trials.json", "sync.db", "best_sellers.jsonl"])
def test_a_pipe_among_its_files_holds_up_no_start(tmp_path, name):
    """Nobody will ever write there."""
    with Register(tmp_path) as register:
        register.state.mkdir()
        os.mkfifo(register.state / name)
        with register.start().till() as till:
            till.sendall(wire("a", 1, "bread", state="closed"))
            register.keeps(1)
        assert completed(tillside("sync", "status", "--settings", register.settings)).stderr.count("\n") <= 1
        doctor = completed(tillside("doctor", "--settings", register.settings))
        assert "Traceback" not in doctor.stderr
