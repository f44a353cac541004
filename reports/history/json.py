"""A history as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.history.facts import History

__all__ = ["render"]


def render(history: History) -> str:
    """The runs as one JSON document in ASCII, the oldest first, each with all that the database holds of it."""
    return json.dumps(asdict(history), indent=2, allow_nan=False) + "\n"
