"""The schedule of an open loop: when each start is due, the same in every process, from the seed alone."""

from __future__ import annotations

import random
from itertools import count
from typing import TYPE_CHECKING

from .stages import pieces_of, reached_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.load_plan import Plan

__all__ = ["schedule"]


def schedule(plan: Plan, *, worker: int = 0, workers: int = 1) -> Iterator[tuple[int, int]]:
    """
    The starts of one process: number of the arrival, and when it is due in nanoseconds since the run's start.

    Arrival k belongs to the worker k modulo workers, so that all processes together follow the schedule that one
    would; a worker that came late has none. Constant arrivals are evenly spread, with the first half a distance after
    the start; those of `poisson` have exponential distances. Both follow the rate of the stages.
    """
    points = _poisson(plan.seed) if plan.arrivals == "poisson" else (number + 0.5 for number in count())
    pieces = reached_at(pieces_of(plan, "rate"))
    before, piece = next(pieces, (0.0, None))
    for number, point in enumerate(points):
        while piece is not None and point >= before + piece.area:
            before, piece = next(pieces, (0.0, None))
        if piece is None:
            return
        if number % workers == worker:
            yield number, int(piece.reached(point - before) * 1e9)


def _poisson(seed: int) -> Iterator[float]:
    """The points of a Poisson process of rate 1."""
    source = random.Random(f"{seed}/arrivals")  # noqa: S311 - reproducible load, no cryptography
    point = 0.0
    while True:
        point += source.expovariate(1.0)
        yield point
