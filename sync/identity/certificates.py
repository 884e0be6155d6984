"""X.509 as this system uses it: keys of P-256, one authority, leaves that are either a client or a server. Pure.

| certificate   | subject's common name | good for       | valid     | other names                          |
|---------------|-----------------------|----------------|-----------|--------------------------------------|
| the authority | `tillside authority`  | signing leaves | 10 years  |                                      |
| a register    | its `device`          | TLS clients    | 90 days   |                                      |
| headquarters  | `headquarters`        | TLS clients    | 397 days  |                                      |
| a server      | its first name        | TLS servers    | 397 days  | every host name or address it has    |

A register's certificate is no server's and a server's no client's: whoever steals one cannot play the other part. A leaf and its
key stand in one PEM file, so that a renewal is one rename and no program ever sees the one without the other.

The list of the revoked is valid from when the authority is until it ends: a broker that was not reloaded for a month must not
turn everybody away.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.identity.words import RefusedError

AUTHORITY_VALID: Final = timedelta(days=3650)
REGISTER_VALID: Final = timedelta(days=90)
OWN_VALID: Final = timedelta(days=397)
RENEW_LEFT: Final = timedelta(days=30)
"""A leaf is renewed once no more than this is left of it."""
_EARLIER: Final = timedelta(days=1)
"""Registers without a battery for their clock lag behind."""

Key = ec.EllipticCurvePrivateKey
Public = ec.EllipticCurvePublicKey


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def name_of(certificate: x509.Certificate | x509.CertificateSigningRequest) -> str | None:
    """The common name; None unless there is exactly one."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else None


def serial_of(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:x}"


def public_bytes(certificate: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """The public key (DER of SubjectPublicKeyInfo): what makes two requests the same requester."""
    return certificate.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def new_authority(key: Key, at: datetime) -> x509.Certificate:
    name = _name("tillside authority")
    builder = _builder(name, name, key.public_key(), at, AUTHORITY_VALID)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs=False), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return builder.sign(key, hashes.SHA256())


def client(authority: x509.Certificate, key: Key, name: str, public: Public, at: datetime,
           valid: timedelta) -> x509.Certificate:  # fmt: skip
    return _leaf(authority, key, name, public, at, valid, ExtendedKeyUsageOID.CLIENT_AUTH).sign(key, hashes.SHA256())


def server(authority: x509.Certificate, key: Key, names: Sequence[str], public: Public,
           at: datetime) -> x509.Certificate:  # fmt: skip
    builder = _leaf(authority, key, names[0], public, at, OWN_VALID, ExtendedKeyUsageOID.SERVER_AUTH)
    others = x509.SubjectAlternativeName([_other_name(name) for name in names])
    return builder.add_extension(others, critical=False).sign(key, hashes.SHA256())


def request(name: str, key: Key) -> bytes:
    """A signing request, PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(name))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def read_request(content: bytes, name: str) -> tuple[x509.CertificateSigningRequest, Public]:
    """RefusedError unless it is signed by its own key of P-256 and names this register; what else it asks for is not given."""
    try:
        asked = x509.load_pem_x509_csr(content)
        public = asked.public_key()
        signed = asked.is_signature_valid
        named = name_of(asked)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise RefusedError(f"the request of register '{name}' is none: update the register") from error
    if not signed or not isinstance(public, Public) or not isinstance(public.curve, ec.SECP256R1):
        raise RefusedError(f"the request of register '{name}' is not signed by a key of P-256 of its own: update the register")
    if named != name:
        raise RefusedError(f"the request names '{named}', and '{name}' asks: a register gets a certificate in its own name only")
    return asked, public


def revoked(authority: x509.Certificate, key: Key, serials: Iterable[tuple[str, datetime]], number: int) -> bytes:
    """The list of the revoked, PEM. `serials`: in hexadecimal, and since when. `number` grows with every list."""
    # Not of today: what was made by a clock that ran ahead is good after it was set, too.
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.subject).last_update(authority.not_valid_before_utc)
    builder = builder.next_update(authority.not_valid_after_utc).add_extension(x509.CRLNumber(number), critical=False)
    builder = builder.add_extension(_issuer(authority), critical=False)
    for serial, since in serials:
        one = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(since)
        builder = builder.add_revoked_certificate(one.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _leaf(
    authority: x509.Certificate, key: Key, name: str, public: Public, at: datetime, valid: timedelta,
    purpose: x509.ObjectIdentifier,
) -> x509.CertificateBuilder:  # fmt: skip
    assert public_of(authority) == key.public_key(), "the authority's own key"
    builder = _builder(_name(name), authority.subject, public, at, valid)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return builder.add_extension(_issuer(authority), critical=False)


def public_of(certificate: x509.Certificate) -> Public:
    public = certificate.public_key()
    assert isinstance(public, Public), "nobody here makes other keys"
    return public


def _builder(subject: x509.Name, issuer: x509.Name, public: Public, at: datetime, valid: timedelta) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(at - _EARLIER).not_valid_after(at + valid)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _other_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _issuer(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(public_of(authority))


def _usage(*, signs: bool) -> x509.KeyUsage:
    """A leaf signs handshakes, the authority certificates and lists."""
    return x509.KeyUsage(
        digital_signature=signs, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=not signs, crl_sign=not signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip
