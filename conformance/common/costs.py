"""What scenarios send and take, for the plan that is shown before anything is sent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chatproof.means import is_loopback
from chatproof.scenario import Cost

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.config import AiChat, Config, Turn

__all__ = [
    "fixed",
    "lasting",
    "reply_seconds",
    "typical_long_turn_seconds",
    "typical_reply_seconds",
    "typical_turn_seconds",
]

_LONG_TURN_INTERVALS = 4


def typical_turn_seconds(config: Config, settings: AiChat) -> float:
    """What a plain turn takes: a model's answer, or a stub's where the backend runs on this machine."""
    return min(0.1 if is_loopback(config.backend.url) else 3.0, settings.turn_timeout)


def typical_long_turn_seconds(turn: Turn, settings: AiChat) -> float:
    """What a turn takes that is declared to be long: a few heartbeats, and for the idle turn its silence."""
    silence = settings.idle_limit if turn is settings.idle_turn else 0.0
    return min(max(_LONG_TURN_INTERVALS * settings.heartbeat, silence), turn.max_duration)


def typical_reply_seconds(config: Config) -> float:
    """What an answer takes that is no turn."""
    return min(0.02 if is_loopback(config.backend.url) else 0.2, reply_seconds(config))


def reply_seconds(config: Config) -> float:
    """The longest wait for an answer that is no turn: the connection and its head."""
    return config.backend.connect_timeout + config.backend.answer_timeout


def fixed(
    *, turns: int = 0, replies: int = 0, turn_steps: int | None = None, reply_steps: int | None = None
) -> Callable[[Config, Any, int], Cost]:
    """
    The cost of so many plain turns and short answers.

    `turn_steps` and `reply_steps` say how many of them come one after another (all by default); more
    than `max_concurrency` side by side take several rounds.
    """

    def cost(config: Config, settings: AiChat, _examples: int) -> Cost:
        width = config.backend.max_concurrency
        turn_rounds = _rounds(turns, turn_steps, width)
        reply_rounds = _rounds(replies, reply_steps, width)
        return Cost(
            requests=turns + replies,
            turns=turns,
            seconds=turn_rounds * settings.turn_timeout + reply_rounds * reply_seconds(config),
            expected_seconds=turn_rounds * typical_turn_seconds(config, settings)
            + reply_rounds * typical_reply_seconds(config),
        )

    return cost


def lasting(turn: Callable[[AiChat], Turn | None]) -> Callable[[Config, Any, int], Cost]:
    """The cost of one declared turn: as long as it may take, but expected to last a few heartbeats or its silence."""

    def cost(_config: Config, settings: AiChat, _examples: int) -> Cost:
        declared = turn(settings)
        if declared is None:
            return Cost(turns=1, seconds=0.0, expected_seconds=0.0)
        expected = typical_long_turn_seconds(declared, settings)
        return Cost(turns=1, seconds=declared.max_duration, expected_seconds=expected)

    return cost


def _rounds(count: int, steps: int | None, width: int) -> int:
    if not count:
        return 0
    sequential = count if steps is None else steps
    return sequential * math.ceil(math.ceil(count / sequential) / width)
