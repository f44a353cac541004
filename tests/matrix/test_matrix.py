"""
The fault matrix: which requirements each fault breaks, exactly, in both directions.

`make matrix` writes matrix.json again; what changed in it is then a matter of review.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chatproof.catalogue import catalogue
from chatproof.config import from_table
from chatproof.exit_code import ExitCode, exit_code
from chatproof.fixtures.catalogue import FAULTS, REFERENCES
from chatproof.fixtures.faults import IDENTITY, site
from chatproof.fixtures.server import Farm
from chatproof.run import Run
from chatproof.verdict import Level, Verdict
from support.checks import PACES, ids, run_check

Row = dict[str, object]
KNOWN = catalogue().requirements

# A SHOULD that no fault breaks, and why.
UNBROKEN: dict[str, str] = {}


def judged(name: str, pace: float) -> Run:
    """What a check says of one faulty backend that declares all it offers."""
    with Farm() as farm:
        fault = FAULTS[name]
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
    name: str, golden: dict[str, Row], request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    row: Row = {}
    for pace in PACES:
        run = judged(name, pace)
        assert run.crash == ""
        row = row_of(run)
        if row["not_met"] == sorted(FAULTS[name].requirements) and row == golden.get(name, row):
            break

    record_property("matrix-row", json.dumps([name, row]))
    if not request.config.getoption("update_matrix", default=False):
        assert row == golden.get(name)


def test_the_golden_matrix_holds_every_fault_and_no_other(golden: dict[str, Row]) -> None:
    assert sorted(golden) == sorted(FAULTS)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_breaks_what_it_is_meant_to_break_and_nothing_else(name: str, golden: dict[str, Row]) -> None:
    assert golden[name]["not_met"] == sorted(FAULTS[name].requirements)


def test_the_identity_breaks_nothing(golden: dict[str, Row]) -> None:
    assert golden[IDENTITY]["not_met"] == golden[IDENTITY]["not_testable"] == []
    assert golden[IDENTITY]["exit_code"] == golden[IDENTITY]["exit_code_strict"] == ExitCode.MET


def test_every_requirement_is_judged_on_the_reference_backend(golden: dict[str, Row]) -> None:
    """Behind a front, in production and with every route there is, nothing is left unclaimed."""
    assert golden[IDENTITY]["not_claimed"] == []


def test_every_must_is_broken_by_some_fault_and_every_should_too_or_has_its_reason(golden: dict[str, Row]) -> None:
    broken = {name for row in golden.values() for name in row["not_met"]}  # type: ignore[attr-defined]  # a list of ids
    whole = {name for name, entry in KNOWN.items() if name not in broken and entry.level is not Level.MAY}

    assert sorted(whole) == sorted(UNBROKEN)
    assert [name for name in UNBROKEN if KNOWN[name].level is Level.MUST] == []


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_broken_must_ends_with_1_and_a_broken_should_under_strict(name: str, golden: dict[str, Row]) -> None:
    levels = {KNOWN[identifier].level for identifier in golden[name]["not_met"]}  # type: ignore[attr-defined]  # a list of ids

    assert (golden[name]["exit_code"] == ExitCode.NOT_MET) == (Level.MUST in levels)
    assert (golden[name]["exit_code_strict"] == ExitCode.NOT_MET) == bool(levels & {Level.MUST, Level.SHOULD})
