"""Whether a value keeps a target's limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.targets.expression import Target

__all__ = ["keeps", "lies_below", "more_is_better"]


def keeps(target: Target, value: float) -> bool:
    """The value, in base units, is on the right side of the limit; NaN never is."""
    match target.comparison:
        case "<":
            return value < target.limit
        case "<=":
            return value <= target.limit
        case ">":
            return value > target.limit
        case ">=":
            return value >= target.limit


def lies_below(target: Target, value: float) -> bool:
    """The value is on the lower side of the limit, be that the right one or not."""
    return keeps(target, value) != more_is_better(target)


def more_is_better(target: Target) -> bool:
    """The limit is one from below."""
    return target.comparison in {">", ">="}
