"""Headquarters' certificate authority: the only one that reads its key, and the only writer of `authority.db`.

| in headquarters' folder    | mode | holds                                                                              |
|----------------------------|------|------------------------------------------------------------------------------------|
| `authority/ca.key`         | 0600 | the authority's key: whoever has it can be anybody                                   |
| `authority/ca.pem`         | 0644 | its certificate: whom everybody trusts                                              |
| `authority/crl.pem`        | 0644 | the revoked; the broker reads it (`crlfile`), the enrolment server too                |
| `authority/headquarters.pem` | 0600 | certificate and key of headquarters at the broker                                  |
| `authority/server.pem`     | 0600 | certificate and key of the broker and of the enrolment server                         |
| `authority/about.json`     | 0644 | what registers are told: where broker and bundles are, and the servers' names         |
| `authority/shopper.keys`   | 0600 | the keys that make pseudonyms, see `device.shopper`                                  |
| `authority/authority.db`   | 0600 | codes that wait (salted scrypt), every register's certificates, how far it has forgotten |

`authority.db` keeps a rollback journal: `headquarters enrol` and a serving headquarters write it by turns, each for one
transaction.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from device.errors import SyncError
from device.shopper import Keyring
from device.transaction import whole
from sync import durable
from sync.envelope import Device
from sync.identity import certificates, code
from sync.identity.words import RefusedError

HEADQUARTERS: Final = "headquarters"
MAX_A_DAY: Final = 48
"""Certificates of one register: twice as often as it visits. Each may have to stand in the list of the revoked."""
_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS code (device TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL, expires TEXT NOT NULL,
         wrong INTEGER NOT NULL, used_by BLOB, certificate BLOB) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS certificate (serial TEXT PRIMARY KEY, device TEXT NOT NULL, issued TEXT NOT NULL,
         expires TEXT NOT NULL, revoked TEXT) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS visit (device TEXT PRIMARY KEY, at TEXT NOT NULL, forgotten INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS list (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO list VALUES (1, 0)",
)


class About(msgspec.Struct, frozen=True):
    """What registers are told when they enrol."""

    names: tuple[str, ...]
    """Host names and addresses of the broker and the enrolment server."""
    broker_host: str
    broker_port: int
    bundles: str | None = None


class Holder(NamedTuple):
    """A name, its latest certificate, and its last visit; times are ISO 8601 in UTC."""

    device: str
    issued: str
    expires: str
    revoked: str | None
    visited: str | None
    forgotten: int
    """Up to which number of the list it holds nothing any more."""


def init(folder: Path, about: About, at: datetime) -> None:
    """Make the authority and headquarters' own certificates; go on where that was cut off. SyncError when there is one."""
    home = folder / "authority"
    if (home / "crl.pem").exists():
        raise SyncError(f"{home} holds an authority already: enrol registers with it, or name another folder with --dir")
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o755)
        durable.write(home / "about.json", msgspec.json.encode(about))
        Keyring.open_or_make(home / "shopper.keys", at)
        os.close(os.open(home / "authority.db", os.O_WRONLY | os.O_CREAT, 0o600))
        if not (home / "ca.pem").exists():
            key = certificates.new_key()
            durable.write(home / "ca.key", certificates.key_pem(key), 0o600)
            durable.write(home / "ca.pem", certificates.pem(certificates.new_authority(key, at)))
    except OSError as error:
        raise SyncError(f"no authority can be made in {home}: {error}") from error
    Authority(folder).renew_own(at)


