"""What GitHub shows beside a workflow run."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["Annotation"]

Annotation: TypeAlias = tuple[str, str]
"""A title and a message."""
