"""What a stream holds while it is open, and after."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]  # gevent has no types

from support.raw_server import STREAM, chunk

from .heard import QUICK, Heard, post, staying

if TYPE_CHECKING:
    from .conftest import Connect, Serve

EVENT = b"data: a\n\n"


def test_an_ended_stream_is_freed_without_the_garbage_collector(serve: Serve, connect: Connect) -> None:
    client = connect(serve(staying(STREAM, chunk(EVENT))).url)
    seen: list[weakref.ref[Any]] = []

    class Watched(Heard):
        pass

    gc.collect()
    gc.disable()
    try:
        heard = Watched(stop=1)
        seen.append(weakref.ref(heard))
        client.exchange(post(), QUICK, heard)
        del heard
        assert [each() for each in seen] == [None]
    finally:
        gc.enable()


def test_a_long_stream_takes_no_more_memory_than_a_short_one(serve: Serve, connect: Connect) -> None:
    class Deaf(Heard):
        count = 0

        def _frame(self, frame: tuple[bytes, bytes, bytes] | bytes, at_ns: int) -> bool:
            del frame, at_ns
            self.count += 1
            return False

    part = chunk(b'event: token\ndata: {"a":1}\n\n') * 100
    server = serve(staying(STREAM, *[part] * 600, b"0\r\n\r\n"))
    client = connect(server.url)
    heard = Deaf()
    held: dict[int, int] = {}
    tracemalloc.start()
    try:
        stream = gevent.spawn(client.exchange, post(), QUICK, heard)
        while not stream.dead:
            held[heard.count // 20_000] = min(held.get(heard.count // 20_000, 1 << 62), between_reads())
    finally:
        tracemalloc.stop()

    assert (stream.value.cause, heard.count) == ("", 60_000)
    assert held[2] - held[0] < 50_000 < stream.value.bytes // 20


def between_reads() -> int:
    """The bytes in use once the hub had its turn: what is held in the midst of a read says nothing."""
    gevent.sleep(0)
    return tracemalloc.get_traced_memory()[0]
