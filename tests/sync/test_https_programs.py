"""A store and a chain over HTTPS: the programs of both ends, and a register that is revoked meanwhile."""

from __future__ import annotations

import http.client
import ssl
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.certificates import Authority
from fakes.headquarters import free_port, sell, serving
from fakes.patience import SECONDS, until
from fakes.program import Program, completed, tillside
from fakes.ways import https_settings

from device.errors import SyncError
from sync import publish
from sync.central import open_central
from sync.identity import authority as ca
from sync.identity import certificates
from sync.link import Broker
from sync.post import Post
from sync.postbox import Postbox

RECEIPTS = "/tillside/sync/v1/{}/up/receipts"


def test_a_store_without_a_broker(tmp_path: Path) -> None:
    """The commands of both ends, and headquarters gone in the middle: the register's program comes back by itself."""
    authority = Authority(tmp_path)
    folder, state, port = tmp_path / "headquarters", tmp_path / "register", free_port()
    publish.init(folder)
    certificate, key = map(str, authority.issue("headquarters"))
    words = (
        "--no-broker",
        "--https-port",
        str(port),
        "--ca-file",
        str(authority.ca),
        "--certificate-file",
        certificate,
        "--key-file",
        key,
    )
    settings = https_settings(state, authority, port)
    bodies = sell(state / "edge.db", range(120))
    done = completed(tillside("sync", "run", "--once", "--settings", settings))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"headquarters at https://127.0.0.1:{port} takes no receipts" in done.stderr

    def stored() -> list[bytes]:
        if not (folder / "central.db").exists():
            return []
        with closing(open_central(f"sqlite:///{folder / 'central.db'}")) as store:
            return list(store.receipts())

    with Program(tillside("sync", "run", "--settings", settings), tmp_path / "sync.log") as register:
        with serving(folder, 9, *words) as (server, ready):
            assert (ready["broker"], ready["https"]) == (None, f"https://127.0.0.1:{port}")
            until(lambda: len(stored()) == 120, what="120 receipts")
            server.kill()
        bodies += sell(state / "edge.db", range(120, 180))
        register.says("headquarters went away")
        with serving(folder, 9, *words):
            until(lambda: len(stored()) == 180, what="180 receipts")
        register.terminate()
        assert register.wait() == 0
    assert stored() == bodies


def test_a_revoked_register_is_refused_at_once_and_the_others_go_on(tmp_path: Path) -> None:
    ca.init(tmp_path, ca.About(("127.0.0.1",), "127.0.0.1", 8883), datetime.now(UTC))
    own = ca.Authority(tmp_path)
    ca_file, served = str(own.home / "ca.pem"), str(own.home / "server.pem")

    def enrolled(name: str) -> Broker:
        key = certificates.new_key()
        pem = tmp_path / f"{name}.pem"
        pem.write_bytes(own.renew(name, certificates.request(name, key), datetime.now(UTC)) + certificates.key_pem(key))
        return Broker("127.0.0.1", box.port, ca_file=ca_file, certificate_file=str(pem), key_file=str(pem))

    with Postbox("127.0.0.1", 0, (ca_file, served, served)).open() as box:
        stolen, honest = enrolled("register-1"), enrolled("register-2")
        context = ssl.create_default_context(cafile=ca_file)
        context.load_cert_chain(tmp_path / "register-1.pem")
        standing = http.client.HTTPSConnection("127.0.0.1", box.port, context=context, timeout=SECONDS)
        with closing(standing):
            for status in (204, 503):
                standing.request("GET", RECEIPTS.format("register-1"))
                with standing.getresponse() as reply:
                    assert reply.status == status
                    reply.read()
                if status == 204:
                    own.revoke("register-1", datetime.now(UTC))
        with pytest.raises(SyncError, match="takes no receipts"):
            Post(stolen, "register-1").open()
        Post(honest, "register-2").open().close()
