from __future__ import annotations

from dataclasses import replace
from typing import Any

from chatproof.checklist.whole import whole_run
from chatproof.load_facts import Validity
from chatproof.run import Run
from support.checklist_parts import check_run, load_run, target, verdict

CHECK = check_run(verdict("A", "met"), duration_seconds=10.0)
SOAK = load_run(target("uptime > 99%", "met"), duration_seconds=30.0)


def turns(**more: Any) -> Run:
    run = load_run(target("error_rate < 1%", "met"), duration_seconds=20.0)
    assert run.load is not None
    return replace(run, load=replace(run.load, workload="chat-turns"), **more)


def test_a_single_load_is_as_it_is() -> None:
    run = whole_run(CHECK, [SOAK])

    assert (run.load, run.validity, run.command) == (SOAK.load, SOAK.validity, "checklist")
    assert whole_run(CHECK, []).load is None


def test_several_loads_have_every_target_and_no_figures_in_common() -> None:
    run = whole_run(CHECK, [turns(), SOAK])

    assert [entry.target for entry in run.targets] == ["error_rate < 1%", "uptime > 99%"]
    assert run.load is None
    assert run.duration_seconds == 60.0
    assert run.validity is not None
    assert run.validity.valid


def test_several_loads_are_valid_where_all_of_them_are() -> None:
    late = Validity(valid=False, reasons=("the generator was late",))

    for loads in ([turns(validity=late), SOAK], [SOAK, turns(validity=late)]):
        validity = whole_run(CHECK, loads).validity
        assert validity is not None
        assert (validity.valid, validity.reasons) == (False, ("chat-turns: the generator was late",))


def test_an_interruption_and_a_crash_of_any_load_are_those_of_the_run() -> None:
    run = whole_run(CHECK, [SOAK, turns(interrupted=True, crash="disk on fire")])

    assert (run.interrupted, run.crash) == (True, "disk on fire")
