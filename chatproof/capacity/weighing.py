"""
The verdict of one rung.

A search asks many levels, and none of them has as many samples as an acceptance test. So the rule is another one than
that of a load run, and every rung says which of the two it rests on:

- a rung `breaks` where a target is not met, that is beyond doubt: even the 95 % bound on the good side is bad;
- it `holds` where no target is broken so, and the value itself of each keeps its limit; the reason says which of them
  are met beyond doubt, and which by the value alone;
- it is `unclear` where a value is beyond its limit, but so near or from so few samples that it may be chance, where
  nothing ended that could be judged or fewer than 20 samples, or where there was no steady state. It is then tried
  again, for longer;
- it is `invalid` where the generator was the bottleneck: by its own state, since Little's law does not hold for what
  it counted, or since it kept less than 90 % of the level under way though every turn went well.

Starts that are dropped because all users wait are no fault of the generator here: they wait for the backend.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from chatproof.capacity.figures import Spent, generator_of, latency_of, rates_of, spent_on
from chatproof.capacity.steadiness import drift
from chatproof.capacity.waits import with_waits
from chatproof.capacity.window import LITTLE, window_of
from chatproof.capacity_facts import Rung
from chatproof.load_run.facts import errors_of
from chatproof.load_run.proof import error_of
from chatproof.load_run.validity import validity
from chatproof.metrics.measured import Share
from chatproof.metrics.values import measure
from chatproof.targets import decide
from chatproof.targets.units import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chatproof.capacity.scale import Scale
    from chatproof.capacity.window import Window
    from chatproof.load_facts import LoadError, TargetVerdict, Validity
    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["LEAST_SAMPLES", "Weighed", "told", "weighed"]

_LEAST_LEVEL: Final = 0.9
LEAST_SAMPLES: Final = 20
"""Of the target that has most: with fewer the slowest in twenty is not to be expected among them."""

_OF_THE_BACKEND: Final = frozenset({"dropped_starts", "offered"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """
    A rung as the report shows it, with what the search needs beside it.

    `hold_seconds` is how long 95 of 100 turns take at the most, None where none ended. `few` says that nothing but the
    number of samples kept it from holding.
    """

    rung: Rung
    validity: Validity
    spent: Spent
    errors: tuple[LoadError, ...] = ()
    hold_seconds: float | None = None
    few: bool = False


def weighed(
    collected: Collected,
    *,
    plan: Plan,
    scale: Scale,
    targets: tuple[Target, ...],
    number: int,
    level: float,
    phase: str,
    proof: Mapping[str, Any] | None,
    scrub: Callable[[str], str],
) -> Weighed:
    """One rung from its records; a pure function of them."""
    window = window_of(collected, plan, scale)
    whole = validity(collected, plan, targets=targets)
    sound = _of_generator(whole)
    verdicts = tuple(
        decide(
            target,
            with_waits(
                collected,
                target,
                measure(collected, plan, metric=target.metric, tag=target.tag, targets=targets),
            ),
            error_seconds=error_of(proof, target.metric, round(window.level)),
        )
        for target in targets
    )
    unsteady = drift(window.halves)
    most = max((entry.n for entry in verdicts if entry.verdict != "not_claimed"), default=0)
    invalid = _invalid(sound, window)
    word, reason, limiting = _verdict(verdicts, unsteady=unsteady, invalid=invalid, lighter=_lighter(whole))
    few = word == "holds" and most < LEAST_SAMPLES
    if few:
        word, reason = "unclear", f"{most} samples are too few to say that it holds ({LEAST_SAMPLES} are needed)"
    thin = _thin(window, level, scale) if word == "holds" else ""
    if thin:
        sound = replace(sound, valid=False, reasons=(*sound.reasons, thin))
        word, reason, invalid = "invalid", f"the generator was the bottleneck: {thin}", (thin,)
    latency, upper = latency_of(collected, plan, scale.metric)
    throughput, goodput = rates_of(collected, plan, window=window, scale=scale, targets=targets)
    failures = measure(collected, plan, metric="error_rate")
    rung = Rung(
        number=number,
        level=level,
        phase=phase,
        verdict=word,
        reason=reason,
        seconds=round(window.seconds, 3),
        samples=window.started,
        level_seen=round(window.started / window.seconds if scale.rate and window.seconds else window.level, 3),
        offered=round(window.started / window.seconds, 3) if window.seconds else 0.0,
        throughput=round(throughput, 3),
        goodput=round(goodput, 3),
        error_rate=failures.hits / failures.n if isinstance(failures, Share) and failures.n else 0.0,
        latency=latency,
        latency_upper=upper,
        little=None if window.little is None else round(window.little, 4),
        steady=not unsteady,
        targets=verdicts,
        limiting=limiting,
        generator=generator_of(collected, plan),
        invalid_reasons=invalid,
    )
    return Weighed(
        rung=rung,
        validity=sound,
        spent=spent_on(collected, scale),
        errors=errors_of(collected, scrub=scrub),
        hold_seconds=window.hold_seconds,
        few=few,
    )


def told(verdict: TargetVerdict) -> str:
    """A target with what was found: `ttft.p95 812 ms (limit 350 ms)`."""
    name = verdict.metric + (f"[{verdict.tag}]" if verdict.tag else "")
    name += f".{verdict.statistic}" if verdict.statistic else ""
    value = "infinite" if verdict.value is None else shown(verdict.value, verdict.unit)
    return f"{name} {value} (limit {shown(verdict.limit, verdict.unit)})"


def _verdict(
    verdicts: Sequence[TargetVerdict], *, unsteady: str, invalid: tuple[str, ...], lighter: str
) -> tuple[str, str, tuple[str, ...]]:
    """The word, one sentence, and the targets that are not kept."""
    judged = [entry for entry in verdicts if entry.verdict != "not_claimed"]
    broken = [entry for entry in judged if entry.verdict == "not_met"]
    if invalid:
        return "invalid", f"the generator was the bottleneck: {invalid[0].partition('; ')[0]}", ()
    if broken:
        return "breaks", "; ".join(told(entry) for entry in broken), tuple(entry.target for entry in broken)
    return _unbroken(judged, unsteady=unsteady, lighter=lighter)


def _unbroken(judged: Sequence[TargetVerdict], *, unsteady: str, lighter: str) -> tuple[str, str, tuple[str, ...]]:
    """The same where no target is broken beyond doubt."""
    empty = [entry for entry in judged if not entry.n]
    nothing = "nothing ended that could be judged" if len(empty) == len(judged) else ""
    over = [entry for entry in judged if entry.n and entry.verdict == "inconclusive" and not _keeps(entry)]
    if over:
        why = "beyond the limit, but not beyond doubt"
        return "unclear", f"{'; '.join(told(entry) for entry in over)}: {why}", tuple(entry.target for entry in over)
    unseen = f"nothing was seen of {', '.join(entry.target for entry in empty)}" if empty else ""
    light = f"the load was lighter than asked for, since all users waited: {lighter}" if lighter else ""
    drifting = f"there was no steady state: {unsteady}" if unsteady else ""
    doubt = nothing or light or drifting or unseen
    if doubt:
        return "unclear", doubt, ()
    near = [entry for entry in judged if entry.verdict == "inconclusive"]
    if near:
        by_value = ", ".join(f"{entry.target} by its value alone (n = {entry.n:,})" for entry in near)
        return "holds", f"every target keeps its limit, {by_value}", ()
    return "holds", "every target is met", ()


def _keeps(entry: TargetVerdict) -> bool:
    if entry.value is None:
        return False
    less = entry.value < entry.limit if entry.comparison == "<" else entry.value <= entry.limit
    more = entry.value > entry.limit if entry.comparison == ">" else entry.value >= entry.limit
    return less if entry.comparison.startswith("<") else more


def _of_generator(sound: Validity) -> Validity:
    """Validity without what the backend alone brings about."""
    checks = tuple(check for check in sound.checks if check.name not in _OF_THE_BACKEND)
    reasons = tuple(
        f"{check.name.replace('_', ' ')}: {check.found} (limit: {check.limit}); {check.remedy}"
        for check in checks
        if check.state == "broken"
    )
    return replace(sound, valid=not reasons, reasons=reasons, checks=checks)


def _lighter(sound: Validity) -> str:
    """What was not started of an open loop; empty where all was."""
    found = [check for check in sound.checks if check.name in _OF_THE_BACKEND and check.state == "broken"]
    return "; ".join(f"{check.name.replace('_', ' ')} {check.found}" for check in found)


def _thin(window: Window, level: float, scale: Scale) -> str:
    """What a closed loop did not keep under way though all went well, since its turns are short; empty where it did."""
    if scale.rate or scale.messages or window.ended > window.well:
        return ""
    if window.level >= _LEAST_LEVEL * level or level - window.level <= 1:
        return ""
    seen = f"level: only {window.level:.3g} of {level:g} {scale.unit} were under way"
    return f"{seen}, for turns are so short that users lose time between them: search for turns a second (--rate)"


def _invalid(sound: Validity, window: Window) -> tuple[str, ...]:
    if window.little_holds or any(reason.startswith("little") for reason in sound.reasons):
        return sound.reasons
    law = f"little: N/(XR) = {window.little:.3f} (limit: within {LITTLE:.0%} of 1)"
    return (*sound.reasons, f"{law}; the generator was held up: use more processes, or a machine of its own")
