"""What a rung is decided by: single targets, targets that say nothing, and how much of the level was under way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from capacity.samples import SECONDS, WARM_UP, collected, rung, streams

from chatproof.capacity.scale import scale_of
from chatproof.capacity.weighing import Weighed, told, weighed
from chatproof.load_plan import Plan
from chatproof.samples.collected import Collected
from chatproof.targets import parse_target

if TYPE_CHECKING:
    from chatproof.samples.records import Sample

TTFT = ("ttft.p95", "< 350ms")
ERRORS = ("error_rate", "< 1%")


def one_user(*, failed_of_twenty: int = 0) -> list[Sample]:
    """Sixty turns in the judged time, one after the other, of which so many in twenty failed."""
    made = streams(1, lasts=0.1, ttft=0.05)
    return [
        replace(entry, cause="status", status=503) if number % 20 < failed_of_twenty else entry
        for number, entry in enumerate(made)
    ]


def weigh(
    records: Collected | list[Sample], *targets: tuple[str, str], level: float = 1.0, rate: bool = False
) -> Weighed:
    """The verdict on them by these targets, where one stream was counted at a time."""
    arrivals = {"arrivals": "poisson", "rate": level, "users": 50} if rate else {"users": int(level)}
    return weighed(
        records if isinstance(records, Collected) else collected(records, counted=1),
        plan=Plan(run_time_seconds=SECONDS, warm_up_seconds=WARM_UP, think_seconds=(0.0, 0.0), **arrivals),
        scale=scale_of("chat-turns", rate=rate),
        targets=tuple(parse_target(*target) for target in targets),
        number=1,
        level=level,
        phase="doubling",
        proof=None,
        scrub=str,
    )


@pytest.mark.parametrize(
    ("target", "failed", "word"),
    [
        (("error_rate", "< 5%"), 1, "unclear"),
        (("error_rate", "<= 5%"), 1, "holds"),
        (("error_rate", "< 6%"), 1, "holds"),
        (("attainment", "> 95%"), 1, "unclear"),
        (("attainment", ">= 95%"), 1, "holds"),
        (("attainment", "> 94%"), 1, "holds"),
        (("attainment", "> 96%"), 1, "unclear"),
    ],
)
def test_a_value_at_its_limit_keeps_it_where_the_comparison_says_so(
    target: tuple[str, str], failed: int, word: str
) -> None:
    found = weigh(one_user(failed_of_twenty=failed), target).rung

    assert found.targets[0].verdict == "inconclusive"
    assert found.verdict == word
    assert (found.limiting == ()) == (word == "holds")


def test_a_value_that_is_infinite_keeps_no_limit() -> None:
    found = weigh([entry for entry in one_user(failed_of_twenty=1) if entry.start_ns < 3.5e9], TTFT).rung
    assert (found.targets[0].verdict, found.targets[0].value) == ("inconclusive", None)
    assert found.verdict == "unclear"
    assert found.reason.startswith("ttft.p95 infinite (limit 350 ms)")


def test_a_target_of_which_nothing_was_seen_keeps_a_rung_from_holding() -> None:
    found = weigh(one_user(), ERRORS, ("ttft[memory].p95", "< 500ms")).rung

    assert (found.verdict, found.reason) == ("unclear", "nothing was seen of ttft[memory].p95 < 500ms")


def test_a_target_that_is_not_claimed_says_nothing_of_a_rung() -> None:
    found = weigh(one_user(), TTFT, ("retry_rate.provider", "< 5%")).rung

    assert [entry.verdict for entry in found.targets] == ["met", "not_claimed"]
    assert (found.verdict, found.reason) == ("holds", "every target is met")


def test_a_target_is_told_by_its_name_as_it_is_written() -> None:
    plain, tagged = (
        weigh([replace(entry, tags=("memory",)) for entry in one_user(failed_of_twenty=5)], target).rung.targets[0]
        for target in (ERRORS, ("ttft[memory].p95", "< 10ms"))
    )

    assert told(plain) == "error_rate 25 % (limit 1 %)"
    assert told(tagged) == "ttft[memory].p95 infinite (limit 10 ms)"


@pytest.mark.parametrize(("under_way", "word"), [(35, "invalid"), (37, "holds")])
def test_nine_tenths_of_a_level_must_have_been_under_way(under_way: int, word: str) -> None:
    assert rung(list(streams(under_way)), counted=under_way, level=40.0).rung.verdict == word


def test_users_who_pause_after_a_failure_are_no_fault_of_the_generator() -> None:
    found = weigh(one_user(failed_of_twenty=1), ("error_rate", "< 20%"), level=8.0).rung
    assert found.verdict == "holds"
    assert weigh(one_user(), ("error_rate", "< 20%"), level=8.0).rung.verdict == "invalid"


def test_of_a_rate_few_turns_under_way_are_no_fault_of_the_generator() -> None:
    found = weigh(one_user(), TTFT, level=10.0, rate=True).rung

    assert found.verdict == "holds"
    assert found.level_seen == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("offered", "dropped", "said"),
    [(10, 0, ""), (5, 0, "offered 50.0%"), (10, 5, "dropped starts 25 of 50")],
)
def test_a_schedule_that_waits_for_the_backend_leaves_the_rung_unclear(offered: int, dropped: int, said: str) -> None:
    records = collected(one_user(), counted=1)
    for record in records.health:
        record.planned, record.offered, record.dropped = 10, offered, dropped
    found = weigh(records, TTFT, level=10.0, rate=True)

    assert found.validity.valid
    assert found.rung.verdict == ("unclear" if said else "holds")
    assert found.rung.reason.startswith("the load was lighter than asked for" if said else "every target is met")
    assert said in found.rung.reason


def test_little_s_law_is_told_once_beside_what_else_held_the_generator_up() -> None:
    found = rung(list(streams(20)), counted=24, late_ns=80_000_000).rung

    assert [reason.partition(":")[0] for reason in found.invalid_reasons] == ["send lag", "loop lag", "little"]


def test_nothing_sent_is_no_failure() -> None:
    assert rung([], counted=0).rung.error_rate == 0.0
