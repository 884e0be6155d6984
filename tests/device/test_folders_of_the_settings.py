"""Folders that the settings name and nobody can write into: daemon and doctor name the setting and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.device_doctor import found, known
from fakes.program import completed, tillside


@pytest.mark.parametrize(
    ("wrong", "told", "doctor"),
    [
        ({"screens_socket": "{tmp}/" + "x" * 120}, "at most 107 bytes", "longer than the 107 bytes"),
        (
            {"screens_socket": "{tmp}/file/s.sock"},
            "{tmp}/file is not a folder: name another screens_socket",
            "correct screens_socket",
        ),
        ({"screens_socket": "/proc/tillside/s.sock"}, "in a folder that this user may write to", ""),
        ({"state_dir": "/proc/tillside"}, "let this user write to /proc/tillside, or correct state_dir", ""),
    ],
)
def test_a_folder_that_cannot_be_used_is_told_with_its_setting(
    tmp_path: Path, wrong: dict[str, str], told: str, doctor: str
) -> None:
    (tmp_path / "file").touch()
    table = {"state_dir": f"{tmp_path}/state", "screens_socket": f"{tmp_path}/s.sock"} | wrong
    lines = [f'{key} = "{value.replace("{tmp}", str(tmp_path))}"' for key, value in table.items()]
    lane = '[[lane]]\ntill = "1"\nsource = {kind = "udp", host = "127.0.0.1", port = 39999}\n'
    (tmp_path / "settings.toml").write_text("\n".join(['store = "S1"', 'device = "r1"', *lines, lane]))
    done = completed(tillside("run", "--settings", tmp_path / "settings.toml"))
    (last,) = done.stderr.splitlines()[-1:]
    assert (done.returncode, told.replace("{tmp}", str(tmp_path)) in last, "Errno" in last) == (1, True, False), last
    looked = completed(tillside("doctor", "--settings", tmp_path / "settings.toml"))
    assert doctor in "".join(line for line in looked.stdout.splitlines() if line.startswith("fault"))


def test_the_doctor_looks_at_the_folder_of_the_copies(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, kind in (
        (tmp_path / "there" / "soon", "ok"),
        (tmp_path / "file", "fault"),
        (tmp_path / "file" / "below", "fault"),
    ):
        (finding,) = found(known(tmp_path, {"kind": "udp", "port": 5000}, backup_dir=str(folder)), "backup_dir")
        assert (finding.kind, "correct backup_dir" in finding.says) == (kind, kind == "fault")