class Authority:
    """Of one headquarters; opened as often as needed. SyncError: there is none, or it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "authority"
        try:
            self.certificate = x509.load_pem_x509_certificate((self.home / "ca.pem").read_bytes())
            self.about = msgspec.json.decode((self.home / "about.json").read_bytes(), type=About)
        except FileNotFoundError as error:
            raise SyncError(
                f"no authority in {folder}: make one with `tillside headquarters authority init --dir {folder} --name HOST`"
            ) from error
        except (OSError, ValueError) as error:
            raise SyncError(f"the authority in {self.home} cannot be read: {error}") from error

    def new_code(self, device: str, at: datetime, life: timedelta = code.LIFE) -> str:
        """A code for one register, in place of an earlier one. SyncError for a name that no register may have."""
        try:
            msgspec.convert(device, Device)
        except msgspec.ValidationError as error:
            raise SyncError(f"'{device[:64]}' is no register's name: use up to 64 letters, digits, '-' and '_'") from error
        if device == HEADQUARTERS:
            raise SyncError(f"'{HEADQUARTERS}' is headquarters' own name: give the register another")
        text, secret = code.make(device, certificates.der(self.certificate))
        salt = secrets.token_bytes(16)
        row = (device, salt, code.slow_hash(secret, salt), _iso(at + life), 0, None, None)
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO code VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return text

    def admit(self, device: str, secret: bytes, asked: bytes, at: datetime) -> bytes:
        """A register's first certificate (PEM) for the secret of its code; earlier ones are revoked. RefusedError: why not."""
        with self.transaction() as db:
            why, known = self._judged(db, device, secret, at)
            # Why not is returned, not raised: the wrong guess is to be counted, in this transaction.
            if known is not None:
                csr, public = certificates.read_request(asked, device)
                requester = hashlib.sha256(certificates.public_bytes(csr)).digest()
                used_by, given = known
                if used_by is None:
                    db.execute("UPDATE certificate SET revoked = ? WHERE device = ? AND revoked IS NULL", (_iso(at), device))
                    given = self._give(db, device, public, at)
                    db.execute("UPDATE code SET used_by = ?, certificate = ? WHERE device = ?", (requester, given, device))
                    self.write_list(db, at)
                elif not hmac.compare_digest(used_by, requester):
                    why = f"the code for register '{device}' was used already: {_another(device)}"
        if why:
            raise RefusedError(why)
        assert given is not None
        return given

    def renew(self, device: str, asked: bytes, at: datetime) -> bytes:
        """Another certificate (PEM) for who showed a good one; that stays good until its end. RefusedError: why not."""
        _, public = certificates.read_request(asked, device)
        with self.transaction() as db:
            return self._give(db, device, public, at)

    def holder(self, shown: x509.Certificate) -> str | None:
        """The register that this certificate was given to; None when it is revoked or was never given."""
        with self.transaction() as db:
            row = db.execute(
                "SELECT device FROM certificate WHERE serial = ? AND revoked IS NULL", (certificates.serial_of(shown),)
            ).fetchone()
        return str(row[0]) if row is not None and row[0] == certificates.name_of(shown) else None

    def knows(self, device: str) -> bool:
        """Whether a register of this name was ever enrolled."""
        with self.transaction() as db:
            return db.execute("SELECT 1 FROM certificate WHERE device = ?", (device,)).fetchone() is not None

    def revoke(self, device: str, at: datetime) -> int:
        """Revoke all certificates of a name and its code; how many were good until now. The list is written anew."""
        with self.transaction() as db:
            known = "SELECT 1 FROM certificate WHERE device = ?1 UNION ALL SELECT 1 FROM code WHERE device = ?1"
            if db.execute(known, (device,)).fetchone() is None:
                raise SyncError(
                    f"no register '{device}' was ever enrolled here: `tillside headquarters authority list` names them"
                )
            # Those that are over too: on a stick they would count for a while.
            revoke = "UPDATE certificate SET revoked = ? WHERE device = ? AND revoked IS NULL RETURNING expires"
            count = sum(str(expires) > _iso(at) for (expires,) in db.execute(revoke, (_iso(at), device)).fetchall())
            db.execute("DELETE FROM code WHERE device = ?", (device,))
            self.write_list(db, at)
        return count

    def holders(self) -> list[Holder]:
        """Every name that was enrolled, with its latest certificate."""
        query = """SELECT device, issued, expires, revoked, at, coalesce(forgotten, 0) FROM
                     (SELECT *, row_number() OVER (PARTITION BY device ORDER BY issued DESC, serial) AS place FROM certificate)
                   LEFT JOIN visit USING (device) WHERE place = 1 ORDER BY device"""
        with self.transaction() as db:
            return [Holder(*row) for row in db.execute(query)]

    def note_visit(self, device: str, forgotten: int, at: datetime) -> None:
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO visit VALUES (?, ?, ?)", (device, _iso(at), forgotten))

    def renew_own(self, at: datetime) -> bool:
        """Certificates of headquarters and its servers if missing or soon over, and a missing list; whether one is new."""
        renewed = False
        for name in ("headquarters", "server"):
            path = self.home / f"{name}.pem"
            if path.exists() and _read(path).not_valid_after_utc - at > certificates.RENEW_LEFT:
                continue
            key = certificates.new_key()
            signer = self._key()
            if name == "server":
                made = certificates.server(self.certificate, signer, self.about.names, key.public_key(), at)
            else:
                made = certificates.client(self.certificate, signer, HEADQUARTERS, key.public_key(), at, certificates.OWN_VALID)
            self._write(path, certificates.pem(made) + certificates.key_pem(key), 0o600)
            renewed = True
        if not (self.home / "crl.pem").exists():
            with self.transaction() as db:
                self.write_list(db, at)
        return renewed

    def keys(self, at: datetime) -> Keyring:
        """The keys that make pseudonyms, next year's included once it is time."""
        return Keyring.open_or_make(self.home / "shopper.keys", at)

    def write_list(self, db: sqlite3.Connection, at: datetime) -> None:
        """The list of the revoked, of certificates that would still be good."""
        ((number,),) = db.execute("UPDATE list SET number = number + 1 RETURNING number").fetchall()
        rows = db.execute("SELECT serial, revoked FROM certificate WHERE revoked IS NOT NULL AND expires > ?", (_iso(at),))
        serials: Sequence[tuple[str, datetime]] = [(serial, datetime.fromisoformat(since)) for serial, since in rows]
        self._write(self.home / "crl.pem", certificates.revoked(self.certificate, self._key(), serials, number), 0o644)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        path = self.home / "authority.db"
        try:
            with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as db:
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA trusted_schema = OFF")
                with whole(db):
                    for statement in _SCHEMA:
                        db.execute(statement)
                    yield db
        except sqlite3.Error as error:
            raise SyncError(f"the authority's database {path} cannot be used: {error}") from error

    def _judged(
        self, db: sqlite3.Connection, device: str, secret: bytes, at: datetime
    ) -> tuple[str, tuple[bytes | None, bytes | None] | None]:
        """Why the secret is refused; or "" and who has used the code and what they got."""
        row = db.execute(
            "SELECT salt, hash, expires, wrong, used_by, certificate FROM code WHERE device = ?", (device,)
        ).fetchone()
        if row is None:
            return f"no code waits for register '{device}': {_another(device)}", None
        salt, kept, expires, wrong, used_by, given = row
        if wrong >= code.MAX_WRONG:
            return f"the code for register '{device}' was guessed at {wrong} times and is dead: {_another(device)}", None
        if not hmac.compare_digest(code.slow_hash(secret, salt), kept):
            db.execute("UPDATE code SET wrong = wrong + 1 WHERE device = ?", (device,))
            return f"this is not the code that waits for register '{device}': {_another(device)}", None
        if datetime.fromisoformat(expires) <= at:
            return f"the code for register '{device}' has expired: {_another(device)}", None
        return "", (used_by, given)

    def _give(self, db: sqlite3.Connection, device: str, public: certificates.Public, at: datetime) -> bytes:
        words = (device, _iso(at - timedelta(days=1)))
        ((given,),) = db.execute("SELECT count(*) FROM certificate WHERE device = ? AND issued > ?", words).fetchall()
        if given >= MAX_A_DAY:
            raise RefusedError(f"register '{device}' was given {given} certificates within a day, and needs one: try tomorrow")
        made = certificates.client(self.certificate, self._key(), device, public, at, certificates.REGISTER_VALID)
        row = (certificates.serial_of(made), device, _iso(at), _iso(made.not_valid_after_utc), None)
        db.execute("INSERT INTO certificate VALUES (?, ?, ?, ?, ?)", row)
        return certificates.pem(made)

    def _key(self) -> certificates.Key:
        path = self.home / "ca.key"
        try:
            if path.stat().st_mode & 0o077:
                raise SyncError(f"the authority's key {path} can be read by others: chmod 600 {path}")
            key = load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise SyncError(f"the authority's key {path} cannot be read ({error}): bring it back to sign with it") from error
        if not isinstance(key, certificates.Key):
            raise SyncError(f"the authority's key {path} is of another kind: bring back the one that `authority init` made")
        return key

    def _write(self, path: Path, content: bytes, mode: int) -> None:
        try:
            durable.write(path, content, mode)
        except OSError as error:
            raise SyncError(f"{path} cannot be written: {error}") from error


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SyncError(f"the certificate {path} cannot be read ({error}): take it away, it is made anew") from error


def _another(device: str) -> str:
    return f"make one with `tillside headquarters enrol {device}`"


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
