"""Who a shopper is, without saying who: a keyed pseudonym.

pseudonym = the first 16 bytes of HMAC-SHA256(key, normalised loyalty id), as 32 hexadecimal digits. The key belongs to the
chain, is kept in a file only its owner can read, and never travels in a bundle: without it ten thousand million phone numbers
could be tried in minutes. The raw id lives in memory only, from the decoder to `pseudonym`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from device.domain import Pseudonym
from device.errors import SettingsError

KEY_BYTES = 32


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
    """Raise SettingsError when the file is missing, unreadable, open to others or too short to be a key."""
    try:
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"the shopper key {path} can be read by others: chmod 600 {path}")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        raise SettingsError(f"no shopper key at {path}: copy the chain's key there (mode 0600)") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"the shopper key {path} cannot be read: {error}") from error
    if len(key) < KEY_BYTES:
        raise SettingsError(f"the shopper key {path} is shorter than {KEY_BYTES} bytes: make a new one")
    return key


def read_or_make_key(path: Path) -> bytes:
    """For headquarters and the demo: the first use makes the key, readable by its owner only."""
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_key(path)
        except FileExistsError:
            pass  # another was faster
        except OSError as error:
            raise SettingsError(f"no shopper key can be made at {path}: {error.strerror}") from error
    return read_key(path)


def _write_key(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
