"""The part of a run document that a load run fills: verdicts of targets, validity, figures, and what charts show."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the reader of run.json resolves the annotations
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Chart", "Line", "LoadError", "LoadFacts", "MetricFigures", "TargetVerdict", "Validity", "ValidityCheck"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetVerdict:
    """
    The verdict of one target: `met`, `not_met`, `inconclusive` or `not_claimed`.

    `target` is the expression as declared, `limit` its number in `unit` (`s`, `%`, `1`, `B`, `USD`, `1/s`),
    `comparison` one of `<`, `<=`, `>`, `>=`. `value` is what was found, None where there is nothing or where it is
    infinite; `infinite` counts the failures among `n`. `lower` and `upper` are one-sided 95 % bounds, None where there
    is none (or it is infinite). `error` is the generator's own error in `unit`, `missing` what would decide it ("199
    more streams"), `reason` one sentence that says why this is the verdict, `declare` the line that would claim it,
    `requirement` an id or empty.
    """

    target: str
    metric: str
    requirement: str
    limit: float
    comparison: str
    value: float | None
    unit: str
    infinite: int
    n: int
    lower: float | None
    upper: float | None
    verdict: str
    level: str = "MUST"
    tag: str = ""
    statistic: str = ""
    error: float = 0.0
    missing: str = ""
    reason: str = ""
    declare: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityCheck:
    """
    One condition on the generator: `state` is `ok`, `broken` or `not_observed`.

    `found` and `limit` are texts with units; `remedy` says what to do where it is broken.
    """

    name: str
    state: str
    found: str
    limit: str
    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """Whether the run may be judged at all; `reasons` are the sentences of what is broken, with its remedy."""

    valid: bool
    reasons: tuple[str, ...]
    checks: tuple[ValidityCheck, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFigures:
    """
    The figures of one metric (and tag) in `unit`: None where there is none, or where it is infinite.

    `percentiles` maps `p50`, `p90`, `p95`, `p99`, `p99.9` and `max` to values; a share has `value` alone.
    """

    metric: str
    tag: str
    unit: str
    n: int
    infinite: int
    value: float | None = None
    mean: float | None = None
    percentiles: Mapping[str, float | None] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, or one row of bars, of a chart: its points as (x, y), and optionally a band (x, low, high)."""

    name: str
    points: tuple[tuple[float, float], ...]
    band: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """
    One chart as data: `kind` is `line`, `step`, `bar` or `spectrum` (x is a percentile, on a scale of 1/(1-p)).

    `limits` are horizontal lines of a target (name, y), `shaded` spans of x that are not judged (name, from, to),
    `marks` vertical lines (name, x). `note` says n, the window and what the reader should see.
    """

    name: str
    title: str
    kind: str
    x_label: str
    y_label: str
    x_unit: str
    y_unit: str
    lines: tuple[Line, ...]
    limits: tuple[tuple[str, float], ...] = ()
    shaded: tuple[tuple[str, float, float], ...] = ()
    note: str = ""
    marks: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadError:
    """Failures of one cause: how many, first and last seen (seconds since the start), and up to three in words."""

    cause: str
    count: int
    first_seconds: float
    last_seconds: float
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFacts:
    """
    What a load run found out beside its verdicts.

    `plan` is `Plan.to_json()`, `samples_file` and `locust_file` lie beside the run document (empty: none). `processes`
    is one mapping per process (name, state, samples, CPU). `verify` is the latest proof of the instrument on this
    machine, None where there is none. `machine` says cores, system and versions. `partial` says that the run ended
    early, `left_out` which targets the plan leaves out. `notes` are sentences for the reader.
    """

    plan: Mapping[str, Any]
    workload: str
    seconds: float
    samples: int
    figures: tuple[MetricFigures, ...]
    charts: tuple[Chart, ...]
    errors: tuple[LoadError, ...]
    processes: tuple[Mapping[str, Any], ...]
    machine: Mapping[str, Any]
    verify: Mapping[str, Any] | None = None
    partial: bool = False
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    samples_file: str = ""
    locust_file: str = ""
