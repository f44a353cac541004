"""What every scenario would send, against a driver that sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatproof.conformance.ai_chat.scenarios import SCENARIOS
from chatproof.means import MEANS
from conformance_ai_chat.scenario_runs import FULL, PLAIN, cost, run

if TYPE_CHECKING:
    pass

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
        *(f"preflight/{page}" for page in ("evil", "suffix", "null")),
        *(f"actual/{page}" for page in ("evil", "suffix", "null")),
        "actual_turn/evil",
    ],
    "no_token": ["chat"],
    "forged_tokens": ["garbage", "tampered", "unsigned", "wrong_key", "none", "None", "nOnE"],
    "minted_tokens": [
        *("fresh", "expired", "long_expired", "not_yet", "wrong_audience"),
        *("no_audience", "no_expiry", "expiry_as_text"),
    ],
    "placeholder_key": ["chat"],
    "schemes": ["lower", "basic", "query"],
    "ping": ["valid", "invalid", "missing"],
    "invalid_fields": [
        *("empty", "missing", "number", "boolean", "list", "object", "null"),
        *(f"session/{kind}" for kind in ("invalid", "bad-format", "short", "long", "newline", "sample")),
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
}


def test_scenarios_are_those_of_the_contract() -> None:
    assert set(SCENARIOS.scenarios) == set(LABELS_OF)
    assert (SCENARIOS.profile, SCENARIOS.control) == ("ai-chat", "turn")
    assert SCENARIOS.settings_of(FULL) is FULL.profiles["ai-chat"]
    assert all(name == scenario.name and scenario.summary for name, scenario in SCENARIOS.scenarios.items())
    assert {means for scenario in SCENARIOS.scenarios.values() for means in scenario.means} <= set(MEANS)
    assert {name for name, scenario in SCENARIOS.scenarios.items() if scenario.intrusive} == {
        "many_turns",
        "rate_limit",
        "fuzz",
    }
    assert {name for name, scenario in SCENARIOS.scenarios.items() if scenario.last} == {"after"}


@pytest.mark.parametrize("name", sorted(LABELS_OF))
async def test_labels_and_cost_are_as_declared(name: str) -> None:
    driver = await run(name)
    assert sorted(driver.labels) == sorted(LABELS_OF[name])
    assert not driver.outcome
    assert len(driver.sent) <= cost(name).requests
    assert cost(name).turns == TURNS[name]
    assert cost(name).seconds > 0


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
