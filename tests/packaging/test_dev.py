"""`packaging/dev` leaves a machine as it found it, but for what it was asked to install."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes.own_mounts import apart, stub, unavailable

DEV = Path(__file__).parents[2] / "packaging" / "dev"

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))


@pytest.mark.parametrize("failing", ["update", "install"])
def test_an_installation_that_fails_leaves_no_policy_that_stops_services(tmp_path: Path, failing: str) -> None:
    stubs = tmp_path / "stubs"
    stub(stubs, "dpkg-query", "exit 1")
    stub(stubs, "apt-get", f'[ -x /usr/sbin/policy-rc.d ] && echo "policy at $1"; [ "$1" != {failing} ]')
    script = '"$1" setup || echo "ended with $?"; ls -A /usr/sbin'
    done = apart(["/usr/sbin"], script, DEV, stubs=stubs, env=os.environ)
    assert "ended with 1" in done.stdout, done.stderr
    assert "policy at update" in done.stdout
    assert "apt-get could not install them: see above" in done.stderr
    assert "policy-rc.d" not in done.stdout.splitlines()
