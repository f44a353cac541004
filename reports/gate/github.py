"""Annotations of a gate: those of its check and of its smoke load, what concerns the whole run first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..check import github as of_check
from ..load import github as of_load
from .outcome import headline, notices

if TYPE_CHECKING:
    from chatproof.run import Run

    from ..annotation import Annotation

__all__ = ["annotated"]


def annotated(run: Run) -> dict[str, list[Annotation]]:
    """Titles and messages by kind: `error`, `warning`, `notice`."""
    found = of_check.of_requirements(run)
    targets = of_load.of_targets(run) if run.load is not None else []
    whole = [(f"chatproof: {headline(run)}", text) for text in notices(run)]
    return {**found, "error": [*whole, *found["error"], *targets]}
