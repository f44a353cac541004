"""What a picture of a chart is made of: places in percent of its width, heights in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .points import Point

__all__ = ["Bar", "Limit", "Mark", "Series", "Span"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: left end and width in percent, upper end and height in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """
    One line or row of bars: `style` picks colour, dashes and marker, which differ together.

    `path` and `ribbon` (its band) are in a field of 1,000 by the plot's height. `label_y` is where its name stands
    at the right end, in pixels of the whole picture.
    """

    name: str
    style: int
    dashes: int
    path: str = ""
    ribbon: str = ""
    marks: tuple[Point, ...] = ()
    bars: tuple[Bar, ...] = ()
    label_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A horizontal line with its name; `left` says at which end the name stands."""

    text: str
    y: float
    left: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch that is not judged, in percent; it is named where the name has room."""

    name: str
    x: float
    width: float
    named: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line in percent, with its name, which stands in a row of its own (0 is the highest)."""

    text: str
    x: float
    row: int
    left: bool
