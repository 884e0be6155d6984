"""Everything this program can be asked and cannot do: one base, one class per layer.

A message is one sentence that says what is wrong and what to do about it; it is shown to the installer as it is.
Anything else that is raised is a bug and crashes to the supervisor.
"""

from __future__ import annotations


def first_line(error: BaseException) -> str:
    """What a library said, as a part of a sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


class TillsideError(Exception):
    """The base: the entry point prints the message and exits with status 1."""


class SettingsError(TillsideError):
    """settings.toml is missing or wrong; the message lists every mistake, one a line."""


class SourceError(TillsideError):
    """A port, socket or broker could not be opened, or went away."""


class BundleError(TillsideError):
    """A bundle is missing, damaged, of another format version, or does not answer as its makers promised."""


class StoreError(TillsideError):
    """The edge database could not be opened or written."""


class ScreenLinkError(TillsideError):
    """A message between daemon and screen is not of the agreed form."""


class HistoryError(TillsideError):
    """Receipts for training are missing or unusable."""


class TrainingError(TillsideError):
    """A model could not be made, or did not pass its proof."""


class SyncError(TillsideError):
    """A batch, an acknowledgement or a bundle could not be exchanged."""


class CentralError(TillsideError):
    """The central store could not be opened or written."""


class OutputError(TillsideError):
    """Standard output could not be written."""


def first_of(errors: BaseExceptionGroup, kind: type[TillsideError]) -> BaseException:
    """The first error of tasks that ran together, when all that went wrong is of this kind; else the whole group.

    To be raised in a plain `except BaseExceptionGroup`: what is raised in an `except*` comes out as a group again.
    """
    expected, others = errors.split(kind)
    if expected is None or others is not None:
        return errors
    first: BaseException = expected
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
