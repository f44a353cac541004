"""A target as it is written: `ttft[memory].p95` and `< 350ms`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from chatproof.closest import closest
from chatproof.metrics.table import METRICS
from chatproof.targets.units import units_of

if TYPE_CHECKING:
    from chatproof.metrics.table import Metric

__all__ = ["Comparison", "Target", "TargetError", "metric_of", "parse_target"]

Comparison: TypeAlias = Literal["<", "<=", ">", ">="]

_NAME = re.compile(r"\s*(?P<metric>[\w.]*)\s*(?P<bracket>\[(?P<tag>[^\]]*)(?P<closed>\])?)?(?P<rest>[\w.]*)\s*")
_TAG = re.compile(r"\s*(?P<name>[\w-]+)\s*(?:=\s*(?P<value>true|false))?\s*")
_PERCENTILE = re.compile(r"p\d{1,2}(?:\.\d+)?")
_CONDITION = re.compile(
    r"\s*(?P<comparison><=|>=|<|>)?\s*(?P<number>\d+(?:\.\d+)?)?\s*(?P<unit>.*?)\s*", re.ASCII | re.DOTALL
)
_STATISTICS = "a percentile such as p95, max or min"


class TargetError(ValueError):
    """
    An expression that says no target: `found` what, `expected` what, and the `place` in `text` where that is.

    `closest` is the known name that may have been meant. As a text it shows the place with a caret below it.
    """

    def __init__(self, found: str, place: int, *, expected: str, text: str = "", closest: str = "") -> None:
        meant = f"; did you mean {closest}?" if closest else ""
        self.message = f"{found}; expected {expected}{meant}"
        super().__init__(self.message)
        self.found = found
        self.place = place
        self.expected = expected
        self.text = text
        self.closest = closest

    def __str__(self) -> str:
        shown = "".join(character if character.isprintable() else " " for character in self.text)
        return f"{self.message}\n  {shown}\n  {' ' * self.place}^" if self.text else self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    One performance limit.

    `name` is its left side, `text` the whole of it. `statistic` is `p95` and the like, `max` or `min`, and empty for
    a share or a figure. `limit` is in the metric's base unit (nanoseconds, a share of 1, bytes, a count); `unit` is
    that of the verdict (`s`, `%`, `1`, `B`, `USD`, `1/s`), of which one is `per_unit` base units. `requirement` is
    the row of a document that it stands for. `declare` is not empty where the configuration does not say how
    the backend would be observed: the line that would. `least` is how many cases (closed streams) a plan must
    make possible for a figure to say anything.
    """

    name: str
    text: str
    metric: str
    comparison: Comparison
    limit: float
    unit: str
    per_unit: float = 1.0
    tag: str = ""
    statistic: str = ""
    requirement: str = ""
    level: str = "MUST"
    profile: str = ""
    declare: str = ""
    least: int = 0

    @property
    def percent(self) -> float:
        """The percentile that the statistic names; 0 for any other statistic."""
        return float(self.statistic[1:]) if self.statistic.startswith("p") else 0.0


def parse_target(name: str, condition: str) -> Target:
    """The target of an entry `"name" = "condition"`; raises `TargetError` with the place and what belongs there."""
    text = f"{name} {condition}"
    metric, tag, statistic = _left(name, text)
    known = METRICS[metric]
    comparison, limit, unit, per_unit = _right(condition, len(name) + 1, text, known)
    return Target(
        name=_canonical(metric, tag, statistic),
        text=f"{_canonical(metric, tag, statistic)} {condition.strip()}",
        metric=metric,
        tag=tag,
        statistic=statistic,
        comparison=comparison,
        limit=limit,
        unit=unit,
        per_unit=per_unit,
    )


def metric_of(name: str) -> str:
    """The metric that a target's name, or a metric's own name, speaks of; raises `TargetError`."""
    return name.strip() if name.strip() in METRICS else _left(name, name)[0]


