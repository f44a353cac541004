"""The generator: Locust as a process of its own, whose records come back as lines through a pipe."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatproof.load_run.supervision import SILENCE_SECONDS, START_SECONDS, Child, supervise
from chatproof.workloads import WORKLOADS

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from chatproof.load_plan import Plan
    from chatproof.load_run.supervision import Generated

__all__ = ["arguments_of", "file_of", "generate"]

VARIABLE = "CHATPROOF_LOAD"
_PAGE = "locust.html"
_GRACE_SECONDS = 45.0


def generate(
    plan: Plan,
    *,
    config_source: Mapping[str, Any],
    on_line: Callable[[str], None],
    stop: threading.Event,
    extra_arguments: Sequence[str] = (),
    log: Path | None = None,
    tick: Callable[[], None] = lambda: None,
    start_seconds: float = START_SECONDS,
    role: str = "lead",
    page: Path | None = None,
) -> Generated:
    """
    Runs the plan's workload under Locust, and hands on each line of its records, in this thread and in order.

    `tick` is called some times a second, in this thread too. When `stop` is set the generator is asked to end as by
    Ctrl-C, and killed where it does not. `log` is a file that takes what it says. A KeyboardInterrupt, and whatever
    `on_line` or `tick` raises, ends the generator at once and comes through. `role` is `lead`, or `worker` for one
    that sends its records to a master elsewhere and runs until that ends it. `page` is where Locust's own page goes,
    if there is room for it.
    """
    seconds = max(plan.run_time_seconds, sum(stage.seconds for stage in plan.stages))
    document = {"plan": plan.to_json(), "config": {"profiles": [], **config_source}}
    child = Child(
        command=lambda _pipe, folder: [
            *(sys.executable, "-P", "-m", "locust", "-f", str(file_of(plan.workload))),
            *("--headless", "--only-summary", "--loglevel", "WARNING", "--exit-code-on-error", "0"),
            *(arguments_of(plan) if role == "lead" else ()),
            *(_own_port() if role == "lead" and plan.processes > 1 else ()),
            *(("--html", str(folder / _PAGE)) if page is not None else ()),
            *extra_arguments,
        ],
        environment=lambda pipe: {**_environment(), VARIABLE: json.dumps({**document, "sink": f"fd:{pipe}"})},
        limit_seconds=seconds + _GRACE_SECONDS if role == "lead" else math.inf,
        start_seconds=start_seconds if role == "lead" else math.inf,
        silence_seconds=SILENCE_SECONDS if role == "lead" else math.inf,
    )
    return supervise(child, on_line=on_line, stop=stop, log=log, tick=tick, keep={} if page is None else {_PAGE: page})


def file_of(workload: str) -> Path:
    """The file of a workload, for `locust -f`; KeyError for one that is not known."""
    spec = importlib.util.find_spec(f"chatproof.load.{WORKLOADS[workload].file}")
    if spec is None or spec.origin is None:
        msg = f"chatproof.load.{WORKLOADS[workload].file} is not installed"
        raise ModuleNotFoundError(msg)
    return Path(spec.origin)


def arguments_of(plan: Plan) -> list[str]:
    """What Locust itself must know of a plan; with stages its users come from the shape in the workload's file."""
    found = ["--processes", str(plan.processes)] if plan.processes > 1 else []
    if plan.stages:
        return found
    times = ["--run-time", f"{math.ceil(plan.run_time_seconds)}s"]
    return [*found, "--users", str(plan.users), "--spawn-rate", f"{plan.spawn_rate:g}", *times]


def _own_port() -> list[str]:
    """
    Where the workers that Locust forks find their master: a free port that nobody reaches from another machine.

    On Locust's own port a second run on this machine would get the first one's workers.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    return [*("--master-bind-host", "127.0.0.1", "--master-bind-port", port), *("--master-port", port)]


def _environment() -> dict[str, str]:
    """Our own variables; those by which Locust takes options would change the plan behind our back."""
    return {name: text for name, text in os.environ.items() if not name.startswith("LOCUST_")}
