"""From the records of a load run to its run document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof import __version__
from chatproof.config import as_declared
from chatproof.exit_code import exit_code
from chatproof.load_facts import LoadFacts
from chatproof.load_run.charts import charts
from chatproof.load_run.facts import ended_early, errors_of, machine_of, notes_of, plain, processes_of
from chatproof.load_run.figures import figures, tags_of
from chatproof.load_run.proof import error_of
from chatproof.load_run.validity import validity
from chatproof.metrics.groups import judged_window_ns
from chatproof.metrics.open_streams import under_way
from chatproof.metrics.values import measure
from chatproof.redaction import Redactor
from chatproof.run import Run
from chatproof.samples.collector import collector_paused
from chatproof.settings import fingerprint, settings_of
from chatproof.targets import decide
from chatproof.targets.declared import judged_targets
from chatproof.workloads import heartbeat_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import Config
    from chatproof.load_facts import TargetVerdict
    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["load_document"]


def load_document(
    collected: Collected,
    *,
    plan: Plan,
    config: Config,
    targets: tuple[Target, ...],
    proof: Mapping[str, Any] | None,
    started_at: str,
    duration_seconds: float,
    interrupted: bool = False,
    crash: str = "",
    strict: bool = False,
    command: str = "load",
    notes: tuple[str, ...] = (),
) -> Run:
    """
    The run document of a load: verdicts of its targets, its validity, figures, charts, failures.

    Targets that the plan leaves out are not judged. `proof` is that of the instrument on this machine: its error at
    this many streams widens every bound. Where the samples lie is left to who wrote them (`LoadFacts.samples_file`).
    """
    with collector_paused():
        targets = judged_targets(targets, plan)
        interval = heartbeat_seconds(config, plan.profile)
        judged = _judged(collected, plan, targets, proof=proof, interval=interval)
        sound = validity(collected, plan, targets=targets)
        tags = tags_of(collected, plan)
        facts = LoadFacts(
            plan=plain(plan),
            workload=plan.workload,
            seconds=round(judged_window_ns(collected, plan)[1] / 1e9, 3),
            samples=len(collected.samples),
            figures=figures(collected, plan, targets=targets, tags=tags, heartbeat_seconds=interval),
            charts=charts(collected, plan, targets=targets, tags=tags, heartbeat_seconds=interval),
            errors=errors_of(collected, scrub=Redactor.of(config).scrub),
            processes=processes_of(collected),
            machine=machine_of(collected),
            verify=proof,
            partial=interrupted or bool(crash) or ended_early(collected, plan),
            left_out=plan.leave_out,
            notes=(*notes, *notes_of(collected)),
        )
    code, reason = exit_code(
        verdicts=(), validity=sound, targets=judged, strict=strict, interrupted=interrupted, crash=crash
    )
    settings = settings_of(config)
    return Run(
        command=command,
        version=__version__,
        started_at=started_at,
        duration_seconds=duration_seconds,
        backend=as_declared(config)["backend"],
        profiles=(plan.profile,),
        strict=strict,
        interrupted=interrupted,
        exit_code=int(code),
        exit_reason=reason,
        verdicts=(),
        not_selected=0,
        validity=sound,
        targets=judged,
        load=facts,
        build=config.backend.build,
        settings=settings,
        fingerprint=fingerprint(settings),
        crash=crash,
    )


def _judged(
    collected: Collected,
    plan: Plan,
    targets: tuple[Target, ...],
    *,
    proof: Mapping[str, Any] | None,
    interval: float | None,
) -> tuple[TargetVerdict, ...]:
    streams = max(under_way(collected)[1], default=0)
    return tuple(
        decide(
            target,
            measure(
                collected,
                plan,
                metric=target.metric,
                tag=target.tag,
                heartbeat_seconds=interval,
                targets=targets if target.metric in {"goodput", "attainment"} else (),
            ),
            error_seconds=error_of(proof, target.metric, streams),
        )
        for target in targets
    )
