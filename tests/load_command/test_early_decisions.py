"""When a run is looked at while it goes on, and which targets may end it then."""

from __future__ import annotations

import time

import pytest

from chatproof.load_facts import TargetVerdict
from chatproof.load_plan import Plan
from chatproof.load_run import early
from chatproof.load_run.early import Early
from chatproof.metrics.measured import Figure, Measured, Share
from chatproof.samples.collected import Collected
from chatproof.samples.records import Sample
from chatproof.targets import parse_target

PLAN = Plan(users=100, warm_up_seconds=0.0)
SECOND = 1_000_000_000


class Clock:
    """The monotonic clock, and looks at a run that take as long as a test says."""

    def __init__(self) -> None:
        self.now = 100.0
        self.look_takes = 0.0
        self.looks = 0
        self.seen: Measured = Share(hits=0, n=10)
        self.trouble: Exception | None = None

    def measure(self, *_rest: object, **_more: object) -> Measured:
        self.looks += 1
        self.now += self.look_takes
        if self.trouble is not None:
            raise self.trouble
        return self.seen

    def looked(self, judge: Early, at: float) -> bool:
        """Whether the run is looked at when it is asked for at that moment."""
        before, self.now = self.looks, at
        judge.broken(Collected())
        return self.looks > before


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def watched(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(early, "measure", clock.measure)
    return clock


def judging(name: str = "error_rate", condition: str = "< 1%") -> Early:
    return Early((parse_target(name, condition),), PLAN, heartbeat_seconds=None)


def test_the_first_look_comes_after_a_second(watched: Clock) -> None:
    judge = judging()

    assert not watched.looked(judge, at=100.0)
    assert not watched.looked(judge, at=100.999)
    assert watched.looked(judge, at=101.0)


def test_a_quick_look_is_repeated_after_a_second(watched: Clock) -> None:
    judge = judging()

    assert [watched.looked(judge, at=moment) for moment in (101.0, 101.5, 101.999, 102.0, 102.5, 103.0)] == [
        *(True, False, False),
        *(True, False, True),
    ]


def test_a_slow_look_takes_a_tenth_of_the_time_and_no_more(watched: Clock) -> None:
    judge = judging()
    watched.look_takes = 0.5

    assert watched.looked(judge, at=101.0)  # it ends at 101.5: the next may begin ten times 0.5 s later
    assert not watched.looked(judge, at=106.25)
    assert watched.looked(judge, at=106.5)
    watched.look_takes = 0.0
    assert watched.looked(judge, at=112.0)
    assert watched.looked(judge, at=113.0)


def test_what_is_broken_is_told_only_when_it_is_time(watched: Clock) -> None:
    watched.seen = Share(hits=50, n=50)
    judge = judging()

    watched.now = 100.5
    assert judge.broken(Collected()) is None
    watched.now = 101.0
    found = judge.broken(Collected())
    assert found is not None
    assert (found.verdict, found.value) == ("not_met", 100.0)


def test_after_trouble_nothing_is_looked_at_any_more(watched: Clock) -> None:
    judge = judging()
    watched.trouble = ZeroDivisionError("so many")
    assert watched.looked(judge, at=101.0)
    assert judge.trouble == "ZeroDivisionError: so many"

    watched.trouble, watched.seen = None, Share(hits=50, n=50)
    assert not any(watched.looked(judge, at=101.0 + later) for later in (0.0, 0.5, 1.0, 60.0, 3600.0))
    assert judge.trouble == "ZeroDivisionError: so many"


def test_a_run_without_trouble_tells_none(watched: Clock) -> None:
    judge = judging()

    assert watched.looked(judge, at=101.0)
    assert judge.trouble == ""


def open_for_long(number: int) -> Collected:
    """So many streams that were open together, one more in each tenth of a second."""
    found = Collected()
    for user in range(number):
        start = user * SECOND // 10 + 1
        found.add(
            Sample(
                workload="chat-turns",
                operation="turn",
                start_ns=start,
                sent_ns=start,
                token_ns=start + 1_000_000,
                end_ns=60 * SECOND,
            )
        )
    return found


def looked_at(judge: Early, clock: Clock, collected: Collected) -> TargetVerdict | None:
    clock.now += 2.0
    return judge.broken(collected)


@pytest.mark.parametrize("condition", [">= 100", "> 99"])
def test_a_load_whose_users_are_still_starting_is_not_ended_by_its_peak(clock: Clock, condition: str) -> None:
    judge = judging("concurrency", condition)

    assert [looked_at(judge, clock, open_for_long(users)) for users in (1, 20, 60, 99, 100)] == [None] * 5
    assert judge.trouble == ""


def test_a_peak_that_is_too_high_ends_a_load(clock: Clock) -> None:
    judge = judging("concurrency", "<= 10")

    assert looked_at(judge, clock, open_for_long(10)) is None
    found = looked_at(judge, clock, open_for_long(11))
    assert found is not None
    assert (found.target, found.value) == ("concurrency <= 10", 11.0)


@pytest.mark.parametrize(
    ("target", "seen", "ends"),
    [
        (("concurrency", ">= 100"), Figure(value=40.0, n=40), False),
        (("concurrency", "> 100"), Figure(value=40.0, n=40), False),
        (("push.doubles", "<= 0"), Figure(value=1.0, n=40), True),
        (("push.doubles", "< 1"), Figure(value=1.0, n=40), True),
        (("push.doubles", "<= 0"), Figure(value=0.0, n=40), False),
        (("push.doubles", "<= 0"), Figure(value=1.0, n=0), False),
        (("delivery_ratio", "> 99%"), Share(hits=10, n=40), True),
        (("delivery_ratio", ">= 99%"), Share(hits=10, n=40), True),
        (("delivery_ratio", "> 99%"), Share(hits=40, n=40), False),
        (("delivery_ratio", "> 99%"), Share(hits=0, n=0), False),
    ],
)
def test_only_a_figure_that_may_still_rise_waits_for_the_end(
    watched: Clock, target: tuple[str, str], seen: Measured, ends: bool
) -> None:
    judge = judging(*target)
    watched.seen, watched.now = seen, 101.0

    assert (judge.broken(Collected()) is not None) is ends
    assert (watched.looks, judge.trouble) == (1, "")


def test_a_target_that_waits_holds_no_other_back(clock: Clock) -> None:
    targets = (parse_target("concurrency", ">= 100"), parse_target("concurrency", "<= 10"))
    judge = Early(targets, PLAN, heartbeat_seconds=None)

    found = looked_at(judge, clock, open_for_long(20))
    assert found is not None
    assert found.target == targets[1].text
