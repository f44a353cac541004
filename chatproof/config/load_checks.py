"""What the keys of `[load]` and `[observe]` ask of one another, and of their own values."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.config.load_keys import Load, Observe
    from chatproof.config.tables import Reader

__all__ = ["STAGE", "check_load", "check_observe"]

STAGE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h)\s+(?P<level>\d+(?:\.\d+)?)(?P<rate>\s*/s)?")
"""One stage: how long, and the number of users or (with `/s`) the rate that it goes to."""

_SHARES = ("memory_share", "abort_share", "drop_share", "slow_share", "judged_share")


def check_load(reader: Reader, load: Load) -> None:
    """Shares lie between 0 and 1, weights are numbers, stages have a length and a level, pauses an order."""
    for name in _SHARES:
        share = getattr(load, name)
        if share is not None and share > 1:
            reader.problem(f"load.{name}", f"{share:g}", "a share between 0 and 1", hint=f"{name} = 0.5")
    for name, weight in load.weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            hint = "weights = { chat-turns = 3, polling = 1 }"
            reader.problem(f"load.weights.{name}", f"{weight!r}", "a number of at least 0", hint=hint)
    for stage in load.stages:
        match = STAGE.fullmatch(stage.strip())
        if match is None or (not match["rate"] and "." in match["level"]):
            expected = "a duration and a number of users, or of starts a second"
            reader.problem(
                "load.stages", f'"{stage}"', expected, hint='stages = ["30s 50", "30s 100"], or ["30s 20/s"]'
            )
    if load.think_min is not None and load.think_max is not None and load.think_min > load.think_max:
        found = f"{load.think_max:g} s, less than think_min"
        reader.problem("load.think_max", found, "at least think_min", hint='think_min = "500ms", think_max = "1.5s"')
    for host in load.allow_hosts:
        if "/" in host or not host.strip():
            expected = "a host's name or address alone"
            reader.problem("load.allow_hosts", f'"{host}"', expected, hint='allow_hosts = ["chat.staging.example.com"]')


def check_observe(reader: Reader, observe: Observe) -> None:
    """A pattern has a group and a log to be looked for in."""
    for name in ("memory_pattern", "retry_pattern"):
        pattern = getattr(observe, name)
        path = f"observe.{name}"
        if not pattern or reader.troubled(path):
            continue
        if not re.compile(pattern).groups:
            reader.problem(path, f'"{pattern}"', "a pattern with a group round the number", hint=r"memory_ms: (\d+)")
        if observe.log_file is None and not reader.troubled("observe.log_file"):
            hint = 'log_file = "logs/api.log" under [observe]'
            reader.problem("observe.log_file", "nothing", f"the log in which {name} is looked for", hint=hint)
