"""A search from its first rung to its last: each step of it is a load, and its verdict leads to the next."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from chatproof.capacity.calm import calmed
from chatproof.capacity.scale import plan_at, rung_seconds
from chatproof.capacity.search import Ended, Heard, next_step
from chatproof.capacity.weighing import weighed
from chatproof.load_run.early import Early
from chatproof.load_run.interrupts import counted_interrupts
from chatproof.load_run.run import run_load
from chatproof.metrics.groups import judged_window_ns
from chatproof.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.capacity.scale import Scale
    from chatproof.capacity.search import Span, Step
    from chatproof.capacity.watch import Watch
    from chatproof.capacity.weighing import Weighed
    from chatproof.config import Config
    from chatproof.load_plan import Plan
    from chatproof.load_run.run import LoadRun
    from chatproof.targets import Target

__all__ = ["Hearing", "Seeking", "Sought", "sought"]

OVERHEAD_SECONDS: Final = 2.0
_CALM_SECONDS: Final = 15.0
_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 8.0
_LONGER: Final = 2.0
_MUCH_LONGER: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeking:
    """
    What is searched for, and its bounds: rungs, seconds (None: no limit), turns and USD (0: no limit) in all.

    `config_source` is how the generator comes to the configuration, `overrides` are fields of each rung's plan. Between
    two rungs the backend has `calm_seconds` to answer again.
    """

    config: Config
    config_source: Mapping[str, Any] = field(repr=False)
    workload: str
    profile: str
    scale: Scale
    targets: tuple[Target, ...]
    span: Span
    rung_seconds: float
    most_rungs: int
    max_seconds: float | None = None
    max_turns: int = 0
    max_cost_usd: float = 0.0
    seed: int = 1
    proof: Mapping[str, Any] | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    calm_seconds: float = _CALM_SECONDS


@dataclass(slots=True, kw_only=True)
class Sought:
    """
    What a search has come to.

    `ended` is None where it did not come to its end; `reason` then says why not, and `gone` that it was the backend,
    which does not answer any more. `interrupted` says that Ctrl-C ended it, `killed` that it did so twice: then there
    shall be no report. `crash` is why the generator failed.
    """

    rungs: list[Weighed] = field(default_factory=list)
    ended: Ended | None = None
    reason: str = ""
    gone: bool = False
    interrupted: bool = False
    killed: bool = False
    crash: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def heard(self) -> list[Heard]:
        """The rungs as the search hears them."""
        return [Heard(entry.rung.level, entry.rung.verdict) for entry in self.rungs]


class Hearing(Protocol):
    """Who is told of a search while it goes on."""

    def begins(self, number: int, step: Step, plan: Plan) -> None:
        """A rung begins."""

    def goes_on(self, run: LoadRun) -> None:
        """A rung goes on; called some times a second."""

    def ends(self, found: Weighed) -> None:
        """A rung has its verdict."""


def sought(seeking: Seeking, *, watch: Watch, hearing: Hearing) -> Sought:
    """Searches until there is an answer, a bound is reached, Ctrl-C comes, or the backend is gone."""
    found = Sought()
    began = time.monotonic()
    files_before = watch.open_files()
    with counted_interrupts() as interrupts:
        while True:
            step = next_step(found.heard, seeking.span)
            if isinstance(step, Ended):
                found.ended = step
                break
            found.reason = _bound(seeking, found, time.monotonic() - began)
            if found.reason:
                break
            interrupts.stop.wait(_pause_seconds(found))
            gone = calmed(
                seeking.config.backend,
                seconds=seeking.calm_seconds,
                stop=interrupts.stop,
                open_files=watch.open_files,
                files_before=files_before,
            )
            if gone:
                last = f" after rung {len(found.rungs)} ({found.rungs[-1].rung.level:g})" if found.rungs else ""
                found.reason = f"the backend does not answer any more{last}: {gone}"
                found.gone = True
                found.rungs[-1:] = [_without_verdict(entry, gone) for entry in found.rungs[-1:]]
                break
            found.interrupted = interrupts.count > 0 or not _tried(
                seeking, found, step, watch=watch, hearing=hearing, left=_left(seeking, time.monotonic() - began)
            )
            if found.interrupted or found.crash or found.reason:
                break
    if found.interrupted:
        found.reason = "it was interrupted"
    return found


def _tried(seeking: Seeking, found: Sought, step: Step, *, watch: Watch, hearing: Hearing, left: float | None) -> bool:
    """Loads one level and adds its verdict; False where Ctrl-C ended it. Bounds and crashes are told in `found`."""
    number = len(found.rungs) + 1
    plan = _plan(seeking, found, step, number)
    hearing.begins(number, step, plan)
    early = Early(seeking.targets, plan, heartbeat_seconds=None, proof=seeking.proof)
    with tempfile.TemporaryDirectory(prefix="chatproof-capacity-", ignore_cleanup_errors=True) as folder:
        run = run_load(
            plan,
            config=seeking.config,
            config_source=seeking.config_source,
            samples=Path(folder) / "samples.jsonl.gz",
            early=early,
            max_seconds=left,
            progress=hearing.goes_on,
        )
    if run.interrupted:
        found.killed = run.killed
        return False
    if run.crash or run.absent:
        found.crash = run.crash or run.absent
        return True
    one = weighed(
        run.collected,
        plan=plan,
        scale=seeking.scale,
        targets=seeking.targets,
        number=number,
        level=step.level,
        phase=step.phase,
        proof=seeking.proof,
        scrub=Redactor.of(seeking.config).scrub,
    )
    begin, end = judged_window_ns(run.collected, plan)
    backend = watch.most(zero_ns=run.started_at_ns, first_ns=begin, last_ns=end)
    one = replace(one, rung=replace(one.rung, backend=backend))
    spent = any(mark.what == "budget" for mark in run.collected.marks)
    if spent or (plan.max_turns and one.spent.turns >= plan.max_turns):
        found.notes.append(f"Rung {number} ({step.level:g}) did not come to its end, and is not judged.")
        found.reason = f"the turns of --max-turns ({seeking.max_turns:,}) are spent"
        if one.spent.turns < plan.max_turns or not plan.max_turns:
            found.reason = f"the {seeking.max_cost_usd:g} USD of --max-cost-usd are spent"
        return True
    if left is not None and run.ended_early.startswith("--max-time"):
        found.reason = f"--max-time was over in rung {number}"
        return True
    found.rungs.append(one)
    hearing.ends(one)
    return True


def _without_verdict(last: Weighed, gone: str) -> Weighed:
    """The rung in which the backend went away: what failed there says nothing of how much it holds."""
    if last.rung.verdict != "breaks":
        return last
    reason = f"the backend does not answer any more: {gone}"
    return replace(last, rung=replace(last.rung, verdict="unclear", reason=reason, limiting=()))


def _plan(seeking: Seeking, found: Sought, step: Step, number: int) -> Plan:
    """The load of a rung: longer where the last one at this level was too short, within what is left of all bounds."""
    hold = _hold_seconds(found.rungs)
    usual = seconds = rung_seconds(seeking.rung_seconds, hold_seconds=hold, level=step.level, scale=seeking.scale)
    for before in found.rungs:
        if before.rung.level == step.level and before.rung.verdict == "unclear":
            if before.hold_seconds is None or before.few:
                seconds *= _MUCH_LONGER
            elif not before.rung.steady:
                seconds = max(seconds, _LONGER * usual)
    seconds = min(seconds, seeking.config.load.max_run_time)
    bounds: dict[str, Any] = {"seed": seeking.seed * 1000 + number}
    if seeking.max_turns:
        bounds["max_turns"] = max(1, seeking.max_turns - sum(entry.spent.turns for entry in found.rungs))
    if seeking.max_cost_usd:
        spent = sum(entry.spent.cost_usd for entry in found.rungs)
        bounds["max_cost_usd"] = max(1e-9, seeking.max_cost_usd - spent)
    return plan_at(
        seeking.config,
        workload=seeking.workload,
        profile=seeking.profile,
        scale=seeking.scale,
        level=step.level,
        seconds=seconds,
        hold_seconds=hold,
        overrides={**seeking.overrides, **bounds},
    )


def _pause_seconds(found: Sought) -> float:
    """What to wait before the next rung: longer after each in a row in which the generator was held up."""
    invalid = 0
    for entry in reversed(found.rungs):
        if entry.rung.verdict != "invalid":
            break
        invalid += 1
    return min(_LONGEST_PAUSE_SECONDS, _PAUSE_SECONDS * 2.0 ** (invalid - 1)) if invalid else 0.0


def _hold_seconds(rungs: list[Weighed]) -> float:
    """How long a stream is held, by the rungs that hold, or else by the last one that knows; 0 where none does."""
    known = [entry for entry in rungs if entry.hold_seconds is not None]
    good = [entry for entry in known if entry.rung.verdict == "holds"] or known[-1:]
    times = sorted(entry.hold_seconds or 0.0 for entry in good)
    return times[len(times) // 2] if times else 0.0


def _left(seeking: Seeking, over: float) -> float | None:
    return None if seeking.max_seconds is None else max(0.1, seeking.max_seconds - over)


def _bound(seeking: Seeking, found: Sought, over: float) -> str:
    """Which bound of the whole search is reached; empty where none is."""
    if len(found.rungs) >= seeking.most_rungs:
        return f"after {seeking.most_rungs} rungs the verdicts did not agree (--max-rungs)"
    if seeking.max_turns and sum(entry.spent.turns for entry in found.rungs) >= seeking.max_turns:
        return f"the turns of --max-turns ({seeking.max_turns:,}) are spent"
    if seeking.max_cost_usd and sum(entry.spent.cost_usd for entry in found.rungs) >= seeking.max_cost_usd:
        return f"the {seeking.max_cost_usd:g} USD of --max-cost-usd are spent"
    if seeking.max_seconds is not None and over + seeking.rung_seconds + OVERHEAD_SECONDS > seeking.max_seconds:
        return f"the {seeking.max_seconds:g} s of --max-time do not suffice for another rung"
    return ""
