"""A check and a load as one run: nothing of either is lost, and either may decide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatproof.exit_code import ExitCode
from chatproof.joined import joined
from chatproof.run import Run
from support.load_documents import load_run_document
from support.run_documents import faulty_run

CLOSED = {"ai-chat": {"reason": "connection refused", "hint": ""}}


@pytest.fixture
def check() -> Run:
    run = faulty_run()
    met = tuple(entry for entry in run.verdicts if entry.verdict == "met")
    return replace(run, verdicts=met, waivers=(), gate={}, crash="", interrupted=False, duration_seconds=10.0)


@pytest.fixture
def load() -> Run:
    run = load_run_document()
    met = tuple(entry for entry in run.targets if entry.verdict == "met")
    return replace(run, targets=met, gate={}, crash="", interrupted=False, duration_seconds=2.5)


def test_a_check_without_a_load_stays_what_it_is(check: Run) -> None:
    assert joined(check, None, command="gate") == replace(check, command="gate")


def test_both_parts_are_in_one_document(check: Run, load: Run) -> None:
    found = joined(check, load, command="gate")

    assert (found.command, found.exit_code) == ("gate", ExitCode.MET)
    assert (found.verdicts, found.targets, found.load, found.validity) == (
        check.verdicts,
        load.targets,
        load.load,
        load.validity,
    )
    assert found.duration_seconds == 12.5
    assert (found.gate, found.crash, found.interrupted) == ({}, "", False)


@pytest.mark.parametrize(
    ("check_crash", "load_crash", "crash"),
    [
        ("disk full", "", "disk full"),
        ("", "no memory", "no memory"),
        ("disk full", "no memory", "disk full; no memory"),
    ],
)
def test_a_crash_of_either_part_is_a_crash(
    check: Run, load: Run, check_crash: str, load_crash: str, crash: str
) -> None:
    found = joined(replace(check, crash=check_crash), replace(load, crash=load_crash), command="gate")

    assert (found.crash, found.exit_code) == (crash, ExitCode.CRASHED)


@pytest.mark.parametrize(("in_check", "in_load"), [(True, False), (False, True), (True, True)])
def test_ctrl_c_in_either_part_interrupts_the_whole(check: Run, load: Run, in_check: bool, in_load: bool) -> None:
    found = joined(replace(check, interrupted=in_check), replace(load, interrupted=in_load), command="gate")

    assert (found.interrupted, found.exit_code) == (True, ExitCode.INTERRUPTED)


def test_what_could_not_be_reached_is_told_of_each_part(check: Run, load: Run) -> None:
    found = joined(replace(check, gate=CLOSED), replace(load, gate=CLOSED), command="gate")
    assert found.gate == {"ai-chat": CLOSED["ai-chat"], "load of ai-chat": CLOSED["ai-chat"]}
    assert found.exit_code == ExitCode.NO_VERDICT

    alone = joined(check, replace(load, gate=CLOSED), command="gate")
    assert (alone.exit_code, alone.exit_reason) == (ExitCode.NO_VERDICT, "load of ai-chat: connection refused")


def test_strict_weighs_a_should_of_the_check(check: Run, load: Run) -> None:
    should = replace(check.verdicts[0], level="SHOULD", verdict="not_met")
    lax = replace(check, verdicts=(*check.verdicts, should), strict=False)

    assert joined(lax, load, command="gate").exit_code == ExitCode.MET
    assert joined(replace(lax, strict=True), load, command="gate").exit_code == ExitCode.NOT_MET
