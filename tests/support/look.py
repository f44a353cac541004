"""Every kind of report page: of an empty run, of a full one, and of one in which every text is hostile."""

from __future__ import annotations

import tempfile
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chatproof.checklist_facts import ChecklistFacts
from chatproof.comparison.facts import Change, Comparison, FigureChange, Side
from chatproof.history.append import append
from chatproof.history.facts import History
from chatproof.history.read import read
from chatproof.reports import html
from chatproof.reports.comparison import page as comparison_page
from chatproof.reports.history import page as history_page
from support.capacity_runs import capacity_facts, capacity_run
from support.checklists import checklist_run
from support.history_runs import past_runs
from support.load_documents import load_run_document
from support.run_documents import faulty_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatproof.run import Run

__all__ = ["EMPTY", "FULL", "HOSTILE_TEXT", "LONG_TEXT", "poisoned", "rendered"]

HOSTILE_TEXT: Final = (
    "</style></script></title></svg></p>]]>--><script>alert(1)</script><img src=x onerror=alert(2)>"
    "<a href=javascript:alert(3)>x</a>\"'> {{ 7*7 }} {% raw %} &lt; \x00\x1b[31mred\x1b]0;t\x07 "
    "\u202egnp.exe\u2066 \ud800\udc00\udfff \ufffe\u2028 `a` `` <bdi> نص"
)
LONG_TEXT: Final = f"<b>{'A' * 1_000_000}"

_OURS: Final = frozenset(
    {
        *("verdict", "level", "kind", "state", "command", "comparison", "outcome", "phase", "better", "compares"),
        *("unit", "x_unit", "y_unit", "started_at", "digest", "metric", "latency_metric"),
    }
)
"""Fields that hold words or numbers of our own, not texts: a page may rely on them."""

_TEXTS: Final = frozenset({("EvidenceRun", "outcome"), ("EvidenceFrame", "name")})


def poisoned(document: Any, text: str) -> Any:
    """The same with every text in it followed by `text`, in keys of mappings too, but for words of our own."""
    made: dict[str, str] = {}  # of a text of a megabyte there is no second copy for the same words

    def poison(value: Any) -> Any:
        if isinstance(value, str):
            if value not in made:
                made[value] = f"{value} {text}"
            return made[value]
        if is_dataclass(value) and not isinstance(value, type):
            names = [entry.name for entry in fields(value) if entry.init]
            texts = [name for name in names if name not in _OURS or (type(value).__name__, name) in _TEXTS]
            return replace(value, **{name: poison(getattr(value, name)) for name in texts})
        if isinstance(value, tuple | list):
            return type(value)(map(poison, value))
        if isinstance(value, dict):
            known = {key: poison(entry) for key, entry in value.items()}
            return known | {poison(key): entry for key, entry in known.items()}
        return value

    return poison(document)


def rendered(document: Run | Comparison | History) -> str:
    """The page of a document of any kind."""
    if isinstance(document, Comparison):
        return comparison_page.render(document)
    if isinstance(document, History):
        return history_page.render(document)
    return html.render(document)


def _short(run: Run) -> Run:
    """The run with a verdict of each word on each level, and all that are not met: as much to say, and quicker."""
    first = {(entry.verdict, entry.level): entry for entry in reversed(run.verdicts)}
    kept = tuple(entry for entry in run.verdicts if entry.verdict == "not_met" or entry in first.values())
    return replace(run, verdicts=kept)


def _without(run: Run) -> Run:
    """The run before anything was judged."""
    return replace(
        run, verdicts=(), evidence={}, waivers=(), scenarios=(), plan=None, exit_code=3, exit_reason="nothing judged"
    )


def _gate_run() -> Run:
    check, load = _short(faulty_run()), load_run_document()
    return replace(check, command="gate", validity=load.validity, targets=load.targets, load=load.load)


def _empty_gate_run() -> Run:
    load = load_run_document(empty=True)
    return replace(_without(faulty_run()), command="gate", validity=load.validity, targets=load.targets, load=load.load)


def _empty_checklist_run() -> Run:
    return replace(
        _without(checklist_run()),
        validity=None,
        targets=(),
        load=None,
        checklist=ChecklistFacts(boxes=(), runs=()),
    )


