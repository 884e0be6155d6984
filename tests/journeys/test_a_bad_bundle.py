"""A bundle that passes every proof and kills the daemon all the same: a register meets it and gets away from it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from fakes.device_daemon import Register
from fakes.device_shop import write_shop
from fakes.program import completed, tillside

from device.trials import MOST_CRASHES


def here(*words: object) -> str:
    done = completed(tillside(*words))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_register_leaves_a_bundle_that_kills_it_and_takes_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "headquarters"
    here("headquarters", "init", "--dir", folder, "--root-keys", "3", "--threshold", "2")
    sync = f'[sync]\nhost = "127.0.0.1"\nbundles = "{(folder / "repository").as_uri()}"\nroot_file = "{folder / "root.json"}"\n'
    with Register(tmp_path, extra=sync) as register:

        def look() -> str:
            return here("sync", "run", "--settings", register.settings, "--once").splitlines()[-1]

        def status() -> dict[str, object]:
            told: dict[str, object] = msgspec.json.decode(here("sync", "status", "--settings", register.settings, "--json"))
            return told

        good, bad, next_one = (write_shop(tmp_path / f"{day}.bundle", made_at=f"2026-05-0{day}T02:00:00Z") for day in (4, 5, 6))
        here("headquarters", "publish", "--dir", folder, "--bundle", tmp_path / "4.bundle")
        assert look() == f"bundle {good.identity}: installed"
        register.start().says(f"suggestions from bundle {good.identity}")

        here("headquarters", "publish", "--dir", folder, "--bundle", tmp_path / "5.bundle", "--share", "0")
        assert look() == f"bundle {good.identity}: up to date"
        assert f"bundle {bad.identity} is for 100 % of the registers\n" == here(
            "headquarters", "rollout", "--dir", folder, "--share", "100"
        )
        assert look() == f"bundle {bad.identity}: installed"
        register.says(f"bundle {bad.identity} is live from the next sale on")
        for _ in range(MOST_CRASHES - 1):
            register.kill()
            register.start().says(f"suggestions from bundle {bad.identity}")
        register.kill()
        register.start().says(f"suggestions from bundle {good.identity}")
        before = status()
        assert (before["bundle"], before["bundle_crashes"]) == (bad.identity, MOST_CRASHES)

        assert look() == f"bundle {good.identity}: left as it is after a revert"
        after = status()
        assert (after["bundle"], after["bundle_crashes"], after["stale_days"]) == (good.identity, 0, 0)
        assert look() == f"bundle {good.identity}: left as it is after a revert"

        here("headquarters", "publish", "--dir", folder, "--bundle", tmp_path / "6.bundle")
        assert look() == f"bundle {next_one.identity}: installed"
        register.says(f"bundle {next_one.identity} is live from the next sale on")
        assert register.stop() == 0
