"""The run document itself: what `run.json` holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatproof.run_json import to_json

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["render"]


def render(run: Run) -> str:
    """The run as one JSON document in ASCII, so that no text of a backend can make it unreadable."""
    return json.dumps(to_json(run), indent=2, allow_nan=False) + "\n"
