"""What every scenario would send, against a driver that sends nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatproof.config import AiChat, Backend, RateLimit, Turn
from chatproof.conformance.ai_chat.scenarios import SCENARIOS
from chatproof.means import means_named
from conformance_ai_chat.scenario_runs import FULL, PLAIN, body_of, cost, run

pytestmark = pytest.mark.anyio

LABELS_OF = {
    "turn": ["turn", "again"],
    "native": ["turn"],
    "long_turn": ["turn"],
    "gzip": ["turn"],
    "front": ["turn"],
    "front_long_turn": ["turn"],
    "idle_turn": ["turn"],
    "preflight": ["listed", "curl_form"],
    "foreign_origins": [
        *(f"preflight/{page}" for page in ("evil", "suffix", "prefix", "null")),
        *(f"actual/{page}" for page in ("evil", "suffix", "prefix", "null")),
        "actual_turn/evil",
    ],
    "no_token": ["chat"],
    "forged_tokens": [
        *("garbage", "tampered", "unsigned", "wrong_key", "own_key", "key_path"),
        *("none", "None", "nOnE"),
    ],
    "minted_tokens": [
        *("fresh", "expired", "long_expired", "not_yet", "wrong_audience"),
        *("no_audience", "no_expiry", "expiry_as_text"),
    ],
    "placeholder_key": ["chat"],
    "schemes": ["lower", "basic", "query"],
    "ping": ["valid", "invalid", "missing", "none", "expired"],
    "invalid_fields": [
        *("empty", "missing", "number", "boolean", "list", "object", "null"),
        *(f"session/{kind}" for kind in ("invalid", "bad-format", "short", "long", "newline", "prefixed")),
        "session/sample",
        "memory/text",
    ],
    "lengths": ["limit", "over", "far_over", "emoji"],
    "whitespace": ["turn"],
    "broken_json": ["syntax", "truncated", "empty_body"],
    "content_type": ["text"],
    "big_body": ["two_megabytes", "after"],
    "get": ["get"],
    "slash": ["slash"],
    "markers": ["a", "b"],
    "injection": ["turn"],
    "abort": ["aborted", "next"],
    "many_turns": [str(number) for number in range(1, 102)],
    "test_scenario": ["turn"],
    "rate_limit": [str(number) for number in range(1, 7)],
    "resume": ["preflight", "turn"],  # the fake streams carry no ids
    "fuzz": [],
    "after": ["turn"],
    "heartbeat_variable": ["set", "zero", "garbage"],
    "health": ["health"],
}

# What is sent in the hope of a rejection is no turn, whatever a backend makes of it.
TURNS = {
    **dict.fromkeys(LABELS_OF, 0),
    **dict.fromkeys(["native", "long_turn", "gzip", "front", "front_long_turn", "idle_turn", "foreign_origins"], 1),
    **dict.fromkeys(["minted_tokens", "schemes", "invalid_fields", "whitespace", "injection"], 1),
    **dict.fromkeys(["test_scenario", "after"], 1),
    **dict.fromkeys(["turn", "lengths", "markers", "abort", "resume"], 2),
    "many_turns": 101,
    "rate_limit": 6,
    "heartbeat_variable": 3,
}


def test_scenarios_are_those_of_the_contract() -> None:
    assert set(SCENARIOS.scenarios) == set(LABELS_OF)
    assert (SCENARIOS.profile, SCENARIOS.control) == ("ai-chat", "turn")
    assert SCENARIOS.settings_of(FULL) is FULL.profiles["ai-chat"]
    assert all(name == scenario.name and scenario.summary for name, scenario in SCENARIOS.scenarios.items())
    assert all(means_named(name, AiChat) for scenario in SCENARIOS.scenarios.values() for name in scenario.means)
    assert {name for name, scenario in SCENARIOS.scenarios.items() if scenario.intrusive} == {
        "many_turns",
        "rate_limit",
        "fuzz",
    }
    assert {name for name, scenario in SCENARIOS.scenarios.items() if scenario.last} == {"after"}


async def test_each_interval_is_asked_of_an_instance_with_it_in_the_variable() -> None:
    driver = await run("heartbeat_variable")
    texts = {"set": "1000", "zero": "0", "garbage": "soon"}
    for label, text in texts.items():
        assert driver.request(label).url == f"http://127.0.0.1:3000/HEARTBEAT_MS.{text}/api/v1/chat"
        assert body_of(driver, label)["message"] == "long"


@pytest.mark.parametrize("name", sorted(LABELS_OF))
async def test_labels_and_cost_are_as_declared(name: str) -> None:
    driver = await run(name)
    assert sorted(driver.labels) == sorted(LABELS_OF[name])
    assert not driver.outcome
    assert len(driver.sent) <= cost(name).requests
    assert cost(name).turns == TURNS[name]
    assert 0 < cost(name).expected_seconds <= cost(name).seconds


SHORT = AiChat(
    turn_timeout=1.0,
    resume_path="/chat/{session}/events",
    long_turn=Turn(message="long", max_duration=2.0),
    idle_turn=Turn(message="idle", max_duration=2.0),
    rate_limit=RateLimit(burst=6),
)
REMOTE = Backend(url="https://chat.example", connect_timeout=0.05, answer_timeout=0.05, max_rps=1.0)


@pytest.mark.parametrize("backend", [FULL.backend, REMOTE])
@pytest.mark.parametrize("settings", [FULL.profiles["ai-chat"], PLAIN.profiles["ai-chat"], SHORT])
@pytest.mark.parametrize("name", sorted(LABELS_OF))
def test_no_more_is_expected_than_the_limits_let_it_last(name: str, backend: Backend, settings: AiChat) -> None:
    config = replace(FULL, backend=backend, profiles={"ai-chat": settings})
    for examples in (1, 100, 100_000):
        assert cost(name, config, examples).expected_seconds <= cost(name, config, examples).seconds


def test_a_stub_is_expected_to_be_faster_than_a_model() -> None:
    remote = replace(FULL, backend=replace(FULL.backend, url="https://chat.example"))
    assert (cost("turn").expected_seconds, cost("turn", remote).expected_seconds) == (0.2, 6.0)
    assert (cost("get").expected_seconds, cost("get", remote).expected_seconds) == (0.02, 0.2)
    assert cost("many_turns").expected_seconds == pytest.approx(10.1)
    assert cost("many_turns", remote).expected_seconds == 60.0


def test_long_turns_are_expected_to_last_some_heartbeats() -> None:
    settings = replace(FULL.profiles["ai-chat"], heartbeat=10.0, idle_limit=100.0)
    config = replace(FULL, profiles={"ai-chat": settings})
    assert [cost(name, config).expected_seconds for name in ("long_turn", "idle_turn")] == [40.0, 100.0]
    assert cost("resume", config).expected_seconds == pytest.approx(0.1 + 40.0 + 2 * 0.02)
    assert cost("resume", replace(config, profiles={"ai-chat": replace(settings, long_turn=None)})).expected_seconds < 1
    assert cost("long_turn", PLAIN).expected_seconds == 0


@pytest.mark.parametrize("name", sorted(LABELS_OF))
async def test_every_wait_is_limited(name: str) -> None:
    driver = await run(name)
    for sent in driver.sent:
        assert sent.limits is not None
        assert sent.limits.total_seconds <= 120
        assert sent.limits.max_bytes <= 1024 * 1024
        assert sent.limits.idle_seconds >= 15
        assert sent.request.url.startswith(("http://127.0.0.1:3000/", "https://chat.example/"))


@pytest.mark.parametrize("name", sorted(LABELS_OF))
async def test_credential_is_in_no_request_that_must_not_have_it(name: str) -> None:
    driver = await run(name)
    for sent in driver.sent:
        carries = sent.request.header("authorization") is not None
        bare = name in {"preflight", "no_token", "health"} or sent.request.method == "OPTIONS"
        assert carries == (not bare and (name, sent.label) not in {("ping", "missing"), ("schemes", "query")})


@pytest.mark.parametrize("name", ["turn", "abort", "invalid_fields", "markers", "lengths", "fuzz", "after"])
async def test_works_without_any_declaration(name: str) -> None:
    driver = await run(name, PLAIN)
    for sent in driver.sent:
        assert [key for key, _ in sent.request.headers] == ["Content-Type", "Accept", "Accept-Encoding"]
