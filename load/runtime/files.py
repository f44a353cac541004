"""The limit of open files: raised to what a plan needs, or said how."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.load_plan import Plan

__all__ = ["files_needed", "raise_file_limit"]

_OWN_FILES = 64


def files_needed(plan: Plan, *, workers: int = 1) -> int:
    """So many files one process has open at the most: a connection per user, two where one is kept, and its own."""
    users = max([plan.users, *(stage.users for stage in plan.stages)])
    return 2 * -(-users // workers) + _OWN_FILES


def raise_file_limit(needed: int) -> tuple[int, str]:
    """
    Raises this process's limit of open files where it is too low.

    Gives the limit that holds, and what to do where that is still too low, else empty.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    infinite = resource.RLIM_INFINITY
    if soft != infinite and soft < needed:
        wanted = needed if hard == infinite else min(max(needed, soft), hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError):
            soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == infinite:
        return -1, ""
    missing = f"open files are limited to {soft}, and {needed} are needed: raise the hard limit (`ulimit -Hn {needed}`)"
    return soft, missing if soft < needed else ""
