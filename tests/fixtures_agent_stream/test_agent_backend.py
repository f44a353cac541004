"""The reference backend for agent-stream, over real sockets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.fixtures.agent_stream import REFERENCE
from chatproof.fixtures.agent_stream.app import GENERATE_PATH, MESSAGES_PATH, STREAM_PATH, create_app
from chatproof.fixtures.agent_stream.bus import kept_after
from chatproof.fixtures.agent_stream.settings import AGENTS, Settings, full_settings
from chatproof.fixtures.agent_stream.stream import interval
from chatproof.fixtures.backend import BootRefusedError, mint
from chatproof.fixtures.server import Farm
from support.raw_http import Reply, send, talk

if TYPE_CHECKING:
    from collections.abc import Iterator

A, B = AGENTS[:2]


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


@pytest.fixture
def settings() -> Settings:
    return full_settings(heartbeat_seconds=30.0)


@pytest.fixture
def url(farm: Farm, settings: Settings) -> str:
    return farm.start(create_app(settings))


def credential(settings: Settings) -> tuple[str, str]:
    return ("Authorization", f"Bearer {mint(settings.base, 'test-user-id')}")


def published(url: str, settings: Settings, agent: str, content: Any) -> Reply:
    headers = (credential(settings), ("Content-Type", "application/json"))
    return send(
        url, "POST", MESSAGES_PATH, headers=headers, body=json.dumps({"agentId": agent, "content": content}).encode()
    )


def subscribe(query: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {STREAM_PATH}?{query} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def test_stream_greets_and_brings_the_messages_of_its_agent(url: str, settings: Settings) -> None:
    with talk(url) as listening:
        listening.send(subscribe(f"agentId={A}"))
        head = listening.read_until(b": connected\n\n")
        published(url, settings, B, "to another")
        told = published(url, settings, A, "to you").json()
        seen = listening.read_until(b'to you"')

    assert b"HTTP/1.1 200" in head
    assert b"text/event-stream" in head.lower()
    assert told["id"].encode() in seen
    assert b"event:" not in seen
    assert b"to another" not in seen


def test_stream_of_several_agents_brings_the_messages_of_each(url: str, settings: Settings) -> None:
    with talk(url) as listening:
        listening.send(subscribe(f"agentIds={A},{B}"))
        listening.read_until(b": connected\n\n")
        published(url, settings, B, "first")
        published(url, settings, A, "second")
        seen = listening.read_until(b'second"')

    assert seen.index(b'first"') < seen.index(b'second"')


def test_stream_goes_on_after_the_last_event_id(url: str, settings: Settings) -> None:
    for content in ("one", "two", "three"):
        published(url, settings, A, content)
    with talk(url) as listening:
        listening.send(subscribe(f"agentId={A}", "Last-Event-ID: 1"))
        seen = listening.read_until(b'three"')

    assert b'"one"' not in seen
    assert b"id: 2\n" in seen


@pytest.mark.parametrize("last", ["", "x", "-1", "\u0664"])
def test_id_that_is_none_of_ours_brings_nothing(settings: Settings, last: str) -> None:
    bus = settings.bus
    bus.keep({"agentId": A, "content": "x"})

    assert kept_after(bus, (A,), last) == ()
    assert len(kept_after(bus, (A,), "0")) == 1
    assert kept_after(bus, (B,), "0") == ()


def test_closed_streams_leave_no_subscription(url: str, settings: Settings) -> None:
    with talk(url) as listening:
        listening.send(subscribe(f"agentId={A}"))
        listening.read_until(b": connected\n\n")
        assert len(settings.bus.subscriptions) == 1
    with talk(url) as listening:
        listening.send(subscribe(f"agentId={A}"))
        listening.read_until(b": connected\n\n")
        published(url, settings, A, "after the first left")
        listening.read_until(b"after the first left")

        assert len(settings.bus.subscriptions) == 1


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("agentId=", 400), ("agentId=nobody", 404), (f"agentIds={A},nobody", 404)]
)
def test_wrong_subscription_is_refused(url: str, query: str, status: int) -> None:
    assert send(url, "GET", f"{STREAM_PATH}?{query}").status == status


def test_head_opens_no_subscription(url: str, settings: Settings) -> None:
    reply = send(url, "HEAD", f"{STREAM_PATH}?agentId={A}")

    assert (reply.status, reply.body) == (200, b"")
    assert settings.bus.subscriptions == []


def test_generation_makes_the_messages_of_every_agent(url: str, settings: Settings) -> None:
    reply = send(url, "POST", GENERATE_PATH, headers=(credential(settings),))
    told = reply.json()

    assert reply.status == 200
    assert told["success"] is True
    assert told["messagesGenerated"] == len(told["messages"]) == 10
    assert [message["agentId"] for message in told["messages"]] == [agent for agent in AGENTS for _ in range(2)]
    assert len({message["id"] for message in told["messages"]}) == 10


@pytest.mark.parametrize(("method", "path"), [("POST", GENERATE_PATH), ("POST", MESSAGES_PATH)])
def test_sending_out_needs_a_credential(url: str, method: str, path: str) -> None:
    assert send(url, method, path, headers=(("Authorization", "Bearer x"),)).status == 401
    assert send(url, method, path).status == 401


def test_get_does_not_generate(url: str, settings: Settings) -> None:
    reply = send(url, "GET", GENERATE_PATH, headers=(credential(settings),))

    assert reply.status == 405
    assert reply.header("allow") == "OPTIONS, POST"
    assert len(settings.bus.kept) == 0


@pytest.mark.parametrize(("agent", "content"), [("nobody", "x"), (A, ""), (A, 5), (None, "x")])
def test_wrong_message_is_not_published(url: str, settings: Settings, agent: Any, content: Any) -> None:
    assert published(url, settings, agent, content).status == 400
    assert len(settings.bus.kept) == 0


def test_poll_gives_the_newest_messages_of_one_agent(url: str, settings: Settings) -> None:
    told = [published(url, settings, A, f"number {number}").json() for number in range(5)]
    published(url, settings, B, "of another")

    reply = send(url, "GET", f"{MESSAGES_PATH}?agentId={A}")

    assert reply.json() == {"messages": told[-settings.history :]}
    assert send(url, "GET", f"{MESSAGES_PATH}?agentId=nobody").status == 404


def test_instances_with_one_bus_are_one_service(farm: Farm, settings: Settings, url: str) -> None:
    other = farm.start(create_app(settings))
    with talk(other) as listening:
        listening.send(subscribe(f"agentId={A}"))
        listening.read_until(b": connected\n\n")
        published(url, settings, A, "from afar")
        assert b"from afar" in listening.read_until(b"from afar")


@pytest.mark.parametrize(
    ("given", "seconds"), [("250", 0.25), ("", 30.0), ("0", 30.0), ("soon", 30.0), ("-5", 30.0), ("\u0661", 30.0)]
)
def test_heartbeat_variable_is_read_with_care(settings: Settings, given: str, seconds: float) -> None:
    started = REFERENCE.started_with(settings, {"SSE_HEARTBEAT_MS": given})

    assert interval(started.heartbeat_given, started.base) == seconds


def test_idle_stream_has_heartbeats(farm: Farm) -> None:
    quick = farm.start(create_app(full_settings(heartbeat_seconds=0.02)))
    with talk(quick) as listening:
        listening.send(subscribe(f"agentId={A}"))
        seen = listening.read_until(b":heartbeat\n\n", len(listening.read_until(b":heartbeat\n\n")))

    assert seen.count(b":heartbeat\n\n") >= 2


def test_unsafe_settings_do_not_start(settings: Settings) -> None:
    with pytest.raises(BootRefusedError):
        create_app(replace(settings, base=replace(settings.base, secret="short")))
