"""Upper bounds of what scenarios send and take, for the plan that is shown before anything is sent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chatproof.scenario import Cost

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.config import AiChat, Config, Turn

__all__ = ["fixed", "lasting", "reply_seconds"]


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
        )

    return cost


def lasting(turn: Callable[[AiChat], Turn | None]) -> Callable[[Config, Any, int], Cost]:
    """The cost of one declared turn: as long as it may take."""

    def cost(_config: Config, settings: AiChat, _examples: int) -> Cost:
        declared = turn(settings)
        return Cost(requests=1, turns=1, seconds=declared.max_duration if declared else 0.0)

    return cost


def _rounds(count: int, steps: int | None, width: int) -> int:
    if not count:
        return 0
    sequential = count if steps is None else steps
    return sequential * math.ceil(math.ceil(count / sequential) / width)
