"""Run documents made by hand: a realistic one, and one of a hostile backend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chatproof.run import (
    Evidence,
    EvidenceFrame,
    PlanSummary,
    RequirementVerdict,
    Run,
    ScenarioSummary,
    WaiverState,
)

HTML = {
    "title": "WHATWG HTML",
    "section": "9.2.6",
    "url": "https://html.spec.whatwg.org/multipage/server-sent-events.html",
}
GUIDE = {"title": "AI chat over SSE", "section": "heartbeats", "url": ""}
CURL = (
    "curl -N -X POST 'http://127.0.0.1:3000/api/v1/chat' -H 'Content-Type: application/json' "
    "-H 'Accept: text/event-stream' -H 'Authorization: Bearer <secret:1 len=171>' "
    """--data-raw '{"message": "Hello, how are you?", "sessionId": "session-20250819-143022-a1b2"}'"""
)
CLAUSES = (
    ("sse/framing", "SSE-FRAME", 9, "Every block of the stream ends with a blank line, also the last one."),
    ("sse/headers", "SSE-TYPE", 6, "A stream is answered with status 200 and the media type `text/event-stream`."),
    ("cors/preflight", "CORS-PRE", 7, "A preflight from a listed origin is answered with a 2xx that allows it."),
    ("cors/actual", "CORS-ACT", 5, "The stream itself names the page's origin, not only its preflight."),
    ("http/status", "HTTP-401", 10, "A request without a credential is answered 401 with `WWW-Authenticate`."),
    ("jwt/claims", "JWT-EXP", 6, "A token whose `exp` lies in the past is rejected."),
    (
        "ai_chat/validation",
        "AICHAT-VAL",
        15,
        "A message of more than 4000 characters is rejected with 400, 413 or 422.",
    ),
    ("ai_chat/headers", "AICHAT-HDR", 10, "Every answer carries a request id."),
    ("ai_chat/events", "AICHAT-EVT", 12, "After `done` nothing follows on the stream."),
    ("ai_chat/heartbeats", "AICHAT-HB", 5, "A heartbeat never comes inside an event."),
    ("ai_chat/sessions", "AICHAT-SESS", 5, "A session still works after a turn was aborted in mid-stream."),
)
NOT_MET = {
    "SSE-TYPE-01": (
        "status 200, media type text/plain",
        "media type text/event-stream",
        "media_type='text/event-stream'",
    ),
    "CORS-ACT-01": (
        "no Access-Control-Allow-Origin",
        "`http://localhost:3001`",
        "Let the middleware run on streams too.",
    ),
    "AICHAT-EVT-02": ("event usage after done", "nothing after `done`", "Send `usage` before `done`."),
    "AICHAT-HB-02": ("silence of 17.3 s", "at most 15 s", "Send `: ping` every 10 s from a task of its own."),
    "AICHAT-VAL-05": ("status 500", "400, 413 or 422", "Count code points:\n  len(message) <= 4000"),
}
DECLARE = {
    "AICHAT-HB": '[profiles.ai-chat]\nlong_turn = { message = "Tell me a long story" }',
    "JWT-EXP": '[auth]\nscheme = "jwt"\nsecret = "${CHAT_JWT_SECRET}"',
}
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} \x00\x1b[31mred\x1b]0;title\x07 "
    "\u202egnp.exe\u202c %0A::error::x \n::error title=own::planted\n##[add-mask]x | `a` ``` | @team "
    "https://evil.example/ ]]> & \ud800 \ufffe ✗ 名前"
)


def _verdict(prefix: str, number: int, clause: str, statement: str) -> RequirementVerdict:
    identifier = f"{prefix}-{number:02}"
    level = ("MUST", "MUST", "SHOULD", "MUST", "MAY")[number % 5]
    entry = RequirementVerdict(
        requirement=identifier,
        level=level,
        profile="ai-chat",
        verdict="met",
        clause=clause,
        statement=statement,
        why="A browser drops what breaks this, and the user sees half an answer.",
        sources=(HTML, GUIDE) if clause.startswith("sse") else (GUIDE,),
        aliases=("AICHAT-HDR-01",) if identifier == "SSE-TYPE-01" else (),
        seconds=0.0004,
    )
    if identifier in NOT_MET:
        found, expected, remedy = NOT_MET[identifier]
        key = "ai-chat/long_turn/turn" if prefix == "AICHAT-HB" else "ai-chat/turn/turn"
        told: dict[str, Any] = {"found": found, "expected": expected, "remedy": remedy, "evidence": key, "curl": CURL}
        return replace(entry, verdict="not_met", offset=812 if prefix == "AICHAT-EVT" else None, **told)
    if prefix in DECLARE:
        return replace(entry, verdict="not_claimed", reason="no means are declared", declare=DECLARE[prefix])
    if prefix == "AICHAT-SESS":
        return replace(entry, verdict="not_testable", reason="the scenario `abort` was left early: status 503")
    if identifier == "SSE-FRAME-04":
        waiver = {"reason": "the edge proxy cuts it", "owner": "platform", "expires": "2027-03-01"}
        return replace(entry, verdict="waived", reason="waived", waiver=waiver, found="an unfinished block")
    return entry


def _evidence(scenario: str) -> Evidence:
    frames = [
        EvidenceFrame(at_seconds=0.31 + 0.04 * n, kind="event", name="token", text=f'{{"delta": "w{n}"}}')
        for n in range(24)
    ]
    frames.insert(3, EvidenceFrame(at_seconds=0.4, kind="comment", name="", text="heartbeat"))
    frames.insert(9, EvidenceFrame(at_seconds=0.66, kind="violation", name="unknown-field", text="byte 812: 'evnt'"))
    frames.insert(12, EvidenceFrame(at_seconds=0.75, kind="silent", name="message", text="no data; last event id '7'"))
    if scenario == "long_turn":
        frames.append(EvidenceFrame(at_seconds=18.6, kind="event", name="done", text='{"finish_reason": "stop"}'))
    return Evidence(
        profile="ai-chat",
        scenario=scenario,
        label="turn",
        method="POST",
        url="http://127.0.0.1:3000/api/v1/chat",
        request_headers=(("Content-Type", "application/json"), ("Authorization", "Bearer <secret:1 len=171>")),
        request_body='{"message": "Hello, how are you?"}',
        status=200,
        reason="OK",
        headers=(("content-type", "text/plain"), ("transfer-encoding", "chunked")),
        head_seconds=0.021,
        frames=tuple(frames),
        frames_left_out=0,
        body_bytes=1840,
        end="terminal chunk" if scenario == "turn" else "cut inside a chunk",
        ended_seconds=1.32 if scenario == "turn" else 18.7,
        trouble="" if scenario == "turn" else "peer closed the connection",
    )


def faulty_run() -> Run:
    """Ninety requirements, five of them not met."""
    verdicts = tuple(
        _verdict(prefix, number, clause, statement)
        for clause, prefix, count, statement in CLAUSES
        for number in range(1, count + 1)
    )
    return Run(
        command="check",
        version="0.1.0",
        started_at="2026-11-21T09:30:00+00:00",
        duration_seconds=11.42,
        backend={"url": "http://127.0.0.1:3000", "environment": "staging", "origins": ["http://localhost:3001"]},
        profiles=("ai-chat",),
        strict=False,
        interrupted=False,
        exit_code=1,
        exit_reason="3 requirements not met",
        verdicts=verdicts,
        not_selected=4,
        plan=PlanSummary(
            requests=412,
            turns=118,
            seconds=94.5,
            expected_seconds=14.5,
            longest="long_turn",
            scenarios=2,
            left_out=({"scenario": "idle_turn", "reason": "slow: runs with --slow"},),
        ),
        scenarios=(
            ScenarioSummary(
                profile="ai-chat", scenario="turn", exchanges=2, seconds=2.7, file="recordings/ai-chat/turn.har"
            ),
            ScenarioSummary(
                profile="ai-chat", scenario="abort", exchanges=1, seconds=0.4, note="left early: status 503"
            ),
        ),
        evidence={f"ai-chat/{name}/turn": _evidence(name) for name in ("turn", "long_turn")},
        waivers=(
            WaiverState(
                requirement="SSE-FRAME-04",
                profile="ai-chat",
                state="used",
                message="covers it",
                line=12,
                origin="chatproof.toml",
                owner="platform",
                reason="the edge proxy cuts it",
                expires="2027-03-01",
            ),
        ),
    )


def hostile_run() -> Run:
    """A backend that sends markup, escape sequences, workflow commands and a line of a megabyte."""
    faulty = faulty_run()
    evil: dict[str, Any] = {
        "found": HOSTILE,
        "expected": HOSTILE,
        "remedy": HOSTILE,
        "reason": HOSTILE,
        "curl": f"curl -N '{HOSTILE}'",
    }
    verdicts = tuple(replace(entry, **evil) for entry in faulty.verdicts)
    verdicts = (*verdicts[:9], replace(verdicts[9], found="A" * 1_000_000), *verdicts[10:])
    shown = faulty.evidence["ai-chat/turn/turn"]
    shown = replace(
        shown,
        url=HOSTILE,
        reason=HOSTILE,
        headers=((HOSTILE, HOSTILE),),
        request_body=HOSTILE,
        trouble=HOSTILE,
        frames=tuple(replace(frame, name=HOSTILE, text=HOSTILE) for frame in shown.frames),
    )
    states = (replace(faulty.waivers[0], state="unmatched", message=HOSTILE, reason=HOSTILE, owner=HOSTILE),)
    return replace(
        faulty,
        verdicts=verdicts,
        evidence={"ai-chat/turn/turn": shown},
        waivers=states,
        backend={"url": f"http://127.0.0.1:3000/{HOSTILE}"},
        gate={"ai-chat": {"reason": HOSTILE, "hint": HOSTILE}},
        crash=HOSTILE,
        scenarios=(replace(faulty.scenarios[0], note=HOSTILE),),
        exit_reason=HOSTILE,
    )
