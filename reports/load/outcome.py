"""What a load run came to, in words and order that every report of it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.exit_code import ExitCode

from ..quantity import exact, quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.load_facts import TargetVerdict, ValidityCheck
    from chatproof.run import Run

__all__ = [
    "broken_checks",
    "counts",
    "counts_line",
    "found_text",
    "headline",
    "invalid",
    "notices",
    "ordered",
    "requirement_text",
    "samples_text",
    "validity_line",
    "value_text",
    "word",
]

ORDER = ("not_met", "inconclusive", "met", "not_claimed")
_WORDS: Mapping[str, str] = {
    "met": "met",
    "not_met": "not met",
    "inconclusive": "inconclusive",
    "not_claimed": "not claimed",
}


def word(verdict: str) -> str:
    """The verdict as people write it: `not met`."""
    return _WORDS.get(verdict, verdict)


def ordered(run: Run, *verdicts: str) -> list[TargetVerdict]:
    """The targets with one of these verdicts (all, if none is named): not met first, else as declared."""
    words = verdicts or ORDER
    found = [entry for entry in run.targets if entry.verdict in words or not verdicts]
    ranks = {verdict: rank for rank, verdict in enumerate(ORDER)}
    return sorted(found, key=lambda entry: ranks.get(entry.verdict, len(ranks)))


def counts(run: Run) -> dict[str, int]:
    """How many targets of each verdict, in the order in which reports show them."""
    return {verdict: sum(entry.verdict == verdict for entry in run.targets) for verdict in ORDER}


def counts_line(run: Run) -> str:
    """`5 met, 1 not met, 1 inconclusive`: what there is none of is left out, but for `met`."""
    if not run.targets:
        return "no target was judged"
    found = counts(run)
    shown = ("met", "not_met", "inconclusive", "not_claimed")
    return ", ".join(f"{found[verdict]} {word(verdict)}" for verdict in shown if found[verdict] or verdict == "met")


def invalid(run: Run) -> bool:
    """The run is known not to be fit to be judged."""
    return run.validity is not None and not run.validity.valid


def broken_checks(run: Run) -> list[ValidityCheck]:
    """The conditions on the generator that do not hold."""
    return [check for check in run.validity.checks if check.state == "broken"] if run.validity else []


def validity_line(run: Run) -> str:
    """`valid: 6 checks of the generator hold, 1 not observed`."""
    if run.validity is None:
        return "validity unknown: the generator was not checked"
    states = [check.state for check in run.validity.checks]
    parts = [f"{states.count('broken')} broken"] if "broken" in states else []
    if "ok" in states:
        parts.append(f"{states.count('ok')} hold{'s' * (states.count('ok') == 1)}")
    if "not_observed" in states:
        parts.append(f"{states.count('not_observed')} not observed")
    checks = f": checks of the generator: {', '.join(parts)}" if parts else ""
    return f"{'valid' if run.validity.valid else 'invalid'}{checks}"


def headline(run: Run) -> str:
    """The outcome in one phrase, from the exit code."""
    found = counts(run)
    if run.exit_code == ExitCode.NOT_MET:
        number = found["not_met"]
        return _many(number, "target is not met", "targets are not met") if number else "A target is not met"
    if run.exit_code == ExitCode.MET:
        return "Every target that is claimed is met" if found["not_claimed"] else "Every target is met"
    if run.exit_code == ExitCode.NO_VERDICT:
        if invalid(run):
            return "No verdict: the run is invalid"
        number = found["inconclusive"]
        if number:
            return f"No verdict: {_many(number, 'target is inconclusive', 'targets are inconclusive')}"
        return "No verdict" if found["met"] or found["not_met"] else "No verdict: no target was judged"
    phrases = {int(ExitCode.CRASHED): "chatproof itself failed", int(ExitCode.INTERRUPTED): "Interrupted"}
    return phrases.get(run.exit_code, f"Ended with exit code {run.exit_code}")


def notices(run: Run) -> list[str]:
    """What the reader must know beside the verdicts, most important first; an invalid run is told apart."""
    found = []
    if run.crash:
        found.append(f"chatproof itself failed: {run.crash}")
    if run.interrupted:
        found.append("The run was interrupted: what had been measured by then is judged.")
    elif run.load is not None and run.load.partial:
        found.append("The run ended before its time: what had been measured by then is judged.")
    if run.load is not None and not run.load.samples:
        found.append("Nothing was measured: no target can be met.")
    elif not run.targets:
        found.append("No target was judged.")
    if run.validity is None:
        found.append("The generator was not checked: nothing says that these numbers are the backend's own.")
    return found


def requirement_text(target: TargetVerdict) -> str:
    """`AICHAT-PERF-01 (MUST)`: the row of the document behind a target; empty where there is none."""
    return f"{target.requirement} ({target.level})" if target.requirement else ""


def value_text(target: TargetVerdict) -> str:
    """What was found: `331.2 ms`, `a failure`, or `no samples`."""
    if target.value is not None:
        return quantity(target.value, target.unit)
    if target.infinite:
        return "a failure"
    return "no value" if target.n else "no samples"


def found_text(target: TargetVerdict) -> str:
    """The one-sided 95 % bounds in words; empty where they say no more than the value, or nothing was measured."""
    if not target.n or (target.value is None and not target.infinite):
        return ""
    lower = None if target.lower is None else quantity(target.lower, target.unit)
    upper = None if target.upper is None else quantity(target.upper, target.unit)
    if lower is not None and upper is not None:
        return "" if target.lower == target.value == target.upper else f"{lower} to {upper}"
    if lower is not None:
        return f"at least {lower}, no upper bound"
    if upper is not None:
        return f"at most {upper}, no lower bound"
    return "" if target.value is not None or target.verdict == "not_met" else "none"


def samples_text(target: TargetVerdict) -> str:
    """`n = 1,240, 10 failed, own error 1.2 ms`."""
    failed = f", {target.infinite:,} failed" if target.infinite else ""
    error = f", own error {exact(float(f'{target.error:.3g}'), target.unit)}" if target.error and target.n else ""
    return f"n = {target.n:,}{failed}{error}"


def _many(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
