"""The style that all pages share, in parts: each rule has one place."""

from __future__ import annotations

from typing import Final

__all__ = ["PARTS"]

PARTS: Final = tuple(f"style/{part}.css" for part in ("tokens", "base", "components", "charts", "print"))
"""Colours, type and spacing; elements; what pages are made of; pictures; paper. A page's own style follows these."""
