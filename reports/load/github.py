"""Annotations of a load run: an invalid run, targets that are not met, targets that are inconclusive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .outcome import (
    found_text,
    headline,
    invalid,
    notices,
    ordered,
    requirement_text,
    samples_text,
    value_text,
    word,
)

if TYPE_CHECKING:
    from chatproof.load_facts import TargetVerdict
    from chatproof.run import Run

    from ..annotation import Annotation

__all__ = ["annotated", "of_targets"]


def annotated(run: Run) -> dict[str, list[Annotation]]:
    """
    The errors of a load run, each a title and a message: every target that is not met or inconclusive is one.

    An invalid run is one error, and none of its targets is spoken of.
    """
    found = of_targets(run)
    return {"error": [*found, *_run_level(run)] if invalid(run) else [*_run_level(run), *found]}


def of_targets(run: Run) -> list[Annotation]:
    """The errors without what concerns the run as a whole, but for its validity."""
    if invalid(run):
        reasons = "\n".join(run.validity.reasons if run.validity else ())
        title = "chatproof: the load run is invalid"
        return [(title, reasons or "the generator was too slow")]
    return [_said(entry) for entry in ordered(run, "not_met", "inconclusive")]


def _run_level(run: Run) -> list[Annotation]:
    return [(f"chatproof: {headline(run)}", text) for text in notices(run)]


def _said(target: TargetVerdict) -> Annotation:
    bounds = found_text(target)
    lines = [
        target.reason,
        f"found: {value_text(target)}{f' (bounds: {bounds})' if bounds else ''}, {samples_text(target)}",
        f"to decide it: {target.missing}" if target.missing else "",
    ]
    profile = f" ({target.profile})" if target.profile else ""
    row = requirement_text(target)
    title = f"{f'{row} ' if row else ''}{target.target} {word(target.verdict)}{profile}"
    return title, "\n".join(line for line in lines if line)
