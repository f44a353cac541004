from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.load_facts import Validity, ValidityCheck
from chatproof.load_plan import Plan
from chatproof.load_run.busy_checks import highest_mean
from chatproof.load_run.validity import validity
from chatproof.samples import Delivery, End, Health, Mark, Pool, Record, Sample, Start
from chatproof.samples.collected import Collected
from chatproof.targets import parse_target
from support.load_samples import turn

PLAN = Plan(warm_up_seconds=5.0, run_time_seconds=30.0)
OPEN = replace(PLAN, arrivals="poisson", rate=10.0)
if TYPE_CHECKING:
    from collections.abc import Sequence

QUICK = {"0": 970, "10": 30}


def health(second: int, **fields: Any) -> Health:
    values = {"cpu": 0.4, "waiting": 0.01, "streams": 6, "open_files": 40, "lag_loop_max_ns": 2_000_000, **fields}
    return Health(process="local", at_ns=second * 1_000_000_000, seconds=1.0, **values)


def streams(**fields: Any) -> list[Sample]:
    """Six streams at each moment, one after the other."""
    return [turn(2.0 * number, lasts=2.0, **fields) for number in range(16) for _user in range(6)]


def sound() -> list[Record]:
    return [
        Start(process="local", kernel=True, file_limit=1000),
        *streams(),
        *[health(second) for second in range(1, 31)],
        *[Pool(metric=metric, counts=QUICK, process="local") for metric in ("lag.read", "lag.send", "lag.loop")],
        End(process="local"),
    ]


def judged(*more: Record, base: Sequence[Record] | None = None, plan: Plan = PLAN, **options: Any) -> Validity:
    return validity(Collected([*(sound() if base is None else base), *more]), plan, **options)


def check(found: Validity, name: str) -> ValidityCheck:
    return next(entry for entry in found.checks if entry.name == name)


def broken(found: Validity) -> set[str]:
    return {entry.name for entry in found.checks if entry.state == "broken"}


def test_a_sound_run_is_valid() -> None:
    found = judged()

    assert found.valid
    assert found.reasons == ()
    states = {entry.name: entry.state for entry in found.checks}
    assert states.pop("dropped_starts") == "not_observed"
    assert states.pop("offered") == "not_observed"
    assert states.pop("clocks") == "not_observed"  # nothing was published
    assert set(states.values()) == {"ok"}
    assert check(found, "little").found == "N/(XR) = 1.000 (N = 6.0 per process)"


def test_a_run_without_anything_is_not_invalid_for_that() -> None:
    found = judged(base=[])

    assert found.valid
    assert {entry.state for entry in found.checks} == {"not_observed"}


BREAKS: list[tuple[str, list[Record]]] = [
    ("send_lag", [Pool(metric="lag.send", counts={"60": 100})]),
    ("loop_lag", [Pool(metric="lag.loop", counts={"101": 100})]),
    ("loop_lag", [health(20, lag_loop_max_ns=501_000_000)]),
    ("cpu", [health(second, cpu=0.86 * 2 - 0.4) for second in range(10, 22)]),
    ("waiting", [health(second, waiting=1.3) for second in range(10, 22)]),
    ("gc_pause", [health(20, gc_max_ns=501_000_000)]),
    ("own_errors", [turn(20.0, lasts=0.001, cause="ours", detail="no file descriptor")]),
    ("file_limit", [health(20, open_files=960)]),
    ("processes", [Start(process="worker-2", kernel=True)]),
    ("little", [health(second, streams=9) for second in range(6, 31)]),
]


@pytest.mark.parametrize(("name", "records"), BREAKS, ids=[name for name, _records in BREAKS])
def test_each_condition_can_be_broken(name: str, records: list[Record]) -> None:
    found = judged(*records)

    assert broken(found) == {name}
    assert not found.valid
    (reason,) = found.reasons
    assert check(found, name).remedy in reason
    assert check(found, name).found in reason


@pytest.mark.parametrize(
    "records",
    [
        [health(3, cpu=1.0, lag_loop_max_ns=900_000_000, gc_max_ns=900_000_000, waiting=1.0)],
        [Pool(metric="lag.send", counts={"900": 1000}, warm_up=True)],
        [health(40, lag_loop_max_ns=900_000_000, streams=900)],
        [turn(2.0, warm_up=True, cause="ours", lasts=0.001)],
        [health(20, cpu=1.0)],
    ],
    ids=["blip in the warm-up", "burst in the warm-up", "after the end", "error in the warm-up", "one busy second"],
)
def test_what_is_outside_the_judged_time_or_short_breaks_nothing(records: list[Record]) -> None:
    assert judged(*records).valid


def test_without_the_kernels_times_the_limits_are_stricter() -> None:
    base: list[Record] = [
        Start(process="local"),
        *streams(kernel=False),
        *[health(second, waiting=0.2) for second in range(1, 31)],
        health(20, lag_loop_max_ns=150_000_000, waiting=0.2),
        End(process="local"),
        Pool(metric="lag.loop", counts=QUICK),
        Pool(metric="lag.send", counts=QUICK),
    ]

    found = judged(base=base)

    assert {"loop_lag", "waiting"} <= broken(found)
    assert check(found, "arrival_times").state == "not_observed"
    assert "clock after each read" in check(found, "arrival_times").found
    assert check(found, "read_lag").state == "not_observed"
    with_kernel = judged(health(20, lag_loop_max_ns=150_000_000), *[health(n, waiting=0.2) for n in range(6, 31)])
    assert not broken(with_kernel) & {"loop_lag", "waiting"}


