"""A check from what is recorded to what its document says; the recorder itself is replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chatproof import checking
from chatproof.case import Case
from chatproof.checking import Check, Options
from chatproof.config import Config, ConfigError, from_table
from chatproof.config.problems import Problem
from chatproof.document import document
from chatproof.failure import Failure
from chatproof.recorder import Job, Recordings
from chatproof.requirement import Requirement, Source, requirement, requirement_of
from chatproof.run import Run
from chatproof.verdict import Level
from support.recordings import recording, turn

TABLE = {"backend": {"url": "http://127.0.0.1:1"}, "auth": {"scheme": "bearer", "token": "a-token-of-this-test"}}
WAIVER = {"requirement": "TEST-01", "reason": "a proxy", "owner": "us", "expires": "2099-01-01"}
Recorder = Callable[..., Recordings]


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproof.requirement._REGISTRIES", [{}])


def judged(judge: Callable[[Case], None], *, level: Level = Level.MUST) -> Requirement:
    judge.__doc__ = "It holds."
    named: Any = judge
    named.__name__ = "test_it"
    made = requirement("TEST-01", level, Source("RFC 0", "1"), why="w", example="e", remedy="mend it")(judge)
    found = requirement_of(made)
    assert found is not None
    return found


def looks(case: Case) -> None:
    case["turn"]


def fails(case: Case) -> None:
    raise Failure(found="nothing", expected="something", at=case["turn"]["turn"])


def check(entry: Requirement | None = None, *, table: dict[str, Any] | None = None, **options: Any) -> Check:
    config = from_table(TABLE | (table or {}), origin="a test", profiles=("ai-chat",))
    made = Check(config=config, options=Options(**options))
    made.pairs = [(entry, "ai-chat")] if entry else []
    return made


def records(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    """Puts in place of the recorder what records one profile."""

    async def each(jobs: Sequence[Job], config: Config, **options: Any) -> list[str]:
        done = [recorder(job.scenario_set, job.needed, config, into=job.into, **options) for job in jobs]
        return [error for one in done for error in one.errors]

    monkeypatch.setattr(checking, "record_profiles", each)


def well(*_positional: Any, into: dict[str, Any], **_options: Any) -> Recordings:
    into["turn"] = recording("turn", turn())
    return Recordings(into)


def told(made: Check, **options: Any) -> Run:
    entries = {entry.id: entry for entry, _profile in made.pairs}
    return document(made, entries, command="check", **options)


def run(made: Check) -> Run:
    made.record(lambda _event: None)
    return told(made)


def test_a_judge_that_breaks_is_our_failure_and_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(case: Case) -> None:
        case["turn"]
        raise LookupError("no such thing")

    records(monkeypatch, well)

    found = run(check(judged(breaks)))

    assert found.exit_code == 4
    assert found.crash == "the judge of TEST-01 broke: LookupError: no such thing"
    assert found.verdicts[0].verdict == "not_testable"
    assert found.verdicts[0].reason == f"chatproof itself failed: {found.crash}"


def test_a_recorder_that_breaks_is_our_failure_and_keeps_what_it_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_positional: Any, into: dict[str, Any], **_options: Any) -> Recordings:
        into["turn"] = recording("turn", turn())
        raise LookupError("no such thing")

    records(monkeypatch, breaks)

    found = run(check(judged(looks)))

    assert found.exit_code == 4
    assert found.crash == "the recorder broke: LookupError: no such thing"
    assert found.verdicts[0].verdict == "met"


def test_a_scenario_that_breaks_is_our_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def limps(*positional: Any, **options: Any) -> Recordings:
        done = well(*positional, **options)
        return Recordings(done.recordings, ["scenario ai-chat/turn: broke"])

    records(monkeypatch, limps)

    found = run(check(judged(looks)))

    assert (found.exit_code, found.crash) == (4, "scenario ai-chat/turn: broke")


def test_a_failure_of_pytest_comes_before_our_own() -> None:
    made = check(judged(looks))
    made.recordings = {"ai-chat": {"turn": recording("turn", turn())}}

    assert told(made, crash="pytest ended with INTERNAL_ERROR").crash == "pytest ended with INTERNAL_ERROR"


def test_an_interruption_is_noted_and_what_was_recorded_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_positional: Any, into: dict[str, Any], **_options: Any) -> Recordings:
        into["turn"] = recording("turn", turn())
        raise KeyboardInterrupt

    records(monkeypatch, interrupted)

    found = run(check(judged(looks)))

    assert (found.interrupted, found.exit_code) == (True, 130)
    assert found.verdicts[0].verdict == "met"


def test_a_credential_that_cannot_be_had_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_positional: Any, **_options: Any) -> Recordings:
        raise ConfigError(Problem(where="chatproof.toml", key="auth.command", found="no output", expected="a token"))

    records(monkeypatch, refuses)
    made = check(judged(looks))

    with pytest.raises(ConfigError, match=r"auth\.command"):
        made.record(lambda _event: None)
    assert made.errors == []


def test_options_reach_the_recorder(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def remembers(*positional: Any, **options: Any) -> Recordings:
        asked.update(options, needed=positional[1])
        return well(*positional, **options)

    records(monkeypatch, remembers)

    run(check(judged(looks), slow=True, fuzz_examples=7, max_seconds=60.0))

    assert (asked["slow"], asked["fuzz_examples"], asked["needed"]) == (True, 7, {"turn"})
    assert 0 < asked["max_seconds"] <= 60


def test_without_a_limit_the_recorder_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def remembers(*positional: Any, **options: Any) -> Recordings:
        asked.append(options["max_seconds"])
        return well(*positional, **options)

    records(monkeypatch, remembers)

    run(check(judged(looks)))

    assert asked == [None]


def test_a_pair_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Case] = []

    def counts(case: Case) -> None:
        case["turn"]
        seen.append(case)

    records(monkeypatch, well)
    made = check(judged(counts))

    run(made)
    told(made)

    assert len(seen) == 1


def test_nothing_selected_needs_no_scenario_and_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    records(monkeypatch, well)
    made = check()
    made.not_selected = 5

    found = told(made)

    assert made.needed("ai-chat") == frozenset()
    assert (found.exit_code, found.exit_reason, found.not_selected) == (3, "nothing was judged", 5)
    assert found.gate == {}


def test_strict_is_of_the_run_and_of_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    records(monkeypatch, well)
    entry = judged(fails, level=Level.SHOULD)

    lenient, strict = run(check(entry)), run(check(entry, strict=True))

    assert (lenient.strict, lenient.exit_code) == (False, 3)
    assert (strict.strict, strict.exit_code) == (True, 1)


def test_the_document_holds_the_control_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    records(monkeypatch, well)

    found = run(check(judged(looks)))

    assert found.gate == {}
    assert found.evidence["ai-chat/turn/turn"].status == 200
    assert found.scenarios[0].file == "recordings/ai-chat/turn.har"


def test_the_document_says_why_the_control_turn_did_not_work() -> None:
    made = check(judged(looks))
    made.recordings = {"ai-chat": {"turn": recording("turn", not_testable="connection refused")}}

    found = told(made)

    assert found.gate["ai-chat"]["reason"] == "connection refused"
    assert found.evidence == {}
    assert found.exit_code == 3


def test_a_waived_verdict_carries_its_waiver(monkeypatch: pytest.MonkeyPatch) -> None:
    records(monkeypatch, well)

    found = run(check(judged(fails), table={"waivers": [WAIVER]}))

    assert found.verdicts[0].verdict == "waived"
    assert found.verdicts[0].waiver == {"reason": "a proxy", "owner": "us", "expires": "2099-01-01"}
    assert [state.state for state in found.waivers] == ["used"]
    assert found.exit_code == 0
