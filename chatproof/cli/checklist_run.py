"""A checklist from its first request to its exit code."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chatproof.checking import Check, Options
from chatproof.checklist.acceptance import Basis, refusal
from chatproof.checklist.facts import Given, checklist_of, sorted_out
from chatproof.checklist.verdicts import waivers_of, worst_verdicts
from chatproof.checklist.whole import whole_run
from chatproof.cli.checklist_evidence import keep_evidence
from chatproof.cli.finish import tell
from chatproof.cli.judged import judge_with_pytest
from chatproof.cli.load_words import plan_in_words, seconds_of
from chatproof.cli.loading_run import Loading, measured
from chatproof.document import document
from chatproof.exit_code import ExitCode, checklist_code
from chatproof.loading import load
from chatproof.process import wait_until_answers
from chatproof.workloads import heartbeat_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chatproof.catalogue import Catalogue
    from chatproof.checklist.definition import BoxDefinition
    from chatproof.checklist.loads import OwnLoad
    from chatproof.cli.finish import Talk
    from chatproof.cli.loading_run import Measured
    from chatproof.cli.target import Aim
    from chatproof.load_plan import Plan
    from chatproof.run import Run

__all__ = ["Walk", "walk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One `chatproof checklist`: its boxes, what it sends for them, and the runs that it was given."""

    aim: Aim
    talk: Talk
    known: Catalogue
    definitions: tuple[BoxDefinition, ...]
    left_out: tuple[tuple[str, str], ...]
    loads: tuple[OwnLoad, ...]
    unable: Mapping[str, str]
    given: tuple[Given, ...] = ()
    moved: Mapping[str, Path] = field(default_factory=dict)
    """Evidence that lies where this report will: the folder that takes it, and where it lies now."""
    strict: bool = False
    full: bool = False
    wait_seconds: float | None = None
    max_seconds: float | None = None


@dataclass(slots=True)
class _Own:
    """The runs that the checklist made, and what lies beside each of its loads."""

    check: Run
    saved: Check
    loads: list[tuple[str, Measured]] = field(default_factory=list)
    unable: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def documents(self) -> list[tuple[str, Run]]:
        """The documents of its loads, by the name of their workload."""
        return [(name, found.document) for name, found in self.loads if found.document is not None]


def walk(asked: Walk) -> ExitCode:
    """Checks, sends the loads, judges every box, writes and tells the report."""
    phases = 1 + len(asked.loads)
    _announce(asked)
    with ExitStack() as stack:
        asked.talk.say(f"phase 1 of {phases}: check")
        own = _checked(asked)
        own.unable |= asked.unable
        with suppress(KeyboardInterrupt):
            own.interrupted = True
            _load_all(asked, own, stack, phases=phases)
            own.interrupted = own.check.interrupted or any(run.interrupted for _name, run in own.documents)
        asked.talk.say("judging the boxes")
        run = _document(asked, own)
        return tell(run, folder=asked.aim.folder, talk=asked.talk, beside=lambda into: _write(own, into, asked))


def _announce(asked: Walk) -> None:
    """Says how long it will take before anything is sent."""
    seconds = sum(seconds_of(wanted.plan) for wanted in asked.loads)
    url = asked.aim.config.backend.url
    each = " and ".join(f"{wanted.plan.workload} ({_turns(wanted.plan)})" for wanted in asked.loads)
    loads = f", then {len(asked.loads)} load{'s' if len(asked.loads) > 1 else ''} of {_span(seconds)} together: {each}"
    soaks = any(wanted.plan.workload == "soak" for wanted in asked.loads)
    check = "a check, which sees a long turn to its end" if soaks else "a check"
    what = f"{len(asked.definitions)} boxes; {check}{loads if asked.loads else ''}"
    asked.talk.say(f"checklist on {url}: {what}")
    for title, line in asked.left_out:
        asked.talk.say(f"left out: {title}, which needs {line}")
    if asked.loads and any(wanted.plan.scale != 1 for wanted in asked.loads):
        asked.talk.say("warning: the time of the soak is scaled: it ticks no box on five-minute streams")


