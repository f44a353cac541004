"""Whether an answer that should be a success is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.samples.records import Sample

__all__ = ["settled_status"]

_SUCCESS = 2


def settled_status(sample: Sample) -> bool:
    """
    Whether a request that is answered as a whole went well by its status; else the sample gets the cause.

    The sample already has the facts of its answer.
    """
    if sample.cause or sample.censored:
        return False
    if sample.status is None or sample.status // 100 != _SUCCESS:
        sample.cause, sample.detail = "status", f"status {sample.status}"
        return False
    return True
