from __future__ import annotations

import pytest

from chatproof.exit_code import ExitCode, exit_code
from chatproof.run import RequirementVerdict, WaiverState


def verdict(word: str, level: str = "MUST", requirement: str = "SSE-TYPE-01") -> RequirementVerdict:
    return RequirementVerdict(
        requirement=requirement, level=level, profile="ai-chat", verdict=word, clause="sse/type", statement="..."
    )


def waiver(state: str) -> WaiverState:
    return WaiverState(
        requirement="SSE-BUF-01",
        profile="ai-chat",
        state=state,
        message="",
        line=1,
        origin="",
        owner="",
        reason="",
        expires="",
    )


MET = verdict("met", requirement="HTTP-FRAME-01")
CLOSED = {"ai-chat": {"reason": "connection refused", "hint": ""}}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"verdicts": [MET]}, ExitCode.MET),
        ({"verdicts": [MET, verdict("not_claimed")]}, ExitCode.MET),
        ({"verdicts": [MET, verdict("waived")]}, ExitCode.MET),
        ({"verdicts": [MET, verdict("not_met", "SHOULD")]}, ExitCode.MET),
        ({"verdicts": [MET, verdict("not_met", "MAY")], "strict": True}, ExitCode.MET),
        ({"verdicts": [MET, verdict("not_testable", "SHOULD")]}, ExitCode.MET),
        ({"verdicts": [MET], "waivers": [waiver("used"), waiver("not_judged")]}, ExitCode.MET),
        ({"verdicts": [MET, verdict("not_met")]}, ExitCode.NOT_MET),
        ({"verdicts": [MET, verdict("not_met", "SHOULD")], "strict": True}, ExitCode.NOT_MET),
        ({"verdicts": [MET, verdict("not_met"), verdict("not_testable")], "gate": CLOSED}, ExitCode.NOT_MET),
        ({"verdicts": [MET], "waivers": [waiver("stale")]}, ExitCode.NOT_MET),
        ({"verdicts": [MET], "waivers": [waiver("expired")]}, ExitCode.NOT_MET),
        ({"verdicts": [MET], "waivers": [waiver("unmatched")]}, ExitCode.NOT_MET),
        ({"verdicts": [MET, verdict("not_testable")]}, ExitCode.NO_VERDICT),
        ({"verdicts": [MET, verdict("not_testable", "SHOULD")], "strict": True}, ExitCode.NO_VERDICT),
        ({"verdicts": [verdict("not_testable")], "gate": CLOSED}, ExitCode.NO_VERDICT),
        ({"verdicts": []}, ExitCode.NO_VERDICT),
        ({"verdicts": [verdict("not_claimed")]}, ExitCode.NO_VERDICT),
        ({"verdicts": [MET, verdict("not_met")], "crash": "disk on fire"}, ExitCode.CRASHED),
        ({"verdicts": [MET, verdict("not_met")], "crash": "disk on fire", "interrupted": True}, ExitCode.INTERRUPTED),
    ],
)
def test_the_first_row_that_applies_decides(facts: dict[str, object], code: ExitCode) -> None:
    found, reason = exit_code(**facts)  # type: ignore[arg-type]  # a table of keyword arguments

    assert found == code
    assert reason


def test_the_reason_names_what_closed_the_gate() -> None:
    _code, reason = exit_code(verdicts=[verdict("not_testable")], gate=CLOSED)

    assert reason == "ai-chat: connection refused"
