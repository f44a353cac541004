"""
The proof: backends whose capacity is known, and what the command finds.

With CHATPROOF_CAPACITY_FULL=1 each is searched five times with different seeds, as the promise is made: within 10 %
of the truth in five of five. Otherwise one of them is, once, so that it stays short.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from chatproof.cli import run
from chatproof.fixtures.limits import Limit, LimitedServer

FULL = os.environ.get("CHATPROOF_CAPACITY_FULL") == "1"
SEEDS = range(1, 6) if FULL else range(1, 2)
WITHIN = 0.10
ATTEMPTS = 3
"""Of a search that came to no verdict, since the machine had no time for the generator."""

REFUSE = Limit(kind="refuse", places=60, hold_seconds=0.5 if FULL else 0.25)
QUEUE = Limit(kind="queue", places=60, hold_seconds=1.0)
SLOWING = Limit(kind="slowing", first_seconds=0.02, knee=40.0, power=4.0, hold_seconds=0.3)
NONE = Limit(kind="none", hold_seconds=0.2)


KNOWN = [
    pytest.param(REFUSE, "< 200ms", "error_rate < 1%", id="refuse"),
    pytest.param(SLOWING, "< 200ms", "ttft.p95 < 200ms", id="slowing"),
    pytest.param(QUEUE, "< 100ms", "ttft.p95 < 100ms", id="queue"),
]
"""The last two take minutes: they exist with CHATPROOF_CAPACITY_FULL=1."""


def searched(
    limit: Limit, folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str, ttft: str = "< 200ms"
) -> tuple[int, dict[str, Any]]:
    """The exit code, and what the run document says of the capacity."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    with LimitedServer(limit) as server:
        (folder / "chatproof.toml").write_text(
            f'[backend]\nurl = "{server.url}"\n[auth]\nscheme = "none"\n[profiles.ai-chat]\n'
            f'[targets]\n"ttft.p95" = "{ttft}"\n"ttft[memory].p95" = "off"\n"retry_rate.client" = "off"\n'
        )
        for _attempt in range(ATTEMPTS):
            code = run(["capacity", "--color", "never", *arguments])
            document = json.loads((folder / "chatproof-report" / "capacity" / "run.json").read_bytes())
            assert code == document["exit_code"]
            if document["capacity"]["outcome"] not in {"generator_was_the_limit", "unfinished"}:
                break
    return code, document["capacity"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("limit", "ttft", "target"),
    KNOWN if FULL else KNOWN[:1],
)
def test_a_known_limit_is_found(
    *, limit: Limit, ttft: str, target: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = limit.capacity(0.2)
    assert truth is not None
    own = Limit(**{**limit.to_json(), "seed": seed})
    search = ("--start", "16", "--max", "256", "--rung-time", "2s", "--seed", str(seed))
    if not FULL:
        search = ("--start", "32", "--max", "128", "--rung-time", "1s", "--precision", "10%")
    _code, found = searched(own, tmp_path, monkeypatch, *search, ttft=ttft)
    assert found["outcome"] == "found", found["sentence"]
    assert abs(found["capacity"] - truth) <= WITHIN * truth, found["sentence"]
    assert found["breaks_at"] > found["capacity"]
    assert found["limiting"] == [target]
    assert "target" in {entry["what"] for entry in found["shortages"]}


@pytest.mark.parametrize(("level", "flags", "unit"), [(8, (), "streams"), (40, ("--rate",), "turns/s")])
def test_a_backend_without_a_limit_in_range_gives_at_least(
    *,
    level: int,
    flags: tuple[str, ...],
    unit: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    search = ("--start", str(level), "--max", str(level), "--rung-time", "1.5s", *flags)
    code, found = searched(NONE, tmp_path, monkeypatch, *search)
    assert (code, found["outcome"], found["unit"]) == (0, "no_failure_in_range", unit), found["sentence"]
    assert (found["capacity"], found["breaks_at"], found["fit"]) == (float(level), None, None)
    assert f"At least {level} {unit} hold within every target" in found["sentence"]
    told = capsys.readouterr().err
    assert f": {level} {unit}, holds: " in told
    assert found["bytes_per_stream"] > 100
    assert found["cost_per_stream"] == pytest.approx(0.00002)
