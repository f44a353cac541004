"""What the scenarios of agent-stream send, to the reference backend and to fewer means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import from_table
from chatproof.conformance.agent_stream.scenarios import SCENARIOS
from chatproof.fixtures.agent_stream import REFERENCE
from chatproof.fixtures.agent_stream.faults import FAULTS
from chatproof.fixtures.backend import mint
from chatproof.fixtures.faults.site import site
from chatproof.fixtures.server import Farm
from chatproof.recorder import plan, record
from chatproof.recording import End

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.config import Config
    from chatproof.recording import Recording

ALL = frozenset(SCENARIOS.scenarios)
GENERATE = "/api/chat/generate"
BY_NAME = {fault.name: fault for fault in FAULTS}
SENDING = {"broadcast", "get", "generate_no_token", "instances", "overlap"}


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


def backend(farm: Farm, fault: str = "agent_identity", **profile: Any) -> Any:
    """A site, and its configuration with the profile's table changed; None takes a key away."""
    found = site(farm, BY_NAME[fault], REFERENCE.full_settings(heartbeat_seconds=0.3), with_front=False)
    table = found.config
    declared = {**table["profiles"]["agent-stream"], **profile}
    table["profiles"]["agent-stream"] = {name: value for name, value in declared.items() if value is not None}
    return found, table


def recorded(found: Any, table: Any, *names: str) -> dict[str, Recording]:
    config = from_table(table, origin="a test")
    done = record(SCENARIOS, names or ALL, config, surroundings=found.surroundings)
    assert done.errors == []
    recordings: dict[str, Recording] = done.recordings
    return recordings


def generations(recordings: dict[str, Recording]) -> int:
    exchanges = [entry for recording in recordings.values() for entry in recording.exchanges]
    return sum(entry.request.method == "POST" and entry.request.url.endswith(GENERATE) for entry in exchanges)


def test_everything_that_is_sent_was_planned(farm: Farm) -> None:
    found, table = backend(farm)
    table["profiles"]["agent-stream"]["instances"] = [found.url, found.url]
    the_plan = plan(SCENARIOS, ALL, from_table(table, origin="a test"), slow=False, fuzz_examples=0)

    recordings = recorded(found, table)

    assert the_plan.left_out == ()
    assert generations(recordings) <= the_plan.turns
    for entry in the_plan.scenarios:
        assert len(recordings[entry.scenario.name].exchanges) <= entry.cost.requests, entry.scenario.name
        assert recordings[entry.scenario.name].not_testable == ""
    assert found.settings.bus.subscriptions == []


def test_control_is_left_once_its_message_has_come(farm: Farm) -> None:
    found, table = backend(farm)

    turn = recorded(found, table, "turn")["turn"]

    assert turn.exchanges[0].label == "turn"
    assert turn.exchanges[0].end is End.ABORTED
    assert turn.exchanges[0].request.header("origin") == "http://localhost:3001"
    assert len(turn.exchanges[0].stream.events) == 1
    assert turn["sent"].request.header("origin") is None
    assert turn.turns == (turn["turn"],)


def test_without_a_route_to_publish_messages_are_generated(farm: Farm) -> None:
    found, table = backend(farm, publish=None, poll=None, agents_parameter=None)
    the_plan = plan(SCENARIOS, {"broadcast"}, from_table(table, origin="a test"), slow=False, fuzz_examples=0)

    recordings = recorded(found, table, "broadcast")

    broadcast = recordings["broadcast"]
    assert generations(recordings) == the_plan.turns == 3
    assert "published" not in broadcast.findings
    assert {entry.label for entry in broadcast.exchanges} == {"a/1", "a/2", "b/1", "generate", "missed", "a/again"}
    assert len(broadcast["a/1"].stream.events) == 4
    assert len(broadcast["a/2"].stream.events) == len(broadcast["a/again"].stream.events) == 2


def test_without_event_ids_nobody_comes_back(farm: Farm) -> None:
    found, table = backend(farm, "agent_no_event_ids")

    assert "a/again" not in recorded(found, table, "broadcast")["broadcast"]


