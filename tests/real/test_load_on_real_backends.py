"""
A load on servers that people run: valid, and every target that the documents state is decided, and met.

The profile's own workload for 30 s, with as many users as decide every target in that time: below 1 % of errors is
shown by 299 turns without one, and 50 users make about a thousand. Both backends are loaded side by side.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from chatproof.samples.file import read_records
from chatproof.samples.records import Sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BACKENDS = ("aiohttp_backend", "sse_starlette_backend")
FIRST_TOKEN_SECONDS = 0.05
TOKENS = {"aiohttp_backend": 2, "sse_starlette_backend": 3}
"""A turn has so many at the least: both say `You said: ` and the message, one of them word by word."""

LONGEST = 150.0
LOG_SECONDS = 5.0
SAMPLES = "chatproof-report/load/samples.jsonl.gz"
CLAIMED = ("ttft.p95 < 350ms", "ttft[memory].p95 < 500ms", "error_rate < 1%", "retry_rate.client < 5%")
NOT_CLAIMED = {"memory", "retry_rate.provider", "rss_per_slow_reader"}
"""These backends have no memory and no provider that they could tell of, and their processes are not observed."""

DECLARED = """\
[auth]
scheme = "jwt"
secret = "${CHAT_JWT_SECRET}"
claims = { sub = "test-user-id", aud = "authenticated" }

[profiles.ai-chat]
heartbeat = "1s"

[load]
users = 50
run_time = "30s"
"""


def _start(folder: Path, backend: Any) -> subprocess.Popen[str]:
    """The command as a user starts it, in a folder of its own. The instrument is proved elsewhere (`--no-verify`)."""
    folder.mkdir()
    (folder / "chatproof.toml").write_text(DECLARED)
    return subprocess.Popen(
        [sys.executable, "-Im", "chatproof", "load", backend.url, "--no-verify", "--json", "--color", "never"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "XDG_CACHE_HOME": str(folder),
            "CHAT_JWT_SECRET": backend.secret,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _documents(processes: dict[str, subprocess.Popen[str]]) -> dict[str, dict[str, Any]]:
    """The run document of each load, once it has ended; none outlives a failure."""
    documents = {}
    try:
        for name, process in processes.items():
            out, said = process.communicate(timeout=LONGEST)
            assert out, f"{name}: exit {process.returncode}\n{said}"
            documents[name] = json.loads(out)
            assert documents[name]["exit_code"] == process.returncode
    finally:
        for process in processes.values():
            if process.poll() is None:
                process.kill()
                process.communicate()
    return documents


def _served(log: list[str]) -> int:
    """How many turns uvicorn's log tells of."""
    return sum('"POST /api/v1/chat ' in line for line in list(log))


def _told(log: list[str], turns: int) -> int:
    """The turns in the log as soon as there are so many, for its lines come through a pipe."""
    deadline = time.monotonic() + LOG_SECONDS
    while (served := _served(log)) < turns and time.monotonic() < deadline:
        time.sleep(0.05)
    return served


def test_a_load_on_real_servers_is_valid_and_meets_every_target(
    run_backend: Callable[[str], Any], tmp_path: Path
) -> None:
    backends = {name: run_backend(name) for name in BACKENDS}
    log = backends["sse_starlette_backend"].log
    before = _served(log)
    documents = _documents({name: _start(tmp_path / name, backend) for name, backend in backends.items()})
    for name, document in documents.items():
        assert document["validity"]["reasons"] == [], name
        judged = [entry for entry in document["targets"] if entry["verdict"] != "not_claimed"]
        assert {entry["target"]: entry["verdict"] for entry in judged} == dict.fromkeys(CLAIMED, "met"), name
        assert {entry["metric"] for entry in document["targets"]} - {entry["metric"] for entry in judged} == NOT_CLAIMED
        assert document["exit_code"] == 0, name
        assert document["load"]["plan"]["leave_out"] == []
        figures = {entry["metric"]: entry for entry in document["load"]["figures"] if not entry["tag"]}
        assert figures["ttft"]["percentiles"]["p50"] >= FIRST_TOKEN_SECONDS, name
        samples = [record for record in read_records(tmp_path / name / SAMPLES) if isinstance(record, Sample)]
        assert {sample.cause for sample in samples} == {""}, name
        assert all(sample.tokens >= TOKENS[name] for sample in samples if not sample.censored), name
        assert len(samples) == document["load"]["samples"], name
    turns = documents["sse_starlette_backend"]["load"]["samples"]
    assert _told(log, before + turns) - before == turns
