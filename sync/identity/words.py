"""What a register and the enrolment server say to each other: JSON over TLS 1.2 or later, one POST for each step.

| request          | who may ask                        | body           | answer         |
|------------------|------------------------------------|----------------|----------------|
| GET `/v1/ca`     | anybody                            |                | the authority's certificate, PEM |
| POST `/v1/enrol` | who has a code                     | `Asking`       | `Admission`    |
| POST `/v1/visit` | a register, by its certificate     | `Visit`        | `News`         |

A refusal has a status of 400 or more and the body `Refusal`. Limits: `MAX_ASKED` bytes up, `MAX_TOLD` bytes down.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from sync.envelope import Device

MAX_ASKED: Final = 16_384
MAX_TOLD: Final = 4 * 1024 * 1024
PAGE: Final = 10_000
"""Entries of the list of what is to be forgotten that one visit tells."""

Text = Annotated[str, msgspec.Meta(max_length=8192)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class Asking(msgspec.Struct, frozen=True):
    device: Device
    secret: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{20}\Z")]
    """Of the code, in hexadecimal."""
    request: Text
    """PKCS #10, PEM."""


class Admission(msgspec.Struct, frozen=True):
    certificate: str
    root: str
    """The root metadata that bundles are trusted by."""
    broker_host: str
    broker_port: int
    bundles: str | None
    keys: str
    """The file of `device.shopper.Keyring`."""


class Visit(msgspec.Struct, frozen=True):
    listed: Number = 0
    """Up to which number this register has the list of what is to be forgotten ..."""
    forgotten: Number = 0
    """... and up to which it holds nothing of it any more."""
    request: Text | None = None
    """For another certificate."""


class Tombstone(msgspec.Struct, frozen=True, array_like=True):
    """One shopper to be forgotten: by the SHA-256 of the pseudonym, so that the list names nobody."""

    number: Annotated[int, msgspec.Meta(ge=1, le=2**62)]
    hash: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    lifted: bool = False
    """To be forgotten no more: who withdrew has agreed again. A register of before forgets all the same."""


class News(msgspec.Struct, frozen=True):
    keys: str
    tombstones: Annotated[list[Tombstone], msgspec.Meta(max_length=PAGE)]
    """Those after `listed`, in order; a full page: ask again."""
    certificate: str | None = None


class Refusal(msgspec.Struct, frozen=True):
    refused: Annotated[str, msgspec.Meta(max_length=500)]
