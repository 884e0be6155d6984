"""A stick between register and headquarters, as a carrier at either end.

| under `FOLDER/tillside/`             | holds                                                                                |
|--------------------------------------|--------------------------------------------------------------------------------------|
| `up/DEVICE/000001-SHA256.batch`      | a batch; the number orders them, the hash is of its bytes. Before it stands the      |
|                                      | register's signature, `sync.identity.signed`                                         |
| `up/DEVICE/000001-SHA256.health`     | how the register is (`sync.health`), the same way                                    |
| `up/DEVICE/000001-SHA256.forgotten`  | how far it has forgotten (`sync.forget_list`), the same way                          |
| `down/DEVICE/SHA256.ack`             | headquarters' acknowledgement of the batch with that hash, signed (`sync.seal`)      |
| `down/DEVICE/SHA256.forget`          | what comes next of the list of the forgotten, the same way                           |
| `bundles/`                           | the bundle repository as headquarters serves it                                      |

One stick serves all registers of a shop. Files appear whole: written beside, synced, renamed. A batch whose bytes do not have the
hash in its name was cut short or damaged on the way: it is told and left, and the register writes it again.

A stick is not to be believed: links are not followed, only plain files and folders are read, nothing is longer than on the wire,
names that are not ours are passed over, and a folder of more entries than we would ever write is refused. The name of the folder
says which register a batch is from, as the topic does, and whoever holds the stick can write there: what is not signed by that
register is left out. An acknowledgement needs headquarters' signature.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from device.errors import SyncError
from sync import durable, envelope, forget_list, seal
from sync.carrier import Event, Message
from sync.identity import signed
from sync.identity.signed import Signer, Verifier
from sync.seal import Sealer, Trusted

MAX_BATCHES: Final = 2000
"""Of one register in one export: 200,000 receipts; what waits beyond goes the next time."""
MAX_ENTRIES: Final = 10_000
_BATCH: Final = re.compile(r"(\d{6})-([0-9a-f]{64})\.(batch|health|forgotten)", re.ASCII)
_ANSWER: Final = re.compile(r"([0-9a-f]{64})\.(ack|forget)", re.ASCII)
_MAX_FILE_BYTES: Final = envelope.MAX_WIRE_BYTES + signed.MAX_SIGNATURE_BYTES
_TOPICS: Final = {"batch": envelope.receipts_topic, "health": envelope.health_topic, "forgotten": forget_list.progress_topic}
_ANSWERS: Final = {seal.ACKNOWLEDGEMENT: envelope.acknowledgement_topic, seal.FORGET: forget_list.page_topic}


class Outgoing:
    """The register's end. Each batch that is published is a file; `next` gives the acknowledgements that came back."""

    def __init__(self, folder: Path, device: str, trusted: Trusted, signer: Signer | None) -> None:
        self._base = _base(folder)
        self._up, self._down = self._base / "up" / device, self._base / "down" / device
        self._device = device
        self._trusted = trusted
        self._signer = signer
        self.trouble: str | None = None
        """Why nothing more can be written."""
        self.unsigned = 0
        with said(folder):
            self._names = {found[0]: found[2] for found in _named(self._base, "up", device, _BATCH)}
            self._answers = [found[0] for found in _named(self._base, "down", device, _ANSWER)]
        self._last = 0
        self._written: set[str] = set()
        self._unheard = iter(self._answers)

    @property
    def written(self) -> int:
        """Batches that are on the stick, by this export or whole from an earlier one."""
        return sum(name.endswith(".batch") for name in self._written)

    def publish(self, topic: str, payload: bytes) -> bool:
        kind = _kind(_TOPICS, topic, self._device)
        if self.trouble is not None:
            return False
        sha256 = envelope.fingerprint(payload)
        try:
            # By its kind too: whoever holds the stick may have given it another.
            ours = (name for name, of in self._names.items() if of == sha256 and name.endswith(kind))
            name = next(ours, None)
            if name is None or not self._stands(name, topic, payload):
                name = name or f"{self._last + 1:06}-{sha256}.{kind}"
                _make(self._base, "up", self._device)
                _write(self._up / name, payload if self._signer is None else self._signer.signed(topic, payload))
                self._names[name] = sha256
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return False
        self._last = int(name[:6])
        self._written.add(name)
        return True

    def next(self, seconds: float) -> Event | None:
        del seconds
        for name in self._unheard:
            kind = name.rpartition(".")[2]
            with said(self._down):
                content = _read(self._down / name, seal.MAX_SEALED_BYTES[kind])
            try:
                answer = self._trusted.opened(self._device, content or b"", kind)
            except envelope.BadAcknowledgementError:
                self.unsigned += 1
                continue
            return Message(_ANSWERS[kind](self._device), answer)
        return None

    def clear(self, acknowledged: frozenset[str] | None = None) -> None:
        """Take away our own files that are done with: all batches but those just written; or these, and the answers to them."""
        done = {name for name, sha256 in self._names.items() if acknowledged is not None and sha256 in acknowledged}
        if acknowledged is None:
            done = set(self._names) - self._written
        with suppress(OSError):  # a stick that cannot be written now is tidied up the next time
            for name in done:
                (self._up / name).unlink()
            for name in self._answers if acknowledged is not None else ():
                (self._down / name).unlink()

    def close(self) -> None: ...

    def _stands(self, name: str, topic: str, payload: bytes) -> bool:
        content = _read(self._up / name, _MAX_FILE_BYTES)
        if content is None or self._signer is None:
            return content == payload
        return self._signer.is_ours(content, topic, payload)