def _empty_capacity_run() -> Run:
    facts = replace(
        capacity_facts("unfinished"),
        rungs=(),
        charts=(),
        shortages=(),
        limiting=(),
        notes=(),
        capacity=None,
        fit=None,
        planning=None,
        recommended=None,
        breaks_at=None,
        tested_to=0.0,
    )
    return replace(capacity_run("unfinished"), capacity=facts)


def _comparison() -> Comparison:
    side = Side(
        name="base.json",
        command="load",
        profiles=("ai-chat",),
        build="v1",
        fingerprint="0a1b2c3d4e5f",
        url="http://127.0.0.1:3000",
        started_at="2026-11-21T09:30:00+00:00",
        version="0.1.0",
        exit_code=0,
        samples="samples.jsonl.gz",
    )
    figures = tuple(
        FigureChange(
            name=f"{metric}.{statistic}",
            metric=metric,
            tag="",
            statistic=statistic,
            unit=unit,
            better="lower",
            compares=compares,
            base=base,
            run=run,
            base_n=1200,
            run_n=1180,
            change=change,
            lower=lower,
            upper=upper,
            interval=True,
            band_lower=0.97,
            band_upper=1.03,
            margin_lower=0.95,
            margin_upper=1.05,
            verdict=verdict,
            reason="outside of the band",
        )
        for metric, statistic, unit, compares, base, run, change, lower, upper, verdict in (
            ("ttft", "p95", "s", "ratio", 0.2, 0.3, 1.5, 1.3, 1.7, "worse"),
            ("e2e", "p50", "s", "ratio", 2.0, 1.4, 0.7, 0.6, None, "better"),
            ("ttft", "p50", "s", "ratio", 0.1, 0.1, 1.0, 0.98, 1.02, "no difference shown"),
            ("error_rate", "", "%", "difference", 0.1, None, None, None, None, "worse"),
        )
    )
    changes = tuple(
        Change(
            kind=kind,
            name="AICHAT-HB-02",
            profile="ai-chat",
            level="MUST",
            base="met",
            run="not_met",
            verdict=verdict,
            weighs=verdict == "worse",
            reason="silence of 17.3 s",
        )
        for kind, verdict in (("requirement", "worse"), ("target", "better"), ("box", "changed"))
    )
    return Comparison(
        kind="load",
        base=side,
        run=replace(side, name="run.json", build="v2", no_samples="the file is gone", samples=""),
        changes=changes,
        same=40,
        figures=figures,
        pairs=((side, side),),
        widening=1.2,
        tolerance=0.05,
        time_tolerance=0.05,
        confidence=0.95,
        judged=4,
        replicates=2000,
        seed=1,
        strict=False,
        warnings=("the runs are from two machines",),
        notes=("bootstrap over streams",),
        exit_code=1,
        exit_reason="1 figure is worse",
        version="0.1.0",
    )


def _empty_comparison() -> Comparison:
    return replace(
        _comparison(),
        changes=(),
        same=0,
        figures=(),
        pairs=(),
        widening=None,
        judged=0,
        warnings=(),
        notes=(),
        exit_code=3,
        exit_reason="there is nothing to compare",
    )


def _history() -> History:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "history.db")
        for run in past_runs():
            append(path, _short(run))
        return replace(read(path, last=30), file="history.db")


FULL: Final[Mapping[str, Callable[[], Any]]] = {
    "check": lambda: _short(faulty_run()),
    "load": load_run_document,
    "gate": _gate_run,
    "checklist": lambda: _short(checklist_run()),
    "capacity": capacity_run,
    "comparison": _comparison,
    "history": _history,
}
"""By kind, what makes a document that holds something in every part of the page."""

EMPTY: Final[Mapping[str, Callable[[], Any]]] = {
    "check": lambda: _without(faulty_run()),
    "load": lambda: load_run_document(empty=True),
    "gate": _empty_gate_run,
    "checklist": _empty_checklist_run,
    "capacity": _empty_capacity_run,
    "comparison": _empty_comparison,
    "history": lambda: History(file="history.db", runs=(), of=0),
}
"""By kind, what makes a document that holds nothing."""
