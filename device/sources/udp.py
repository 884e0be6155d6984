"""Datagrams: tills that push to a video recorder without caring whether anybody hears them.

A datagram is a message or a part of one. It may come twice, late or not at all, and nothing here can mend that: dialects know a
repeated line by its number. A multicast address is joined. What arrives faster than it is dealt with is dropped, newest first,
and said: the operating system would do the same, silently.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from device.errors import SourceError
from device.sources import LOST, Arrivals, now

if TYPE_CHECKING:
    from datetime import datetime

    from device.journal import Journal
    from device.settings import UdpSource

MAX_WAITING: Final = 1000
"""Datagrams: some seconds of the busiest till."""
RECEIVE_BUFFER: Final = 1 << 20


async def arrivals(source: UdpSource, name: str, journal: Journal) -> Arrivals:
    """Never ends by itself. Raise SourceError when the address cannot be listened at."""
    waiting: asyncio.Queue[tuple[bytes, datetime]] = asyncio.Queue(MAX_WAITING)
    place = f"{source.host}:{source.port}"
    try:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Mailbox(source, name, journal, waiting), sock=_socket(source)
        )
    except OSError as error:
        raise SourceError(f"{name}: cannot listen at {place} (UDP): {error.strerror or error}") from error
    journal.tell(f"{name}: listening at {place} (UDP)")
    try:
        while True:
            yield await waiting.get()
    finally:
        transport.close()


class _Mailbox(asyncio.DatagramProtocol):
    def __init__(self, source: UdpSource, name: str, journal: Journal, waiting: asyncio.Queue[tuple[bytes, datetime]]) -> None:
        self._source = source
        self._name = name
        self._journal = journal
        self._waiting = waiting

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        sender = str(addr[0])
        if self._source.sender is not None and sender != self._source.sender:
            self._journal.say(f"{self._name}.sender", f"{self._name}: datagrams from {sender} are not from this till and ignored")
            return
        if not data:
            return  # to a decoder that would be silence
        if self._source.line_end and not data.endswith(LOST):
            data += LOST
        try:
            self._waiting.put_nowait((data, now()))
        except asyncio.QueueFull:
            self._journal.say(f"{self._name}.flood", f"{self._name}: datagrams come faster than they are read and are dropped")


def _socket(source: UdpSource) -> socket.socket:
    """Bound; raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(source.host, source.port, type=socket.SOCK_DGRAM)[0]
    mailbox = socket.socket(family, socket.SOCK_DGRAM)
    try:
        mailbox.setblocking(False)
        mailbox.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        group = ipaddress.ip_address(str(address[0]).partition("%")[0])
        if group.is_multicast:
            # Other recorders on this machine may have joined the same group.
            mailbox.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mailbox.bind(address)
        if group.is_multicast and group.version == 4:
            mailbox.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group.packed + socket.INADDR_ANY.to_bytes(4, "big"))
        elif group.is_multicast:
            mailbox.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group.packed + b"\0\0\0\0")
    except OSError:
        mailbox.close()
        raise
    return mailbox