class Incoming:
    """Headquarters' end: batches of every register on the stick; each acknowledgement that is published is a file."""

    def __init__(self, folder: Path, sealer: Sealer, verifier: Verifier) -> None:
        self._folder = folder
        self._base = _base(folder)
        self._sealer = sealer
        self._verifier = verifier
        self._batches = self._listed()
        self.devices: set[str] = set()
        self.read = self.answered = self.batches = 0
        self.damaged: list[Path] = []
        self.strange: list[str] = []
        """Why each of the files was left out that no register here has signed."""
        self.trouble: str | None = None
        """Why acknowledgements cannot be written."""

    def next(self, seconds: float) -> Event | None:
        del seconds
        if self.trouble is not None:
            return None
        with said(self._folder):
            for device, (name, sha256, kind) in self._batches:
                path = self._base / "up" / device / name
                file = signed.read(_read(path, _MAX_FILE_BYTES) or b"")
                if len(file.payload) > envelope.MAX_WIRE_BYTES or envelope.fingerprint(file.payload) != sha256:
                    self.damaged.append(path)
                    continue
                topic = _TOPICS[kind](device)
                if (why := self._verifier.why_not(device, topic, file)) is not None:
                    self.strange.append(why)
                    continue
                self.devices.add(device)
                self.read += 1
                self.batches += kind == "batch"
                return Message(topic, file.payload, self.read)
        return None

    def publish(self, topic: str, payload: bytes) -> bool:
        device = next(device for device in self.devices if topic in {answers(device) for answers in _ANSWERS.values()})
        kind = _kind(_ANSWERS, topic, device)
        try:
            _make(self._base, "down", device)
            name = f"{forget_list.answered(payload)}.{kind}"
            _write(self._base / "down" / device / name, self._sealer.seal(device, payload, kind))
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return False
        self.answered += 1
        return True

    def settle(self, message: Message) -> None: ...

    def close(self) -> None: ...

    def _listed(self) -> Iterator[tuple[str, tuple[str, str, str]]]:
        for device in sorted(entry for entry in _entries(self._base, "up") if envelope.is_device(entry)):
            for found in _named(self._base, "up", device, _BATCH):
                yield device, (found[0], found[2], found[3])


@contextmanager
def said(folder: Path) -> Iterator[None]:
    """SyncError in one sentence for a stick that cannot be read."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise SyncError(f"the stick at {folder} cannot be read ({why}): put it in again and repeat, nothing is lost") from error


def _kind(topics: Mapping[str, Callable[[str], str]], topic: str, device: str) -> str:
    return next(kind for kind, topic_of in topics.items() if topic_of(device) == topic)


def bundles(folder: Path) -> Path | None:
    """The bundle repository on the stick, or None without one that is all plain files."""
    base = _base(folder)
    with said(folder):
        for part in ("metadata", "targets"):
            if not _is_folder(base, "bundles", part):
                return None
            for entry in _entries(base, "bundles", part):
                if not stat.S_ISREG((base / "bundles" / part / entry).lstat().st_mode):
                    return None
    return base / "bundles"


def _base(folder: Path) -> Path:
    if not folder.is_dir():
        raise SyncError(f"no stick at {folder}: put it in, or name the folder where it is mounted")
    return folder / "tillside"


def _named(base: Path, way: str, device: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    return [found for entry in sorted(_entries(base, way, device)) if (found := pattern.fullmatch(entry)) is not None]


def _entries(base: Path, *parts: str) -> list[str]:
    """None of a folder that is missing or is none; SyncError for more than we would ever write."""
    if not _is_folder(base, *parts):
        return []
    entries = []
    with os.scandir(base.joinpath(*parts)) as found:
        for entry in found:
            entries.append(entry.name)
            if len(entries) > MAX_ENTRIES:
                raise SyncError(
                    f"{base.joinpath(*parts)} holds more than {MAX_ENTRIES} files, and we never wrote so many: use an empty stick"
                )
    return entries


def _is_folder(base: Path, *parts: str) -> bool:
    """Nor is it, or one above it on the stick, a link."""
    with suppress(FileNotFoundError, NotADirectoryError):
        path = base
        for part in ("", *parts):
            path /= part
            if not stat.S_ISDIR(path.lstat().st_mode):
                return False
        return True
    return False


def _make(base: Path, *parts: str) -> None:
    path = base
    for part in ("", *parts):
        path /= part
        with suppress(FileExistsError):
            path.mkdir()
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, f"{path} is a link or a file")


def _write(path: Path, content: bytes) -> None:
    try:
        durable.write(path, content)
    except OSError:
        with suppress(OSError):
            path.with_name(path.name + ".part").unlink(missing_ok=True)
        raise


def _read(path: Path, most: int) -> bytes | None:
    """None for what is missing, no plain file, or longer."""
    try:
        # Without O_NONBLOCK a pipe by that name would hold us up for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO, errno.ENOENT}:
            return None
        raise
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode) or state.st_size > most:
            return None
        content = bytearray()
        while len(content) <= most and (piece := os.read(handle, most + 1 - len(content))):
            content += piece
    finally:
        os.close(handle)
    return bytes(content) if len(content) <= most else None