def test_a_wide_limit_allows_more_lag_and_a_narrow_one_no_less_than_five_milliseconds() -> None:
    late = Pool(metric="lag.send", counts={"60": 2000})  # 6.05 ms

    assert judged(late, targets=(parse_target("ttft.p95", "< 350ms"),)).valid
    assert not judged(late, targets=(parse_target("ttft.p95", "< 200ms"),)).valid
    assert check(judged(targets=(parse_target("push.p95", "< 100ms"),)), "send_lag").limit == "p99 at most 5 ms"


@pytest.mark.parametrize(
    ("planned", "offered", "dropped", "expected"),
    [
        (10, 10, 0, set()),
        (100, 99, 1, set()),
        (100, 100, 2, {"dropped_starts"}),
        (100, 97, 3, {"dropped_starts", "offered"}),
        (100, 90, 0, {"offered"}),
    ],
)
def test_an_open_loop_makes_the_starts_that_were_due(
    planned: int, offered: int, dropped: int, expected: set[str]
) -> None:
    starts = [health(second, planned=planned, offered=offered, dropped=dropped, streams=6) for second in range(7, 28)]
    base = [entry for entry in sound() if not isinstance(entry, Health)]

    found = judged(*starts, base=base, plan=OPEN)

    assert broken(found) == expected


def test_a_small_load_says_nothing_of_littles_law() -> None:
    base = [entry for entry in sound() if not isinstance(entry, Health)]

    found = judged(*[health(second, streams=1) for second in range(1, 31)], base=[*base[:1], *base[97:], turn(20.0)])

    assert check(found, "little").state == "not_observed"


def test_one_stream_that_is_not_read_yet_does_not_break_littles_law() -> None:
    def counted(streams: int) -> Validity:
        base = [record for record in sound() if not isinstance(record, Health)]
        return judged(*[health(second, streams=streams) for second in range(1, 31)], base=base)

    assert check(counted(7), "little").state == "ok"
    assert check(counted(8), "little").state == "broken"


def test_what_a_lost_process_had_under_way_is_told_once() -> None:
    lost = [
        replace(health(second, streams=50), process="worker-2")  # its samples never came
        for second in range(6, 12)
    ]

    found = judged(Start(process="worker-2", kernel=True), *lost)

    assert broken(found) == {"processes"}


def test_a_worker_that_never_told_anything_is_lost_all_the_same() -> None:
    def told(name: str) -> Mark:
        return Mark(what="worker_lost", at_ns=29_000_000_000, process="local", detail=f"{name}: it did not end in time")

    found = judged(told("worker-7"))

    assert broken(found) == {"processes"}
    assert "lost: worker-7" in check(found, "processes").found
    assert judged(told("local")).valid  # it was heard of again


def test_samples_that_were_recorded_and_never_came_break_the_run() -> None:
    base = [record for record in sound() if not isinstance(record, End)]

    found = judged(End(process="local", samples=99), base=base)

    assert broken(found) == {"processes"}
    assert check(found, "processes").found == "3 samples of local did not come"
    assert judged(End(process="local", samples=96), base=base).valid


def test_a_message_that_arrives_before_it_was_sent_shows_clocks_that_are_apart() -> None:
    def delivery(after_ns: int) -> Delivery:
        published = 9_000_000_000
        return Delivery(message="0-1", subscriber=1, published_ns=published, received_ns=published + after_ns)

    assert check(judged(delivery(4_000_000), delivery(-900_000)), "clocks").state == "ok"
    assert broken(judged(delivery(4_000_000), delivery(-1_100_000))) == {"clocks"}


def test_the_highest_mean_is_over_any_ten_seconds() -> None:
    records = [health(second, cpu=1.0 if 8 <= second <= 17 else 0.1) for second in range(1, 31)]

    assert highest_mean(records, lambda record: record.cpu) == pytest.approx((1.0, 10.0))
    assert highest_mean(records[:4], lambda record: record.cpu) == pytest.approx((0.1, 4.0))
    assert highest_mean(records[:1], lambda record: record.cpu) is None
    assert highest_mean(records, lambda _record: None) is None


def test_frames_that_came_together_are_told_and_break_nothing() -> None:
    base: list[Record] = [turn(20.0, reads=1000, coalesced=900), End(process="local")]

    found = judged(base=base)

    assert found.valid
    assert check(found, "coalescing").found == "90.0% of 1,000 reads"


def test_frames_that_pile_up_unread_break_the_run_with_the_kernels_times_too() -> None:
    late = Pool(metric="lag.read", counts={"150": 2000})  # 15 ms: each frame still has its own time
    piled = Pool(metric="lag.read", counts={"490": 2000})

    assert check(judged(late), "read_lag").state == "ok"
    assert broken(judged(piled)) == {"read_lag"}
