"""`chatproof load` on the reference backend: each load fault turns exactly its targets, the clean one meets all."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tomllib
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config.toml_text import toml_text
from chatproof.fixtures.load_faults import LOAD_FAULTS

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "canary-secret-with-at-least-32-bytes-in-it"
LONGEST_SECONDS = 120
AT_ONCE = 3
NOT_OBSERVED = ("memory.p95", "retry_rate.provider", "rss_per_slow_reader", "rss_per_connection", "open_files.left")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One load run: on which workload and profile, and what is configured for it (`alone`: nothing beside it)."""

    workload: str = "chat-turns"
    profile: str = "ai-chat"
    load: dict[str, Any] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    leave_out: tuple[str, ...] = NOT_OBSERVED
    backend: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    serve: tuple[str, ...] = ()
    alone: bool = False


TURNS = {"users": 40, "spawn_rate": 40.0, "warm_up": 1.0, "run_time": 8.0, "think_min": 0.1, "think_max": 0.3}
SHORT = {**TURNS, "run_time": 5.0}
SOAK = {
    "users": 110,
    "spawn_rate": 110.0,
    "warm_up": 0.1,
    "run_time": 15.0,
    "stream_time": 4.1,
    "scale": 75.0,
    "think_min": 0.0,
    "think_max": 0.1,
}
BEATS = {**SOAK, "users": 20, "run_time": 5.0}
SOAK_SERVE = ("--heartbeat", "500ms", "--long-turn", "5s")
SOAK_LATER = (*NOT_OBSERVED, "survival_5m", "uptime", "concurrency", "error_rate", "retry_rate.client", "ttft.p95")
PUSHES = {"users": 30, "spawn_rate": 60.0, "warm_up": 1.0, "run_time": 8.0, "publish_interval": 0.15}
PUSH_TARGETS = {"push.max": "< 1s", "push.doubles": "<= 0"}
DROPS = {**TURNS, "users": 20, "run_time": 6.0, "publish_interval": 0.15, "drop_share": 1.0}
DROP_TARGETS = {"resume.missing": "<= 0", "resume.doubles": "<= 0", "resume.reorders": "<= 0"}
PAGES = {**SHORT, "run_time": 7.0, "think_min": 0.5, "think_max": 1.5}
POLLS = {**SHORT, "run_time": 7.0, "poll_interval": 0.3}
FAILING = {"turn_timeout": 1.0}

_TURNS = Case(load=TURNS)
_FAN_OUT = Case(workload="fan-out", profile="agent-stream", load=PUSHES, targets=PUSH_TARGETS)
_AGENT_DROPS = Case(workload="reconnect", profile="agent-stream", load=DROPS, targets=DROP_TARGETS)
_CHAT_DROPS = Case(workload="reconnect", load=DROPS, targets=DROP_TARGETS, serve=("--resume",))
_BEATS = Case(workload="soak", load=BEATS, leave_out=SOAK_LATER, serve=SOAK_SERVE)
_POLLS = Case(workload="polling", profile="hybrid", load=POLLS)
_TOKENS = Case(workload="token-storm", profile="stream-chat", load=PAGES)
_SESSIONS = Case(workload="chatkit-sessions", profile="chatkit", load={**PAGES, "users": 90, "spawn_rate": 90.0})

CASES = {
    "load_first_token_349": Case(load=TURNS, alone=True),
    "load_first_token_351": Case(load=TURNS, alone=True),
    "load_some_fail": Case(load={**TURNS, "run_time": 10.0, "think_min": 0.0, "think_max": 0.1}, alone=True),
    "load_refuses_above_60": Case(
        workload="soak",
        load=SOAK,
        leave_out=(*NOT_OBSERVED, "ttft.p95", "retry_rate.client", "heartbeat.gap.max"),
        serve=SOAK_SERVE,
    ),
    "load_stalls": Case(load={**TURNS, "run_time": 10.0}, leave_out=(*NOT_OBSERVED, "error_rate", "retry_rate.client")),
    "load_never_answers": Case(
        load=SHORT, settings=FAILING, backend={"answer_timeout": 1.0}, leave_out=(*NOT_OBSERVED, "retry_rate.client")
    ),
    "load_no_events": Case(load=SHORT),
    "load_dies": Case(load=SHORT),
    "load_heartbeat_gap_1_4": _BEATS,
    "load_heartbeat_gap_1_6": _BEATS,
    "load_cut_at_two_thirds": Case(
        workload="soak",
        load=SOAK,
        leave_out=(*NOT_OBSERVED, "ttft.p95", "retry_rate.client", "heartbeat.gap.max", "concurrency"),
        serve=SOAK_SERVE,
    ),
    "load_files_left_open": Case(
        workload="client-aborts",
        load={**SHORT, "abort_share": 1.0},
        leave_out=(
            *("memory.p95", "retry_rate.provider", "rss_per_slow_reader"),
            *("ttft.p95", "ttft[memory].p95", "error_rate", "retry_rate.client"),
        ),
    ),
    "load_skipped_once": _FAN_OUT,
    "load_sent_twice": _FAN_OUT,
    "load_late_pushes": _FAN_OUT,
    "load_no_replay": _AGENT_DROPS,
    "load_replays_all": _AGENT_DROPS,
    "load_resume_skips": _CHAT_DROPS,
    "load_resume_repeats": _CHAT_DROPS,
    "load_slow_polls": Case(workload="polling", profile="hybrid", load=POLLS),
    "load_poll_pages": _POLLS,
    "load_slow_tokens": _TOKENS,
    "load_slow_sessions": Case(
        workload="chatkit-sessions",
        profile="chatkit",
        load={**PAGES, "users": 70, "spawn_rate": 70.0, "run_time": 12.0},
    ),
}

