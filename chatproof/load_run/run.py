"""One load from its first to its last record: generated, collected, kept on disk, ended early where that is asked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from chatproof.load_run.generator import generate
from chatproof.load_run.interrupts import counted_interrupts
from chatproof.load_run.tally import Tally
from chatproof.redaction import Redactor
from chatproof.samples.codec import decode, encode
from chatproof.samples.collected import Collected
from chatproof.samples.file import SampleFileError, SampleWriter
from chatproof.samples.records import Mark, Start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from chatproof.config import Config
    from chatproof.load_plan import Plan
    from chatproof.load_run.early import Early
    from chatproof.load_run.interrupts import Interrupts
    from chatproof.load_run.observe import Observer
    from chatproof.load_run.supervision import Generated
    from chatproof.samples.records import Record

__all__ = ["LoadRun", "run_load"]

_TOLD_LINES = 12
_READINGS_BEFORE = 2
_READINGS_AFTER = 4
_OBSERVED_SECONDS = 5.0
_TABLE = "Type     Name "
_NO_WORKERS = "Gave up waiting for workers"


@dataclass(slots=True, kw_only=True)
class LoadRun:
    """
    What a load has left behind.

    `samples` is the file with its records, None where none could be kept. `crash` is why the generator failed,
    `absent` why there was no load at all though nothing of ours failed. `notes` are sentences for the report. `killed`
    says that it was ended at once, `ending` that it was asked to end, `ended_early` why we asked.
    """

    collected: Collected
    tally: Tally
    samples: Path | None
    generated: Generated | None = None
    crash: str = ""
    absent: str = ""
    notes: list[str] = field(default_factory=list)
    ending: bool = False
    interrupted: bool = False
    killed: bool = False
    ended_early: str = ""
    seconds: float = 0.0
    started_at_ns: int = 0
    unreadable: int = 0


def run_load(
    plan: Plan,
    *,
    config: Config,
    config_source: Mapping[str, Any],
    samples: Path,
    early: Early | None = None,
    max_seconds: float | None = None,
    extra_arguments: Sequence[str] = (),
    page: Path | None = None,
    start_seconds: float = 60.0,
    observer: Observer | None = None,
    progress: Callable[[LoadRun], None] = lambda _run: None,
) -> LoadRun:
    """
    Runs a plan to its end, and writes its records to `samples` as they come.

    `page` is where Locust's own page goes. `progress` is called some times a second. `early` ends the run at the first
    target that is surely not met, `max_seconds` after that time. `observer` watches the backend, also before and for a
    while after the load. Ctrl-C ends the run in order, a second one at once: then the samples so far are kept.
    """
    run = LoadRun(collected=Collected(), tally=Tally(), samples=samples)
    began = time.monotonic()
    with counted_interrupts() as interrupts, _Keeper(run, samples) as keeper:

        def tick() -> None:
            if not interrupts.stop.is_set():
                _end_early(run, interrupts, early=early, over=max_seconds, seconds=time.monotonic() - began)
            run.ending = interrupts.stop.is_set()
            progress(run)

        if observer is not None:
            observer.wait_for_readings(_READINGS_BEFORE, seconds=_OBSERVED_SECONDS)
            observer.phase = "load"
        try:
            run.generated = generate(
                plan,
                config_source=config_source,
                on_line=keeper.take,
                stop=interrupts.stop,
                extra_arguments=extra_arguments,
                page=page,
                tick=tick,
                start_seconds=start_seconds,
            )
        except KeyboardInterrupt:
            run.killed = True
        run.interrupted = interrupts.count > 0 or run.killed
        run.seconds = time.monotonic() - began
        if run.interrupted:
            keeper.mark("interrupted", detail="ended at once" if run.killed else "ended by Ctrl-C or SIGTERM")
        elif run.ended_early:
            keeper.mark("stop", detail=f"the load was ended early: {run.ended_early}")
        if early is not None and early.trouble:
            run.notes.append(f"Targets were not judged early any more: {early.trouble}.")
        if observer is not None:
            _take_readings(run, keeper, observer)
    _tell_end(run, Redactor.of(config).scrub)
    return run


def _end_early(
    run: LoadRun, interrupts: Interrupts, *, early: Early | None, over: float | None, seconds: float
) -> None:
    """Asks the load to end where a target is surely not met, or its time is over."""
    if early is not None and (broken := early.broken(run.collected)) is not None:
        run.ended_early = f"{broken.target} is surely not met"
    elif over is not None and seconds > over:
        run.ended_early = f"--max-time allows {over:g} s"
    if run.ended_early:
        run.notes.append(f"The load was ended early: {run.ended_early}.")
        interrupts.stop.set()


def _take_readings(run: LoadRun, keeper: _Keeper, observer: Observer) -> None:
    """Looks on for a moment, to see what the backend gives back, and puts all readings beside the samples."""
    observer.phase = "after"
    if not run.interrupted:
        observer.wait_for_readings(_READINGS_AFTER, seconds=_OBSERVED_SECONDS)
    for record in observer.records(run.started_at_ns):
        keeper.add(record)
    if observer.trouble:
        run.notes.append(f"The backend could not be observed all the time: {observer.trouble}.")


def _tell_end(run: LoadRun, scrub: Callable[[str], str]) -> None:
    """Puts how the generator ended into words; what it printed may hold anything, and is scrubbed."""
    ended = run.generated
    if ended is None:
        return
    tail = [scrub(line) for line in _before_the_table(ended.tail)]
    if ended.reason and any(_NO_WORKERS in line for line in tail):
        run.absent = "not all workers have connected"
    elif ended.reason:
        words = ("; its last words:\n" + "\n".join(f"  {line}" for line in tail[-_TOLD_LINES:])) if tail else ""
        run.crash = f"the load generator failed: {ended.reason}{words}"
    elif not ended.stopped and any(line.startswith("Traceback") for line in tail):
        run.notes.append(f"The load generator printed a traceback that ends in: {tail[-1]}")
    lost = ended.too_long + run.unreadable
    if lost:
        run.notes.append(f"{lost} records could not be read and are missing.")


def _before_the_table(lines: Sequence[str]) -> Sequence[str]:
    """What Locust said before its own statistics, which it prints at every end."""
    at = next((number for number, line in enumerate(lines) if line.startswith(_TABLE)), len(lines))
    return lines[:at]


class _Keeper:
    """Takes lines: into memory, into the tally, and onto the disk for as long as there is room."""

    def __init__(self, run: LoadRun, path: Path) -> None:
        self._run = run
        self._writer: SampleWriter | None = None
        self._path = path

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = SampleWriter(self._path)
        except (OSError, SampleFileError) as error:
            self._give_up(error)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._writer is not None:
            try:
                self._writer.close()
            except SampleFileError as error:
                self._give_up(error)

    def take(self, line: str) -> None:
        """One line of the generator."""
        try:
            record = decode(line)
        except (ValueError, TypeError, KeyError):
            self._run.unreadable += 1
            return
        if isinstance(record, Start) and not self._run.started_at_ns:
            self._run.started_at_ns = int(record.plan.get("started_at_ns") or 0)
        self._run.collected.add(record)
        self._run.tally.add(record)
        self._write(line)

    def mark(self, what: str, *, detail: str) -> None:
        """Something that we did to the run."""
        started = self._run.started_at_ns
        self.add(Mark(what=what, at_ns=max(0, time.time_ns() - started) if started else 0, detail=detail))

    def add(self, record: Record) -> None:
        """A record of our own."""
        self._run.collected.add(record)
        self._write(encode(record))

    def _write(self, line: str) -> None:
        if self._writer is None:
            return
        try:
            self._writer.write((line,))
        except SampleFileError as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """What cannot be written is still judged; a file that was begun is readable as far as it goes."""
        self._writer = None
        if not self._path.is_file() or not self._path.stat().st_size:
            self._run.samples = None
        which = "not kept" if self._run.samples is None else "not all kept"
        said = getattr(error, "strerror", None) or str(error)
        self._run.notes.append(f"The samples are {which}: {said}. The verdicts are over all of them all the same.")
