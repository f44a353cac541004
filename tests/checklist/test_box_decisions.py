"""What a box is decided by where several things bear on it: small choices, one at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatproof.checklist.acceptance import Basis, refusal
from chatproof.checklist.facts import checklist_of, chosen
from chatproof.checklist.finding import Finding, Item, to_declare
from chatproof.checklist.judge import ticked
from chatproof.checklist.verdicts import worst_verdicts
from chatproof.checklist_facts import BoxEvidence
from chatproof.load_facts import MetricFigures, Validity
from support.checklist_parts import (
    FINGERPRINT,
    SETTINGS,
    box,
    capacity_run,
    check_run,
    load_run,
    rung,
    target,
    verdict,
)

BASIS = Basis(build="4f2c1e9", fingerprint=FINGERPRINT, settings=SETTINGS)
SOUND = Validity(valid=True, reasons=())
ERRORS = box(targets=("error_rate < 1%",))
TTFT = target("ttft.p95 < 350ms", "met")
MET = target("error_rate < 1%", "met")


@pytest.mark.parametrize("outcome", ["found", "no_failure_in_range", "no_pass_in_range", "generator_was_the_limit"])
def test_a_search_that_came_to_its_end_may_speak(outcome: str) -> None:
    assert refusal(capacity_run(outcome), BASIS) == ""


def configured(settings: dict[str, Any]) -> str:
    return refusal(check_run(settings=settings), BASIS).removeprefix("it was configured otherwise: ")


def test_what_is_configured_otherwise_is_told_key_by_key_and_the_first_three() -> None:
    assert configured({**SETTINGS, "suite": 1}) == "suite is declared there alone"
    assert configured({"profiles": SETTINGS["profiles"]}) == "backend is declared here alone"
    assert configured({**SETTINGS, "backend": "none"}) == "backend is {'url': 'http://loopback'} here, \"none\" there"
    three = dict.fromkeys("abc", 1)
    assert configured({**SETTINGS, **three}).count("declared there alone") == 3
    assert "more" not in configured({**SETTINGS, **three})
    four = configured({**SETTINGS, **three, "d": 1})
    assert four.count("declared there alone") == 3
    assert four.endswith("; and 1 more")


@pytest.mark.parametrize(("length", "shown"), [(38, '"' + "x" * 38 + '"'), (39, '"' + "x" * 39 + "...")])
def test_a_long_value_is_cut(length: int, shown: str) -> None:
    other = {**SETTINGS, "backend": {"url": "x" * length}}

    assert configured(other) == f'backend.url is "http://loopback" here, {shown} there'


def test_own_boxes_are_chosen_by_their_profile_and_those_of_none_always() -> None:
    mine = box(id="mine", own=True)
    other = box(id="other", own=True, profile="chatkit", text="of chatkit")
    any_profile = box(id="any", own=True, profile="")

    boxes, out = chosen({"ai-chat"}, [mine, other, any_profile])

    assert [entry.id for entry in boxes][-2:] == ["mine", "any"]
    assert out[-1] == ("of chatkit", "[profiles.chatkit]")
    assert "t" not in {text for text, _line in out}
    assert "[profiles.ai-chat]" not in {line for _text, line in out}


def test_why_a_target_was_not_judged_stands_before_what_would_judge_it() -> None:
    unable = {"error_rate < 1%": "it takes an hour"}
    for needs, told in (("", "it takes an hour"), ("needs a load", "it takes an hour; needs a load")):
        [found] = checklist_of([replace(ERRORS, needs=needs)], [], BASIS, unable=unable).boxes
        assert (found.state, found.needs) == ("not_judged", told)
    manual = box(manual="look at it", targets=())
    assert checklist_of([manual], [], BASIS, unable=unable).boxes[0].needs == "look at it"


@pytest.mark.parametrize("words", [("met", "not_met"), ("not_met", "met")])
def test_one_requirement_of_two_profiles_keeps_both_verdicts(words: tuple[str, str]) -> None:
    profiles = ("ai-chat", "chatkit")
    pairs = list(zip(profiles, words, strict=True))
    run = check_run(*(verdict("A", word, profile=profile) for profile, word in pairs))

    assert [(entry.profile, entry.verdict) for entry in worst_verdicts([run], profiles)] == pairs


def test_of_two_equal_verdicts_the_first_is_told() -> None:
    runs = [check_run(verdict("A", "not_met", found=found)) for found in ("first", "second")]

    assert [entry.found for entry in worst_verdicts(runs, ("ai-chat",))] == ["first"]


def test_a_box_without_a_word_of_its_own_names_the_load_that_would_judge_it() -> None:
    found = ticked(ERRORS, [])

    assert found.needs == "needs a load that judges error_rate < 1%: `chatproof load`, then --evidence"


def test_what_lies_beyond_what_is_seen_is_told_so() -> None:
    found = ticked(box(requirements=("A",), beyond="needs a proxy"), [check_run(verdict("A", "met"))])

    assert (found.state, found.reason, found.needs) == (
        "not_testable",
        "part of it is not seen from outside",
        "needs a proxy",
    )


def test_what_is_judged_with_another_limit_is_told_by_the_box_s_own() -> None:
    loose = ticked(ERRORS, [load_run(target("error_rate < 5%", "met"))])
    assert loose.reason.startswith("error_rate < 1%: from 400 streams; that is a looser limit than error_rate < 1%")
    broken = ticked(ERRORS, [load_run(target("error_rate < 5%", "not_met"))])
    assert broken.reason.startswith("error_rate < 5%: from 400 streams")


def test_a_search_for_the_capacity_says_nothing_of_a_target_beside_the_box() -> None:
    hundred = box(targets=("concurrency >= 100",), also=("ttft.p95 < 350ms",), capacity=100)

    found = ticked(hundred, [capacity_run()])
    assert (found.state, found.reason) == ("ticked", "not judged: ttft.p95 < 350ms")


@pytest.mark.parametrize(
    ("words", "contradicted"),
    [
        (("met", "not_met"), True),
        (("met", "not_testable"), True),
        (("met", "inconclusive"), False),
        (("met", "met"), False),
        (("not_met",), False),
    ],
)
def test_runs_contradict_one_another_where_one_says_met_and_another_that_it_is_not(
    words: tuple[str, ...], contradicted: bool
) -> None:
    findings = tuple(
        Finding(
            word=word,
            evidence=BoxEvidence(kind="target", name="n", profile="ai-chat", verdict=word, text="", run=place),
        )
        for place, word in enumerate(words)
    )
    assert Item(name="n", essential=True, findings=findings).contradicted is contradicted


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("[observe]\npid = 4711", "declare pid = 4711 under [observe]"),
        ("[observe]", "declare [observe]"),
        ("pid = 4711", "declare pid = 4711"),
        ("[observe]\npid = 4711\nevery = 2", "declare [observe] pid = 4711 every = 2"),
        ("front\n[observe]", "declare front [observe]"),
        ("[auth\nkey = 1", "declare [auth key = 1"),
        ("key]\npid = 1", "declare key] pid = 1"),
    ],
)
def test_what_to_declare_is_told_in_one_line(lines: str, told: str) -> None:
    assert to_declare(lines) == told


def test_what_an_undecided_target_needs_is_its_own_word_or_the_box_s() -> None:
    needed = replace(ERRORS, needs="needs a load")
    for missing, told in (("9 more streams", "error_rate < 1% needs 9 more streams"), ("", "needs a load")):
        run = load_run(target("error_rate < 1%", "inconclusive", missing=missing))
        assert ticked(needed, [run]).needs == told
    for declare, told in (("[observe]\npid = 1", "declare pid = 1 under [observe]"), ("", "nothing was priced")):
        run = load_run(target("error_rate < 1%", "not_claimed", declare=declare, reason="nothing was priced"))
        assert ticked(needed, [run]).needs == told


def test_what_a_search_for_the_limit_shows_to_hold_counts() -> None:
    held = capacity_run(targets=(MET,), validity=SOUND)

    assert ticked(ERRORS, [held]).state == "ticked"
    assert ticked(replace(ERRORS, streams_at_once=2), [held]).state == "not_judged"


def test_the_most_streams_at_once_count_whatever_their_tag() -> None:
    several = replace(ERRORS, streams_at_once=50)
    run = load_run(MET, at_once=60.0)
    assert run.load is not None
    part = MetricFigures(metric="concurrency", tag="memory", unit="1", n=400, infinite=0, value=20.0)
    run = replace(run, load=replace(run.load, figures=(*run.load.figures, part)))

    found = ticked(several, [run])
    assert found.state == "ticked"
    assert found.evidence[0].text == "from 400 streams, 60 at once at the most"
    assert ticked(ERRORS, [run]).evidence[0].text == "from 400 streams"


@pytest.mark.parametrize(
    ("targets", "state"),
    [
        ((MET,), "not_judged"),
        ((MET, TTFT), "ticked"),
        ((MET, TTFT, target("session.p95 < 60s", "met")), "ticked"),
        ((MET, TTFT, target("ttft[memory].p95 < 900ms", "met")), "not_judged"),
    ],
)
def test_streams_are_held_within_the_targets_of_the_profile_s_own_document(targets: Any, state: str) -> None:
    hundred = box(targets=("concurrency >= 100",), capacity=100)

    assert ticked(hundred, [capacity_run(rungs=(rung(120.0, targets=targets),))]).state == state


def test_a_rung_that_breaks_a_target_of_one_s_own_says_nothing_of_the_document() -> None:
    hundred = box(targets=("concurrency >= 100",), capacity=100)
    own = (MET, target("gap.p95 < 50ms", "not_met"))
    run = capacity_run(capacity=60.0, breaks_at=80.0, rungs=(rung(60.0), rung(80.0, "breaks", targets=own)))

    found = ticked(hundred, [run])
    assert found.state == "not_judged"
    assert "60 streams are held" in found.reason
