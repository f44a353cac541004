"""A load from the first request to the exit code."""

from __future__ import annotations

import secrets
import shutil
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from chatproof.cli.finish import tell
from chatproof.cli.load_progress import load_progress
from chatproof.cli.proof_before_load import proof_before_load
from chatproof.exit_code import ExitCode
from chatproof.load_run.document import load_document
from chatproof.load_run.early import Early
from chatproof.load_run.generator import generate
from chatproof.load_run.interrupts import counted_interrupts
from chatproof.load_run.observe import Observer, observes
from chatproof.load_run.probe import trouble_with, wait_for
from chatproof.load_run.run import LoadRun, run_load
from chatproof.load_run.tally import Tally
from chatproof.redaction import Redactor
from chatproof.samples.collected import Collected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from chatproof.cli.finish import Talk
    from chatproof.cli.target import Aim
    from chatproof.config.load_keys import Observe
    from chatproof.load_plan import Plan
    from chatproof.run import Run
    from chatproof.targets import Target

__all__ = ["Loading", "Measured", "lead", "measured", "work"]

SAMPLES_FILE = "samples.jsonl.gz"
LOCUST_FILE = "locust.html"
_START_SECONDS = 60.0
_LAST_LINES = 12
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """One `chatproof load`: what it is aimed at, its plan and targets, and how it was asked for."""

    aim: Aim
    plan: Plan
    targets: tuple[Target, ...]
    talk: Talk
    heartbeat_seconds: float | None = None
    strict: bool = False
    abort_on_fail: bool = False
    max_seconds: float | None = None
    wait_seconds: float | None = None
    verify: bool = True
    distribution: tuple[str, ...] = ()
    master: str = ""

    @property
    def observe(self) -> Observe:
        """What is observed: the process that we started, where nothing else is declared."""
        declared = self.aim.config.observe
        if declared.pid is None and not declared.metrics_url:
            return replace(declared, pid=self.aim.surroundings.pid)
        return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """
    A load that has been judged.

    `document` is None where it was ended at once: then there shall be no report. `move` puts the samples, and
    Locust's own page, into the folder of the report.
    """

    document: Run | None
    move: Callable[[Path], None]


def lead(loading: Loading) -> ExitCode:
    """Sends the load, judges it, writes and tells the report."""
    with measured(loading) as found:
        if found.document is None:
            return ExitCode.INTERRUPTED
        return tell(found.document, folder=loading.aim.folder, talk=loading.talk, beside=found.move)


@contextmanager
def measured(loading: Loading) -> Iterator[Measured]:
    """Sends the load and judges it; samples that were not moved when the block ends are kept, and named."""
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    began = time.monotonic()
    folder = loading.aim.folder / f"load-unfinished-{secrets.token_hex(4)}"
    proof: Mapping[str, Any] | None = None
    trouble = _unreachable(loading)
    if trouble:
        run = LoadRun(collected=Collected(), tally=Tally(), samples=None, absent=trouble)
    else:
        proof, interrupted = proof_before_load(loading.talk.say, wanted=loading.verify)
        if interrupted:
            run = LoadRun(collected=Collected(), tally=Tally(), samples=None, interrupted=True)
        else:
            run = _loaded(loading, folder, proof=proof)
    if run.killed:
        kept = f"; the samples so far are in {run.samples}" if run.samples is not None else ""
        click.echo(f"the load was ended at once, and is not in a report{kept}", err=True)
        yield Measured(document=None, move=lambda _into: None)
        return
    try:
        document = _judged(loading, run, folder, proof=proof, started_at=started_at, began=began)
        yield Measured(document=document, move=lambda into: _move(folder, into))
    finally:
        _tidy(folder, run)


def _judged(
    loading: Loading, run: LoadRun, folder: Path, *, proof: Mapping[str, Any] | None, started_at: str, began: float
) -> Run:
    """The run document of what was measured."""
    absent = f"There was no load: {run.absent}. {_hint(loading)}."
    document = load_document(
        run.collected,
        plan=loading.plan,
        config=loading.aim.config,
        targets=loading.targets,
        proof=proof,
        started_at=started_at,
        duration_seconds=round(time.monotonic() - began, 3),
        interrupted=run.interrupted,
        crash=run.crash,
        strict=loading.strict,
        notes=(*run.notes, *([absent] if run.absent else _all_unauthorized(loading, run))),
    )
    return _explained(document, run, loading, folder)