def _left(name: str, text: str) -> tuple[str, str, str]:
    """Metric, tag and statistic."""
    match = _NAME.match(name)
    if match is None or match.end() < len(name):
        place = 0 if match is None else match.end()
        raise TargetError("a character that belongs to no name", place, expected="a metric and a statistic", text=text)
    if match["bracket"] is None:
        metric, statistic, place = _split(match["metric"], match.start("metric"), text)
        return metric, "", _statistic(metric, statistic, place, text)
    if match["closed"] is None:
        raise TargetError("a bracket that is not closed", match.end("tag"), expected="]", text=text)
    metric = match["metric"]
    if metric not in METRICS:
        raise _unknown_metric(metric, match.start("metric"), text)
    found = _TAG.fullmatch(match["tag"])
    if found is None:
        expected = "memory, plain or the name of a workload"
        raise TargetError(f"the tag {match['tag']!r}", match.start("tag"), expected=expected, text=text)
    rest = match["rest"]
    if rest and not rest.startswith("."):
        raise TargetError(f"{rest!r} after the tag", match.start("rest"), expected="a dot and a statistic", text=text)
    tag = _tag(found, match.start("tag"), text)
    return metric, tag, _statistic(metric, rest[1:], match.start("rest") + 1, text)


def _tag(found: re.Match[str], place: int, text: str) -> str:
    """`memory=true` is memory, `memory=false` plain; no other tag has a value."""
    name, value = str(found["name"]), found["value"]
    if value is None:
        return name
    if name != "memory":
        raise TargetError("a tag with a value", place + found.start("value"), expected=f"[{name}]", text=text)
    return "memory" if value == "true" else "plain"


def _split(dotted: str, place: int, text: str) -> tuple[str, str, int]:
    """The longest part that is a metric, the statistic after it, and where that starts."""
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        head = ".".join(parts[:count])
        if head in METRICS:
            return head, ".".join(parts[count:]), place + len(head) + 1
    known = _PERCENTILE.fullmatch(parts[-1]) or parts[-1] in {"max", "min"}
    bare = ".".join(parts[:-1]) if known else dotted
    raise _unknown_metric(bare, place, text)


def _statistic(metric: str, statistic: str, place: int, text: str) -> str:
    """A series has a statistic, everything else none."""
    place = min(place, len(text))
    if METRICS[metric].kind not in {"series", "pool"}:
        if statistic:
            kind = METRICS[metric].kind
            found = f"a statistic of {metric}, which is one {kind}"
            raise TargetError(found, place, expected=f"{metric} alone", text=text)
        return ""
    if not statistic:
        raise TargetError(f"no statistic of {metric}", place - 1, expected=_STATISTICS, text=text)
    if statistic in {"max", "min"}:
        return statistic
    if not _PERCENTILE.fullmatch(statistic) or float(statistic[1:]) == 0:
        known = ("p50", "p90", "p95", "p99", "p99.9", "max", "min")
        near = closest(statistic, known)
        raise TargetError(f"the statistic {statistic!r}", place, expected=_STATISTICS, text=text, closest=near)
    return statistic


def _right(condition: str, start: int, text: str, metric: Metric) -> tuple[Comparison, float, str, float]:
    """Comparison, limit in base units, the verdict's unit, and base units in one of those."""
    match = cast("re.Match[str]", _CONDITION.fullmatch(condition))
    if match["comparison"] is None:
        place = match.start("unit" if match["number"] is None else "number")
        raise TargetError("no comparison", start + place, expected="<, <=, > or >=", text=text)
    if match["number"] is None:
        raise TargetError("no number", start + match.start("unit"), expected="one after the comparison", text=text)
    verdict, units = units_of(metric)
    unit = match["unit"]
    if unit not in units:
        allowed = ", ".join(name or "no unit" for name in units)
        found = f"the unit {unit!r}" if unit else "no unit"
        near = closest(unit, filter(None, units)) if unit else ""
        raise TargetError(
            found, start + match.start("unit"), expected=f"{allowed} for {metric.name}", text=text, closest=near
        )
    limit = float(Fraction(match["number"]) * Fraction(str(units[unit])))
    return cast("Comparison", match["comparison"]), limit, verdict, units[verdict if verdict in units else ""]


def _canonical(metric: str, tag: str, statistic: str) -> str:
    return metric + (f"[{tag}]" if tag else "") + (f".{statistic}" if statistic else "")


def _unknown_metric(name: str, place: int, text: str) -> TargetError:
    found = f"the metric {name!r}, which there is not" if name else "no metric"
    return TargetError(found, place, expected="the name of a metric", text=text, closest=closest(name, METRICS))