CLEAN = {
    "turns": _TURNS,
    "soak": Case(
        workload="soak",
        load=SOAK,
        leave_out=(*NOT_OBSERVED, "retry_rate.client"),
        serve=SOAK_SERVE,
        alone=True,
    ),
    "fan-out": _FAN_OUT,
    "drops": _AGENT_DROPS,
    "drops of turns": _CHAT_DROPS,
    "polls": _POLLS,
    "tokens": _TOKENS,
    "sessions": _SESSIONS,
}


@dataclass(frozen=True)
class Result:
    """What a run left: exit code, run document, and what the faulty backend says that it did."""

    code: int
    run: dict[str, Any]
    facts: list[dict[str, Any]]
    error: str

    def of(self, verdict: str) -> set[str]:
        """The targets of one verdict, without their conditions."""
        return {entry["target"].split(" ")[0] for entry in self.run["targets"] if entry["verdict"] == verdict}


def run_case(case: Case, fault: str, folder: Path) -> Result:
    """Serves the backend, loads it, and asks it what it did."""
    folder.mkdir()
    environment = {**os.environ, "CHATPROOF_SERVE_SECRET": SECRET, "XDG_CACHE_HOME": str(folder)}
    chatproof = [sys.executable, "-P", "-m", "chatproof"]
    asked = ["--port", "0", "--profile", case.profile, "--fault", fault, "--write-config", "served.toml", *case.serve]
    with subprocess.Popen(
        [*chatproof, "serve", *asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=folder,
    ) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().removeprefix("listening on ").strip()
            _write_config(case, folder)
            done = subprocess.run(
                [*chatproof, "load", "--json", "--no-verify", "--strict"],
                capture_output=True,
                text=True,
                env=environment,
                cwd=folder,
                timeout=LONGEST_SECONDS,
                check=False,
            )
            run = (
                json.loads(done.stdout) if done.stdout else {"targets": [], "validity": {"valid": False, "reasons": []}}
            )
            return Result(done.returncode, run, _facts(url, fault), done.stderr)
        finally:
            server.kill()


def _write_config(case: Case, folder: Path) -> None:
    tables = tomllib.loads((folder / "served.toml").read_text())
    (folder / "served.toml").unlink()
    tables["backend"] |= case.backend
    tables["profiles"][case.profile] |= case.settings
    tables["load"] = {"workload": case.workload, **case.load, "leave_out": list(case.leave_out)}
    tables["targets"] = dict(case.targets)
    (folder / "chatproof.toml").write_text(toml_text(tables))


def _facts(url: str, fault: str) -> list[dict[str, Any]]:
    """What the backend did; nothing where it is the clean one, or died."""
    if fault in {"identity", "load_dies"}:
        return []
    with urllib.request.urlopen(f"{url}/chatproof/witness", timeout=10) as answer:  # noqa: S310 - our own server
        facts: list[dict[str, Any]] = json.load(answer)["facts"]
        return facts


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    folder = tmp_path_factory.mktemp("faults")
    wanted = {name: (case, name) for name, case in CASES.items()}
    wanted |= {name: (case, "identity") for name, case in CLEAN.items()}
    found: dict[str, Result] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        beside = {name: one for name, one in wanted.items() if not one[0].alone}
        futures = {
            name: pool.submit(run_case, case, fault, folder / name.replace(" ", "-"))
            for name, (case, fault) in beside.items()
        }
        for name, future in futures.items():
            found[name] = future.result()
    for name, (case, fault) in wanted.items():
        if case.alone:
            found[name] = run_case(case, fault, folder / name.replace(" ", "-"))
    return found


@pytest.mark.parametrize("name", CASES)
def test_fault_turns_exactly_its_targets(name: str, results: dict[str, Result]) -> None:
    result = results[name]
    assert result.of("not_met") == LOAD_FAULTS[name].targets, result.error
    assert result.of("inconclusive") == set(), result.error
    assert result.run["validity"]["valid"], result.run["validity"]["reasons"]
    assert result.code == (1 if LOAD_FAULTS[name].targets else 0)


@pytest.mark.parametrize("name", CLEAN)
def test_clean_backend_meets_all(name: str, results: dict[str, Result]) -> None:
    result = results[name]
    assert result.code == 0, result.error
    assert result.of("met")
    assert result.of("not_met") | result.of("inconclusive") == set()


@pytest.mark.parametrize(("name", "limit_ms"), [("load_first_token_349", 349), ("load_first_token_351", 351)])
def test_boundary_is_that_of_what_the_backend_did(name: str, limit_ms: int, results: dict[str, Result]) -> None:
    result = results[name]
    truth = sorted(
        fact["written_ns"] - fact["received_ns"]
        for fact in result.facts
        if fact["what"] == "first_token" and not fact["memory"]
    )
    true_seconds = truth[math.ceil(0.95 * len(truth)) - 1] / 1e9
    (entry,) = (one for one in result.run["targets"] if one["target"].startswith("ttft.p95"))
    assert limit_ms / 1000 <= true_seconds
    assert (true_seconds < 0.35) is (entry["verdict"] == "met")
    assert entry["value"] >= true_seconds - 0.005


def test_cases_cover_every_load_fault() -> None:
    assert set(CASES) | {"load_memory_grows"} == set(LOAD_FAULTS)
