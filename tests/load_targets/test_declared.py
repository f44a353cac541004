"""Which targets a run has: the documents', what `[targets]` makes of them, and what a plan leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.config import PROFILES, Config, from_table
from chatproof.load_plan import Plan
from chatproof.metrics.measured import Series
from chatproof.metrics.table import METRICS
from chatproof.targets import Target, TargetError, decide, declared_targets, parse_target
from chatproof.targets.declared import document_target, judged_targets
from chatproof.targets.documents import DOCUMENT_TARGETS
from chatproof.workloads import WORKLOADS, default_workload, workloads_of


def config(**tables: Any) -> Config:
    return from_table({"profiles": {"ai-chat": {}}, **tables}, origin="a table")


def found(workload: str = "chat-turns", profile: str = "ai-chat", **tables: Any) -> dict[str, Target]:
    return {target.name: target for target in declared_targets(config(**tables), profile=profile, workload=workload)}


def test_the_numbers_of_the_ai_chat_guide() -> None:
    texts = {target.text: (target.requirement, target.level) for target in found().values()}

    assert texts["ttft.p95 < 350ms"] == ("AICHAT-PERF-01", "MUST")
    assert texts["ttft[memory].p95 < 500ms"] == ("AICHAT-PERF-02", "MUST")
    assert texts["memory.p95 < 200ms"] == ("AICHAT-PERF-03", "SHOULD")
    assert texts["error_rate < 1%"] == ("AICHAT-PERF-06", "MUST")
    assert texts["retry_rate.client < 5%"] == texts["retry_rate.provider < 5%"] == ("AICHAT-PERF-07", "SHOULD")
    soaked = {target.text: target.requirement for target in found("soak").values()}
    assert soaked["survival_5m > 99%"] == soaked["uptime > 99%"] == "AICHAT-PERF-04"
    assert soaked["concurrency >= 100"] == "AICHAT-PERF-05"
    assert soaked["heartbeat.gap.max < 15s"] == "AICHAT-PERF-08"
    aborted = found("client-aborts")["open_files.left"]
    assert (aborted.requirement, aborted.least) == ("AICHAT-DISC-02", 200)


@pytest.mark.parametrize(
    ("profile", "workload", "texts"),
    [
        ("agent-stream", "fan-out", {"push.p95 < 100ms", "heartbeat.gap.max < 45s", "generate.max < 30s"}),
        ("hybrid", "polling", {"poll.p95 < 500ms", "error_rate < 1%"}),
        ("chatkit", "chatkit-sessions", {"session.p95 < 5s"}),
        ("stream-chat", "token-storm", {"token.p95 < 500ms"}),
    ],
)
def test_the_numbers_of_the_other_documents(profile: str, workload: str, texts: set[str]) -> None:
    made = found(workload, profile, profiles={profile: {}})

    assert texts <= {target.text for target in made.values()}
    assert {target.profile for target in made.values()} == {profile}


def test_intervals_and_timeouts_are_those_of_the_profile() -> None:
    ai_chat = found("soak", profiles={"ai-chat": {"heartbeat": "2s"}})
    agents = {"agent-stream": {"heartbeat": "20s", "generate_timeout": "10s"}}
    agent = found("fan-out", "agent-stream", profiles=agents)

    assert ai_chat["heartbeat.gap.max"].text == "heartbeat.gap.max < 3s"
    assert agent["heartbeat.gap.max"].limit == 30e9
    assert agent["generate.max"].limit == 10e9


def test_messages_are_judged_where_a_route_publishes_them_and_generation_where_one_generates() -> None:
    bare = found("fan-out", "agent-stream", profiles={"agent-stream": {}})
    both = found("fan-out", "agent-stream", profiles={"agent-stream": {"publish": {"path": "/api/chat/messages"}}})

    assert "publish = " in bare["push.p95"].declare
    assert both["push.p95"].declare == bare["generate.max"].declare == both["generate.max"].declare == ""
    silent = found("fan-out", "agent-stream", profiles={"agent-stream": {"generate_path": ""}})
    assert "generate.max" not in silent


def test_an_entry_replaces_the_documents_number_and_keeps_its_row() -> None:
    made = found(targets={"ttft.p95": "< 300ms", "memory.p95": "<= 1s", "ttft.p99": "< 1s"})

    assert (made["ttft.p95"].limit, made["ttft.p95"].requirement) == (300e6, "AICHAT-PERF-01")
    assert (made["memory.p95"].level, made["memory.p95"].requirement) == ("MUST", "AICHAT-PERF-03")
    assert (made["ttft.p99"].level, made["ttft.p99"].requirement) == ("MUST", "")


def test_off_leaves_a_target_out() -> None:
    made = found(targets={"ttft.p95": "off", "error_rate": " off "})

    assert "ttft.p95" not in made
    assert "error_rate" not in made
    assert "ttft[memory].p95" in made


def test_an_entry_of_another_workload_is_no_target_of_this_one() -> None:
    targets = {"poll.p95": "< 1s", "survival_5m": "> 99%", "ttft[soak].p95": "< 1s"}

    assert not {"poll.p95", "survival_5m", "ttft[soak].p95"} & set(found(targets=targets))
    assert "survival_5m" in found("soak", targets=targets)


def test_beside_a_target_with_memory_the_bare_one_speaks_of_turns_without() -> None:
    assert found()["ttft.p95"].tag == "plain"
    assert found()["ttft[memory].p95"].tag == "memory"
    assert found(targets={"ttft[memory].p95": "off"})["ttft.p95"].tag == ""
    assert found("soak")["ttft.p95"].tag == ""
    assert found()["error_rate"].tag == ""


def test_what_nobody_says_how_to_observe_is_not_claimed() -> None:
    made, observed = found(), found(observe={"memory_field": "memory_ms", "retry_field": "retries", "pid": 1})

    for name in ("memory.p95", "retry_rate.provider", "rss_per_slow_reader"):
        assert "[observe]" in made[name].declare
        assert observed[name].declare == ""
    verdict = decide(made["memory.p95"], Series(values=()))
    assert (verdict.verdict, verdict.declare) == ("not_claimed", made["memory.p95"].declare)
    assert decide(observed["memory.p95"], Series(values=())).verdict == "inconclusive"


def test_in_a_mixed_load_the_targets_carry_their_workload() -> None:
    profiles: dict[str, Any] = {"ai-chat": {}, "hybrid": {}}
    made = found("mixed", profiles=profiles)

    assert {"error_rate[chat-turns]", "error_rate[polling]", "ttft[plain].p95", "ttft[memory].p95"} <= set(made)
    assert made["poll[polling].p95"].tag == "polling"
    assert all(parse_target(name, target.text.removeprefix(name)).tag == target.tag for name, target in made.items())
    alone = declared_targets(
        config(profiles=profiles), profile="ai-chat", workload="mixed", weights={"polling": 2, "soak": 0}
    )
    assert {target.tag for target in alone} == {"polling"}


def test_the_backends_own_figures_are_those_of_the_whole_mixed_load() -> None:
    made = found("mixed", profiles={"agent-stream": {}})

    assert made["open_files.left"].tag == made["rss_per_connection"].tag == ""


def test_in_a_mixed_load_too_an_entry_of_another_workload_is_no_target() -> None:
    targets = {"ttft[memory].p95": "< 500ms", "survival_5m": "> 99%", "poll[polling].p99": "< 1s"}
    made = found("mixed", profiles={"hybrid": {}}, targets=targets)

    assert "poll[polling].p99" in made
    assert not {"ttft[memory].p95", "survival_5m"} & set(made)


def test_a_plan_leaves_out_by_name_by_metric_and_by_requirement() -> None:
    targets = tuple(found().values())

    def left(*names: str) -> set[str]:
        return {target.name for target in judged_targets(targets, Plan(leave_out=names))}

    assert set(found()) - left("ttft.p95") == {"ttft.p95"}
    assert set(found()) - left("ttft") == {"ttft.p95", "ttft[memory].p95"}
    assert set(found()) - left("aichat-perf-07") == {"retry_rate.client", "retry_rate.provider"}
    assert left("survival_5m", "poll.p95") == set(found())
    with pytest.raises(TargetError, match="did you mean survival_5m"):
        left("survival_6m")


@pytest.mark.parametrize("entry", DOCUMENT_TARGETS, ids=lambda entry: f"{entry.profile}-{entry.name}")
def test_a_documents_target_is_one_that_its_workloads_can_measure(entry: Any) -> None:
    target = document_target(entry)

    assert entry.statement.endswith(".")
    assert entry.source
    for name in entry.workloads:
        assert entry.profile in WORKLOADS[name].profiles
        assert target.metric in WORKLOADS[name].metrics


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda entry: entry.name)
def test_a_workload_is_told_in_full(workload: Any) -> None:
    assert set(workload.metrics) <= set(METRICS)
    assert set(workload.profiles) <= set(PROFILES)
    assert workload.file == workload.name.replace("-", "_")
    assert Plan(**workload.defaults).users > 0


def test_every_profile_has_a_default_workload() -> None:
    defaults = {profile: default_workload(profile) for profile in PROFILES}

    assert defaults == {
        "ai-chat": "chat-turns",
        "agent-stream": "fan-out",
        "stream-chat": "token-storm",
        "chatkit": "chatkit-sessions",
        "hybrid": "polling",
    }
    assert default_workload("own") == ""
    assert [entry.name for entry in workloads_of("hybrid")] == ["polling", "mixed"]
