"""Who a shopper is, without saying who: a keyed pseudonym.

pseudonym = the first 16 bytes of HMAC-SHA256(key, normalised loyalty id), as 32 hexadecimal digits. The key belongs to the chain
and to a year, is kept in a file only its owner can read, and never travels in a bundle: without it ten thousand million phone
numbers could be tried in minutes. The raw id lives in memory only, from the decoder to `pseudonym`.

A file of keys has one line for each: version (the year), the first day it is used (UTC), the key in hexadecimal. A file that
holds one key and nothing else is version 0, used since ever. `OVERLAP` before and after a change both keys are good: a shopper
is known by whichever pseudonym has a profile, and the version is kept beside the pseudonym.

What is to be forgotten is named by `tombstone`, the SHA-256 of the pseudonym: a list of those names nobody, and cannot be turned
back.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self

from device import place
from device.domain import Pseudonym
from device.errors import SettingsError

KEY_BYTES: Final = 32
OVERLAP: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=60)
"""So long before it is used the next key is made, and told to registers."""
MAX_KEYS: Final = 100
MAX_BYTES: Final = 65_536
"""Of a file of keys."""


class Key(NamedTuple):
    version: int
    since: date
    secret: bytes


class Shopper(NamedTuple):
    """A pseudonym, and the version of the key that made it."""

    token: Pseudonym
    key: int


def tombstone(token: str) -> bytes:
    """What a shopper who is to be forgotten is called: 32 bytes that do not tell the pseudonym."""
    return hashlib.sha256(token.encode()).digest()


def erased(body: bytes, token: str) -> bytes:
    """A receipt (JSON) without the pseudonym. The same bytes on a register and at headquarters."""
    return body.replace(f'"{token}"'.encode(), b"null")


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of a chain in the order of their first days; at least one."""

    keys: tuple[Key, ...]

    @classmethod
    def of(cls, secret: bytes) -> Self:
        return cls((Key(0, date.min, secret),))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raise SettingsError when the file is missing, unreadable, open to others or holds no key."""
        try:
            if path.stat().st_mode & 0o077:
                raise SettingsError(f"the shopper key {path} can be read by others: chmod 600 {path}")
            return cls.parse(_text(path))
        except FileNotFoundError as error:
            raise SettingsError(f"no shopper key at {path}: copy the chain's key there (mode 0600)") from error
        except (OSError, ValueError) as error:
            # A ValueError of a decoder quotes what it read.
            why = error.strerror if isinstance(error, OSError) else "it holds no key of a chain"
            raise SettingsError(f"the shopper key {path} cannot be read: {why}") from None

    @classmethod
    def parse(cls, text: str) -> Self:
        """ValueError for what is no file of keys."""
        lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if len(lines) == 1 and len(lines[0]) == 1:
            lines = [["0", date.min.isoformat(), *lines[0]]]
        keys = tuple(sorted((_key(*words) for words in lines), key=lambda key: key.since))
        if not 0 < len(keys) <= MAX_KEYS or len({key.version for key in keys}) < len(keys):
            raise ValueError("no keys, too many, or two of one version")
        return cls(keys)

    @classmethod
    def open_or_make(cls, path: Path, at: datetime) -> Self:
        """For headquarters: the first use makes the key of the year, and the next year's is added when it is time.

        Whoever comes second waits, and has the key of the first. SettingsError as `read`, and where it cannot be written.
        """
        known = cls.read(path) if path.exists() else None
        if known is not None and known.due(at) is None:
            return known
        if not path.parent.is_dir():
            raise SettingsError(f"no shopper keys can be made at {path}: there is no such folder")
        turn = place.claimed(path.parent, wait=True)
        try:
            # Another process may have made it meanwhile: two keys of one year would be two pseudonyms of each shopper.
            keys = cls.read(path).keys if path.exists() else (_new(at.astimezone(UTC).year),)
            coming = cls(keys).due(at)
            made = cls(keys if coming is None else (*keys, _new(coming)))
            if not path.exists() or coming is not None:
                _write(path, made)
            return made
        finally:
            os.close(turn)

    def due(self, at: datetime) -> int | None:
        """The year whose key is to be made by now."""
        year = (at.astimezone(UTC) + AHEAD).year
        return year if year > self.keys[-1].since.year and year not in {key.version for key in self.keys} else None

    def valid(self, at: datetime) -> tuple[Key, ...]:
        """The key in force and, around a change, its neighbour."""
        day = at.astimezone(UTC).date()
        begun = [key for key in self.keys if key.since <= day] or [self.keys[0]]
        current = begun[-1]
        before = [begun[-2]] if len(begun) > 1 and day < current.since + OVERLAP else []
        after = [key for key in self.keys if day < key.since <= day + OVERLAP and key is not current]
        return (current, *before, *after[:1])

    def for_registers(self, at: datetime) -> Self:
        """What a register needs until its next visits: never a key that is no longer good."""
        day = at.astimezone(UTC).date()
        good = {*self.valid(at), *(key for key in self.keys if day < key.since <= day + AHEAD)}
        return type(self)(tuple(key for key in self.keys if key in good))

    def shoppers(self, loyalty_id: str, at: datetime) -> tuple[Shopper, ...]:
        """Who that may be, by the key in force first; empty for an id that is nobody's."""
        found = ((pseudonym(key.secret, loyalty_id), key.version) for key in self.valid(at))
        return tuple(Shopper(token, version) for token, version in found if token is not None)

    def ever(self, loyalty_id: str) -> tuple[Pseudonym, ...]:
        """The pseudonyms of an id under all keys, the oldest first."""
        return tuple(shopper.token for shopper in self.every(loyalty_id))

    def every(self, loyalty_id: str) -> tuple[Shopper, ...]:
        """The same with the versions of the keys; empty for an id that is nobody's."""
        found = ((pseudonym(key.secret, loyalty_id), key.version) for key in self.keys)
        return tuple(Shopper(token, version) for token, version in found if token is not None)

    def renamed(self, loyalty_ids: Iterable[str], at: datetime) -> dict[str, Shopper]:
        """By the pseudonyms of keys before the one in force: who they are under that one."""
        current = self.valid(at)[0]
        told: dict[str, Shopper] = {}
        for loyalty_id in loyalty_ids:
            if (token := pseudonym(current.secret, loyalty_id)) is not None:
                earlier = (pseudonym(key.secret, loyalty_id) for key in self.keys if key.since < current.since)
                told.update((old, Shopper(token, current.version)) for old in earlier if old is not None)
        return told

    def text(self) -> str:
        lines = [f"{key.version} {key.since.isoformat()} {key.secret.hex()}" for key in self.keys]
        return "\n".join(["# version, first day (UTC), key", *lines]) + "\n"


