"""A comparison as JSON values."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatproof.comparison.facts import Comparison

__all__ = ["document"]


def document(comparison: Comparison) -> dict[str, Any]:
    """
    The comparison with every field, its counts added.

    Raises ValueError where it holds a number that JSON cannot say, such as NaN.
    """
    plain: dict[str, Any] = json.loads(json.dumps(asdict(comparison), allow_nan=False))
    return {"comparison_version": plain.pop("comparison_version"), **plain, "counts": comparison.counts}
