"""A file appears whole or not at all, and stays after a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from device.errors import TrainingError
from device.place import claimed, place_of, settle, tidy


@contextmanager
def appears_whole(path: Path) -> Iterator[Path]:
    """Yields where to write; what stands there afterwards becomes `path` by one rename, or what `path` links to.

    TrainingError when it cannot, and when something stands there that is not a regular file.
    """
    with _said(path):
        target = place_of(path)
        tidy(target)
        unfinished = _unfinished(target)
        try:
            yield unfinished
            settle(unfinished)
            unfinished.replace(target)
            settle(target.parent)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


def try_to_write(path: Path) -> None:
    """Begin the file and take it back: a long run must not end without a place for what it found. TrainingError as above."""
    if not path.parent.is_dir():
        raise TrainingError(f"there is no folder {path.parent} to write {path.name} to: make it first")
    with _said(path):
        unfinished = _unfinished(place_of(path))
        # A bundle is a database while it is written, with a journal beside it of a longer name.
        for begun in (unfinished, unfinished.with_name(f"{unfinished.name}-journal")):
            begun.touch()
            begun.unlink()
        settle(unfinished.parent)  # as in the end: a folder may be written to and not opened


def make_folder(folder: Path) -> None:
    """The folder, made when missing, and a file in it begun and taken back; TrainingError when files cannot be put there."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise TrainingError(f"the folder {folder} cannot be made: {error.strerror}") from error
    try_to_write(folder / "file")


@contextmanager
def alone(folder: Path, who: str) -> Iterator[None]:
    """Nobody else who asks writes into the folder meanwhile; TrainingError when somebody does, which begins with `who`."""
    try:
        lock = claimed(folder)
    except BlockingIOError as error:
        raise TrainingError(f"{who} into {folder}: wait for it, or give a folder of its own") from error
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror or error}") from error


def _unfinished(target: Path) -> Path:
    return target.with_name(f"{target.name}.{os.getpid()}.part")
