"""Annotations of a load run: an invalid run, targets that are not met, targets that are inconclusive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.verdict import Level

from .load_outcome import fails, found_text, headline, invalid, notices, ordered, samples_text, value_text, word

if TYPE_CHECKING:
    from chatproof.load_facts import TargetVerdict
    from chatproof.run import Run

__all__ = ["annotated"]


def annotated(run: Run, kind: str) -> list[tuple[str, str]]:
    """
    The annotations of a kind (`error`, `warning`, `notice`), each a title and a message.

    A target that counts for the run is an error, a SHOULD that does not a warning, a MAY a notice. An invalid run is
    one error, and none of its targets is spoken of.
    """
    if invalid(run):
        reasons = "\n".join(run.validity.reasons if run.validity else ())
        title = "chatproof: the load run is invalid"
        return [(title, reasons or "the generator was too slow"), *_run_level(run)] if kind == "error" else []
    found = _run_level(run) if kind == "error" else []
    targets = ordered(run, "not_met", "inconclusive")
    return [*found, *(_said(entry) for entry in targets if _kind(entry, strict=run.strict) == kind)]


def _run_level(run: Run) -> list[tuple[str, str]]:
    return [(f"chatproof: {headline(run)}", text) for text in notices(run)]


def _said(target: TargetVerdict) -> tuple[str, str]:
    bounds = found_text(target)
    lines = [
        target.reason,
        f"found: {value_text(target)}{f' (bounds: {bounds})' if bounds else ''}, {samples_text(target)}",
        f"to decide it: {target.missing}" if target.missing else "",
    ]
    profile = f" ({target.profile})" if target.profile else ""
    name = f"{target.requirement} " if target.requirement else ""
    title = f"{name}{target.target} {target.level} {word(target.verdict)}{profile}"
    return title, "\n".join(line for line in lines if line)


def _kind(target: TargetVerdict, *, strict: bool) -> str:
    if fails(target, strict=strict):
        return "error"
    return "warning" if target.level == Level.SHOULD else "notice"
