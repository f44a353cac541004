"""Several processes of the generator on one machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from support.raw_server import Server


def test_runs_side_by_side_do_not_take_each_others_workers(
    serve: Callable[..., Server], start: Callable[..., Any]
) -> None:
    serve()
    options = ("load", "--no-verify", "--json", "--users", "4", "--run-time", "2s", "--processes", "2")
    commands = [start(*options, "--report-dir", folder) for folder in ("one", "two")]

    for command in commands:
        command.end()
        found = json.loads(command.out)
        states = {entry["name"]: entry["state"] for entry in found["load"]["processes"]}
        assert states == dict.fromkeys(("master", "worker-0", "worker-1"), "ended")
        assert found["load"]["errors"] == []
