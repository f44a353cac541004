"""One connection: opened, secured, written and read without blocking, each read with its time of arrival."""

from __future__ import annotations

import contextlib
import errno
import ssl
import time
from typing import TYPE_CHECKING, Any, Final

from .causes import HTTP2, Trouble, system_trouble, tls_trouble
from .dialing import dial, progress
from .lags import STEP_NS
from .stamps import CONTROL_BYTES, TIMESPEC
from .tls import TlsLayer

if TYPE_CHECKING:
    import _socket
    from collections.abc import Callable

    from .addresses import Address
    from .owner import Owner
    from .shared import Shared

__all__ = ["Connection"]

_MOST_BYTES: Final = 16384  # of one read: no stream keeps the others waiting for long
_timespec = TIMESPEC.unpack
_now = time.monotonic_ns
_INTERRUPTED_NS: Final = 100_000
_NO_ADDRESS: Final = Trouble("connect", "the host has no address")


class Connection:
    """
    A connection to the first of some addresses that answers; `untried` are the rest, `dialled_ns` is when it was tried.

    `lag_max_ns` is the longest time from kernel to read in the present exchange, `stamped` says that each of its reads
    had the kernel's stamp. An owner that is told of an end closes it.
    """

    __slots__ = (
        "_network_ns", "_outgoing", "_owner", "_receive", "_shared", "_socket", "_tls",
        "_waiting_ns", "address", "connected_ns", "descriptor", "dialled_ns", "lag_max_ns", "local_port",
        "stamped", "untried",
    )  # fmt: skip

    def __init__(self, shared: Shared, owner: Owner, addresses: list[Address]) -> None:
        self._shared = shared
        self._owner: Owner | None = owner
        self.untried = addresses
        self._socket: _socket.socket | None = None
        self._receive: Callable[..., Any] | None = None
        self._tls: TlsLayer | None = None
        self._outgoing: bytes | memoryview = b""
        self._network_ns = 0
        self._waiting_ns = 0
        self.address: Address | None = None
        self.connected_ns: int | None = None
        self.descriptor = -1
        self.dialled_ns = 0
        self.lag_max_ns = 0
        self.local_port = 0
        self.stamped = shared.clock.supported

    def open(self, trouble: Trouble = _NO_ADDRESS) -> None:
        """Begins to connect to the next address; the last one's trouble is the connection's."""
        while self.untried:
            self.address = address = self.untried.pop(0)
            self._waiting_ns = self.dialled_ns = _now()
            try:
                self._socket = made = dial(address)
                self._receive = made.recvmsg
                self.descriptor = made.fileno()
                self.stamped = self._shared.clock.arm(made)
                # Over loopback the handshake is done by now: no turn of the hub comes between it and the request.
                taken_ns = self._taken(made)
            except OSError as error:
                trouble = system_trouble(error.errno or errno.EIO, connecting=True)
                self._drop_socket()
                continue
            if taken_ns is not None:
                self._connected(made, taken_ns)
            return
        self._lose(trouble)

    def next_address(self) -> bool:
        """Gives the present address up, if there is another; it is opened at once."""
        if not self.untried or self.connected_ns is not None:
            return False
        self._drop_socket()
        self.open()
        return True

    def serve(self, owner: Owner) -> None:
        """Belongs to another exchange from now on."""
        self._owner = owner
        self._network_ns = 0
        self.lag_max_ns = 0
        self.stamped = self._shared.clock.supported
        self._watch(self._read)

    def rest(self, gone: Callable[[], None]) -> None:
        """Belongs to nobody: whatever comes now, `gone` is called (the peer has no reason to send)."""
        self._owner = None
        self._watch(gone)

    def send(self, data: bytes) -> None:
        """Hands bytes to the kernel, at once or as it has room."""
        if self._tls is not None:
            try:
                self._tls.encrypt(data)
            except ssl.SSLError as error:
                self._lose(tls_trouble(error))
                return
            data = self._tls.to_send()
        self._outgoing = data
        self._write()

    def read_once(self) -> None:
        """Reads what has come, if it is open: before it is judged to have been silent."""
        if self.connected_ns is not None:
            self._read()

    def close(self) -> None:
        """Ends the connection; nobody is told."""
        self._owner, self.untried = None, []
        self._drop_socket()

    def _drop_socket(self) -> None:
        if self._socket is not None:
            if self.descriptor >= 0:
                self._shared.sockets.drop(self.descriptor)
            with contextlib.suppress(OSError):
                self._socket.close()
        self._socket = self._receive = self._tls = None
        self.descriptor = -1

    def _watch(self, handler: Callable[[], None], *, writing: bool = False) -> None:
        self._shared.sockets.watch(self.descriptor, handler, writing=writing)

    def _lose(self, trouble: Trouble) -> None:
        if self._owner is not None:
            self._owner.lost(trouble)

    def _taken(self, connection: _socket.socket) -> int | None:
        """How long the network took to connect; None while it has not, then `_opening` is called."""
        taken_ns = progress(connection, _now() - self._waiting_ns)
        if taken_ns is None:
            self._watch(self._opening, writing=True)
        return taken_ns

    def _opening(self) -> None:
        """Looks whether the TCP handshake is done."""
        connection = self._socket
        if connection is None:
            return
        try:
            taken_ns = self._taken(connection)
        except OSError as error:
            self._drop_socket()
            self.open(system_trouble(error.errno or errno.EIO, connecting=True))
            return
        if taken_ns is not None:
            self._connected(connection, taken_ns)

    def _connected(self, connection: _socket.socket, taken_ns: int) -> None:
        now = _now()
        self._network_ns += taken_ns
        self.local_port = connection.getsockname()[1]
        if self._shared.tls_context is None:
            self._established(now)
            return
        self._tls = TlsLayer(self._shared.tls_context, self._shared.host)
        self._watch(self._read)
        self._waiting_ns = now
        self._shake(now)

    def _established(self, now: int) -> None:
        self.connected_ns = now
        if self.address is not None:
            self._shared.answered(self.address)
        self._watch(self._read)
        if self._owner is not None:
            self._owner.opened()

    def _shake(self, now: int, lag_ns: int = 0) -> None:
        """Goes on with the TLS handshake; what is waited for in it is the network's, less our lag by the stamps."""
        tls = self._tls
        if tls is None:
            return
        try:
            done = tls.handshake()
        except ssl.SSLError as error:
            self._flush(tls)  # the alert tells the peer why
            self._lose(tls_trouble(error))
            return
        self._network_ns += max(now - self._waiting_ns - lag_ns, 0)
        self._waiting_ns = _now()
        self._flush(tls)
        if done and tls.protocol == "h2":
            self._lose(HTTP2)
        elif done:
            self._established(_now())

    def _flush(self, tls: TlsLayer) -> None:
        """Sends what TLS itself has to say; handshakes and alerts are far smaller than a send buffer."""
        if (data := tls.to_send()) and self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.send(data)

    def _write(self) -> None:
        connection, data = self._socket, self._outgoing
        if connection is None:
            return
        before = _now()
        try:
            count = connection.send(data)
        except BlockingIOError:
            count = 0
        except OSError:
            # The server may have answered before it closed: the reads will say.
            self._outgoing = b""
            self._watch(self._read)
            return
        now = _now()
        if count < len(data):
            self._outgoing = memoryview(data)[count:]
            self._waiting_ns = now
            self._watch(self._write_and_read, writing=True)
            return
        self._outgoing = b""
        # A send that does not block takes some 20 us. Where it took longer another process had the core, mostly
        # after the bytes had left: the moment before is nearer to the truth.
        if self._owner is not None:
            self._owner.sent(now if now - before < _INTERRUPTED_NS else before, self._network_ns)

    def _write_and_read(self) -> None:
        self._network_ns += _now() - self._waiting_ns
        self._write()
        if self._outgoing:
            self._waiting_ns = _now()
        else:
            self._watch(self._read)
        if self._socket is not None:
            self._read()

    def _read(self) -> None:  # noqa: C901 - in one piece: each call here costs some 50 ns a read
        """Reads once and tells the owner: the hot path."""
        receive = self._receive  # a function in a slot is called faster by way of a local
        if receive is None:
            return
        try:
            data, control, _flags, _address = receive(_MOST_BYTES, CONTROL_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(system_trouble(error.errno or errno.EIO))
            return
        now = _now()
        shared = self._shared
        lag = 0
        if control:
            seconds, rest = _timespec(control[0][2])
            lag = now - (seconds * 1_000_000_000 + rest + shared.clock.offset_ns)
            if lag < 0:
                lag = 0  # the offset is known to some 0.1 us
            elif lag > self.lag_max_ns:
                self.lag_max_ns = lag
            shared.read_lags[lag // STEP_NS] += 1
        elif data:
            self.stamped = False
        owner, tls = self._owner, self._tls
        if owner is None:
            pass
        elif tls is not None:
            self._read_tls(tls, owner, data, now, lag)
        elif data:
            owner.take(data, len(data), now - lag)
        else:
            owner.over(now)

    def _read_tls(self, tls: TlsLayer, owner: Owner, data: bytes, now: int, lag: int) -> None:
        tls.receive(data)
        if self.connected_ns is None and data:
            self._shake(now, lag)
        elif not data:
            shaking = self.connected_ns is None
            what = "closed during the handshake" if shaking else "closed without TLS saying so"
            owner.lost(Trouble("tls" if shaking else "cut", f"the connection was {what}"))
        else:
            try:
                clear, over = tls.clear()
            except ssl.SSLError as error:
                owner.lost(tls_trouble(error))
                return
            self._flush(tls)
            owner.take(clear, len(data), now - lag)
            if over and self._owner is owner:
                owner.over(now - lag)
