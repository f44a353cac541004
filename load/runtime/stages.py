"""Levels over time: how many users, or how many starts a second, the stages of a plan ask for at a moment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.load_plan import Plan

__all__ = ["Piece", "level_at", "pieces_of", "reached_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of time on which a level goes straight from `low` to `high`; seconds since the run's start."""

    begin: float
    end: float
    low: float
    high: float

    @property
    def area(self) -> float:
        """The integral of the level over the piece: starts, where the level is a rate."""
        return (self.end - self.begin) * (self.low + self.high) / 2

    def at(self, seconds: float) -> float:
        """The level at a moment of the piece."""
        if self.end <= self.begin:
            return self.high
        return self.low + (self.high - self.low) * (seconds - self.begin) / (self.end - self.begin)

    def reached(self, area: float) -> float:
        """The moment at which the integral from the piece's begin comes to `area`, which is not above its own."""
        length = self.end - self.begin
        slope = (self.high - self.low) / length
        if abs(slope) * length < 1e-9 * max(self.low, self.high):
            return self.begin + area / self.low
        # low * t + slope * t^2 / 2 = area, in the form that loses no digits for a small slope
        root = math.sqrt(max(0.0, self.low * self.low + 2 * slope * area))
        return self.begin + 2 * area / (self.low + root)


def pieces_of(plan: Plan, field: Literal["users", "rate"]) -> tuple[Piece, ...]:
    """
    The plan's level in pieces, from 0 s to the end of the run.

    Without stages it is the plan's own all the time. Stages begin at 0 and go one after the other; the last one's
    level is kept until the end.
    """
    end = plan.run_time_seconds
    if not plan.stages:
        level = float(getattr(plan, field))
        return (Piece(begin=0.0, end=end, low=level, high=level),)
    pieces, at, level = [], 0.0, 0.0
    for stage in plan.stages:
        wanted = float(getattr(stage, field))
        if stage.seconds > 0 and at < end:
            piece = Piece(begin=at, end=at + stage.seconds, low=level, high=wanted)
            pieces.append(piece if piece.end <= end else _cut(piece, end))
        at, level = at + stage.seconds, wanted
    if at < end:
        pieces.append(Piece(begin=at, end=end, low=level, high=level))
    return tuple(pieces)


def level_at(pieces: tuple[Piece, ...], seconds: float) -> float:
    """The level at a moment, at a step the one after it; 0 outside the run."""
    return next((piece.at(seconds) for piece in pieces if piece.begin <= seconds < piece.end), 0.0)


def reached_at(pieces: tuple[Piece, ...]) -> Iterator[tuple[float, Piece]]:
    """Each piece that has any area, with the area of all before it."""
    before = 0.0
    for piece in pieces:
        if piece.area > 0:
            yield before, piece
        before += piece.area


def _cut(piece: Piece, end: float) -> Piece:
    return Piece(begin=piece.begin, end=end, low=piece.low, high=piece.at(end))
