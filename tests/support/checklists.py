"""A run of a production checklist, made by hand: a box of every state, evidence of three runs, and one refused."""

from __future__ import annotations

from dataclasses import replace

from chatproof.checklist_facts import Box, BoxEvidence, ChecklistFacts, EvidenceRun
from chatproof.run import Run
from support.load_documents import load_run_document
from support.run_documents import HOSTILE, faulty_run

__all__ = ["checklist_facts", "checklist_run", "hostile_checklist_run", "ticked_checklist_run"]

GUIDE = "AI chat guide"
DEPLOYING = "Before Deploying SSE"
TARGETS = "Performance Targets"
BUILD = "4f2c1e9"
FINGERPRINT = "0a1b2c3d4e5f"


def checklist_run() -> Run:
    """A check and a short load with eleven boxes: every state is there, one box is held back by a waiver alone."""
    check, load = faulty_run(), load_run_document()
    return replace(
        check,
        command="checklist",
        exit_code=1,
        exit_reason="2 boxes not ticked",
        duration_seconds=38.9,
        validity=load.validity,
        targets=load.targets,
        load=load.load,
        build=BUILD,
        fingerprint=FINGERPRINT,
        settings={"backend": {"url": "http://loopback", "environment": "staging"}},
        checklist=checklist_facts(),
    )


def ticked_checklist_run() -> Run:
    """A checklist of which every box that can be judged is ticked."""
    run, facts = checklist_run(), checklist_facts()
    boxes = tuple(box for box in facts.boxes if box.state in {"ticked", "manual"})
    return replace(
        run,
        exit_code=0,
        exit_reason="every box that can be judged is ticked",
        checklist=replace(facts, boxes=boxes, refused=()),
    )


def hostile_checklist_run() -> Run:
    """A checklist with texts of a hostile backend wherever a text of anybody's may stand."""
    run, facts = checklist_run(), checklist_facts()
    evil = tuple(
        replace(
            box,
            text=HOSTILE,
            section=HOSTILE,
            translation=HOSTILE,
            reason=HOSTILE,
            remedy=HOSTILE,
            needs=HOSTILE,
            evidence=tuple(replace(entry, name=HOSTILE, text=HOSTILE) for entry in box.evidence),
        )
        for box in facts.boxes
    )
    runs = tuple(replace(entry, file=HOSTILE, build=HOSTILE, outcome=HOSTILE) for entry in facts.runs)
    return replace(
        run,
        build=HOSTILE,
        checklist=replace(facts, boxes=evil, runs=runs, left_out=((HOSTILE, HOSTILE),), refused=((HOSTILE, HOSTILE),)),
    )


def checklist_facts() -> ChecklistFacts:
    """The facts of `checklist_run`."""
    return ChecklistFacts(boxes=_boxes(), runs=_runs(), left_out=_LEFT_OUT, refused=_REFUSED)


