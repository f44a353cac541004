from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatproof.comparison.alike import differences, doubts, without_verdict
from chatproof.load_facts import Validity
from chatproof.run import Run
from support.compared_runs import PLAN, checked, loaded, target, turns, verdict

LOAD = loaded(turns([0.2] * 20), only=("ttft",), targets=(target("met"),)).run
CHECK = checked(verdict("SSE-FRAME-01", "met"))


def with_plan(**fields: Any) -> Run:
    return loaded(turns([0.2] * 20), only=("ttft",), plan=replace(PLAN, **fields), targets=(target("met"),)).run


def with_machine(**machine: Any) -> Run:
    assert LOAD.load is not None
    return replace(LOAD, load=replace(LOAD.load, machine=machine))


@pytest.mark.parametrize("run", [LOAD, CHECK])
def test_a_run_is_like_itself(run: Run) -> None:
    assert differences(run, run) == ()
    assert doubts(run, run) == ()
    assert without_verdict(run) == ""


@pytest.mark.parametrize(
    ("other", "where", "base", "run"),
    [
        (replace(LOAD, profiles=("hybrid",)), "profiles", '["ai-chat"]', '["hybrid"]'),
        (
            replace(LOAD, settings={**LOAD.settings, "backend": {"url": "https://chat.example"}}),
            "settings.backend.url",
            '"http://loopback"',
            '"https://chat.example"',
        ),
        (
            replace(LOAD, settings={**LOAD.settings, "auth": {"scheme": "none"}}),
            "settings.auth",
            "",
            '{"scheme": "none"}',
        ),
        (with_plan(users=40), "load.users", "20", "40"),
        (with_plan(think_seconds=(1.0, 2.0)), "load.think_seconds", "[0.5, 1.5]", "[1.0, 2.0]"),
        (replace(LOAD, targets=(target("met", limit=0.5),)), "targets.ttft.p95", '"< 0.35 s"', '"< 0.5 s"'),
        (replace(LOAD, targets=()), "targets.ttft.p95", '"< 0.35 s"', ""),
        (CHECK, "kind", '"load"', '"check"'),
    ],
)
def test_what_differs_is_named_with_both_values(other: Run, where: str, base: str, run: str) -> None:
    found = differences(LOAD, other)

    assert [(entry.where, entry.base, entry.run) for entry in found] == [(where, base, run)]


@pytest.mark.parametrize("other", [with_plan(seed=99), with_plan(processes=2), with_plan(started_at_ns=5)])
def test_what_belongs_to_the_run_itself_may_differ(other: Run) -> None:
    assert differences(LOAD, other) == ()


def test_a_gate_whose_smoke_load_saw_nothing_has_no_verdict_and_differs_in_nothing() -> None:
    gate = replace(LOAD, command="gate", verdicts=CHECK.verdicts)
    assert gate.load is not None
    closed = {"ai-chat": {"reason": "connection refused"}}
    unsent = replace(gate, load=None, targets=(), gate=closed)
    unseen = replace(gate, load=replace(gate.load, figures=()), gate={"load of ai-chat": closed["ai-chat"]})

    assert without_verdict(gate) == ""
    assert differences(gate, unsent) == differences(unsent, gate) == differences(gate, unseen) == ()
    assert "saw nothing: connection refused" in without_verdict(unsent)
    assert "saw nothing: connection refused" in without_verdict(unseen)
    assert doubts(gate, unsent) == ()


def test_what_makes_a_comparison_doubtful_is_told() -> None:
    other = replace(with_machine(system="Linux", cores=64), version="0.2.0")

    version, machine = doubts(LOAD, other)

    assert "0.1.0 and 0.2.0" in version
    assert "cores 2 and 64" in machine
    assert "of build b7" in doubts(replace(LOAD, build="b7"), replace(LOAD, build="b7"))[0]


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (replace(LOAD, validity=Validity(valid=False, reasons=("CPU 97 %",))), "not valid: CPU 97 %"),
        (replace(CHECK, interrupted=True), "interrupted"),
        (replace(CHECK, crash="KeyError: 1"), "KeyError: 1"),
        (checked(verdict("SSE-FRAME-01", "not_claimed")), "nothing was judged"),
        (
            checked(verdict("SSE-FRAME-01", "not_testable"), gate={"ai-chat": {"reason": "connection refused"}}),
            "connection refused",
        ),
    ],
)
def test_a_run_without_a_verdict_says_why(run: Run, why: str) -> None:
    assert why in without_verdict(run)


def test_a_limit_on_a_number_is_told_without_a_unit() -> None:
    entry = replace(target("met"), metric="violations", statistic="", comparison="<=", limit=0.0, unit="1")
    strict, loose = (replace(LOAD, targets=(replace(entry, limit=limit),)) for limit in (0.0, 2.0))

    (found,) = differences(strict, loose)
    assert (found.base, found.run) == ('"<= 0"', '"<= 2"')
