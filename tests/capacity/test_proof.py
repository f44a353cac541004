"""
The proof: backends whose capacity is known, and what the command finds.

With CHATPROOF_CAPACITY_FULL=1 each is searched five times with different seeds, as the promise is made: within 10 %
of the truth in five of five. Otherwise once, so that it stays short.
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

REFUSE = Limit(kind="refuse", places=60, hold_seconds=0.5)
QUEUE = Limit(kind="queue", places=60, hold_seconds=1.0)
SLOWING = Limit(kind="slowing", first_seconds=0.02, knee=40.0, power=4.0, hold_seconds=0.3)
NONE = Limit(kind="none", hold_seconds=0.2)


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
        code = run(["capacity", "--color", "never", *arguments])
    document = json.loads((folder / "chatproof-report" / "capacity" / "run.json").read_bytes())
    assert code == document["exit_code"]
    return code, document["capacity"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("limit", "ttft", "target"),
    [
        pytest.param(REFUSE, "< 200ms", "error_rate < 1%", id="refuse"),
        pytest.param(SLOWING, "< 200ms", "ttft.p95 < 200ms", id="slowing"),
        pytest.param(
            QUEUE,
            "< 100ms",
            "ttft.p95 < 100ms",
            id="queue",
            marks=pytest.mark.skipif(not FULL, reason="long: with CHATPROOF_CAPACITY_FULL=1"),
        ),
    ],
)
def test_a_known_limit_is_found(
    *, limit: Limit, ttft: str, target: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = limit.capacity(0.2)
    assert truth is not None
    own = Limit(**{**limit.to_json(), "seed": seed})
    search = ("--start", "16", "--max", "256", "--rung-time", "2s", "--seed", str(seed))
    if not FULL:
        search = ("--start", "40", "--max", "160", "--rung-time", "1.5s", "--precision", "8%")
    _code, found = searched(own, tmp_path, monkeypatch, *search, ttft=ttft)
    assert found["outcome"] == "found", found["sentence"]
    assert abs(found["capacity"] - truth) <= WITHIN * truth, found["sentence"]
    assert found["breaks_at"] > found["capacity"]
    assert found["limiting"] == [target]
    assert "target" in {entry["what"] for entry in found["shortages"]}


@pytest.mark.parametrize(("flags", "unit"), [((), "streams"), (("--rate",), "turns/s")])
def test_a_backend_without_a_limit_in_range_gives_at_least(
    flags: tuple[str, ...],
    unit: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, found = searched(NONE, tmp_path, monkeypatch, "--start", "8", "--max", "8", "--rung-time", "1.5s", *flags)
    assert (code, found["outcome"], found["unit"]) == (0, "no_failure_in_range", unit), found["sentence"]
    assert (found["capacity"], found["breaks_at"], found["fit"]) == (8.0, None, None)
    assert f"At least 8 {unit} hold within every target" in found["sentence"]
    told = capsys.readouterr().err
    assert f": 8 {unit}, holds: " in told
    assert found["bytes_per_stream"] > 100
    assert found["cost_per_stream"] == pytest.approx(0.00002)
