"""Keys on several media: who may replace whom, and what registers make of it."""

from __future__ import annotations

import contextlib
import itertools
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fakes.bundles_down import check, identity, in_use
from tuf.api.metadata import Metadata, Root  # type: ignore[attr-defined]

from device.errors import SyncError
from sync import durable, publish, root_of_trust
from sync.commands.headquarters import headquarters as command
from sync.downlink import Outcome


def run(*words: object) -> str:
    result = CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_three_keys_on_three_media_and_a_new_root_signed_by_two(tmp_path: Path, bundles: list[Path]) -> None:
    folder = tmp_path / "headquarters"
    told = run("init", "--dir", folder, "--root-keys", 3, "--threshold", 2)
    assert "root-1.pem" in told
    media = []
    for number in (1, 2, 3):
        medium = tmp_path / f"medium-{number}"
        medium.mkdir()
        media.append(medium / "key.pem")
        shutil.move(folder / f"keys/root-{number}.pem", media[-1])
    # Publishing and the daily signature need none of them.
    run("publish", "--dir", folder, "--bundle", bundles[0])
    assert publish.renew(folder, datetime.now(UTC) + timedelta(days=2))
    register = tmp_path / "register"
    assert check(folder, register).outcome is Outcome.INSTALLED
    installed_with = tmp_path / "root.json"
    shutil.copy(folder / "root.json", installed_with)

    assert "0 of 2 by keys of the root in force" in run("root", "draft", "--dir", folder, "--replace", "targets")
    carried = media[0].with_name("root.next.json")
    shutil.move(folder / "root.next.json", carried)
    run("root", "sign", "--draft", carried, "--key", media[0])
    shutil.move(carried, media[2].with_name("root.next.json"))
    run("root", "sign", "--draft", media[2].with_name("root.next.json"), "--key", media[2])
    shutil.copy(media[2].with_name("root.next.json"), folder)
    assert run("root", "publish", "--dir", folder) == "root 2 is in force; registers follow by themselves\n"
    assert not list((folder / "keys").glob("*.next.pem"))
    assert not (folder / "root.next.json").exists()

    run("publish", "--dir", folder, "--bundle", bundles[1])
    assert check(folder, register, root=installed_with).outcome is Outcome.INSTALLED
    new = tmp_path / "new"
    assert check(folder, new).identity == identity(bundles[1])


def test_the_root_keys_themselves_are_replaced_by_the_old_and_the_new(headquarters: Path, running: Path, tmp_path: Path) -> None:
    root = tmp_path / "root.json"
    shutil.copy(headquarters / "root.json", root)
    draft = root_of_trust.draft(headquarters, ["root"], keys=5, threshold=3)
    for key in ("root-1.pem", "root-2.pem"):
        root_of_trust.sign(draft, headquarters / "keys" / key)
    assert str(root_of_trust.signatures(headquarters)) == "2 of 2 by keys of the root in force, 0 of 3 by its own"
    with pytest.raises(SyncError, match="not signed by enough"):
        root_of_trust.publish(headquarters)
    for number in (1, 4, 5):
        root_of_trust.sign(draft, headquarters / f"keys/root-{number}.next.pem")
    root_of_trust.publish(headquarters)
    assert check(headquarters, running, root=root).outcome is Outcome.CURRENT
    # From now on the old ones have no say.
    again = root_of_trust.draft(headquarters)
    for number in (2, 3, 4):
        root_of_trust.sign(again, headquarters / f"keys/root-{number}.pem")
    assert root_of_trust.publish(headquarters) == 3
    assert check(headquarters, running, root=root).outcome is Outcome.CURRENT


def test_a_key_without_a_say_does_not_count(headquarters: Path) -> None:
    draft = root_of_trust.draft(headquarters, ["online"])
    for key in ("targets.pem", "timestamp.next.pem", "root-1.pem", "root-1.pem"):
        root_of_trust.sign(draft, headquarters / "keys" / key)
    assert root_of_trust.signatures(headquarters)[:2] == (1, 2)
    with pytest.raises(SyncError, match="not signed by enough"):
        root_of_trust.publish(headquarters)


