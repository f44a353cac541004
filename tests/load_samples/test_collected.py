from __future__ import annotations

from collections import Counter

from chatproof.samples import Delivery, End, Health, Mark, Pool, Reading, Record, Resumption, Sample, Start
from chatproof.samples.collected import Collected


def test_each_record_goes_where_it_belongs() -> None:
    records: list[Record] = [
        Sample(workload="w", operation="turn", process="a"),
        Delivery(message="m", subscriber=1, process="a"),
        Resumption(cause="drop", process="a"),
        Pool(metric="gap", counts={"3": 2}),
        Health(process="a", at_ns=1, seconds=1.0),
        Reading(at_ns=1),
        Mark(what="warm"),
        Start(process="a"),
        End(process="a"),
    ]

    found = Collected(records)

    assert found.total == 9
    assert [found.samples, found.deliveries, found.resumptions] == [records[:1], records[1:2], records[2:3]]
    assert [found.health, found.readings, found.marks] == [records[4:5], records[5:6], records[6:7]]
    assert [found.starts, found.ends] == [records[7:8], records[8:9]]
    assert found.pool("gap") == Counter({3: 2})
    assert found.lost == ()


def test_pools_of_all_processes_are_one_and_leave_the_warm_up_out() -> None:
    found = Collected(
        [
            Pool(metric="gap", counts={"3": 2, "5": 1}, process="a"),
            Pool(metric="gap", counts={"3": 4}, process="b"),
            Pool(metric="gap", counts={"9": 100}, process="b", warm_up=True),
            Pool(metric="gap", counts={"1": 7}, process="c", step_ns=1_000_000),  # 1 to 2 ms: its middle is 1.5 ms
            Pool(metric="lag.loop", counts={"1": 1}, process="b"),
        ]
    )

    assert found.pool("gap") == Counter({3: 6, 5: 1, 15: 7})
    assert found.pool("lag.read") == Counter()


def test_a_process_without_its_end_is_lost() -> None:
    found = Collected(
        [
            Start(process="master"),
            Start(process="one"),
            Sample(workload="w", operation="turn", process="two"),
            Health(process="three", at_ns=1, seconds=1.0),
            End(process="master"),
            End(process="three"),
            Mark(what="worker_lost", process="four"),
            Mark(what="note", process="five"),
        ]
    )

    assert found.processes == ("four", "master", "one", "three", "two")
    assert found.lost == ("four", "one", "two")


def test_what_is_remembered_is_forgotten_with_the_next_record() -> None:
    found = Collected()
    made: list[int] = []

    def make() -> int:
        made.append(found.total)
        return found.total

    assert [found.remembered("a", make), found.remembered("a", make)] == [0, 0]
    found.add(Mark(what="warm"))
    assert found.remembered("a", make) == 1
    assert made == [0, 1]
