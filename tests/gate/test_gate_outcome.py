"""From a smoke load's document to a gate's: what is not judged, what a slow generator changes, what would decide."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from chatproof.cli.gate_outcome import gated
from chatproof.cli.gate_targets import NotJudged, SmokeTargets
from chatproof.exit_code import ExitCode
from chatproof.joined import joined
from chatproof.load_facts import LoadError, MetricFigures, Validity, ValidityCheck
from chatproof.load_plan import Plan
from chatproof.metrics.measured import Share
from chatproof.run import Run
from chatproof.targets import Target, decide, parse_target
from support.load_documents import load_run_document
from support.run_documents import faulty_run

RATE = parse_target("error_rate", "< 1%")
TTFT = parse_target("ttft.p95", "< 350ms")
PLAN = Plan(users=60, run_time_seconds=20.0, warm_up_seconds=2.0, max_turns=1000)
LAGGED = ValidityCheck(
    name="send_lag", state="broken", found="p99 30 ms", limit="p99 at most 5 ms", why="late", remedy="fewer users"
)
LOST = replace(LAGGED, name="processes", found="1 lost", limit="each tells its end")


def smoke(hits: int, n: int, *, checks: tuple[ValidityCheck, ...] = (), target: Target = RATE, **changes: Any) -> Run:
    run = load_run_document()
    assert run.load is not None
    figures = (MetricFigures(metric="ttft", tag="", unit="s", n=n, infinite=0, percentiles={"p95": 0.9}),)
    facts = replace(run.load, samples=n + 40, seconds=20.0, figures=figures, partial=False)
    reasons = tuple(f"{check.name.replace('_', ' ')}: {check.found}" for check in checks)
    return replace(
        run,
        targets=(decide(target, Share(hits=hits, n=n)),),
        validity=Validity(valid=not checks, reasons=reasons, checks=checks),
        load=facts,
        **changes,
    )


def outcome(run: Run, *, judged: tuple[Target, ...] = (RATE,), left: tuple[Target, ...] = (TTFT,)) -> Run:
    not_judged = tuple(NotJudged(target=entry, reason="no proof", instead="chatproof verify") for entry in left)
    return gated(run, PLAN, SmokeTargets(judged=judged, not_judged=not_judged))


def test_a_slow_backend_is_not_red_and_its_time_is_shown() -> None:
    found = outcome(smoke(0, 400))
    assert found.exit_code == ExitCode.MET
    (late,) = (target for target in found.targets if target.metric == "ttft")
    assert (late.verdict, late.value, late.reason, late.declare) == ("not_claimed", 0.9, "no proof", "chatproof verify")


def test_a_generator_that_lagged_matters_only_where_times_are_judged() -> None:
    run = smoke(0, 400, checks=(LAGGED,))
    found = outcome(run)
    assert found.exit_code == ExitCode.MET
    assert found.validity is not None
    assert found.validity.checks[0].found == "p99 30 ms"
    assert "no time is judged" in found.validity.checks[0].limit
    timed = outcome(run, judged=(RATE, TTFT), left=())
    assert timed.exit_code == ExitCode.NO_VERDICT
    assert timed.validity == run.validity


@pytest.mark.parametrize(
    ("remedy", "told"),
    [
        ("use fewer users, more processes (--processes), or a rest", "use fewer users for a longer time (--users, "),
        ("start users more slowly (--spawn-rate)", "use fewer users for a longer time (--users, "),
        ("look at the backend", "look at the backend"),
        ("", ""),
    ],
)
def test_what_to_do_about_the_generator_is_said_in_the_flags_of_a_gate(remedy: str, told: str) -> None:
    check = replace(LAGGED, remedy=remedy)
    run = smoke(0, 400, checks=(check,))
    reason = f"send lag: p99 30 ms (limit: p99 at most 5 ms); {remedy}"
    run = replace(run, validity=Validity(valid=False, reasons=(reason,), checks=(check,)))

    found = outcome(run, judged=(RATE, TTFT), left=()).validity

    assert found is not None
    assert found.checks[0].remedy.startswith(told)
    assert found.reasons == (f"send lag: p99 30 ms (limit: p99 at most 5 ms); {found.checks[0].remedy}",)
    assert "--processes" not in f"{found}"
    assert "--spawn-rate" not in f"{found}"


def test_what_to_do_about_open_files_stays() -> None:
    files = replace(LAGGED, name="open_files", remedy="raise it (ulimit -n), or use more processes (--processes)")

    found = outcome(smoke(0, 400, checks=(files,)), judged=(RATE, TTFT), left=()).validity

    assert found is not None
    assert found.checks == (files,)


def test_a_generator_that_lost_a_process_has_no_verdict() -> None:
    found = outcome(smoke(0, 400, checks=(LAGGED, LOST)))
    assert found.exit_code == ExitCode.NO_VERDICT
    assert found.validity is not None
    assert found.validity.reasons == ("processes: 1 lost",)


def test_too_few_turns_are_no_verdict_and_name_the_flags_and_the_limit_that_do() -> None:
    found = outcome(smoke(0, 120))
    (rate,) = (target for target in found.targets if target.metric == "error_rate")
    assert found.exit_code == ExitCode.NO_VERDICT
    assert rate.missing.startswith("179 more requests: --run-time ")
    flags = dict(re.findall(r"--([a-z-]+) (\d+)", rate.missing))
    assert 120 * (int(flags["run-time"]) - 2) / 18 > 299
    assert 120 * int(flags["users"]) / 60 > 299
    (softer,) = re.findall(r'"error_rate" = "([^"]+)" under \[targets\]', rate.missing)
    looser = parse_target("error_rate", softer)
    assert decide(looser, Share(hits=0, n=120)).verdict == "met"
    assert outcome(smoke(0, 120, target=looser), judged=(looser,)).exit_code == ExitCode.MET


def test_the_bound_on_turns_is_named_where_it_was_what_ended_the_load() -> None:
    run = smoke(1, 400)
    assert run.load is not None
    found = gated(run, replace(PLAN, max_turns=440), SmokeTargets(judged=(RATE,)))
    assert re.search(r"--max-turns \d+", found.targets[0].missing)
    assert "--run-time" not in found.targets[0].missing


def test_no_turn_at_all_asks_for_a_longer_run() -> None:
    assert "--run-time 120s" in outcome(smoke(0, 0)).targets[0].missing


def test_an_interrupted_load_gives_no_advice() -> None:
    found = outcome(smoke(0, 10, interrupted=True))
    assert found.exit_code == ExitCode.INTERRUPTED
    assert "--run-time" not in found.targets[0].missing


def test_a_load_that_could_not_be_sent_gives_no_advice_on_its_size() -> None:
    unsent = {"ai-chat": {"reason": "connection refused"}}
    found = outcome(smoke(0, 0, gate=unsent))
    assert found.exit_code == ExitCode.NO_VERDICT
    assert "--run-time" not in found.targets[0].missing


def test_refusals_by_429_name_the_credentials_of_load_users() -> None:
    run = smoke(200, 400)
    assert run.load is not None
    error = LoadError(cause="status", count=9, first_seconds=1.0, last_seconds=2.0, samples=("turn: status 429",))
    for status, notes in (("429", 1), ("500", 0)):
        told = replace(error, samples=(f"turn of user 57 at 2.1 s: status {status}",))
        found = outcome(replace(run, load=replace(run.load, errors=(told,), notes=())))
        assert found.load is not None
        assert sum("tokens_file" in note for note in found.load.notes) == notes


@pytest.mark.parametrize(("hits", "code"), [(0, ExitCode.NOT_MET), (40, ExitCode.NOT_MET)])
def test_the_joined_run_fails_for_either_part(hits: int, code: ExitCode) -> None:
    load = outcome(smoke(hits, 400))
    assert joined(faulty_run(), load, command="gate").exit_code == code
    kept = replace(faulty_run(), verdicts=tuple(v for v in faulty_run().verdicts if v.verdict == "met"), waivers=())
    whole = joined(kept, load, command="gate")
    assert whole.exit_code == (code if hits else ExitCode.MET)
    if not hits:
        assert whole.exit_reason == "every MUST and every target that is claimed is met"
