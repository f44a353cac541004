"""What is in the requests that scenarios send."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import AiChat, Auth, Backend
from chatproof.conformance.ai_chat.markers import MARKERS
from chatproof.conformance.ai_chat.scenarios import SCENARIOS
from chatproof.conformance.ai_chat.searches import LABELS, shares_of
from chatproof.conformance.common.forgeries import PLACEHOLDER_KEY, parts_of
from chatproof.recording import End
from conformance_ai_chat.scenario_runs import FULL, PLAIN, body_of, cost, run
from support.recordings import ORIGIN, URL, exchange, refusal, turn

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.anyio


async def test_a_turn_is_what_a_browser_sends() -> None:
    driver = await run("turn")
    request = driver.request("turn")
    names = [key for key, _ in request.headers]
    assert names == ["Content-Type", "Accept", "Accept-Encoding", "Authorization", "Origin"]
    assert (request.method, request.url) == ("POST", URL + "/api/v1/chat")
    assert request.header("accept-encoding") == "identity"
    assert request.header("origin") == ORIGIN
    assert body_of(driver, "turn") == {"message": "Hello, how are you?", "lang": "en"}
    assert driver.sent[0].terminal(turn().stream.events[-1])
    assert not driver.sent[0].terminal(turn().stream.events[0])


@pytest.mark.parametrize(
    "control",
    [
        exchange(status=None),
        refusal("turn", status=500),
        turn(end=End.IDLE_DEADLINE),
        turn(end=End.BYTE_CAP),
    ],
)
async def test_control_that_did_not_work_is_not_repeated(control: Any) -> None:
    driver = await run("turn", answer=lambda _label, _request: control)
    assert driver.labels == ["turn"]


async def test_control_that_stays_open_after_done_is_repeated() -> None:
    driver = await run("turn", answer=lambda label, _request: turn(label, end=End.STILL_OPEN))
    assert driver.labels == ["turn", "again"]


async def test_origin_is_left_out_where_no_browser_is_meant_to_call() -> None:
    config = replace(FULL, backend=replace(FULL.backend, cors="none"))
    assert (await run("turn", config)).request("turn").header("origin") is None
    assert (await run("native")).request("turn").header("origin") is None


async def test_declared_turns_go_where_they_should() -> None:
    long = await run("long_turn")
    assert body_of(long, "turn") == {"message": "long", "lang": "en", "temperature": 0}
    assert long.sent[0].limits is not None
    assert long.sent[0].limits.total_seconds == 90
    assert (await run("gzip")).request("turn").header("accept-encoding") == "gzip"
    for name in ("front", "front_long_turn", "idle_turn"):
        assert (await run(name)).request("turn").url == "https://chat.example/api/v1/chat"
    idle = await run("idle_turn", replace(FULL, backend=Backend(url=URL)))
    assert idle.request("turn").url == URL + "/api/v1/chat"
    assert idle.sent[0].limits is not None
    assert idle.sent[0].limits.idle_seconds == 91.0


@pytest.mark.parametrize("name", ["long_turn", "idle_turn", "rate_limit"])
async def test_undeclared_turn_is_not_sent(name: str) -> None:
    driver = await run(name, PLAIN)
    assert not driver.sent
    assert "not_testable" in driver.outcome
    assert cost(name, PLAIN).seconds == (17.0 if name == "rate_limit" else 0.0)


def test_idle_turn_is_slow_from_a_minute_on() -> None:
    slow = SCENARIOS.scenarios["idle_turn"].slow
    assert slow(FULL.profiles["ai-chat"])
    assert not slow(replace(FULL.profiles["ai-chat"], idle_limit=59.0))
    assert not slow(AiChat())
    assert not SCENARIOS.scenarios["turn"].slow(AiChat())


async def test_preflight_asks_as_browsers_and_as_people_do() -> None:
    driver = await run("preflight")
    listed = driver.request("listed")
    assert listed.header("access-control-request-headers") == "authorization,content-type"
    assert listed.header("access-control-request-method") == "POST"
    assert driver.request("curl_form").header("access-control-request-headers") == "Authorization,Content-Type"
    cookie = replace(FULL, auth=Auth(scheme="cookie", token="sesame-sesame", name="session"))
    driver = await run("preflight", cookie)
    assert driver.request("listed").header("access-control-request-headers") == "content-type"
    assert driver.request("curl_form").header("access-control-request-headers") == "Content-Type"


async def test_foreign_pages_cost_one_turn() -> None:
    driver = await run("foreign_origins")
    origins = {sent.label: sent.request.header("origin") for sent in driver.sent}
    assert origins["preflight/suffix"] == "http://localhost:3001.evil.example"
    assert origins["actual/null"] == "null"
    assert body_of(driver, "actual/evil")["message"] == ""
    assert body_of(driver, "actual_turn/evil")["message"]


@pytest.mark.parametrize(
    "name",
    ["no_token", "forged_tokens", "placeholder_key", "broken_json", "content_type", "big_body", "get", "slash"],
)
async def test_accepted_bad_request_costs_little(name: str) -> None:
    driver = await run(name, answer=lambda label, _request: turn(label))
    assert all(driver.recorded(sent.label).end is End.ABORTED for sent in driver.sent)


async def test_forgeries_are_sent_where_the_token_goes() -> None:
    opaque = replace(FULL, auth=Auth(scheme="bearer", token="an-opaque-token"))
    assert (await run("forged_tokens", opaque)).labels == ["garbage"]
    header = replace(FULL, auth=Auth(scheme="header", token="an-opaque-token", name="X-Api-Key"))
    assert (await run("forged_tokens", header)).request("garbage").header("x-api-key")
    assert (await run("ping", opaque)).request("invalid").header("authorization") == "Bearer not-a-token-at-all"


async def test_minted_tokens_differ_in_one_claim() -> None:
    driver = await run("minted_tokens")
    claims = {}
    for sent in driver.sent:
        parts = parts_of((sent.request.header("authorization") or "").removeprefix("Bearer "))
        assert parts is not None
        claims[sent.label] = parts.claims
    fresh = claims["fresh"]
    assert fresh["aud"] == "authenticated"
    assert claims["expired"]["exp"] < fresh["iat"] - 60
    assert claims["long_expired"]["exp"] < claims["expired"]["exp"]
    assert claims["not_yet"]["nbf"] > fresh["iat"] + 300
    assert "exp" not in claims["no_expiry"]
    assert isinstance(claims["expiry_as_text"]["exp"], str)
    assert "aud" not in claims["no_audience"]
    assert claims["wrong_audience"]["aud"] != fresh["aud"]


async def test_audience_is_not_tried_where_none_is_declared() -> None:
    config = replace(FULL, auth=replace(FULL.auth, claims={"sub": "u1"}))
    assert not {"no_audience", "wrong_audience"} & set((await run("minted_tokens", config)).labels)


async def test_printed_key_as_the_declared_one_is_right_for_tests_only() -> None:
    auth = replace(FULL.auth, secret=PLACEHOLDER_KEY)
    production = await run("placeholder_key", replace(FULL, auth=auth))
    assert production.labels == ["chat"]
    staging = await run("placeholder_key", replace(FULL, auth=auth, backend=Backend(url=URL)))
    assert not staging.sent
    assert "not_claimed" in staging.outcome


async def test_schemes_send_the_token_otherwise() -> None:
    driver = await run("schemes")
    assert (driver.request("lower").header("authorization") or "").startswith("bearer ey")
    assert (driver.request("basic").header("authorization") or "").startswith("Basic ey")
    assert "?access_token=ey" in driver.request("query").url


async def test_session_id_that_the_pattern_takes_is_not_called_invalid() -> None:
    settings = replace(FULL.profiles["ai-chat"], session_pattern=r"[a-z0-9-]+", session_example="abc-1")
    driver = await run("invalid_fields", replace(FULL, profiles={"ai-chat": settings}))
    assert [label for label in driver.labels if label.startswith("session/")] == ["session/sample", "session/newline"]


async def test_field_names_are_the_declared_ones() -> None:
    settings = AiChat(message_field="text", session_field="thread", memory_field="remember", fields={"text": "no"})
    config = replace(FULL, profiles={"ai-chat": settings})
    driver = await run("invalid_fields", config)
    assert body_of(driver, "empty") == {"text": ""}
    assert body_of(driver, "missing") == {}
    assert body_of(driver, "session/bad-format") == {"text": settings.message, "thread": "bad-format"}
    assert body_of(driver, "memory/text")["remember"] == "yes"


async def test_lengths_are_at_and_above_the_limit() -> None:
    driver = await run("lengths")
    lengths = {label: len(body_of(driver, label)["message"]) for label in driver.labels}
    assert lengths == {"limit": 4000, "over": 4001, "far_over": 4100, "emoji": 4000}


async def test_broken_bodies_are_no_json() -> None:
    driver = await run("broken_json")
    for label in driver.labels:
        with pytest.raises(ValueError, match=r"Exp|Unterm"):
            body_of(driver, label)
    assert len((await run("big_body")).request("two_megabytes").body) > 2_000_000
    assert (await run("slash")).request("slash").url == URL + "/api/v1/chat/"
    assert (await run("content_type")).request("text").header("content-type") == "text/plain"


async def test_markers_are_in_their_own_message() -> None:
    driver = await run("markers")
    assert MARKERS["a"] in body_of(driver, "a")["message"]
    assert MARKERS["b"] not in body_of(driver, "a")["message"]
    assert "\n\nevent: done\ndata: {" in body_of(await run("injection"), "turn")["message"]


async def test_abort_leaves_at_the_first_token_and_keeps_the_session() -> None:
    driver = await run("abort", answer=lambda label, _request: turn(label))
    assert driver.recorded("aborted").end is End.ABORTED
    assert driver.recorded("next").end is End.TERMINAL_CHUNK
    assert body_of(driver, "next")["sessionId"] == "session-20250819-143022-ab01"
    assert body_of(driver, "aborted") == {**body_of(driver, "next"), "message": "long", "temperature": 0}
    plain = await run("abort", PLAIN)
    assert body_of(plain, "aborted") == body_of(plain, "next")
    assert cost("abort").seconds == 90 + 60
    assert cost("abort", PLAIN).seconds == 2 * 60


async def test_session_that_does_not_fit_the_pattern_falls_back_to_the_example() -> None:
    settings = replace(FULL.profiles["ai-chat"], session_pattern="x", session_example="x")
    driver = await run("abort", replace(FULL, profiles={"ai-chat": settings}))
    assert body_of(driver, "next")["sessionId"] == "x"


async def test_many_turns_share_a_connection_and_stop_at_a_refusal() -> None:
    driver = await run("many_turns")
    assert {sent.connection for sent in driver.sent} == {1}
    refused = await run(
        "many_turns", answer=lambda label, _request: refusal(label, status=503) if label == "3" else turn(label)
    )
    assert refused.labels == ["1", "2", "3"]


async def test_many_slow_turns_are_not_claimed() -> None:
    driver = await run("many_turns", answer=lambda label, _request: turn(label, ended_seconds=0.7))
    assert driver.labels == ["1", "2", "3"]
    assert "more than 60 s" in driver.outcome["not_claimed"]


async def test_resume_goes_on_after_the_last_id() -> None:
    ids = b'id: 1\nevent: token\ndata: {"text": "a"}\n\nid: 2\nevent: done\ndata: {"finish_reason": "stop"}\n\n'
    rest = b'id: 3\nevent: done\ndata: {"finish_reason": "stop"}\n\n'

    def answer(label: str, _request: Any) -> Any:
        return turn(label, body=rest if label == "resumed" else ids if label == "turn" else b"")

    driver = await run("resume", answer=answer)
    assert driver.labels == ["preflight", "turn", "resumed", "finished"]
    assert driver.request("preflight").header("access-control-request-headers") == "last-event-id"
    assert driver.request("resumed").url == URL + "/chat/session-20250819-143022-re01/events"
    assert driver.request("resumed").header("last-event-id") == "2"
    assert driver.request("finished").header("last-event-id") == "3"
    assert len(driver.sent) <= cost("resume").requests
    without_page = await run("resume", replace(FULL, backend=Backend(url=URL)), answer=answer)
    assert without_page.labels == ["turn", "resumed", "finished"]
    assert cost("resume", replace(FULL, backend=Backend(url=URL))).requests == 3


async def test_production_switch_is_tried() -> None:
    assert (await run("test_scenario")).request("turn").header("x-test-scenario") == "timeout"


async def test_rate_limit_is_tripped_by_the_user_set_aside() -> None:
    driver = await run("rate_limit", answer=lambda label, _request: turn(label))
    assert all(sent.accept_429 for sent in driver.sent)
    parts = parts_of((driver.request("1").header("authorization") or "").removeprefix("Bearer "))
    assert parts is not None
    assert parts.claims["sub"] == "rate-user"
    bearer = replace(FULL, auth=Auth(scheme="bearer", token="an-opaque-token"))
    assert (await run("rate_limit", bearer)).request("1").header("authorization") == "Bearer an-opaque-token"


async def test_fuzzing_runs_all_searches() -> None:
    driver = await run("fuzz")
    assert tuple(driver.fuzzed) == LABELS
    assert driver.findings == {"asked": shares_of(10)}
    assert driver.shares == shares_of(10)
    assert cost("fuzz").requests == 10 + 5 * 50
    assert cost("fuzz", examples=100).requests == 100 + 5 * 50
    remote = replace(FULL, backend=replace(FULL.backend, url="https://chat.example"))
    assert cost("fuzz", remote).seconds > cost("fuzz").seconds
    assert cost("fuzz", remote, examples=100).expected_seconds == pytest.approx(100 * 0.2)
    paced = replace(FULL, backend=replace(FULL.backend, max_rps=1.0))
    assert cost("fuzz", paced).seconds > cost("fuzz", remote).seconds
    assert cost("fuzz", paced, examples=100).expected_seconds == 100
    nothing = await run("fuzz", fuzz_examples=0)
    assert not nothing.fuzzed
    assert "not_claimed" in nothing.outcome


def test_narrow_concurrency_takes_more_rounds() -> None:
    narrow = replace(FULL, backend=replace(FULL.backend, max_concurrency=1))
    assert cost("invalid_fields").seconds == 60 + 2 * 17
    assert cost("invalid_fields", narrow).seconds == 60 + 14 * 17
    assert cost("markers", narrow).seconds == 2 * cost("markers").seconds
