"""Our end of mutual TLS: who asks shows a certificate of the chain's authority that is not revoked.

The list of the revoked is `crl.pem` beside the authority's certificate, where the authority writes it; without that file nobody
is revoked. All files are looked at before each handshake and read again once they have changed: who is revoked stays outside
without a restart, and a new certificate of our own is taken up.
"""

from __future__ import annotations

import logging
import ssl
import threading
from pathlib import Path
from typing import Self

from device.errors import SyncError, first_line
from sync import client_tls

log = logging.getLogger("tillside.headquarters")


class MutualTls:
    """Any thread may ask. OSError and ValueError: the files cannot be used; through `of` a SyncError that says which."""

    def __init__(self, ca_file: str, certificate_file: str, key_file: str) -> None:
        self._files = (Path(ca_file), Path(certificate_file), Path(key_file), Path(ca_file).with_name("crl.pem"))
        self._turn = threading.Lock()
        self._stamp = self._looked_at()
        self._context = self._made()

    @classmethod
    def of(cls, ca_file: str, certificate_file: str, key_file: str) -> Self:
        client_tls.readable(ca_file, certificate_file, key_file)
        try:
            made = cls(ca_file, certificate_file, key_file)
        except (OSError, ValueError) as error:
            files = ", ".join(dict.fromkeys((ca_file, certificate_file, key_file)))
            raise SyncError(
                f"of {files} one does not hold what it should ({first_line(error)}): the authority's certificate, ours, and its "
                "key, in PEM, without a passphrase"
            ) from error
        if not made._files[-1].exists():
            log.warning("there is no %s: whoever was revoked is let in over https", made._files[-1])
        return made

    def context(self) -> ssl.SSLContext:
        """The same one until a file changes; then, should that not be readable, still the one from before."""
        with self._turn:
            if (stamp := self._looked_at()) != self._stamp:
                self._stamp = stamp
                try:
                    self._context = self._made()
                except (OSError, ValueError) as error:
                    log.warning("certificates in %s cannot be used (%s): those from before are", self._files[0].parent, error)
            return self._context

    def _made(self) -> ssl.SSLContext:
        ca_file, certificate_file, key_file, revoked = self._files
        return server_context(ca_file, certificate_file, key_file, revoked if revoked.exists() else None)

    def _looked_at(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(map(_stamp, self._files))


def server_context(
    ca_file: Path, certificate_file: Path, key_file: Path, revoked: Path | None, shown: ssl.VerifyMode = ssl.CERT_REQUIRED
) -> ssl.SSLContext:
    """Of a server that asks for certificates of that authority, as `shown` says. OSError, ValueError: no such files."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = shown
    context.load_cert_chain(certificate_file, key_file, password="")  # never asked for at a terminal: there is none
    if revoked is not None:
        context.load_verify_locations(revoked)
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    return context


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
