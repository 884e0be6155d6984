"""A register that was enrolled, without the connection between: the same code, request and certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sync.identity import certificates, code
from sync.identity.authority import About, Authority, init


def enrol(headquarters: Path, state: Path, device: str, at: datetime | None = None) -> Path:
    """The register's folder `identity`; headquarters' authority is made when there is none."""
    at = at or datetime.now(UTC)
    if not (headquarters / "authority").exists():
        init(headquarters, About(("hq.chain",), "hq.chain", 8883), at)
    authority = Authority(headquarters)
    known = code.read(authority.new_code(device, at), device)
    key = certificates.new_key()
    certificate = authority.admit(device, known.secret, certificates.request(device, key), at)
    home = state / "identity"
    home.mkdir(parents=True, exist_ok=True)
    (home / "register.pem").write_bytes(certificate + certificates.key_pem(key))
    (home / "ca.pem").write_bytes(certificates.pem(authority.certificate))
    return home
