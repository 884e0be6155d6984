"""Files and folders that last: where one that appears whole really goes, what is durable, who alone may write beside it.

A rename replaces whatever bears the name. Over a link that loses the link and leaves its target as it was; over a device node or
a pipe it takes it from every other program. So it goes through links to what they point at, and never over what is no file.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
from pathlib import Path

from device.errors import StoreError

MAX_PASSWORD_BYTES = 65_535
"""As many as MQTT has room for."""


def place_of(path: Path) -> Path:
    """The file that `path` names, there or not. OSError when something else stands there."""
    target = Path(os.path.realpath(path))
    try:
        regular = stat.S_ISREG(target.lstat().st_mode)
    except FileNotFoundError:
        return target
    if not regular:
        raise OSError(errno.EEXIST, "what stands there is not a regular file, choose another name")
    return target


def beginning(path: Path, most: int) -> bytes:
    """So many bytes of a file at most. OSError, also of what is no file: a pipe would be waited for."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(mode := os.fstat(handle).st_mode):
            why = os.strerror(errno.EISDIR) if stat.S_ISDIR(mode) else "it is not a file"
            raise OSError(errno.EISDIR, why, str(path))
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(handle)


def password(path: Path) -> str:
    """The one that stands in the file. OSError; ValueError, which quotes nothing of it."""
    told = beginning(path, MAX_PASSWORD_BYTES + 1)
    if len(told) > MAX_PASSWORD_BYTES:
        raise ValueError(f"{path} is too long for a password")
    try:
        return told.decode().strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no text in UTF-8") from None


def write_whole(path: Path, content: bytes, *, durable: bool = False) -> None:
    """All or nothing. Synced only if it is to be `durable`: not for what can be made again, or is only looked at."""
    unfinished = path.with_name(f".{path.name}.part")
    # Not over what stands there: at a pipe somebody would be waited for, and a link leads elsewhere.
    unfinished.unlink(missing_ok=True)
    with unfinished.open("xb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    unfinished.replace(path)
    if durable:
        settle(path.parent)


def tidy(target: Path) -> None:
    """Take away what killed writers of `target` left: `NAME.PID.part`, where no process has the number, and its journal."""
    unfinished = re.compile(re.escape(target.name) + r"\.(\d+)\.part(-journal)?", re.ASCII)
    # A folder that may be written but not listed, or a file that went meanwhile, is no reason to write nothing.
    with contextlib.suppress(OSError):
        for path in target.parent.iterdir():
            if (found := unfinished.fullmatch(path.name)) and not Path("/proc", found[1]).exists():
                path.unlink()


def settle(path: Path) -> None:
    """Make a file's content, or a folder's entries, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder, and those above it, so that a power cut takes none of them back. It may be there already."""
    missing = [above for above in (path, *path.parents) if not above.exists()]
    path.mkdir(parents=True, exist_ok=True, mode=mode)
    for made in reversed(missing):
        settle(made.parent)


def state(path: Path) -> None:
    """Make the register's own folder. StoreError: something else stands there; OSError as `folder`."""
    if (other := no_folder(path)) is not None:
        raise StoreError(f"state_dir {path} cannot be used, {other} is not a folder: move it away or correct state_dir")
    folder(path, 0o700)


def no_folder(path: Path) -> Path | None:
    """What stands where a folder, or one above it, should be."""
    there = next((above for above in (path, *path.parents) if os.path.lexists(above)), path)
    return there if os.path.lexists(there) and not there.is_dir() else None


def unfit(path: Path) -> str | None:
    """Why this user cannot write into the folder, or make it; with the next step."""
    if (other := no_folder(path)) is not None:
        return f"{other} is not a folder: move it away"
    there = next(above for above in (path, *path.absolute().parents) if above.exists())
    writable = os.access(there, os.W_OK | os.X_OK)
    return None if writable else f"{there} is not writable by this user: chown it to the daemon's user"


def claimed(path: Path, mode: int = 0o644, *, wait: bool = False) -> int:
    """A handle that is alone on a file, made when missing, or on a folder: until it is closed or its process ends, however.

    BlockingIOError: another has it. It is opened to read, so that a lock which root left behind can be taken by others.
    """
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDONLY | os.O_CREAT, mode)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def only_writer(path: Path) -> int:
    """The lock beside a database, held as long as the process lives."""
    try:
        return claimed(path.with_name(f"{path.name}.lock"), 0o600)
    except BlockingIOError as error:
        raise StoreError(f"another daemon writes {path}: stop it first, or give this one its own state_dir") from error