def test_generation_that_takes_a_secret_of_its_own(farm: Farm) -> None:
    found, table = backend(farm, publish=None)
    table["auth"] = {"scheme": "header", "name": "X-User", "token": "a-token-of-the-tests"}
    table["profiles"]["agent-stream"]["instances"] = [found.url, found.url]
    names = ("turn", "broadcast", "overlap", "instances")
    refused = recorded(found, table, *names)
    for name in names[1:]:
        assert "refused (status 401)" in refused[name].not_claimed, name
        assert "generate_token = " in refused[name].declare
    assert refused["turn"].not_claimed == ""

    table["profiles"]["agent-stream"]["generate_token"] = mint(found.settings.base, "a-cron-job")
    allowed = recorded(found, table, *names)
    assert {allowed[name].not_claimed for name in names} == {""}
    assert allowed["broadcast"]["generate"].status == 200
    assert table["profiles"]["agent-stream"]["generate_token"] not in str(allowed)


@pytest.mark.parametrize(("most", "claimed"), [(1, set()), (2, set()), (3, {"overlap"}), (5, {"broadcast", "overlap"})])
def test_too_few_requests_at_once_are_told_and_never_awaited(farm: Farm, most: int, claimed: set[str]) -> None:
    found, table = backend(farm)
    table["backend"]["max_concurrency"] = most

    recordings = recorded(found, table, "broadcast", "overlap", "turn")

    for name in ("broadcast", "overlap"):
        assert bool(recordings[name].not_claimed) == (name not in claimed), name
        assert ("max_concurrency = 8" in recordings[name].declare) == (name not in claimed)
    assert ("sent" in recordings["turn"]) == (most > 1)
    assert recordings["turn"]["turn"].stream.frames


def test_users_of_other_hosts_see_nothing_without_leave(farm: Farm) -> None:
    _found, table = backend(farm)
    config = from_table(table, origin="a test")
    remote = replace(config, backend=replace(config.backend, url="https://chat.example.com"))

    quiet = plan(SCENARIOS, ALL - {"instances"}, remote, slow=False, fuzz_examples=0)
    assert {left.scenario for left in quiet.left_out} == SENDING - {"instances"}
    assert all("intrusive = true" in left.declare for left in quiet.left_out)
    assert (quiet.turns, quiet.control.cost.requests if quiet.control else 0) == (0, 1)

    allowed: Config = replace(remote, backend=replace(remote.backend, intrusive=True))
    assert plan(SCENARIOS, ALL - {"instances"}, allowed, slow=False, fuzz_examples=0).left_out == ()


def test_event_source_sends_cookies_and_no_other_credential(farm: Farm) -> None:
    found, table = backend(farm)
    plain = recorded(found, table, "event_source")["event_source"]["plain"]
    assert plain.request.header("authorization") is None
    assert plain.is_stream

    table["auth"] = {"scheme": "cookie", "name": "session", "token": "a-token-of-the-tests"}
    plain = recorded(found, table, "event_source")["event_source"]["plain"]
    assert plain.request.header("cookie") is not None


def test_pages_that_send_no_header_send_no_preflight(farm: Farm) -> None:
    found, table = backend(farm)
    assert "listed" in recorded(found, table, "preflight")["preflight"]

    del table["auth"]
    silent = recorded(found, table, "preflight")["preflight"]
    assert silent.exchanges == ()
    assert "EventSource" in silent.not_claimed


@pytest.mark.parametrize(("heartbeat", "slow"), [(1.0, False), (30.0, False), (60.0, True)])
def test_idle_stream_takes_longer_than_a_minute_only_where_it_must(farm: Farm, heartbeat: float, slow: bool) -> None:
    _found, table = backend(farm, heartbeat=heartbeat)
    the_plan = plan(SCENARIOS, {"idle"}, from_table(table, origin="a test"), slow=False, fuzz_examples=0)

    assert [left.scenario for left in the_plan.left_out] == (["idle"] if slow else [])
    lasting = [entry.cost.seconds for entry in the_plan.scenarios if entry.scenario.name == "idle"]
    assert len(lasting) == (0 if slow else 1)
    assert all(1.5 * heartbeat < seconds <= 60 for seconds in lasting)


def test_answer_that_is_no_stream_is_no_subscription(farm: Farm) -> None:
    found, table = backend(farm, "agent_json_list")
    turn = recorded(found, table, "turn")["turn"]
    assert "application/json" in SCENARIOS.broken(turn.exchanges[0])

    found, table = backend(farm)
    assert SCENARIOS.broken(recorded(found, table, "turn")["turn"].exchanges[0]) == ""
