"""Our end of TLS where we are the client: whom to believe, and who we are, from files; each mistake names its file."""

from __future__ import annotations

import ssl
from pathlib import Path

from device.errors import SyncError, first_line


def context(ca_file: str | None, certificate_file: str | None = None, key_file: str | None = None) -> ssl.SSLContext:
    """Without `ca_file` whom this machine believes. SyncError in one sentence for files that cannot be used."""
    readable(ca_file, certificate_file, key_file)
    try:
        made = ssl.create_default_context(cafile=ca_file)
    except (ssl.SSLError, ValueError) as error:
        raise SyncError(f"{ca_file} holds no certificate: copy the ca.pem of headquarters' authority there") from error
    if certificate_file is not None:
        try:
            # Never asked for at a terminal: there is none.
            made.load_cert_chain(certificate_file, key_file, password="")
        except (ssl.SSLError, ValueError) as error:
            files = certificate_file if key_file in {None, certificate_file} else f"{certificate_file} with {key_file}"
            raise SyncError(
                f"{files} holds no certificate with its own key ({first_line(error)}): bring both, in PEM, without passphrase"
            ) from error
    return made


def readable(*files: str | None) -> None:
    """SyncError names the first that is not: the library's own error names none."""
    for file in filter(None, files):
        try:
            Path(file).open("rb").close()
        except OSError as error:
            raise SyncError(
                f"{file} cannot be read ({error.strerror}): put the file there, or its path or rights right"
            ) from error
