"""One non-blocking TCP connection, plain or TLS, that tells when the kernel received what it hands out.

On Linux SO_TIMESTAMPING makes recvmsg return, with the data, the wall time at which the kernel took in the last
segment of it: a client that is late in reading does not make the server look late. TLS therefore reads raw
bytes itself and decrypts them in memory.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import struct
import sys
import time
from typing import Any, NamedTuple

_SO_TIMESTAMPING = 37
_RX_SOFTWARE_AND_REPORT = (1 << 3) | (1 << 4)  # SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE
_TIMESPEC = struct.Struct("qq")
_ANCILLARY_BYTES = socket.CMSG_SPACE(3 * _TIMESPEC.size)
READ_BYTES = 16384
_PROBE_S = 2.0
HAS_KERNEL_CLOCK = sys.platform == "linux"


Received = tuple[bytes, int | None]
"""(data, empty at the end of the stream; wall nanoseconds of the kernel, None where it gave none).

A bare tuple, since one is made per read.
"""


class Endpoint(NamedTuple):
    """A resolved address."""

    family: int
    sockaddr: tuple[str, int] | tuple[str, int, int, int]
    host: str
    tls: ssl.SSLContext | None


def resolve(host: str, port: int, tls: ssl.SSLContext | None) -> Endpoint:
    """The address of `host`; of several the first where somebody listens. Raises socket.gaierror when it has none.

    `localhost` often is ::1 first, where a server bound to 127.0.0.1 is not.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, sockaddr = first_listening([(entry[0], entry[4]) for entry in found])
    return Endpoint(family, sockaddr, host, tls)


def first_listening(addresses: list[tuple[int, Any]]) -> tuple[int, Any]:
    """The first of these (family, address) that takes a connection, the first of all when none does."""
    for family, sockaddr in addresses if len(addresses) > 1 else ():
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(_PROBE_S)
            probe.connect(sockaddr)
            return family, sockaddr
    return addresses[0]


def tls_context(ca_file: str | None, *, insecure: bool) -> ssl.SSLContext:
    """A verifying context (system roots, or `ca_file`); `insecure` checks nothing."""
    context = ssl.create_default_context(cafile=ca_file)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Connection:
    """A socket that is connecting, shaking hands (TLS) or ready. Methods raise OSError (ssl.SSLError is one)."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._socket = socket.socket(endpoint.family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if HAS_KERNEL_CLOCK:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _RX_SOFTWARE_AND_REPORT)
        self.fd = self._socket.fileno()
        self._recvmsg = self._socket.recvmsg
        self._out = b""
        self._tls = None if endpoint.tls is None else _Tls(endpoint.tls, endpoint.host)
        self._tcp_up = False
        self.used = False
        """An answer was read from it before: the server may close it at any moment."""
        self._connect_error = self._socket.connect_ex(endpoint.sockaddr)

    @property
    def connected(self) -> bool:
        return self._tcp_up and (self._tls is None or self._tls.ready)

    @property
    def wants_write(self) -> bool:
        return not self._tcp_up or bool(self._out)

    def write(self, data: bytes) -> None:
        """Sends `data` as far as the kernel takes it now; the rest goes out by `flush`."""
        self._out += data if self._tls is None else self._tls.encrypt(data)
        self.flush()

    def flush(self) -> None:
        """Goes on connecting, shaking hands and sending."""
        if not self._tcp_up and not self._finish_connect():
            return
        if self._tls is not None and not self._tls.started:
            self._out += self._tls.handshake(b"")
        if self._out:
            try:
                sent = self._socket.send(self._out)
            except BlockingIOError:
                return
            self._out = self._out[sent:]

    def _finish_connect(self) -> bool:
        error = self._connect_error
        if error in (0, errno.EINPROGRESS):
            error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        try:
            self._socket.getpeername()
        except OSError:
            return False  # still under way
        self._tcp_up = True
        return True

    def read(self) -> Received | None:
        """What has arrived, with its time; None when nothing (or nothing decrypted) has."""
        try:
            data, ancillary, _, _ = self._recvmsg(READ_BYTES, _ANCILLARY_BYTES)
        except BlockingIOError:
            return None
        wall_ns = None
        if ancillary:
            seconds, nanos = _TIMESPEC.unpack_from(ancillary[0][2])
            wall_ns = (seconds * 1_000_000_000 + nanos) or None
        if self._tls is not None and data:
            return self._decrypted(self._tls, data, wall_ns)
        return data, wall_ns

    def _decrypted(self, tls: _Tls, data: bytes, wall_ns: int | None) -> Received | None:
        if not tls.ready:
            self._out += tls.handshake(data)
            self.flush()
            data = b""  # the hand-shake took it in; what follows it in the same read is decrypted below
        plain, ended = tls.decrypt(data)
        return (plain, wall_ns) if plain or ended else None

    def is_stale(self) -> bool:
        """Something arrived, or the server closed, while the connection was idle: not to be used again."""
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        self._socket.close()


class _Tls:
    """TLS in memory: bytes in, bytes out."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._waiting: list[bytes] = []
        self.started = False
        self.ready = False

    def handshake(self, data: bytes) -> bytes:
        """Takes bytes of the server, gives bytes for it: hand-shake, then what waited for its end."""
        self.started = True
        self._incoming.write(data)
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return self._outgoing.read()
        self.ready = True
        return self._outgoing.read() + self.encrypt(b"")

    def encrypt(self, data: bytes) -> bytes:
        """Ciphertext of `data`, kept back until the hand-shake is done."""
        self._waiting.append(data)
        if not self.ready:
            return b""
        self._object.write(b"".join(self._waiting))
        self._waiting.clear()
        return self._outgoing.read()

    def decrypt(self, data: bytes) -> tuple[bytes, bool]:
        """(plaintext, the stream has ended)."""
        self._incoming.write(data)
        pieces: list[bytes] = []
        if not self.ready:
            return b"", False
        try:
            while piece := self._object.read(READ_BYTES):
                pieces.append(piece)
        except ssl.SSLWantReadError:
            return b"".join(pieces), False
        except ssl.SSLZeroReturnError:
            pass  # the server said goodbye
        return b"".join(pieces), True


def hold_kernel_clock(limit_s: float = 0.2) -> socket.socket | None:
    """A socket that keeps the kernel stamping what it receives; keep it open. None where the kernel does not.

    The kernel switches stamping on with the first socket that asks, some milliseconds after it asked: the first
    answers of a load would go without. So this waits, on a datagram to itself, until a stamp comes.
    """
    if not HAS_KERNEL_CLOCK:
        return None
    holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    holder.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _RX_SOFTWARE_AND_REPORT)
    holder.bind(("127.0.0.1", 0))
    holder.settimeout(limit_s)
    end_s = time.perf_counter() + limit_s
    while time.perf_counter() < end_s:
        holder.sendto(b"x", holder.getsockname())
        if holder.recvmsg(1, _ANCILLARY_BYTES)[1]:
            return holder
    holder.close()
    return None
