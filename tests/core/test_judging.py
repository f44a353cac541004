from __future__ import annotations

import pytest

from chatproof.case import Case
from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.judging import judge
from chatproof.requirement import Requirement, Source, requirement, requirement_of
from chatproof.verdict import Level, Verdict
from support.recordings import case, exchange, recording, turn


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproof.requirement._REGISTRIES", [{}])


def entry(identifier: str, outcome: Exception | None, **changes: object) -> Requirement:
    @requirement(
        identifier,
        Level.MUST,
        Source("RFC 0", "1"),
        why="w",
        example="e",
        remedy="mend it",
        **changes,  # type: ignore[arg-type]  # a table
    )
    def test_it(case: Case) -> None:
        """It holds."""
        case["turn"]
        if outcome is not None:
            raise outcome

    found = requirement_of(test_it)
    assert found is not None
    return found


def test_a_judge_that_returns_has_found_it_met() -> None:
    judgement = judge(entry("TEST-MET-01", None), case(turn=turn()))

    assert judgement.verdict is Verdict.MET
    assert judgement.seconds > 0


def test_a_failure_carries_found_expected_remedy_evidence_and_replay() -> None:
    seen = recording("turn", turn())
    failure = Failure(found="status 201", expected="status 200", at=seen["turn"], offset=3)

    judgement = judge(entry("TEST-BROKEN-01", failure), case(turn=seen))

    assert judgement.verdict is Verdict.NOT_MET
    assert (judgement.found, judgement.expected, judgement.remedy) == ("status 201", "status 200", "mend it")
    assert (judgement.evidence, judgement.offset) == ("turn/turn", 3)
    assert judgement.curl.startswith("curl ")


def test_absent_means_and_failed_means_are_two_verdicts() -> None:
    unclaimed = judge(entry("TEST-CLAIM-01", NotClaimed("no ids", declare="ids = true")), case(turn=turn()))
    untestable = judge(entry("TEST-TESTABLE-01", NotTestable("no beat")), case(turn=turn()))

    assert (unclaimed.verdict, unclaimed.reason, unclaimed.declare) == (Verdict.NOT_CLAIMED, "no ids", "ids = true")
    assert (untestable.verdict, untestable.reason) == (Verdict.NOT_TESTABLE, "no beat")


def test_undeclared_means_are_not_claimed_before_the_judge_is_asked() -> None:
    judgement = judge(entry("TEST-MEANS-01", RuntimeError("asked"), means=("long_turn",)), case(turn=turn()))

    assert judgement.verdict is Verdict.NOT_CLAIMED
    assert "long_turn" in judgement.declare


@pytest.mark.parametrize("outcome", [None, Failure(found="a", expected="b"), RuntimeError("asked")])
def test_with_a_dead_control_nothing_is_judged(outcome: Exception | None) -> None:
    dead = case(turn=exchange(status=404))

    judgement = judge(entry(f"TEST-DEAD-{type(outcome).__name__}", outcome, explains_control=True), dead)

    assert judgement.verdict is Verdict.NOT_TESTABLE
    assert "status 404" in judgement.reason


def test_a_broken_control_may_be_explained_but_nothing_is_met() -> None:
    broken = case(turn=exchange(status=200))
    failure = Failure(found="application/json", expected="text/event-stream")

    assert judge(entry("TEST-BREAK-01", failure, explains_control=True), broken).verdict is Verdict.NOT_MET
    assert judge(entry("TEST-BREAK-02", None, explains_control=True), broken).verdict is Verdict.NOT_TESTABLE
    assert judge(entry("TEST-BREAK-03", failure), broken).verdict is Verdict.NOT_TESTABLE


def test_a_failure_on_a_request_that_could_not_be_sent_is_no_verdict() -> None:
    gone = exchange("x", status=None, connection=0, trouble="connection refused")
    failure = Failure(found="no answer", expected="status 401", at=gone)

    judgement = judge(entry("TEST-GONE-01", failure), case(turn=turn()))

    assert judgement.verdict is Verdict.NOT_TESTABLE
    assert "connection refused" in judgement.reason


def test_a_judge_that_looked_at_nothing_has_not_found_it_met() -> None:
    @requirement("TEST-BLIND-01", Level.MUST, Source("RFC 0", "1"), why="w", example="e", remedy="r")
    def test_blind(case: Case) -> None:
        """It sees nothing."""

    blind = requirement_of(test_blind)

    assert blind is not None
    assert judge(blind, case(turn=turn())).verdict is Verdict.NOT_TESTABLE


def test_a_judge_may_not_read_a_scenario_that_it_does_not_declare() -> None:
    with pytest.raises(LookupError, match="does not declare"):
        judge(entry("TEST-UNDECLARED-01", None, scenarios=("other",)), case(turn=turn(), other=turn()))


def test_expect_shows_what_is_no_text_by_its_repr() -> None:
    with pytest.raises(Failure, match="found None; expected a header"):
        expect(None, found=None, expected="a header")
