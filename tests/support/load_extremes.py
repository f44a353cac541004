"""Load runs at the edges: of a hostile backend, of a very large run, and with charts that hardly can be drawn."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatproof.load_facts import Chart, Line, LoadError
from support.load_documents import load_run_document
from support.run_documents import HOSTILE

if TYPE_CHECKING:
    from chatproof.load_facts import LoadFacts
    from chatproof.run import Run

__all__ = ["big_load_run", "facts_of", "hostile_load_run", "odd_charts"]


def facts_of(run: Run) -> LoadFacts:
    assert run.load is not None
    return run.load


def hostile_load_run() -> Run:
    """Everything that a text can hold is hostile, and some of it a megabyte long."""
    run = load_run_document(invalid=True)
    facts, long = facts_of(run), "A" * 1_000_000
    assert run.validity is not None
    told: dict[str, Any] = {"reason": HOSTILE, "missing": HOSTILE, "declare": HOSTILE, "requirement": HOSTILE}
    targets = tuple(replace(entry, target=f"{entry.target} {HOSTILE}", **told) for entry in run.targets)
    checks = tuple(
        replace(check, name=HOSTILE, found=HOSTILE, limit=long, why=HOSTILE, remedy=HOSTILE)
        for check in run.validity.checks
    )
    charts = tuple(
        replace(
            chart,
            title=HOSTILE,
            note=HOSTILE,
            x_label=HOSTILE,
            y_label=HOSTILE,
            lines=tuple(replace(line, name=f"{HOSTILE} {long}") for line in chart.lines),
            limits=tuple((HOSTILE, value) for _name, value in chart.limits),
            shaded=tuple((HOSTILE, begin, end) for _name, begin, end in chart.shaded),
        )
        for chart in facts.charts
    )
    evil = replace(
        facts,
        workload=HOSTILE,
        charts=charts,
        errors=tuple(replace(error, cause=HOSTILE, samples=(HOSTILE, long)) for error in facts.errors),
        figures=tuple(replace(entry, metric=HOSTILE, tag=HOSTILE, note=HOSTILE) for entry in facts.figures),
        processes=({"name": HOSTILE, HOSTILE: HOSTILE, "cpu": "x"}, {"name": long}),
        machine={HOSTILE: HOSTILE, "system": long},
        verify={"made_at": HOSTILE, "levels": [{"streams": HOSTILE, "errors": {HOSTILE: 0.1}}]},
        plan={**facts.plan, "note": HOSTILE},
        notes=(HOSTILE, long),
        left_out=(HOSTILE,),
        samples_file="javascript:alert(1)",
        locust_file="../../etc/<passwd>",
    )
    return replace(
        run,
        targets=targets,
        validity=replace(run.validity, reasons=(HOSTILE, long), checks=checks),
        load=evil,
        backend={"url": f"http://127.0.0.1:3000/{HOSTILE}", "environment": HOSTILE},
        exit_reason=HOSTILE,
        crash=HOSTILE,
    )


def big_load_run() -> Run:
    """Two million samples, 28 targets, 16 charts of six lines with 3,000 points each, 64 processes."""
    run = load_run_document()
    facts = facts_of(run)
    charts = tuple(
        Chart(
            name=f"chart-{number}",
            title=f"Chart {number}",
            kind=("line", "step", "bar", "spectrum")[number % 4],
            x_label="time since the start",
            y_label="time to first token",
            x_unit="s",
            y_unit="ms",
            lines=tuple(_wave(number, line, spectrum=number % 4 == 3) for line in range(6)),
            note="n = 2,000,000",
        )
        for number in range(16)
    )
    targets = tuple(
        replace(entry, target=f"{entry.target} ", requirement=f"X-{round_}", n=2_000_000)
        for round_ in range(4)
        for entry in run.targets
    )
    error = LoadError(cause="reset", count=9, first_seconds=1.0, last_seconds=2.0, samples=("x" * 5000,) * 9)
    big = replace(
        facts,
        charts=charts,
        samples=2_000_000,
        errors=(error,) * 60,
        processes=tuple({"name": f"worker {number}", "cpu": 0.5, "samples": 31_250} for number in range(64)),
    )
    return replace(run, targets=targets, load=big)


def _wave(number: int, line: int, *, spectrum: bool) -> Line:
    places = [100 - 100 * 0.997**at for at in range(3000)] if spectrum else [at / 10 for at in range(3000)]
    points = tuple(
        (x, 200 + 20 * line + (at / 20 if spectrum else 15 * math.sin(at / (9 + number))))
        for at, x in enumerate(places)
    )
    return Line(name=f"line {line}", points=points, band=tuple((x, y - 9, y + 9) for x, y in points))


def odd_charts() -> list[Chart]:
    """Charts without points, with one, flat, of infinities, of extreme sizes, below zero, unsorted, of many lines."""
    shapes: list[tuple[tuple[float, float], ...]] = [
        (),
        ((5.0, 3.0),),
        ((0.0, 0.0),),
        ((1.0, 7.0), (2.0, 7.0), (3.0, 7.0)),
        ((0.0, math.inf), (1.0, math.nan), (math.inf, 1.0)),
        ((0.0, 1e300), (1.0, 2.0)),
        ((0.0, 1e-12), (1.0, 2e-12)),
        ((0.0, 1e14), (1e14, 1.0)),
        ((-5.0, -3.0), (5.0, -900.0)),
        ((3.0, 1.0), (1.0, 2.0), (2.0, 5.0), (1.0, 2.0)),
        ((50.0, 1.0), (99.999999, 900.0), (100.0, 1000.0)),
        tuple((float(at), float(at % 7)) for at in range(5000)),
    ]
    return [
        Chart(
            name=f"{kind} {number}",
            title=f"{kind} {number}",
            kind=kind,
            x_label="x",
            y_label="y",
            x_unit="%" if kind == "spectrum" else "s",
            y_unit=("s", "1", "%", "B")[number % 4],
            lines=tuple(Line(name=f"line {line}", points=points, band=band) for line in range(1 + 19 * (number == 3))),
            limits=(("limit", 5.0), ("far", 1e9)),
            shaded=(("warm-up", 0.0, 2.0),),
        )
        for kind in ("line", "step", "bar", "spectrum")
        for number, points in enumerate(shapes)
        for band in (tuple((x, y - 1, y + 1) for x, y in points),)
    ]
