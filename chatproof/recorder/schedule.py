"""Runs the scenarios of a plan against a backend, each once, and collects their recordings."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

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
    from collections.abc import Callable, Collection

    from chatproof.config import Config
    from chatproof.recorder.events import Event
    from chatproof.recorder.plan import Plan, Planned
    from chatproof.scenario import Scenario, ScenarioSet

__all__ = ["OUT_OF_TIME", "Recordings", "record", "record_async"]

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


def record(
    scenario_set: ScenarioSet,
    needed: Collection[str],
    config: Config,
    *,
    slow: bool = False,
    fuzz_examples: int = 100,
    max_seconds: float | None = None,
    listener: Callable[[Event], None] = lambda _event: None,
    into: dict[str, Recording] | None = None,
    redactor: Redactor | None = None,
    surroundings: Surroundings | None = None,
) -> Recordings:
    """
    As `record_async`, for callers without an event loop.

    On Ctrl-C it raises KeyboardInterrupt, and `into` holds what was recorded until then.
    """
    return asyncio.run(
        record_async(
            scenario_set,
            needed,
            config,
            slow=slow,
            fuzz_examples=fuzz_examples,
            max_seconds=max_seconds,
            listener=listener,
            into=into,
            redactor=redactor,
            surroundings=surroundings,
        )
    )


async def record_async(
    scenario_set: ScenarioSet,
    needed: Collection[str],
    config: Config,
    *,
    slow: bool = False,
    fuzz_examples: int = 100,
    max_seconds: float | None = None,
    listener: Callable[[Event], None] = lambda _event: None,
    into: dict[str, Recording] | None = None,
    redactor: Redactor | None = None,
    surroundings: Surroundings | None = None,
) -> Recordings:
    """
    Records the needed scenarios of one profile, and its control scenario before them.

    Every needed scenario has a recording in the end: run, not claimed, or not testable with the reason. A
    scenario that breaks is one of `errors`, never a verdict on the backend. `into` receives the recordings as
    they come. Raises ConfigError where the credential cannot be had; nothing was sent then.
    """
    done = Recordings({} if into is None else into)
    the_plan = plan(scenario_set, needed, config, slow=slow, fuzz_examples=fuzz_examples)
    for left in the_plan.left_out:
        done.recordings[left.scenario] = Recording(
            scenario=left.scenario, profile=the_plan.profile, not_claimed=left.reason, declare=left.declare
        )
    if not the_plan.scenarios:
        return done
    known = redactor or Redactor.of(config)
    tokens = Tokens(config.auth, known)
    await anyio.to_thread.run_sync(tokens.prepare, abandon_on_cancel=True)
    shared = Shared(
        config=config,
        profile=the_plan.profile,
        wire=Wire(config.backend),
        pace=Pace(config.backend),
        tokens=tokens,
        redactor=known,
        fuzz_examples=fuzz_examples,
        listener=listener,
        surroundings=surroundings or Surroundings(),
    )
    run = _Run(shared, the_plan, done, scenario_set)
    finished = False
    try:
        with anyio.move_on_after(max_seconds) as limit:
            await run.all()
        finished = not limit.cancelled_caught
    except BaseException:
        run.close(_INTERRUPTED)
        raise
    if not finished:
        run.close(OUT_OF_TIME)
    return done


class _Run:
    """One plan on its way."""

    def __init__(self, shared: Shared, the_plan: Plan, done: Recordings, scenario_set: ScenarioSet) -> None:
        self._scenario_set = scenario_set
        self._shared = shared
        self._plan = the_plan
        self._done = done
        self._index = 0
        self._cut: dict[str, Session] = {}

    async def all(self) -> None:
        """The four steps; after a control turn that did not work the others are not testable."""
        the_plan = self._plan
        if the_plan.control is not None and not await self._control(the_plan.control):
            return
        async with anyio.create_task_group() as tasks:
            for planned in the_plan.together:
                tasks.start_soon(self._one, planned.scenario)
        for planned in (*the_plan.alone, *the_plan.last):
            await self._one(planned.scenario)

    async def _control(self, planned: Planned) -> bool:
        name = planned.scenario.name
        await self._one(planned.scenario)
        judged = gate(self._done.recordings[name], self._scenario_set)
        self._shared.listener(
            ControlJudged(profile=self._plan.profile, open=judged.open, reason=judged.reason, hint=judged.hint)
        )
        if not judged.open:
            self.close(judged.reason)
        return judged.open

    def close(self, reason: str) -> None:
        """Every scenario without a recording becomes not testable; what was cut short keeps its exchanges."""
        for planned in self._plan.scenarios:
            name = planned.scenario.name
            if name in self._cut:
                session = self._cut.pop(name)
                session.not_testable(reason)
                self._done.recordings[name] = session.recording()
            elif name not in self._done.recordings:
                self._done.recordings[name] = Recording(scenario=name, profile=self._plan.profile, not_testable=reason)

    async def _one(self, scenario: Scenario) -> None:
        self._index += 1
        profile = self._plan.profile
        self._shared.listener(
            ScenarioStarted(profile=profile, scenario=scenario.name, index=self._index, of=len(self._plan.scenarios))
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
        self._done.recordings[scenario.name] = recording
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
        self._done.errors.append(f"scenario {self._plan.profile}/{name}: {said}")


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
