"""The flags and limits that a gate names: for what is undecided alone, and such as would really decide it."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from chatproof.cli.gate_outcome import gated
from chatproof.cli.gate_plan import smoke_plan
from chatproof.cli.gate_targets import SmokeTargets, smoke_targets
from chatproof.config import from_table
from chatproof.exit_code import ExitCode
from chatproof.load_facts import LoadError, Validity, ValidityCheck
from chatproof.load_plan import Plan
from chatproof.metrics.measured import Series, Share
from chatproof.run import Run
from chatproof.targets import Target, decide, parse_target
from chatproof.workloads import WORKLOADS
from support.load_documents import load_run_document

RATE = parse_target("error_rate", "< 1%")
DELIVERED = parse_target("delivery_ratio", "> 99%")
PLAN = Plan(users=60, run_time_seconds=20.0, warm_up_seconds=2.0, max_turns=0)


def smoked(hits: int, n: int, target: Target = RATE, *, plan: Plan = PLAN, samples: int = 0, **changes: Any) -> Run:
    """A smoke load of which so many cases in `n` were hits, as a gate reports it."""
    run = load_run_document()
    assert run.load is not None
    facts = replace(run.load, samples=samples or n, seconds=20.0, figures=(), partial=False, notes=(), errors=())
    run = replace(
        run,
        targets=(decide(target, Share(hits=hits, n=n)),),
        validity=Validity(valid=True, reasons=()),
        load=replace(facts, **changes.pop("load", {})),
        **changes,
    )
    return gated(run, plan, SmokeTargets(judged=(target,)))


@pytest.mark.parametrize(("hits", "word"), [(0, "met"), (40, "not_met")])
def test_what_is_decided_gets_no_advice(hits: int, word: str) -> None:
    (found,) = smoked(hits, 400).targets

    assert (found.verdict, found.missing) == (word, "")


def test_the_turns_that_are_named_would_decide() -> None:
    (found,) = smoked(0, 200, plan=replace(PLAN, max_turns=220), samples=220).targets

    (turns,) = (int(told) for told in re.findall(r"--max-turns (\d+)", found.missing))
    assert 299 <= 200 * turns / 220 <= 2 * 299


@pytest.mark.parametrize(("hits", "n"), [(3, 200), (1, 150), (0, 200)])
def test_the_users_that_are_named_would_decide_at_the_same_share(hits: int, n: int) -> None:
    (found,) = smoked(hits, n).targets

    (users,) = (int(told) for told in re.findall(r"--users (\d+)", found.missing))
    seen = n * users / PLAN.users
    assert decide(RATE, Share(hits=round(seen * hits / n), n=round(seen))).verdict != "inconclusive"


@pytest.mark.parametrize(("hits", "n", "users"), [(0, 298, 1154), (1, 15, 2300)])
def test_the_users_that_are_named_are_the_fewest_that_decide(hits: int, n: int, users: int) -> None:
    """With 15 % more than the smallest number of cases after those seen that decides at their share."""
    share = hits / n
    enough = next(
        more
        for more in range(n + 1, 1000)
        if decide(RATE, Share(hits=math.floor(share * more + 1e-9), n=more)).verdict != "inconclusive"
    )
    (found,) = smoked(hits, n, plan=replace(PLAN, users=1000)).targets

    assert math.ceil(1000 * enough / n * 1.15) == users
    assert f"--users {users}" in found.missing


def test_what_no_flag_decides_keeps_its_own_words() -> None:
    target = parse_target("ttft.p95", "< 350ms")
    entry = decide(target, Series(values=[0.1e9] * 10))
    run = gated(replace(smoked(0, 400), targets=(entry,)), PLAN, SmokeTargets(judged=(target,)))

    assert entry.verdict == "inconclusive"
    assert entry.missing
    assert run.targets == (entry,)


@pytest.mark.parametrize(
    ("target", "hits", "n", "line"),
    [
        (RATE, 0, 200, '"error_rate" = "< 2%" under [targets]'),
        (RATE, 6, 400, '"error_rate" = "< 3%" under [targets]'),
        (RATE, 0, 20, '"error_rate" = "< 20%" under [targets]'),
        (parse_target("error_rate", "< 3%"), 0, 70, '"error_rate" = "< 5%" under [targets]'),
        (DELIVERED, 200, 200, '"delivery_ratio" = "> 98%" under [targets]'),
        (DELIVERED, 20, 20, '"delivery_ratio" = "> 80%" under [targets]'),
        (parse_target("delivery_ratio", "> 97%"), 70, 70, '"delivery_ratio" = "> 95%" under [targets]'),
    ],
)
def test_the_nearest_looser_limit_that_was_kept_is_named(target: Target, hits: int, n: int, line: str) -> None:
    (found,) = smoked(hits, n, target).targets

    assert found.verdict == "inconclusive"
    assert found.missing.endswith(f", or {line}")


def test_no_looser_limit_is_named_where_none_is_kept() -> None:
    (found,) = smoked(0, 5).targets

    assert found.verdict == "inconclusive"
    assert "under [targets]" not in found.missing


@pytest.mark.parametrize(
    ("told", "notes"),
    [
        (("turn: status 429", "turn: status 500"), 1),
        (("turn: status 500",), 0),
        (("status 429 after 3 s",), 0),
        ((), 0),
    ],
)
def test_one_answer_of_429_is_enough_for_the_note(told: tuple[str, ...], notes: int) -> None:
    error = LoadError(cause="status", count=9, first_seconds=1.0, last_seconds=2.0, samples=told)
    other = replace(error, samples=("turn: status 503",))
    found = smoked(200, 400, load={"errors": (error, other)})

    assert found.load is not None
    assert sum("answered with 429" in note for note in found.load.notes) == notes


@pytest.mark.parametrize(
    "name",
    ["send_lag", "read_lag", "loop_lag", "cpu", "waiting", "gc_pause", "arrival_times", "coalescing", "clocks"],
)
def test_every_condition_on_times_is_none_where_no_time_is_judged(name: str) -> None:
    check = ValidityCheck(name=name, state="broken", found="f", limit="l", why="w", remedy="r")
    reasons = (f"{name.replace('_', ' ')}: f (limit: l); r",)
    run = smoked(0, 400)
    run = replace(run, validity=Validity(valid=False, reasons=reasons, checks=(check,)))

    found = gated(run, PLAN, SmokeTargets(judged=(RATE,)))
    assert (found.exit_code, found.validity and found.validity.reasons) == (ExitCode.MET, ())
    timed = gated(run, PLAN, SmokeTargets(judged=(RATE, parse_target("ttft.p95", "< 350ms"))))
    assert timed.exit_code == ExitCode.NO_VERDICT


@pytest.mark.parametrize("name", ["dropped_starts", "offered", "little", "own_errors", "file_limit", "processes"])
def test_every_other_condition_stays(name: str) -> None:
    check = ValidityCheck(name=name, state="broken", found="f", limit="l", why="w", remedy="r")
    run = replace(smoked(0, 400), validity=Validity(valid=False, reasons=(f"{name}: f",), checks=(check,)))

    assert gated(run, PLAN, SmokeTargets(judged=(RATE,))).exit_code == ExitCode.NO_VERDICT


def chosen(targets: dict[str, str], *, proof: Any = None, **flags: Any) -> SmokeTargets:
    tables: dict[str, Any] = {
        "backend": {"url": "http://127.0.0.1:3000"},
        "profiles": {"ai-chat": {}},
        "targets": targets,
        "observe": {"pid": 4711},
    }
    config = from_table(tables, origin="test")
    return smoke_targets(config, smoke_plan(config, **flags), proof=proof)


def test_what_is_said_of_slow_readers_is_judged_where_the_user_asks_for_it_alone() -> None:
    assert "rss_per_slow_reader" in WORKLOADS["chat-turns"].metrics

    def seen(found: SmokeTargets) -> set[str]:
        return {target.name for target in (*found.judged, *(entry.target for entry in found.not_judged))}

    assert "rss_per_slow_reader" not in seen(chosen({}))
    assert "rss_per_slow_reader" in seen(chosen({"rss_per_slow_reader": "< 1MB"}))


@pytest.mark.parametrize("proof", [{"within": True}, None])
def test_each_target_is_judged_or_not_and_never_both(proof: Any) -> None:
    found = chosen({"ttft.p99.9": "< 2s", "cost": "< 1 USD"}, proof=proof, users=2, run_time=3.0)

    judged = {target.name for target in found.judged}
    left, refused = ({entry.target.name for entry in entries} for entries in (found.not_judged, found.refused))
    assert "cost" in judged
    assert "error_rate" in refused
    assert "ttft.p99.9" in left
    assert not judged & (left | refused)
    assert not left & refused
