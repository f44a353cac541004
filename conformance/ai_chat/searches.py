"""
The searches of fuzzing: how many examples each has, and what is wrong with an answer.

What they draw is apart from this: Hypothesis takes long to load, and few commands draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.recording import End

from .answers import accepted, shown

if TYPE_CHECKING:
    from chatproof.recording import Exchange

__all__ = ["LABELS", "shares_of", "wrong"]

_PERCENT = {"message": 20, "session": 30, "shape": 25, "raw": 15, "content_type": 10}
LABELS = tuple(_PERCENT)

_SERVER_ERROR = 500


def shares_of(examples: int) -> dict[str, int]:
    """
    The examples for each search out of the budget for the route.

    They add up to the budget, or to one for each search where it is smaller than that.
    """
    shares = {label: max(1, examples * percent // 100) for label, percent in _PERCENT.items()}
    left = max(0, examples - sum(shares.values()))
    for label in sorted(LABELS, key=lambda label: examples * _PERCENT[label] % 100, reverse=True)[:left]:
        shares[label] += 1
    return shares


def wrong(exchange: Exchange) -> str:
    """Why an answer to invalid input is wrong: none, a server error, a stream or another success; else empty."""
    if exchange.response is None:
        return shown(exchange)
    if exchange.response.status >= _SERVER_ERROR:
        return f"a server error: {shown(exchange)}"
    if accepted(exchange) or exchange.is_stream:
        return f"the invalid request was accepted: {shown(exchange)}"
    if exchange.end in {End.IDLE_DEADLINE, End.TOTAL_DEADLINE}:
        return f"the answer did not end: {shown(exchange)}"
    return ""
