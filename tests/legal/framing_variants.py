"""Other ways to frame an answer that HTTP/1.1 allows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from legal.variant import wired, wrapped

from chatproof.fixtures.faults.wrap import head_changed
from chatproof.fixtures.relay import LAST_CHUNK, chunk, head_bytes, pass_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.fixtures.backend.asgi import App, Scope
    from chatproof.fixtures.backend.settings import Settings
    from chatproof.fixtures.faults.wrap import Start
    from chatproof.fixtures.relay import Exchange, Head, Wire, WireFilter

__all__ = ["VARIANTS"]

_MANY_READS = 7


def _heads(change: Callable[[Head], bytes]) -> WireFilter:
    """Answers whose head is written in another way."""

    async def changed(exchange: Exchange, wire: Wire) -> None:
        await wire.write(change(exchange.head))
        async for piece in exchange.pieces:
            await wire.write(chunk(piece) if exchange.head.chunked else piece)
        if exchange.head.chunked:
            await wire.write(LAST_CHUNK)

    return changed


def _chunks(change: Callable[[bytes], bytes], last: bytes = LAST_CHUNK) -> WireFilter:
    """Answers whose chunks are written in another way."""

    async def changed(exchange: Exchange, wire: Wire) -> None:
        if not exchange.head.chunked:
            await pass_on(exchange, wire)
            return
        await wire.write(head_bytes(exchange.head))
        async for piece in exchange.pieces:
            await wire.write(change(piece))
        await wire.write(last)

    return changed


def _names(spell: Callable[[bytes], bytes]) -> Callable[[Head], bytes]:
    return lambda head: head_bytes(replace(head, headers=tuple((spell(name), value) for name, value in head.headers)))


def _mixed(name: bytes) -> bytes:
    letters = [name[at : at + 1] for at in range(len(name))]
    return b"".join(letter.lower() if at % 2 else letter.upper() for at, letter in enumerate(letters))


def _until_close(version: bytes) -> WireFilter:
    """Bodies end where the connection does."""

    async def closing(exchange: Exchange, wire: Wire) -> None:
        kept = (line for line in exchange.head.headers if line[0].lower() not in {b"transfer-encoding", b"connection"})
        extra = ((b"Connection", b"close"),) if version == b"1.1" else ()
        head = head_bytes(replace(exchange.head, headers=(*kept, *extra)))
        await wire.write(head.replace(b"HTTP/1.1", b"HTTP/" + version, 1))
        async for piece in exchange.pieces:
            await wire.write(piece)
        wire.close()

    return closing


def _informed(head: Head) -> bytes:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    return b"HTTP/1.1 100 Continue\r\n\r\n" + hints + head_bytes(head)


def _without_reason(head: Head) -> bytes:
    return head_bytes(replace(head, reason=b""))


async def _torn(exchange: Exchange, wire: Wire) -> None:
    """Chunks and reads have nothing to do with events: each read brings a part of one chunk."""
    await wire.write(head_bytes(exchange.head))
    async for piece in exchange.pieces:
        data = chunk(piece) if exchange.head.chunked else piece
        size = max(1, len(data) // _MANY_READS)
        for at in range(0, len(data), size):
            await wire.write(data[at : at + size])
    if exchange.head.chunked:
        await wire.write(LAST_CHUNK)


def _headers(**values: str) -> Callable[[App, Settings], App]:
    def change(_scope: Scope, start: Start) -> Start:
        for name, value in values.items():
            start = start.without(name.replace("_", "-")).with_header(name.replace("_", "-"), value)
        return start

    return lambda app, _settings: head_changed(app, change)


VARIANTS = (
    wired("upper_case_names", "Header names are in capitals.", _heads(_names(bytes.upper))),
    wired("lower_case_names", "Header names are in lower case.", _heads(_names(bytes.lower))),
    wired("mixed_case_names", "Header names are in lower and upper case by turns.", _heads(_names(_mixed))),
    wired("informational_first", "100 and 103 come before the answer.", _heads(_informed)),
    wired("no_reason_phrase", "The status line has no reason phrase.", _heads(_without_reason)),
    wired(
        "chunk_extensions",
        "Chunks carry extensions.",
        _chunks(lambda piece: b'%x;a=1;b="c d"\r\n%s\r\n' % (len(piece), piece) if piece else b"", b"0;last\r\n\r\n"),
    ),
    wired(
        "chunk_sizes_spelled",
        "Sizes of chunks have leading zeros and capital digits.",
        _chunks(lambda piece: b"%08X\r\n%s\r\n" % (len(piece), piece) if piece else b"", b"000\r\n\r\n"),
    ),
    wired(
        "trailers",
        "Trailers come after the last chunk.",
        _chunks(chunk, b"0\r\nServer-Timing: total;dur=12\r\nX-Checksum: abc\r\n\r\n"),
    ),
    wired("torn_chunks", "A chunk comes in many reads.", _torn, long=True),
    wired("until_close", "Bodies end with their connection.", _until_close(b"1.1"), long=True),
    wired("http_1_0", "Answers are HTTP/1.0.", _until_close(b"1.0")),
    wrapped("close_each", "Each answer ends its connection.", _headers(connection="close"), long=True),
    wrapped(
        "keep_alive",
        "Each answer says how long its connection is kept.",
        _headers(connection="keep-alive", keep_alive="timeout=5, max=1000"),
        not_met={"AICHAT-HDR-06": "unnecessary on HTTP/1.1, so only reported"},
    ),
)
