from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatproof.load_facts import Chart, Line, TargetVerdict
from chatproof.reports.charts.picture import picture
from chatproof.reports.charts.points import bins, path, ribbon, thinned
from chatproof.reports.charts.scale import linear, logarithmic, nice_step, tail
from chatproof.reports.charts.words import table
from chatproof.reports.load.bounds_scale import bounds_scale


def chart(kind: str, *lines: Line, **more: object) -> Chart:
    told = {"x_label": "x", "y_label": "y", "x_unit": "s", "y_unit": "ms", "name": "c", "title": "C", **more}
    return Chart(kind=kind, lines=lines, **told)  # type: ignore[arg-type]  # fields as they are declared


def line(*points: tuple[float, float], name: str = "a") -> Line:
    return Line(name=name, points=points)


def texts(scale: object) -> list[str]:
    return [tick.text for tick in scale.ticks]  # type: ignore[attr-defined]  # a Scale


@pytest.mark.parametrize(
    ("low", "high", "unit", "name", "ticks"),
    [
        (0, 500, "ms", "ms", ["0", "100", "200", "300", "400", "500"]),
        (0, 1.9, "s", "s", ["0", "0.5", "1.0", "1.5", "2.0"]),
        (0, 0.0024, "s", "ms", ["0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
        (0, 300, "s", "min", ["0", "1", "2", "3", "4", "5"]),
        (0, 3600 * 5, "s", "h", ["0", "1", "2", "3", "4", "5"]),
        (98.7, 100, "%", "%", ["98.5", "99.0", "99.5", "100.0"]),
        (0, 4.2e6, "B", "MB", ["0", "1", "2", "3", "4", "5"]),
        (0, 0, "1", "", ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-3, 5, "1", "", ["-4", "-2", "0", "2", "4", "6"]),
        (0, 2.5e9, "1", "", ["0", "5e+08", "1e+09", "1.5e+09", "2e+09", "2.5e+09"]),
    ],
)
def test_ticks_are_round_numbers_in_a_unit_that_fits(
    low: float, high: float, unit: str, name: str, ticks: list[str]
) -> None:
    scale = linear(low, high, unit)

    assert (scale.unit, texts(scale)) == (name, ticks)


def test_whole_numbers_have_no_ticks_between_them() -> None:
    assert texts(linear(0, 2, "1", whole=True)) == ["0", "1", "2"]


@given(st.floats(-1e14, 1e14), st.floats(1e-9, 1e14), st.sampled_from(["s", "ms", "1", "%", "B"]), st.booleans())
@settings(max_examples=60)
def test_every_axis_has_a_few_ticks_in_order_and_places_between_0_and_1(
    low: float, span: float, unit: str, snug: bool
) -> None:
    scale = linear(low, low + span, unit, snug=snug)
    places = [tick.place for tick in scale.ticks]

    assert places == sorted(places)
    assert len(places) <= 12
    assert all(0 <= place <= 1 for place in [*places, scale.place(low), scale.place(low + span)])
    assert scale.place(low) <= scale.place(low + span)


def test_percentiles_lie_by_how_few_are_above_them() -> None:
    scale = tail([0, 50, 90, 99, 99.9])

    assert texts(scale) == ["0", "50", "75", "90", "95", "99", "99.9"]
    distances = [scale.place(value) for value in (0.0, 90.0, 99.0, 99.9)]
    steps = [after - before for before, after in pairwise(distances)]
    assert max(steps) - min(steps) < 1e-9
    assert scale.place(100) == 1.0
    assert scale.place(99.9) < 1.0


def test_logarithmic_axis_has_powers_of_ten() -> None:
    assert texts(logarithmic(1, 1e5, "1")) == ["1", "10", "100", "1,000", "10,000", "100,000"]
    assert texts(logarithmic(10, 300, "ms")) == ["10", "20", "50", "100", "200"]


def test_steps_are_one_two_or_five() -> None:
    assert [nice_step(span, 5) for span in (1, 9, 11, 26, 60)] == pytest.approx([0.2, 2, 2.5, 10, 20])


def test_thinning_keeps_first_last_and_every_extreme() -> None:
    points = [(float(at), float(at % 17)) for at in range(5000)]
    points[2345] = (2345.0, 900.0)
    points[3456] = (3456.0, -900.0)

    kept = thinned(points, 100)

    assert len(kept) <= 100
    assert {points[0], points[-1], points[2345], points[3456]} <= set(kept)
    assert kept == sorted(kept)
    assert thinned(points[:50], 100) == points[:50]


def test_bins_that_are_too_many_are_added_up_and_none_is_lost() -> None:
    points = [(float(at), 1.0) for at in range(1000)]

    [found] = bins([points], 40)

    assert len(found) == 40
    assert sum(y for _x, y in found) == 1000


def test_paths_step_across_first() -> None:
    assert path([(0, 1), (2, 3)]) == "M0 1L2 3"
    assert path([(0, 1), (2, 3)], stepped=True) == "M0 1H2V3"
    assert ribbon([(0, 9, 1), (5, 8, 2)]) == "M0 1L5 2L5 8L0 9Z"
    assert ribbon([(0, 9, 1), (5, 8, 2)], stepped=True) == "M0 1H5V2L5 8L5 9L0 9Z"
    assert ribbon([]) == ""


def test_line_is_drawn_between_the_corners_of_its_field() -> None:
    found = picture(chart("line", line((0, 0), (5, 50), (10, 100))))

    assert found.series[0].path == "M0 210L500 105L1000 0"
    assert found.series[0].marks == ((0.0, 244.0), (50.0, 139.0), (100.0, 34.0))


def test_lines_far_from_zero_are_drawn_without_it_and_bars_never() -> None:
    far = line((0, 97.0), (1, 100.0))

    assert picture(chart("step", far, y_unit="%")).y.low == 97
    assert picture(chart("bar", far, y_unit="%")).y.low == 0
    assert picture(chart("line", line((0, 10.0), (1, 100.0)))).y.low == 0


def test_axis_from_zero_has_it_however_far_off_the_line_is() -> None:
    far = chart("line", line((0, 97.0), (1, 100.0)), limits=(("limit 250 ms", 250.0), ("limit 400 ms", 400.0)))

    assert picture(far).y.low > 0
    assert picture(far).outside == ("limit 250 ms", "limit 400 ms")
    assert (picture(far, from_zero=True).y.low, picture(far, from_zero=True).y.ticks[0].text) == (0, "0")
    assert picture(far, from_zero=True).outside == ("limit 400 ms",)
    assert picture(chart("line", line((0, -3.0), (1, 1.0))), from_zero=True).y.low == -3


def test_name_of_a_limit_is_not_where_that_of_a_mark_is() -> None:
    told = chart(
        "line", line((8, 100), (32, 110)), x_unit="1", limits=(("a.p95 < 290ms", 290.0),), marks=(("capacity", 32.0),)
    )

    [mark] = picture(told).marks
    assert mark.left
    assert [limit.left for limit in picture(replace(told, marks=()), from_zero=True).limits] == [False]
    assert [limit.left for limit in picture(told, from_zero=True).limits] == [True]


def test_limit_near_the_data_is_drawn_and_one_far_off_is_named() -> None:
    found = picture(chart("line", line((0, 1), (1, 2)), limits=(("a.p95 < 3ms", 3.0), ("limit", 100.0))))

    assert [limit.text for limit in found.limits] == ["a.p95 < 3ms"]
    assert found.outside == ("limit (100 ms)",)


def test_bars_of_the_same_place_stand_on_one_another() -> None:
    found = picture(chart("bar", line((1, 2), (2, 1)), line((1, 2), name="b"), y_unit="1"))
    [first, _other], [upper] = (series.bars for series in found.series)

    assert upper.x == first.x
    assert upper.y + upper.height == pytest.approx(first.y)
    assert (upper.height, first.height) == (105.0, 105.0)
    assert found.y.high == 4


def test_names_at_the_ends_of_lines_do_not_cover_one_another() -> None:
    lines = [line((0, 1.0), (1, 1.0 + number / 1000), name=f"line {number}") for number in range(12)]

    places = sorted(series.label_y for series in picture(chart("line", *lines)).series)

    assert all(after - before >= 13.9 for before, after in pairwise(places))
    assert places[0] >= 20
    assert places[-1] <= 250


def test_spectrum_of_several_decades_is_logarithmic_and_says_so() -> None:
    found = picture(chart("spectrum", line((0, 1), (50, 10), (99, 5000)), x_unit="%"))

    assert found.y.kind == "log"
    assert found.y_title == "y, s, logarithmic"


def test_table_holds_all_lines_and_bands() -> None:
    banded = Line(name="b", points=((1, 5),), band=((1, 4, 6),))

    found = table(chart("line", line((0, 1), (1, 2)), banded))

    assert found.head == ("x", "a", "b")
    assert found.rows == (("0 ms", "1.00 ms", ""), ("1 s", "2.00 ms", "5.00 ms (4.00 ms to 6.00 ms)"))


def test_long_table_is_picked_evenly_with_the_greatest() -> None:
    points = tuple((float(at), 500.0 if at == 777 else 1.0) for at in range(5000))

    found = table(chart("line", line(*points)))

    assert found.of == 5000
    assert len(found.rows) <= 60
    assert {"0 ms", "777 s", "4,999 s"} <= {row[0] for row in found.rows}


def test_infinite_values_are_failures_in_the_table() -> None:
    assert table(chart("line", line((0, math.inf)))).rows == (("0 ms", "a failure"),)


def target(**more: object) -> TargetVerdict:
    told: dict[str, object] = {
        "target": "ttft.p95 < 350ms",
        "metric": "ttft",
        "requirement": "",
        "limit": 0.35,
        "comparison": "<",
        "value": 0.33,
        "unit": "s",
        "infinite": 0,
        "n": 100,
        "lower": 0.32,
        "upper": 0.34,
        "verdict": "met",
        **more,
    }
    return TargetVerdict(**told)  # type: ignore[arg-type]  # fields as they are declared


def test_bounds_lie_in_order_and_what_is_refused_beyond_the_limit() -> None:
    found = bounds_scale(target(error=0.002))

    assert found is not None
    assert found.value is not None
    assert 0 <= found.error_from < found.lower < found.value < found.upper < found.error_to < found.limit <= 100
    assert found.refused == (found.limit, 100.0)
    other = bounds_scale(target(comparison=">"))
    assert other is not None
    assert other.refused == (0.0, other.limit)


def test_missing_bounds_run_to_the_end_and_a_census_has_none() -> None:
    open_above = bounds_scale(target(upper=None))
    census = bounds_scale(target(lower=None, upper=None))
    failing = bounds_scale(target(lower=None, upper=None, value=None, infinite=9, verdict="not_met"))

    assert open_above is not None
    assert (open_above.open_upper, open_above.upper, open_above.open_lower) == (True, 100.0, False)
    assert census is not None
    assert census.lower == census.upper == census.value
    assert failing is not None
    assert (failing.value, failing.lower, failing.upper, failing.open_lower) == (None, 100.0, 100.0, False)


def test_nothing_is_drawn_of_what_was_not_measured() -> None:
    assert bounds_scale(target(n=0, value=None, lower=None, upper=None)) is None
    assert bounds_scale(target(value=None)) is None


NUMBERS = st.one_of(st.none(), st.floats(0, 1e12))


@given(value=NUMBERS, lower=NUMBERS, upper=NUMBERS, limit=st.floats(0, 1e12), error=st.floats(0, 1e3))
@settings(max_examples=60)
def test_every_scale_stays_in_its_frame(
    value: float | None, lower: float | None, upper: float | None, limit: float, error: float
) -> None:
    found = bounds_scale(target(value=value, lower=lower, upper=upper, limit=limit, error=error, infinite=1))

    assert found is not None
    places = [found.limit, found.lower, found.upper, found.error_from, found.error_to, *found.refused]
    assert all(0 <= place <= 100 for place in [*places, found.value or 0.0])
    assert found.lower <= found.upper