def _checked(asked: Walk) -> _Own:
    """The check, recorded and judged."""
    aim = asked.aim
    backend = aim.config.backend
    if asked.wait_seconds is not None and not wait_until_answers(backend, asked.wait_seconds):
        asked.talk.say(f"{backend.url} did not answer within {asked.wait_seconds:g} s")
    options = Options(strict=asked.strict, slow=asked.full, max_seconds=asked.max_seconds)
    check = Check(config=aim.config, options=options, surroundings=aim.surroundings)
    crash = judge_with_pytest(check, selected=asked.known.select(()), talk=asked.talk)
    run = document(check, asked.known.requirements, command="check", crash=crash)
    return _Own(check=run, saved=check)


def _load_all(asked: Walk, own: _Own, stack: ExitStack, *, phases: int) -> None:
    """Sends each load; none after an interruption, and none to a profile whose control turn did not work."""
    for number, wanted in enumerate(asked.loads, start=2):
        if own.check.interrupted or own.check.crash or any(run.interrupted for _name, run in own.documents):
            return
        closed = own.check.gate.get(wanted.plan.profile)
        if closed is not None:
            why = f"no load: {closed['reason']}"
            asked.talk.say(f"phase {number} of {phases}: {why}")
            own.unable |= dict.fromkeys(wanted.texts, why)
            continue
        asked.talk.say(f"phase {number} of {phases}: load {wanted.plan.workload}, {_span(seconds_of(wanted.plan))}")
        for line in plan_in_words(wanted.plan, asked.aim.config.backend.url):
            asked.talk.say(line)
        found = stack.enter_context(measured(_loading(asked, wanted)))
        if found.document is None:
            raise KeyboardInterrupt
        own.loads.append((_name_of(wanted, own), found))
        if why := refusal(found.document):
            own.unable |= dict.fromkeys(wanted.texts, f"the checklist's own load ticks nothing: {why}")


def _name_of(wanted: OwnLoad, own: _Own) -> str:
    """The folder of a load: its workload, with the profile where another has the same."""
    name = f"load-{wanted.plan.workload}"
    return f"{name}-{wanted.plan.profile}" if any(name == other for other, _found in own.loads) else name


def _loading(asked: Walk, wanted: OwnLoad) -> Loading:
    return Loading(
        aim=asked.aim,
        plan=wanted.plan,
        targets=wanted.targets,
        talk=asked.talk,
        heartbeat_seconds=heartbeat_seconds(asked.aim.config, wanted.plan.profile),
        strict=asked.strict,
        max_seconds=asked.max_seconds,
    )


def _document(asked: Walk, own: _Own) -> Run:
    """The run document: what the own runs found, and every box as all runs leave it."""
    run = whole_run(own.check, [run for _name, run in own.documents])
    checked = Given(run=own.check, file="check/run.json", own=True)
    given = [checked, *(Given(run=it, file=f"{name}/run.json", own=True) for name, it in own.documents), *asked.given]
    basis = Basis(build=own.check.build, fingerprint=own.check.fingerprint, settings=own.check.settings)
    facts = checklist_of(asked.definitions, given, basis, left_out=asked.left_out, unable=own.unable)
    accepted = [own.check, *(entry.run for entry in sorted_out(asked.given, basis)[0])]
    run = replace(run, verdicts=worst_verdicts(accepted, run.profiles), waivers=waivers_of(accepted))
    for file, why in facts.refused:
        asked.talk.say(f"ticks nothing: {file}: {why}")
    code, reason = checklist_code(
        facts.boxes,
        verdicts=run.verdicts,
        waivers=run.waivers,
        gate=run.gate,
        strict=asked.strict,
        interrupted=own.interrupted,
        crash=run.crash,
    )
    return replace(run, exit_code=int(code), exit_reason=reason, interrupted=own.interrupted, checklist=facts)


def _write(own: _Own, into: Path, asked: Walk) -> None:
    """The recordings, and a folder for each own run with its document and samples: evidence for a later checklist."""
    keep_evidence(asked.moved, into)
    own.saved.save(into)
    _write_run(own.check, into / "check")
    for name, found in own.loads:
        if found.document is not None:
            _write_run(found.document, into / name)
            found.move(into / name)


def _write_run(run: Run, folder: Path) -> None:
    folder.mkdir()
    text: str = load("reports", "json").render(run)
    (folder / "run.json").write_text(text, encoding="utf-8")


def _turns(plan: Plan) -> str:
    """How many turns a load will have at the most; of long ones about how many, one after another for each user."""
    if plan.max_turns:
        return f"at most {plan.max_turns:,} turns"
    if plan.workload == "soak":
        return f"about {round(plan.users * plan.run_time_seconds / plan.stream_seconds):,} turns"
    return f"{plan.users:,} users"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
