"""The fit, the plan and the charts of a capacity run, added to what its search found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .charts import charts
from .planning import planning
from .scalability import fitted

if TYPE_CHECKING:
    from chatproof.capacity_facts import CapacityFacts

__all__ = ["enriched"]


def enriched(facts: CapacityFacts, *, seed: int = 1) -> CapacityFacts:
    """
    The facts with `fit`, `fit_note`, `planning` and `charts` filled from their rungs; it never raises for bad rungs.

    `seed` is that of the bootstrap. Without SciPy there is no fit, and `fit_note` says how to get it.
    """
    fit = fitted(facts, seed=seed)
    return replace(
        facts,
        fit=fit.law,
        fit_note=fit.note,
        planning=planning(facts),
        charts=charts(facts, law=fit.law, curve=fit.curve),
    )
