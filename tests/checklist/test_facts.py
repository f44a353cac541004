from __future__ import annotations

from typing import Any

import pytest

from chatproof.checklist.acceptance import Basis, refusal
from chatproof.checklist.facts import Given, checklist_of, chosen
from chatproof.checklist.verdicts import worst_verdicts
from chatproof.cli.checklist_alone import judged_alone
from chatproof.exit_code import ExitCode
from chatproof.load_facts import Validity
from chatproof.run import Run
from support.checklist_parts import (
    FINGERPRINT,
    SETTINGS,
    box,
    capacity_run,
    check_run,
    load_run,
    requirements_of,
    target,
    verdict,
)
from support.checklists import checklist_run

BASIS = Basis(build="4f2c1e9", fingerprint=FINGERPRINT, settings=SETTINGS)
A = box(requirements=("A",))
GOOD = check_run(verdict("A", "met"))
OTHER_SETTINGS = {**SETTINGS, "profiles": {"ai-chat": {"path": "/api/v1/chat", "heartbeat": 30.0}, "hybrid": {}}}


def refused(**more: Any) -> str:
    return refusal(check_run(verdict("A", "met"), **more), BASIS)


def test_a_run_of_the_same_build_and_configuration_may_speak() -> None:
    assert refusal(GOOD, BASIS) == ""
    assert refusal(GOOD) == ""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"build": "77aa001"}, "it is of build 77aa001, not of 4f2c1e9"),
        ({"build": ""}, "it names no build"),
        ({"interrupted": True}, "it was interrupted"),
        ({"crash": "disk on fire"}, "chatproof itself failed in it: disk on fire"),
        ({"fingerprint": ""}, "it was configured otherwise"),
        ({"fingerprint": "ffffffffffff"}, "it is damaged: its fingerprint is not that of its settings"),
        ({"fingerprint": FINGERPRINT, "settings": {**SETTINGS, "suite": {}}}, "it is damaged"),
        ({"validity": Validity(valid=False, reasons=("40 ms late",))}, "it is not valid: 40 ms late"),
        ({"settings": OTHER_SETTINGS}, "profiles.ai-chat.heartbeat is 10.0 here, 30.0 there"),
        ({"settings": OTHER_SETTINGS}, "profiles.hybrid is declared there alone"),
    ],
)
def test_any_other_run_is_refused_with_what_differs(more: dict[str, Any], said: str) -> None:
    assert said in refused(**more)


def test_an_empty_build_is_never_the_same() -> None:
    nameless = Basis(build="", fingerprint=BASIS.fingerprint, settings=SETTINGS)

    assert "this checklist names no build" in refusal(check_run(build=""), nameless)
    assert "this checklist names no build" in refusal(GOOD, nameless)


def test_unfinished_searches_and_other_checklists_are_refused() -> None:
    assert "unfinished" in refusal(capacity_run("unfinished"), BASIS)
    assert "checklist itself" in refusal(checklist_run(), BASIS)


def test_refused_evidence_is_listed_and_ticks_nothing() -> None:
    given = [
        Given(run=check_run(own := verdict("B", "met")), file="check/run.json", own=True),
        Given(run=check_run(verdict("A", "met"), own, build="77aa001"), file="old/run.json"),
    ]

    facts = checklist_of([A], given, BASIS)

    assert [entry.state for entry in facts.boxes] == ["not_judged"]
    assert facts.refused == (("old/run.json", "it is of build 77aa001, not of 4f2c1e9"),)
    assert [run.file for run in facts.runs] == ["check/run.json"]


def test_accepted_evidence_ticks_and_is_named() -> None:
    given = [
        Given(run=check_run(), file="check/run.json", own=True),
        Given(run=check_run(verdict("A", "met"), exit_reason="all is met"), file="earlier/run.json"),
    ]

    facts = checklist_of([A], given, BASIS)

    assert [entry.state for entry in facts.boxes] == ["ticked"]
    assert facts.runs[facts.boxes[0].evidence[0].run].file == "earlier/run.json"
    assert facts.runs[1].outcome == "exit code 0: all is met"


def test_an_own_run_needs_no_build_but_must_be_whole() -> None:
    nameless = Basis(build="", fingerprint=FINGERPRINT, settings=SETTINGS)
    whole = Given(run=check_run(verdict("A", "met"), build=""), file="check/run.json", own=True)
    broken = Given(run=check_run(verdict("A", "met"), build="", interrupted=True), file="check/run.json", own=True)

    assert checklist_of([A], [whole], nameless).boxes[0].state == "ticked"
    assert checklist_of([A], [broken], nameless).boxes[0].state == "not_judged"


