"""Where the body of an answer ends, as HTTP/1.1 says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.recording import End
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..words import counted
from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Response

_IN_GENERATOR = "An exception in the generator cuts the body: catch it there, yield `done` with `error`, return."


@requirement(
    "HTTP-FRAME-01",
    Level.MUST,
    rfc(9112, "8"),
    rfc(9112, "6.3"),
    why="A client cannot tell a cut stream from a finished one by anything but its framing: without the terminal chunk "
    "the answer is incomplete, and with two lengths proxies disagree on where the next answer starts.",
    example="HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n10\r\ndata: {...}\r\n...\r\n0\r\n\r\n",
    remedy={
        "any": "Let the server frame the body; end the response in a `finally`, so that an exception in the middle "
        "still writes the last event and the terminal chunk.",
        "fastapi": _IN_GENERATOR,
        "starlette": _IN_GENERATOR,
        "sse-starlette": _IN_GENERATOR,
        "express": "`res.end()` on every path; `res.destroy()` and an unhandled error cut the body.",
        "fastify": "After `reply.hijack()` nobody ends the body for you: `reply.raw.end()` in a `finally`.",
        "next": "`controller.close()` on every path: `controller.error()` cuts the body.",
        "django": _IN_GENERATOR,
        "go": "A panic and `Server.WriteTimeout` cut the body: set it to 0 or extend it by `SetWriteDeadline`.",
        "spring": "`emitter.complete()` on every path; a timeout of SseEmitter cuts the body.",
        "nginx": "`proxy_read_timeout` above the longest silence; drop `chunked_transfer_encoding off`.",
    },
    explains_control=True,
)
def test_body_is_framed_and_complete(case: Case) -> None:
    """
    The answer to a turn does not have both `Content-Length` and `Transfer-Encoding`, and its body is complete.

    A chunked body ends with the terminal chunk, one with a length after so many bytes, and any other
    with the close of the connection.
    """
    answered = [(exchange, exchange.response) for exchange in case["turn"].turns if exchange.response is not None]
    if not answered:
        raise NotTestable("no turn was answered")
    for exchange, response in answered:
        _expect_one_length(exchange, response)
    for exchange, response in answered:
        _expect_complete(exchange, response)
    if all(exchange.end is End.ABORTED for exchange, _ in answered):
        raise NotClaimed("the stream stays open until its client leaves, so that its end is not seen")
    unseen = [exchange for exchange, _ in answered if exchange.end.ours]
    if unseen:
        raise NotTestable(f"the end of the body of `{unseen[0].key}` was not seen: {unseen[0].end.value}")


def _expect_one_length(exchange: Exchange, response: Response) -> None:
    length, coding = response.header("content-length"), response.header("transfer-encoding")
    expect(
        length is None or coding is None,
        found=f"`Content-Length: {length}` and `Transfer-Encoding: {coding}`",
        expected="one of the two at the most",
        at=exchange,
    )


def _expect_complete(exchange: Exchange, response: Response) -> None:
    end = exchange.end
    chunked = "chunked" in (response.header("transfer-encoding") or "").lower()
    if end.ours or (end.clean and not (chunked and end is End.CLOSED)):
        return
    trouble = f" ({exchange.trouble})" if exchange.trouble else ""
    raise Failure(
        found=f"{end.value}{trouble} after {counted(len(exchange.body), 'byte')}",
        expected="the terminal chunk" if chunked else "a complete body",
        at=exchange,
        offset=len(exchange.body),
    )
