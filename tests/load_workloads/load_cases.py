"""Load runs of the command, each with the reference backend that it loads: what they are, and one run of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatproof.config.toml_text import toml_text
from chatproof.fixtures.catalogue import SERVED_FAULTS
from chatproof.fixtures.server import Farm
from chatproof.fixtures.serving import Wanted, serving
from support.cores import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["CHATPROOF", "CLEAN", "Case", "Result", "run_case"]

CHATPROOF = (sys.executable, "-P", "-m", "chatproof")
CLEAN = "identity"
_SECRET = "canary-secret-with-at-least-32-bytes-in-it"
_VARIABLE = "CHATPROOF_SERVE_SECRET"
_NOT_OBSERVED = ("memory.p95", "retry_rate.provider", "rss_per_slow_reader", "rss_per_connection", "open_files.left")
_LONGEST_SECONDS = 90
_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    One load run: its workload and profile, and what is configured for it.

    `leave_out` names what so short a run cannot decide. `process`: the backend is a process of its own, and `observed`
    so is what that holds. `alone`: no other run of this module is to take its cores.
    """

    workload: str = "chat-turns"
    profile: str = "ai-chat"
    load: Mapping[str, Any] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    heartbeat_seconds: float = 1.0
    long_seconds: float = 0.0
    resume: bool = False
    process: bool = False
    observed: bool = False
    alone: bool = False


@dataclass(frozen=True)
class Result:
    """What a run left: its exit code and document, what it printed, and what the backend says that it did."""

    code: int
    run: Mapping[str, Any]
    facts: list[Mapping[str, Any]]
    said: str

    def of(self, verdict: str) -> set[str]:
        """The targets of one verdict, without their conditions."""
        return {entry["target"].split(" ")[0] for entry in self.run.get("targets", ()) if entry["verdict"] == verdict}

    def word(self, target: str) -> str:
        """The verdict of one target."""
        (found,) = (entry["verdict"] for entry in self.run["targets"] if entry["target"].split(" ")[0] == target)
        return str(found)

    @property
    def valid(self) -> bool:
        """Whether the run may be judged."""
        return bool(self.run.get("validity", {}).get("valid"))

    def __str__(self) -> str:
        told = [f"{entry['verdict']}: {entry['target']} ({entry['reason']})" for entry in self.run.get("targets", ())]
        return "\n".join([self.said, *told, *self.run.get("validity", {}).get("reasons", ())])


def run_case(case: Case, fault: str, folder: Path, *, as_meant: Callable[[Result], bool]) -> Result:
    """
    Loads a new backend that has the fault, in a folder of its own.

    A run that is not valid, or not `as_meant`, is repeated, twice at most, with the machine for itself: what is wrong
    stays wrong, and where others needed the machine the generator and the backend now have the time that they need.
    """
    for number in range(_TRIES):
        with cores(folder, alone=case.alone or number > 0):
            result = _once(case, fault, folder / f"{fault}-{number}")
        if not result.run or (result.valid and as_meant(result)):
            break
    return result


def _once(case: Case, fault: str, folder: Path) -> Result:
    folder.mkdir()
    environment = {**os.environ, _VARIABLE: _SECRET, "XDG_CACHE_HOME": str(folder)}
    backend = _process if case.process or case.observed else _in_this_process
    with backend(case, fault, folder, environment) as (url, tables):
        _configure(case, tables, folder)
        done = subprocess.run(
            [*CHATPROOF, "load", "--json", "--no-verify"],
            capture_output=True,
            text=True,
            env=environment,
            cwd=folder,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
        run = json.loads(done.stdout) if done.stdout else {}
        return Result(done.returncode, run, _facts(url, fault), done.stderr)


@contextmanager
def _in_this_process(
    case: Case, fault: str, _folder: Path, _environment: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    wanted = Wanted(
        profiles=(case.profile,),
        secret=_SECRET,
        heartbeat_seconds=case.heartbeat_seconds,
        environment="development",
        resume=case.resume,
        long_seconds=case.long_seconds,
    )
    with Farm() as farm:
        served = serving(farm, wanted, SERVED_FAULTS[fault], {})
        yield served.url, served.config


@contextmanager
def _process(
    case: Case, fault: str, folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    path = folder / "served.toml"
    asked = ["--port", "0", "--profile", case.profile, "--fault", fault, "--write-config", path.name]
    with subprocess.Popen(
        [*CHATPROOF, "serve", *asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=folder,
    ) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().removeprefix("listening on ").strip()
            yield url, tomllib.loads(path.read_text())
        finally:
            server.kill()


def _configure(case: Case, tables: Mapping[str, Any], folder: Path) -> None:
    """Writes the configuration, with the name of a variable in the place of the secret."""
    profiles = {case.profile: {**tables["profiles"][case.profile], **case.settings}}
    out = [name for name in _NOT_OBSERVED if not (case.observed and name == "open_files.left")]
    changed = {
        "auth": {**tables["auth"], "secret": f"${{{_VARIABLE}}}"},
        "profiles": profiles,
        "load": {"workload": case.workload, **case.load, "leave_out": [*out, *case.leave_out]},
        "targets": dict(case.targets),
    }
    if not case.observed:
        tables = {name: table for name, table in tables.items() if name != "observe"}
    (folder / "chatproof.toml").write_text(toml_text({**tables, **changed}))


def _facts(url: str, fault: str) -> list[Mapping[str, Any]]:
    """What the backend did; nothing where it is the clean one, or has died."""
    if fault in {CLEAN, "load_dies"}:
        return []
    with urllib.request.urlopen(f"{url}/chatproof/witness", timeout=10) as answer:  # noqa: S310 - our own server
        return list(json.load(answer)["facts"])
