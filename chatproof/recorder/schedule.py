"""Runs the scenarios of a plan against a backend, each once, and collects their recordings."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from chatproof.failure import NotClaimed, NotTestable
from chatproof.gate import gate
from chatproof.recorder.events import ControlJudged, ScenarioFinished, ScenarioStarted
from chatproof.recorder.pace import Pace
from chatproof.recorder.plan import plan
from chatproof.recorder.session import Session
from chatproof.recorder.shared import Shared
from chatproof.recording import Recording
from chatproof.redaction import Redactor
from chatproof.surroundings import Surroundings
from chatproof.tokens import Tokens
from chatproof.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from chatproof.config import Config
    from chatproof.recorder.events import Event
    from chatproof.recorder.plan import Plan, Planned
    from chatproof.scenario import Scenario, ScenarioSet

__all__ = ["OUT_OF_TIME", "Job", "Recordings", "record", "record_async", "record_profiles"]

OUT_OF_TIME = "not finished within --max-time"
_INTERRUPTED = "interrupted"


@dataclass(slots=True)
class Recordings:
    """
    What was recorded, by scenario, and what went wrong with chatproof itself.

    It fills up as scenarios end; after an interruption it holds every scenario that was to be run.
    """

    recordings: dict[str, Recording] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One profile to be recorded: its scenarios, the names of those that are needed, and where recordings go."""

    scenario_set: ScenarioSet
    needed: Collection[str]
    into: dict[str, Recording] = field(default_factory=dict)


def record(scenario_set: ScenarioSet, needed: Collection[str], config: Config, **options: Any) -> Recordings:
    """
    Records one profile, for callers without an event loop; `into` and the options of `record_profiles` are taken.

    On Ctrl-C it raises KeyboardInterrupt, and `into` holds what was recorded until then.
    """
    return asyncio.run(record_async(scenario_set, needed, config, **options))


async def record_async(
    scenario_set: ScenarioSet,
    needed: Collection[str],
    config: Config,
    *,
    into: dict[str, Recording] | None = None,
    **options: Any,
) -> Recordings:
    """The needed scenarios of one profile, and its control scenario before them; see `record_profiles`."""
    job = Job(scenario_set=scenario_set, needed=needed, into={} if into is None else into)
    return Recordings(job.into, await record_profiles([job], config, **options))


async def record_profiles(
    jobs: Sequence[Job],
    config: Config,
    *,
    slow: bool = False,
    fuzz_examples: int = 100,
    max_seconds: float | None = None,
    listener: Callable[[Event], None] = lambda _event: None,
    redactor: Redactor | None = None,
    surroundings: Surroundings | None = None,
) -> list[str]:
    """
    Records the profiles of one backend, first their controls.

    Every needed scenario has a recording in the end: run, not claimed, or not testable with the reason. A
    scenario that breaks is one of the errors that are returned, never a verdict on the backend. The jobs receive the
    recordings as they come. Raises ConfigError where the credential cannot be had; nothing was sent then.
    """
    errors: list[str] = []
    planned = [
        (job, plan(job.scenario_set, job.needed, config, slow=slow, fuzz_examples=fuzz_examples)) for job in jobs
    ]
    for job, the_plan in planned:
        for left in the_plan.left_out:
            job.into[left.scenario] = Recording(
                scenario=left.scenario, profile=the_plan.profile, not_claimed=left.reason, declare=left.declare
            )
    if not any(the_plan.scenarios for _job, the_plan in planned):
        return errors
    known = redactor or Redactor.of(config)
    tokens = Tokens(config.auth, known)
    await anyio.to_thread.run_sync(tokens.prepare, abandon_on_cancel=True)
    common = Shared(
        config=config,
        profile="",
        wire=Wire(config.backend),
        pace=Pace(config.backend),
        tokens=tokens,
        redactor=known,
        fuzz_examples=fuzz_examples,
        listener=listener,
        surroundings=surroundings or Surroundings(),
    )
    runs = [_Run(replace(common, profile=the_plan.profile), the_plan, job, errors) for job, the_plan in planned]
    finished = False
    try:
        with anyio.move_on_after(max_seconds) as limit:
            await _all(runs)
        finished = not limit.cancelled_caught
    except BaseException:
        for run in runs:
            run.close(_INTERRUPTED)
        raise
    if not finished:
        for run in runs:
            run.close(OUT_OF_TIME)
    return errors


