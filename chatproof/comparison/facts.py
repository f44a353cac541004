"""What a comparison of two runs found out, as it is written to its document."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMPARISON_VERSION", "Change", "Comparison", "Difference", "FigureChange", "Side"]

COMPARISON_VERSION = 1
"""The version of the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """
    One of the runs: `name` is how it was given, `samples` the file of its samples, or empty.

    `no_samples` says why there is none that could be read.
    """

    name: str
    command: str
    profiles: tuple[str, ...]
    build: str
    fingerprint: str
    url: str
    started_at: str
    version: str
    exit_code: int
    samples: str = ""
    no_samples: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A setting that the runs do not share: where it stands, and what it is in either, as JSON (empty: not there)."""

    where: str
    base: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    A verdict that is not what it was.

    `kind` is `requirement`, `target` or `box`. `base` and `run` are words of verdicts (of a box its states), empty
    where there was none. `verdict` is `worse`, `better`, `changed` (neither), `appeared` or `vanished`. `weighs` says
    that the exit code follows from it, `reason` is what the run says of it.
    """

    kind: str
    name: str
    profile: str
    level: str
    base: str
    run: str
    verdict: str
    weighs: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureChange:
    """
    One figure of both runs.

    `base` and `run` are in `unit`, None where the figure is infinite: a failure. `compares` is `ratio` (run / base) or
    `difference` (run - base, in `unit`); `change` is that, with its simultaneous interval `lower` to `upper`, of which
    None is no bound (the lower end of a ratio: all of it is to a failure); both are None where there is no interval.
    `band_lower` and `band_upper` are the A/A band, None without one, `margin_lower` and `margin_upper` what is no
    relevant change. `better` is `lower` or `higher`. `verdict` is `worse`, `better` or `no difference shown`,
    `reason` why it is that.
    """

    name: str
    metric: str
    tag: str
    statistic: str
    unit: str
    better: str
    compares: str
    base: float | None
    run: float | None
    base_n: int
    run_n: int
    change: float | None
    lower: float | None
    upper: float | None
    interval: bool
    band_lower: float | None
    band_upper: float | None
    margin_lower: float
    margin_upper: float
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    Two runs compared.

    `kind` is what both are: `check`, `load`, `gate`, `checklist` or `capacity`. `changes` and `figures` come worst
    first; `same` counts the verdicts that both runs share. `confidence` is that of all intervals together, `judged` the
    number of figures that it is shared by, `replicates` those of the bootstrap, `seed` its own. `tolerance` is the
    least relevant change of a ratio, `time_tolerance` that of what depends on times. `pairs` are the A/A runs, two by
    two, and `widening` the factor on their largest change. `warnings` say what makes the comparison doubtful, `notes`
    how it was made.
    """

    kind: str
    base: Side
    run: Side
    changes: tuple[Change, ...]
    same: int
    figures: tuple[FigureChange, ...]
    pairs: tuple[tuple[Side, Side], ...]
    widening: float | None
    tolerance: float
    time_tolerance: float
    confidence: float
    judged: int
    replicates: int
    seed: int
    strict: bool
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    exit_code: int
    exit_reason: str
    version: str
    comparison_version: int = COMPARISON_VERSION

    @property
    def counts(self) -> dict[str, int]:
        """How many verdicts and figures are worse and better, and how many figures show no difference."""
        words = [entry.verdict for entry in self.changes] + [entry.verdict for entry in self.figures]
        return {name: words.count(name) for name in ("worse", "better", "no difference shown")}
