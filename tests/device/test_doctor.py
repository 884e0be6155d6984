"""What doctor finds, and the next step it names."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.device_daemon import Register
from fakes.device_doctor import found, known
from fakes.device_shop import item, write_shop
from fakes.device_till import wire
from fakes.headquarters import free_port, mosquitto
from fakes.patience import until
from fakes.program import completed, tillside

from device import machine, settings
from device.doctor import Finding, doctor, findings
from device.domain import LaneId

RECORDING = Path(__file__).parent / "recordings" / "native" / "two_sales.bin"


@pytest.fixture
def port() -> Iterator[str]:
    master, slave = pty.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_doctor_finds_ports_that_are_there_and_those_that_are_not(tmp_path: Path, port: str) -> None:
    register = known(
        tmp_path,
        {"kind": "serial", "port": port},
        {"kind": "serial", "port": str(tmp_path / "ttyUSB9")},
        {"kind": "serial", "port": "socket://h:1"},
        {"kind": "replay", "file": str(RECORDING)},
        {"kind": "replay", "file": "none.bin"},
        {"kind": "tcp", "host": "127.0.0.1", "port": free_port()},
        {"kind": "tcp", "host": "0.0.0.0", "port": 5000, "listen": True},
        {"kind": "mqtt", "host": "127.0.0.1", "port": free_port()},
    )
    told = [found(register, f"lane {number}") for number in range(1, 9)]
    assert all(dialect == Finding("ok", dialect.about, "dialect native") for dialect, _, _ in told)
    assert [source.kind for _, source, _ in told] == ["note", "fault", "ok", "ok", "fault", "fault", "ok", "fault"]
    says = [source.says for _, source, _ in told]
    assert "name it by /dev/serial/by-id" in says[0]
    assert "is not there (ports on this machine: " in says[1]
    assert "plug it in or correct lane.source.port" in says[1]
    assert "correct lane.source.file" in says[4]
    assert "does not answer" in says[5]
    assert "switch the till's feed on" in says[5]
    assert "start the broker" in says[7]


def test_doctor_judges_state_bundle_key_and_sync(tmp_path: Path) -> None:
    tcp = {"kind": "tcp", "host": "0.0.0.0", "port": 5000, "listen": True}
    missing = known(
        tmp_path / "none", tcp, privacy={"shopper_key_file": "/none"}, sync={"host": "127.0.0.1", "port": free_port()}
    )
    kinds = {finding.about: finding.kind for finding in findings(missing)}
    assert (kinds["state_dir"], kinds["bundle"], kinds["privacy"], kinds["sync"]) == ("note", "note", "fault", "fault")
    made = write_shop(tmp_path / "bundle.db")
    good = {finding.about: finding for finding in findings(known(tmp_path, tcp))}
    assert good["bundle"] == Finding("ok", "bundle", f"{made.identity}, 12 items, proved by 6 golden baskets")
    assert (good["state_dir"].kind, good["privacy"].kind, good["sync"].kind) == ("ok", "note", "note")
    assert (good["screens"].kind, "the daemon is not running" in good["screens"].says) == ("note", True)
    (no_folder,) = found(known(tmp_path / "bundle.db" / "below", tcp), "state_dir")
    assert (no_folder.kind, f"{tmp_path}/bundle.db is not a folder" in no_folder.says) == ("fault", True)
    (tmp_path / "bundle.db").write_bytes(b"rubbish")
    (spoilt,) = found(known(tmp_path, tcp), "bundle")
    assert (spoilt.kind, "is not a usable bundle" in spoilt.says) == ("fault", True)


def test_doctor_knows_the_ways_to_headquarters(tmp_path: Path) -> None:
    tcp = {"kind": "tcp", "host": "127.0.0.1", "port": free_port()}
    by_stick, over_https = (
        found(known(tmp_path, tcp, sync=sync), "sync")[0]
        for sync in ({"way": "usb"}, {"way": "https", "host": "127.0.0.1", "port": free_port()})
    )
    assert (by_stick.kind, "tillside sync export" in by_stick.says) == ("note", True)
    assert (over_https.kind, "start `tillside headquarters serve`" in over_https.says) == ("fault", True)


def test_doctor_finds_a_bundle_that_could_never_show_anything(tmp_path: Path) -> None:
    write_shop(
        tmp_path / "bundle.db",
        items=[item("bread", price=None), item("butter", price=None)],
        scores={("item=bread", "butter"): 0.4},
    )
    tcp = {"kind": "tcp", "host": "0.0.0.0", "port": 5000, "listen": True}
    (mute,) = found(known(tmp_path, tcp), "bundle")
    assert (mute.kind, "not one of its items may be shown" in mute.says) == ("fault", True)


def test_doctor_finds_pins_and_bans_of_what_is_not_in_the_catalogue(tmp_path: Path) -> None:
    write_shop(tmp_path / "bundle.db")
    tcp = {"kind": "tcp", "host": "127.0.0.1", "port": 9, "listen": True}
    (slip,) = found(known(tmp_path, tcp, policy={"ban": [{"sku": "mlik"}, {"sku": "milk"}]}), "bundle")
    assert (slip.kind, slip.says.endswith("does not know: mlik: correct the sku, or take the entry out")) == ("fault", True)


def test_doctor_tells_of_an_unknown_dialect(tmp_path: Path) -> None:
    lane = {"till": "1", "dialect": "natve", "source": {"kind": "tcp", "host": "h", "port": 1, "listen": True}}
    register = settings.parse({"store": "S1", "device": "r1", "state_dir": str(tmp_path), "lane": [lane]})
    dialect, _, _ = found(register, "lane 1")
    assert (dialect.kind, "did you mean 'native'?" in dialect.says) == ("fault", True)


def test_doctor_as_a_command_counts_its_faults_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        f'store = "S1"\ndevice = "r1"\nstate_dir = "{tmp_path}"\nscreens_socket = "{tmp_path}/s.sock"\n'
        '[[lane]]\ntill = "1"\nsource = {kind = "replay", file = "none.bin"}\n'
    )
    before = sorted(tmp_path.iterdir())
    result = CliRunner().invoke(doctor, ["--settings", str(path)])
    assert (str(result.exception), "fault  lane 1" in result.stdout) == (
        "1 fault(s) found: each line marked `fault` says what to do",
        True,
    )
    lines = [json.loads(line) for line in CliRunner().invoke(doctor, ["--settings", str(path), "--json"]).stdout.splitlines()]
    assert [line["about"] for line in lines if line["kind"] == "fault"] == ["lane 1"]
    path.write_text(path.read_text().replace("none.bin", str(RECORDING)))
    assert CliRunner().invoke(doctor, ["--settings", str(path)]).exit_code == 0
    assert sorted(tmp_path.iterdir()) == before


def test_doctor_tells_what_each_lane_last_heard_and_the_next_step(tmp_path: Path) -> None:
    register = known(tmp_path, *[{"kind": "udp", "port": number} for number in (1001, 1002, 1003)])
    told = {
        LaneId("1"): machine.Heard(datetime(2026, 5, 4, 7, 30, tzinfo=UTC), datetime(2026, 5, 4, 7, 30, tzinfo=UTC)),
        LaneId("2"): machine.Heard(datetime(2026, 5, 4, 7, 31, tzinfo=UTC), None, 17, "not a JSON object"),
    }
    machine.note_heard(tmp_path, told)
    good, deaf, silent = (found(register, f"lane {number}")[2] for number in (1, 2, 3))
    assert (good.kind, "last bytes 2026-05-04 07:30 UTC" in good.says) == ("ok", True)
    assert deaf.kind == "fault"
    assert "nothing of it was understood; 17 messages skipped, the last: not a JSON object" in deaf.says
    assert "`tillside listen --till 2 --detect`" in deaf.says
    assert (silent.kind, "nothing heard yet, no receipt yet: start `tillside run`" in silent.says) == ("note", True)


def test_what_nobody_wrote_down_was_not_nothing(tmp_path: Path) -> None:
    register = Register(tmp_path)
    with register.start() as shop, shop.till() as till:
        note = shop.state / machine.HEARD_FILE
        until(note.exists, what="what was heard")
        obstacle = shop.state / f".{machine.HEARD_FILE}.part"  # as a full disk, and root's too
        obstacle.mkdir()
        till.sendall(wire("a", 1, "bread", state="closed"))
        until(lambda: not note.exists(), what="an old word to be taken away")
        shop.keeps(1)
        known_ = settings.read(shop.settings)
        (told,) = (one for one in found(known_, "lane 7") if "receipt" in one.says)
        assert told.kind == "note"
        assert told.says.startswith("nobody knows what was heard last, last receipt 20")
        assert "its journal tells" in told.says
        obstacle.rmdir()
        until(note.exists, what="what was heard, though the till says no more")
        (told,) = (one for one in found(known_, "lane 7") if "receipt" in one.says)
        assert (told.kind, told.says.startswith("last bytes 20")) == ("ok", True)


def test_doctor_does_not_wait_for_a_daemon_that_takes_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    (tmp_path / "settings.toml").write_text(
        f'store = "S1"\ndevice = "r1"\nstate_dir = "{tmp_path}"\nscreens_socket = "{path}"\n'
        '[[lane]]\ntill = "1"\nsource = {kind = "udp", port = 1001}\n'
    )
    with contextlib.ExitStack() as stack:
        busy = stack.enter_context(socket.socket(socket.AF_UNIX))
        busy.bind(str(path))
        busy.listen(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
                waiting.setblocking(False)
                waiting.connect(str(path))
        done = completed(tillside("doctor", "--settings", tmp_path / "settings.toml", "--json"))
    assert done.returncode == 1
    (told,) = (one for one in map(json.loads, done.stdout.splitlines()) if one["about"] == "screens")
    assert told["kind"] == "fault"
    assert "took nobody in within 3 s" in told["says"]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (b"", "Input data was truncated"),
        (b'{"1":{"bytes_at":"2026-05-04T07:3', "Input data was truncated"),
        (b'\xff\xfe{"1":{}}', "JSON is malformed"),
        (b'["bytes_at"]', "Expected `object`, got `array`"),
        (b'{"1":{"bytes_at":"half past ten"}}', "Invalid RFC3339 encoded datetime"),
        (b'{"1":{"bytes_at":"2026-05-04T07:30:00"}}', "Expected `datetime` with a timezone component"),
        (b'{"1":{"skipped":-1}}', "Expected `int` >= 0"),
        (b'{"1":{"why_skipped":"\\u001b[2Jfault  lane 1"}}', "matching regex"),
        (b'{"1":' * 100_000, "nested too deeply"),
        (b" " * machine.MAX_HEARD_BYTES + b"{}", "longer than"),
    ],
)
def test_what_was_heard_and_cannot_be_read_is_one_sentence_and_no_lanes_fault(tmp_path: Path, written: bytes, why: str) -> None:
    (tmp_path / machine.HEARD_FILE).write_bytes(written)
    told = [one for one in findings(known(tmp_path, {"kind": "udp", "port": 1001})) if machine.HEARD_FILE in one.says]
    (finding,) = told
    assert (finding.kind, finding.about) == ("note", "state_dir")
    assert finding.says.startswith("heard.json is not what this version writes (")
    assert why in finding.says
    assert finding.says.endswith("start `tillside run` anew, and it is written again")
    assert "\n" not in finding.says


def test_what_an_older_or_a_newer_version_heard_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    (tmp_path / machine.HEARD_FILE).write_bytes(b'{"1":{"bytes_at":"2026-05-04T07:30:00+00:00","tomorrow":[1]},"gone":{}}')
    assert machine.heard(tmp_path)["1"] == machine.Heard(datetime(2026, 5, 4, 7, 30, tzinfo=UTC))
    (tmp_path / machine.HEARD_FILE).unlink()
    (tmp_path / machine.HEARD_FILE).mkdir()
    with pytest.raises(OSError, match="directory"):
        machine.heard(tmp_path)


def test_doctor_asks_the_broker_itself(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "password").write_text("wrong", encoding="utf-8")
    with mosquitto(tmp_path, port, "allow_anonymous false\n"):
        (_, refused, _) = found(known(tmp_path, {"kind": "mqtt", "host": "127.0.0.1", "port": port}), "lane 1")
        assert refused.kind == "fault"
        assert "refuses this register" in refused.says
        assert "correct username, password_file or certificate_file" in refused.says
    port = free_port()
    with mosquitto(tmp_path, port):
        (_, let_in, _) = found(known(tmp_path, {"kind": "mqtt", "host": "127.0.0.1", "port": port}), "lane 1")
        assert let_in == Finding("ok", "lane 1", f"127.0.0.1:{port} answers and lets this register in")


def test_doctor_tells_who_holds_a_port(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    with port.open() as held, subprocess.Popen(["sleep", "60"], stdin=held) as other:
        held.close()
        assert machine.holder(str(port)) == f"sleep (process {other.pid})"
        other.kill()
    assert machine.holder(str(port)) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="a second node of a device and terminals of another container want root")
def test_doctor_knows_a_device_by_its_other_node_and_no_terminal_of_another_container(tmp_path: Path) -> None:
    node = tmp_path / "ttyUSB0"
    os.mknod(node, 0o600 | stat.S_IFCHR, Path("/dev/null").stat().st_rdev)
    with subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL) as other:
        holder = machine.holder(str(node))
        other.kill()
    assert holder is not None
    assert holder.endswith(")")
    mine, name = os.openpty()
    terminal = os.ttyname(name)
    # Terminals of its own, as a container has, one of the very name.
    many = int(terminal.rpartition("/")[2]) + 1
    held = f"import os, time; held = [os.openpty() for _ in range({many})]; print(flush=True); time.sleep(60)"
    script = 'mount -t devpts -o newinstance,ptmxmode=666 none /dev/pts && exec "$@"'
    with subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", script, "sh", sys.executable, "-c", held], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        if not other.stdout.readline():
            pytest.skip("no mounts are allowed here")
        assert any(f"{link.readlink()}" == terminal for link in Path(f"/proc/{other.pid}/fd").iterdir())
        found = machine.holder(terminal)
        other.kill()
    os.close(mine)
    os.close(name)
    assert found is None


def test_doctor_asks_whether_a_port_to_hand_back_over_may_be_written_to(port: str) -> None:
    lane = {"till": "1", "source": {"kind": "udp", "port": 1001}, "handback": {"kind": "scanner", "port": port}}
    register = settings.parse({"store": "S1", "device": "r1", "state_dir": "/none", "lane": [lane]})
    (good,) = found(register, "lane 1 handback")
    assert (good.kind, "is readable and writable" in good.says) == ("note", True)
    Path(port).chmod(0o444)
    me = os.geteuid()
    try:
        if me == 0:
            os.seteuid(65534)  # whom no mode of a file stops is no installer
        (denied,) = found(register, "lane 1 handback")
    finally:
        os.seteuid(me)
    assert denied.kind == "fault"
    assert denied.says == f"{port} is not writable by this user: add the user to the group dialout, and log in anew"


def test_doctor_asks_the_broker_that_commands_go_to(tmp_path: Path) -> None:
    number = free_port()
    lane = {
        "till": "1",
        "source": {"kind": "udp", "port": 1001},
        "handback": {"kind": "mqtt", "host": "127.0.0.1", "port": number},
    }
    register = settings.parse({"store": "S1", "device": "r1", "state_dir": str(tmp_path), "lane": [lane]})
    (away,) = found(register, "lane 1 handback")
    assert (away.kind, "start the broker or correct lane.handback" in away.says) == ("fault", True)
    with mosquitto(tmp_path, number):
        (there,) = found(register, "lane 1 handback")
    assert there.kind == "ok"


def test_doctor_looks_again_for_a_port_that_has_become_the_lane_s_own(tmp_path: Path, port: str) -> None:
    """An adapter that was not plugged in when the settings were read."""
    link = tmp_path / "by-id"
    source = {"kind": "serial", "port": port}
    lane = {"till": "1", "source": source, "handback": {"kind": "scanner", "port": str(link)}}
    register = settings.parse({"store": "S1", "device": "r1", "state_dir": str(tmp_path), "lane": [lane]})
    assert found(register, "handback") == []
    link.symlink_to(port)
    (same,) = found(register, "handback")
    assert same.kind == "fault"
    assert (
        same.says
        == f"lane[0].handback.port '{link}' is the line of lane[0].source: name a port of its own, which only this till hears"
    )
