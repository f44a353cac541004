"""
Clients that read many event streams at once, each in a process of its own, for benchmarks of what an event costs them.

`python stream_stacks.py STACK URL STREAMS EVENTS` starts so many streams, reads each to its end, and prints as JSON the
`events` that it counted, the `cpu` seconds and number of events (`counted`) of the middle eight tenths (so that imports
and connecting are not in it), and the resident bytes `rss_before` the first stream and `rss_during` the middle.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Meter:
    """Counts events; its two marks are the CPU time after the first and before the last tenth of them."""

    def __init__(self, expected: int) -> None:
        self.count = 0
        self._marks = [expected // 10, expected - expected // 10, expected * 2]
        self._seen: list[tuple[int, float]] = []
        self._before = self._during = rss()

    def add(self, number: int = 1) -> None:
        self.count += number
        if self.count >= self._marks[0]:
            del self._marks[0]
            self._seen.append((self.count, time.process_time()))
            self._during = max(self._during, rss())

    def figures(self) -> dict[str, float]:
        (first, started), (last, ended) = self._seen
        return {
            "events": self.count,
            "counted": last - first,
            "cpu": ended - started,
            "rss_before": self._before,
            "rss_during": self._during,
        }


def ours(url: str, streams: int, events: int) -> Meter:
    import gevent  # type: ignore[import-untyped]  # noqa: PLC0415 - each stack imports its own

    from chatproof.load.client.exchange import Limits, Request  # noqa: PLC0415 - each stack imports its own
    from chatproof.load.client.streams import StreamClient  # noqa: PLC0415 - each stack imports its own

    class Listener:
        def head(self, status: int, _headers: list[tuple[str, str]], _at_ns: int) -> bool:
            return status != 200

        def event(self, _name: bytes, _data: bytes, _identifier: bytes, _at_ns: int) -> bool:
            meter.add()
            return False

        def comment(self, _text: bytes, _at_ns: int) -> bool:
            return False

    client = StreamClient(url)
    request = Request(method="POST", path="/chat", headers=(("Content-Type", "application/json"),), body=b"{}")
    meter = Meter(streams * events)
    jobs = [gevent.spawn(client.exchange, request, Limits(), Listener()) for _ in range(streams)]
    gevent.joinall(jobs, raise_error=True)
    assert [job.value.cause for job in jobs if job.value.cause] == []
    return meter


def httpx_sse(url: str, streams: int, events: int) -> Meter:
    import asyncio  # noqa: PLC0415 - each stack imports its own

    import httpx  # noqa: PLC0415 - each stack imports its own
    from httpx_sse import aconnect_sse  # noqa: PLC0415 - each stack imports its own

    async def one(client: httpx.AsyncClient) -> None:
        async with aconnect_sse(client, "POST", f"{url}/chat", json={}) as source:
            async for _event in source.aiter_sse():
                meter.add()

    async def run() -> None:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(limits=limits, timeout=30, trust_env=False) as client:
            await asyncio.gather(*(one(client) for _ in range(streams)))

    meter = Meter(streams * events)
    asyncio.run(run())
    return meter


def fast_http(url: str, streams: int, events: int) -> Meter:
    import gevent  # noqa: PLC0415 - after it
    import locust  # noqa: F401, PLC0415 - it patches the process, as under Locust
    from locust.contrib.fasthttp import FastHttpSession  # noqa: PLC0415 - each stack imports its own
    from locust.env import Environment  # noqa: PLC0415 - each stack imports its own

    def one() -> None:
        session = FastHttpSession(url, environment.events.request, None)
        with session.post("/chat", json={}, stream=True, catch_response=True) as response:
            # Its reader that gives an event as soon as it is there: `iter_lines` would wait for 1,024 bytes.
            read = response._response.readline
            while read(b"\n\n"):
                meter.add()
            response.success()

    environment = Environment()
    meter = Meter(streams * events)
    gevent.joinall([gevent.spawn(one) for _ in range(streams)], raise_error=True)
    return meter


STACKS: dict[str, Callable[[str, int, int], Meter]] = {"ours": ours, "httpx_sse": httpx_sse, "fast_http": fast_http}


def main() -> None:
    stack, url, streams, events = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    meter = STACKS[stack](url, int(streams), int(events))
    print(json.dumps(meter.figures()), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
