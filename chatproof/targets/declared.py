"""The targets of a run: those of the documents, and those of `[targets]` laid over them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatproof.targets.documents import DOCUMENT_TARGETS
from chatproof.targets.expression import metric_of, parse_target
from chatproof.workload_table import WORKLOADS, default_workload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.config import Config
    from chatproof.load_plan import Plan
    from chatproof.targets.documents import DocumentTarget
    from chatproof.targets.expression import Target
    from chatproof.workload_table import Workload

__all__ = ["OFF", "declared_targets", "document_target", "judged_targets"]

OFF = "off"
"""What stands in `[targets]` in place of a condition where a target is not to be judged."""

_SILENCE_INTERVALS = 1.5
_DEFAULT_HEARTBEAT_SECONDS = {"ai-chat": 10.0, "agent-stream": 30.0}
_DEFAULT_GENERATE_SECONDS = 30.0
_OF_BACKEND = ("backend.", "rss", "open_files")
_OF_MESSAGES = ("push", "delivery_ratio")
_BACKEND = 'pid = 4711, or metrics_url = "http://localhost:9100/metrics", under [observe]'


def declared_targets(
    config: Config, *, profile: str, workload: str, weights: Mapping[str, float] | None = None
) -> tuple[Target, ...]:
    """
    The targets of a workload: the documents' numbers, replaced or left out by `[targets]`, and what that adds.

    An entry of `[targets]` whose metric the workload does not measure concerns other runs, and is left out. In a mixed
    load (`weights` names its parts) the documents' targets of each part carry its name as their tag. Raises
    `TargetError` for an entry that says no target, whatever the workload.
    """
    entry = WORKLOADS[workload]
    parts = [WORKLOADS[name] for name in _parts(config, weights)] if workload == "mixed" else [entry]
    metrics = {name for part in parts for name in part.metrics}
    tags = {name for part in parts for name in (*part.tags, *([part.name] if workload == "mixed" else []))}
    found = {target.name: target for target in _documented(config, profile, entry, weights)}
    for name, condition in config.targets.items():
        if condition.strip() == OFF:
            metric_of(name)
            found.pop(name.strip(), None)
            continue
        target = parse_target(name, condition)
        if target.metric in metrics and (not target.tag or target.tag in tags):
            below = found.get(target.name)
            found[target.name] = replace(
                target,
                profile=profile,
                declare=_declare(target.metric, config, profile),
                requirement=below.requirement if below else "",
                least=below.least if below else 0,
            )
    return tuple(_divided(target, found, entry) for target in found.values())


def judged_targets(targets: Iterable[Target], plan: Plan) -> tuple[Target, ...]:
    """
    The targets without those that the plan leaves out: by name, by metric, or by requirement.

    Raises `TargetError` where a name of `plan.leave_out` is that of no metric.
    """
    targets = tuple(targets)
    known = {row for target in DOCUMENT_TARGETS for row in (target.row, target.name)}
    for name in plan.leave_out:
        if name.upper() not in known and name not in known:
            metric_of(name)
    out = set(plan.leave_out) | {name.upper() for name in plan.leave_out}
    return tuple(target for target in targets if not {target.name, target.metric, target.requirement or None} & out)


def document_target(entry: DocumentTarget, config: Config | None = None) -> Target:
    """A document's number as a target; intervals and timeouts are those that the configuration declares."""
    settings = config.profiles.get(entry.profile) if config is not None else None
    interval = getattr(settings, "heartbeat", 0.0) or _DEFAULT_HEARTBEAT_SECONDS.get(entry.profile, 0.0)
    timeout = getattr(settings, "generate_timeout", 0.0) or _DEFAULT_GENERATE_SECONDS
    condition = entry.condition.format(silence=f"{interval * _SILENCE_INTERVALS:.12g}s", generate=f"{timeout:.12g}s")
    return replace(
        parse_target(entry.name, condition),
        requirement=entry.row,
        level=entry.level,
        profile=entry.profile,
        least=entry.least,
        declare=_declare(metric_of(entry.name), config, entry.profile) if config is not None else "",
    )


def _documented(config: Config, profile: str, entry: Workload, weights: Mapping[str, float] | None) -> Iterable[Target]:
    """What the documents say of a workload, or of the parts of a mixed one."""
    if entry.name != "mixed":
        yield from _of(config, profile, entry.name)
        return
    for name in _parts(config, weights):
        part = {target.name: target for target in _of(config, WORKLOADS[name].profiles[0], name)}
        for target in (_divided(it, part, WORKLOADS[name]) for it in part.values()):
            if target.metric.startswith(_OF_BACKEND):
                yield target
                continue
            tag = target.tag or name
            named = f"{target.metric}[{tag}]" + (f".{target.statistic}" if target.statistic else "")
            yield replace(target, tag=tag, name=named, text=target.text.replace(target.name, named, 1))


def _parts(config: Config, weights: Mapping[str, float] | None) -> list[str]:
    """The workloads that a mixed load is made of."""
    chosen = weights or config.load.weights or {default_workload(name): 1.0 for name in config.profiles}
    return [name for name, weight in chosen.items() if name and weight]


def _of(config: Config, profile: str, workload: str) -> Iterable[Target]:
    for entry in DOCUMENT_TARGETS:
        if entry.profile == profile and workload in entry.workloads and not _unused(entry, config):
            yield document_target(entry, config)


def _unused(entry: DocumentTarget, config: Config) -> bool:
    """Nothing is generated where there is no route that does."""
    settings = config.profiles.get(entry.profile)
    return entry.name.startswith("generate") and not getattr(settings, "generate_path", True)


def _divided(target: Target, all_of: Mapping[str, Target], entry: Workload) -> Target:
    """Beside a target on turns with memory, the same without a tag speaks of those without."""
    with_memory = any(other.metric == target.metric and other.tag == "memory" for other in all_of.values())
    return replace(target, tag="plain") if with_memory and not target.tag and "plain" in entry.tags else target


def _declare(metric: str, config: Config, profile: str) -> str:
    """The line that would let a metric be observed; empty where it is, or needs none."""
    observe = config.observe
    if metric == "memory" and not (observe.memory_field or observe.memory_pattern):
        return 'memory_field = "memory_ms" under [observe], or log_file and memory_pattern'
    if metric == "retry_rate.provider" and not (observe.retry_field or observe.retry_pattern):
        return 'retry_field = "provider_retry_count" under [observe], or log_file and retry_pattern'
    if metric.startswith(_OF_MESSAGES) and getattr(config.profiles.get(profile), "publish", None) is None:
        return f"publish = {{ path = ... }} under [profiles.{profile}]: a route that publishes a message"
    if metric.startswith(_OF_BACKEND) and observe.pid is None and not observe.metrics_url:
        return _BACKEND
    return ""