def key_file(name: str) -> Path:
    """Where a file of keys is: a bare name is a credential that systemd hands to this unit (`LoadCredential=`)."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(name) if "/" in name or folder is None else Path(folder) / name


def pseudonym(key: bytes, loyalty_id: str) -> Pseudonym | None:
    """Letter case, spaces and the punctuation people put into phone numbers do not make another shopper.

    An id without a letter or a digit is nobody's: None.
    """
    normalised = "".join(c for c in loyalty_id.casefold() if c.isalnum())
    if not normalised:
        return None
    return Pseudonym(hmac.new(key, normalised.encode(), hashlib.sha256).digest()[:16].hex())


def default_key_file() -> Path:
    """Where a person's own tools keep the key when no settings name a file: the XDG state folder."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "tillside" / "shopper.key"


def read_key(path: Path) -> bytes:
    """The key in force today; as `Keyring.read`."""
    return Keyring.read(path).valid(datetime.now(UTC))[0].secret


def read_or_make_key(path: Path) -> bytes:
    """For headquarters and the demo: the first use makes the key, readable by its owner only."""
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_new(path)
        except FileExistsError:
            pass  # another was faster
        except OSError as error:
            raise SettingsError(f"no shopper key can be made at {path}: {error.strerror}") from error
    return read_key(path)


def write_keys(path: Path, text: str) -> bool:
    """A register takes the keys that headquarters tells; True when they are new. SettingsError: none, or no room."""
    try:
        keys = Keyring.parse(text)
    except ValueError:
        raise SettingsError("headquarters told keys that are none: look at its shopper.keys") from None
    try:
        if path.exists() and _text(path) == keys.text():
            return False
    except (OSError, ValueError):
        pass  # what cannot be read is replaced
    _write(path, keys)
    return True


def _text(path: Path) -> str:
    """Of a file of keys. OSError; ValueError: it is none."""
    told = place.beginning(path, MAX_BYTES + 1)
    if len(told) > MAX_BYTES:
        raise ValueError("longer than any file of keys")
    return told.decode("ascii")


def _key(*words: str) -> Key:
    if len(words) != 3:
        raise ValueError("not three words")
    made = Key(int(words[0]), date.fromisoformat(words[1]), bytes.fromhex(words[2]))
    if len(made.secret) < KEY_BYTES or not 0 <= made.version < 10_000:
        raise ValueError("shorter than a key")
    return made


def _new(year: int) -> Key:
    return Key(year, date(year, 1, 1), secrets.token_bytes(KEY_BYTES))


def _write(path: Path, keys: Keyring) -> None:
    """By one rename, durable, readable by its owner only from the first moment."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(keys.text())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        place.settle(path.parent)
    except OSError as error:
        raise SettingsError(f"the shopper keys {path} cannot be written: {error.strerror}") from error


def _write_new(path: Path) -> None:
    """Whole from the first moment: whoever finds it there reads it. FileExistsError: another was faster."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
        place.settle(path.parent)
    finally:
        unfinished.unlink()
