from __future__ import annotations

import pytest

from chatproof.exit_code import ExitCode, exit_code
from chatproof.load_facts import TargetVerdict, Validity
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


def target(word: str, level: str = "MUST") -> TargetVerdict:
    return TargetVerdict(
        target="ttft.p95 < 350ms",
        metric="ttft",
        requirement="",
        limit=0.35,
        comparison="<",
        value=None,
        unit="s",
        infinite=0,
        n=0,
        lower=None,
        upper=None,
        verdict=word,
        level=level,
    )


VALID = Validity(valid=True, reasons=())
INVALID = Validity(valid=False, reasons=("the generator was 40 ms late",))
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


@pytest.mark.parametrize(
    ("words", "facts", "code"),
    [
        ([("met", "MUST")], {}, ExitCode.MET),
        ([("met", "SHOULD")], {}, ExitCode.MET),
        ([("met", "MUST"), ("not_claimed", "MUST")], {}, ExitCode.MET),
        ([("met", "MUST"), ("not_met", "MUST")], {}, ExitCode.NOT_MET),
        ([("met", "MUST"), ("not_met", "SHOULD")], {}, ExitCode.NOT_MET),
        ([("met", "MUST"), ("not_met", "MAY")], {}, ExitCode.NOT_MET),
        ([("met", "MUST"), ("inconclusive", "MUST")], {}, ExitCode.NO_VERDICT),
        ([("met", "MUST"), ("inconclusive", "SHOULD")], {}, ExitCode.NO_VERDICT),
        ([("not_met", "SHOULD"), ("inconclusive", "MUST")], {}, ExitCode.NOT_MET),
        ([("not_met", "MUST"), ("inconclusive", "MUST")], {}, ExitCode.NOT_MET),
        ([], {}, ExitCode.NO_VERDICT),
        ([("not_claimed", "MUST")], {}, ExitCode.NO_VERDICT),
        ([("not_met", "SHOULD")], {}, ExitCode.NOT_MET),
        ([("met", "MUST")], {"validity": VALID}, ExitCode.MET),
        ([("met", "MUST")], {"validity": INVALID}, ExitCode.NO_VERDICT),
        ([("not_met", "MUST")], {"validity": INVALID}, ExitCode.NO_VERDICT),
        ([("not_met", "MUST")], {"validity": INVALID, "crash": "disk on fire"}, ExitCode.CRASHED),
        ([("not_met", "MUST")], {"validity": INVALID, "interrupted": True}, ExitCode.INTERRUPTED),
    ],
)
def test_of_a_load_run_too_the_first_row_that_applies_decides(
    words: list[tuple[str, str]], facts: dict[str, object], code: ExitCode
) -> None:
    found, reason = exit_code(targets=[target(*word) for word in words], **facts)  # type: ignore[arg-type]  # a table

    assert found == code
    assert reason


def test_the_reason_names_the_targets_and_why_a_run_is_not_valid() -> None:
    assert exit_code(targets=[target("not_met")])[1] == "1 target not met: ttft.p95 < 350ms"
    assert "40 ms late" in exit_code(targets=[target("met")], validity=INVALID)[1]


def test_the_reason_names_what_closed_the_gate() -> None:
    _code, reason = exit_code(verdicts=[verdict("not_testable")], gate=CLOSED)

    assert reason == "ai-chat: connection refused"
