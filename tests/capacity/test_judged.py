"""Which of the declared targets a rung of some seconds is judged by."""

from __future__ import annotations

import pytest

from chatproof.capacity.judged import left_out_in_words, targets_of_rungs
from chatproof.config import from_table

OBSERVED = {"observe": {"pid": 4711}}
WHOLE = "speaks of a whole run"
LONG = "needs streams that last for long"
LEVEL = "asks for a level, which is what is searched for"


def split(
    targets: dict[str, str], *, workload: str = "chat-turns", rate: bool = False, leave_out: tuple[str, ...] = ()
) -> tuple[list[str], dict[str, str]]:
    """The names of the targets that rungs are judged by, and those that they are not with the reason."""
    config = from_table(
        {"backend": {"url": "http://127.0.0.1:3000"}, "profiles": {"ai-chat": {}}, "targets": targets, **OBSERVED},
        origin="test",
    )
    judged, left = targets_of_rungs(config, profile="ai-chat", workload=workload, rate=rate, leave_out=leave_out)
    return [target.name for target in judged], {target.name: reason for target, reason in left}


@pytest.mark.parametrize(
    ("name", "condition", "workload", "reason"),
    [
        ("heartbeat.missed", "<= 0", "chat-turns", LONG),
        ("heartbeat.interval.p95", "< 20s", "chat-turns", LONG),
        ("rss.left", "< 5MB", "chat-turns", WHOLE),
        ("open_files.left", "<= 0", "chat-turns", WHOLE),
        ("rss_per_connection", "< 1MB", "fan-out", WHOLE),
        ("rss_per_slow_reader", "< 1MB", "client-aborts", WHOLE),
        ("cost", "< 1 USD", "chat-turns", WHOLE),
        ("tokens", "< 1000", "chat-turns", WHOLE),
        ("concurrency", ">= 100", "chat-turns", LEVEL),
        ("concurrency.mean", ">= 100", "chat-turns", LEVEL),
        ("goodput", "> 10/s", "polling", LEVEL),
    ],
)
def test_what_a_rung_cannot_decide_is_left_out_with_the_reason(
    name: str, condition: str, workload: str, reason: str
) -> None:
    judged, left = split({name: condition, "error_rate": "< 2%"}, workload=workload)

    assert left[name] == reason
    assert name not in judged
    assert "error_rate" in judged


def test_what_nobody_observes_is_left_out_before_all_else() -> None:
    config = from_table(
        {"backend": {"url": "http://127.0.0.1:3000"}, "profiles": {"ai-chat": {}}, "targets": {"rss.left": "< 5MB"}},
        origin="test",
    )
    judged, left = targets_of_rungs(config, profile="ai-chat", workload="chat-turns", rate=False)

    assert ("rss.left", "not observed") in {(target.name, reason) for target, reason in left}
    assert "rss.left" not in {target.name for target in judged}


def test_what_a_load_of_seconds_decides_is_judged() -> None:
    judged, left = split({"gap.p95": "< 1s", "stall": "< 1%", "attainment": "> 90%"})

    assert {"gap.p95", "stall", "attainment"} <= set(judged)
    assert not {"gap.p95", "stall", "attainment"} & set(left)


def test_a_schedule_is_judged_where_there_is_one() -> None:
    scheduled = {"ttft_sched.p95": "< 1s"}

    assert split(scheduled)[1]["ttft_sched.p95"] == "in a closed loop nothing is scheduled"
    assert "ttft_sched.p95" in split(scheduled, rate=True)[0]


@pytest.mark.parametrize("asked", ["ttft.p95", "ttft"])
def test_what_is_left_out_as_asked_is_not_judged(asked: str) -> None:
    judged, left = split({}, leave_out=(asked,))

    assert left["ttft.p95"] == "left out as asked"
    assert "ttft.p95" not in judged
    assert "error_rate" in judged


def test_an_id_may_be_written_in_small_letters() -> None:
    judged, left = split({}, leave_out=("aichat-perf-01",))

    assert left["ttft.p95"] == "left out as asked"
    assert "ttft[memory].p95" in judged


def test_the_reasons_are_told_in_one_line() -> None:
    config = from_table(
        {
            "backend": {"url": "http://127.0.0.1:3000"},
            "profiles": {"ai-chat": {}},
            "targets": {"goodput": "> 10/s", "tokens": "< 1000"},
        },
        origin="test",
    )
    _judged, left = targets_of_rungs(config, profile="ai-chat", workload="chat-turns", rate=False)

    told = left_out_in_words(left)
    assert f"goodput > 10/s ({LEVEL})" in told
    assert f"tokens < 1000 ({WHOLE})" in told
    assert left_out_in_words(()) == ""


@pytest.mark.parametrize(
    ("profile", "workload", "targets", "condition"),
    [
        ("stream-chat", "token-storm", {}, "error_rate < 1%"),
        ("stream-chat", "token-storm", {"error_rate": "< 3%"}, "error_rate < 3%"),
        ("stream-chat", "token-storm", {"error_rate": "off"}, None),
        ("chatkit", "chatkit-sessions", {}, "error_rate < 1%"),
        ("hybrid", "polling", {}, "error_rate < 1%"),
        ("hybrid", "polling", {"error_rate": "off"}, None),
        ("agent-stream", "fan-out", {}, None),
    ],
)
def test_requests_that_fail_are_judged_where_a_level_is_a_rate(
    profile: str, workload: str, targets: dict[str, str], condition: str | None
) -> None:
    config = from_table(
        {"backend": {"url": "http://127.0.0.1:3000"}, "profiles": {profile: {}}, "targets": targets}, origin="test"
    )
    judged, left = targets_of_rungs(config, profile=profile, workload=workload, rate=False)
    assert [target.text for target in judged if target.metric == "error_rate"] == ([condition] if condition else [])
    assert "error_rate" not in {target.metric for target, _reason in left}


def test_a_number_of_a_document_keeps_its_level() -> None:
    config = from_table({"backend": {"url": "http://127.0.0.1:3000"}, "profiles": {"hybrid": {}}}, origin="test")
    judged, _left = targets_of_rungs(config, profile="hybrid", workload="polling", rate=False)
    (errors,) = (target for target in judged if target.metric == "error_rate")
    assert (errors.requirement, errors.level) == ("HYBRID-POLL-08", "SHOULD")
