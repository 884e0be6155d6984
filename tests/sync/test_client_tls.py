"""Files of certificates that cannot be used: which one, and what to do, in one sentence, whoever asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fakes.certificates import Authority

from device.errors import SyncError
from sync import client_tls
from sync.fetcher import Fetcher
from sync.link import Broker, Link
from sync.post import Post
from sync.postbox import Postbox

Opens = Callable[[str, str, str], object]
WAYS: dict[str, Opens] = {
    "context": client_tls.context,
    "mqtt": lambda ca, certificate, key: Link(
        Broker("127.0.0.1", 9, ca_file=ca, certificate_file=certificate, key_file=key), "", ["x"]
    ).open(),
    "https": lambda ca, certificate, key: Post(
        Broker("127.0.0.1", 9, ca_file=ca, certificate_file=certificate, key_file=key), "register-1"
    ).open(),
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("register-1")
    return str(authority.ca), str(certificate), str(key)


@pytest.mark.parametrize("opens", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_file_that_is_not_there_is_named(files: tuple[str, str, str], opens: Opens, which: int) -> None:
    Path(files[which]).unlink()
    with pytest.raises(SyncError) as raised:
        opens(*files)
    assert str(raised.value).startswith(f"{files[which]} cannot be read (No such file or directory): put")


@pytest.mark.parametrize("opens", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("content", [b"", b"not a certificate", b"\xff\xfe"])
def test_a_file_that_holds_something_else_is_named(files: tuple[str, str, str], opens: Opens, content: bytes) -> None:
    ca, certificate, key = files
    original = Path(certificate).read_bytes()
    Path(certificate).write_bytes(content)
    with pytest.raises(SyncError) as raised:
        opens(*files)
    assert str(raised.value).startswith(f"{certificate} with {key} holds no certificate with its own key (")
    Path(certificate).write_bytes(original)
    Path(ca).write_bytes(content)
    with pytest.raises(SyncError) as raised:
        opens(*files)
    assert str(raised.value).startswith(f"{ca} holds no certificate: copy")


def test_the_key_of_another_or_one_with_a_passphrase_is_told_and_nobody_is_asked(
    files: tuple[str, str, str], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    _, other = Authority(tmp_path / "other").issue("register-1")
    with pytest.raises(SyncError, match="bring both, in PEM, without passphrase"):
        client_tls.context(files[0], files[1], str(other))
    key = load_pem_private_key(Path(files[2]).read_bytes(), None)
    secret = serialization.BestAvailableEncryption(b"secret")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    Path(files[2]).write_bytes(pem)
    with pytest.raises(SyncError, match="without passphrase"):
        client_tls.context(*files)


def test_a_repositorys_ca_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(SyncError, match=r"ca\.pem cannot be read"):
        Fetcher(tmp_path, str(tmp_path / "ca.pem"))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_headquarters_own_files_are_named_too(files: tuple[str, str, str], which: int) -> None:
    Path(files[which]).write_bytes(b"not a certificate")
    with pytest.raises(SyncError, match=rf"^of {files[0]}, {files[1]}, {files[2]} one does not hold what it should \("):
        Postbox("127.0.0.1", 0, files).open()
    Path(files[which]).unlink()
    with pytest.raises(SyncError, match=rf"^{files[which]} cannot be read"):
        Postbox("127.0.0.1", 0, files).open()


def test_a_port_that_is_taken_is_one_sentence(files: tuple[str, str, str]) -> None:
    with Postbox("127.0.0.1", 0, files).open() as box, pytest.raises(SyncError) as raised:
        Postbox("127.0.0.1", box.port, files).open()
    assert str(raised.value) == (
        f"receipts cannot be taken at 127.0.0.1:{box.port} (Address already in use): name another with --https-port"
    )
