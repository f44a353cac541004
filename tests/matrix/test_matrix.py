"""
The fault matrix: which requirements each fault breaks, exactly, in both directions.

`make matrix` writes matrix.json again; what changed in it is then a matter of review.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chatproof.catalogue import catalogue
from chatproof.config import from_table
from chatproof.exit_code import ExitCode, exit_code
from chatproof.fixtures.catalogue import FAULTS
from chatproof.fixtures.faults import IDENTITY
from chatproof.fixtures.faults.site import site
from chatproof.fixtures.references import REFERENCES
from chatproof.fixtures.server import Farm
from chatproof.loading import scenario_set
from chatproof.run import Run
from chatproof.verdict import Level, Verdict
from support.checks import COUNTED, LOOKS, few_of_the_same, ids, run_check
from support.cores import cores

Row = dict[str, object]
KNOWN = catalogue().requirements

IDENTITIES = sorted(name for name in FAULTS if name == IDENTITY or name.endswith(f"_{IDENTITY}"))

# A hundred of the same are not judged where each takes too long, and are to be met where nothing is wrong.
WHOLE = {*IDENTITIES, "body_stays_open"}
PAIRS = [
    (profile, entry)
    for profile in REFERENCES
    for entry in KNOWN.values()
    if entry.applies_to(profile, scenario_set(profile).names)
]

# Pairs of a profile and a requirement of all profiles that no reference of it can show, and why.
UNSEEN = {
    ("agent-stream", "HTTP-FRAME-01"): "a subscription stays open until its client leaves, so that its end is not seen",
    ("chatkit", "SSE-ID-01"): "the guide's streams have no ids; a fault gives them one",
    ("chatkit", "SSE-RETRY-01"): "the guide's streams have no retry; a fault gives them one",
    ("chatkit", "SSE-RETRY-02"): "the same",
}

# Pairs that no fault breaks, and why.
UNBROKEN: dict[tuple[str, str], str] = {}


def judged(name: str, pace: float) -> Run:
    """What a check says of one faulty backend that declares all it offers."""
    fault = FAULTS[name]
    with few_of_the_same(but_for=COUNTED if name in WHOLE else fault.requirements), Farm() as farm:
        found = site(farm, fault, REFERENCES[fault.profile].full_settings(heartbeat_seconds=pace))
        return run_check(from_table(found.config, origin="the fault matrix"), surroundings=found.surroundings)


def row_of(run: Run) -> Row:
    """One row of the matrix."""
    strict, _reason = exit_code(verdicts=run.verdicts, gate=run.gate, strict=True, crash=run.crash)
    return {
        "not_met": ids(run, Verdict.NOT_MET),
        "not_testable": ids(run, Verdict.NOT_TESTABLE),
        "not_claimed": ids(run, Verdict.NOT_CLAIMED),
        "exit_code": run.exit_code,
        "exit_code_strict": int(strict),
    }


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_breaks_exactly_its_row(
    name: str,
    golden: dict[str, Row],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    row: Row = {}
    update = request.config.getoption("update_matrix", default=False)
    for pace, alone in LOOKS:
        with cores(tmp_path, alone=alone):
            run = judged(name, pace)
        assert run.crash == ""
        row = row_of(run)
        if row["not_met"] == sorted(FAULTS[name].requirements) and (update or row == golden.get(name)):
            break

    record_property("matrix-row", json.dumps([name, row]))
    if not update:
        assert row == golden.get(name)


def test_the_golden_matrix_holds_every_fault_and_no_other(golden: dict[str, Row]) -> None:
    assert sorted(golden) == sorted(FAULTS)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_breaks_what_it_is_meant_to_break_and_nothing_else(name: str, golden: dict[str, Row]) -> None:
    assert golden[name]["not_met"] == sorted(FAULTS[name].requirements)


@pytest.mark.parametrize("name", IDENTITIES)
def test_an_identity_breaks_nothing(name: str, golden: dict[str, Row]) -> None:
    assert golden[name]["not_met"] == golden[name]["not_testable"] == []
    assert golden[name]["exit_code"] == golden[name]["exit_code_strict"] == ExitCode.MET


def test_every_requirement_is_judged_on_a_reference_of_each_profile_that_it_holds_for(golden: dict[str, Row]) -> None:
    """In production, behind a front and with every route there is, in one of the profile's modes."""
    unclaimed = {
        profile: set.intersection(
            *(set(golden[name]["not_claimed"]) for name in IDENTITIES if FAULTS[name].profile == profile)  # type: ignore[call-overload]  # a list of ids
        )
        for profile in REFERENCES
    }

    assert sorted((profile, name) for profile, names in unclaimed.items() for name in names) == sorted(UNSEEN)


def test_every_must_and_should_is_broken_by_a_fault_in_each_profile_that_it_holds_for(golden: dict[str, Row]) -> None:
    broken = {(FAULTS[name].profile, row) for name, seen in golden.items() for row in seen["not_met"]}  # type: ignore[attr-defined]  # a list of ids
    whole = {(profile, entry.id) for profile, entry in PAIRS if entry.level is not Level.MAY} - broken

    assert sorted(whole) == sorted(UNBROKEN)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_broken_must_ends_with_1_and_a_broken_should_under_strict(name: str, golden: dict[str, Row]) -> None:
    levels = {KNOWN[identifier].level for identifier in golden[name]["not_met"]}  # type: ignore[attr-defined]  # a list of ids

    assert (golden[name]["exit_code"] == ExitCode.NOT_MET) == (Level.MUST in levels)
    assert (golden[name]["exit_code_strict"] == ExitCode.NOT_MET) == bool(levels & {Level.MUST, Level.SHOULD})
