from __future__ import annotations

from dataclasses import replace

from chatproof.capacity_facts import CapacityFacts
from chatproof.capacity_model import enriched
from chatproof.load_facts import Chart, Line
from chatproof.reports.charts.picture import picture
from chatproof.reports.charts.words import described
from support.capacity_runs import bare_rung, capacity_facts, law_facts


def charts(facts: CapacityFacts) -> dict[str, Chart]:
    return {chart.name: chart for chart in facts.charts}


def lines(chart: Chart) -> dict[str, Line]:
    return {line.name: line for line in chart.lines}


def test_capacity_curve_has_rungs_law_and_linear_growth() -> None:
    chart = charts(capacity_facts())["capacity"]

    assert list(lines(chart)) == ["rungs", "fitted law", "linear growth"]
    assert len(lines(chart)["fitted law"].points) == len(lines(chart)["fitted law"].band) > 20
    for (_at, fit), (_place, low, high) in zip(
        lines(chart)["fitted law"].points, lines(chart)["fitted law"].band, strict=True
    ):
        assert low <= fit <= high
    assert chart.marks == (("recommended", 47.6), ("capacity", 68.0))


def test_rungs_of_a_level_are_one_point_with_a_band() -> None:
    rungs = (bare_rung(1, 4.0, 8.0), bare_rung(2, 4.0, 10.0), bare_rung(3, 8.0, 12.0))
    line = lines(charts(enriched(law_facts([], rungs=rungs, tested_to=8.0)))["capacity"])["rungs"]

    assert line.points == ((4.0, 9.0), (8.0, 12.0))
    assert line.band == ((4.0, 8.0, 10.0), (8.0, 12.0, 12.0))


def test_latency_has_limits_bounds_and_no_height_for_failures() -> None:
    chart = charts(capacity_facts())["latency"]

    assert chart.limits == (("ttft.p95 < 350ms", 0.35),)
    assert [at for at, _value in lines(chart)["p99"].points][-1] == 80.0
    assert [at for at, _value in lines(chart)["p95"].points][-1] == 128.0
    assert all(low <= high for _at, low, high in lines(chart)["p95"].band)
    assert "At 2 of them a percentile is a failure" in chart.note


def test_what_was_not_observed_is_not_drawn() -> None:
    found = charts(enriched(law_facts([(4.0, 4.0), (8.0, 8.0)])))

    assert set(found) == {"capacity", "goodput", "shares", "hold"}
    assert {"backend-memory", "backend-files", "cpu", "generator"} < set(charts(capacity_facts()))


def test_rungs_in_which_the_generator_was_the_bottleneck_say_nothing_of_the_backend() -> None:
    found = charts(capacity_facts("generator_was_the_limit"))

    for name in ("capacity", "latency", "goodput", "shares", "hold", "backend-memory", "backend-files"):
        for line in found[name].lines:
            assert max(at for at, _value in line.points) < 20, name
    for line in (lines(found["cpu"])["generator"], *found["generator"].lines):
        assert line.points[-1][0] == 32.0


def test_unit_decides_what_is_counted() -> None:
    pushes = charts(enriched(law_facts([(4.0, 40.0), (8.0, 80.0)], unit="subscribers")))
    polls = charts(enriched(law_facts([(4.0, 4.0), (8.0, 8.0)], unit="polls/s")))

    assert pushes["goodput"].y_label == "deliveries"
    assert "offered" not in lines(pushes["goodput"])
    assert "hold" not in pushes
    assert polls["capacity"].x_label == "polls/s started"
    assert "hold" not in polls


def test_marks_are_drawn_and_described() -> None:
    chart = charts(capacity_facts())["goodput"]
    drawn = picture(chart)

    assert [(mark.text, mark.row) for mark in drawn.marks] == [("recommended 47.6", 0), ("capacity 68", 1)]
    assert 0 < drawn.marks[0].x < drawn.marks[1].x < 100
    assert "Marked: capacity 68." in described(chart, [[(1.0, 1.0)]])
    far = picture(replace(chart, marks=(("beyond", 1000.0),)))
    assert far.marks[0].left
    assert far.x.high >= 1000.0
