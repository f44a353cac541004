"""Exit codes of searches for the capacity, and the words for what was judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.exit_code import ExitCode, capacity_code, exit_code
from chatproof.load_facts import TargetVerdict
from chatproof.run import RequirementVerdict
from support.capacity_runs import bare_facts

if TYPE_CHECKING:
    from chatproof.capacity_facts import CapacityFacts

MET = RequirementVerdict(
    requirement="SSE-TYPE-01", level="MUST", profile="ai-chat", verdict="met", clause="sse/type", statement="..."
)
TARGET = TargetVerdict(
    target="error_rate < 1%",
    metric="error_rate",
    requirement="",
    limit=1.0,
    comparison="<",
    value=0.0,
    unit="%",
    infinite=0,
    n=400,
    lower=None,
    upper=0.7,
    verdict="met",
)


def found(outcome: str, capacity: float | None, breaks_at: float | None = None, **more: Any) -> CapacityFacts:
    return bare_facts(outcome=outcome, sentence="a sentence", capacity=capacity, breaks_at=breaks_at, **more)


@pytest.mark.parametrize(
    ("facts", "code", "reason"),
    [
        (found("found", 20.0, 22.0), ExitCode.MET, "a sentence"),
        (found("found", None, 22.0), ExitCode.NOT_MET, "a sentence"),
        (found("no_failure_in_range", 64.0), ExitCode.MET, "a sentence"),
        (found("no_pass_in_range", None, 4.0), ExitCode.NOT_MET, "a sentence"),
        (found("no_pass_in_range", None, 4.0, at_least=4.0), ExitCode.NOT_MET, "a sentence"),
        (found("generator_was_the_limit", 16.0), ExitCode.NO_VERDICT, "a sentence"),
        (found("unfinished", 16.0), ExitCode.NO_VERDICT, "a sentence"),
        (found("unfinished", 16.0, at_least=8.0), ExitCode.NO_VERDICT, "a sentence"),
        (found("found", 20.0, 22.0, at_least=20.0), ExitCode.MET, "a sentence"),
        (
            found("found", 20.0, 22.0, at_least=21.0),
            ExitCode.NO_VERDICT,
            "at least 21 streams were asked for, 20 hold; more was not judged",
        ),
        (
            found("found", 20.0, 22.0, at_least=22.0),
            ExitCode.NOT_MET,
            "at least 22 streams were asked for, 20 hold",
        ),
        (
            found("generator_was_the_limit", 16.0, at_least=16.0),
            ExitCode.MET,
            "at least 16 streams were asked for, and 16 hold",
        ),
        (
            found("generator_was_the_limit", None, at_least=4.0),
            ExitCode.NO_VERDICT,
            "at least 4 streams were asked for, 0 hold; more was not judged",
        ),
    ],
)
def test_a_search_has_the_code_of_what_it_came_to(facts: CapacityFacts, code: ExitCode, reason: str) -> None:
    assert capacity_code(facts) == (code, reason)
    assert capacity_code(facts, interrupted=True)[0] == ExitCode.INTERRUPTED
    assert capacity_code(facts, crash="disk full") == (ExitCode.CRASHED, "chatproof itself failed: disk full")


@pytest.mark.parametrize(
    ("judged", "reason"),
    [
        ({"verdicts": [MET]}, "every MUST that is claimed is met"),
        ({"targets": [TARGET]}, "every target that is claimed is met"),
        ({"verdicts": [MET], "targets": [TARGET]}, "every MUST and every target that is claimed is met"),
    ],
)
def test_the_reason_of_a_good_run_names_what_was_judged(judged: dict[str, Any], reason: str) -> None:
    assert exit_code(**judged) == (ExitCode.MET, reason)


def test_what_is_waived_was_seen() -> None:
    waived = RequirementVerdict(
        requirement="SSE-TYPE-01", level="MUST", profile="ai-chat", verdict="waived", clause="sse/type", statement="..."
    )

    assert exit_code(verdicts=[waived])[0] == ExitCode.MET


def test_codes_are_the_documented_numbers() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "MET": 0,
        "NOT_MET": 1,
        "USAGE": 2,
        "NO_VERDICT": 3,
        "CRASHED": 4,
        "INTERRUPTED": 130,
    }