def test_the_same_run_given_twice_counts_once() -> None:
    given = [Given(run=GOOD, file="a/run.json"), Given(run=GOOD, file="b/run.json")]

    assert [run.file for run in checklist_of([A], given, BASIS).runs] == ["a/run.json"]


def test_why_a_target_was_not_judged_comes_before_what_would_judge_it() -> None:
    rate = box(targets=("error_rate < 1%",), needs="needs a load")

    facts = checklist_of([rate], [], BASIS, unable={"error_rate < 1%": "load is not sent to example.com"})

    assert facts.boxes[0].needs == "load is not sent to example.com; needs a load"


def test_documents_of_other_profiles_are_left_out_with_their_line() -> None:
    own = (box(id="own-a", profile=""), box(id="own-b", profile="hybrid", text="Mine"))

    boxes, out = chosen(["chatkit"], own)

    assert {entry.profile for entry in boxes} == {"chatkit", ""}
    assert boxes[-1].id == "own-a"
    assert ("AI chat guide", "[profiles.ai-chat]") in out
    assert out[-1] == ("Mine", "[profiles.hybrid]")


def alone(*runs: Run, **more: Any) -> Run:
    return judged_alone([Given(run=run, file=f"{place}/run.json") for place, run in enumerate(runs)], (), **more)


def test_evidence_alone_is_judged_by_what_its_first_run_says() -> None:
    found = alone(check_run(crash="x", build="other"), GOOD, load_run(target("error_rate < 1%", "met")))

    assert found.checklist is not None
    assert (found.build, found.fingerprint, found.profiles) == ("4f2c1e9", FINGERPRINT, ("ai-chat",))
    states = {entry.id: entry.state for entry in found.checklist.boxes}
    assert states["ai-chat-error-rate"] == "ticked"
    assert states["ai-chat-curl"] == "not_judged"
    assert found.exit_code == ExitCode.NO_VERDICT
    assert [file for file, _why in found.checklist.refused] == ["0/run.json"]


def test_evidence_alone_of_another_build_ticks_nothing() -> None:
    found = alone(load_run(target("error_rate < 1%", "met")), build="77aa001")

    assert found.checklist is not None
    assert found.checklist.counts["ticked"] == 0
    assert found.exit_code == ExitCode.NO_VERDICT


def test_evidence_alone_without_a_build_ticks_nothing() -> None:
    found = alone(load_run(target("error_rate < 1%", "met"), build=""))

    assert found.checklist is not None
    assert found.checklist.counts["ticked"] == 0


def test_evidence_alone_can_be_narrowed_to_a_profile() -> None:
    assert alone(GOOD, profiles=("chatkit",)).profiles == ()


def test_evidence_alone_with_a_requirement_broken_that_no_box_names_is_not_green() -> None:
    boxes = [entry for entry in chosen(["chatkit"])[0] if not entry.manual]
    met = [verdict(name, "met", profile="chatkit") for entry in boxes for name in requirements_of(entry)]
    settings: dict[str, Any] = {"profiles": {"chatkit": {}}}
    whole: dict[str, Any] = {"settings": settings, "profiles": ("chatkit",)}

    assert alone(check_run(*met, **whole)).exit_code == ExitCode.MET
    broken = alone(check_run(*met, verdict("CHATKIT-REF-01", "not_met", profile="chatkit"), **whole))
    assert (broken.exit_code, broken.exit_reason) == (ExitCode.NOT_MET, "1 requirement not met")
    should = verdict("CHATKIT-REF-04", "not_met", profile="chatkit", level="SHOULD")
    assert alone(check_run(*met, should, **whole)).exit_code == ExitCode.MET
    assert alone(check_run(*met, should, **whole), strict=True).exit_code == ExitCode.NOT_MET


def test_of_several_checks_the_worse_verdict_counts() -> None:
    good, bad = check_run(verdict("A", "met"), verdict("B", "met")), check_run(verdict("A", "not_met"))

    for runs in ([good, bad], [bad, good]):
        found = {entry.requirement: entry.verdict for entry in worst_verdicts(runs, ("ai-chat",))}
        assert found == {"A": "not_met", "B": "met"}
    assert worst_verdicts([good], ("chatkit",)) == ()
