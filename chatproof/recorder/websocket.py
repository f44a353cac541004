"""The one module that speaks WebSocket (RFC 6455): what follows the handshake, and who closed."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import h11
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake, InvalidURI, PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from chatproof.recorder import handshake
from chatproof.recorder.handshake import BROKEN, SWITCHING, why
from chatproof.recorder.room import FULL
from chatproof.recorder.watch import MAX_READS
from chatproof.recording import End, Exchange, Read
from chatproof.wire_trouble import words_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.abc import ByteStream

    from chatproof.recorder.handshake import Talk
    from chatproof.recorder.watch import Watch
    from chatproof.recording import Request
    from chatproof.wire import Wire

__all__ = ["SocketLine"]

_CLOSE_SECONDS = 2.0
_NORMAL = 1000
_NO_CLOSE_FRAME = 1006
_ECHOES = frozenset({1000, 1001, 1005})
"""What a backend says when it merely agrees to our closing; any other code it chose itself."""


class SocketLine:
    """One connection for one WebSocket; the watch sees the handshake, the line keeps what follows a 101."""

    def __init__(self, wire: Wire, next_number: Callable[[], int], talk: Talk) -> None:
        self.number = 0
        self._wire = wire
        self._next_number = next_number
        self._asked = talk
        self._talking: _Talking | None = None

    async def exchange(self, request: Request, watch: Watch, *, connect_seconds: float, write_seconds: float) -> None:
        """Sends the handshake, and where it was granted does what was asked; every wait has its limit."""
        self._talking = None
        try:
            uri = parse_uri("ws" + request.url.removeprefix("http"))
            head = handshake.head_of(request, uri.resource_name)
            context = self._wire.ssl_context() if uri.secure else None
            with anyio.fail_after(connect_seconds):
                stream = await handshake.connected(uri.host, uri.port, context)
        except (h11.LocalProtocolError, InvalidURI, UnicodeError, ValueError, OSError, *BROKEN) as error:
            timed_out = type(error) is TimeoutError
            watch.failed(time.monotonic_ns(), "no connection within the time limit" if timed_out else words_for(error))
            return
        self.number = self._next_number()
        try:
            rest = await handshake.shake(stream, head, watch, write_seconds)
            if watch.head is not None and watch.head.status == SWITCHING:
                offered = [Subprotocol(name.strip()) for name in _offered(request)]
                protocol = ClientProtocol(uri, subprotocols=offered, state=State.OPEN, max_size=watch.limits.max_bytes)
                protocol.key = request.header("sec-websocket-key") or ""
                self._talking = _Talking(stream, protocol, watch, self._asked)
                await self._talking.run(rest)
        finally:
            with anyio.move_on_after(_CLOSE_SECONDS, shield=True), contextlib.suppress(OSError, *BROKEN):
                await anyio.aclose_forcefully(stream)

    def finished(self, exchange: Exchange) -> Exchange:
        """The record of the handshake with the messages, and the finding `websocket`."""
        if self._talking is not None:
            return self._talking.finished(exchange)
        return _with_finding(exchange, opened=False, messages=0, close_code=None)

    async def drop(self) -> None:
        """Nothing is left open between exchanges."""


class _Talking:
    """What follows a 101."""

    def __init__(self, stream: ByteStream, protocol: ClientProtocol, watch: Watch, asked: Talk) -> None:
        self._stream = stream
        self._protocol = protocol
        self._watch = watch
        self._asked = asked
        self._since_ns = time.monotonic_ns()
        self._writing = anyio.Lock()
        self._enough = anyio.Event()
        self._opened = False
        self._reads: list[tuple[int, bytes]] = []
        self._bytes = 0
        self._part = bytearray()
        self._end: End | None = None
        self._ended_ns = 0
        self._close_code: int | None = None
        self._trouble = ""

    async def run(self, rest: bytes) -> None:
        """Talks as asked, and closes; `rest` is what came with the head of the answer."""
        refused = self._refused()
        if refused:
            self._finish(End.NO_BODY, refused)
            return
        self._opened = True
        self._take(rest)
        if self._end is None:
            async with anyio.create_task_group() as group:
                group.start_soon(self._listen, group.cancel_scope)
                await self._speak()
                group.cancel_scope.cancel()
        await self._leave()

    def _refused(self) -> str:
        """Why the 101 opens no WebSocket; empty where it does."""
        head = self._watch.head
        headers = Headers() if head is None else Headers(head.headers)
        try:
            self._protocol.process_response(Response(SWITCHING, "", headers))
        except InvalidHandshake as error:
            return f"the 101 opens no WebSocket: {error}"
        return ""

    async def _speak(self) -> None:
        with anyio.move_on_after(self._watch.limits.total_seconds) as whole:
            try:
                for text in self._asked.send:
                    if self._protocol.state is not State.OPEN:
                        break  # the backend is closing, as `_listen` will say
                    self._protocol.send_text(text.encode())
                    await self._flush()
            except BROKEN as error:
                self._closed(End.RESET, _NO_CLOSE_FRAME, why(error))
                return
            await self._enough.wait()
            if self._asked.hold is not None:
                await self._asked.hold.wait()
        self._finish(End.TOTAL_DEADLINE if whole.cancelled_caught else End.ABORTED)

    async def _listen(self, everything: anyio.CancelScope) -> None:
        limits = self._watch.limits
        await self._answered()
        while self._end is None:
            seconds = limits.total_seconds if self._enough.is_set() else limits.idle_seconds
            with anyio.move_on_after(seconds) as waiting:
                await self._receive()
            if waiting.cancelled_caught:
                self._finish(End.TOTAL_DEADLINE if self._enough.is_set() else End.IDLE_DEADLINE)
        everything.cancel()

    async def _receive(self) -> None:
        try:
            self._take(await self._stream.receive())
            await self._answered()
        except anyio.EndOfStream:
            self._closed(End.CLOSED, _NO_CLOSE_FRAME)
        except BROKEN as error:
            self._closed(End.RESET, _NO_CLOSE_FRAME, why(error))

    async def _answered(self) -> None:
        """Sends what the protocol asks for, pongs say, before anybody may close."""
        with contextlib.suppress(*BROKEN):  # the next read tells
            await self._flush()
        if len(self._reads) >= self._asked.messages:
            self._enough.set()

    async def _flush(self) -> None:
        async with self._writing:
            for data in self._protocol.data_to_send():
                if data:
                    await self._stream.send(data)

    def _take(self, data: bytes) -> None:
        """What one read brought: messages, the end of them, or something that is no WebSocket's."""
        at_ns = time.monotonic_ns()
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._frame(event, at_ns)
        wrong = self._protocol.parser_exc
        if isinstance(wrong, PayloadTooBig):
            self._finish(End.BYTE_CAP, f"a message has more than {self._watch.limits.max_bytes} bytes")
        elif wrong is not None:
            self._finish(End.MALFORMED, f"what came is no WebSocket's: {wrong}")

    def _frame(self, frame: Frame, at_ns: int) -> None:
        if frame.opcode is Opcode.CLOSE and self._protocol.close_rcvd is not None:
            code = int(self._protocol.close_rcvd.code)
            if self._protocol.close_rcvd_then_sent or code not in _ECHOES:
                self._closed(End.CLOSED, code)
        elif frame.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            self._part += frame.data
            if frame.fin:
                self._message(bytes(self._part), at_ns)
                self._part.clear()

    def _message(self, data: bytes, at_ns: int) -> None:
        watch = self._watch
        self._bytes += len(data)
        if self._bytes > watch.limits.max_bytes or len(self._reads) >= MAX_READS:
            self._finish(End.BYTE_CAP, f"more than {watch.limits.max_bytes} bytes or {MAX_READS} messages came")
            return
        self._reads.append((at_ns, data))
        watch.room.take(len(data), reads=1)
        if watch.room.full:
            self._finish(End.BYTE_CAP, FULL)

    async def _leave(self) -> None:
        """Agrees to the backend's closing, or closes and waits for its word, within a bound."""
        with anyio.move_on_after(_CLOSE_SECONDS), contextlib.suppress(anyio.EndOfStream, *BROKEN):
            if self._protocol.state is State.OPEN:
                self._protocol.send_close(_NORMAL)
            await self._flush()
            while self._protocol.close_rcvd is None and self._protocol.parser_exc is None:
                self._take(await self._stream.receive())

    def _closed(self, end: End, code: int, trouble: str = "") -> None:
        """The backend closed; where we were about to as well, its word counts."""
        if self._end is End.ABORTED:
            self._end = None
        if self._end is None:
            self._close_code = code
        self._finish(end, trouble)

    def _finish(self, end: End, trouble: str = "") -> None:
        if self._end is None:
            self._end, self._trouble, self._ended_ns = end, trouble, time.monotonic_ns()

    def finished(self, exchange: Exchange) -> Exchange:
        """The exchange with the messages; one that was interrupted is recorded as far as it came."""
        base_ns = self._since_ns - exchange.ended_ns
        self._finish(End.ABORTED)
        kept = replace(
            exchange,
            reads=tuple(Read(at_ns=at_ns - base_ns, data=data) for at_ns, data in self._reads),
            end=self._end or End.ABORTED,
            ended_ns=self._ended_ns - base_ns,
            trouble=self._trouble or exchange.trouble,
            findings={name: value for name, value in exchange.findings.items() if name != "surplus_bytes"},
        )
        return _with_finding(kept, opened=self._opened, messages=len(self._reads), close_code=self._close_code)


def _offered(request: Request) -> list[str]:
    """The subprotocols that the request names, of which the backend may choose one."""
    values = [value for name, value in request.headers if name.lower() == "sec-websocket-protocol"]
    return [part for value in values for part in value.split(",") if part.strip()]


def _with_finding(exchange: Exchange, *, opened: bool, messages: int, close_code: int | None) -> Exchange:
    told = {"opened": opened, "messages": messages, "close_code": close_code}
    return replace(exchange, findings={**exchange.findings, "websocket": told})