def work(loading: Loading) -> ExitCode:
    """Works for a master elsewhere until that ends it; the master writes the report."""
    loading.talk.say(f"working for the master at {loading.master}; its report will hold what is measured here")
    with counted_interrupts() as interrupts:
        done = generate(
            loading.plan,
            config_source=loading.aim.source,
            on_line=lambda _line: None,
            stop=interrupts.stop,
            extra_arguments=loading.distribution,
            role="worker",
        )
        if interrupts.count:
            return ExitCode.INTERRUPTED
    if done.reason:
        words = "".join(f"\n  {line}" for line in _scrubbed(loading, done.tail)[-_LAST_LINES:])
        click.echo(f"error: the load generator failed: {done.reason}{words}", err=True)
        click.echo("hint: is the master running, and can it be reached from here?", err=True)
        return ExitCode.CRASHED
    return ExitCode.MET


def _unreachable(loading: Loading) -> str:
    """Why the backend cannot be loaded; empty where it answers."""
    backend = loading.aim.config.backend
    if loading.wait_seconds:
        return wait_for(backend, loading.wait_seconds)
    return trouble_with(backend)


def _all_unauthorized(loading: Loading, run: LoadRun) -> list[str]:
    """A note where the backend let nobody in: what was loaded then is its refusal."""
    statuses = {entry.status for entry in run.collected.samples if not entry.censored}
    if statuses != {_UNAUTHORIZED}:
        return []
    if loading.aim.config.auth.scheme == "none":
        return [
            "Every request was answered with 401, and no credential was sent: set CHATPROOF_TOKEN, or write [auth]."
        ]
    return ["Every request was answered with 401: check the credential under [auth], such as its secret and claims."]


def _loaded(loading: Loading, folder: Path, *, proof: Mapping[str, Any] | None) -> LoadRun:
    """The load itself."""
    plan, early = loading.plan, None
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if loading.abort_on_fail:
        early = Early(loading.targets, plan, heartbeat_seconds=loading.heartbeat_seconds, proof=proof)
    with ExitStack() as stack:
        observer = None
        if observes(loading.observe):
            observer = stack.enter_context(Observer(loading.observe, ca_file=loading.aim.config.backend.ca_file))
        progress = stack.enter_context(
            load_progress(loading.talk.say, plan, quiet=loading.talk.quiet, colour=loading.talk.coloured)
        )
        return run_load(
            plan,
            config=loading.aim.config,
            config_source=loading.aim.source,
            samples=folder / SAMPLES_FILE,
            early=early,
            max_seconds=loading.max_seconds,
            extra_arguments=loading.distribution,
            page=folder / LOCUST_FILE,
            start_seconds=_START_SECONDS + (loading.wait_seconds or _START_SECONDS if loading.distribution else 0.0),
            observer=observer,
            progress=progress,
        )


def _explained(document: Run, run: LoadRun, loading: Loading, folder: Path) -> Run:
    """The document, with the names of the files beside it, and with why there was no load at all."""
    facts = document.load
    if facts is not None:
        samples = SAMPLES_FILE if run.samples is not None else ""
        locust = LOCUST_FILE if (folder / LOCUST_FILE).is_file() else ""
        facts = replace(facts, samples_file=samples, locust_file=locust)
    document = replace(document, load=facts)
    if not run.absent or document.exit_code == ExitCode.INTERRUPTED:
        return document
    gate = {loading.plan.profile: {"reason": run.absent, "hint": _hint(loading)}}
    return replace(document, gate=gate, exit_code=int(ExitCode.NO_VERDICT), exit_reason=run.absent)


def _hint(loading: Loading) -> str:
    """What to do where there was no load."""
    if loading.distribution:
        return "Start the workers first or at the same time; they must reach the port of the master"
    return "Start the backend first, or give it time with --wait 30; check the URL"


def _move(folder: Path, into: Path) -> None:
    """Puts the samples and Locust's own page beside the run document."""
    for name in (SAMPLES_FILE, LOCUST_FILE):
        if (folder / name).is_file():
            (folder / name).rename(into / name)


def _tidy(folder: Path, run: LoadRun) -> None:
    """Removes the folder of the unfinished run, unless it holds samples that reached no report."""
    if (folder / SAMPLES_FILE).is_file():
        click.echo(f"the samples are in {run.samples}", err=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _scrubbed(loading: Loading, lines: tuple[str, ...]) -> list[str]:
    scrub = Redactor.of(loading.aim.config).scrub
    return [scrub(line) for line in lines]
