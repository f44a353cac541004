"""A search for the capacity from the first request to the exit code."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from chatproof.capacity.document import capacity_document
from chatproof.capacity.search import usual_rungs
from chatproof.capacity.seeking import OVERHEAD_SECONDS, Sought, sought
from chatproof.capacity.watch import means_of, watching
from chatproof.cli.capacity_progress import capacity_progress
from chatproof.cli.finish import tell
from chatproof.cli.load_words import span as time_in_words
from chatproof.exit_code import ExitCode
from chatproof.load_run.probe import trouble_with, wait_for

if TYPE_CHECKING:
    from chatproof.capacity.seeking import Seeking
    from chatproof.cli.finish import Talk
    from chatproof.cli.target import Aim
    from chatproof.config.load_keys import Observe
    from chatproof.targets import Target

__all__ = ["Asked", "announced", "lead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One `chatproof capacity`: what it is aimed at, what it searches for, and how it was asked for."""

    aim: Aim
    seeking: Seeking
    talk: Talk
    headroom: float
    left_out: tuple[tuple[Target, str], ...] = ()
    wait_seconds: float | None = None
    strict: bool = False

    @property
    def observe(self) -> Observe:
        """What is observed: the process that we started, where nothing else is declared."""
        declared = self.aim.config.observe
        if declared.pid is None and not declared.metrics_url:
            return replace(declared, pid=self.aim.surroundings.pid)
        return declared


def announced(seeking: Seeking, url: str) -> list[str]:
    """What will be done to the backend, and what bounds it, before anything is sent."""
    span, scale = seeking.span, seeking.scale
    rungs = usual_rungs(span)
    seconds = rungs * (seeking.rung_seconds + OVERHEAD_SECONDS)
    turns = f"at most {seeking.max_turns:,} turns" if seeking.max_turns else "turns without bound (--max-turns)"
    cost = f"at most {seeking.max_cost_usd:g} USD" if seeking.max_cost_usd else "cost without bound (--max-cost-usd)"
    longest = time_in_words(seeking.max_seconds) if seeking.max_seconds is not None else "without bound (--max-time)"
    what = f"{seeking.workload} on {seeking.profile}, {span.start:g} to {span.most:g} {scale.unit}"
    usual = f"about {rungs} rungs of {seeking.rung_seconds:g} s or longer, {time_in_words(round(seconds))}"
    return [
        f"capacity of {url}: {what}, to {100 * span.precision:.3g} % of it, seed {seeking.seed}",
        f"judged by: {', '.join(target.text for target in seeking.targets)}",
        f"bounds: {turns}, {cost}, at most {longest}; {usual}, where every verdict is clear",
    ]


def lead(asked: Asked) -> ExitCode:
    """Searches, writes and tells the report."""
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    began = time.monotonic()
    seeking, talk, config = asked.seeking, asked.talk, asked.aim.config
    backend = config.backend
    trouble = wait_for(backend, asked.wait_seconds) if asked.wait_seconds else trouble_with(backend)
    notes: list[str] = []
    if trouble:
        found = Sought(reason=trouble)
        notes.append("There was no load. Start the backend first, or give it time with --wait 30; check the URL.")
    else:
        rungs = usual_rungs(seeking.span)
        with (
            watching(asked.observe, ca_file=backend.ca_file) as watch,
            capacity_progress(
                talk.say,
                scale=seeking.scale,
                span=seeking.span,
                usual_rungs=rungs,
                rung_seconds=seeking.rung_seconds + OVERHEAD_SECONDS,
                quiet=talk.quiet,
                colour=talk.coloured,
            ) as progress,
        ):
            found = sought(seeking, watch=watch, hearing=progress)
            if watch.trouble:
                notes.append(f"The backend could not be observed all the time: {watch.trouble}.")
    if found.killed:
        click.echo("interrupted at once, without a report", err=True)
        return ExitCode.INTERRUPTED
    document = capacity_document(
        found,
        seeking,
        means=means_of(asked.observe),
        headroom=asked.headroom,
        started_at=started_at,
        duration_seconds=round(time.monotonic() - began, 3),
        strict=asked.strict,
        left_out=asked.left_out,
        notes=notes,
    )
    return tell(document, folder=asked.aim.folder, talk=talk, beside=lambda _folder: None)
