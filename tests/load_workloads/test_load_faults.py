"""What each load fault does, as a plain client sees it: no load, no Locust."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import tracemalloc
from collections import Counter
from typing import Any

import pytest

from chatproof.fixtures.agent_stream.settings import full_settings as agent_settings
from chatproof.fixtures.backend.reference import full_settings
from chatproof.fixtures.backend.turn import LONG_MESSAGE
from chatproof.fixtures.catalogue import FAULTS, SERVED_FAULTS
from chatproof.fixtures.load_faults import LOAD_FAULTS, answers, first_token
from chatproof.fixtures.references import REFERENCES
from load_workloads.asgi_client import AGENT, LIMIT_SECONDS, SECRET, Backend, Reply, published, until

STREAM = f"/api/chat/stream?agentId={AGENT}"
RESUME = "/api/v1/chat/session-20250819-143022-a1b2/events"


def backend(name: str, **changes: Any) -> Backend:
    given = {"secret": SECRET, "heartbeat_seconds": 5.0, "token_gap_seconds": 0.0, **changes}
    return Backend(name, full_settings(**given))


async def together(faulty: Backend, turns: int, **options: Any) -> list[Reply]:
    return await asyncio.gather(*(faulty.turn(**options) for _ in range(turns)))


def is_frame(message: dict[str, Any]) -> bool:
    return bool(message["type"] == "http.response.body")


def test_names_are_those_of_no_other_fault_and_can_be_served() -> None:
    assert not set(LOAD_FAULTS) & set(FAULTS)
    assert set(SERVED_FAULTS) == set(LOAD_FAULTS) | set(FAULTS)
    assert all(fault.profile in REFERENCES for fault in LOAD_FAULTS.values())
    assert [name for name, fault in LOAD_FAULTS.items() if not fault.targets] == [
        "load_first_token_349",
        "load_heartbeat_gap_1_4",
    ]


@pytest.mark.parametrize("slowest", [349, 351])
def test_of_twenty_turns_three_take_the_slowest_time_and_none_less_than_planned(slowest: int) -> None:
    async def scenario() -> list[dict[str, Any]]:
        faulty = backend(f"load_first_token_{slowest}")
        await asyncio.gather(together(faulty, 20), together(faulty, 20, memory=True))
        return await faulty.facts("first_token")

    facts = asyncio.run(scenario())
    assert Counter(fact["memory"] for fact in facts) == {True: 20, False: 20}
    for fact in facts:
        assert fact["written_ns"] - fact["received_ns"] >= first_token.delay_ns(fact["number"], slowest)
    planned = [first_token.delay_ns(number, slowest) for number in range(200)]
    assert (sum(one == slowest * 1_000_000 for one in planned), max(planned)) == (30, slowest * 1_000_000)
    assert sorted(planned)[169] <= 200_000_000


def test_three_of_two_hundred_turns_fail() -> None:
    async def scenario() -> list[Reply]:
        faulty = backend("load_some_fail")
        return [reply for _ in range(10) for reply in await together(faulty, 20)]

    assert Counter(reply.status for reply in asyncio.run(scenario())) == {200: 197, 500: 3}


def test_sixty_first_stream_is_refused_until_one_ends() -> None:
    async def scenario() -> tuple[Reply, Reply, list[Reply]]:
        faulty = backend("load_refuses_above_60")
        gate = asyncio.Event()
        begun: Counter[str] = Counter()

        def leaves(message: dict[str, Any]) -> bool:
            begun[message["type"]] += 1
            return gate.is_set()

        asked = (faulty.turn(LONG_MESSAGE, leaves=leaves) for _ in range(answers.STREAMS_AT_ONCE))
        streams = [asyncio.ensure_future(one) for one in asked]
        await until(lambda: begun["http.response.start"] == answers.STREAMS_AT_ONCE)
        refused = await faulty.turn()
        gate.set()
        ended = await asyncio.gather(*streams)
        return refused, await faulty.turn(), ended

    refused, served, ended = asyncio.run(scenario())
    assert (refused.status, refused.headers["retry-after"], served.status) == (503, "1", 200)
    assert {reply.status for reply in ended} == {200}


def test_every_128th_turn_keeps_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    monkeypatch.setattr(answers, "_keep_the_loop", lambda: kept.append(1))

    async def scenario() -> list[Reply]:
        return await together(backend("load_stalls"), 258)

    assert {reply.whole for reply in asyncio.run(scenario())} == {True}
    assert len(kept) == 2


def test_turn_that_is_never_answered() -> None:
    async def scenario() -> tuple[bool, Reply]:
        faulty = backend("load_never_answers")
        asked = asyncio.ensure_future(faulty.turn())
        other = await faulty.ask("GET", "/health")
        done, _waiting = await asyncio.wait({asked}, timeout=0)
        asked.cancel()
        return bool(done), other

    answered, other = asyncio.run(scenario())
    assert not answered
    assert other.status == 200


def test_answer_without_an_event() -> None:
    reply = asyncio.run(backend("load_no_events").turn())
    assert (reply.status, reply.body, reply.whole) == (200, b"", True)
    assert reply.headers["content-type"].startswith("text/event-stream")


def test_hundredth_turn_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *given: killed.append(given))

    async def scenario() -> None:
        faulty = backend("load_dies")
        await together(faulty, 99)
        assert killed == []
        await faulty.turn()

    asyncio.run(scenario())
    assert [number for _process, number in killed] == [signal.SIGKILL]


@pytest.mark.parametrize(("name", "intervals"), [("load_heartbeat_gap_1_4", 1.4), ("load_heartbeat_gap_1_6", 1.6)])
def test_one_heartbeat_is_late_by_so_much(name: str, intervals: float) -> None:
    async def scenario() -> list[dict[str, Any]]:
        faulty = backend(name, heartbeat_seconds=0.3)
        assert (await faulty.turn(LONG_MESSAGE)).whole
        return await faulty.facts("beats")

    (fact,) = asyncio.run(scenario())
    assert fact["gap_ns"] >= (intervals - 0.1) * 300_000_000


def test_long_turn_is_cut_and_a_short_one_is_not() -> None:
    async def scenario() -> tuple[Reply, Reply]:
        faulty = backend("load_cut_at_two_thirds", heartbeat_seconds=0.05, long_seconds=0.3)
        return await faulty.turn(LONG_MESSAGE), await faulty.turn()

    long, short = asyncio.run(scenario())
    assert (long.whole, b"event: done" in long.body) == (False, False)
    assert b"event: token" in long.body
    assert (short.whole, b"event: done" in short.body) == (True, True)


def test_turn_that_is_left_keeps_a_file_and_a_whole_one_does_not() -> None:
    async def scenario() -> list[dict[str, Any]]:
        faulty = backend("load_files_left_open")
        await faulty.turn()
        assert await faulty.facts("left_open") == []
        await faulty.turn(LONG_MESSAGE, leaves=is_frame)
        await faulty.turn(LONG_MESSAGE, leaves=is_frame)
        return await faulty.facts("left_open")

    assert [fact["held"] for fact in asyncio.run(scenario())] == [1, 2]


def test_each_turn_leaves_memory_behind() -> None:
    async def scenario() -> int:
        faulty = backend("load_memory_grows")
        await together(faulty, 5)
        before, _peak = tracemalloc.get_traced_memory()
        await together(faulty, 20)
        return tracemalloc.get_traced_memory()[0] - before

    tracemalloc.start()
    try:
        grown = asyncio.run(scenario())
    finally:
        tracemalloc.stop()
    assert grown >= 20 * 128 * 1024


def agents(name: str) -> Backend:
    return Backend(name, agent_settings(secret=SECRET, heartbeat_seconds=5.0))


def test_first_subscriber_is_skipped_once() -> None:
    async def scenario() -> tuple[list[int], list[dict[str, Any]]]:
        faulty = agents("load_skipped_once")
        first, second = (faulty.settings.bus.subscribe((AGENT,)) for _ in range(2))
        await faulty.ask("POST", "/api/chat/generate")
        await published(faulty, 30)
        return [first.waiting.qsize(), second.waiting.qsize()], await faulty.facts("skipped")

    waiting, facts = asyncio.run(scenario())
    assert waiting == [31, 32]
    assert len(facts) == 1


def test_every_fourth_message_is_sent_twice() -> None:
    async def scenario() -> int:
        faulty = agents("load_sent_twice")
        subscription = faulty.settings.bus.subscribe((AGENT,))
        await published(faulty, 8)
        return int(subscription.waiting.qsize())

    assert asyncio.run(scenario()) == 10


def test_messages_come_late() -> None:
    async def scenario() -> tuple[int, str]:
        faulty = agents("load_late_pushes")
        subscription = faulty.settings.bus.subscribe((AGENT,))
        await published(faulty, 1)
        at_once = subscription.waiting.qsize()
        async with asyncio.timeout(LIMIT_SECONDS):
            entry = await subscription.waiting.get()
        return at_once, entry.message["content"]

    assert asyncio.run(scenario()) == (0, "message 0")


@pytest.mark.parametrize(("name", "expected"), [("load_no_replay", [4]), ("load_replays_all", [1, 2, 3, 4])])
def test_whoever_comes_back_is_told_the_wrong_messages(name: str, expected: list[int]) -> None:
    async def scenario() -> Reply:
        faulty = agents(name)
        await published(faulty, 3)

        def whole(message: dict[str, Any]) -> bool:
            return b"id: 4\n" in message.get("body", b"")

        back = asyncio.ensure_future(faulty.ask("GET", STREAM, headers=(("last-event-id", "1"),), leaves=whole))
        await until(lambda: bool(faulty.settings.bus.subscriptions))
        await published(faulty, 1)
        return await back

    assert [int(one) for one in re.findall(rb"id: (\d+)\n", asyncio.run(scenario()).body)] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("load_resume_skips", [b"1-3", b"1-4", b"1-5"]), ("load_resume_repeats", [b"1-1", b"1-2", b"1-3"])],
)
def test_resumed_answer_is_wrong(name: str, expected: list[bytes]) -> None:
    async def scenario() -> Reply:
        faulty = backend(name)
        await faulty.turn()
        return await faulty.ask("GET", RESUME, headers=(("last-event-id", "1-1"),))

    assert re.findall(rb"id: (\S+)\n", asyncio.run(scenario()).body)[:3] == expected


@pytest.mark.parametrize(
    ("name", "path", "seconds"),
    [
        ("load_slow_polls", "/api/chat/sse", 0.6),
        ("load_slow_sessions", "/api/custom/session", 5.2),
        ("load_slow_tokens", "/api/v1/chat/stream/token", 0.6),
    ],
)
def test_one_route_is_held(name: str, path: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[float] = []
    real = asyncio.sleep

    async def noted(delay: float) -> None:
        held.append(delay)
        await real(0)

    reference = REFERENCES[LOAD_FAULTS[name].profile]

    async def scenario() -> tuple[list[float], list[float]]:
        faulty = Backend(name, reference.full_settings(secret=SECRET))
        monkeypatch.setattr(asyncio, "sleep", noted)
        await faulty.ask("PUT", "/nowhere")
        before = [one for one in held if one]
        await faulty.ask("PUT", path)
        return before, [one for one in held if one]

    assert asyncio.run(scenario()) == ([], [seconds])


def test_poll_is_answered_with_a_page() -> None:
    faulty = Backend("load_poll_pages", REFERENCES["hybrid"].full_settings(secret=SECRET))
    reply = asyncio.run(faulty.ask("GET", "/api/chat/sse?channels=test&clientId=c"))
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html")
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)