async def _all(runs: Sequence[_Run]) -> None:
    """
    The controls, then one profile after another; what uses instances of its own goes on beside it.

    One at a time, since what is measured must not be disturbed by ourselves. What runs alone may change the upstream
    that instances ask, too, and waits for those of its profile. After a control that did not work the other scenarios
    of its profile are not testable.
    """
    working = [run for run in runs if await run.control()]
    async with anyio.create_task_group() as background:
        for run in working:
            background.start_soon(run.beside)
        for run in working:
            await run.side_by_side(run.plan.together)
            await run.beside_over.wait()
            await run.one_by_one(run.plan.alone)
    for run in working:
        await run.one_by_one(run.plan.last)


class _Run:
    """One plan on its way."""

    def __init__(self, shared: Shared, the_plan: Plan, job: Job, errors: list[str]) -> None:
        self.plan = the_plan
        self._scenario_set = job.scenario_set
        self._shared = shared
        self._done = job.into
        self._errors = errors
        self.beside_over = anyio.Event()
        self._index = 0
        self._cut: dict[str, Session] = {}

    async def control(self) -> bool:
        """Whether the control scenario worked, or there is none."""
        if self.plan.control is None:
            return True
        name = self.plan.control.scenario.name
        await self._one(self.plan.control.scenario)
        judged = gate(self._done[name], self._scenario_set)
        self._shared.listener(
            ControlJudged(profile=self.plan.profile, open=judged.open, reason=judged.reason, hint=judged.hint)
        )
        if not judged.open:
            self.close(judged.reason)
        return judged.open

    async def side_by_side(self, entries: Sequence[Planned]) -> None:
        """Runs scenarios of the plan at once."""
        async with anyio.create_task_group() as tasks:
            for planned in entries:
                tasks.start_soon(self._one, planned.scenario)

    async def beside(self) -> None:
        """Runs those that use instances of their own."""
        await self.side_by_side(self.plan.beside)
        self.beside_over.set()

    async def one_by_one(self, entries: Sequence[Planned]) -> None:
        """Runs scenarios of the plan one after another."""
        for planned in entries:
            await self._one(planned.scenario)

    def close(self, reason: str) -> None:
        """Every scenario without a recording becomes not testable; what was cut short keeps its exchanges."""
        for planned in self.plan.scenarios:
            name = planned.scenario.name
            if name in self._cut:
                session = self._cut.pop(name)
                session.not_testable(reason)
                self._done[name] = session.recording()
            elif name not in self._done:
                self._done[name] = Recording(scenario=name, profile=self.plan.profile, not_testable=reason)

    async def _one(self, scenario: Scenario) -> None:
        self._index += 1
        profile = self.plan.profile
        self._shared.listener(
            ScenarioStarted(profile=profile, scenario=scenario.name, index=self._index, of=len(self.plan.scenarios))
        )
        session = Session(scenario.name, self._shared)
        self._cut[scenario.name] = session
        try:
            await scenario.run(session)
        except NotClaimed as absence:
            session.not_claimed(absence.reason, declare=absence.declare)
        except NotTestable as absence:
            session.not_testable(absence.missing)
        except Exception as error:  # noqa: BLE001 - whatever a scenario raises is ours, and must not end the run
            self._broken(session, scenario.name, error)
        del self._cut[scenario.name]
        recording = session.recording()
        self._done[scenario.name] = recording
        self._shared.listener(
            ScenarioFinished(
                profile=profile,
                scenario=scenario.name,
                seconds=recording.seconds,
                exchanges=len(recording.exchanges),
                note=recording.not_claimed or recording.not_testable,
            )
        )

    def _broken(self, session: Session, name: str, error: Exception) -> None:
        """Notes what a scenario raised; an absence that a task of its own told is no defect of ours."""
        missing = next((leaf.missing for leaf in _leaves(error) if isinstance(leaf, NotTestable)), "")
        if missing and all(isinstance(leaf, NotTestable) for leaf in _leaves(error)):
            session.not_testable(missing)
            return
        said = self._shared.redactor.scrub(_last_line(error))
        session.not_testable(f"chatproof failed in scenario {name}: {said}")
        self._errors.append(f"scenario {self.plan.profile}/{name}: {said}")


def _leaves(error: BaseException) -> list[BaseException]:
    """The errors of a group and of the groups in it; of another error, that alone."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for member in error.exceptions for leaf in _leaves(member)]


def _last_line(error: BaseException) -> str:
    """The error in one line, with the place that raised it; of a group the first member."""
    error = _leaves(error)[0]
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}".replace("\n", " ")