def _boxes() -> tuple[Box, ...]:
    return (
        Box(
            id="ai-chat-headers",
            document=GUIDE,
            section=DEPLOYING,
            text="Verify correct SSE headers are set",
            state="ticked",
            evidence=(
                _requirement("SSE-TYPE-01", "met", "A stream is answered with status 200 and `text/event-stream`."),
                _requirement("HTTP-CACHE-01", "met", "The `Cache-Control` of a stream contains `no-cache`."),
            ),
        ),
        Box(
            id="ai-chat-validation",
            document=GUIDE,
            section=DEPLOYING,
            text="Test request validation (empty message, invalid sessionId)",
            state="not_ticked",
            reason="AICHAT-VAL-01 is not met: found status 200; expected 400 or 422",
            remedy="Refuse the message before the stream begins: `message: constr(min_length=1, max_length=4000)`.",
            evidence=(
                _requirement("AICHAT-VAL-01", "not_met", "found status 200; expected 400 or 422"),
                _requirement("AICHAT-VAL-07", "met", "The documented session id is accepted; others are refused."),
            ),
        ),
        Box(
            id="ai-chat-proxy",
            document=GUIDE,
            section=DEPLOYING,
            text="Check proxy configuration disables buffering",
            state="not_testable",
            reason="AICHAT-PROXY-01 is not claimed",
            needs='declare `front = "https://chat.example.com"` under [backend]',
            evidence=(
                _requirement("SSE-BUF-01", "met", "A stream carries `X-Accel-Buffering: no`."),
                _requirement("AICHAT-PROXY-01", "not_claimed", "no public front is declared"),
            ),
        ),
        Box(
            id="ai-chat-heartbeat",
            document=GUIDE,
            section=DEPLOYING,
            text="Verify heartbeat keeps connections alive",
            state="not_ticked",
            reason="AICHAT-HB-01 is waived until 2027-03-01 by platform: the edge proxy swallows comments",
            remedy="Mend what is waived, and delete the waiver.",
            evidence=(_requirement("AICHAT-HB-01", "waived", "waived until 2027-03-01 by platform"),),
        ),
        Box(
            id="ai-chat-memory-usage",
            document=GUIDE,
            section=DEPLOYING,
            text="Monitor memory usage with memory retrieval",
            state="manual",
            needs="watch the backend's memory; `[observe] pid` lets a load run draw it",
        ),
        Box(
            id="ai-chat-ttft",
            document=GUIDE,
            section=TARGETS,
            text="**Time to First Token**: < 350ms (without memory), < 500ms (with memory)",
            state="not_ticked",
            reason="ttft[memory].p95 < 500ms is not met: at least 611.0 ms, with 95 % confidence (n = 613)",
            remedy="Run the memory lookup beside the model's call, with a time limit of its own.",
            evidence=(
                _target("ttft.p95 < 350ms", "met", "at most 338.5 ms, with 95 % confidence (1,240 turns)"),
                _target("ttft[memory].p95 < 500ms", "not_met", "at least 611.0 ms, with 95 % confidence (613 turns)"),
            ),
        ),
        Box(
            id="ai-chat-stability",
            document=GUIDE,
            section=TARGETS,
            text="**Connection Stability**: > 99% uptime for 5-minute streams",
            state="not_judged",
            reason="no run judges survival_5m > 99% and uptime > 99%",
            needs="needs a soak of 299 streams of five minutes: `chatproof load --workload soak`, then --evidence",
        ),
        Box(
            id="ai-chat-concurrent",
            document=GUIDE,
            section=TARGETS,
            text="**Concurrent Streams**: Support 100+ concurrent SSE connections",
            state="ticked",
            evidence=(
                BoxEvidence(
                    kind="capacity",
                    name="streams >= 100",
                    profile="ai-chat",
                    verdict="met",
                    text="holds 240 streams within its targets, tried up to 320",
                    run=2,
                ),
            ),
        ),
        Box(
            id="ai-chat-error-rate",
            document=GUIDE,
            section=TARGETS,
            text="**Error Rate**: < 1% of requests result in stream errors",
            state="ticked",
            reason="retry_rate.provider is not claimed",
            evidence=(_target("error_rate < 1%", "met", "at most 0.62 %, with 95 % confidence (487 requests)"),),
        ),
        Box(
            id="hybrid-switch",
            document="Hybrid plan",
            section="Немедленно (сейчас)",
            text='Добавить переключатель "SSE-only mode"',
            language="ru",
            translation='Add a switch "SSE-only mode"',
            state="manual",
            needs="the project builds it",
        ),
        Box(
            id="own-1",
            document="chatproof.toml",
            section="Own boxes",
            text="The on-call rota knows of the release",
            state="manual",
            needs="somebody of the project confirms it",
        ),
    )


def _requirement(name: str, verdict: str, text: str) -> BoxEvidence:
    return BoxEvidence(kind="requirement", name=name, profile="ai-chat", verdict=verdict, text=text, run=0)


def _target(name: str, verdict: str, text: str) -> BoxEvidence:
    return BoxEvidence(kind="target", name=name, profile="ai-chat", verdict=verdict, text=text, run=1)


def _runs() -> tuple[EvidenceRun, ...]:
    def run(command: str, file: str, seconds: float, outcome: str) -> EvidenceRun:
        return EvidenceRun(
            command=command,
            file=file,
            started_at="2026-11-21T09:30:00+00:00",
            duration_seconds=seconds,
            build=BUILD,
            fingerprint=FINGERPRINT,
            outcome=outcome,
        )

    return (
        run("check", "check/run.json", 14.2, "1: 1 requirement not met"),
        run("load", "load-chat-turns/run.json", 24.7, "1: 1 target not met: ttft[memory].p95 < 500ms"),
        run("capacity", "capacity/run.json", 412.0, "0: found"),
    )


_LEFT_OUT = (
    ("ChatKit guide", "[profiles.chatkit]"),
    ("Agent stream guide", "[profiles.agent-stream]"),
)
_REFUSED = (
    ("soak/run.json", "of build 77aa001, and not of 4f2c1e9"),
    ("old/run.json", "configured otherwise: profiles.ai-chat.heartbeat is 10.0 here, 30.0 there"),
)
