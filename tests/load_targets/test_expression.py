from __future__ import annotations

import pytest

from chatproof.metrics.table import METRICS
from chatproof.targets import TargetError, parse_target
from chatproof.targets.expression import metric_of


@pytest.mark.parametrize(
    ("name", "condition", "expected"),
    [
        ("ttft.p95", "< 350ms", ("ttft", "", "p95", "<", 350e6, "s")),
        ("ttft[memory].p95", "<500 ms", ("ttft", "memory", "p95", "<", 500e6, "s")),
        ("ttft[memory=true].p95", "<= 0.5s", ("ttft", "memory", "p95", "<=", 500e6, "s")),
        ("ttft[ memory = false ].p99.9", "< 1m", ("ttft", "plain", "p99.9", "<", 60e9, "s")),
        ("push[fan-out].p5", "> 20us", ("push", "fan-out", "p5", ">", 20e3, "s")),
        ("heartbeat.gap.max", "< 15s", ("heartbeat.gap", "", "max", "<", 15e9, "s")),
        ("push.median.p95", "< 349.1ms", ("push.median", "", "p95", "<", 349_100_000, "s")),
        ("gap.p99", "< 1s", ("gap", "", "p99", "<", 1e9, "s")),
        ("error_rate", "< 1%", ("error_rate", "", "", "<", 0.01, "%")),
        ("survival_5m", ">= 99.9 %", ("survival_5m", "", "", ">=", 0.999, "%")),
        ("uptime", ">99%", ("uptime", "", "", ">", 0.99, "%")),
        ("concurrency", ">= 100", ("concurrency", "", "", ">=", 100, "1")),
        ("rss_per_connection", "< 50kB", ("rss_per_connection", "", "", "<", 50_000, "B")),
        ("backend.rss", "< 1.5MB", ("backend.rss", "", "", "<", 1_500_000, "B")),
        ("bytes_per_message.p95", "< 500B", ("bytes_per_message", "", "p95", "<", 500, "B")),
        ("cost", "< 2.5 USD", ("cost", "", "", "<", 2.5, "USD")),
        ("goodput", ">= 5/s", ("goodput", "", "", ">=", 5, "1/s")),
        (" ttft.p95 ", "  <   350   ms  ", ("ttft", "", "p95", "<", 350e6, "s")),
    ],
)
def test_what_is_written_is_what_is_meant(name: str, condition: str, expected: tuple[object, ...]) -> None:
    found = parse_target(name, condition)

    assert (found.metric, found.tag, found.statistic, found.comparison, found.limit, found.unit) == expected


@pytest.mark.parametrize(
    ("name", "condition", "place", "said"),
    [
        ("tfft.p95", "< 1s", 0, "did you mean ttft?"),
        ("", "< 1s", 0, "the name of a metric"),
        ("ttft", "< 1s", 4, "a percentile such as p95, max or min"),
        ("ttft.q95", "< 1s", 5, "did you mean p95?"),
        ("ttft.p100", "< 1s", 5, "a percentile"),
        ("ttft.p0", "< 1s", 5, "a percentile"),
        ("ttft.mean", "< 1s", 5, "a percentile"),
        ("error_rate.p95", "< 1%", 11, "error_rate alone"),
        ("ttft[memory.p95", "< 1s", 15, "expected ]"),
        ("ttft[a b].p95", "< 1s", 5, "memory, plain or the name of a workload"),
        ("ttft[].p95", "< 1s", 5, "memory, plain"),
        ("ttft[soak=true].p95", "< 1s", 10, "[soak]"),
        ("ttft[memory]p95", "< 1s", 12, "a dot and a statistic"),
        ("nope[memory].p95", "< 1s", 0, "the name of a metric"),
        ("ttft!p95", "< 1s", 4, "belongs to no name"),
        ("ttft.p95", "350ms", 9, "<, <=, > or >="),
        ("ttft.p95", "", 9, "<, <=, > or >="),
        ("ttft.p95", "< ms", 11, "no number"),
        ("ttft.p95", "< -3ms", 11, "no number"),
        ("ttft.p95", "< 350", 14, "s, ms, us, m, h"),
        ("ttft.p95", "< 350 parsec", 15, "s, ms, us, m, h"),
        ("ttft.p95", "< 350 Ms", 15, "did you mean ms?"),
        ("ttft.p95", "< 350 %", 15, "s, ms, us, m, h"),
        ("error_rate", "< 1", 14, "expected % for error_rate"),
        ("concurrency", ">= 100 s", 19, "expected no unit for concurrency"),
        ("ttft.p95", "< 1 2 s", 13, "s, ms, us, m, h"),
    ],
)
def test_a_mistake_has_its_place_and_what_belongs_there(name: str, condition: str, place: int, said: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_target(name, condition)

    assert caught.value.place == place
    assert said in caught.value.message
    assert str(caught.value).split("\n")[-1] == " " * (place + 2) + "^"


def test_the_text_is_the_target_as_it_may_be_declared_again() -> None:
    found = parse_target("ttft[memory=true].p95", "  < 500ms")

    assert (found.name, found.text) == ("ttft[memory].p95", "ttft[memory].p95 < 500ms")
    assert parse_target(found.name, found.text.removeprefix(found.name)) == found


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_can_have_a_target(name: str) -> None:
    metric = METRICS[name]
    statistic = ".p95" if metric.kind in {"series", "pool"} else ""
    unit = {"ns": "ms", "%": "%", "B": "kB", "USD": "USD", "1/s": "/s", "1": ""}[metric.unit]
    found = parse_target(name + statistic, f"< 3 {unit}")

    assert found.metric == name == metric_of(name) == metric_of(found.name)
    assert found.limit == pytest.approx(3 * {"ms": 1e6, "%": 0.01, "kB": 1000}.get(unit, 1))