def test_what_is_no_draft_is_read_with_a_bound_and_left_as_it_is(headquarters: Path, tmp_path: Path) -> None:
    key = headquarters / "keys/root-1.pem"
    draft = root_of_trust.draft(headquarters)
    endless = tmp_path / "endless.json"
    endless.write_bytes(draft.read_bytes() + b" " * root_of_trust.MOST_BYTES)
    other = tmp_path / "timestamp.json"
    shutil.copy(headquarters / "repository/metadata/timestamp.json", other)
    before = other.read_bytes()
    for wrong, why in (
        (endless, "longer than the 512000 bytes"),
        (other, "other content"),
        (key, "other content"),
        (Path("/dev/zero"), "it is not a file"),
        (tmp_path, "Is a directory"),
        (tmp_path / "none", "No such file"),
    ):
        with pytest.raises(SyncError, match=f"no root of trust that can be read .*{why}.*: name another"):
            root_of_trust.sign(wrong, key)
    assert other.read_bytes() == before
    with pytest.raises(SyncError, match="key /dev/zero cannot be read"):
        root_of_trust.sign(draft, Path("/dev/zero"))


class _CutError(Exception):
    pass


@pytest.mark.parametrize("what", ["online", "targets"])
def test_a_change_of_keys_that_was_cut_off_is_finished_by_doing_it_again(
    headquarters: Path,
    running: Path,
    bundles: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    what: root_of_trust.Replaceable,
) -> None:
    """Before every single write and move; meanwhile a register keeps what it has."""
    draft = root_of_trust.draft(headquarters, [what])
    for number in (1, 2):
        root_of_trust.sign(draft, headquarters / f"keys/root-{number}.pem")
    steps = itertools.count()
    for step in steps:
        folder = Path(shutil.copytree(headquarters, tmp_path / f"headquarters-{step}"))
        register = Path(shutil.copytree(running, tmp_path / f"register-{step}", symlinks=True))
        if _published_but_for(step, folder, monkeypatch):
            break
        with contextlib.suppress(SyncError):
            check(folder, register)
        assert in_use(register) == identity(bundles[0])
        root_of_trust.publish(folder)
        assert check(folder, register).outcome is Outcome.CURRENT
        assert not list((folder / "keys").glob("*.next.pem"))
    assert step == {"online": 6, "targets": 8}[what]


def _published_but_for(step: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether it came to its end before this step."""
    left = step

    def counted(act: Callable[..., None]) -> Callable[..., None]:
        def acted(*args: Any) -> None:
            nonlocal left
            if left == 0:
                raise _CutError
            left -= 1
            act(*args)

        return acted

    with monkeypatch.context() as patch:
        patch.setattr(durable, "write", counted(durable.write))
        patch.setattr(durable, "move", counted(durable.move))
        try:
            root_of_trust.publish(folder)
        except _CutError:
            return False
    return True


def test_a_root_about_to_expire_is_told_and_drafting_moves_the_date(headquarters: Path) -> None:
    assert root_of_trust.warning(headquarters) is None
    late = datetime.now(UTC) + timedelta(days=700)
    told = root_of_trust.warning(headquarters, late)
    assert told is not None
    assert "expires on" in told
    draft = root_of_trust.draft(headquarters)
    before = root_of_trust.in_force(headquarters).signed
    after = Metadata[Root].from_file(str(draft)).signed
    assert (after.version, after.roles) == (before.version + 1, before.roles)
    assert after.expires >= before.expires


@pytest.mark.parametrize(("keys", "threshold"), [(2, 3), (17, 2)])
def test_impossible_numbers_are_told(tmp_path: Path, keys: int, threshold: int) -> None:
    with pytest.raises(SyncError, match="cannot be asked for"):
        root_of_trust.init(tmp_path / "h", keys=keys, threshold=threshold)
    assert not (tmp_path / "h/root.json").exists()


def test_without_its_keys_a_draft_is_not_published(headquarters: Path, tmp_path: Path) -> None:
    with pytest.raises(SyncError, match=r"root\.next\.json is no root of trust"):
        root_of_trust.publish(headquarters)
    draft = root_of_trust.draft(headquarters, ["root"], keys=2, threshold=2)
    with pytest.raises(SyncError, match="cannot be read"):
        root_of_trust.sign(draft, tmp_path / "missing.pem")
    (headquarters / "keys/timestamp.pem").unlink()
    with pytest.raises(SyncError, match="timestamp key"):
        root_of_trust.publish(headquarters)
